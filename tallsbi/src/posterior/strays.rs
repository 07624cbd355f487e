//! Count draws that ended far from all the others.
//!
//! A composed score is right where the sampler ends, and on the way there an approximation: draws that it let go early do not come back.
//! They move means and standard deviations and hardly show in quantiles or ranks, so they are counted.

/// Distances count in robust standard deviations, the interquartile range over that of a normal.
const FARTHEST: f64 = 10.0;
/// Fewer draws have no quartiles worth the name.
const FEWEST: usize = 20;
/// Draws within a robust standard deviation of each other are a mode of the posterior, if there are more than this many, or
/// more than one in a hundred where there are fewer than a thousand draws.
const FEW: usize = 10;

/// The number of draws, latent coordinates, that are more than ten robust standard deviations from the median in some component and have
/// hardly any others beside them there. Of a normal none is, and of Student's t with two degrees of freedom one in a hundred and fifty.
pub(super) fn strays<const M: usize>(draws: &[[f64; M]]) -> usize {
    if draws.len() < FEWEST {
        return 0;
    }
    let mut stray = vec![false; draws.len()];
    let mut order: Vec<usize> = (0..draws.len()).collect();
    let last = draws.len() - 1;
    let few = (draws.len() / 100).clamp(1, FEW);
    for k in 0..M {
        order.sort_by(|a, b| draws[*a][k].total_cmp(&draws[*b][k]));
        let value = |place: usize| draws[order[place]][k];
        let quantile = |p: f64| value((last as f64 * p).round() as usize);
        let sd = (quantile(0.75) - quantile(0.25)) / 1.349;
        for place in 0..draws.len() {
            let alone = |first: usize| value(first + few) - value(first) > sd;
            // The nearest draws are among those before and after.
            let mut windows = place.saturating_sub(few)..=place.min(last - few);
            stray[order[place]] |= (value(place) - quantile(0.5)).abs() > FARTHEST * sd && windows.all(alone);
        }
    }
    stray.into_iter().filter(|stray| *stray).count()
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::strays;
    use crate::model::stream;

    #[test]
    fn only_what_is_far_from_all_others_is_counted() {
        let mut rng = stream(1, "strays", 0);
        let mut one = || {
            let z: f64 = StandardNormal.sample(&mut rng);
            3.0 + 0.01 * z
        };
        let mut draws: Vec<[f64; 2]> = (0..2_000).map(|_| [one(), one()]).collect();
        assert_eq!(strays(&draws), 0);
        // Two modes of equal weight are not strays, however far apart.
        let apart: Vec<[f64; 2]> = draws.iter().enumerate().map(|(i, x)| [x[0] + (i % 2) as f64, x[1]]).collect();
        assert_eq!(strays(&apart), 0);
        // Nor is a small one.
        let small: Vec<[f64; 2]> =
            draws.iter().enumerate().map(|(i, x)| [x[0] + f64::from(u8::from(i % 10 == 0)), x[1]]).collect();
        assert_eq!(strays(&small), 0);
        // As many that have no place in common are.
        let scattered: Vec<[f64; 2]> = draws
            .iter()
            .enumerate()
            .map(|(i, x)| [x[0] + if i % 10 == 0 { 1.0 + i as f64 } else { 0.0 }, x[1]])
            .collect();
        assert_eq!(strays(&scattered), 200);
        draws[7][1] = 3.2;
        draws[8] = [2.0, 2.0];
        assert_eq!(strays(&draws), 2);
        assert_eq!(strays(&draws[..15]), 0, "too few to say");
    }
}
