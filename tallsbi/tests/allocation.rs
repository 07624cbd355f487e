//! Count allocations: nothing is allocated in the sampling loop once the first step has made its buffers.

mod counting;

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

use nalgebra::{SMatrix, SVector};
use tallsbi::{
    compose::{
        Composed, Composer, Damped, Damping, Estimate, Factorized, Gauss, Jac, MiniBatch, StandardNormal,
        oracle::{Gaussian, GaussianOracle},
    },
    diffusion::Schedule,
    sample::{DriveOptions, GeffnerPlan, LangevinCorrector, Plan, SamplingPlan, drive},
};

fn check<C, A>(label: &str, composer: &C, plan: &A)
where
    C: Composer<3, StandardNormal, GaussianOracle<3>>,
    A: SamplingPlan<3>,
{
    let prior = Gaussian::new([0.0; 3], SMatrix::identity()).expect("definite");
    let information = SMatrix::<f64, 3, 3>::new(2.0, 0.3, 0.0, 0.3, 1.0, 0.2, 0.0, 0.2, 3.0);
    let observations: Vec<_> = (0..8).map(|j| (information, SVector::<f64, 3>::repeat(0.1 * j as f64))).collect();
    let oracle = GaussianOracle::new(prior, &observations).expect("definite");
    let composition = composer.prepare(&StandardNormal, &oracle).expect("prepared");
    let score = Composed { composition: &composition, prior: &StandardNormal, local: &oracle };
    let levels = plan.levels(&Schedule::default(), None).expect("a grid");
    let (first, last, steps) = (AtomicU64::new(0), AtomicU64::new(0), AtomicUsize::new(0));
    let watch = |done: usize, _: usize| {
        let seen = counting::allocations();
        if done == 1 {
            first.store(seen, Ordering::Relaxed);
        }
        last.store(seen, Ordering::Relaxed);
        steps.store(done, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    let options = DriveOptions { draws: 64, block: 64, progress: Some(&watch), ..DriveOptions::default() };
    drive(&score, &plan.sampler(8), &levels, &options).expect("driven");
    assert_eq!(steps.into_inner(), levels.len() - 1, "{label}");
    assert_eq!(last.into_inner() - first.into_inner(), 0, "{label}: allocations after the first step");
}

// One test and one thread, so that nobody else allocates meanwhile.
#[test]
fn the_step_loop_does_not_allocate() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(|| {
        check("gauss, dpm", &Gauss::default(), &Plan::dpm(20));
        check("gauss, dpm3", &Gauss::default(), &Plan::dpm3(20));
        check("jac, dpm", &Jac::default(), &Plan::dpm(20));
        check("gauss, ddim", &Gauss::default(), &Plan::ddim(50));
        check("factorized, langevin", &Factorized, &Plan::langevin(20));
        check("factorized, tamed", &Factorized, &Plan::tamed(20));
        check("factorized, geffner", &Factorized, &GeffnerPlan::new(20));
        let minibatch = MiniBatch { estimate: Estimate::Plain, ..MiniBatch::new(Gauss::default(), 3) };
        check("gauss, mini-batches", &minibatch, &Plan::dpm(20));
        let damping = Damping::Increments { middle: 0.5 };
        check("damped mini-batches", &Damped::new(minibatch, damping), &Plan::dpm(20));
        check("gauss, corrected", &Gauss::default(), &Plan::dpm_corrected(20, LangevinCorrector::default(), 1.0));
    });
}
