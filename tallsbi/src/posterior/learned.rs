//! Read the prior's score off a network's null context (classifier-free).

use nalgebra::{SMatrix, SVector};

use super::{coordinates::TrainedNetwork, factor::FactorMap};
use crate::{
    compose::{ComposeError, DiffusedPrior},
    diffusion::{GaussianBaseline, Level, Parameterisation},
    net::{EngineJacobians, NetworkError, Precision, ScoreEngine},
};

/// The diffused prior's score as the network learned it: its output for no observation at all.
#[derive(Debug)]
pub struct LearnedPrior<'a, E: ScoreEngine, const M: usize> {
    engine: &'a E,
    null: E::Bound,
    parameterisation: Parameterisation,
    covariance: SMatrix<f64, M, M>,
}

impl<'a, E: ScoreEngine, const M: usize> LearnedPrior<'a, E, M> {
    /// Binds the null context; `covariance` is that of the prior's draws, latent coordinates.
    ///
    /// # Errors
    /// The network has no null context.
    pub fn new(network: &TrainedNetwork<'a, E>, covariance: &[[f64; M]; M]) -> Result<Self, NetworkError> {
        let nothing = vec![0.0; network.engine.slot_width()];
        Ok(Self {
            engine: network.engine,
            null: network.engine.bind(&nothing, &[0], Precision::Highest)?,
            parameterisation: network.parameterisation,
            covariance: SMatrix::from_fn(|i, k| covariance[i][k]),
        })
    }

    fn map(&self, at: &Level) -> FactorMap<M> {
        FactorMap::new(self.parameterisation, &GaussianBaseline::standard(), at)
    }
}

impl<E: EngineJacobians, const M: usize> DiffusedPrior<M> for LearnedPrior<'_, E, M> {
    type Workspace = E::Inference;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut E::Inference,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let map = self.map(at);
        self.engine.evaluate(
            &self.null,
            at.t,
            theta.len(),
            workspace,
            &mut |draw, _, features| map.write_features(self.parameterisation, &theta[draw].into(), features),
            &mut |draw, _, output| out[draw] = map.score(&theta[draw].into(), output).into(),
        )?;
        Ok(())
    }

    fn jacobian_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut E::Inference,
        out: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        let map = self.map(at);
        self.engine.evaluate_with_jacobians(
            &self.null,
            at.t,
            theta.len(),
            workspace,
            &mut |draw, _, features, directions| {
                let theta = SVector::from(theta[draw]);
                map.write_features_and_directions(self.parameterisation, &theta, features, directions);
            },
            &mut |draw, _, _, columns| out[draw] = map.jacobian(columns),
        )?;
        Ok(())
    }

    fn covariance(&self) -> SMatrix<f64, M, M> {
        self.covariance
    }
}
