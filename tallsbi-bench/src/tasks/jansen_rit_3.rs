//! Observe the power spectrum of a cortical column: the Jansen–Rit model with three unknown parameters.

use tallsbi::model::{SimulationError, Stream};
use tallsbi::prelude::*;

use crate::jansen_rit::{Drive, PRIOR, record};
use crate::spectrum::{BINS, log_spectrum};

/// Connectivity and input.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct Column {
    /// connectivity
    #[prior(Uniform(PRIOR[0].0, PRIOR[0].1))]
    pub c: f64,
    /// mean of the input \[1/s\]
    #[prior(Uniform(PRIOR[1].0, PRIOR[1].1))]
    pub mu: f64,
    /// noise of the input \[1/s\]
    #[prior(Uniform(PRIOR[2].0, PRIOR[2].1))]
    pub sigma: f64,
}

/// The log power spectrum of eight seconds, 33 numbers.
///
/// # Errors
/// The potentials are not finite.
#[simulator]
pub fn jansen_rit_3(theta: &Column, rng: &mut Stream) -> Result<[f32; BINS], SimulationError> {
    let drive = Drive { connectivity: theta.c, input: theta.mu, noise: theta.sigma };
    Ok(log_spectrum(&record(drive, rng)?)?.map(|value| value as f32))
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;
    use tallsbi::prior::Prior;

    use super::{Column, JansenRit3};

    /// At the published parameters the column has an alpha rhythm: a peak between 7 and 14 Hz (bins of 128/65 Hz).
    #[test]
    fn an_alpha_rhythm() {
        let theta = Column { c: 135.0, mu: 220.0, sigma: 2000.0 };
        let x = JansenRit3.simulate(&theta, &mut stream(81, "test", 0)).expect("finite");
        let peak = (1..33).max_by(|i, j| x[*i].total_cmp(&x[*j])).expect("there are bins");
        let hertz = peak as f64 * 128.0 / 65.0;
        assert!((7.0..14.0).contains(&hertz), "{hertz}: {x:?}");
        // Without synapses there is a low-pass filter and no peak.
        let x = JansenRit3.simulate(&Column { c: 0.0, ..theta }, &mut stream(81, "test", 0)).expect("finite");
        let band = |bins: std::ops::Range<usize>| x[bins].iter().sum::<f32>() / 5.0;
        assert!(band(3..8) > band(8..13) && band(8..13) > band(13..18) && band(13..18) > band(25..30), "{x:?}");
    }

    #[test]
    fn every_draw_of_the_prior() {
        for i in 0..40 {
            let mut rng = stream(82, "test", i);
            let theta = Column::from_array(JansenRit3.prior().sample(&mut rng));
            let x = JansenRit3.simulate(&theta, &mut rng).expect("finite");
            assert!(x.iter().all(|value| value.abs() < 20.0), "{theta:?}: {x:?}");
        }
        assert_eq!(Column::labels()[1].axis(), "mu [1/s]");
    }
}
