//! Trace the border of the region where a gridded density exceeds a level (marching squares).

use super::density::Grid;

/// Closed curves around the region above `level`, in grid units with the first node at (0, 0), inside on the left.
/// The region is closed at the grid's edge.
pub(super) fn contours(grid: &Grid, level: f64) -> Vec<Vec<[f64; 2]>> {
    // One ring of zeros around the grid closes every curve.
    let (nx, ny) = (grid.nx + 2, grid.ny + 2);
    let value = |i: usize, j: usize| {
        if i == 0 || j == 0 || i > grid.nx || j > grid.ny { 0.0 } else { grid.values[(j - 1) * grid.nx + i - 1] }
    };
    // Edge 2k goes right from node k, edge 2k + 1 up from it.
    let across = |i: usize, j: usize| 2 * (j * nx + i);
    let upward = |i: usize, j: usize| 2 * (j * nx + i) + 1;
    let mut next = vec![usize::MAX; 2 * nx * ny];
    for j in 0..ny - 1 {
        for i in 0..nx - 1 {
            let corners = [value(i, j), value(i + 1, j), value(i + 1, j + 1), value(i, j + 1)];
            let inside = corners.map(|corner| corner > level);
            let edges = [across(i, j), upward(i + 1, j), across(i, j + 1), upward(i, j)];
            // Anticlockwise along the cell: leaving the region at an edge, a curve enters the cell there; it goes to an
            // edge where the region is entered again.
            let leaves: Vec<usize> = (0..4).filter(|&k| inside[k] && !inside[(k + 1) % 4]).collect();
            let enters = |k: usize| !inside[k % 4] && inside[(k + 1) % 4];
            let joined = leaves.len() == 2 && corners.iter().sum::<f64>() > 4.0 * level;
            for leave in leaves {
                // A saddle whose middle is inside joins the two inner corners: then the curve cuts off the outer one.
                let mut to = (1..4).map(|step| if joined { leave + step } else { leave + 4 - step });
                if let Some(enter) = to.find(|&k| enters(k)) {
                    next[edges[leave]] = edges[enter % 4];
                }
            }
        }
    }
    let point = |edge: usize| {
        let (node, up) = (edge / 2, edge % 2);
        let (i, j) = (node % nx, node / nx);
        let (a, b) = (value(i, j), value(i + 1 - up, j + up));
        let share = if a == b { 0.5 } else { ((level - a) / (b - a)).clamp(0.0, 1.0) };
        let at = |index: usize, along: usize, last: usize| {
            (index as f64 + if along == 1 { share } else { 0.0 } - 1.0).clamp(0.0, last as f64)
        };
        [at(i, 1 - up, grid.nx - 1), at(j, up, grid.ny - 1)]
    };
    let mut curves = Vec::new();
    for start in 0..next.len() {
        let (mut edge, mut curve) = (start, Vec::new());
        while next[edge] != usize::MAX {
            curve.push(point(edge));
            edge = std::mem::replace(&mut next[edge], usize::MAX);
        }
        if curve.len() > 2 {
            curves.push(curve);
        }
    }
    curves
}

/// Leaves out points closer than `tolerance` to the line through those kept (Douglas and Peucker).
pub(super) fn simplify(points: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; points.len()];
    (keep[0], keep[last]) = (true, true);
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let (a, b) = (points[from], points[to]);
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx.hypot(dy);
        let distance = |p: &[f64; 2]| {
            let (x, y) = (p[0] - a[0], p[1] - a[1]);
            if length > 0.0 { (x * dy - y * dx).abs() / length } else { x.hypot(y) }
        };
        let mut farthest = (from, tolerance);
        for k in from + 1..to {
            let d = distance(&points[k]);
            if d > farthest.1 {
                farthest = (k, d);
            }
        }
        if farthest.0 != from {
            keep[farthest.0] = true;
            open.extend([(from, farthest.0), (farthest.0, to)]);
        }
    }
    points.iter().zip(keep).filter_map(|(point, keep)| keep.then_some(*point)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(f: impl Fn(f64, f64) -> f64) -> Grid {
        let values = (0..61 * 61).map(|k| f((k % 61) as f64 - 30.0, (k / 61) as f64 - 30.0)).collect();
        Grid { nx: 61, ny: 61, origin: [0.0; 2], step: [1.0; 2], values }
    }

    fn area(curve: &[[f64; 2]]) -> f64 {
        (0..curve.len())
            .map(|k| {
                let (a, b) = (curve[k], curve[(k + 1) % curve.len()]);
                0.5 * (a[0] * b[1] - b[0] * a[1])
            })
            .sum()
    }

    #[track_caller]
    fn check(f: impl Fn(f64, f64) -> f64, level: f64, areas: &[f64]) {
        let mut found: Vec<f64> = contours(&grid(f), level).iter().map(|curve| area(curve)).collect();
        found.sort_by(f64::total_cmp);
        assert_eq!(found.len(), areas.len(), "{found:?}");
        assert!(found.iter().zip(areas).all(|(a, b)| (a - b).abs() < 0.01 * b.abs()), "{found:?} against {areas:?}");
    }

    #[test]
    fn curves_enclose_the_region() {
        let pi = std::f64::consts::PI;
        check(|x, y| 1000.0 - x * x - y * y, 600.0, &[400.0 * pi]);
        // A ring: its hole runs the other way round.
        check(|x, y| 200.0 - (x.hypot(y) - 20.0).powi(2), 175.0, &[-225.0 * pi, 625.0 * pi]);
        let peak = |x: f64, y: f64| (100.0 - x * x - y * y).max(0.0);
        check(|x, y| peak(x - 15.0, y) + peak(x + 15.0, y), 36.0, &[64.0 * pi, 64.0 * pi]);
        // Closed at the edge of the grid.
        check(|_, _| 1.0, 0.5, &[3600.0]);
        check(|_, _| 0.0, 0.5, &[]);
    }

    #[test]
    fn saddles_close_both_ways() {
        for level in [0.3, 0.7] {
            let curves = contours(&grid(|x, y| f64::from(u8::from((x + y) as i64 % 2 == 0))), level);
            assert!(curves.iter().all(|curve| curve.len() > 2));
            assert!((curves.iter().map(|curve| area(curve)).sum::<f64>() / 3600.0 - 0.5).abs() < 0.5);
        }
    }

    #[test]
    fn straight_lines_need_two_points() {
        let line: Vec<[f64; 2]> = (0..50).map(|i| [f64::from(i), 2.0 * f64::from(i)]).collect();
        assert_eq!(simplify(&line, 0.01), [[0.0, 0.0], [49.0, 98.0]]);
        let corner = [[0.0, 0.0], [1.0, 0.01], [2.0, 0.0], [2.0, 1.0], [2.0, 2.0]];
        assert_eq!(simplify(&corner, 0.1), [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]]);
    }
}
