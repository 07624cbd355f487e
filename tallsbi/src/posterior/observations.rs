//! Bind observations to a posterior, choose how to compose and to sample, draw.

use nalgebra::SMatrix;

use super::{
    Draws, DrawsReport, NetworkPilot, NetworkScores, Posterior, Result,
    coordinates::{Coordinates, TrainedNetwork},
    drawing::{DrawRequest, draw},
};
use crate::{
    compose::{Composer, DiffusedPrior, Gauss, symmetric_eigen},
    diffusion::GaussianBaseline,
    model::Simulator,
    net::{Precision, ScoreNetwork},
    sample::{SamplingPlan, TallPlan},
};

/// Observations bound to a posterior: compose them.
#[derive(Clone, Debug)]
pub struct Observations<'a, S, N: ScoreNetwork<M, D>, const M: usize, const D: usize, K> {
    pub(super) posterior: &'a Posterior<S, N, M, D, K>,
    pub(super) n: usize,
    pub(super) features: Vec<f32>,
    pub(super) sizes: Vec<u32>,
    pub(super) baselines: Vec<GaussianBaseline<M>>,
    pub(super) precision: Precision,
}

impl<'a, S, N, const M: usize, const D: usize, K> Observations<'a, S, N, M, D, K>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
{
    /// Number of observations.
    pub fn n_observations(&self) -> usize {
        self.n
    }

    /// Number of factors that are composed: observations, or blocks of at most n_max of them.
    pub fn n_factors(&self) -> usize {
        self.sizes.len()
    }

    /// Chooses how scores of single observations (or blocks of n_max) become the score of all.
    pub fn compose<C>(self, composer: C) -> Sampling<'a, S, N, M, D, K, C, TallPlan>
    where
        K::Prior<'a, N::Engine>: DiffusedPrior<M>,
        C: for<'x> Composer<M, K::Prior<'a, N::Engine>, NetworkScores<'x, N::Engine, K::Prior<'a, N::Engine>, M>>,
    {
        Sampling { observations: self, composer, plan: TallPlan::default(), seed: 0, quiet: false }
    }

    /// Draws with the defaults: GAUSS and [`TallPlan`], seed 0.
    ///
    /// # Errors
    /// As [`Sampling::sample`].
    pub fn sample(self, draws: usize) -> Result<Draws<S::Parameters, M>>
    where
        K::Prior<'a, N::Engine>: DiffusedPrior<M>,
    {
        self.compose(Gauss::default()).sample(draws)
    }

    /// The prior that composers see.
    pub(super) fn prior(&self) -> Result<K::Prior<'a, N::Engine>> {
        let posterior: &'a Posterior<S, N, M, D, K> = self.posterior;
        let network = TrainedNetwork {
            engine: &posterior.engine,
            parameterisation: posterior.parameterisation,
            schedule: posterior.schedule,
        };
        Ok(posterior.coordinates.prior(&network)?)
    }

    /// Pilot draws of every factor.
    pub(super) fn pilot<'x>(
        &'x self,
        prior: &'x K::Prior<'a, N::Engine>,
        seed: u64,
    ) -> NetworkPilot<'x, N::Engine, K::Prior<'a, N::Engine>, M> {
        NetworkPilot {
            engine: &self.posterior.engine,
            prior,
            standard_normal: K::STANDARD_NORMAL,
            parameterisation: self.posterior.parameterisation,
            schedule: self.posterior.schedule,
            observations: &self.features,
            sizes: &self.sizes,
            baselines: &self.baselines,
            precision: self.precision,
            seed,
        }
    }

    /// The smallest standard deviation of the product of the Gaussian baselines, latent coordinates; `None` where the
    /// parameterisation has none.
    pub(super) fn narrowest(&self) -> Option<f64> {
        self.posterior.head.as_ref()?;
        let mut precision = SMatrix::<f64, M, M>::identity();
        for baseline in &self.baselines {
            precision += baseline.precision() - SMatrix::identity();
        }
        let largest = symmetric_eigen(&precision).0.max();
        (largest > 0.0).then(|| 1.0 / largest.sqrt())
    }
}

/// Observations with a composer and a sampling plan: draw.
#[derive(Clone, Debug)]
pub struct Sampling<'a, S, N: ScoreNetwork<M, D>, const M: usize, const D: usize, K, C, A> {
    pub(super) observations: Observations<'a, S, N, M, D, K>,
    pub(super) composer: C,
    plan: A,
    pub(super) seed: u64,
    quiet: bool,
}

impl<'a, S, N, const M: usize, const D: usize, K, C, A> Sampling<'a, S, N, M, D, K, C, A>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
{
    /// Chooses the sampler with its grid (default: [`TallPlan`]).
    pub fn sampler<B: SamplingPlan<M>>(self, plan: B) -> Sampling<'a, S, N, M, D, K, C, B> {
        Sampling { observations: self.observations, composer: self.composer, plan, seed: self.seed, quiet: self.quiet }
    }

    /// Puts another composer in the place of this one, such as one around it.
    pub(crate) fn map_composer<B>(self, change: impl FnOnce(C) -> B) -> Sampling<'a, S, N, M, D, K, B, A> {
        let Self { observations, composer, plan, seed, quiet } = self;
        Sampling { observations, composer: change(composer), plan, seed, quiet }
    }

    /// Seed of the draws (default 0). The same seed gives the same draws whatever the number of threads.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How precisely the network is evaluated, on machines where that makes a difference (default: [`Precision::for_factors`]).
    #[must_use]
    pub fn precision(mut self, precision: Precision) -> Self {
        self.observations.precision = precision;
        self
    }

    /// Draws no progress bar.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Draws from the posterior given all observations. Draws that became non-finite are left out and counted in the
    /// report.
    ///
    /// # Errors
    /// The composition cannot be prepared, the network fails, or every draw is non-finite.
    pub fn sample(&self, draws: usize) -> Result<Draws<S::Parameters, M>>
    where
        K::Prior<'a, N::Engine>: DiffusedPrior<M>,
        C: for<'x> Composer<M, K::Prior<'a, N::Engine>, NetworkScores<'x, N::Engine, K::Prior<'a, N::Engine>, M>>,
        A: SamplingPlan<M>,
    {
        let posterior = self.observations.posterior;
        let prior = self.observations.prior()?;
        let to_natural = |z: &[f64; M]| Ok(posterior.coordinates.from_latent(&posterior.simulator, z)?);
        let request = DrawRequest { draws, narrowest: self.observations.narrowest(), quiet: self.quiet };
        let pilot = self.observations.pilot(&prior, self.seed);
        let (rows, report) = draw(&pilot, &self.composer, &self.plan, &request, &to_natural)?;
        let report = DrawsReport { n_observations: self.observations.n, ..report };
        Ok(Draws::new(rows, report))
    }
}
