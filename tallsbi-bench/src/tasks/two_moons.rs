//! Observe a point on a half circle whose place two parameters shift: a posterior of two crescents.

use std::f64::consts::{FRAC_PI_2, SQRT_2};

use tallsbi::model::Stream;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// Mean and standard deviation of the radius of the half circle.
pub const RADIUS: (f64, f64) = (0.1, 0.01);
/// Where the half circle's centre lies for parameters 0.
const OFFSET: f64 = 0.25;

/// Where the half circle is.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct Shift {
    /// shift
    #[prior(Uniform(-1.0, 1.0))]
    pub theta: [f64; 2],
}

/// x = (r cos a + 0.25 − |θ1 + θ2|/√2, r sin a + (θ2 − θ1)/√2) with a ~ U(−π/2, π/2) and r ~ N(0.1, 0.01²).
#[simulator]
pub fn two_moons(theta: &Shift, rng: &mut Stream) -> [f32; 2] {
    let angle = FRAC_PI_2 * (2.0 * rng.random::<f64>() - 1.0);
    let noise: f64 = StandardNormal.sample(rng);
    let radius = RADIUS.0 + RADIUS.1 * noise;
    let [along, across] = centre(&theta.theta);
    [(radius * angle.cos() + along) as f32, (radius * angle.sin() + across) as f32]
}

/// The centre of the half circle.
fn centre(&[a, b]: &[f64; 2]) -> [f64; 2] {
    [OFFSET - (a + b).abs() / SQRT_2, (b - a) / SQRT_2]
}

/// Radius and angle at which `x` lies on the half circle of `theta`: given θ, N(0.1, 0.01²) and U(−π/2, π/2).
///
/// Parameters to points is a rotation and a fold, so given x they have the same distribution under the posterior (where
/// the prior's box does not cut it), whichever of the two crescents θ is in.
pub fn radius_and_angle(theta: &[f64; 2], x: &[f64; 2]) -> (f64, f64) {
    let centre = centre(theta);
    let (dx, dy) = (x[0] - centre[0], x[1] - centre[1]);
    (dx.hypot(dy), dy.atan2(dx))
}

/// A draw of the exact posterior given one observation, as long as the prior's box does not cut it.
pub fn exact_draw(x: &[f64; 2], rng: &mut Stream) -> [f64; 2] {
    let angle = FRAC_PI_2 * (2.0 * rng.random::<f64>() - 1.0);
    let noise: f64 = StandardNormal.sample(rng);
    let radius = RADIUS.0 + RADIUS.1 * noise;
    let sign = if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    // (θ1 + θ2)/√2 and (θ2 − θ1)/√2: the half circle seen from x.
    let (sum, difference) = (sign * (OFFSET + radius * angle.cos() - x[0]), x[1] - radius * angle.sin());
    [(sum - difference) / SQRT_2, (sum + difference) / SQRT_2]
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use tallsbi::model::stream;
    use tallsbi::prelude::*;

    use super::{RADIUS, Shift, TwoMoons, exact_draw, radius_and_angle};
    use crate::tasks::Task;
    use crate::tasks::stein::single_reference;

    /// |z| of the mean and the mean square of the standardised radius, of the mean, the mean square and the cosine of
    /// the doubled angle, and of the share of positive sums: all standard normal for enough draws of the posterior.
    fn statistics(draws: &[[f64; 2]], x: &[f64; 2]) -> [f64; 6] {
        let n = draws.len() as f64;
        let mean = |f: &dyn Fn(f64, f64, f64) -> f64| {
            let of_draw = |theta: &[f64; 2]| {
                let (radius, angle) = radius_and_angle(theta, x);
                f((radius - RADIUS.0) / RADIUS.1, angle / PI, (theta[0] + theta[1]).signum())
            };
            draws.iter().map(of_draw).sum::<f64>() / n * n.sqrt()
        };
        // Variances: z 1, z² 2, u 1/12, u² 1/180, cos 2πu ½, sign 1.
        [
            mean(&|z, _, _| z),
            mean(&|z, _, _| (z * z - 1.0) / 2.0_f64.sqrt()),
            mean(&|_, u, _| u * 12.0_f64.sqrt()),
            mean(&|_, u, _| (u * u - 1.0 / 12.0) * 180.0_f64.sqrt()),
            mean(&|_, u, _| (2.0 * PI * u).cos() * 2.0_f64.sqrt()),
            mean(&|_, _, sign| sign),
        ]
        .map(f64::abs)
    }

    #[test]
    fn points_on_the_half_circle() {
        let theta = Shift { theta: [0.3, -0.7] };
        let n = 20_000;
        let mut sums = [0.0_f64; 4];
        for i in 0..n {
            let x = TwoMoons.simulate(&theta, &mut stream(41, "test", i)).expect("it cannot fail");
            let (radius, angle) = radius_and_angle(&theta.theta, &x.map(f64::from));
            let (z, u) = ((radius - RADIUS.0) / RADIUS.1, angle / PI);
            assert!(u.abs() < 0.5 + 1e-4, "outside of the half circle");
            let terms =
                [z, (z * z - 1.0) / 2.0_f64.sqrt(), u * 12.0_f64.sqrt(), (u * u - 1.0 / 12.0) * 180.0_f64.sqrt()];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term / (n as f64).sqrt());
        }
        assert!(sums.iter().all(|sum| sum.abs() < 4.9), "{sums:?}");
    }

    #[test]
    fn the_reference_posteriors() {
        let Some(reference) = single_reference(Task::TwoMoons) else { return };
        for set in 1..=reference.n_sets() {
            let x = reference.observations(set).expect("it exists")[0].clone();
            let x = [x[0], x[1]];
            let draws: Vec<[f64; 2]> =
                reference.posterior(set, 1).expect("it exists").chunks_exact(2).map(|row| [row[0], row[1]]).collect();
            let z = statistics(&draws, &x);
            assert!(z.iter().all(|z| *z < 4.9), "set {set}: {z:?}");
            // Negative controls: another observation; one crescent alone.
            assert!(statistics(&draws, &[x[0] + 0.002, x[1]]).iter().any(|z| *z > 4.9));
            let one: Vec<[f64; 2]> = draws.iter().copied().filter(|[a, b]| a + b > 0.0).collect();
            assert!(statistics(&one, &x)[5] > 4.9);
            let exact: Vec<[f64; 2]> = (0..10_000).map(|i| exact_draw(&x, &mut stream(42, "test", i))).collect();
            assert!(statistics(&exact, &x).iter().all(|z| *z < 4.9));
        }
    }
}
