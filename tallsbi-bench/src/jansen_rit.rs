//! Simulate the stochastic Jansen–Rit neural mass model by Strang splitting: ten seconds of a cortical column's activity.
//!
//! Three populations, each a critically damped oscillator (X_i, X_{i+3}) with noise, coupled by a sigmoid of potentials:
//! X1 pyramidal cells, X2 excitatory and X3 inhibitory interneurons. What is recorded is X2 − X3.

use tallsbi::model::{SimulationError, Stream};
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// Gain and rate of excitation \[mV, 1/s\].
const EXCITATION: (f64, f64) = (3.25, 100.0);
/// Gain and rate of inhibition \[mV, 1/s\].
const INHIBITION: (f64, f64) = (22.0, 50.0);
/// Maximum \[1/s\], threshold \[mV\] and slope \[1/mV\] of the firing rate.
const FIRING: (f64, f64, f64) = (5.0, 6.0, 0.56);
/// Noise of the first and of the third population.
const NOISE: (f64, f64) = (0.01, 1.0);
/// Ends of the uniform priors of connectivity, mean input and its noise.
pub const PRIOR: [(f64, f64); 3] = [(10.0, 250.0), (50.0, 500.0), (100.0, 5000.0)];
/// Their values at which the published figures are recorded.
pub const PUBLISHED: [f64; 3] = [135.0, 220.0, 2000.0];
/// Steps a second.
pub const RATE: usize = 1024;
/// Seconds that are thrown away.
const BURN_IN: usize = 2;
/// Steps from one sample to the next: 128 samples a second.
const THIN: usize = 8;
/// Samples of a recording: eight seconds.
pub const SAMPLES: usize = 1024;

/// Connectivity C, mean input μ and its noise σ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    /// C, the number of synapses; 0.8 C, ¼ C and ¼ C follow from it.
    pub connectivity: f64,
    /// μ \[1/s\].
    pub input: f64,
    /// σ \[1/s\].
    pub noise: f64,
}

/// The exact law of one population without its input over a time `h`: dX = V dt, dV = (−k² X − 2 k V) dt + s dW.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Oscillator {
    /// Mean map of (X, V), row by row.
    map: [[f64; 2]; 2],
    /// Lower Cholesky factor of the covariance: (l11, l21, l22).
    factor: [f64; 3],
}

impl Oscillator {
    fn new(k: f64, s: f64, h: f64) -> Self {
        let decay = (-k * h).exp();
        let [q11, q12, q22] = covariance(k, s, h);
        let l11 = q11.sqrt();
        let l21 = if l11 > 0.0 { q12 / l11 } else { 0.0 };
        Self {
            map: [[decay * (1.0 + k * h), decay * h], [-k * k * h * decay, decay * (1.0 - k * h)]],
            factor: [l11, l21, (q22 - l21 * l21).max(0.0).sqrt()],
        }
    }

    fn step(&self, x: &mut f64, v: &mut f64, z: [f64; 2]) {
        let ([[a, b], [c, d]], [l11, l21, l22]) = (self.map, self.factor);
        (*x, *v) = (a * *x + b * *v + l11 * z[0], c * *x + d * *v + l21 * z[0] + l22 * z[1]);
    }
}

/// Var X, Cov(X, V), Var V after a time `h` from a point.
fn covariance(k: f64, s: f64, h: f64) -> [f64; 3] {
    let (u, variance) = (k * h, s * s);
    let decay = (-2.0 * u).exp();
    [
        variance * (1.0 - decay * (1.0 + 2.0 * u * (1.0 + u))) / (4.0 * k.powi(3)),
        0.5 * variance * h * h * decay,
        variance * (1.0 - decay * (1.0 + 2.0 * u * (u - 1.0))) / (4.0 * k),
    ]
}

/// v_max / (1 + exp(r (v₀ − v))), the firing rate at a potential.
fn firing(v: f64) -> f64 {
    let (max, threshold, slope) = FIRING;
    max / (1.0 + (slope * (threshold - v)).exp())
}

/// The splitting with its constants for one step size.
#[derive(Clone, Copy, Debug)]
struct Splitting {
    drive: Drive,
    h: f64,
    oscillators: [Oscillator; 3],
}

impl Splitting {
    /// `noises` of the three populations.
    fn new(drive: Drive, noises: [f64; 3], h: f64) -> Self {
        let rates = [EXCITATION.1, EXCITATION.1, INHIBITION.1];
        let oscillators = std::array::from_fn(|i| Oscillator::new(rates[i], noises[i], h));
        Self { drive, h, oscillators }
    }

    /// What drives X4, X5 and X6 at the potentials `x`.
    fn coupling(&self, x: &[f64; 6]) -> [f64; 3] {
        let Drive { connectivity: c, input, .. } = self.drive;
        let ((a_gain, a), (b_gain, b)) = (EXCITATION, INHIBITION);
        [
            a_gain * a * firing(x[1] - x[2]),
            a_gain * a * (input + 0.8 * c * firing(c * x[0])),
            b_gain * b * 0.25 * c * firing(0.25 * c * x[0]),
        ]
    }

