//! Observe the power spectrum of a cortical column through an amplifier: the Jansen–Rit model with an unknown gain.

use tallsbi::model::{SimulationError, Stream};
use tallsbi::prelude::*;

use crate::jansen_rit::{Drive, PRIOR, record};
use crate::spectrum::{BINS, log_spectrum};

/// Ends of the uniform prior of the gain.
pub const GAIN: (f64, f64) = (-20.0, 20.0);

/// Connectivity, input and gain.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct AmplifiedColumn {
    /// connectivity
    #[prior(Uniform(PRIOR[0].0, PRIOR[0].1))]
    pub c: f64,
    /// mean of the input \[1/s\]
    #[prior(Uniform(PRIOR[1].0, PRIOR[1].1))]
    pub mu: f64,
    /// noise of the input \[1/s\]
    #[prior(Uniform(PRIOR[2].0, PRIOR[2].1))]
    pub sigma: f64,
    /// gain of the amplifier \[dB/2\]
    #[prior(Uniform(GAIN.0, GAIN.1))]
    pub gain: f64,
}

/// The log power spectrum of eight seconds times 10^(gain/10), 33 numbers: the gain adds gain/5 to each.
///
/// # Errors
/// The potentials are not finite.
#[simulator]
pub fn jansen_rit_4(theta: &AmplifiedColumn, rng: &mut Stream) -> Result<[f32; BINS], SimulationError> {
    let drive = Drive { connectivity: theta.c, input: theta.mu, noise: theta.sigma };
    Ok(log_spectrum(&record(drive, rng)?)?.map(|value| (value + theta.gain / 5.0) as f32))
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;

    use super::{AmplifiedColumn, JansenRit4};
    use crate::jansen_rit::{Drive, record};
    use crate::spectrum::log_spectrum;
    use crate::tasks::jansen_rit_3::{Column, JansenRit3};

    #[test]
    fn the_gain_multiplies_the_signal() {
        let theta = AmplifiedColumn { c: 135.0, mu: 220.0, sigma: 2000.0, gain: -7.0 };
        let x = JansenRit4.simulate(&theta, &mut stream(83, "test", 0)).expect("finite");
        let drive = Drive { connectivity: 135.0, input: 220.0, noise: 2000.0 };
        let signal = record(drive, &mut stream(83, "test", 0)).expect("finite").map(|v| v * 10.0_f64.powf(-0.7));
        let expected = log_spectrum(&signal).expect("finite");
        assert!(x.iter().zip(expected).all(|(x, expected)| (f64::from(*x) - expected).abs() < 1e-5));
        let without = AmplifiedColumn { gain: 0.0, ..theta };
        let three = Column { c: 135.0, mu: 220.0, sigma: 2000.0 };
        assert_eq!(
            JansenRit4.simulate(&without, &mut stream(83, "test", 1)).expect("finite"),
            JansenRit3.simulate(&three, &mut stream(83, "test", 1)).expect("finite"),
        );
    }
}
