//! Observe predators and prey: both populations at ten times, with ten percent of log-normal noise.

use tallsbi::model::{SimulationError, Stream};
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

use crate::ode::integrate;

/// Prey and predators at the start.
const START: [f64; 2] = [30.0, 1.0];
/// Standard deviation of the noise on the logarithm of a population.
const NOISE: f64 = 0.1;

/// The rates of two populations.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct Rates {
    /// growth of the prey [1/time]
    #[prior(LogNormal(-0.125, 0.5))]
    pub alpha: f64,
    /// predation [1/(predator time)]
    #[prior(LogNormal(-3.0, 0.5))]
    pub beta: f64,
    /// death of the predators [1/time]
    #[prior(LogNormal(-0.125, 0.5))]
    pub gamma: f64,
    /// growth of the predators [1/(prey time)]
    #[prior(LogNormal(-3.0, 0.5))]
    pub delta: f64,
}

/// Both populations at each of [`times`].
#[derive(Observation, Clone, Debug, PartialEq)]
pub struct Populations {
    /// prey
    #[transform(log)]
    pub prey: [f32; 10],
    /// predators
    #[transform(log)]
    pub predators: [f32; 10],
}

/// The times of the observations: 0, 2.1, …, 18.9 (every 21st step of 0.1).
pub fn times() -> [f64; 10] {
    std::array::from_fn(|k| 2.1 * k as f64)
}

/// Prey u and predators v at each of [`times`]: u' = (α − β v) u, v' = (−γ + δ u) v from (30, 1).
///
/// # Accuracy
/// Integrated as ln u and ln v, so that small populations keep their digits: in u and v an absolute error of 1e-8 while
/// there are 1e-4 predators grows to percents of all that follows.
///
/// # Errors
/// The integration fails, or a rate is not finite.
pub fn trajectory(theta: &Rates) -> Result<[[f64; 2]; 10], SimulationError> {
    let logarithms = integrate(|_, y: &[f64; 2]| slope(theta, y), START.map(f64::ln), &times())?;
    Ok(logarithms.map(|state| state.map(f64::exp)))
}

/// The derivatives of ln u and ln v.
fn slope(&Rates { alpha, beta, gamma, delta }: &Rates, &[log_u, log_v]: &[f64; 2]) -> [f64; 2] {
    [alpha - beta * log_v.exp(), -gamma + delta * log_u.exp()]
}

/// The populations of [`trajectory`], clipped to [1e-10, 1e4], times exp(0.1 z).
///
/// # Errors
/// As [`trajectory`].
#[simulator]
pub fn lotka_volterra(theta: &Rates, rng: &mut Stream) -> Result<Populations, SimulationError> {
    let states = trajectory(theta)?;
    let mut observe = |population: usize| {
        states.map(|state| {
            let noise: f64 = StandardNormal.sample(rng);
            (state[population].clamp(1e-10, 1e4) * (NOISE * noise).exp()) as f32
        })
    };
    Ok(Populations { prey: observe(0), predators: observe(1) })
}

#[cfg(test)]
mod tests {
    use tallsbi::model::{Transform, stream};
    use tallsbi::prelude::*;
    use tallsbi::prior::Prior;

    use super::{LotkaVolterra, NOISE, Populations, Rates, START, times, trajectory};
    use crate::ode::tests::runge_kutta;
    use crate::tasks::Task;
    use crate::tasks::stein::{check_single_of, log_normal, no_weight};

    /// V = δ u − γ ln u + β v − α ln v, constant along every trajectory.
    fn invariant(theta: &Rates, [u, v]: [f64; 2]) -> f64 {
        theta.delta * u - theta.gamma * u.ln() + theta.beta * v - theta.alpha * v.ln()
    }

