//! Test samples of every family against independent distribution functions.

use rand_distr::Distribution;
use statrs::distribution as independent;
use statrs::distribution::ContinuousCDF;

use crate::model::stream;
use crate::prior::{
    Beta, Cauchy, Exponential, FamilyError, Gamma, HalfCauchy, HalfNormal, InverseGamma, LogNormal, LogUniform,
    Mixture, Normal, StudentT, TruncatedNormal, Uniform, Univariate,
};

const N: usize = 100_000;

/// √n times the Kolmogorov–Smirnov distance of n draws from a distribution function.
fn distance(family: &impl Univariate, cdf: impl Fn(f64) -> f64) -> f64 {
    let mut rng = stream(20, "prior samples", 0);
    let mut draws: Vec<f64> = (0..N).map(|_| family.from_latent(rand_distr::StandardNormal.sample(&mut rng))).collect();
    draws.sort_by(f64::total_cmp);
    let n = N as f64;
    let gap =
        draws.iter().enumerate().map(|(k, &x)| (cdf(x) - k as f64 / n).abs().max((cdf(x) - (k + 1) as f64 / n).abs()));
    gap.fold(0.0, f64::max) * n.sqrt()
}

/// √(−ln(α/2)/2) at α = 1e-6.
const CRITICAL: f64 = 2.694;

#[track_caller]
fn check(family: Result<impl Univariate, FamilyError>, cdf: impl Fn(f64) -> f64) {
    let family = family.expect("valid");
    let statistic = distance(&family, cdf);
    eprintln!("{}: KS {statistic:.3}, critical {CRITICAL}, n = {N}, seed 20", family.describe());
    assert!(statistic < CRITICAL, "{}: {statistic}", family.describe());
}

#[test]
fn samples_follow_independent_distribution_functions() {
    let normal = independent::Normal::new(1.0, 2.0).expect("valid");
    check(Normal::new(1.0, 2.0), |x| normal.cdf(x));
    let log_normal = independent::LogNormal::new(-0.916, 0.5).expect("valid");
    check(LogNormal::new(-0.916, 0.5), |x| log_normal.cdf(x));
    check(Uniform::new(-3.0, 5.0), |x| (x + 3.0) / 8.0);
    let folded = independent::Normal::new(0.0, 0.5).expect("valid");
    check(HalfNormal::new(0.5), |x| 2.0 * folded.cdf(x) - 1.0);
    for df in [0.5, 3.0] {
        let t = independent::StudentsT::new(1.0, 2.0, df).expect("valid");
        check(StudentT::new(df, 1.0, 2.0), |x| t.cdf(x));
    }
    let cauchy = independent::Cauchy::new(1.0, 2.0).expect("valid");
    check(Cauchy::new(1.0, 2.0), |x| cauchy.cdf(x));
    let exponential = independent::Exp::new(3.0).expect("valid");
    check(Exponential::new(3.0), |x| exponential.cdf(x));
    for (shape, rate) in [(0.5, 2.0), (7.0, 0.1)] {
        let gamma = independent::Gamma::new(shape, rate).expect("valid");
        check(Gamma::new(shape, rate), |x| gamma.cdf(x));
        let inverse = independent::InverseGamma::new(shape, rate).expect("valid");
        check(InverseGamma::new(shape, rate), |x| inverse.cdf(x));
    }
    for (a, b) in [(0.3, 0.4), (2.0, 5.0)] {
        let beta = independent::Beta::new(a, b).expect("valid");
        check(Beta::new(a, b), |x| beta.cdf(x));
    }
    check(LogUniform::new(0.1, 10.0), |x| 0.5 * x.log10() + 0.5);
    check(HalfCauchy::new(2.0), |x| (x / 2.0).atan() * std::f64::consts::FRAC_2_PI);
    let (below, within) = (normal.cdf(0.5), normal.cdf(4.0) - normal.cdf(0.5));
    check(TruncatedNormal::new(1.0, 2.0, 0.5, 4.0), |x| (normal.cdf(x) - below) / within);
    let other = independent::Normal::new(-3.0, 0.1).expect("valid");
    check(Mixture::new([(0.4, -3.0, 0.1), (0.6, 1.0, 2.0)]), |x| 0.4 * other.cdf(x) + 0.6 * normal.cdf(x));
}

#[test]
fn a_wrong_scale_is_found() {
    // Negative control: 5 % in scale moves the distribution function by up to 0.012, 3.8 in units of 1/√n.
    let gamma = independent::Gamma::new(2.0, 1.0).expect("valid");
    assert!(distance(&Gamma::new(2.0, 1.05).expect("valid"), |x| gamma.cdf(x)) > CRITICAL);
    let normal = independent::Normal::new(0.0, 1.0).expect("valid");
    assert!(distance(&Normal::new(0.0, 1.05).expect("valid"), |x| normal.cdf(x)) > CRITICAL);
}

#[test]
fn densities_match_independent_ones() {
    #[track_caller]
    fn check(family: Result<impl Univariate, FamilyError>, other: &impl statrs::distribution::Continuous<f64, f64>) {
        let family = family.expect("valid");
        for x in [0.01, 0.2, 0.5, 0.77, 0.99, 3.0, 20.0] {
            let (found, expected) = (family.ln_density(x), other.ln_pdf(x));
            let same = found == expected || (found - expected).abs() < 1e-11 * (1.0 + expected.abs());
            assert!(same, "{} at {x}: {found} not {expected}", family.describe());
        }
    }
    check(Normal::new(1.0, 2.0), &independent::Normal::new(1.0, 2.0).expect("valid"));
    check(LogNormal::new(-0.9, 0.5), &independent::LogNormal::new(-0.9, 0.5).expect("valid"));
    check(StudentT::new(3.0, 1.0, 2.0), &independent::StudentsT::new(1.0, 2.0, 3.0).expect("valid"));
    check(Cauchy::new(1.0, 2.0), &independent::Cauchy::new(1.0, 2.0).expect("valid"));
    check(Exponential::new(3.0), &independent::Exp::new(3.0).expect("valid"));
    check(Gamma::new(0.5, 2.0), &independent::Gamma::new(0.5, 2.0).expect("valid"));
    check(Gamma::new(70.0, 20.0), &independent::Gamma::new(70.0, 20.0).expect("valid"));
    check(InverseGamma::new(3.0, 2.0), &independent::InverseGamma::new(3.0, 2.0).expect("valid"));
    check(Beta::new(0.3, 0.4), &independent::Beta::new(0.3, 0.4).expect("valid"));
    check(Beta::new(20.0, 5.0), &independent::Beta::new(20.0, 5.0).expect("valid"));
}
