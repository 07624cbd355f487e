//! Measure how well a classifier tells two samples apart (classifier two-sample test).

use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::{MetricError, Rows, classifier::Classifier};
use crate::model::stream;

/// How the classifier is built, trained and tested. The default is the definition of `sbibm`, which is scikit-learn's
/// `MLPClassifier` in its defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct C2stOptions {
    /// Folds of the cross-validation (5).
    pub folds: usize,
    /// Units of each of the two hidden layers, per component (10).
    pub width: usize,
    /// Rows of a batch (200); the last of an epoch may be smaller.
    pub batch: usize,
    /// Adam's learning rate (1e-3).
    pub rate: f64,
    /// Weight of the penalty ½‖W‖² (1e-4).
    pub l2: f64,
    /// Most epochs (10,000, as in `sbibm`); training normally stops far earlier.
    pub epochs: usize,
    /// The fall of the training loss that counts as progress (1e-4).
    pub tolerance: f64,
    /// Training stops after more than this many epochs without progress (10).
    pub patience: usize,
    /// Seed of folds, initial weights and batches (1).
    pub seed: u64,
}

impl Default for C2stOptions {
    fn default() -> Self {
        Self {
            folds: 5,
            width: 10,
            batch: 200,
            rate: 1e-3,
            l2: 1e-4,
            epochs: 10_000,
            tolerance: 1e-4,
            patience: 10,
            seed: 1,
        }
    }
}

impl C2stOptions {
    /// Whether a classifier can be trained so.
    pub(crate) fn is_trainable(&self) -> bool {
        let rates = self.rate > 0.0 && self.rate.is_finite() && self.l2 >= 0.0 && self.l2.is_finite();
        self.width > 0 && self.batch > 0 && self.epochs > 0 && rates
    }
}

/// The accuracy of a classifier two-sample test.
#[derive(Clone, Debug, PartialEq)]
pub struct C2stReport {
    /// Mean held-out accuracy of the folds: ½ where the samples cannot be told apart, 1 where always.
    pub accuracy: f64,
    /// Held-out accuracy of each fold.
    pub folds: Vec<f64>,
}

/// The classifier two-sample test with its published settings.
///
/// # Definition
/// The mean held-out accuracy over 5 shuffled folds of an MLP with two hidden layers of 10·m ReLU units, trained by
/// Adam on the log loss, both samples standardised by mean and standard deviation (n − 1) of the *first* (the
/// reference). A component that is constant in the first sample is centred only. With samples of different sizes the
/// accuracy of a blind guess is the larger share, not ½.
///
/// # Accuracy
/// Standard error about ½/√(n + m); with another seed 1,000 + 1,000 rows move by about 0.01.
///
/// # Errors
/// `DifferentDimensions`; `TooFewRows` for fewer than two rows a fold and sample.
pub fn c2st(reference: Rows<'_>, draws: Rows<'_>, seed: u64) -> Result<f64, MetricError> {
    Ok(c2st_with(reference, draws, &C2stOptions { seed, ..C2stOptions::default() })?.accuracy)
}

