//! Estimate smooth densities of draws in one and two dimensions on a grid, with data-driven bandwidths.

use std::f64::consts::PI;

/// A density on a rectangular grid of `nx` × `ny` nodes, row-major in y.
pub(super) struct Grid {
    pub(super) nx: usize,
    pub(super) ny: usize,
    /// First node and spacing, by axis.
    pub(super) origin: [f64; 2],
    pub(super) step: [f64; 2],
    pub(super) values: Vec<f64>,
}

impl Grid {
    /// The density at a point, interpolated; zero outside.
    pub(super) fn at(&self, x: f64, y: f64) -> f64 {
        let (u, v) = ((x - self.origin[0]) / self.step[0], (y - self.origin[1]) / self.step[1]);
        let (last_u, last_v) = ((self.nx - 1) as f64, (self.ny - 1) as f64);
        if !(u > -1e-9 && v > -1e-9 && u < last_u + 1e-9 && v < last_v + 1e-9) {
            return 0.0;
        }
        let (i, j) = ((u as usize).min(self.nx - 2), (v as usize).min(self.ny - 2));
        let (fu, fv) = (u - i as f64, v - j as f64);
        let value = |i: usize, j: usize| self.values[j * self.nx + i];
        (value(i, j) * (1.0 - fu) + value(i + 1, j) * fu) * (1.0 - fv)
            + (value(i, j + 1) * (1.0 - fu) + value(i + 1, j + 1) * fu) * fv
    }
}

/// Bins of the histogram behind a bandwidth.
const BINS: usize = 512;

