//! Score draws against reference draws: sliced Wasserstein distance, unbiased MMD² and classifier accuracy.

use serde::Serialize;
use tallsbi::diagnose::{MetricError, Rows, c2st, mmd2, sliced_wasserstein};
use tallsbi::report::Table;

use crate::suggest::list;

/// Projections of the sliced Wasserstein distance.
pub const PROJECTIONS: usize = 1000;

/// Mean and standard deviation (n − 1; NaN for one value).
pub fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// How far draws are from a reference. NaN (`null` in JSON) where no draw is finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Sliced Wasserstein distance of order two, 1,000 projections.
    pub sw: f64,
    /// Unbiased MMD² with a Gaussian kernel, its width the median distance within the reference.
    pub mmd: f64,
    /// Accuracy of a classifier, five-fold cross-validated: ½ where the samples cannot be told apart.
    pub c2st: f64,
    /// Share of the draws that are finite, 1 where all are. Only they are scored.
    pub finite: f64,
}

/// What can be wrong with draws that are to be scored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// The draws cannot be compared.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A different number of columns.
    #[error(
        "the draws have {} columns ({}) and the reference {} ({}): compare draws of the same parameters",
        draws.len(), list(draws.iter().map(String::as_str)), reference.len(), list(reference.iter().map(String::as_str))
    )]
    ColumnCount {
        /// The draws' columns.
        draws: Vec<String>,
        /// The reference's columns.
        reference: Vec<String>,
    },
    /// Some names agree and some do not, so that neither names nor positions can be trusted.
    #[error(
        "column {} of the draws is `{name}`, which is column {} of the reference, while other names differ: rename the columns so that all names agree, or none",
        draws + 1, reference + 1
    )]
    MixedNames {
        /// The name.
        name: String,
        /// Its position among the draws, from 0.
        draws: usize,
        /// Its position in the reference, from 0.
        reference: usize,
    },
}

/// Scores `draws` (`[n × dim]`, those that are not finite left out and counted) against `reference` (`[n' × dim]`).
///
/// The classifier gets as many of each, the first ones: otherwise a blind guess would be right more often than not.
///
/// # Errors
/// The reference is not finite, one of the two is too small, or `dim` does not divide them.
pub fn score(draws: &[f64], reference: &[f64], dim: usize, seed: u64) -> Result<Scores, ScoreError> {
    let all = reference;
    let reference = Rows::new(all, dim)?;
    let n_draws = draws.len() / dim;
    let kept: Vec<f64> =
        draws.chunks(dim).filter(|row| row.iter().all(|value| value.is_finite())).flatten().copied().collect();
    if kept.is_empty() && n_draws > 0 {
        return Ok(Scores { sw: f64::NAN, mmd: f64::NAN, c2st: f64::NAN, finite: 0.0 });
    }
    let rows = Rows::new(&kept, dim)?;
    let equal = kept.len().min(all.len());
    Ok(Scores {
        sw: sliced_wasserstein(rows, reference, PROJECTIONS, seed)?,
        mmd: mmd2(reference, rows)?,
        c2st: c2st(Rows::new(&all[..equal], dim)?, Rows::new(&kept[..equal], dim)?, seed)?,
        finite: rows.n_rows() as f64 / n_draws as f64,
    })
}

/// Scores the columns of two files: matched by name where the names agree (in any order), by position where none does.
///
/// # Errors
/// As [`score`]; the columns do not match.
pub fn score_tables(draws: &Table, reference: &Table, seed: u64) -> Result<Scores, ScoreError> {
    let columns = matched(&draws.names, &reference.names)?;
    let draws: Vec<f64> = draws.rows.iter().flat_map(|row| columns.iter().map(|&k| row[k])).collect();
    score(&draws, &reference.flat(), columns.len(), seed)
}

