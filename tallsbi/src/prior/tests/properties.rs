//! Check that every map is invertible, monotone, finite, and has the density's Jacobian.

use proptest::prelude::*;

use super::every_family;
use crate::prior::Univariate;
use crate::prior::special::{HALF_LN_TWO_PI, ln_normal};

/// ln dx/dz: how far the rounding of x moves z.
fn ln_slope<F: Univariate>(family: &F, x: f64, z: f64) -> f64 {
    ln_normal(z) - family.ln_density(x)
}

#[track_caller]
fn check_round_trip<F: Univariate>(family: &F) {
    let (low, high) = family.support();
    let mut returned = 0;
    for step in -76..=76 {
        let z = 0.5 * f64::from(step);
        let x = family.from_latent(z);
        let name = family.describe();
        assert!(x.is_finite() && x >= low && x <= high, "{name}: {z} -> {x}");
        let again = family.to_latent(x);
        assert!(again.is_finite(), "{name}: {z} -> {x} -> {again}");
        let back = family.from_latent(again);
        assert!((back - x).abs() <= 1e-10 * x.abs().max(1e-300), "{name}: {x:e} -> {again} -> {back:e} (z = {z})");
        // z comes back as far as the rounding of x lets it.
        let rounding = (4.0 * f64::EPSILON * x.abs()).max(f64::MIN_POSITIVE);
        let tolerance = 1e-10 * (1.0 + z.abs()) + 4.0 * rounding * (-ln_slope(family, x, z)).exp();
        let at_limit = x.abs() == f64::MAX || x.abs() < f64::MIN_POSITIVE;
        if tolerance < 1e-6 && !at_limit {
            assert!((again - z).abs() <= tolerance, "{name}: {z} -> {x:e} -> {again} beyond {tolerance:e}");
            returned += 1;
        }
    }
    assert!(returned > 8, "{} was hardly tested", family.describe());
}

#[test]
fn theta_comes_back_from_its_latent_value() {
    every_family!(check_round_trip);
}

#[track_caller]
fn check_latent_values_come_back<F: Univariate>(family: &F) {
    // Ordinary draws must return in z, too: the map loses nothing where the prior lives.
    for step in -60..=60 {
        let z = 0.05 * f64::from(step);
        let x = family.from_latent(z);
        if x < 1e-300 && x > 0.0 || x.abs() == f64::MAX || x == 1.0_f64.next_down() {
            continue;
        }
        let rounding = 4.0 * f64::EPSILON * x.abs() * (-ln_slope(family, x, z)).exp();
        let again = family.to_latent(x);
        assert!((again - z).abs() <= 1e-12 + rounding, "{}: {z} -> {x:e} -> {again}", family.describe());
    }
}

#[test]
fn ordinary_latent_values_come_back() {
    every_family!(check_latent_values_come_back);
}

#[track_caller]
fn check_ends<F: Univariate>(family: &F) {
    let (low, high) = family.support();
    let name = family.describe();
    let open_at_zero = ["LogNormal", "Gamma", "InverseGamma"].iter().any(|open| name.starts_with(open));
    for end in [low, high] {
        let z = family.to_latent(end);
        if end.is_infinite() || (open_at_zero && end == 0.0) {
            assert!(z.is_nan(), "{name} at {end}: {z}");
            assert_eq!(family.ln_density(end), f64::NEG_INFINITY, "{name} at {end}");
        } else {
            assert!(z.is_finite(), "{name} at {end}: {z}");
            let back = family.from_latent(z);
            assert!(back > low && back < high, "{name} at {end}: {back}");
            assert!(family.ln_density(end) > f64::NEG_INFINITY, "{name} at {end}");
        }
    }
    for outside in [low - 1.0, high + 1.0, f64::NAN, f64::INFINITY] {
        if !(outside.is_finite() && outside >= low && outside <= high) {
            assert!(family.to_latent(outside).is_nan(), "{name} at {outside}");
        }
        if outside.is_finite() && !(outside >= low && outside <= high) {
            assert_eq!(family.ln_density(outside), f64::NEG_INFINITY, "{name} at {outside}");
        }
    }
    for z in [-1e6, -60.0, 60.0, 1e6] {
        let x = family.from_latent(z);
        assert!(x.is_finite() && x >= low && x <= high, "{name}: {z} -> {x}");
    }
}

#[test]
fn ends_are_finite_and_outside_is_refused() {
    every_family!(check_ends);
}

