//! Test the passes over declared priors: maps, densities, errors, descriptions, and a prior that is only a sampler.

use rand::{Rng, RngExt};

use crate::model::{Dimension, Label, Parameters, stream};
use crate::prior::*;

/// Declares a parameter struct of `[f64; $m]` with these component names, by hand.
macro_rules! parameters {
    ($name:ident, $m:literal, [$($label:literal),*], |$walk:ident| $declare:block) => {
        #[derive(Clone, Debug)]
        pub(super) struct $name([f64; $m]);
        impl Dimension for $name {
            const DIM: usize = $m;
        }
        impl Parameters<$m> for $name {
            fn labels() -> [Label; $m] {
                [$(Label::scalar($label, "", "")),*]
            }
            fn to_array(&self) -> [f64; $m] {
                self.0
            }
            fn from_array(values: [f64; $m]) -> Self {
                Self(values)
            }
        }
        impl DeclaredPrior<$m> for $name {
            fn declare<W: PriorWalk>($walk: &mut W) -> Result<(), PriorError> {
                $declare
                Ok(())
            }
        }
    };
}
pub(super) use parameters;

parameters!(Chain, 6, ["mean", "sd", "local[0]", "local[1]", "u[0]", "u[1]"], |walk| {
    let mean = walk.scalar(Normal::new(1.0, 0.5))?;
    let sd = walk.scalar(HalfNormal::new(0.5))?;
    walk.array::<_, 2>(Normal::new(mean, sd))?;
    walk.multivariate(MvNormal::<2>::new([0.0, 1.0], [[2.0, 0.6], [0.6, 0.5]]))?;
});
parameters!(Ordered, 2, ["low", "x"], |walk| {
    let low = walk.scalar(Normal::new(0.0, 1.0))?;
    walk.scalar(Uniform::new(low, 2.0))?;
});
parameters!(Short, 2, ["a", "b"], |walk| {
    walk.scalar(Normal::new(0.0, 1.0))?;
});
parameters!(Long, 1, ["a"], |walk| {
    walk.array::<_, 2>(Normal::new(0.0, 1.0))?;
});

#[test]
fn a_chain_maps_and_has_the_density_it_declares() {
    let prior = Declared::<Chain>::new();
    let z = [0.3, -1.2, 0.7, -0.4, 1.1, -2.0];
    let theta = prior.from_latent(&z).expect("inside");
    let (mean, sd) = (theta[0], theta[1]);
    assert!((theta[2] - (mean + sd * 0.7)).abs() < 1e-14);
    assert!((theta[4] - 2.0_f64.sqrt() * 1.1).abs() < 1e-14);
    let back = prior.to_latent(&theta).expect("inside");
    for k in 0..6 {
        assert!((back[k] - z[k]).abs() < 1e-12, "{k}: {} {}", back[k], z[k]);
    }
    let normal = |x: f64, mean: f64, sd: f64| {
        -0.5 * ((x - mean) / sd).powi(2) - sd.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
    };
    // Bivariate normal by its conditional: covariance .6, variances 2 and .5.
    let conditional = (0.5_f64 - 0.18).sqrt();
    let by_hand = normal(mean, 1.0, 0.5)
        + normal(sd, 0.0, 0.5)
        + 2.0_f64.ln()
        + normal(theta[2], mean, sd)
        + normal(theta[3], mean, sd)
        + normal(theta[4], 0.0, 2.0_f64.sqrt())
        + normal(theta[5], 1.0 + 0.3 * theta[4], conditional);
    assert!((prior.ln_density(&theta) - by_hand).abs() < 1e-12);
    // ln|dz/dθ| against differences of the map: triangular, so the determinant is the product of the diagonal.
    let mut ln_det = 0.0;
    for k in 0..6 {
        let h = 1e-6;
        let (mut up, mut down) = (theta, theta);
        up[k] += h;
        down[k] -= h;
        let (up, down) = (prior.to_latent(&up).expect("inside"), prior.to_latent(&down).expect("inside"));
        assert!((0..k).all(|j| up[j] == down[j]), "not triangular");
        ln_det += ((up[k] - down[k]) / (2.0 * h)).ln();
    }
    assert!((prior.ln_jacobian(&theta).expect("inside") - ln_det).abs() < 1e-8);
}

#[test]
fn blocks_and_samples_agree_with_rows() {
    let prior = Declared::<Chain>::new();
    let mut rng = stream(3, "test", 0);
    let draws: Vec<[f64; 6]> = (0..50).map(|_| prior.sample(&mut rng)).collect();
    let z = prior.to_latent_block(&draws).expect("inside");
    let back = prior.from_latent_block(&z).expect("inside");
    for (draw, back) in draws.iter().zip(&back) {
        for k in 0..6 {
            assert!((draw[k] - back[k]).abs() < 1e-12 * draw[k].abs().max(1.0));
        }
    }
    let mut again = stream(3, "test", 0);
    assert_eq!(prior.sample(&mut again), draws[0]);
}

