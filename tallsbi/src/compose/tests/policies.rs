//! Check floors, clips and unusable input: typed, and counted.

use super::*;

/// One observation that seems to know less than the prior in one direction, among informative ones.
fn with_a_bad_one(n: usize) -> Vec<SMatrix<f64, 2, 2>> {
    let mut covariances = vec![SMatrix::<f64, 2, 2>::new(0.9, 0.1, 0.1, 0.8); n];
    covariances[1] = SMatrix::<f64, 2, 2>::new(1.5, 0.0, 0.0, 0.5);
    covariances
}

#[test]
fn the_floor_raises_and_counts_and_changes_nothing_where_nothing_is_wrong() {
    let prior = SMatrix::<f64, 2, 2>::identity();
    let good = vec![SMatrix::<f64, 2, 2>::new(0.9, 0.1, 0.1, 0.8); 3];
    let at = Schedule::default().level(0.3);
    let weights = |covariances: &[SMatrix<f64, 2, 2>], floor: bool| {
        let composition = GaussComposition::from_covariances(&prior, covariances, floor).expect("definite");
        let mut weights = Vec::new();
        composition.weights_into(&at, &mut weights);
        let report = Composition::<2, Gaussian<2>, GaussianOracle<2>>::report(&composition);
        (weights, report.floored_directions, report.examined_directions)
    };
    assert_eq!(weights(&good, true).0, weights(&good, false).0);
    assert_eq!((weights(&good, true).1, weights(&good, true).2), (0, 6));
    let floored = weights(&with_a_bad_one(3), true);
    assert_eq!((floored.1, floored.2), (1, 6));
    // Raised to the prior's precision, the observation is one that says nothing in that direction.
    let mut raised = with_a_bad_one(3);
    raised[1][(0, 0)] = 1.0;
    for (a, b) in floored.0.iter().zip(weights(&raised, true).0) {
        assert!((a - b).norm() < 1e-14);
    }
    // The weights are Λ⁻¹ P_j, as written in the paper.
    let ratio = at.alpha / (at.sigma * at.sigma);
    let noise = SMatrix::<f64, 2, 2>::identity() * ratio;
    let precisions: Vec<_> = good.iter().map(|c| c.try_inverse().expect("regular") + noise).collect();
    let total = precisions.iter().fold((SMatrix::identity() + noise) * -2.0, |sum, p| sum + p);
    for (weight, precision) in weights(&good, true).0.iter().zip(&precisions) {
        assert!((total.try_inverse().expect("regular") * precision - weight).norm() < 1e-13);
    }
}

#[test]
fn unusable_covariances_are_typed_errors_before_sampling() {
    let prior = SMatrix::<f64, 2, 2>::identity();
    let wide = vec![SMatrix::<f64, 2, 2>::new(1.5, 0.0, 0.0, 0.5); 30];
    let error = |covariances: &[SMatrix<f64, 2, 2>], floor| {
        GaussComposition::from_covariances(&prior, covariances, floor).err()
    };
    assert_eq!(error(&wide, false), Some(ComposeError::IndefinitePrecision { n_factors: 30, directions: 1 }));
    assert_eq!(error(&wide, true), None);
    // Estimates: the sum is kept at the prior's precision.
    let estimated = GaussComposition::from_estimates(&prior, &wide, 1_000, true).expect("definite");
    let report = Composition::<2, Gaussian<2>, GaussianOracle<2>>::report(&estimated);
    assert_eq!((report.floored_directions, report.examined_directions), (31, 62));
    let few = GaussComposition::from_estimates(&prior, &wide, 4, true).err();
    assert_eq!(few, Some(ComposeError::IndefiniteCovariance { index: 0 }));
    for bad in [
        SMatrix::<f64, 2, 2>::zeros(),
        SMatrix::<f64, 2, 2>::new(1.0, 2.0, 2.0, 1.0),
        SMatrix::<f64, 2, 2>::new(f64::NAN, 0.0, 0.0, 1.0),
        SMatrix::<f64, 2, 2>::new(f64::INFINITY, 0.0, 0.0, 1.0),
    ] {
        let mut covariances = vec![prior * 0.5; 4];
        covariances[2] = bad;
        assert_eq!(error(&covariances, true), Some(ComposeError::IndefiniteCovariance { index: 2 }), "{bad}");
    }
    assert_eq!(error(&[], true), Some(ComposeError::NoObservations));
    let flat = SMatrix::<f64, 2, 2>::new(1.0, 1.0, 1.0, 1.0);
    let indefinite = GaussComposition::from_covariances(&flat, &[prior, prior], true).err();
    assert_eq!(indefinite, Some(ComposeError::IndefinitePriorCovariance));
}

