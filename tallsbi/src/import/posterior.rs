//! Compose and sample a noise predictor that was trained elsewhere, for any number of observations.

use std::{marker::PhantomData, path::Path};

use super::{ImportError, NoiseLayout, SequentialLayout, StoredTensors};
use crate::{
    compose::Composer,
    dataset::FEATURES,
    diffusion::{GaussianBaseline, Parameterisation, Schedule},
    model::{Parameters, Transform},
    net::{FusedEngine, NetworkError, Nonlinearity, Precision, ScoreEngine},
    posterior::{DrawRequest, Draws, NetworkPilot, NetworkScores, draw},
    prior::{ClosedFormDiffusion, DeclaredPrior, PaperCoordinates, PaperPrior},
    sample::SamplingPlan,
};

/// How observations were standardised for training: a transform, then (x − mean)/sd. A component that did not vary (sd 0) is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservationScale<const D: usize> {
    transforms: [Transform; D],
    mean: [f64; D],
    sd: [f64; D],
}

impl<const D: usize> ObservationScale<D> {
    /// By the means and standard deviations of transformed training data.
    ///
    /// # Errors
    /// [`ImportError::Standardisation`].
    pub fn new(transforms: [Transform; D], mean: [f64; D], sd: [f64; D]) -> Result<Self, ImportError> {
        for component in 0..D {
            let (mean, sd) = (mean[component], sd[component]);
            if !(mean.is_finite() && sd.is_finite() && sd >= 0.0) {
                return Err(ImportError::Standardisation { component, mean, sd });
            }
        }
        Ok(Self { transforms, mean, sd })
    }

    /// What the network sees of observations (natural units): `[observations × 3 D]`, standardised values and, in the place of the
    /// normal scores that this library's own networks see besides, zeros.
    ///
    /// # Errors
    /// [`ImportError::Observation`] for a value that is not finite or has no transform.
    pub fn features(&self, observations: &[[f64; D]]) -> Result<Vec<f32>, ImportError> {
        let mut features = Vec::with_capacity(FEATURES * D * observations.len());
        for (row, x) in observations.iter().enumerate() {
            for component in 0..D {
                let value = self.transforms[component]
                    .apply(x[component])
                    .map_err(|error| ImportError::Observation { row, component, error })?;
                let sd = self.sd[component];
                features.push(if sd > 0.0 { ((value - self.mean[component]) / sd) as f32 } else { 0.0 });
            }
            features.extend(std::iter::repeat_n(0.0, (FEATURES - 1) * D));
        }
        Ok(features)
    }
}

/// A network that predicts the noise of diffused parameters, with the prior of `P` it was trained under, in the coordinates of
/// arXiv:2404.07593. M and D are in its type: a file of another model is refused by its shapes.
///
/// # Example
/// ```no_run
/// use tallsbi::{import::ImportedPosterior, model::Transform, prelude::*};
///
/// #[derive(Parameters, Clone, Debug)]
/// struct Epidemic {
///     #[prior(LogNormal(0.4_f64.ln(), 0.5))]
///     beta: f64,
///     #[prior(LogNormal(0.125_f64.ln(), 0.2))]
///     gamma: f64,
/// }
///
/// let posterior = ImportedPosterior::<Epidemic, 2, 10>::published("sir.safetensors", [Transform::Identity; 10])?;
/// let observed = [[0.0, 1.0, 5.0, 60.0, 150.0, 70.0, 10.0, 1.0, 0.0, 0.0]; 30];
/// let draws = posterior.sample(&observed, &Gauss::default(), &Plan::ddim(1_000), 1_000, 1)?;
/// println!("{}", draws.summary());
/// # Ok::<(), tallsbi::posterior::Error>(())
/// ```
pub struct ImportedPosterior<P, const M: usize, const D: usize> {
    engine: FusedEngine,
    coordinates: PaperCoordinates<M>,
    prior: PaperPrior<M>,
    scale: ObservationScale<D>,
    schedule: Schedule,
    parameters: PhantomData<fn() -> P>,
}

impl<P, const M: usize, const D: usize> std::fmt::Debug for ImportedPosterior<P, M, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shape = self.engine.shape();
        f.debug_struct("ImportedPosterior")
            .field("shape", shape)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

/// Hidden layers of the published networks.
const PUBLISHED_WIDTH: usize = 256;
/// cos kπt and sin kπt for k = 1 … 3.
const PUBLISHED_FREQUENCIES: usize = 3;
/// The published code multiplies the ends of a uniform prior's box by this, which the paper does not say.
const PUBLISHED_BOX: f64 = 2.0;

