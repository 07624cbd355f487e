//! Check composed scores: exactness, identity for one factor, order of observations.

use super::*;

/// s = s_exact, and what the observations add to the prior's score, too: near t = 1 that is a small part of s.
#[track_caller]
fn check_exact<const M: usize, P, C>(composer: &C, prior: &P, gaussian: &Gaussian<M>, label: &str)
where
    P: DiffusedPrior<M>,
    C: Composer<M, P, GaussianOracle<M>>,
{
    // Every matrix of dimension 32 costs 250 times as much as one of 5: fewer draws there.
    let draws = if M > 5 { 2 } else { 6 };
    for n in [1, 2, 8, 30, 100] {
        let oracle = model(gaussian.clone(), n, 1);
        for schedule in [Schedule::default(), Schedule::published()] {
            for t in TIMES {
                let at = schedule.level(t);
                let theta = &thetas(&oracle, &at)[..draws];
                let got = composed(composer, prior, &oracle, &at, theta);
                let want = exact(&oracle, &at, theta);
                let error = worst(&got, &want);
                assert!(error < 1e-9, "{label}: M = {M}, n = {n}, t = {t}: {error:e}");
                let mut base = vec![[0.0; M]; draws];
                DiffusedPrior::score_into(gaussian, &at, theta, &mut (), &mut base).expect("scored");
                let less = |scores: &[[f64; M]]| -> Vec<[f64; M]> {
                    (0..draws).map(|i| std::array::from_fn(|k| scores[i][k] - base[i][k])).collect()
                };
                let error = worst(&less(&got), &less(&want));
                assert!(error < 1e-9, "{label}, increment: M = {M}, n = {n}, t = {t}: {error:e}");
            }
            if M > 5 {
                break;
            }
        }
    }
}

#[test]
fn gauss_jac_and_focused_are_the_exact_tall_score() {
    fn rows<const M: usize>() {
        let (standard, general) = (standard::<M>(), general::<M>());
        check_exact(&Gauss::default(), &standard, &standard, "gauss, N(0, I)");
        check_exact(&Gauss::pilot(1_000, 30), &standard, &standard, "gauss, pilot draws");
        check_exact(&Gauss::default(), &StandardNormal, &standard, "gauss, latent prior");
        check_exact(&Gauss { floor: false, ..Gauss::default() }, &general, &general, "gauss, no floor");
        check_exact(&Gauss::default(), &general, &general, "gauss, N(mu, S)");
        check_exact(&Jac::default(), &StandardNormal, &standard, "jac, latent prior");
        check_exact(&Jac::default(), &general, &general, "jac, N(mu, S)");
        check_exact(&Jac { floor: false }, &general, &general, "jac, no floor");
        check_exact(&Focused::default(), &StandardNormal, &standard, "focused, latent prior");
        check_exact(&Focused::default(), &general, &general, "focused, N(mu, S)");
        check_exact(&Clipped::<Gauss>::default(), &general, &general, "clipped gauss");
    }
    rows::<1>();
    rows::<2>();
    rows::<5>();
    rows::<10>();
    rows::<32>();
}

#[test]
fn one_factor_is_the_identity_for_every_composer() {
    fn check<const M: usize, C: Composer<M, Gaussian<M>, GaussianOracle<M>>>(composer: &C) {
        let oracle = model(general::<M>(), 1, 4);
        for t in TIMES {
            let at = Schedule::default().level(t);
            let theta = thetas(&oracle, &at);
            let got = composed(composer, oracle.prior(), &oracle, &at, &theta);
            let mut sum = vec![[0.0; M]; theta.len()];
            let mut prior = sum.clone();
            oracle.increments_into(&at, &theta, &mut Default::default(), &mut sum).expect("scored");
            DiffusedPrior::score_into(oracle.prior(), &at, &theta, &mut (), &mut prior).expect("scored");
            for (sum, prior) in sum.iter_mut().zip(&prior) {
                for k in 0..M {
                    sum[k] += prior[k];
                }
            }
            assert_eq!(got, sum, "bitwise at t = {t}");
        }
    }
    check::<3, _>(&Gauss::default());
    check::<3, _>(&Jac::default());
    check::<3, _>(&Focused::default());
    check::<3, _>(&Factorized);
    check::<3, _>(&FactorizedDiffused);
    check::<3, _>(&Clipped::<Jac>::default());
    check::<3, _>(&MiniBatch::new(Gauss::default(), 1));
    check::<3, _>(&Damped::new(Gauss::default(), Damping::Increments { middle: 1.0 }));
}

