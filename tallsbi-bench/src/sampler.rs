//! Choose a sampler at run time: one [`SamplingPlan`] for all, so that a program is compiled once for each composer and not
//! once for each pair.

use tallsbi::diffusion::{Level, Schedule};
use tallsbi::sample::{
    Ddim, DpmSolver, DpmSolver3, Geffner, GeffnerPlan, Langevin, NoiseSource, Plan, PredictorCorrector, SampleError,
    Sampler, SamplingPlan, Score, TallPlan, TamedLangevin,
};

use crate::choice::SamplerChoice;

/// One of the samplers.
#[derive(Clone, Debug)]
pub enum AnySampler {
    /// DPM-Solver++(2M) with corrections
    Tall(PredictorCorrector<DpmSolver>),
    /// DPM-Solver++(2M)
    Dpm(DpmSolver),
    /// the third-order multistep solver
    Dpm3(DpmSolver3),
    /// DDIM
    Ddim(Ddim),
    /// annealed Langevin
    Langevin(Langevin),
    /// tamed Langevin
    Tamed(TamedLangevin),
    /// the Gaussian sampler of Geffner et al.
    Geffner(Geffner),
}

/// The state of whichever sampler it is; the others' stay empty.
#[derive(Default)]
pub struct AnyState<const M: usize> {
    tall: <PredictorCorrector<DpmSolver> as Sampler<M>>::State,
    dpm: <DpmSolver as Sampler<M>>::State,
    dpm3: <DpmSolver3 as Sampler<M>>::State,
    ddim: <Ddim as Sampler<M>>::State,
    langevin: <Langevin as Sampler<M>>::State,
    tamed: <TamedLangevin as Sampler<M>>::State,
    geffner: <Geffner as Sampler<M>>::State,
}

impl<const M: usize> SamplingPlan<M> for SamplerChoice {
    type Sampler = AnySampler;

    fn sampler(&self, n_factors: usize) -> AnySampler {
        match *self {
            Self::Tall(steps) => AnySampler::Tall(SamplingPlan::<M>::sampler(&TallPlan::of_steps(steps), n_factors)),
            Self::Dpm(steps) => AnySampler::Dpm(SamplingPlan::<M>::sampler(&Plan::dpm(steps), n_factors)),
            Self::Dpm3(steps) => AnySampler::Dpm3(SamplingPlan::<M>::sampler(&Plan::dpm3(steps), n_factors)),
            Self::Ddim(steps) => AnySampler::Ddim(SamplingPlan::<M>::sampler(&Plan::ddim(steps), n_factors)),
            Self::Langevin(levels) => {
                AnySampler::Langevin(SamplingPlan::<M>::sampler(&Plan::langevin(levels), n_factors))
            }
            Self::Tamed(levels) => AnySampler::Tamed(SamplingPlan::<M>::sampler(&Plan::tamed(levels), n_factors)),
            Self::Geffner(steps) => {
                AnySampler::Geffner(SamplingPlan::<M>::sampler(&GeffnerPlan::new(steps), n_factors))
            }
        }
    }

    fn levels(&self, schedule: &Schedule, narrowest: Option<f64>) -> Result<Vec<Level>, SampleError> {
        match *self {
            Self::Tall(steps) => SamplingPlan::<M>::levels(&TallPlan::of_steps(steps), schedule, narrowest),
            Self::Dpm(steps) => SamplingPlan::<M>::levels(&Plan::dpm(steps), schedule, narrowest),
            Self::Dpm3(steps) => SamplingPlan::<M>::levels(&Plan::dpm3(steps), schedule, narrowest),
            Self::Ddim(steps) => SamplingPlan::<M>::levels(&Plan::ddim(steps), schedule, narrowest),
            Self::Langevin(levels) => SamplingPlan::<M>::levels(&Plan::langevin(levels), schedule, narrowest),
            Self::Tamed(levels) => SamplingPlan::<M>::levels(&Plan::tamed(levels), schedule, narrowest),
            Self::Geffner(steps) => SamplingPlan::<M>::levels(&GeffnerPlan::new(steps), schedule, narrowest),
        }
    }
}

impl<const M: usize> Sampler<M> for AnySampler {
    type State = AnyState<M>;

    fn step<S: Score<M>, N: NoiseSource<M>>(
        &self,
        score: &S,
        from: &Level,
        to: &Level,
        theta: &mut [[f64; M]],
        state: &mut AnyState<M>,
        workspace: &mut S::Workspace,
        noise: &mut N,
    ) -> Result<(), SampleError> {
        match self {
            Self::Tall(tall) => tall.step(score, from, to, theta, &mut state.tall, workspace, noise),
            Self::Dpm(dpm) => dpm.step(score, from, to, theta, &mut state.dpm, workspace, noise),
            Self::Dpm3(dpm3) => dpm3.step(score, from, to, theta, &mut state.dpm3, workspace, noise),
            Self::Ddim(ddim) => ddim.step(score, from, to, theta, &mut state.ddim, workspace, noise),
            Self::Langevin(langevin) => langevin.step(score, from, to, theta, &mut state.langevin, workspace, noise),
            Self::Tamed(tamed) => tamed.step(score, from, to, theta, &mut state.tamed, workspace, noise),
            Self::Geffner(geffner) => geffner.step(score, from, to, theta, &mut state.geffner, workspace, noise),
        }
    }

    fn forget(&self, state: &mut AnyState<M>) {
        match self {
            Self::Tall(tall) => Sampler::<M>::forget(tall, &mut state.tall),
            Self::Dpm(dpm) => Sampler::<M>::forget(dpm, &mut state.dpm),
            Self::Dpm3(dpm3) => Sampler::<M>::forget(dpm3, &mut state.dpm3),
            Self::Ddim(ddim) => Sampler::<M>::forget(ddim, &mut state.ddim),
            Self::Langevin(langevin) => Sampler::<M>::forget(langevin, &mut state.langevin),
            Self::Tamed(tamed) => Sampler::<M>::forget(tamed, &mut state.tamed),
            Self::Geffner(geffner) => Sampler::<M>::forget(geffner, &mut state.geffner),
        }
    }
}
