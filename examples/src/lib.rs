//! Hold the model that two programs share: `05_train_and_save` trains it, `06_load_and_sample` samples it.

use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// What all studies measure.
#[derive(Parameters, Clone, Debug)]
pub struct Effect {
    /// effect of the treatment \[mmHg\]
    #[prior(Normal(0.0, 5.0))]
    pub effect: f64,
}

/// What is known of a study beforehand.
#[derive(Design, Clone, Debug)]
pub struct Study {
    /// standard error of its estimate \[mmHg\]
    #[design(LogUniform(1.0, 10.0))]
    #[transform(log)]
    pub standard_error: f64,
}

/// The estimate of one study.
#[simulator]
pub fn trial(theta: &Effect, study: &Study, rng: &mut impl Rng) -> [f64; 1] {
    let z: f64 = StandardNormal.sample(rng);
    [theta.effect + study.standard_error * z]
}

/// Five studies: an estimate and its standard error each.
pub fn studies() -> Vec<([f64; 1], Study)> {
    [(-4.2, 2.0), (-1.0, 3.5), (-7.5, 6.0), (-3.3, 1.5), (0.8, 4.0)]
        .into_iter()
        .map(|(estimate, standard_error)| ([estimate], Study { standard_error }))
        .collect()
}

/// Mean and standard deviation of the exact posterior given studies.
pub fn exact(studies: &[([f64; 1], Study)]) -> (f64, f64) {
    let weight = |study: &Study| study.standard_error.powi(-2);
    let precision = 5.0_f64.powi(-2) + studies.iter().map(|(_, study)| weight(study)).sum::<f64>();
    let sum: f64 = studies.iter().map(|(x, study)| weight(study) * x[0]).sum();
    (sum / precision, precision.sqrt().recip())
}