#[test]
fn the_order_of_observations_does_not_matter() {
    fn check<C: Composer<5, Gaussian<5>, GaussianOracle<5>>>(composer: &C, label: &str) {
        let mut rng = stream(6, "permutation", 0);
        let mut observations: Vec<_> =
            (0..30).map(|_| (covariance::<5>(&mut rng), SVector::<f64, 5>::from(normal(&mut rng)))).collect();
        let forward = GaussianOracle::new(general(), &observations).expect("definite");
        observations.reverse();
        observations.swap(3, 17);
        let shuffled = GaussianOracle::new(general(), &observations).expect("definite");
        for t in TIMES {
            let at = Schedule::default().level(t);
            let theta = thetas(&forward, &at);
            let a = composed(composer, forward.prior(), &forward, &at, &theta);
            let b = composed(composer, shuffled.prior(), &shuffled, &at, &theta);
            assert!(worst(&a, &b) < 1e-12, "{label}, t = {t}: {:e}", worst(&a, &b));
        }
    }
    check(&Gauss::default(), "gauss");
    check(&Jac::default(), "jac");
    check(&Focused::default(), "focused");
    check(&Factorized, "factorized");
    check(&FactorizedDiffused, "factorized diffused");
}

#[test]
fn no_observations_is_a_typed_error() {
    let oracle = model(standard::<2>(), 0, 1);
    fn check<C: Composer<2, Gaussian<2>, GaussianOracle<2>>>(composer: &C, oracle: &GaussianOracle<2>) {
        let error = composer.prepare(oracle.prior(), oracle).err();
        assert_eq!(error, Some(ComposeError::NoObservations));
    }
    check(&Gauss::default(), &oracle);
    check(&Jac::default(), &oracle);
    check(&Focused::default(), &oracle);
    check(&Factorized, &oracle);
    check(&FactorizedDiffused, &oracle);
    check(&Clipped::<Jac>::default(), &oracle);
}

/// F-NPSE as published is the exact posterior's score where t = 0, and its formula elsewhere.
#[test]
fn factorized_is_its_formula() {
    let oracle = model(general::<3>(), 7, 5);
    for t in [1e-6, 0.1, 0.6, 1.0] {
        let at = Schedule::default().level(t);
        let theta = thetas(&oracle, &at);
        let got = composed(&Factorized, oracle.prior(), &oracle, &at, &theta);
        let diffused = composed(&FactorizedDiffused, oracle.prior(), &oracle, &at, &theta);
        let (mut clean, mut prior) = (vec![[0.0; 3]; theta.len()], vec![[0.0; 3]; theta.len()]);
        oracle.prior().clean_score_into(&theta, &mut clean);
        DiffusedPrior::score_into(oracle.prior(), &at, &theta, &mut (), &mut prior).expect("scored");
        let mut sum = vec![[0.0; 3]; theta.len()];
        for factor in oracle.factors() {
            let mut score = vec![[0.0; 3]; theta.len()];
            Score::score_into(factor, &at, &theta, &mut (), &mut score).expect("scored");
            for (sum, score) in sum.iter_mut().zip(&score) {
                *sum = std::array::from_fn(|k| sum[k] + score[k]);
            }
        }
        let with = |weight: f64, part: &[[f64; 3]]| -> Vec<[f64; 3]> {
            sum.iter().zip(part).map(|(s, p)| std::array::from_fn(|k| s[k] + weight * p[k])).collect()
        };
        assert!(worst(&got, &with(-6.0 * (1.0 - t), &clean)) < 1e-12, "t = {t}");
        assert!(worst(&diffused, &with(-6.0, &prior)) < 1e-12, "t = {t}");
        if t < 1e-5 {
            assert!(worst(&got, &exact(&oracle, &at, &theta)) < 1e-4);
        } else if t < 1.0 {
            // Negative control: a bridge is not the diffused posterior.
            assert!(worst(&diffused, &exact(&oracle, &at, &theta)) > 1e-3);
        }
    }
}
