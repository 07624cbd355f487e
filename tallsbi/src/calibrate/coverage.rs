//! Rank true parameters by what a region of given credibility would hold: highest density, and TARP.

use rayon::prelude::*;

use super::{
    CalibrationError, Study,
    study::{SetDensity, rank_of},
};
use crate::{
    diagnose::Ranks,
    model::{Label, Observation, stream},
};

impl<const M: usize, const D: usize> Study<M, D> {
    /// TARP (tests of accuracy with random points, arXiv:2302.03026): the number of draws nearer to a random reference point
    /// than the true parameters are. Sensitive to dependence between parameters too. That it sees *any* difference of
    /// posteriors is proved for reference points that depend on the data; these do not, so errors that cancel over data sets
    /// can escape it, as they can escape every other rank here.
    ///
    /// The reference is a fresh draw of the prior, independent of the data set. Distances are Euclidean with every parameter
    /// scaled by the interquartile range of its true values over all data sets.
    pub fn tarp_ranks(&self) -> Ranks {
        let scale: [f64; M] = std::array::from_fn(|k| {
            let mut values: Vec<f64> = self.sets().iter().map(|set| set.theta[k]).collect();
            values.sort_unstable_by(f64::total_cmp);
            let range = values[(values.len() * 3 / 4).min(values.len() - 1)] - values[values.len() / 4];
            if range > 0.0 { range } else { 1.0 }
        });
        let distance = |a: &[f64; M], b: &[f64; M]| (0..M).map(|k| ((a[k] - b[k]) / scale[k]).powi(2)).sum::<f64>();
        let label = Label::scalar("distance (TARP)", "distance to a random reference point", "");
        self.rank(label, "tarp", |set| {
            let to = |theta: &[f64; M]| distance(theta, &set.reference);
            (to(&set.theta), set.draws.iter().map(to).collect())
        })
    }

    /// Expected coverage by highest-density regions (arXiv:2110.06581): the number of draws that are denser under
    /// `density` than the true parameters. The smallest region with a share c of the posterior holds the truth where that
    /// rank is below c · draws.
    ///
    /// # Errors
    /// The density fails somewhere, gives NaN, or another number of values.
    pub fn density_ranks<O, Q>(&self, density: &Q) -> Result<Ranks, CalibrationError>
    where
        O: Observation<D>,
        Q: SetDensity<O, M> + ?Sized,
    {
        let ranks = self
            .sets()
            .par_iter()
            .enumerate()
            .map(|(index, set)| {
                let observations: Vec<O> = set.observations.iter().map(|row| O::from_array(*row)).collect();
                let mut theta = vec![set.theta];
                theta.extend_from_slice(&set.draws);
                let values = density
                    .ln_density(&observations, &theta)
                    .map_err(|error| CalibrationError::Set { set: index, error })?;
                if values.len() != theta.len() {
                    return Err(CalibrationError::DensityCount { found: values.len(), expected: theta.len() });
                }
                if let Some(value) = values.iter().find(|value| value.is_nan()) {
                    return Err(CalibrationError::Density { set: index, value: *value });
                }
                let denser: Vec<f64> = values[1..].iter().map(|value| -value).collect();
                Ok(rank_of(-values[0], &denser, &mut stream(self.seed(), "density rank", set.index)))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let label = Label::scalar("posterior density", "highest-density regions", "");
        Ok(Ranks::new(label, ranks, self.n_draws() as u32)?)
    }
}
