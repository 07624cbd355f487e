//! Test the prior module against high-precision references, by properties and by samples.

mod declared;
mod diffused;
mod properties;
mod reference;
mod samples;

/// Calls a generic check, with further arguments if given, for every family with ordinary and awkward arguments.
macro_rules! every_family {
    ($check:path $(, $extra:expr)* $(,)?) => {{
        use crate::prior::*;
        let valid = "valid arguments";
        $check(&Normal::new(0.0, 1.0).expect(valid) $(, $extra)*);
        $check(&Normal::new(3.0, 1e-7).expect(valid) $(, $extra)*);
        $check(&LogNormal::new(-0.916, 0.5).expect(valid) $(, $extra)*);
        $check(&LogNormal::new(40.0, 3.0).expect(valid) $(, $extra)*);
        $check(&Uniform::new(0.0, 1.0).expect(valid) $(, $extra)*);
        $check(&Uniform::new(-3.0, 3.0).expect(valid) $(, $extra)*);
        $check(&Uniform::new(100.0, 5000.0).expect(valid) $(, $extra)*);
        $check(&LogUniform::new(1e-3, 1e4).expect(valid) $(, $extra)*);
        $check(&LogUniform::new(2.0, 2.1).expect(valid) $(, $extra)*);
        $check(&HalfNormal::new(0.5).expect(valid) $(, $extra)*);
        $check(&HalfNormal::new(1e-7).expect(valid) $(, $extra)*);
        $check(&HalfCauchy::new(2.0).expect(valid) $(, $extra)*);
        $check(&Exponential::new(3.0).expect(valid) $(, $extra)*);
        $check(&TruncatedNormal::new(0.0, 1.0, 0.0, 2.0).expect(valid) $(, $extra)*);
        $check(&TruncatedNormal::new(1.0, 0.5, -0.5, 9.0).expect(valid) $(, $extra)*);
        $check(&TruncatedNormal::new(0.0, 1.0, 8.0, 8.25).expect(valid) $(, $extra)*);
        $check(&TruncatedNormal::new(0.0, 1.0, 0.0, f64::INFINITY).expect(valid) $(, $extra)*);
        $check(&TruncatedNormal::new(0.0, 1.0, 20.0, f64::INFINITY).expect(valid) $(, $extra)*);
        $check(&TruncatedNormal::new(2.0, 3.0, f64::NEG_INFINITY, 0.0).expect(valid) $(, $extra)*);
        $check(&TruncatedNormal::new(2.0, 3.0, f64::NEG_INFINITY, f64::INFINITY).expect(valid) $(, $extra)*);
        $check(&StudentT::new(0.5, 0.0, 1.0).expect(valid) $(, $extra)*);
        $check(&StudentT::new(1.0, 2.0, 3.0).expect(valid) $(, $extra)*);
        $check(&StudentT::new(3.0, 0.0, 1.0).expect(valid) $(, $extra)*);
        $check(&StudentT::new(1e6, 0.0, 1.0).expect(valid) $(, $extra)*);
        $check(&StudentT::new(4.0, -1.0, 1e-7).expect(valid) $(, $extra)*);
        $check(&Cauchy::new(0.0, 1.0).expect(valid) $(, $extra)*);
        $check(&Cauchy::new(5.0, 0.1).expect(valid) $(, $extra)*);
        $check(&Gamma::new(0.05, 1.0).expect(valid) $(, $extra)*);
        $check(&Gamma::new(500.0, 2.0).expect(valid) $(, $extra)*);
        $check(&Gamma::new(2.5, 1e-3).expect(valid) $(, $extra)*);
        $check(&InverseGamma::new(3.0, 2.0).expect(valid) $(, $extra)*);
        $check(&InverseGamma::new(0.05, 1.0).expect(valid) $(, $extra)*);
        $check(&Beta::new(0.3, 0.4).expect(valid) $(, $extra)*);
        $check(&Beta::new(1000.0, 2.0).expect(valid) $(, $extra)*);
        $check(&Beta::new(2.0, 5.0).expect(valid) $(, $extra)*);
        $check(&Beta::new(0.02, 30.0).expect(valid) $(, $extra)*);
        $check(&Mixture::new([(1.0, 0.5, 2.0)]).expect(valid) $(, $extra)*);
        $check(&Mixture::new([(0.3, -2.0, 0.5), (0.7, 1.0, 1.5)]).expect(valid) $(, $extra)*);
        $check(&Mixture::new([(0.5, -10.0, 0.01), (0.5, 10.0, 0.01)]).expect(valid) $(, $extra)*);
    }};
}
pub(crate) use every_family;
