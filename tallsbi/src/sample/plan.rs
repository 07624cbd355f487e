//! Name whole sampling plans: a sampler with the grid it is meant for.

use super::{
    Ddim, DpmSolver, DpmSolver3, Geffner, Grid, Langevin, LangevinCorrector, PredictorCorrector, SampleError, Sampler,
    TamedLangevin,
};
use crate::{
    compose::{DiffusedPrior, StandardNormal},
    diffusion::{Level, Schedule},
};

/// A sampler and its grid, ready for a score of `M` parameters.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sampling plan for {M} parameters",
    label = "give a `Plan`, such as `Plan::dpm(30)`, or implement `SamplingPlan<{M}>`"
)]
pub trait SamplingPlan<const M: usize> {
    /// What steps.
    type Sampler: Sampler<M>;

    /// The sampler for a score composed of `n_factors` factors.
    fn sampler(&self, n_factors: usize) -> Self::Sampler;

    /// The levels it visits under a model's schedule, for a posterior whose smallest standard deviation is about
    /// `narrowest` (latent coordinates; `None` where nothing is known of it).
    ///
    /// # Errors
    /// As [`Grid::levels_for`].
    fn levels(&self, schedule: &Schedule, narrowest: Option<f64>) -> Result<Vec<Level>, SampleError>;
}

/// A sampler with a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<S> {
    /// What steps.
    pub sampler: S,
    /// Where to.
    pub grid: Grid,
}

/// 60 steps of DPM-Solver++(2M): on exact Gaussian scores within 0.6 %, and measurably better than 30 on SLCP.
impl Default for Plan<DpmSolver> {
    fn default() -> Self {
        Self::dpm(60)
    }
}

impl Plan<DpmSolver> {
    /// DPM-Solver++(2M) in `steps` steps uniform in log-SNR; the default is 60.
    pub fn dpm(steps: usize) -> Self {
        Self { sampler: DpmSolver, grid: Grid::log_snr(steps) }
    }
}

impl Plan<DpmSolver3> {
    /// The third-order multistep solver in `steps` steps uniform in log-SNR.
    pub fn dpm3(steps: usize) -> Self {
        Self { sampler: DpmSolver3, grid: Grid::log_snr(steps) }
    }
}

impl Plan<PredictorCorrector<DpmSolver>> {
    /// [`dpm`](Plan::dpm) followed by stochastic corrections at the last levels, where σ ≤ `max_sigma`.
    pub fn dpm_corrected(steps: usize, corrector: LangevinCorrector, max_sigma: f64) -> Self {
        Self { sampler: PredictorCorrector::only_below(DpmSolver, corrector, max_sigma), grid: Grid::log_snr(steps) }
    }
}

impl Plan<Ddim> {
    /// DDIM with the η that arXiv:2404.07593 pairs with `steps` (1000: 1, 400: 0.8, 150: 0.5, 50: 0.2), times uniform.
    pub fn ddim(steps: usize) -> Self {
        Self { sampler: Ddim::for_steps(steps), grid: Grid::Uniform { steps } }
    }
}

impl Plan<Langevin> {
    /// Annealed Langevin of F-NPSE over `levels` levels; published: 400.
    pub fn langevin(levels: usize) -> Self {
        Self { sampler: Langevin::default(), grid: Grid::Uniform { steps: levels } }
    }
}

impl Plan<TamedLangevin> {
    /// Tamed Langevin over `levels` levels; published: 400.
    pub fn tamed(levels: usize) -> Self {
        Self { sampler: TamedLangevin::default(), grid: Grid::Uniform { steps: levels } }
    }
}

impl<const M: usize, S: Sampler<M> + Clone> SamplingPlan<M> for Plan<S> {
    type Sampler = S;

    fn sampler(&self, _n_factors: usize) -> S {
        self.sampler.clone()
    }

    fn levels(&self, schedule: &Schedule, narrowest: Option<f64>) -> Result<Vec<Level>, SampleError> {
        self.grid.levels_for(schedule, narrowest)
    }
}

/// [`Geffner`] with a grid; its sampler is made when the number of factors is known.
#[derive(Clone, Debug, PartialEq)]
pub struct GeffnerPlan<P = StandardNormal> {
    /// The diffused prior.
    pub prior: P,
    /// Where to.
    pub grid: Grid,
}

impl GeffnerPlan {
    /// `steps` steps, times uniform, in prior-Gaussian coordinates; published: 1000.
    pub fn new(steps: usize) -> Self {
        Self { prior: StandardNormal, grid: Grid::Uniform { steps } }
    }
}

impl<const M: usize, P: DiffusedPrior<M> + Clone> SamplingPlan<M> for GeffnerPlan<P> {
    type Sampler = Geffner<P>;

    fn sampler(&self, n_factors: usize) -> Geffner<P> {
        Geffner { n_factors, prior: self.prior.clone() }
    }

    fn levels(&self, schedule: &Schedule, narrowest: Option<f64>) -> Result<Vec<Level>, SampleError> {
        self.grid.levels_for(schedule, narrowest)
    }
}