/// Increments whose Jacobians are given, for JAC's floor.
struct Slopes(Vec<SMatrix<f64, 2, 2>>);

impl LocalScores<2> for Slopes {
    type Workspace = ();

    fn n_factors(&self) -> usize {
        self.0.len()
    }

    fn increments_into(
        &self,
        _at: &Level,
        theta: &[[f64; 2]],
        (): &mut (),
        out: &mut [[f64; 2]],
    ) -> Result<(), ComposeError> {
        for (pair, out) in out.iter_mut().enumerate() {
            let n = self.0.len();
            *out = (self.0[pair % n] * SVector::from(theta[pair / n])).into();
        }
        Ok(())
    }

    fn weighted_sum_into(
        &self,
        _: &Level,
        _: Weights<'_, 2>,
        _: &[[f64; 2]],
        (): &mut (),
        _: &mut [[f64; 2]],
    ) -> Result<(), ComposeError> {
        Err(ComposeError::Network { reason: "not asked for by JAC with two factors".into() })
    }
}

impl LocalJacobians<2> for Slopes {
    fn increments_and_jacobians_into(
        &self,
        at: &Level,
        theta: &[[f64; 2]],
        (): &mut (),
        out: &mut [[f64; 2]],
        jacobians: &mut [SMatrix<f64, 2, 2>],
    ) -> Result<(), ComposeError> {
        self.increments_into(at, theta, &mut (), out)?;
        for (pair, jacobian) in jacobians.iter_mut().enumerate() {
            *jacobian = self.0[pair % self.0.len()];
        }
        Ok(())
    }
}

impl Pilot<2> for Slopes {
    fn n_factors(&self) -> usize {
        self.0.len()
    }

    fn covariances(&self, _draws: usize, _steps: usize) -> Result<Vec<SMatrix<f64, 2, 2>>, ComposeError> {
        Err(ComposeError::Network { reason: "JAC needs no pilot".into() })
    }
}

/// What a pilot was asked for: draws and steps, or nothing where a head answered.
struct Asked {
    head: Option<Vec<SMatrix<f64, 2, 2>>>,
    asked: std::cell::Cell<Option<(usize, usize)>>,
}

impl Pilot<2> for Asked {
    fn n_factors(&self) -> usize {
        3
    }

    fn amortised(&self) -> Option<Vec<SMatrix<f64, 2, 2>>> {
        self.head.clone()
    }

    fn covariances(&self, draws: usize, steps: usize) -> Result<Vec<SMatrix<f64, 2, 2>>, ComposeError> {
        self.asked.set(Some((draws, steps)));
        Ok(vec![SMatrix::identity() * 0.5; 3])
    }
}