    #[test]
    fn the_invariant() {
        let mut worst: f64 = 0.0;
        for i in 0..500 {
            let theta = Rates::from_array(LotkaVolterra.prior().sample(&mut stream(8, "test", i)));
            let start = invariant(&theta, START);
            for state in trajectory(&theta).expect("every draw of the prior can be integrated") {
                worst = worst.max((invariant(&theta, state) - start).abs() / (1.0 + start.abs()));
            }
        }
        // Steps with an error of 1e-8 in ln u and ln v, a few hundred at most, times δ u and β v of at most a few tens.
        assert!(worst < 1e-5, "{worst}");
        // Negative control: a rate that is off by 0.1 % breaks it.
        let theta = Rates { alpha: 0.9, beta: 0.05, gamma: 0.8, delta: 0.05 };
        let states = trajectory(&theta).expect("easy");
        let other = Rates { alpha: 0.9009, ..theta };
        let drift = |state| (invariant(&other, state) - invariant(&other, START)).abs();
        assert!(states.into_iter().map(drift).fold(0.0, f64::max) > 1e-3);
    }

    /// The reference posteriors, and not those of 25 % less noise.
    #[test]
    fn the_reference_posteriors() {
        let log_density = |noise: f64| {
            move |theta: &[f64; 4], x: &[f64; 20]| {
                let states = trajectory(&Rates::from_array(*theta)).expect("near the truth");
                let misfit = |k: usize| ((x[k].ln() - states[k % 10][k / 10].ln()) / noise).powi(2);
                let prior = [(-0.125, 0.5), (-3.0, 0.5), (-0.125, 0.5), (-3.0, 0.5)];
                log_normal(theta, prior) - 0.5 * (0..20).map(misfit).sum::<f64>()
            }
        };
        check_single_of(1_500, Task::LotkaVolterra, no_weight(), log_density(NOISE), log_density(0.75 * NOISE));
    }

    /// Where on the orbit it is at each time: against fixed steps of another method in the other coordinates.
    #[test]
    fn an_independent_integration() {
        let natural = |theta: &Rates, &[u, v]: &[f64; 2]| {
            [(theta.alpha - theta.beta * v) * u, (-theta.gamma + theta.delta * u) * v]
        };
        for i in 0..20 {
            let theta = Rates::from_array(LotkaVolterra.prior().sample(&mut stream(8, "test", i)));
            let states = trajectory(&theta).expect("easy");
            let expected = runge_kutta(|_, y| natural(&theta, y), START, &times(), 4_000);
            for (state, expected) in states.as_flattened().iter().zip(expected.as_flattened()) {
                assert!((state / expected).ln().abs() < 1e-4, "{theta:?}: {state} {expected}");
            }
        }
    }

    #[test]
    fn noise_is_log_normal() {
        let theta = Rates { alpha: 0.9, beta: 0.05, gamma: 0.8, delta: 0.05 };
        let states = trajectory(&theta).expect("easy");
        let n = 2_000;
        let (mut sum, mut squares) = ([0.0; 20], [0.0; 20]);
        for i in 0..n {
            let x = LotkaVolterra.simulate(&theta, &mut stream(9, "test", i)).expect("easy");
            assert_eq!(x, LotkaVolterra.simulate(&theta, &mut stream(9, "test", i)).expect("easy"));
            for (k, value) in x.to_array().into_iter().enumerate() {
                let z = (value.ln() - states[k % 10][k / 10].ln()) / NOISE;
                sum[k] += z;
                squares[k] += z * z;
            }
        }
        let n = n as f64;
        for k in 0..20 {
            // 4.9 standard deviations of a mean of z and of z².
            assert!((sum[k] / n).abs() < 4.9 / n.sqrt(), "{k}: {}", sum[k] / n);
            assert!((squares[k] / n - 1.0).abs() < 4.9 * (2.0 / n).sqrt(), "{k}: {}", squares[k] / n);
        }
    }

    #[test]
    fn order_names_and_errors() {
        assert_eq!(Rates::labels().map(|label| label.name), ["alpha", "beta", "gamma", "delta"]);
        assert_eq!(Rates::labels()[0].unit, "1/time");
        let labels = Populations::labels();
        assert_eq!((labels[0].name.as_str(), labels[10].name.as_str()), ("prey[0]", "predators[0]"));
        assert_eq!(Populations::transforms(), [Transform::Log; 20]);
        for alpha in [f64::NAN, f64::INFINITY, 1e300] {
            let theta = Rates { alpha, beta: 0.05, gamma: 0.8, delta: 0.05 };
            assert!(LotkaVolterra.simulate(&theta, &mut stream(10, "test", 0)).is_err(), "{alpha}");
        }
    }
}