impl<P, const M: usize, const D: usize> ImportedPosterior<P, M, D>
where
    P: Parameters<M> + DeclaredPrior<M> + ClosedFormDiffusion,
{
    /// A published network of arXiv:2404.07593, with the means and standard deviations of its training data from the same file:
    /// tensors `0|2|4|6.weight|bias` (three hidden layers of 256, ReLU), `theta_train_mean|std`, `x_train_mean|std`. Tensors
    /// `check_…` are left out; any other is an error. `transforms` says which observed components were transformed before they
    /// were standardised; parameters with a log-normal prior were logarithms.
    ///
    /// # Errors
    /// The file is not such a network for M parameters and D observed numbers; the prior has no closed form.
    pub fn published(path: impl AsRef<Path>, transforms: [Transform; D]) -> Result<Self, ImportError> {
        let mut tensors = StoredTensors::open(path)?;
        tensors.skip("check_");
        let layout = NoiseLayout::<M, D>::published(PUBLISHED_FREQUENCIES);
        let widths = [layout.inputs(), PUBLISHED_WIDTH, PUBLISHED_WIDTH, PUBLISHED_WIDTH, M];
        let network = SequentialLayout::new(&widths, Nonlinearity::Relu).take(&mut tensors)?;
        let [theta_mean, theta_sd] =
            [tensors.take_vector("theta_train_mean")?, tensors.take_vector("theta_train_std")?];
        let [x_mean, x_sd] = [tensors.take_vector("x_train_mean")?, tensors.take_vector("x_train_std")?];
        tensors.finish()?;
        let log = *PaperCoordinates::unscaled::<P>()?.log();
        let coordinates = PaperCoordinates::new(theta_mean, theta_sd, log)?;
        let prior = PaperPrior::with_uniform_box_scale::<P>(&coordinates, PUBLISHED_BOX)?;
        let scale = ObservationScale::new(transforms, x_mean, x_sd)?;
        Ok(Self::new(layout.engine(&network)?, coordinates, prior, scale, Schedule::published()))
    }
}

impl<P: Parameters<M>, const M: usize, const D: usize> ImportedPosterior<P, M, D> {
    /// From its parts: the network ([`NoiseLayout::engine`]), the coordinates in which parameters were diffused, the prior in them,
    /// how observations were standardised, and the schedule of the noise.
    pub fn new(
        engine: FusedEngine,
        coordinates: PaperCoordinates<M>,
        prior: PaperPrior<M>,
        scale: ObservationScale<D>,
        schedule: Schedule,
    ) -> Self {
        Self { engine, coordinates, prior, scale, schedule, parameters: PhantomData }
    }

    /// The network.
    pub fn engine(&self) -> &FusedEngine {
        &self.engine
    }

    /// The coordinates in which parameters are diffused.
    pub fn coordinates(&self) -> &PaperCoordinates<M> {
        &self.coordinates
    }

    /// The prior in them.
    pub fn prior(&self) -> &PaperPrior<M> {
        &self.prior
    }

    /// How observations are standardised.
    pub fn scale(&self) -> &ObservationScale<D> {
        &self.scale
    }

    /// The schedule of the noise.
    pub fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// The scores of single observations whose [features](ObservationScale::features) are given, for a composer of one's own.
    /// `baselines` are as many [standard ones](GaussianBaseline::standard) as observations.
    ///
    /// # Errors
    /// The network refuses the features.
    pub fn scores<'a>(
        &'a self,
        features: &[f32],
        baselines: &'a [GaussianBaseline<M>],
    ) -> Result<NetworkScores<'a, FusedEngine, PaperPrior<M>, M>, NetworkError> {
        let sizes = vec![1; baselines.len()];
        let bound = self.engine.bind(features, &sizes, Precision::for_factors(sizes.len()))?;
        let noise = Parameterisation::Noise;
        Ok(NetworkScores::new(&self.engine, bound, baselines, noise, &self.prior, false))
    }

    /// Draws from the posterior given all observations (natural units). Draws that became non-finite are left out and counted in
    /// the report; the same seed gives the same draws, whatever the number of threads.
    ///
    /// # Errors
    /// An observation has no transform; the composition cannot be prepared, the network fails, or every draw is non-finite.
    pub fn sample<C, A>(
        &self,
        observations: &[[f64; D]],
        composer: &C,
        plan: &A,
        draws: usize,
        seed: u64,
    ) -> crate::Result<Draws<P, M>>
    where
        C: for<'x> Composer<M, PaperPrior<M>, NetworkScores<'x, FusedEngine, PaperPrior<M>, M>>,
        A: SamplingPlan<M>,
    {
        let features = self.scale.features(observations)?;
        let n = observations.len();
        let (sizes, baselines) = (vec![1; n], vec![GaussianBaseline::standard(); n]);
        let pilot = NetworkPilot {
            engine: &self.engine,
            prior: &self.prior,
            standard_normal: false,
            parameterisation: Parameterisation::Noise,
            schedule: self.schedule,
            observations: &features,
            sizes: &sizes,
            baselines: &baselines,
            precision: Precision::for_factors(n),
            seed,
        };
        let request = DrawRequest { draws, narrowest: None, quiet: true };
        let to_natural = |u: &[f64; M]| Ok(self.coordinates.inverse(u));
        let (rows, report) = draw(&pilot, composer, plan, &request, &to_natural)?;
        Ok(Draws::new(rows, report))
    }
}