#[test]
fn covariances_come_from_the_head_unless_draws_are_asked_for_or_there_is_none() {
    let prepared = |gauss: Gauss, head: Option<Vec<SMatrix<f64, 2, 2>>>| {
        let pilot = Asked { head, asked: std::cell::Cell::new(None) };
        let composition =
            Composer::<2, StandardNormal, Slopes>::prepare(&gauss, &StandardNormal, &pilot).expect("definite");
        let mut weights = Vec::new();
        composition.weights_into(&Schedule::default().level(0.3), &mut weights);
        (weights, pilot.asked.get())
    };
    let head = vec![SMatrix::<f64, 2, 2>::identity() * 0.2; 3];
    let exact = GaussComposition::from_covariances(&SMatrix::identity(), &head, true).expect("definite");
    let mut weights = Vec::new();
    exact.weights_into(&Schedule::default().level(0.3), &mut weights);
    assert_eq!(prepared(Gauss::default(), Some(head.clone())), (weights.clone(), None));
    let (drawn, asked) = prepared(Gauss::pilot(700, 12), Some(head));
    assert_eq!(asked, Some((700, 12)));
    assert_ne!(drawn, weights);
    assert_eq!(prepared(Gauss::default(), None).1, Some((1_000, 30)));
}

#[test]
fn jac_floors_directions_that_lose_precision_and_counts_them() {
    let at = Schedule::default().level(0.2);
    let theta = [[0.3, -0.8]; 5];
    let run = |slopes: &Slopes, floor: bool| {
        let composition =
            Composer::<2, StandardNormal, Slopes>::prepare(&Jac { floor }, &StandardNormal, slopes).expect("prepared");
        let mut out = [[0.0; 2]; 5];
        let score = Composed { composition: &composition, prior: &StandardNormal, local: slopes };
        score.score_into(&at, &theta, &mut JacWorkspace::default(), &mut out).expect("scored");
        (out[0], Composition::<2, StandardNormal, Slopes>::report(&composition))
    };
    let falls = SMatrix::<f64, 2, 2>::new(-0.4, 0.0, 0.0, -0.3);
    let rises = SMatrix::<f64, 2, 2>::new(0.5, 0.0, 0.0, -0.3);
    let good = run(&Slopes(vec![falls; 3]), true);
    assert_eq!(good.0, run(&Slopes(vec![falls; 3]), false).0);
    assert_eq!((good.1.floored_directions, good.1.examined_directions), (0, 30));
    let bad = run(&Slopes(vec![falls, rises, falls]), true);
    assert_eq!((bad.1.floored_directions, bad.1.examined_directions), (5, 30));
    // The floored factor enters with the prior's precision there: only its increment counts, with G = 1.
    let (sigma_sq, relative) = (at.sigma * at.sigma, at.alpha);
    let gain = |slope: f64| 1.0 / (1.0 + sigma_sq * slope / relative);
    let numerator = (2.0 * gain(-0.4) * -0.4 + 0.5) * theta[0][0];
    let expected = -theta[0][0] + numerator / (1.0 + 2.0 * (gain(-0.4) - 1.0));
    assert!((bad.0[0] - expected).abs() < 1e-12, "{} {expected}", bad.0[0]);
    // Without the floor, many such factors make the precision indefinite: solved as published, and counted.
    let unfloored = run(&Slopes(vec![rises; 30]), false);
    assert_eq!((unfloored.1.indefinite_solves, unfloored.1.floored_directions), (5, 0));
    assert!(unfloored.0.iter().all(|s| s.is_finite()));
    assert_eq!(run(&Slopes(vec![rises; 30]), true).1.indefinite_solves, 0);
}

#[test]
fn clipping_is_counted_and_leaves_nan_to_the_driver() {
    let oracle = model(standard::<2>(), 3, 1);
    let composition: ClippedComposition<GaussComposition<2>> =
        Composer::<2, Gaussian<2>, GaussianOracle<2>>::prepare(&Clipped::<Gauss>::default(), oracle.prior(), &oracle)
            .expect("prepared");
    let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
    let mut theta = [[3.5, -2.9], [f64::NEG_INFINITY, f64::NAN]];
    assert_eq!(score.constrain(&mut theta), 2);
    assert_eq!((theta[0], theta[1][0]), ([3.0, -2.9], -3.0));
    assert!(theta[1][1].is_nan());
    let report = Composition::<2, Gaussian<2>, GaussianOracle<2>>::report(&composition);
    assert_eq!(report.clipped_components, 2);
}