/// [`c2st`] with settings of the caller's choice and the accuracy of every fold.
///
/// # Errors
/// Those of [`c2st`], and `TooFewFolds`, `InvalidTraining`.
pub fn c2st_with(reference: Rows<'_>, draws: Rows<'_>, options: &C2stOptions) -> Result<C2stReport, MetricError> {
    reference.check_same_dim(&draws)?;
    if options.folds < 2 {
        return Err(MetricError::TooFewFolds { folds: options.folds });
    }
    if !options.is_trainable() {
        return Err(MetricError::InvalidTraining);
    }
    let needed = 2 * options.folds;
    for rows in [reference, draws] {
        if rows.n_rows() < needed {
            return Err(MetricError::TooFewRows { rows: rows.n_rows(), needed });
        }
    }
    let x = standardised(reference, draws);
    let (n, dim) = (reference.n_rows() + draws.n_rows(), reference.dim());
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut stream(options.seed, "c2st folds", 0));
    let accuracy = |fold: usize| {
        // The first n mod k folds hold one row more.
        let start = |fold: usize| fold * (n / options.folds) + fold.min(n % options.folds);
        let held_out = start(fold)..start(fold + 1);
        let gather = |rows: &mut dyn Iterator<Item = usize>| {
            let (mut values, mut labels) = (Vec::new(), Vec::new());
            for row in rows {
                values.extend_from_slice(&x[row * dim..(row + 1) * dim]);
                labels.push(f32::from(u8::from(row >= reference.n_rows())));
            }
            (values, labels)
        };
        let rest = order[..held_out.start].iter().chain(&order[held_out.end..]);
        let (train_x, train_labels) = gather(&mut rest.copied());
        let (test_x, test_labels) = gather(&mut order[held_out].iter().copied());
        let mut rng = stream(options.seed, "c2st training", fold as u64);
        let classifier = Classifier::train(&train_x, &train_labels, dim, options, &mut rng);
        classifier.count_correct(&test_x, &test_labels) as f64 / test_labels.len() as f64
    };
    let folds: Vec<f64> = (0..options.folds).into_par_iter().map(accuracy).collect();
    Ok(C2stReport { accuracy: folds.iter().sum::<f64>() / folds.len() as f64, folds })
}

