//! Check determinism, failures, cancellation and grids.

use super::*;

#[test]
fn draws_do_not_depend_on_threads_or_blocks() {
    let oracle = model(standard::<3>(), 5, 2);
    let composition: <Jac as Composer<3, Gaussian<3>, GaussianOracle<3>>>::Composition =
        Composer::<3, Gaussian<3>, GaussianOracle<3>>::prepare(&Jac::default(), oracle.prior(), &oracle)
            .expect("prepared");
    let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
    let sampler = PredictorCorrector::new(Ddim { eta: 1.0 }, LangevinCorrector::default());
    let levels = levels(&Grid::Uniform { steps: 20 });
    let draw = |threads: usize, block: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let options = DriveOptions { draws: 101, seed: 5, block, ..DriveOptions::default() };
        pool.install(|| drive(&score, &sampler, &levels, &options)).expect("driven")
    };
    let one = draw(1, 16);
    for (threads, block) in [(2, 16), (4, 16), (4, 1), (2, 1000)] {
        assert_eq!(one, draw(threads, block), "{threads} threads, blocks of {block}");
    }
}

/// A score that is NaN for draws that start on the right.
struct Broken;

impl Score<1> for Broken {
    type Workspace = ();
    fn score_into(
        &self,
        _at: &Level,
        theta: &[[f64; 1]],
        (): &mut (),
        out: &mut [[f64; 1]],
    ) -> Result<(), ComposeError> {
        for (out, theta) in out.iter_mut().zip(theta) {
            out[0] = if theta[0] > 0.0 { f64::NAN } else { -0.1 };
        }
        Ok(())
    }
    fn constrain(&self, theta: &mut [[f64; 1]]) -> u64 {
        theta.len() as u64
    }
}

#[test]
fn failures_are_values() {
    let grid = levels(&Grid::log_snr(5));
    let driven = drive(&Broken, &DpmSolver, &grid, &options(600, 1)).expect("some are finite");
    assert_eq!(driven.draws.len() + driven.non_finite.len(), 600);
    assert!((200..400).contains(&driven.non_finite.len()));
    assert!(driven.draws.iter().flatten().all(|x| x.is_finite()));
    assert_eq!(driven.clipped_components, 600 * 5);
    for (draws, block, levels, what) in [
        (0, 1, &grid[..], "the number of draws"),
        (1, 0, &grid[..], "the number of draws per block"),
        (1, 1, &grid[..1], "the number of steps"),
        (1, 1, &grid[..0], "the number of steps"),
    ] {
        let options = DriveOptions { draws, block, ..DriveOptions::default() };
        assert_eq!(drive(&Broken, &DpmSolver, levels, &options).err(), Some(SampleError::Zero { what }));
    }
    struct Nan;
    impl Score<1> for Nan {
        type Workspace = ();
        fn score_into(&self, _: &Level, _: &[[f64; 1]], (): &mut (), out: &mut [[f64; 1]]) -> Result<(), ComposeError> {
            out.fill([f64::NAN]);
            Ok(())
        }
    }
    let error = drive(&Nan, &DpmSolver, &grid, &options(7, 1)).err();
    assert_eq!(error, Some(SampleError::AllNonFinite { draws: 7 }));
    let stop = |done: usize, total: usize| {
        assert!(done <= total && total == 15);
        if done >= 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = DriveOptions { draws: 600, block: 250, progress: Some(&stop), ..DriveOptions::default() };
    assert_eq!(drive(&Broken, &DpmSolver, &grid, &options).err(), Some(SampleError::Cancelled));
}

#[test]
fn grids_fall_from_noise_to_data() {
    let schedule = Schedule::default();
    for (grid, steps, last) in [
        (Grid::Uniform { steps: 1 }, 1, 0.0),
        (Grid::Uniform { steps: 1000 }, 1000, 0.0),
        (Grid::log_snr(1), 1, 0.0),
        (Grid::log_snr(30), 30, 0.0),
        (Grid::LogSnr { steps: 1, t_start: 1.0, t_end: Some(1e-2), finish: Finish::Noisy }, 1, 1e-2),
        (Grid::LogSnr { steps: 15, t_start: 0.9, t_end: Some(1e-4), finish: Finish::Noisy }, 15, 1e-4),
        (Grid::Times(vec![1.0, 0.5, 0.0]), 2, 0.0),
    ] {
        for schedule in [schedule, Schedule::published(), Schedule::Linear { beta_min: 0.1, beta_max: 40.0 }] {
            let levels = grid.levels(&schedule).expect("valid");
            assert_eq!((levels.len() - 1, levels[steps].t), (steps, last), "{grid:?}");
        }
    }
    let levels = levels(&Grid::LogSnr { steps: 10, t_start: 1.0, t_end: Some(1e-3), finish: Finish::Noisy });
    let h: Vec<f64> = levels.windows(2).map(|w| w[1].half_log_snr() - w[0].half_log_snr()).collect();
    // At t = 1 the variance 1 − 1.1e-7 has the digits of an f64, so a half log-SNR of 8 does, too.
    assert!(h.iter().all(|h0| (h0 - h[0]).abs() < 1e-9), "{h:?}");
    for (grid, error) in [
        (Grid::Uniform { steps: 0 }, SampleError::Zero { what: "the number of steps" }),
        (Grid::log_snr(0), SampleError::Zero { what: "the number of steps" }),
        (Grid::Times(vec![1.0]), SampleError::Zero { what: "the number of steps" }),
        (Grid::Times(vec![1.0, 0.5, 0.5]), SampleError::NotDescending { index: 2 }),
        (Grid::Times(vec![1.5, 0.5]), SampleError::NotDescending { index: 0 }),
        (Grid::Times(vec![1.0, f64::NAN]), SampleError::NotDescending { index: 1 }),
        (
            Grid::LogSnr { steps: 5, t_start: 0.1, t_end: Some(0.2), finish: Finish::Noisy },
            SampleError::NotDescending { index: 1 },
        ),
    ] {
        assert_eq!(grid.levels(&schedule).err(), Some(error), "{grid:?}");
    }
}
