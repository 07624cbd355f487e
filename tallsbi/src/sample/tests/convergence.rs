//! Check that discretisation errors vanish, and at which order, without noise.

use super::*;

/// What starting from N(0, I) instead of N(√α m, α S + σ² I) at t = 1 leaves behind, in standard deviations:
/// √α_1 = e⁻⁸ times |m| ≤ 1, which the flow carries over as it is.
const START: f64 = 4e-4;

/// Halving the step must halve the error at least: then what is left is below twice the difference. The factor 2.5
/// leaves room for higher-order terms.
#[track_caller]
fn check_converges<const M: usize, S: Score<M>, A: Sampler<M>>(
    label: &str,
    score: &S,
    target: &Gaussian<M>,
    coarse: (&A, &Grid),
    fine: (&A, &Grid),
) {
    let target = of(target);
    let (coarse, fine) = (moments(score, coarse.0, &levels(coarse.1)), moments(score, fine.0, &levels(fine.1)));
    let (error, step) = (distance(&coarse, &target), distance(&coarse, &fine));
    println!("{label}: error {error:.2e}, change by halving {step:.2e}, error then {:.2e}", distance(&fine, &target));
    assert!(error < 2.5 * step + START, "{label}: error {error:e}, change by halving {step:e}");
}

// Langevin's last levels have almost no step, so its draws lag behind at a level whose noise, σ² ∝ 1/(L τ), is its
// first error; the step δ ∝ τ √σ² there is its second. Four times the steps of half the size halve both at least.
const COARSE: Langevin = Langevin { inner: 10, tau: 0.25 };
const FINE: Langevin = Langevin { inner: 40, tau: 0.125 };

#[test]
fn samplers_converge_to_the_exact_posterior() {
    let oracle = model(standard::<2>(), 8, 1);
    let tall = oracle.tall();
    let uniform = |steps| Grid::Uniform { steps };
    for eta in [0.0, 0.5, 1.0] {
        let ddim = Ddim { eta };
        check_converges(&format!("ddim({eta})"), tall, tall, (&ddim, &uniform(1000)), (&ddim, &uniform(2000)));
    }
    // What ends at t_end keeps the noise there, or loses it: σ² at t = 0.001 is 1.6e-5, far below the tolerances.
    check_converges("dpm", tall, tall, (&DpmSolver, &Grid::log_snr(30)), (&DpmSolver, &Grid::log_snr(60)));
    check_converges("dpm3", tall, tall, (&DpmSolver3, &Grid::log_snr(30)), (&DpmSolver3, &Grid::log_snr(60)));
    check_converges("langevin", tall, tall, (&COARSE, &uniform(100)), (&FINE, &uniform(100)));
    let corrected = PredictorCorrector::new(Ddim { eta: 0.0 }, LangevinCorrector::default());
    check_converges("ddim + corrector", tall, tall, (&corrected, &uniform(500)), (&corrected, &uniform(1000)));
    let final_only = PredictorCorrector::only_below(DpmSolver, LangevinCorrector { steps: 3, snr: 0.16 }, 0.1);
    let (coarse, fine) = (Grid::log_snr(40), Grid::log_snr(80));
    check_converges("dpm + final corrector", tall, tall, (&final_only, &coarse), (&final_only, &fine));
    let single = model(standard::<2>(), 1, 1);
    let geffner = Geffner::new(1);
    check_converges(
        "geffner, one factor",
        single.tall(),
        single.tall(),
        (&geffner, &uniform(500)),
        (&geffner, &uniform(1000)),
    );
}

#[test]
fn factorized_scores_with_langevin_end_at_the_posterior() {
    fn check<C: Composer<2, Gaussian<2>, GaussianOracle<2>>>(label: &str, composer: &C) {
        let oracle = model(standard::<2>(), 8, 1);
        let composition = composer.prepare(oracle.prior(), &oracle).expect("prepared");
        let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
        let grid = Grid::Uniform { steps: 100 };
        check_converges(label, &score, oracle.tall(), (&COARSE, &grid), (&FINE, &grid));
    }
    check("factorized", &Factorized);
    check("factorized diffused", &FactorizedDiffused);
}

/// Slope of ln |error| against ln(steps), by least squares.
fn order<A: Sampler<2>>(sampler: &A, steps: &[usize]) -> f64 {
    let tall = model(general::<2>(), 4, 2).tall().clone();
    let points: Vec<(f64, f64)> = steps
        .iter()
        .map(|&steps| {
            let grid = Grid::LogSnr { steps, t_start: 0.9, t_end: Some(0.05), finish: Finish::Noisy };
            let levels = levels(&grid);
            let mut theta = [[0.7, -1.2]];
            let start = theta;
            run(&tall, sampler, &levels, &mut theta, &mut Probe { calls: 0, first: usize::MAX / 2 });
            // Along the flow V^(-1/2) (θ − √α m) is constant, V = α S + σ² I, in the eigenbasis of S.
            let eigen = tall.covariance().symmetric_eigen();
            let (first, last) = (levels[0], levels[levels.len() - 1]);
            let deviation = eigen.eigenvectors.transpose() * (SVector::from(start[0]) - tall.mean() * first.mean());
            let carried = SVector::<f64, 2>::from_fn(|k, _| {
                let variance = |at: &Level| at.alpha * eigen.eigenvalues[k] + at.sigma * at.sigma;
                deviation[k] * (variance(&last) / variance(&first)).sqrt()
            });
            let exact = eigen.eigenvectors * carried + tall.mean() * last.mean();
            ((levels.len() as f64 - 1.0).ln(), (SVector::from(theta[0]) - exact).norm().ln())
        })
        .collect();
    let n = points.len() as f64;
    let (x, y) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    -points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

#[test]
fn solvers_converge_at_their_order() {
    let steps = [100, 200, 400, 800];
    for (label, slope, expected) in [
        ("dpm 2m", order(&DpmSolver, &steps), 2.0),
        ("dpm 3m", order(&DpmSolver3, &steps), 3.0),
        ("ddim(0)", order(&Ddim { eta: 0.0 }, &steps), 1.0),
        (
            "dpm forgetting",
            order(&PredictorCorrector::new(DpmSolver, LangevinCorrector { steps: 0, snr: 0.1 }), &steps),
            1.0,
        ),
    ] {
        println!("{label}: order {slope:.3}");
        assert!((slope - expected).abs() < 0.1, "{label}: order {slope}");
    }
}

/// What the documentation says of the solvers' errors, in standard deviations of the posterior.
#[test]
fn thirty_steps_of_third_order_are_as_good_as_sixty_of_second() {
    for n in [1, 8, 30] {
        let oracle = model(general::<3>(), n, 1);
        let (tall, target) = (oracle.tall(), of(oracle.tall()));
        let second = distance(&moments(tall, &DpmSolver, &levels(&Grid::log_snr(60))), &target);
        let third = distance(&moments(tall, &DpmSolver3, &levels(&Grid::log_snr(30))), &target);
        println!("n {n}: 60 steps of second order {second:.1e}, 30 of third {third:.1e}");
        assert!(second < 7e-3 && third < 6e-3, "n {n}: {second:e}, {third:e}");
    }
}
