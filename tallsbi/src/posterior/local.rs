//! Read a trained network as the increments that composers compose.

use nalgebra::{SMatrix, SVector};

use crate::{
    compose::{ComposeError, DiffusedPrior, LocalJacobians, LocalScores, Weights},
    diffusion::{Level, Parameterisation},
    net::{EngineJacobians, NetworkError, ScoreEngine},
};

impl From<NetworkError> for ComposeError {
    fn from(error: NetworkError) -> Self {
        Self::Network { reason: error.to_string() }
    }
}

/// A trained network bound to its observations: s_j = base + f out_j, hence δ_j = (base − s_λ) + f out_j, where the base
/// is −θ (residual to prior) or 0 (noise prediction) and f is the parameterisation's score factor.
#[derive(Debug)]
pub struct NetworkScores<'a, E: ScoreEngine, P, const M: usize> {
    engine: &'a E,
    bound: E::Bound,
    n_factors: usize,
    parameterisation: Parameterisation,
    prior: &'a P,
    /// The base *is* the prior's score: nothing is left of base − s_λ.
    base_is_prior: bool,
}

/// Buffers of one thread.
#[derive(Debug, Default)]
pub struct NetworkWorkspace<I, P, const M: usize> {
    inference: I,
    prior: P,
    theta: Vec<f32>,
    offsets: Vec<[f64; M]>,
    offset_jacobians: Vec<SMatrix<f64, M, M>>,
}

impl<'a, E: ScoreEngine, P: DiffusedPrior<M>, const M: usize> NetworkScores<'a, E, P, M> {
    /// Binds standardised observations (`[sets × n_max × D]`, `sizes: [sets]`). `prior_is_standard_normal` says that `prior`
    /// is exactly N(0, I), so that a residual parameterisation's base is the prior's score.
    ///
    /// # Errors
    /// The network failed.
    pub fn bind(
        engine: &'a E,
        observations: &[f32],
        sizes: &[u32],
        parameterisation: Parameterisation,
        prior: &'a P,
        prior_is_standard_normal: bool,
    ) -> Result<Self, NetworkError> {
        let residual = matches!(parameterisation, Parameterisation::ResidualToPrior { .. });
        Ok(Self {
            engine,
            bound: engine.bind(observations, sizes)?,
            n_factors: sizes.len(),
            parameterisation,
            prior,
            base_is_prior: residual && prior_is_standard_normal,
        })
    }

    fn network_theta(&self, theta: &[[f64; M]], out: &mut Vec<f32>) {
        out.clear();
        out.extend(theta.iter().flatten().map(|theta| self.parameterisation.network_theta(*theta)));
    }

    /// base − s_λ of every draw.
    fn offsets_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &mut P::Workspace,
        out: &mut Vec<[f64; M]>,
    ) -> Result<(), ComposeError> {
        out.resize(theta.len(), [0.0; M]);
        if self.base_is_prior {
            out.fill([0.0; M]);
            return Ok(());
        }
        self.prior.score_into(at, theta, prior, out)?;
        let base = self.base_factor(at);
        for (offset, theta) in out.iter_mut().zip(theta) {
            for k in 0..M {
                offset[k] = base * theta[k] - offset[k];
            }
        }
        Ok(())
    }

    fn base_factor(&self, at: &Level) -> f64 {
        match self.parameterisation {
            Parameterisation::ResidualToPrior { .. } => -1.0 / (at.alpha + at.sigma * at.sigma),
            Parameterisation::Noise => 0.0,
        }
    }
}

impl<E: ScoreEngine, P: DiffusedPrior<M>, const M: usize> LocalScores<M> for NetworkScores<'_, E, P, M> {
    type Workspace = NetworkWorkspace<E::Inference, P::Workspace, M>;

    fn n_factors(&self) -> usize {
        self.n_factors
    }

    fn increments_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let NetworkWorkspace { inference, prior, theta: network_theta, offsets, .. } = workspace;
        self.network_theta(theta, network_theta);
        self.offsets_into(at, theta, prior, offsets)?;
        let factor = self.parameterisation.score_factor(at);
        self.engine.evaluate(&self.bound, at.t, network_theta, inference, &mut |draw, first, outputs| {
            let start = draw * self.n_factors + first;
            for (increment, output) in out[start..].iter_mut().zip(outputs.chunks_exact(M)) {
                for k in 0..M {
                    increment[k] = offsets[draw][k] + factor * f64::from(output[k]);
                }
            }
        })?;
        Ok(())
    }

    fn weighted_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, M>,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let NetworkWorkspace { inference, prior, theta: network_theta, offsets, .. } = workspace;
        self.network_theta(theta, network_theta);
        self.offsets_into(at, theta, prior, offsets)?;
        out.fill([0.0; M]);
        self.engine.evaluate(&self.bound, at.t, network_theta, inference, &mut |draw, first, outputs| {
            let sum = &mut out[draw];
            for (j, output) in outputs.chunks_exact(M).enumerate() {
                match weights {
                    Weights::Identity => {
                        for k in 0..M {
                            sum[k] += f64::from(output[k]);
                        }
                    }
                    Weights::Each(matrices) => {
                        let matrix = &matrices[first + j];
                        for k in 0..M {
                            // Column by column: nalgebra stores columns.
                            let value = f64::from(output[k]);
                            for i in 0..M {
                                sum[i] += matrix[(i, k)] * value;
                            }
                        }
                    }
                }
            }
        })?;
        let factor = self.parameterisation.score_factor(at);
        let total = match weights {
            Weights::Identity => SMatrix::<f64, M, M>::from_diagonal_element(self.n_factors as f64),
            Weights::Each(matrices) => matrices.iter().sum(),
        };
        for (sum, offset) in out.iter_mut().zip(offsets) {
            let offset = if self.base_is_prior { SVector::zeros() } else { total * SVector::from(*offset) };
            for k in 0..M {
                sum[k] = offset[k] + factor * sum[k];
            }
        }
        Ok(())
    }
}

impl<E: EngineJacobians, P: DiffusedPrior<M>, const M: usize> LocalJacobians<M> for NetworkScores<'_, E, P, M> {
    fn increments_and_jacobians_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
        jacobians: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        let NetworkWorkspace { inference, prior, theta: network_theta, offsets, offset_jacobians } = workspace;
        self.network_theta(theta, network_theta);
        self.offsets_into(at, theta, prior, offsets)?;
        offset_jacobians.resize(theta.len(), SMatrix::zeros());
        offset_jacobians.fill(SMatrix::zeros());
        if !self.base_is_prior {
            self.prior.jacobian_into(at, theta, prior, offset_jacobians)?;
            let base = SMatrix::from_diagonal_element(self.base_factor(at));
            offset_jacobians.iter_mut().for_each(|jacobian| *jacobian = base - *jacobian);
        }
        let factor = self.parameterisation.score_factor(at);
        let parameterisation = self.parameterisation;
        self.engine.evaluate_with_jacobians(
            &self.bound,
            at.t,
            network_theta,
            inference,
            &mut |draw, set, output, columns| {
                let row = draw * self.n_factors + set;
                jacobians[row] = offset_jacobians[draw];
                for k in 0..M {
                    out[row][k] = offsets[draw][k] + factor * f64::from(output[k]);
                    // The network does not see a component beyond its clip.
                    if !parameterisation.is_clipped(theta[draw][k]) {
                        for i in 0..M {
                            jacobians[row][(i, k)] += factor * f64::from(columns[k * M + i]);
                        }
                    }
                }
            },
        )?;
        Ok(())
    }
}