/// Both samples, one after the other, standardised by the first. Clipped at ±10⁶ standard deviations: `f32` squares
/// stay finite, and nothing out there is harder to tell apart.
fn standardised(reference: Rows<'_>, draws: Rows<'_>) -> Vec<f32> {
    let n = reference.n_rows() as f64;
    let scales: Vec<(f64, f64)> = (0..reference.dim())
        .map(|k| {
            let mean = reference.iter().map(|row| row[k] / n).sum::<f64>();
            let variance = reference.iter().map(|row| (row[k] - mean).powi(2) / (n - 1.0)).sum::<f64>();
            let sd = variance.sqrt();
            (mean, if sd > 0.0 && sd.is_finite() { sd } else { 1.0 })
        })
        .collect();
    let scale = |(value, (mean, sd)): (&f64, &(f64, f64))| ((value - mean) / sd).clamp(-1e6, 1e6) as f32;
    reference.iter().chain(draws.iter()).flat_map(|row| row.iter().zip(&scales).map(scale)).collect()
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn normal(n: usize, dim: usize, shift: f64, scale: f64, seed: u64) -> Vec<f64> {
        let mut rng = stream(seed, "c2st test", (shift != 0.0 || scale != 1.0) as u64);
        (0..n * dim).map(|_| shift + scale * Distribution::<f64>::sample(&StandardNormal, &mut rng)).collect()
    }

    fn accuracy(a: &[f64], b: &[f64], dim: usize, seed: u64) -> f64 {
        c2st(Rows::new(a, dim).expect("a"), Rows::new(b, dim).expect("b"), seed).expect("valid")
    }

    /// Mean of four seeds with fresh data each, against the mean of four seeds of scikit-learn 1.9 (`MLPClassifier`,
    /// `KFold`) on samples of the same sizes and laws. A held-out accuracy has a standard deviation of at most
    /// 0.5/√(2n) over folds and data, and training adds about as much again (0.007 to 0.017 seen): the difference of
    /// two means of four is below 4.9 · √(2/4) · √2 · 0.5/√(2n) but once in a million.
    #[track_caller]
    fn check_against_sklearn(n: usize, dim: usize, shift: f64, scale: f64, sklearn: f64, refuted: f64) {
        let mean = (1..5)
            .map(|seed| accuracy(&normal(n, dim, 0.0, 1.0, seed), &normal(n, dim, shift, scale, seed + 90), dim, seed))
            .sum::<f64>()
            / 4.0;
        let tolerance = 4.9 * 0.5 / (2.0 * n as f64).sqrt();
        assert!((mean - sklearn).abs() < tolerance, "accuracy {mean}, scikit-learn {sklearn}, tolerance {tolerance}");
        assert!((mean - refuted).abs() > tolerance, "accuracy {mean} does not refute {refuted}");
    }

    #[test]
    fn accuracy_is_that_of_scikit_learn() {
        check_against_sklearn(500, 2, 0.0, 1.0, 0.4835, 0.6);
        check_against_sklearn(500, 2, 0.0, 2.0, 0.7355, 0.5);
        check_against_sklearn(400, 3, 0.5, 1.0, 0.6347, 0.5);
    }

    /// N(0, 1) against N(δ, 1): the best accuracy is Φ(δ/2) = 0.6915 at δ = 1.
    #[test]
    fn a_shift_gives_the_bayes_accuracy() {
        let n = 3000;
        let tolerance = 4.9 * 0.5 / (2.0 * n as f64).sqrt();
        let value = accuracy(&normal(n, 1, 0.0, 1.0, 1), &normal(n, 1, 1.0, 1.0, 2), 1, 1);
        assert!((value - 0.691_462_5).abs() < tolerance, "{value}, tolerance {tolerance}");
        let control = accuracy(&normal(n, 1, 0.0, 1.0, 1), &normal(n, 1, 1.3, 1.0, 2), 1, 1);
        assert!((control - 0.691_462_5).abs() > tolerance, "{control} must be told from it");
    }

    #[test]
    fn separate_samples_are_told_apart_and_constants_do_no_harm() {
        let a: Vec<f64> = normal(100, 1, 0.0, 1.0, 1).into_iter().flat_map(|x| [x, 3.0]).collect();
        let b: Vec<f64> = normal(100, 1, 50.0, 1.0, 1).into_iter().flat_map(|x| [x, 3.0]).collect();
        assert_eq!(accuracy(&a, &b, 2, 1), 1.0);
        let far: Vec<f64> = b.iter().map(|x| x * 1e300).collect();
        assert_eq!(accuracy(&a, &far, 2, 1), 1.0);
    }

    #[test]
    fn threads_do_not_matter_and_seeds_do() {
        let (a, b) = (normal(60, 2, 0.0, 1.0, 1), normal(70, 2, 0.5, 1.0, 2));
        let with = |threads: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let options = C2stOptions { seed, epochs: 30, ..C2stOptions::default() };
            let (a, b) = (Rows::new(&a, 2).expect("a"), Rows::new(&b, 2).expect("b"));
            pool.install(|| c2st_with(a, b, &options)).expect("valid").folds
        };
        assert_eq!(with(1, 1), with(3, 1));
        assert_ne!(with(1, 1), with(1, 2));
    }

    #[test]
    fn errors_name_the_cause() {
        let data = normal(40, 1, 0.0, 1.0, 1);
        let rows = Rows::new(&data, 1).expect("valid");
        let message = |a, b, options: C2stOptions| c2st_with(a, b, &options).expect_err("must be refused").to_string();
        let few = Rows::new(&data[..9], 1).expect("valid");
        assert_eq!(
            message(rows, few, C2stOptions::default()),
            "a sample has 9 rows and this metric needs 10: draw more"
        );
        let options = C2stOptions { folds: 1, ..C2stOptions::default() };
        assert_eq!(message(rows, rows, options), "1 folds: cross-validation needs at least 2");
        let invalid = "the classifier cannot be trained: epochs, batch size and learning rate must be positive";
        assert_eq!(message(rows, rows, C2stOptions { rate: f64::NAN, ..C2stOptions::default() }), invalid);
        assert_eq!(message(rows, rows, C2stOptions { batch: 0, ..C2stOptions::default() }), invalid);
        let two = Rows::new(&data, 2).expect("valid");
        assert!(message(rows, two, C2stOptions::default()).starts_with("the first sample has 1 components"));
    }
}
