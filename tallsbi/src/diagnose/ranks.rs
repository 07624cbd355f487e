//! Hold ranks of true values among draws and test them for uniformity (simulation-based calibration).

use super::{MetricError, UniformBand};
use crate::{model::Label, prior::normal_quantile};

/// For each simulated data set, the number of posterior draws of a quantity that lie below its true value. Where the
/// posterior is right, ranks are uniform on 0 … `draws` (arXiv:1804.06788, Theorem 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    label: Label,
    values: Vec<u32>,
    draws: u32,
}

/// How far ranks are from uniform, with three tests: one against everything, two against what goes wrong most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniformity {
    /// p-value of the whole empirical distribution function, exact for discrete ranks (see [`UniformBand`]).
    pub p_band: f64,
    /// Mean normal score Φ⁻¹((rank + ½)/(draws + 1)): how many posterior standard deviations true values lie above the
    /// posterior's centre, on average. 0 where calibrated.
    pub bias: f64,
    /// p-value of the bias: normal limit with the exact variance of discrete ranks.
    pub p_bias: f64,
    /// Root mean square of the normal scores relative to its expectation: above 1 the posterior is too narrow
    /// (overconfident), below 1 too wide. 1 where calibrated. A scale off by 10 % gives about 1.1.
    pub spread: f64,
    /// p-value of the spread: normal limit with the exact variance of discrete ranks.
    pub p_spread: f64,
    /// Largest difference of the empirical distribution function from the uniform one.
    pub largest_difference: f64,
}

impl Uniformity {
    /// The p-value of all three tests together: three times the smallest (Bonferroni), at most 1.
    pub fn p_value(&self) -> f64 {
        (3.0 * self.p_band.min(self.p_bias).min(self.p_spread)).min(1.0)
    }
}

/// A histogram of ranks, with the interval that holds each bar with probability `level` where ranks are uniform.
#[derive(Clone, Debug, PartialEq)]
pub struct RankHistogram {
    /// Ranks in each bin.
    pub counts: Vec<usize>,
    /// Lower edge of each bin and the upper edge of the last, in shares of the possible ranks.
    pub edges: Vec<f64>,
    /// Expected ranks in each bin.
    pub expected: Vec<f64>,
    /// Lower ends of the exact binomial intervals.
    pub lower: Vec<usize>,
    /// Upper ends of the exact binomial intervals.
    pub upper: Vec<usize>,
    /// Probability that one bar lies in its interval, at least.
    pub level: f64,
}

/// The empirical distribution function of ranks, with a band that holds all of it with probability `level` where they
/// are uniform.
#[derive(Clone, Debug, PartialEq)]
pub struct RankEcdf {
    /// Evaluation points, shares of the possible ranks.
    pub at: Vec<f64>,
    /// Share of ranks below each point.
    pub observed: Vec<f64>,
    /// Lower ends of the band.
    pub lower: Vec<f64>,
    /// Upper ends of the band.
    pub upper: Vec<f64>,
    /// Probability that the whole function lies in the band, at least.
    pub level: f64,
}

impl RankEcdf {
    /// Whether the whole function lies in the band.
    pub fn is_inside(&self) -> bool {
        // Counts over one number of sets: a tolerance far below one count.
        let inside = |k: usize| self.observed[k] > self.lower[k] - 1e-12 && self.observed[k] < self.upper[k] + 1e-12;
        (0..self.at.len()).all(inside)
    }
}

impl Ranks {
    /// Ranks of one quantity among `draws` draws, one for each data set.
    ///
    /// # Errors
    /// `NoRows`, `NoDraws`, `RankOutOfRange`.
    pub fn new(label: Label, values: Vec<u32>, draws: u32) -> Result<Self, MetricError> {
        if values.is_empty() {
            return Err(MetricError::NoRows);
        }
        if draws == 0 {
            return Err(MetricError::NoDraws);
        }
        match values.iter().position(|rank| *rank > draws) {
            Some(set) => Err(MetricError::RankOutOfRange { set, rank: values[set], draws }),
            None => Ok(Self { label, values, draws }),
        }
    }

    /// What was ranked.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// The ranks, one for each data set.
    pub fn values(&self) -> &[u32] {
        &self.values
    }

    /// The number of draws that each is a rank among: the largest possible rank.
    pub fn draws(&self) -> u32 {
        self.draws
    }

