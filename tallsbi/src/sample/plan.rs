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

impl Plan<DpmSolver> {
    /// DPM-Solver++(2M) in `steps` steps uniform in log-SNR: with 60 within 0.6 % on exact Gaussian scores.
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

/// The default: [`Plan::dpm`] with Langevin corrections at low noise where scores are composed. A single factor's score is not
/// composed, so there the corrections, which cost a score evaluation each, are left out.
///
/// # Accuracy   Composers are exact where σ is small against single posteriors and approximate before, and a solver without noise keeps what it
/// got wrong there; with corrections draws forget it (`docs/benchmarks.md`). In Gaussian directions of standard deviation τ the last
/// corrections add about (r σ/τ)² to the variance, relative to it: where the grid ends, at σ = τ/10, that is 0.0016.
/// # Cost     One score evaluation a step, and `corrector.steps` for every level with σ ≤ `max_sigma`: usually half to two thirds of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TallPlan {
    /// Steps of DPM-Solver++(2M), uniform in log-SNR.
    pub steps: usize,
    /// The corrections.
    pub corrector: LangevinCorrector,
    /// The largest σ at which draws are corrected.
    pub max_sigma: f64,
}

impl Default for TallPlan {
    /// 40 steps, and where σ ≤ 0.5 one correction each with r = 0.4: more or longer ones and 60 steps gained nothing on the published tasks, and
    /// started at higher noise they move the weights of modes.
    fn default() -> Self {
        Self { steps: 40, corrector: LangevinCorrector { steps: 1, snr: 0.4 }, max_sigma: 0.5 }
    }
}

impl TallPlan {
    /// The default with another number of steps.
    pub fn of_steps(steps: usize) -> Self {
        Self { steps, ..Self::default() }
    }
}

impl<const M: usize> SamplingPlan<M> for TallPlan {
    type Sampler = PredictorCorrector<DpmSolver>;

    fn sampler(&self, n_factors: usize) -> Self::Sampler {
        let max_sigma = if n_factors > 1 { self.max_sigma } else { 0.0 };
        PredictorCorrector::only_below(DpmSolver, self.corrector, max_sigma)
    }

    fn levels(&self, schedule: &Schedule, narrowest: Option<f64>) -> Result<Vec<Level>, SampleError> {
        Grid::log_snr(self.steps).levels_for(schedule, narrowest)
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