#[track_caller]
fn check_jacobian<F: Univariate>(family: &F) {
    let name = family.describe();
    for step in -12..=12 {
        let z = 0.5 * f64::from(step) + 0.11;
        // dx/dz by a fourth-order difference; x moves by a relative h, so the error is that of h⁴ and eps/h.
        let h = 1e-4;
        let x = |k: f64| family.from_latent(z + k * h);
        let (centre, spread) = (x(0.0), x(2.0) - x(-2.0));
        // Where f64 cannot resolve the step there is nothing to measure; a gap of a mixture is no smooth curve.
        let (a, b) = (x(1.0) - x(-1.0), x(2.0) - x(0.0));
        let resolved =
            spread.abs() > 1e7 * f64::EPSILON * centre.abs() && centre.abs() < 1e300 && centre.abs() > 1e-290;
        if !resolved || (spread / 2.0 - a).abs() > 0.01 * a || (b - a).abs() > 0.3 * a {
            continue;
        }
        let slope = (8.0 * a - spread) / (12.0 * h);
        let expected = family.ln_density(centre) - ln_normal(z);
        assert!((-slope.ln() - expected).abs() < 1e-5, "{name} at z = {z}: {} {expected}", -slope.ln());
    }
}

#[test]
fn densities_are_the_jacobian_of_the_map() {
    every_family!(check_jacobian);
}

#[track_caller]
fn check_monotone<F: Univariate>(family: &F, z: f64, step: f64) -> Result<(), TestCaseError> {
    let (a, b) = (family.from_latent(z), family.from_latent(z + step));
    prop_assert!(a <= b, "{}: {} -> {:e}, {} -> {:e}", family.describe(), z, a, z + step, b);
    if b > a {
        // Neighbouring floats may share a rounding of z.
        let (za, zb) = (family.to_latent(a), family.to_latent(b));
        prop_assert!(
            za <= zb + 1e-13 * (1.0 + zb.abs()),
            "{}: {:e} -> {}, {:e} -> {}",
            family.describe(),
            a,
            za,
            b,
            zb
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn maps_are_monotone(z in -38.0..38.0_f64, exponent in -8.0..1.0_f64) {
        let step = 10.0_f64.powf(exponent);
        let mut outcome = Ok(());
        every_family!(each, z, step, &mut outcome);
        outcome?;
    }

    #[test]
    fn normal_families_survive_any_arguments(mean in -1e6..1e6_f64, ln_sd in -20.0..20.0_f64, z in -38.0..38.0_f64) {
        let sd = ln_sd.exp();
        let normal = crate::prior::Normal::new(mean, sd).expect("valid");
        let x = normal.from_latent(z);
        prop_assert!((normal.ln_density(x) + HALF_LN_TWO_PI + sd.ln() + 0.5 * ((x - mean) / sd).powi(2)).abs() < 1e-9);
    }

    #[test]
    fn families_survive_any_arguments(ln_a in -9.0..9.0_f64, ln_b in -9.0..9.0_f64, at in -60.0..60.0_f64, z in -38.0..38.0_f64) {
        let (a, b) = (ln_a.exp(), ln_b.exp());
        check_round_trip_at(&crate::prior::Beta::new(a, b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::Gamma::new(a, b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::InverseGamma::new(a, b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::StudentT::new(a, 0.0, b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::Cauchy::new(0.0, b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::HalfCauchy::new(b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::HalfNormal::new(b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::Exponential::new(b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::Uniform::new(at, at + b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::LogUniform::new(a, a * (1.0 + b)).expect("valid"), z)?;
        // Intervals up to hundreds of thousands of standard deviations out.
        check_round_trip_at(&crate::prior::TruncatedNormal::new(0.0, 1.0, at, at + b).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::TruncatedNormal::new(at, a, 0.0, f64::INFINITY).expect("valid"), z)?;
        check_round_trip_at(&crate::prior::TruncatedNormal::new(at, a, f64::NEG_INFINITY, b).expect("valid"), z)?;
        let components = [(0.3, at / 20.0, a.min(10.0)), (0.7, -at / 30.0, b.min(10.0))];
        check_round_trip_at(&crate::prior::Mixture::new(components).expect("valid"), z)?;
    }
}

fn each<F: Univariate>(family: &F, z: f64, step: f64, outcome: &mut Result<(), TestCaseError>) {
    if outcome.is_ok() {
        *outcome = check_monotone(family, z, step);
    }
}

fn check_round_trip_at<F: Univariate>(family: &F, z: f64) -> Result<(), TestCaseError> {
    let x = family.from_latent(z);
    let again = family.to_latent(x);
    let (low, high) = family.support();
    prop_assert!(x.is_finite() && x >= low && x <= high, "{}: {} -> {:e}", family.describe(), z, x);
    prop_assert!(again.is_finite() && !family.ln_density(x).is_nan(), "{}: {:e} -> {}", family.describe(), x, again);
    let back = family.from_latent(again);
    prop_assert!(
        (back - x).abs() <= 1e-10 * x.abs().max(1e-300),
        "{}: {:e} -> {} -> {:e}",
        family.describe(),
        x,
        again,
        back
    );
    Ok(())
}
