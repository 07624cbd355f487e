//! Invert a monotone map to latent coordinates by Newton steps inside a bracket.

/// u in [low, high] with z(u) = `target`; `map` gives z(u) and dz/du, z non-decreasing. Where no u reaches the target,
/// the nearer end. Flat stretches (a gap between mixture components) are bisected.
pub(crate) fn solve(target: f64, (mut low, mut high): (f64, f64), start: f64, map: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut u = if start > low && start < high { start } else { 0.5 * (low + high) };
    for _ in 0..300 {
        let (z, slope) = map(u);
        let residual = z - target;
        if residual == 0.0 {
            return u;
        }
        // NaN (from a slope of 0/0) counts as above, so that the bracket always shrinks.
        if residual < 0.0 {
            low = u;
        } else {
            high = u;
        }
        let newton = u - residual / slope;
        let inside = newton > low && newton < high;
        // At the rounding of u a Newton step may vanish or point out of the bracket.
        let negligible =
            (newton - u).abs() <= 4.0 * f64::EPSILON * u.abs() && residual.abs() < 1e-6 * (1.0 + target.abs());
        if negligible || (inside && residual.abs() < 1e-11 * (1.0 + target.abs())) {
            // Quadratic convergence: this step is the last that can improve anything.
            return if inside { newton } else { u };
        }
        let next = if inside { newton } else { 0.5 * (low + high) };
        if (next - u).abs() <= f64::EPSILON * 0.25 * u.abs() || next <= low || next >= high {
            return next;
        }
        u = next;
    }
    u
}
