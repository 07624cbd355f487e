//! Estimate the power spectrum of a recording: the mean of periodograms of overlapping windows, as decimal logarithms.

use std::sync::{Arc, OnceLock};

use realfft::{RealFftPlanner, RealToComplex};
use tallsbi::model::SimulationError;

/// Samples of a window.
pub const WINDOW: usize = 65;
/// Samples from the start of one window to the next.
pub const HOP: usize = 32;
/// Frequencies of the spectrum.
pub const BINS: usize = WINDOW / 2 + 1;

/// log₁₀ of the mean over windows of |Σ_t x_t e^{−2πi j t/65}|² for j = 0 … 32, without taper, the mean of the whole signal
/// subtracted first.
///
/// # Errors
/// The signal is shorter than a window, or a power is zero or not finite.
pub fn log_spectrum(signal: &[f64]) -> Result<[f64; BINS], SimulationError> {
    let windows = signal.windows(WINDOW).step_by(HOP);
    let count = windows.len();
    if count == 0 {
        return Err(SimulationError::new(format!("a spectrum needs {WINDOW} samples")));
    }
    let mean = signal.iter().sum::<f64>() / signal.len() as f64;
    let transform = transform();
    let (mut input, mut output) = (transform.make_input_vec(), transform.make_output_vec());
    let mut scratch = transform.make_scratch_vec();
    let mut power = [0.0; BINS];
    for window in windows {
        for (input, value) in input.iter_mut().zip(window) {
            *input = value - mean;
        }
        transform
            .process_with_scratch(&mut input, &mut output, &mut scratch)
            .map_err(|error| SimulationError::new(error.to_string()))?;
        for (power, amplitude) in power.iter_mut().zip(&output) {
            *power += amplitude.norm_sqr() / count as f64;
        }
    }
    let logarithms = power.map(f64::log10);
    if logarithms.iter().all(|value| value.is_finite()) {
        Ok(logarithms)
    } else {
        Err(SimulationError::new("the spectrum has no finite logarithm"))
    }
}

fn transform() -> &'static Arc<dyn RealToComplex<f64>> {
    static TRANSFORM: OnceLock<Arc<dyn RealToComplex<f64>>> = OnceLock::new();
    TRANSFORM.get_or_init(|| RealFftPlanner::new().plan_fft_forward(WINDOW))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::{BINS, HOP, WINDOW, log_spectrum};

    /// A sine of amplitude a at the frequency of bin j has the power (65 a/2)² there, in every window and phase.
    #[test]
    fn a_sine() {
        for bin in [1, 7, 32] {
            // Whole periods, so that the mean is zero: 65 · 16 samples.
            let signal: Vec<f64> =
                (0..65 * 16).map(|t| 3.0 * (TAU * (bin * t) as f64 / WINDOW as f64 + 0.4).sin() + 5.0).collect();
            let spectrum = log_spectrum(&signal).expect("finite");
            let expected = 2.0 * (3.0 * 0.5 * WINDOW as f64).log10();
            assert!((spectrum[bin] - expected).abs() < 1e-10, "{bin}: {} {expected}", spectrum[bin]);
            assert!((0..BINS).all(|other| other == bin || spectrum[other] < -15.0), "{spectrum:?}");
        }
    }

    /// The definition, written out, on a signal of many frequencies; ten times the signal adds two.
    #[test]
    fn the_definition() {
        let signal: Vec<f64> =
            (0..1024).map(|t| (f64::from(t) * 0.37).sin() + (f64::from(t * t) * 0.011).cos()).collect();
        let mean = signal.iter().sum::<f64>() / 1024.0;
        let spectrum = log_spectrum(&signal).expect("finite");
        for bin in [0, 5, 20] {
            let power = |start: usize| {
                let sum = |wave: fn(f64) -> f64| -> f64 {
                    let term = |t: usize| (signal[start + t] - mean) * wave(TAU * (bin * t) as f64 / 65.0);
                    (0..65).map(term).sum()
                };
                sum(f64::cos).powi(2) + sum(f64::sin).powi(2)
            };
            let starts: Vec<usize> = (0..=1024 - WINDOW).step_by(HOP).collect();
            assert_eq!(starts.len(), 30);
            let mean_power = starts.iter().map(|start| power(*start)).sum::<f64>() / 30.0;
            assert!((spectrum[bin] - mean_power.log10()).abs() < 1e-10);
        }
        let louder: Vec<f64> = signal.iter().map(|value| 10.0 * value).collect();
        let louder = log_spectrum(&louder).expect("finite");
        assert!(spectrum.iter().zip(louder).all(|(quiet, loud)| (loud - quiet - 2.0).abs() < 1e-10));
    }

    #[test]
    fn no_spectrum() {
        assert!(log_spectrum(&[1.0; 64]).expect_err("too short").to_string().contains("65 samples"));
        assert!(log_spectrum(&[0.0; 200]).is_err());
        assert!(log_spectrum(&[f64::NAN; 200]).is_err());
    }
}