/// For each column of the reference its position among the draws.
fn matched(draws: &[String], reference: &[String]) -> Result<Vec<usize>, ScoreError> {
    if draws.len() != reference.len() {
        return Err(ScoreError::ColumnCount { draws: draws.to_vec(), reference: reference.to_vec() });
    }
    let found: Vec<Option<usize>> = reference.iter().map(|name| draws.iter().position(|other| other == name)).collect();
    if let Some(by_name) = found.iter().copied().collect() {
        return Ok(by_name);
    }
    let moved = found.iter().enumerate().find_map(|(k, position)| position.filter(|p| *p != k).map(|p| (k, p)));
    match moved {
        Some((k, position)) => {
            Err(ScoreError::MixedNames { name: reference[k].clone(), draws: position, reference: k })
        }
        None => Ok((0..reference.len()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::report::Table;

    use super::{ScoreError, matched, score, score_tables};
    use crate::tasks::gaussian_linear::exact_posterior;

    fn normal(seed: u64, n: usize, shift: f64) -> Vec<[f64; 2]> {
        let prior = exact_posterior(&[]);
        (0..n)
            .map(|i| prior.sample(&mut stream(seed, "test", i as u64)))
            .map(|row| [row[0] + shift, 2.0 * row[1]])
            .collect()
    }

    #[test]
    fn same_and_different() {
        let reference = normal(1, 500, 0.0);
        let same = score(normal(2, 500, 0.0).as_flattened(), reference.as_flattened(), 2, 1).expect("finite");
        let other = score(normal(2, 500, 3.0).as_flattened(), reference.as_flattened(), 2, 1).expect("finite");
        assert!(same.sw < 0.25 && same.mmd < 0.02 && same.c2st < 0.6 && same.finite == 1.0, "{same:?}");
        assert!(other.sw > 1.5 && other.mmd > 0.2 && other.c2st > 0.8, "{other:?}");
    }

    #[test]
    fn non_finite_draws_are_counted() {
        let reference = normal(1, 300, 0.0);
        let mut draws = normal(2, 300, 0.0);
        let clean = score(draws.as_flattened(), reference.as_flattened(), 2, 1).expect("finite");
        draws.extend([[f64::NAN, 0.0]; 100]);
        let scores = score(draws.as_flattened(), reference.as_flattened(), 2, 1).expect("finite enough");
        assert_eq!((scores.sw, scores.mmd, scores.c2st, scores.finite), (clean.sw, clean.mmd, clean.c2st, 0.75));
        let none = score(&[f64::NAN, 0.0], reference.as_flattened(), 2, 1).expect("nothing to score");
        let json = serde_json::to_string(&none).expect("numbers");
        assert_eq!(json, r#"{"sw":null,"mmd":null,"c2st":null,"finite":0.0}"#);
    }

    #[test]
    fn columns() {
        #[track_caller]
        fn check(draws: &[&str], reference: &[&str], expected: Result<&[usize], &str>) {
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let found = matched(&names(draws), &names(reference)).map_err(|error| error.to_string());
            match expected {
                Ok(columns) => assert_eq!(found.as_deref(), Ok(columns)),
                Err(part) => assert!(found.as_ref().is_err_and(|error| error.contains(part)), "{found:?}"),
            }
        }
        check(&["a", "b"], &["a", "b"], Ok(&[0, 1]));
        check(&["b", "a"], &["a", "b"], Ok(&[1, 0]));
        check(&["a", "b"], &["x", "y"], Ok(&[0, 1]));
        check(&["a", "b"], &["a", "y"], Ok(&[0, 1]));
        check(&["a", "b"], &["b", "c"], Err("column 2 of the draws is `b`, which is column 1 of the reference"));
        check(&["a", "b"], &["a"], Err("the draws have 2 columns (`a`, `b`) and the reference 1 (`a`)"));
    }

    #[test]
    fn tables_are_matched_by_name() {
        let table = |names: [&str; 2], rows: &[[f64; 2]], swap: bool| Table {
            names: names.map(str::to_owned).to_vec(),
            rows: rows.iter().map(|&[a, b]| if swap { vec![b, a] } else { vec![a, b] }).collect(),
        };
        let (draws, reference) = (normal(2, 300, 0.0), normal(1, 300, 0.0));
        let straight = score_tables(&table(["a", "b"], &draws, false), &table(["a", "b"], &reference, false), 1);
        let swapped = score_tables(&table(["b", "a"], &draws, true), &table(["a", "b"], &reference, false), 1);
        assert!(straight.is_ok());
        assert_eq!(straight, swapped);
        let nan = table(["a", "b"], &[[f64::NAN, 0.0]], false);
        let error = score_tables(&table(["a", "b"], &draws, false), &nan, 1).expect_err("a reference is finite");
        assert!(matches!(error, ScoreError::Metric(_)), "{error}");
    }
}
