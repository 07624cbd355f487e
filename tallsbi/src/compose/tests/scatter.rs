//! Check what composers make of exact scores of factors that are not Gaussian: groups of a population with unknown mean and scatter.

use super::*;
use crate::compose::oracle::ScatterOracle;
use crate::sample::{DpmSolver, DriveOptions, Grid, drive};

/// Thirty groups of a population: (y_j, v_j).
fn oracle(set: u64) -> ScatterOracle {
    let mut rng = stream(set, "scatter-test", 0);
    let [mean, log_scatter]: [f64; 2] = normal(&mut rng);
    let scatter = (-1.2 + 0.6 * log_scatter).exp();
    let groups = (0..30).map(|j| {
        let noise: f64 = 0.06 / f64::from(1 + j % 4);
        let [z]: [f64; 1] = normal(&mut rng);
        (0.5 * mean + (scatter * scatter + noise).sqrt() * z, noise)
    });
    ScatterOracle::new(0.5, (-1.2, 0.6), groups.collect())
}

/// Root mean squares over data sets and parameters: by how much means are off, in exact standard deviations, and log ratios of standard
/// deviations.
fn errors<C: Composer<2, StandardNormal, ScatterOracle>>(composer: &C) -> (f64, f64) {
    const SETS: u64 = 4;
    const DRAWS: usize = 200;
    let (mut means, mut spreads) = (0.0, 0.0);
    for set in 0..SETS {
        let oracle = oracle(set);
        let composition = composer.prepare(&StandardNormal, &oracle).expect("prepared");
        let score = Composed { composition: &composition, prior: &StandardNormal, local: &oracle };
        let levels = Grid::log_snr(30).levels(&Schedule::default()).expect("a grid");
        let options = DriveOptions { draws: DRAWS, seed: set, ..DriveOptions::default() };
        let driven = drive(&score, &DpmSolver, &levels, &options).expect("draws");
        assert!(driven.non_finite.is_empty());
        for (k, (mean, sd)) in oracle.tall().into_iter().enumerate() {
            let of_draws = driven.draws.iter().map(|draw| draw[k]).sum::<f64>() / DRAWS as f64;
            let variance = driven.draws.iter().map(|draw| (draw[k] - of_draws).powi(2)).sum::<f64>() / DRAWS as f64;
            means += ((of_draws - mean) / sd).powi(2);
            spreads += (variance.sqrt() / sd).ln().powi(2);
        }
    }
    let n = (2 * SETS) as f64;
    ((means / n).sqrt(), (spreads / n).sqrt())
}

/// 200 draws alone put means off by 0.07 and log standard deviations by 0.05; the composer may double them.
#[test]
fn focused_draws_the_posterior_where_gauss_and_jac_do_not() {
    let [focused, jac, gauss] = [errors(&Focused::default()), errors(&Jac::default()), errors(&Gauss::default())];
    println!("mean off by, log sd off by: focused {focused:.3?}, JAC {jac:.3?}, GAUSS {gauss:.3?}");
    assert!(focused.0 < 0.16 && focused.1 < 0.12, "focused {focused:.3?}");
    // Negative controls.
    assert!(jac.0 > 2.0 * focused.0, "JAC {jac:.3?}");
    assert!(gauss.0 > 4.0 * focused.0 && gauss.1 > 4.0 * focused.1, "GAUSS {gauss:.3?}");
}

/// Without rounds it is JAC, whatever the factors.
#[test]
fn no_round_is_jac() {
    let (oracle, at) = (oracle(1), Schedule::default().level(0.3));
    let theta = [[0.3, -0.2], [2.0, 1.0]];
    let focused = composed(&Focused { rounds: 0, ..Focused::default() }, &StandardNormal, &oracle, &at, &theta);
    let jac = composed(&Jac::default(), &StandardNormal, &oracle, &at, &theta);
    assert!(worst(&focused, &jac) < 1e-12, "{:e}", worst(&focused, &jac));
    // Negative control: a round is not nothing.
    let one = composed(&Focused { rounds: 1, ..Focused::default() }, &StandardNormal, &oracle, &at, &theta);
    assert!(worst(&one, &jac) > 1e-3);
}

/// At little noise every composer adds what the factors say.
#[test]
fn near_data_increments_add_up() {
    let (oracle, at) = (oracle(2), Schedule::default().level(1e-4));
    let theta = [[0.3, -0.2], [-0.5, 0.8]];
    let sum = composed(&FactorizedDiffused, &StandardNormal, &oracle, &at, &theta);
    let focused = composed(&Focused::default(), &StandardNormal, &oracle, &at, &theta);
    assert!(worst(&focused, &sum) < 1e-4, "{:e}", worst(&focused, &sum));
}
