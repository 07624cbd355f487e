//! Integrate the ordinary differential equations of the tasks: Dormand–Prince 8(5,3), relative and absolute tolerance 1e-8.

use differential_equations::prelude::{Error, ExplicitRungeKutta, IVP};
use tallsbi::model::SimulationError;

/// The relative and the absolute tolerance of every integration.
pub const TOLERANCE: f64 = 1e-8;

/// The state at each of `times` (ascending, the first is where `initial` holds) of dy/dt = `slope`(t, y).
///
/// # Errors
/// The step size collapses, too many steps are needed, or a state is not finite.
pub fn integrate<const K: usize, const T: usize>(
    slope: impl Fn(f64, &[f64; K]) -> [f64; K],
    initial: [f64; K],
    times: &[f64; T],
) -> Result<[[f64; K]; T], SimulationError> {
    let mut states = [initial; T];
    for k in 1..T {
        // Leg by leg: a step ends at every time. The library's dense output is good to 1e-6 only.
        states[k] = leg(&slope, times[k - 1], times[k], states[k - 1])?;
    }
    Ok(states)
}

fn leg<const K: usize>(
    slope: &impl Fn(f64, &[f64; K]) -> [f64; K],
    start: f64,
    end: f64,
    initial: [f64; K],
) -> Result<[f64; K], SimulationError> {
    // On a slope of NaN the library does not promise an error.
    if !slope(start, &initial).iter().all(|value| value.is_finite()) {
        return Err(SimulationError::new(format!("the slope at t = {start} is not finite")));
    }
    let solution = IVP::ode_from_fn(|t: f64, y: &[f64; K], out: &mut [f64; K]| *out = slope(t, y), start, end, initial)
        .method(ExplicitRungeKutta::dop853().rtol(TOLERANCE).atol(TOLERANCE))
        .t_eval([end])
        .solve()
        .map_err(|error| SimulationError::new(reason(&error)))?;
    match solution.y.last() {
        Some(state) if state.iter().all(|value| value.is_finite()) => Ok(*state),
        _ => Err(SimulationError::new(format!("no finite state is reached at t = {end}"))),
    }
}

fn reason<const K: usize>(error: &Error<f64, [f64; K]>) -> String {
    match error {
        Error::MaxSteps { t, .. } => format!("the integration needs too many steps (stopped at t = {t})"),
        Error::StepSize { t, .. } => format!("the step size of the integration collapsed at t = {t}"),
        Error::Stiffness { t, .. } => format!("the equations are stiff at t = {t}"),
        other => format!("the integration failed: {other:?}"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{TOLERANCE, integrate};

    /// Fourth-order Runge–Kutta in small steps: an independent integrator.
    pub(crate) fn runge_kutta<const K: usize>(
        slope: impl Fn(f64, &[f64; K]) -> [f64; K],
        mut y: [f64; K],
        times: &[f64],
        steps: usize,
    ) -> Vec<[f64; K]> {
        let mut states = vec![y];
        for pair in times.windows(2) {
            let h = (pair[1] - pair[0]) / steps as f64;
            for step in 0..steps {
                let t = pair[0] + h * step as f64;
                let shifted = |k: &[f64; K], share: f64| std::array::from_fn(|i| y[i] + share * h * k[i]);
                let k1 = slope(t, &y);
                let k2 = slope(t + h / 2.0, &shifted(&k1, 0.5));
                let k3 = slope(t + h / 2.0, &shifted(&k2, 0.5));
                let k4 = slope(t + h, &shifted(&k3, 1.0));
                y = std::array::from_fn(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
            }
            states.push(y);
        }
        states
    }

    /// dy/dt = −k y and the harmonic oscillator, in closed form.
    #[test]
    fn closed_forms() {
        let times: [f64; 5] = [0.0, 0.1, 0.35, 2.0, 5.0];
        let decay = integrate(|_, y: &[f64; 1]| [-0.7 * y[0]], [3.0], &times).expect("easy");
        let swing = integrate(|_, y: &[f64; 2]| [y[1], -y[0]], [1.0, 0.0], &times).expect("easy");
        let rk4 = runge_kutta(|_, y: &[f64; 2]| [y[1], -y[0]], [1.0, 0.0], &times, 2_000);
        for (k, t) in times.into_iter().enumerate() {
            // A local error of 1e-8 per step and a few tens of steps.
            let near = |a: f64, b: f64| assert!((a - b).abs() < 100.0 * TOLERANCE, "{t}: {a} {b}");
            near(decay[k][0], 3.0 * (-0.7 * t).exp());
            near(swing[k][0], t.cos());
            near(swing[k][1], -t.sin());
            near(swing[k][0], rk4[k][0]);
        }
    }

    #[test]
    fn failures_are_errors() {
        let times = [0.0, 2.0];
        let error = integrate(|_, y: &[f64; 1]| [y[0] * y[0]], [1.0], &times).expect_err("infinite at t = 1");
        assert!(error.to_string().contains("integration"), "{error}");
        let error = integrate(|_, y: &[f64; 1]| [f64::NAN * y[0]], [1.0], &times).expect_err("no slope");
        assert!(error.to_string().contains("not finite"), "{error}");
        let error = integrate(|t, _: &[f64; 1]| [if t > 1.0 { f64::NAN } else { 1.0 }], [1.0], &times);
        assert!(error.is_err());
        let error = integrate(|_, y: &[f64; 1]| *y, [1.0], &[0.0, 0.0]).expect_err("times must ascend");
        assert!(error.to_string().contains("failed"), "{error}");
        assert_eq!(integrate(|_, y: &[f64; 1]| *y, [1.0], &[0.0]), Ok([[1.0]]));
    }
}