    /// Tests uniformity.
    pub fn uniformity(&self) -> Uniformity {
        let n = self.values.len();
        let band = UniformBand::new(n, self.draws);
        let counts = band.counts(&self.values);
        let largest_difference =
            counts.iter().zip(band.at()).map(|(r, z)| (*r as f64 / n as f64 - z).abs()).fold(0.0, f64::max);
        let possible = f64::from(self.draws) + 1.0;
        let score = |rank: u32| normal_quantile((f64::from(rank) + 0.5) / possible);
        // Moments of the score of one uniform rank: a finite sum. Odd ones vanish by symmetry.
        let moment = |power: i32| (0..=self.draws).map(|rank| score(rank).powi(power)).sum::<f64>() / possible;
        let (second, fourth) = (moment(2), moment(4));
        let mean = |power: i32| self.values.iter().map(|rank| score(*rank).powi(power)).sum::<f64>() / n as f64;
        let (bias, squares) = (mean(1), mean(2));
        let p = |off: f64, variance: f64| {
            // Two ranks have scores of one size: nothing to test.
            if variance > 1e-12 { libm::erfc((off / (variance / n as f64).sqrt()).abs() / 2.0_f64.sqrt()) } else { 1.0 }
        };
        Uniformity {
            p_band: band.p_value(&counts),
            bias,
            p_bias: p(bias, second),
            spread: (squares / second).sqrt(),
            p_spread: p(squares - second, fourth - second * second),
            largest_difference,
        }
    }

    /// A number of bins that divides the possible ranks evenly where one between 5 and 25 does, and 10 otherwise.
    pub fn suggested_bins(&self) -> usize {
        let ranks = self.draws as usize + 1;
        (5..=25).rev().find(|bins| ranks.is_multiple_of(*bins)).unwrap_or(10).min(ranks)
    }

    /// A histogram with exact binomial intervals that hold one bar each with probability `level`.
    ///
    /// # Errors
    /// `InvalidBins`, `InvalidLevel`.
    pub fn histogram(&self, bins: usize, level: f64) -> Result<RankHistogram, MetricError> {
        let ranks = self.draws as usize + 1;
        if bins == 0 || bins > ranks {
            return Err(MetricError::InvalidBins { bins, ranks });
        }
        check_level(level)?;
        let first = |bin: usize| (bin * ranks).div_ceil(bins);
        let mut counts = vec![0; bins];
        for rank in &self.values {
            counts[*rank as usize * bins / ranks] += 1;
        }
        let n = self.values.len() as u64;
        let tail = 0.5 * (1.0 - level);
        let (mut expected, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::new());
        for bin in 0..bins {
            let share = (first(bin + 1) - first(bin)) as f64 / ranks as f64;
            expected.push(share * n as f64);
            let (low, high) = binomial_interval(n, share, tail);
            lower.push(low);
            upper.push(high);
        }
        let edges = (0..=bins).map(|bin| first(bin) as f64 / ranks as f64).collect();
        Ok(RankHistogram { counts, edges, expected, lower, upper, level })
    }

    /// The empirical distribution function with a simultaneous band (arXiv:2103.10522, optimisation method).
    ///
    /// # Errors
    /// `InvalidLevel`.
    pub fn ecdf(&self, level: f64) -> Result<RankEcdf, MetricError> {
        check_level(level)?;
        let n = self.values.len();
        let band = UniformBand::new(n, self.draws);
        let share = |count: usize| count as f64 / n as f64;
        // Below the largest γ the intervals are never empty: they hold the median.
        let intervals = band.interval(band.gamma(level)).unwrap_or_default();
        Ok(RankEcdf {
            at: band.at().to_vec(),
            observed: band.counts(&self.values).into_iter().map(share).collect(),
            lower: intervals.iter().map(|(low, _)| share(*low)).collect(),
            upper: intervals.iter().map(|(_, high)| share(*high)).collect(),
            level,
        })
    }
}

fn check_level(level: f64) -> Result<(), MetricError> {
    if level > 0.0 && level < 1.0 { Ok(()) } else { Err(MetricError::InvalidLevel { level }) }
}

/// The smallest and largest count with P(Bin(n, p) ≤ count) and P(Bin(n, p) ≥ count) above `tail`.
fn binomial_interval(n: u64, p: f64, tail: f64) -> (usize, usize) {
    if p >= 1.0 {
        return (n as usize, n as usize);
    }
    let ln_choose =
        |k: u64| libm::lgamma(n as f64 + 1.0) - libm::lgamma(k as f64 + 1.0) - libm::lgamma((n - k) as f64 + 1.0);
    let probability = |k: u64| (ln_choose(k) + k as f64 * p.ln() + (n - k) as f64 * (-p).ln_1p()).exp();
    (first_above(0..=n, &probability, tail), first_above((0..=n).rev(), &probability, tail))
}

