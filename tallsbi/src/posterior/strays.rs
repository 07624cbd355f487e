//! Count draws that ended far from all the others.
//!
//! A composed score is right where the sampler ends, and on the way there an approximation: draws that it let go early do not come back.
//! They move means and standard deviations and hardly show in quantiles or ranks, so they are counted.

/// Distances count in robust standard deviations, the interquartile range over that of a normal.
const FARTHEST: f64 = 10.0;
/// Fewer draws have no quartiles worth the name.
const FEWEST: usize = 20;

/// The number of draws, latent coordinates, that are more than ten robust standard deviations from the median in some component. Of a normal
/// none is, and of Student's t with two degrees of freedom one in a hundred and fifty.
pub(super) fn strays<const M: usize>(draws: &[[f64; M]]) -> usize {
    if draws.len() < FEWEST {
        return 0;
    }
    let bounds: [(f64, f64); M] = std::array::from_fn(|k| {
        let mut values: Vec<f64> = draws.iter().map(|draw| draw[k]).collect();
        values.sort_by(f64::total_cmp);
        let quantile = |p: f64| values[((values.len() - 1) as f64 * p).round() as usize];
        let reach = FARTHEST * (quantile(0.75) - quantile(0.25)) / 1.349;
        (quantile(0.5) - reach, quantile(0.5) + reach)
    });
    let strays = |draw: &&[f64; M]| draw.iter().zip(bounds).any(|(x, (low, high))| *x < low || *x > high);
    draws.iter().filter(strays).count()
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
        draws[7][1] = 3.2;
        draws[8] = [2.0, 2.0];
        assert_eq!(strays(&draws), 2);
        assert_eq!(strays(&draws[..15]), 0, "too few to say");
    }
}
