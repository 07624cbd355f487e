//! Check mini-batches and damping against what they estimate and what they are declared to be.

use super::*;

/// The estimates of `evaluations` mini-batches at one level, for the same draws.
fn estimates<C: Composer<3, Gaussian<3>, GaussianOracle<3>>>(
    composer: &C,
    oracle: &GaussianOracle<3>,
    at: &Level,
    theta: &[[f64; 3]],
    evaluations: usize,
) -> Vec<Vec<[f64; 3]>> {
    let composition = composer.prepare(oracle.prior(), oracle).expect("prepared");
    let mut workspace = Default::default();
    let one = |_| {
        let mut out = vec![[0.0; 3]; theta.len()];
        composition.score_into(at, theta, oracle.prior(), oracle, &mut workspace, &mut out).expect("scored");
        out
    };
    (0..evaluations).map(one).collect()
}

/// A pass through the order sees every factor once where the size divides their number, so the mean over a pass is the full
/// score up to rounding. Negative control: one mini-batch is not.
#[test]
fn the_mini_batches_of_a_pass_sum_to_all_factors() {
    let oracle = model(general::<3>(), 24, 5);
    let plain = |size| MiniBatch { estimate: Estimate::Plain, ..MiniBatch::new(Gauss::default(), size) };
    for t in TIMES {
        let at = Schedule::default().level(t);
        let theta = thetas(&oracle, &at);
        let full = composed(&Gauss::default(), oracle.prior(), &oracle, &at, &theta);
        for size in [1, 4, 8, 12] {
            let all = estimates(&plain(size), &oracle, &at, &theta, 2 * 24 / size);
            let mut mean = vec![[0.0; 3]; theta.len()];
            for out in &all {
                for (mean, row) in mean.iter_mut().zip(out) {
                    *mean = std::array::from_fn(|k| mean[k] + row[k] / all.len() as f64);
                }
            }
            assert!(worst(&mean, &full) < 1e-10, "size {size}, t = {t}: {:e}", worst(&mean, &full));
            // At the noise end increments vanish like √α, and every estimate of their sum is the same.
            assert!(worst(&all[0], &full) > 1e-3 * at.mean(), "size {size}, t = {t}");
            assert_ne!(all[0], all[1]);
        }
        // With control variates nothing is left to sample of exactly Gaussian factors; as many as there are is all of them.
        let controlled = composed(&MiniBatch::new(Gauss::default(), 5), oracle.prior(), &oracle, &at, &theta);
        assert!(worst(&controlled, &full) < 1e-12);
        assert_eq!(composed(&plain(24), oracle.prior(), &oracle, &at, &theta), full);
    }
}

/// Where the size does not divide the number of factors, each is left out as often as any other: the mean over many passes tends to
/// the full score like 1/√passes. Another seed is another order; the same seed the same.
#[test]
fn a_remainder_does_not_bias() {
    const PASSES: usize = 4_000;
    let oracle = model(standard::<3>(), 7, 6);
    let at = Schedule::default().level(0.3);
    let theta = thetas(&oracle, &at);
    let full = composed(&FactorizedDiffused, oracle.prior(), &oracle, &at, &theta);
    let batches = MiniBatch { estimate: Estimate::Plain, ..MiniBatch::new(FactorizedDiffused, 4) };
    let all = estimates(&batches, &oracle, &at, &theta, PASSES);
    for draw in 0..theta.len() {
        for k in 0..3 {
            let values: Vec<f64> = all.iter().map(|out| out[draw][k]).collect();
            let mean = values.iter().sum::<f64>() / PASSES as f64;
            let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / PASSES as f64;
            // One mini-batch in each pass: independent; 4.9 standard errors is a probability of 1e-6.
            let error = (mean - full[draw][k]).abs() / (variance / PASSES as f64).sqrt();
            assert!(error < 4.9, "{error}");
        }
    }
    assert_eq!(all[..3], estimates(&batches, &oracle, &at, &theta, 3));
    assert_ne!(all[..3], estimates(&MiniBatch { seed: 1, ..batches }, &oracle, &at, &theta, 3));
}

#[test]
fn damping_is_its_formula() {
    let oracle = model(general::<3>(), 9, 7);
    for t in TIMES {
        let at = Schedule::default().level(t);
        let theta = thetas(&oracle, &at);
        let full = composed(&Gauss::default(), oracle.prior(), &oracle, &at, &theta);
        let mut prior = vec![[0.0; 3]; theta.len()];
        DiffusedPrior::score_into(oracle.prior(), &at, &theta, &mut (), &mut prior).expect("scored");
        let damped = |damping| composed(&Damped::new(Gauss::default(), damping), oracle.prior(), &oracle, &at, &theta);
        // exp(−ln(1/d) 2t) and d0 exp(−ln(d0/d1) t), as published.
        let d = (-(1.0_f64 / 0.1).ln() * 2.0 * t).exp();
        let expected: Vec<[f64; 3]> =
            full.iter().zip(&prior).map(|(s, p)| std::array::from_fn(|k| p[k] + d * (s[k] - p[k]))).collect();
        assert!(worst(&damped(Damping::Increments { middle: 0.1 }), &expected) < 1e-12);
        let d = 0.5 * (-(0.5_f64 / 0.9).ln() * t).exp();
        let expected: Vec<[f64; 3]> = full.iter().map(|s| s.map(|s| d * s)).collect();
        assert!(worst(&damped(Damping::Score { data: 0.5, noise: 0.9 }), &expected) < 1e-12);
        assert_eq!(damped(Damping::Score { data: 1.0, noise: 1.0 }), full);
    }
}

#[test]
fn sizes_and_factors_are_checked() {
    fn error<C: Composer<3, Gaussian<3>, GaussianOracle<3>>>(composer: &C) -> Option<ComposeError> {
        let oracle = model(standard::<3>(), 4, 1);
        composer.prepare(oracle.prior(), &oracle).err()
    }
    assert_eq!(error(&MiniBatch::new(Gauss::default(), 0)), Some(ComposeError::EmptyBatch));
    for (damping, name) in [
        (Damping::Increments { middle: 0.0 }, "middle"),
        (Damping::Score { data: f64::NAN, noise: 1.0 }, "data"),
        (Damping::Score { data: 1.0, noise: 1.5 }, "noise"),
    ] {
        match error(&Damped::new(Gauss::default(), damping)) {
            Some(ComposeError::Damping { name: found, .. }) => assert_eq!(found, name),
            other => panic!("{other:?}"),
        }
    }
}
