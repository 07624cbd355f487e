//! Check a posterior by what it predicts: replicate the observations and compare statistics of them (posterior predictive).
//!
//! # Source   Gelman, Meng and Stern (1996), Posterior predictive assessment of model fitness via realized discrepancies:
//! for draws θ_i of the posterior, replicates x_i ~ p(· | θ_i) of as many observations, and any statistic T, the p-value is
//! the share of replicates with T(x_i) at or above T(observed).

use std::fmt;

use rayon::prelude::*;

use super::CalibrationError;
use crate::model::{Label, Observation, Parameters, SimulationError, Simulator, Stream, stream};

/// A statistic of a set of observations: `x: [n]`, natural units.
type Statistic<'a, const D: usize> = Box<dyn Fn(&[[f64; D]]) -> f64 + Sync + 'a>;

/// Observations made anew with the parameters of a draw.
pub(crate) type Replicate<'a, const D: usize> =
    dyn Fn(usize, &mut Stream) -> Result<Vec<[f64; D]>, SimulationError> + Sync + 'a;

/// What a check compares: statistics of one's own, and by default those of every component.
///
/// # Example
/// ```
/// use tallsbi::calibrate::PredictiveStatistics;
/// let statistics = PredictiveStatistics::<2>::default()
///     .and("largest difference", |x| x.iter().map(|[a, b]| (a - b).abs()).fold(0.0, f64::max));
/// # let _ = statistics;
/// ```
pub struct PredictiveStatistics<'a, const D: usize> {
    components: bool,
    own: Vec<(String, Statistic<'a, D>)>,
}

impl<const D: usize> Default for PredictiveStatistics<'_, D> {
    fn default() -> Self {
        Self { components: true, own: Vec::new() }
    }
}

impl<const D: usize> fmt::Debug for PredictiveStatistics<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own: Vec<&str> = self.own.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("PredictiveStatistics").field("components", &self.components).field("own", &own).finish()
    }
}

impl<'a, const D: usize> PredictiveStatistics<'a, D> {
    /// No statistics but those added.
    pub fn only() -> Self {
        Self { components: false, own: Vec::new() }
    }

    /// Adds a statistic of the whole set of observations.
    #[must_use]
    pub fn and(mut self, name: &str, statistic: impl Fn(&[[f64; D]]) -> f64 + Sync + 'a) -> Self {
        self.own.push((name.to_owned(), Box::new(statistic)));
        self
    }

    /// Names and values of all statistics of a set.
    fn of(&self, labels: &[Label; D], x: &[[f64; D]]) -> Vec<(String, f64)> {
        let mut all = Vec::new();
        if self.components {
            for (k, label) in labels.iter().enumerate() {
                let mut column: Vec<f64> = x.iter().map(|x| x[k]).collect();
                column.sort_unstable_by(f64::total_cmp);
                let name = &label.name;
                if let [only] = column[..] {
                    all.push((name.clone(), only));
                    continue;
                }
                let n = column.len() as f64;
                let mean = column.iter().sum::<f64>() / n;
                let sd = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
                all.extend([
                    (format!("mean of {name}"), mean),
                    (format!("sd of {name}"), sd),
                    (format!("min of {name}"), column[0]),
                    (format!("max of {name}"), column[column.len() - 1]),
                ]);
                if column.len() > 3 {
                    let quantile = |level| crate::report::quantile(&column, level);
                    all.extend([
                        (format!("25 % of {name}"), quantile(0.25)),
                        (format!("50 % of {name}"), quantile(0.5)),
                        (format!("75 % of {name}"), quantile(0.75)),
                    ]);
                }
            }
        }
        all.extend(self.own.iter().map(|(name, statistic)| (name.clone(), statistic(x))));
        all
    }
}

/// One statistic, of what was observed and of every replicate.
#[derive(Clone, Debug, PartialEq)]
pub struct Discrepancy {
    /// Its name.
    pub name: String,
    /// Of the observations.
    pub observed: f64,
    /// Of every replicate, sorted. NaN counts as the largest value.
    pub replicated: Vec<f64>,
}

impl Discrepancy {
    /// The share of replicates at or above the observed value, ties counted half: near 0 the observed value is too large
    /// for the model, near 1 too small.
    ///
    /// # Accuracy
    /// Conservative: the observations were used to find the posterior, so under the model it is closer to ½ than a uniform
    /// number.
    pub fn upper(&self) -> f64 {
        let n = self.replicated.len() as f64;
        let above = self.replicated.iter().filter(|value| value.total_cmp(&self.observed).is_gt()).count() as f64;
        let equal = self.replicated.iter().filter(|value| value.total_cmp(&self.observed).is_eq()).count() as f64;
        (above + 0.5 * equal) / n
    }

    /// Two-sided: twice the smaller tail, at least one over the number of replicates plus one.
    pub fn p_value(&self) -> f64 {
        let upper = self.upper();
        (2.0 * upper.min(1.0 - upper)).max(1.0 / (self.replicated.len() as f64 + 1.0))
    }