/// The first count up to which the probabilities sum to more than `tail`.
fn first_above(mut counts: impl Iterator<Item = u64>, probability: &impl Fn(u64) -> f64, tail: f64) -> usize {
    let mut sum = 0.0;
    let passed = counts.find(|k| {
        sum += probability(*k);
        sum > tail
    });
    passed.unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::model::stream;

    fn label() -> Label {
        Label::scalar("theta", "", "")
    }

    /// Ranks of truths from N(shift, 1) among draws from N(0, scale²).
    fn ranks(n: u64, draws: u32, shift: f64, scale: f64) -> Ranks {
        let rank = |set| {
            let mut rng = stream(4, "rank test", set);
            let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
            let truth = shift + normal();
            (0..draws).filter(|_| scale * normal() < truth).count() as u32
        };
        Ranks::new(label(), (0..n).map(rank).collect(), draws).expect("valid")
    }

    #[test]
    fn each_test_finds_its_own_fault_and_leaves_right_ranks_alone() {
        // False alarm rate of every assertion: 1e-6.
        let right = ranks(2_000, 99, 0.0, 1.0).uniformity();
        eprintln!("right {right:?}");
        assert!(right.p_value() > 1e-6 && right.p_band > 1e-6, "{right:?}");
        let narrow = ranks(2_000, 99, 0.0, 0.9).uniformity();
        eprintln!("narrow {narrow:?}");
        // Six standard errors of 1/√(2 n) are 0.095.
        assert!(narrow.p_spread < 1e-6 && (narrow.spread - 1.1).abs() < 0.095, "{narrow:?}");
        let shifted = ranks(2_000, 99, 0.2, 1.0).uniformity();
        assert!(shifted.p_bias < 1e-6 && (shifted.bias - 0.2).abs() < 0.11 && shifted.p_band < 1e-6, "{shifted:?}");
        let few = ranks(2_000, 1, 0.0, 1.0).uniformity();
        assert!(few.p_spread == 1.0 && (few.spread - 1.0).abs() < 1e-9, "{few:?}");
        assert!(few.p_value() > 1e-6);
    }

    #[test]
    fn moments_of_the_null_are_those_of_uniform_ranks() {
        // Over many sets of uniform ranks the p-values themselves are uniform: mean ½ ± 4.9/√(12 · 400).
        let mut sums = [0.0; 3];
        for set in 0..400 {
            let mut rng = stream(6, "rank null", set);
            let values = (0..300).map(|_| rng.random_range(0..=19)).collect();
            let test = Ranks::new(label(), values, 19).expect("valid").uniformity();
            for (sum, p) in sums.iter_mut().zip([test.p_band, test.p_bias, test.p_spread]) {
                *sum += p / 400.0;
            }
        }
        eprintln!("mean p-values {sums:?}");
        for mean in sums {
            assert!((mean - 0.5).abs() < 4.9 / (12.0 * 400.0_f64).sqrt(), "{sums:?}");
        }
    }

    #[test]
    fn bars_are_binomial() {
        // P(Bin(10, ½) ≤ 1) = 11/1024 and P(≤ 2) = 56/1024: tails of 0.025 start at 2.
        assert_eq!(binomial_interval(10, 0.5, 0.025), (2, 8));
        assert_eq!(binomial_interval(10, 0.5, 11.5 / 1024.0), (2, 8));
        assert_eq!(binomial_interval(10, 0.5, 10.5 / 1024.0), (1, 9));
        let histogram =
            Ranks::new(label(), vec![0, 1, 2, 3, 4, 4, 4], 4).expect("valid").histogram(2, 0.9).expect("two");
        assert_eq!((histogram.counts, histogram.edges), (vec![3, 4], vec![0.0, 0.6, 1.0]));
    }

    #[test]
    fn bands_hold_right_ranks_and_not_wrong_ones() {
        assert!(ranks(1_000, 99, 0.0, 1.0).ecdf(0.999_999).expect("valid").is_inside());
        assert!(!ranks(1_000, 99, 0.0, 0.8).ecdf(0.999_999).expect("valid").is_inside());
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(Ranks::new(label(), vec![], 3).expect_err("empty"), MetricError::NoRows);
        assert_eq!(Ranks::new(label(), vec![0], 0).expect_err("no draws"), MetricError::NoDraws);
        let message = Ranks::new(label(), vec![0, 4], 3).expect_err("beyond").to_string();
        assert_eq!(message, "set 1 has rank 4 among 3 draws: a rank is at most the number of draws");
        let ranks = Ranks::new(label(), vec![0, 3], 3).expect("valid");
        assert!(ranks.histogram(5, 0.9).is_err() && ranks.histogram(0, 0.9).is_err());
        assert!(ranks.ecdf(1.0).is_err() && ranks.ecdf(f64::NAN).is_err());
    }
}
