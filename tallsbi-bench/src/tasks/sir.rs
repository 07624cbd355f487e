//! Observe an epidemic: ten tests of a thousand people each, every seventeen days.

use tallsbi::model::{SimulationError, Stream};
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Binomial, Distribution};

use crate::ode::integrate;

/// People.
const POPULATION: f64 = 1e6;
/// People tested on each of the days.
const TESTED: u64 = 1000;

/// The rates of an epidemic.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct Epidemic {
    /// contact rate [1/day]
    #[prior(LogNormal(0.4_f64.ln(), 0.5))]
    pub beta: f64,
    /// recovery rate [1/day]
    #[prior(LogNormal(0.125_f64.ln(), 0.2))]
    pub gamma: f64,
}

/// The days of the tests: 0, 17, …, 153.
pub fn days() -> [f64; 10] {
    std::array::from_fn(|k| 17.0 * k as f64)
}

/// Susceptible, infected and recovered people on each of [`days`], starting with one infected on day 0:
/// S' = −β S I / N, I' = β S I / N − γ I, R' = γ I.
///
/// # Errors
/// The integration fails, or a rate is not finite.
pub fn trajectory(theta: &Epidemic) -> Result<[[f64; 3]; 10], SimulationError> {
    let &Epidemic { beta, gamma } = theta;
    let slope = |_, &[s, i, _]: &[f64; 3]| {
        let (infections, recoveries) = (beta * s * i / POPULATION, gamma * i);
        [-infections, infections - recoveries, recoveries]
    };
    integrate(slope, [POPULATION - 1.0, 1.0, 0.0], &days())
}

/// Positive tests on each of [`days`]: Binomial(1000, I/N).
///
/// # Errors
/// As [`trajectory`].
#[simulator]
pub fn sir(theta: &Epidemic, rng: &mut Stream) -> Result<[f32; 10], SimulationError> {
    let mut positive = [0.0; 10];
    for (count, [_, infected, _]) in positive.iter_mut().zip(trajectory(theta)?) {
        let share = (infected / POPULATION).clamp(0.0, 1.0);
        let tests = Binomial::new(TESTED, share).map_err(|error| SimulationError::new(error.to_string()))?;
        *count = tests.sample(rng) as f32;
    }
    Ok(positive)
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;
    use tallsbi::prior::Prior;

    use super::{Epidemic, POPULATION, Sir, TESTED, days, trajectory};
    use crate::tasks::Task;
    use crate::tasks::stein::{check_single_of, log_normal, no_weight};

    /// People are conserved, and (β/γ) (R − R₀) + ln(S/S₀) is constant (the final-size relation).
    #[test]
    fn invariants() {
        for i in 0..200 {
            let theta = Epidemic::from_array(Sir.prior().sample(&mut stream(5, "test", i)));
            let states = trajectory(&theta).expect("every draw of the prior can be integrated");
            for [s, infected, r] in states {
                assert!((s + infected + r - POPULATION).abs() < 1e-4, "{theta:?}");
                let drift = (s / (POPULATION - 1.0)).ln() + theta.beta / theta.gamma * r / POPULATION;
                assert!(drift.abs() < 1e-6, "{theta:?}: {drift}");
                assert!(infected > -1e-6);
            }
        }
        // Negative control: another recovery rate breaks the second invariant.
        let states = trajectory(&Epidemic { beta: 0.4, gamma: 0.125 }).expect("easy");
        let [s, _, r] = states[9];
        assert!(((s / (POPULATION - 1.0)).ln() + 0.4 / 0.126 * r / POPULATION).abs() > 1e-3);
    }

    #[test]
    fn the_first_days_grow_exponentially() {
        let theta = Epidemic { beta: 0.3, gamma: 0.1 };
        let states = trajectory(&theta).expect("easy");
        // S ≈ N while I ≪ N: I(17) = e^{0.2 · 17} (1 − O(I/N)).
        assert!((states[1][1] / (0.2 * days()[1]).exp() - 1.0).abs() < 1e-4);
    }

    #[test]
    fn tests_are_binomial() {
        let theta = Epidemic { beta: 0.35, gamma: 0.11 };
        let states = trajectory(&theta).expect("easy");
        let n = 2_000;
        let mut sums = [0.0; 10];
        for i in 0..n {
            let x = Sir.simulate(&theta, &mut stream(6, "test", i)).expect("easy");
            assert!(x.iter().all(|count| (0.0..=TESTED as f32).contains(count) && count.fract() == 0.0));
            assert_eq!(x, Sir.simulate(&theta, &mut stream(6, "test", i)).expect("easy"));
            for k in 0..10 {
                sums[k] += f64::from(x[k]);
            }
        }
        for k in 0..10 {
            let share = states[k][1] / POPULATION;
            let (total, trials) = (sums[k], n as f64 * TESTED as f64);
            // 4.9 standard deviations, and one count for shares so small that the normal limit is off.
            let bound = 4.9 * (trials * share * (1.0 - share)).sqrt() + 8.0;
            assert!((total - trials * share).abs() < bound, "day {k}: {total} {} ± {bound}", trials * share);
        }
    }

    /// The reference posteriors, and not those of half as many tests.
    #[test]
    fn the_reference_posteriors() {
        let log_density = |power: f64| {
            move |theta: &[f64; 2], x: &[f64; 10]| {
                let states = trajectory(&Epidemic::from_array(*theta)).expect("near the truth");
                let day = |k: usize| {
                    let share = (states[k][1] / POPULATION).clamp(1e-300, 1.0);
                    x[k] * share.ln() + (TESTED as f64 - x[k]) * (-share).ln_1p()
                };
                log_normal(theta, [(0.4_f64.ln(), 0.5), (0.125_f64.ln(), 0.2)]) + power * (0..10).map(day).sum::<f64>()
            }
        };
        check_single_of(1_500, Task::Sir, no_weight(), log_density(1.0), log_density(0.5));
    }

    #[test]
    fn impossible_rates_are_errors() {
        for (beta, gamma) in [(f64::NAN, 0.1), (f64::INFINITY, 0.1), (1e300, 0.1), (0.4, -1e300)] {
            let theta = Epidemic { beta, gamma };
            assert!(Sir.simulate(&theta, &mut stream(7, "test", 0)).is_err(), "{theta:?}");
        }
        assert_eq!(Epidemic::labels().map(|label| label.axis()), ["beta [1/day]", "gamma [1/day]"]);
    }
}