    fn kick(&self, x: &mut [f64; 6], share: f64) {
        let coupling = self.coupling(x);
        for (velocity, force) in x[3..].iter_mut().zip(coupling) {
            *velocity += share * self.h * force;
        }
    }

    /// `steps` Strang steps: half a kick, the exact linear motion, half a kick. Kicks move velocities and depend on
    /// potentials only, so that two half kicks that meet are one.
    fn advance(&self, x: &mut [f64; 6], steps: usize, mut noise: impl FnMut() -> f64) {
        self.kick(x, 0.5);
        for step in 1..=steps {
            let [x1, x2, x3, x4, x5, x6] = x;
            self.oscillators[0].step(x1, x4, [noise(), noise()]);
            self.oscillators[1].step(x2, x5, [noise(), noise()]);
            self.oscillators[2].step(x3, x6, [noise(), noise()]);
            self.kick(x, if step < steps { 1.0 } else { 0.5 });
        }
    }
}

/// X2 − X3, 128 times a second for eight seconds, after two seconds from N(0, I).
///
/// # Errors
/// The potentials are not finite, because a parameter is not.
pub fn record(drive: Drive, rng: &mut Stream) -> Result<[f64; SAMPLES], SimulationError> {
    let splitting = Splitting::new(drive, [NOISE.0, drive.noise, NOISE.1], 1.0 / RATE as f64);
    let mut normal = || -> f64 { StandardNormal.sample(rng) };
    let mut x: [f64; 6] = std::array::from_fn(|_| normal());
    splitting.advance(&mut x, BURN_IN * RATE, &mut normal);
    let mut signal = [0.0; SAMPLES];
    for sample in &mut signal {
        splitting.advance(&mut x, THIN, &mut normal);
        *sample = x[1] - x[2];
    }
    if signal.iter().all(|value| value.is_finite()) {
        Ok(signal)
    } else {
        Err(SimulationError::new("the potentials are not finite"))
    }
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::rand_distr::{Distribution, StandardNormal};

    use super::{Drive, EXCITATION, INHIBITION, Oscillator, Splitting, covariance, firing, record};
    use crate::ode::integrate;

    /// Two steps are one of twice the length, in mean and covariance; and the stationary law is what is known of it.
    #[test]
    fn the_linear_part_is_exact() {
        for (k, s, h) in [(100.0, 2000.0, 1.0 / 1024.0), (50.0, 1.0, 1.0 / 1024.0), (100.0, 0.01, 0.1)] {
            let (once, twice) = (Oscillator::new(k, s, h), Oscillator::new(k, s, 2.0 * h));
            let a = once.map;
            let [q11, q12, q22] = covariance(k, s, h);
            let q = [[q11, q12], [q12, q22]];
            let expected = covariance(k, s, 2.0 * h);
            for (i, j, value) in [(0, 0, expected[0]), (0, 1, expected[1]), (1, 1, expected[2])] {
                let product: f64 = (0..2).map(|l| a[i][l] * a[l][j]).sum();
                assert!((product - twice.map[i][j]).abs() <= 1e-12 * twice.map[i][j].abs().max(1e-6), "{i} {j}");
                let moved: f64 =
                    (0..2).flat_map(|l| (0..2).map(move |m| a[i][l] * q[l][m] * a[j][m])).sum::<f64>() + q[i][j];
                let size = (expected[2 * i] * expected[2 * j]).sqrt();
                assert!((moved - value).abs() <= 1e-9 * size, "{i} {j}: {moved} {value}");
            }
            let [l11, l21, l22] = once.factor;
            assert!((l11 * l11 - q11).abs() <= 1e-12 * q11 && (l11 * l21 - q12).abs() <= 1e-12 * q12);
            assert!((l21 * l21 + l22 * l22 - q22).abs() <= 1e-12 * q22);
            let [v11, v12, v22] = covariance(k, s, 1e3 / k);
            assert!((v11 / (s * s / (4.0 * k.powi(3))) - 1.0).abs() < 1e-12 && v12.abs() < 1e-12);
            assert!((v22 / (s * s / (4.0 * k)) - 1.0).abs() < 1e-12);
            // A short time: s² (h³/3, h²/2, h), the integrated Wiener process.
            let short = covariance(k, s, 1e-3 / k);
            for (value, limit) in short.iter().zip([1e-9 / (3.0 * k.powi(3)), 5e-7 / (k * k), 1e-3 / k]) {
                assert!((value / (s * s * limit) - 1.0).abs() < 5e-3, "{value} {limit}");
            }
        }
    }

    /// Drawn, not only computed: two hundred steps of the noise against the exact law at their end.
    #[test]
    fn the_linear_part_as_drawn() {
        let (k, s, h, steps, n) = (100.0, 2000.0, 1.0 / 1024.0, 20, 20_000);
        let (one, all) = (Oscillator::new(k, s, h), Oscillator::new(k, s, h * 20.0));
        let start = [3.0, -200.0];
        let mean: [f64; 2] = std::array::from_fn(|i| all.map[i][0] * start[0] + all.map[i][1] * start[1]);
        let expected = covariance(k, s, h * 20.0);
        let (mut first, mut second) = ([0.0; 2], [0.0; 3]);
        for i in 0..n {
            let mut rng = stream(71, "test", i);
            let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
            let [mut x, mut v] = start;
            for _ in 0..steps {
                one.step(&mut x, &mut v, [normal(), normal()]);
            }
            let d = [x - mean[0], v - mean[1]];
            first.iter_mut().zip(d).for_each(|(sum, d)| *sum += d / n as f64);
            second.iter_mut().zip([d[0] * d[0], d[0] * d[1], d[1] * d[1]]).for_each(|(sum, d)| *sum += d / n as f64);
        }
        let [q11, q12, q22] = expected;
        let error = |variance: f64| 4.9 * (variance / n as f64).sqrt();
        assert!(first[0].abs() < error(q11) && first[1].abs() < error(q22), "{first:?}");
        for (value, (expected, variance)) in
            second.into_iter().zip([(q11, 2.0 * q11 * q11), (q12, q11 * q22 + q12 * q12), (q22, 2.0 * q22 * q22)])
        {
            assert!((value - expected).abs() < error(variance), "{value} {expected}");
            // Negative control: 10 % more noise.
            assert!(expected != q11 || (1.21 * value - expected).abs() > error(variance));
        }
    }

    /// Without noise the error of half the step is a quarter.
    #[test]
    fn second_order_without_noise() {
        let drive = Drive { connectivity: 135.0, input: 220.0, noise: 0.0 };
        let start = [0.1, 20.0, 15.0, -1.0, 100.0, 50.0];
        let time = 0.25;
        let splitting = Splitting::new(drive, [0.0; 3], 1.0);
        let slope = |_: f64, x: &[f64; 6]| {
            let force = splitting.coupling(x);
            let rates = [EXCITATION.1, EXCITATION.1, INHIBITION.1];
            std::array::from_fn(|i| {
                if i < 3 {
                    x[i + 3]
                } else {
                    force[i - 3] - 2.0 * rates[i - 3] * x[i] - rates[i - 3].powi(2) * x[i - 3]
                }
            })
        };
        let exact = integrate(slope, start, &[0.0, time]).expect("easy")[1];
        let error = |steps: usize| {
            let mut x = start;
            Splitting::new(drive, [0.0; 3], time / steps as f64).advance(&mut x, steps, || 0.0);
            (0..3).map(|i| (x[i] - exact[i]).powi(2)).sum::<f64>().sqrt()
        };
        let errors = [256, 512, 1024, 2048].map(error);
        for pair in errors.windows(2) {
            let order = (pair[0] / pair[1]).log2();
            assert!((order - 2.0).abs() < 0.05, "{errors:?}");
        }
        assert!(errors[0] < 0.1, "at the step size of the task: {errors:?}");
    }

    /// Without synapses X2 is a linear oscillator with constant input: N(A μ/a, σ²/(4 a³)) at any time long after the start.
    #[test]
    fn without_synapses_it_is_gaussian() {
        let drive = Drive { connectivity: 0.0, input: 220.0, noise: 2000.0 };
        let (n, steps) = (2_000, 512);
        let (mut first, mut second) = (0.0, 0.0);
        let ((gain, rate), variance) = (EXCITATION, 2000.0_f64.powi(2) / (4.0 * EXCITATION.1.powi(3)));
        let splitting = Splitting::new(drive, [0.0, drive.noise, 0.0], 1.0 / 1024.0);
        // A constant force, kicked: over a step the exact mean and the mean of kicks differ by (a h)²/12 of it.
        let mean = gain * 220.0 / rate;
        let tolerance = mean * (rate / 1024.0_f64).powi(2) / 12.0;
        for i in 0..n {
            let mut rng = stream(72, "test", i);
            let mut x = [0.0; 6];
            splitting.advance(&mut x, steps, || StandardNormal.sample(&mut rng));
            first += (x[1] - mean) / n as f64;
            second += (x[1] - mean).powi(2) / n as f64;
            assert_eq!(x[2], 0.0);
        }
        let error = 4.9 * (variance / n as f64).sqrt() + 1.2 * tolerance;
        assert!(first.abs() < error, "{first} {error}");
        let error = 4.9 * variance * (2.0 / n as f64).sqrt() + tolerance * tolerance;
        assert!((second - variance).abs() < error && (1.3 * second - variance).abs() > error, "{second} {variance}");
    }

    #[test]
    fn recordings() {
        let drive = Drive { connectivity: 135.0, input: 220.0, noise: 2000.0 };
        let signal = record(drive, &mut stream(73, "test", 0)).expect("finite");
        assert_eq!(signal, record(drive, &mut stream(73, "test", 0)).expect("finite"));
        assert_ne!(signal, record(drive, &mut stream(73, "test", 1)).expect("finite"));
        assert!(signal.iter().all(|value| value.abs() < 100.0));
        let broken = Drive { input: f64::NAN, ..drive };
        assert!(record(broken, &mut stream(73, "test", 0)).is_err());
        assert_eq!((firing(6.0), firing(1e3), firing(-1e4)), (2.5, 5.0, 0.0));
    }
}