/// The bandwidth of a Gaussian kernel for sorted values: the solution of Botev, Grotowski and Kroese (2010), which
/// assumes no shape, kept between a fifth of the normal-reference rule and that rule. Zero for a constant column.
pub(super) fn bandwidth(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    let quantile = |level: f64| super::summary::quantile(sorted, level);
    let mean = sorted.iter().sum::<f64>() / n as f64;
    let sd = (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let spread = (quantile(0.75) - quantile(0.25)) / 1.349;
    let reference = 1.06 * if spread > 0.0 { sd.min(spread) } else { sd } * (n as f64).powf(-0.2);
    // The tails beyond these quantiles would only coarsen the histogram.
    let (low, high) = (quantile(0.005), quantile(0.995));
    let range = 1.2 * (high - low);
    if !(range > 0.0 && reference > 0.0) {
        return 0.0;
    }
    let start = low - range / 12.0;
    let mut histogram = vec![0.0; BINS];
    for x in sorted {
        let bin = ((x - start) / range * BINS as f64).clamp(0.0, BINS as f64 - 1.0);
        histogram[bin as usize] += 1.0 / n as f64;
    }
    let squares: Vec<f64> = (1..BINS)
        .map(|k| {
            let step = PI * k as f64 / (2 * BINS) as f64;
            let sum: f64 = histogram
                .iter()
                .enumerate()
                .filter(|(_, share)| **share > 0.0)
                .map(|(j, share)| share * (step * (2 * j + 1) as f64).cos())
                .sum();
            sum * sum
        })
        .collect();
    let mut distinct = sorted.to_vec();
    distinct.dedup();
    let estimate = plug_in_time(&squares, distinct.len() as f64).map_or(reference, |t| t.sqrt() * range);
    // A quarter wider than the estimate: a picture of a thousand draws should not show its noise.
    (1.25 * estimate).clamp(0.2 * reference, reference)
}

/// ‖f⁽ˢ⁾‖² of the density smoothed for time `t`, from its squared cosine coefficients.
fn roughness(squares: &[f64], s: i32, t: f64) -> f64 {
    let term = |(k, square): (usize, &f64)| {
        let k2 = ((k + 1) * (k + 1)) as f64;
        k2.powi(s) * square * (-k2 * PI * PI * t).exp()
    };
    2.0 * PI.powi(2 * s) * squares.iter().enumerate().map(term).sum::<f64>()
}

/// The fixed point of the plug-in rule: squared bandwidth in units of the range.
fn plug_in_time(squares: &[f64], n: f64) -> Option<f64> {
    let excess = |t: f64| {
        let mut f = roughness(squares, 7, t);
        for s in (2..7).rev() {
            let odd: f64 = (1..2 * s).step_by(2).map(f64::from).product();
            let constant = (1.0 + 0.5_f64.powf(f64::from(s) + 0.5)) / 3.0;
            let time = (2.0 * constant * odd / (2.0 * PI).sqrt() / (n * f)).powf(2.0 / (3.0 + 2.0 * f64::from(s)));
            f = roughness(squares, s, time);
        }
        t - (2.0 * n * PI.sqrt() * f).powf(-0.4)
    };
    let (mut low, mut high) = (1e-7, 0.1);
    if !(excess(low) < 0.0 && excess(high) > 0.0) {
        return None;
    }
    for _ in 0..40 {
        let middle = (low * high).sqrt();
        if excess(middle) < 0.0 { low = middle } else { high = middle }
    }
    Some(high)
}

/// The ends of sorted values where the density stops instead of fading: a border that smoothing must not cross. Such an
/// end has as many values in its first half bandwidth as in the second (at least 0.7 of them), and in both together a
/// quarter of what the densest stretch of one bandwidth holds.
pub(super) fn hard_ends(sorted: &[f64], bandwidth: f64) -> [bool; 2] {
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    if !(bandwidth > 0.0 && high - low > 2.0 * bandwidth) {
        return [false, false];
    }
    let below = |x: f64| sorted.partition_point(|value| *value <= x);
    let densest = sorted.iter().enumerate().map(|(i, x)| below(x + bandwidth) - i).max().unwrap_or(0) as f64;
    let counts = [
        [below(low + 0.5 * bandwidth), below(low + bandwidth)],
        [sorted.len() - below(high - 0.5 * bandwidth), sorted.len() - below(high - bandwidth)],
    ];
    counts.map(|[half, whole]| {
        let (half, whole) = (half as f64, whole as f64);
        whole > 8.0 && whole >= 0.25 * densest && half >= 0.7 * (whole - half)
    })
}

/// What a kernel of bandwidth `h` at distance `d` inside a hard end leaves inside it.
fn inside_share(d: f64, h: f64) -> f64 {
    0.5 * (1.0 + statrs::function::erf::erf(d.max(0.0) / h * std::f64::consts::FRAC_1_SQRT_2))
}

/// The density of `values` at `n` equally spaced points of \[low, high\], up to a constant.
///
/// A hard end of the interval loses nothing: the density is divided by the kernel's share inside.
pub(super) fn density_1d(
    values: &[f64],
    bandwidth: f64,
    (low, high): (f64, f64),
    hard: [bool; 2],
    n: usize,
) -> Vec<f64> {
    let step = (high - low) / (n - 1) as f64;
    let h = bandwidth.max(0.7 * step);
    let mut density = vec![0.0; n];
    for value in values {
        let reach = |x: f64| ((x - low) / step).clamp(-1.0, n as f64);
        let (from, to) = (reach(value - 4.0 * h).ceil().max(0.0) as usize, reach(value + 4.0 * h));
        for i in from..n {
            if i as f64 > to {
                break;
            }
            let z = (low + i as f64 * step - value) / h;
            density[i] += (-0.5 * z * z).exp();
        }
    }
    for (i, value) in density.iter_mut().enumerate() {
        *value /= edge_share(i, n, step, h, hard);
    }
    density
}

/// The kernel's share inside the hard ends, at node `i` of `n`.
fn edge_share(i: usize, n: usize, step: f64, h: f64, hard: [bool; 2]) -> f64 {
    let end = |hard: bool, nodes: usize| if hard { inside_share(nodes as f64 * step, h) } else { 1.0 };
    end(hard[0], i) * end(hard[1], n - 1 - i)
}

/// The density of points on a grid over `limits`, up to a constant. The kernel's axes have the given bandwidths and
/// the points' *local* correlation, so that a narrow ridge stays narrow and separate modes stay round.
/// Hard ends are ends of the grid, by axis.
pub(super) fn density_2d(
    points: &[[f64; 2]],
    bandwidths: [f64; 2],
    limits: [(f64, f64); 2],
    hard: [[bool; 2]; 2],
    nodes: usize,
) -> Grid {
    let step = limits.map(|(low, high)| (high - low) / (nodes - 1) as f64);
    let origin = limits.map(|(low, _)| low);
    // The best bandwidth shrinks as n^(-1/6) in two dimensions and as n^(-1/5) in one.
    let wider = (points.len() as f64).powf(1.0 / 30.0) / 1.06;
    let h = [0, 1].map(|k| (bandwidths[k] * wider / step[k]).clamp(0.0, nodes as f64 / 6.0));
    let rho = local_correlation(points).clamp(-0.97, 0.97);
    // At least 0.7 nodes in every direction, or the grid shows.
    let (a, b, c) = (h[0] * h[0] + 0.5, rho * h[0] * h[1], h[1] * h[1] + 0.5);
    let determinant = a * c - b * b;
    let reach = [a, c].map(|variance| (3.5 * variance.sqrt()).ceil() as i64);
    let width = 2 * reach[0] + 1;
    let kernel: Vec<f64> = (-reach[1]..=reach[1])
        .flat_map(|y| (-reach[0]..=reach[0]).map(move |x| (x as f64, y as f64)))
        .map(|(x, y)| (-0.5 * (c * x * x - 2.0 * b * x * y + a * y * y) / determinant).exp())
        .collect();
    let mut counts = vec![0.0; nodes * nodes];
    for point in points {
        let [u, v] = [0, 1].map(|k| (point[k] - origin[k]) / step[k]);
        let inside = -1e-9..(nodes - 1) as f64 + 1e-9;
        if !(inside.contains(&u) && inside.contains(&v)) {
            continue;
        }
        let (i, j) = ((u as usize).min(nodes - 2), (v as usize).min(nodes - 2));
        let (fu, fv) = (u - i as f64, v - j as f64);
        for (di, dj, share) in
            [(0, 0, (1.0 - fu) * (1.0 - fv)), (1, 0, fu * (1.0 - fv)), (0, 1, (1.0 - fu) * fv), (1, 1, fu * fv)]
        {
            counts[(j + dj) * nodes + i + di] += share;
        }
    }
    let mut values = vec![0.0; nodes * nodes];
    let last = nodes as i64 - 1;
    for (at, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        let (i, j) = ((at % nodes) as i64, (at / nodes) as i64);
        let (from, to) = ((i - reach[0]).max(0), (i + reach[0]).min(last));
        for y in (j - reach[1]).max(0)..=(j + reach[1]).min(last) {
            let start = ((y - j + reach[1]) * width + from - i + reach[0]) as usize;
            let source = &kernel[start..=start + (to - from) as usize];
            let row = y as usize * nodes;
            let target = &mut values[row + from as usize..=row + to as usize];
            target.iter_mut().zip(source).for_each(|(value, k)| *value += count * k);
        }
    }
    let shares = [(a, hard[0]), (c, hard[1])].map(|(variance, hard)| {
        (0..nodes).map(|i| edge_share(i, nodes, 1.0, variance.sqrt(), hard)).collect::<Vec<f64>>()
    });
    for (k, value) in values.iter_mut().enumerate() {
        *value /= shares[0][k % nodes] * shares[1][k / nodes];
    }
    Grid { nx: nodes, ny: nodes, origin, step, values }
}

/// The correlation of the offsets of points to their nearest fifth, in units of each axis's spread.
fn local_correlation(points: &[[f64; 2]]) -> f64 {
    let n = points.len();
    let scale = [0, 1].map(|k| {
        let mean = points.iter().map(|p| p[k]).sum::<f64>() / n as f64;
        (points.iter().map(|p| (p[k] - mean).powi(2)).sum::<f64>() / n as f64).sqrt()
    });
    if n < 10 || !scale.iter().all(|s| *s > 0.0) {
        return 0.0;
    }
    let scaled: Vec<[f64; 2]> =
        points.iter().step_by(n.div_ceil(1500)).map(|p| [p[0] / scale[0], p[1] / scale[1]]).collect();
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    let neighbours = (scaled.len() / 5).max(5).min(scaled.len() - 1);
    for p in scaled.iter().step_by(scaled.len().div_ceil(150)) {
        let mut offsets: Vec<[f64; 2]> = scaled.iter().map(|q| [q[0] - p[0], q[1] - p[1]]).collect();
        let length = |o: &[f64; 2]| o[0] * o[0] + o[1] * o[1];
        offsets.select_nth_unstable_by(neighbours, |o, r| length(o).total_cmp(&length(r)));
        for o in &offsets[..neighbours] {
            xx += o[0] * o[0];
            xy += o[0] * o[1];
            yy += o[1] * o[1];
        }
    }
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}

/// The density that a share of the points exceeds: the border of their highest-density region.
pub(super) fn region_level(grid: &Grid, points: &[[f64; 2]], share: f64) -> f64 {
    let mut at: Vec<f64> = points.iter().map(|p| grid.at(p[0], p[1])).collect();
    at.sort_unstable_by(f64::total_cmp);
    super::summary::quantile(&at, 1.0 - share)
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn normal(n: usize) -> Vec<f64> {
        let mut rng = crate::model::stream(5, "density test", 0);
        let mut values: Vec<f64> = (0..n).map(|_| StandardNormal.sample(&mut rng)).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn the_bandwidth_sees_modes_that_the_normal_rule_smears() {
        let one = normal(1000);
        let h = bandwidth(&one);
        let reference = 1.06 * 1000_f64.powf(-0.2);
        assert!(h > 0.6 * reference && h < 1.15 * reference, "{h} against {reference}");
        let mut two: Vec<f64> = one.iter().enumerate().map(|(i, x)| x + if i % 2 == 0 { 0.0 } else { 40.0 }).collect();
        two.sort_by(f64::total_cmp);
        assert!(bandwidth(&two) < 0.3 * 1.06 * 20.0 * 1000_f64.powf(-0.2), "{}", bandwidth(&two));
        assert_eq!(bandwidth(&[3.0; 50]), 0.0);
        assert_eq!(bandwidth(&[3.0]), 0.0);
    }

    #[test]
    fn the_region_holds_its_share_and_a_normal_region_its_area() {
        let x = normal(4000);
        // Pair each value with one far away in rank, so that the two are independent.
        let points: Vec<[f64; 2]> = (0..4000).map(|i| [x[i], x[(i * 1531 + 7) % 4000]]).collect();
        let grid = density_2d(&points, [bandwidth(&x); 2], [(-5.0, 5.0); 2], [[false; 2]; 2], 101);
        let level = region_level(&grid, &points, 0.5);
        let inside = points.iter().filter(|p| grid.at(p[0], p[1]) > level).count();
        assert!((1999..=2001).contains(&inside), "{inside}");
        let area = grid.values.iter().filter(|value| **value > level).count() as f64 * 0.01;
        // The 50 % region of a bivariate normal is the disc of radius² 2 ln 2.
        let exact = PI * 2.0 * 2.0_f64.ln();
        assert!((area / exact - 1.0).abs() < 0.1, "{area} against {exact}");
    }

    #[test]
    fn hard_ends_are_found_and_kept() {
        let x = normal(1000);
        assert_eq!(hard_ends(&x, bandwidth(&x)), [false, false]);
        let mut folded: Vec<f64> = x.iter().map(|x| x.abs()).collect();
        folded.sort_by(f64::total_cmp);
        let h = bandwidth(&folded);
        assert_eq!(hard_ends(&folded, h), [true, false]);
        let density = density_1d(&folded, h, (folded[0], 4.0), [true, false], 100);
        assert!(density[0] > 0.85 * density.iter().copied().fold(0.0, f64::max));
        assert_eq!(hard_ends(&[2.0; 30], 0.0), [false, false]);
        let skewed: Vec<f64> = x.iter().map(|x| (0.5 * x).exp()).collect();
        assert_eq!(hard_ends(&skewed, bandwidth(&skewed)), [false, false]);
    }

    #[test]
    fn correlation_is_local() {
        let x = normal(1000);
        let ridge: Vec<[f64; 2]> = (0..1000).map(|i| [x[i], x[i] + 0.1 * x[(i * 531 + 7) % 1000]]).collect();
        assert!(local_correlation(&ridge) > 0.8, "{}", local_correlation(&ridge));
        let modes: Vec<[f64; 2]> = (0..1000)
            .map(|i| {
                let s = 20.0 * (i % 2) as f64;
                [x[i] + s, x[(i * 531 + 7) % 1000] + s]
            })
            .collect();
        assert!(local_correlation(&modes).abs() < 0.3, "{}", local_correlation(&modes));
    }
}