    /// The replicates' quantile.
    pub fn quantile(&self, level: f64) -> f64 {
        crate::report::quantile(&self.replicated, level)
    }
}

/// Statistics of the observations among those of replicates.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictiveCheck {
    /// Observations, and as many in every replicate.
    pub n_observations: usize,
    /// Replicates that were simulated.
    pub n_replicates: usize,
    /// Replicates that failed and are left out.
    pub failed: usize,
    /// One entry for each statistic.
    pub rows: Vec<Discrepancy>,
}

impl PredictiveCheck {
    /// Replicates `observations` once from every draw of the posterior (natural units), in parallel, and compares.
    ///
    /// Where the model has a design, replicates draw theirs from its declared distribution, not the observed one: choose
    /// statistics that do not depend on it.
    ///
    /// # Errors
    /// [`CalibrationError::Zero`] without observations, draws or statistics; [`CalibrationError::TooManyFailures`] where more
    /// than half of the replicates fail.
    pub fn run<S, const M: usize, const D: usize>(
        simulator: &S,
        draws: &[[f64; M]],
        observations: &[S::Observation],
        statistics: &PredictiveStatistics<'_, D>,
        seed: u64,
    ) -> Result<Self, CalibrationError>
    where
        S: Simulator<M, D>,
    {
        let observed: Vec<[f64; D]> = observations.iter().map(Observation::to_array).collect();
        let replicate = |index: usize, rng: &mut Stream| {
            let theta = S::Parameters::from_array(draws[index]);
            observations.iter().map(|_| simulator.simulate(&theta, rng).map(|x| x.to_array())).collect()
        };
        Self::of_replicates::<S::Observation, D>(&observed, draws.len(), &replicate, statistics, seed)
    }

    /// Compares statistics of `observed` with those of `n` replicates of it, each with a stream of its own.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) fn of_replicates<O: Observation<D>, const D: usize>(
        observed: &[[f64; D]],
        n: usize,
        replicate: &Replicate<'_, D>,
        statistics: &PredictiveStatistics<'_, D>,
        seed: u64,
    ) -> Result<Self, CalibrationError> {
        for (count, what) in [(observed.len(), "the number of observations"), (n, "the number of draws")] {
            if count == 0 {
                return Err(CalibrationError::Zero { what });
            }
        }
        let (labels, n_observations) = (O::labels(), observed.len());
        let observed = statistics.of(&labels, observed);
        if observed.is_empty() {
            return Err(CalibrationError::Zero { what: "the number of statistics" });
        }
        let one = |index: usize| {
            let x = replicate(index, &mut stream(seed, "predictive check", index as u64));
            let x = x.map_err(|error| error.to_string())?;
            if x.iter().flatten().any(|value| !value.is_finite()) {
                return Err("the simulator returned a value that is not finite".to_owned());
            }
            Ok(statistics.of(&labels, &x).into_iter().map(|(_, value)| value).collect::<Vec<f64>>())
        };
        let outcomes: Vec<Result<Vec<f64>, String>> = (0..n).into_par_iter().map(one).collect();
        let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        if 2 * failed > n {
            let reason = outcomes.into_iter().find_map(Result::err).unwrap_or_default();
            return Err(CalibrationError::TooManyFailures { failed, total: n, share: 0.5, reason });
        }
        let replicates: Vec<Vec<f64>> = outcomes.into_iter().filter_map(Result::ok).collect();
        let rows = observed
            .into_iter()
            .enumerate()
            .map(|(k, (name, observed))| {
                let mut replicated: Vec<f64> = replicates.iter().map(|values| values[k]).collect();
                replicated.sort_unstable_by(f64::total_cmp);
                Discrepancy { name, observed, replicated }
            })
            .collect();
        Ok(Self { n_observations, n_replicates: replicates.len(), failed, rows })
    }

    /// The p-value of all statistics together: the smallest times their number (Bonferroni), at most 1.
    pub fn p_value(&self) -> f64 {
        let smallest = self.rows.iter().map(Discrepancy::p_value).fold(1.0, f64::min);
        (smallest * self.rows.len() as f64).min(1.0)
    }
}

impl fmt::Display for PredictiveCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(9);
        writeln!(
            f,
            "{:width$}  {:>11}  {:>11}  {:>25}  {:>7}",
            "statistic", "observed", "predicted", "90 % range", "p-value"
        )?;
        for row in &self.rows {
            let range = format!("{:.4} to {:.4}", row.quantile(0.05), row.quantile(0.95));
            let pad = width - row.name.chars().count();
            writeln!(
                f,
                "{}{:pad$}  {:>11.4}  {:>11.4}  {range:>25}  {:>7.4}",
                row.name,
                "",
                row.observed,
                row.quantile(0.5),
                row.p_value()
            )?;
        }
        write!(
            f,
            "{} replicates of n = {}; all rows: p = {:.4}",
            self.n_replicates,
            self.n_observations,
            self.p_value()
        )?;
        if self.failed > 0 {
            write!(f, "\n{} replicates failed and are left out", self.failed)?;
        }
        Ok(())
    }
}