#[test]
fn errors_name_the_component() {
    let chain = Declared::<Chain>::new();
    let outside = chain.to_latent(&[1.0, -0.5, 0.0, 0.0, 0.0, 0.0]);
    assert!(
        matches!(outside, Err(PriorError::OutOfSupport { name, value, low: 0.0, .. }) if name == "sd" && value == -0.5)
    );
    assert_eq!(chain.ln_density(&[1.0, -0.5, 0.0, 0.0, 0.0, 0.0]), f64::NEG_INFINITY);
    let not_finite = chain.to_latent(&[1.0, 0.5, 0.0, f64::INFINITY, 0.0, 0.0]);
    assert!(matches!(not_finite, Err(PriorError::OutOfSupport { name, .. }) if name == "local[1]"));
    let not_finite = chain.to_latent(&[1.0, 0.5, 0.0, 0.0, 0.0, f64::NAN]);
    assert!(matches!(not_finite, Err(PriorError::OutOfSupport { name, .. }) if name == "u[1]"));
    assert_eq!(chain.check(), Ok(()));

    let ordered = Declared::<Ordered>::new();
    let error = ordered.check().expect_err("low may exceed 2");
    assert_eq!(error.to_string(), "the prior of `x` is invalid: `low` must be less than `high`");
    assert!(Prior::<2>::sample(&ordered, &mut Fixed).iter().all(|x| x.is_nan()));

    let count = |declared, expected| Err(PriorError::ComponentCount { declared, expected });
    assert_eq!(Declared::<Short>::new().check(), count(1, 2));
    assert_eq!(Declared::<Long>::new().check(), count(2, 1));
}

/// Normal draws from this generator are far out in the upper tail, or its uniform bits at least all ones.
struct Fixed;

impl rand::TryRng for Fixed {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0xffff_ff02)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0xffff_ffff_ffff_ff02)
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(0xff);
        Ok(())
    }
}

#[test]
fn descriptions_say_what_depends() {
    let rows = Declared::<Chain>::new().describe().expect("valid");
    let shown: Vec<String> = rows
        .iter()
        .map(|row| format!("{} ~ {}{}", row.name, row.family, if row.conditional { " *" } else { "" }))
        .collect();
    assert_eq!(shown[0], "mean ~ Normal(1, 0.5)");
    assert_eq!(shown[1], "sd ~ HalfNormal(0.5)");
    assert!(shown[2].starts_with("local[0] ~ Normal(1, 0.337") && shown[2].ends_with('*'), "{}", shown[2]);
    assert_eq!(shown[5], "u[1] ~ MvNormal[1](1, 0.7071067811865476)");
    assert_eq!(LogNormal::new(-0.916, 0.5).expect("valid").describe(), "LogNormal(-0.916, 0.5)");
    assert_eq!(Normal::new(0.0, 1e-7).expect("valid").describe(), "Normal(0, 1e-7)");
}

#[test]
fn constructors_say_what_would_be_right() {
    #[track_caller]
    fn refuse<F: std::fmt::Debug>(family: Result<F, FamilyError>, part: &str) {
        let error = family.expect_err(part);
        assert!(error.message.contains(part), "{error}");
    }
    const CHECKED_WHEN_COMPILED: Result<MvNormal<2>, FamilyError> = MvNormal::new([0.0; 2], [[1.0, 2.0], [2.0, 1.0]]);
    refuse(CHECKED_WHEN_COMPILED, "positive definite");
    refuse(MvNormal::<2>::new([0.0; 2], [[1.0, 0.5], [0.4, 1.0]]), "symmetric");
    refuse(MvNormal::<1>::new([f64::NAN], [[1.0]]), "finite");
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        refuse(Normal::new(0.0, bad), "`sd` must be positive and finite");
        refuse(LogNormal::new(0.0, bad), "positive and finite");
        refuse(HalfNormal::new(bad), "`sd` must be positive and finite");
        refuse(HalfCauchy::new(bad), "`scale` must be positive and finite");
        refuse(Exponential::new(bad), "`rate` must be positive and finite");
        refuse(Gamma::new(bad, 1.0), "`shape` must be positive and finite");
        refuse(Gamma::new(1.0, bad), "`rate` must be positive and finite");
        refuse(InverseGamma::new(1.0, bad), "`scale` must be positive and finite");
        refuse(Beta::new(bad, 1.0), "must be positive and finite");
        refuse(StudentT::new(bad, 0.0, 1.0), "degrees of freedom");
        refuse(Cauchy::new(0.0, bad), "`scale` must be positive and finite");
        refuse(TruncatedNormal::new(0.0, bad, 0.0, 1.0), "`sd` must be positive and finite");
        refuse(LogUniform::new(bad, 2.0), "must be positive and finite");
        refuse(Mixture::new([(bad, 0.0, 1.0)]), "weight");
    }
    refuse(Normal::new(f64::NAN, 1.0), "`mean` must be finite");
    refuse(Uniform::new(3.0, 1.0), "`low` must be less than `high`");
    refuse(Uniform::new(1.0, 1.0), "`low` must be less than `high`");
    refuse(Uniform::new(1.0, 1.0_f64.next_up()), "between them");
    refuse(Uniform::new(f64::NAN, 1.0), "must be finite");
    refuse(Uniform::new(f64::MIN, f64::MAX), "must be finite");
    refuse(TruncatedNormal::new(0.0, 1.0, 2.0, 1.0), "`low` must be less than `high`");
    refuse(Mixture::new([(0.5, 0.0, 1.0), (0.6, 0.0, 1.0)]), "sum to 1");
}

/// A prior that is only a sampler: uniform on the disc, which no chain of declared families is.
#[derive(Clone, Copy)]
struct Disc;

impl Prior<2> for Disc {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; 2] {
        let (radius, angle) = (rng.random::<f64>().sqrt(), std::f64::consts::TAU * rng.random::<f64>());
        [radius * angle.cos(), radius * angle.sin()]
    }
}

#[test]
fn a_prior_may_be_only_a_sampler() {
    fn draw<const M: usize>(prior: &impl Prior<M>) -> [f64; M] {
        prior.sample(&mut stream(1, "test", 0))
    }
    let [x, y] = draw(&Disc);
    assert!(x * x + y * y <= 1.0);
}
