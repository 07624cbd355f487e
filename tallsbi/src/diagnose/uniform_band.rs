//! Bound the empirical distribution function of uniform ranks simultaneously, with exact coverage.
//!
//! # Source   The optimisation method of arXiv:2103.10522 (Section 2): pointwise binomial intervals of one level γ, and γ
//! chosen so that the whole trajectory stays inside with the wanted probability. That probability is a sum over paths,
//! computed by recursion over the evaluation points; nothing is simulated. Evaluation points lie between possible ranks, so
//! it is exact for discrete ranks.

/// The law of the counts R_k = #{ranks < c_k} of N independent ranks, uniform on 0 … L, at cuts c_1 < … < c_K.
///
/// # Equation   R_k ~ Bin(N, z_k) with z_k = c_k/(L + 1), and R_{k+1} − R_k given R_k ~ Bin(N − R_k, (z_{k+1} − z_k)/(1 − z_k)).
#[derive(Clone, Debug)]
pub struct UniformBand {
    n: usize,
    cuts: Vec<u32>,
    at: Vec<f64>,
    /// P(R_k ≤ r): `[cut][r]`.
    below: Vec<Vec<f64>>,
    /// P(R_k ≥ r): `[cut][r]`.
    above: Vec<Vec<f64>>,
    ln_factorial: Vec<f64>,
}

/// Most evaluation points. More make the band a little wider everywhere and cost more.
const MOST_CUTS: u64 = 100;

impl UniformBand {
    /// For `n` ranks among `draws` draws each (ranks 0 … `draws`); both at least 1.
    pub(super) fn new(n: usize, draws: u32) -> Self {
        let ranks = u64::from(draws) + 1;
        let k = u64::from(draws).min(MOST_CUTS);
        let cuts: Vec<u32> = (1..=k).map(|i| (i * ranks / (k + 1)) as u32).collect();
        let at: Vec<f64> = cuts.iter().map(|cut| f64::from(*cut) / ranks as f64).collect();
        let mut ln_factorial = vec![0.0; n + 1];
        for i in 1..=n {
            ln_factorial[i] = ln_factorial[i - 1] + (i as f64).ln();
        }
        let mut this = Self { n, cuts, at, below: Vec::new(), above: Vec::new(), ln_factorial };
        for z in this.at.clone() {
            let probabilities: Vec<f64> = (0..=n).map(|r| this.binomial(n, r, z)).collect();
            let running = |probability: &mut dyn Iterator<Item = &f64>| -> Vec<f64> {
                probability
                    .scan(0.0, |sum: &mut f64, p| {
                        *sum += p;
                        Some(*sum)
                    })
                    .collect()
            };
            this.below.push(running(&mut probabilities.iter()));
            let mut above = running(&mut probabilities.iter().rev());
            above.reverse();
            this.above.push(above);
        }
        this
    }

    /// P(Bin(n, p) = k) for 0 < p < 1.
    fn binomial(&self, n: usize, k: usize, p: f64) -> f64 {
        let choose = self.ln_factorial[n] - self.ln_factorial[k] - self.ln_factorial[n - k];
        (choose + k as f64 * p.ln() + (n - k) as f64 * (-p).ln_1p()).exp()
    }

    /// The evaluation points z_k, strictly between 0 and 1.
    pub fn at(&self) -> &[f64] {
        &self.at
    }

    /// The counts R_k of some ranks.
    pub(super) fn counts(&self, ranks: &[u32]) -> Vec<usize> {
        self.cuts.iter().map(|cut| ranks.iter().filter(|rank| *rank < cut).count()).collect()
    }

    /// The smallest two-sided pointwise tail probability 2 min(P(R_k ≤ r_k), P(R_k ≥ r_k)) over all points.
    fn smallest_tail(&self, counts: &[usize]) -> f64 {
        counts
            .iter()
            .enumerate()
            .map(|(k, &r)| 2.0 * self.below[k][r].min(self.above[k][r]))
            .fold(f64::INFINITY, f64::min)
    }

    /// At each point, the smallest and largest count whose two-sided tail probability is above `gamma`; `None` where
    /// there is none.
    pub(super) fn interval(&self, gamma: f64) -> Option<Vec<(usize, usize)>> {
        // Rounding must not let a count in whose tail probability is `gamma` itself.
        let tail = 0.5 * gamma * (1.0 + 1e-9);
        self.below
            .iter()
            .zip(&self.above)
            .map(|(below, above)| {
                let low = below.partition_point(|p| *p <= tail);
                let high = above.partition_point(|p| *p > tail).checked_sub(1)?;
                (low <= high).then_some((low, high))
            })
            .collect()
    }

    /// The probability that uniform ranks stay within the pointwise intervals of level 1 − `gamma` at every point.
    pub fn coverage(&self, gamma: f64) -> f64 {
        let Some(intervals) = self.interval(gamma) else { return 0.0 };
        let (mut first, mut paths, mut z_before) = (0, vec![1.0], 0.0);
        for ((low, high), z) in intervals.into_iter().zip(&self.at) {
            let share = (z - z_before) / (1.0 - z_before);
            let mut next = vec![0.0; high - low + 1];
            for (offset, path) in paths.iter().enumerate().filter(|(_, path)| **path > 0.0) {
                let from = first + offset;
                let rest = self.n - from;
                // Ten standard deviations hold all of the law but 1e-22.
                let centre = rest as f64 * share;
                let reach = 10.0 * (centre * (1.0 - share)).sqrt() + 10.0;
                let least = low.max(from + (centre - reach).max(0.0) as usize);
                let most = high.min(from + (centre + reach) as usize).min(self.n);
                for to in least..=most {
                    next[to - low] += path * self.binomial(rest, to - from, share);
                }
            }
            (first, paths, z_before) = (low, next, *z);
        }
        paths.iter().sum::<f64>().min(1.0)
    }

    /// The largest γ whose coverage is at least `level`, to a relative precision of 1e-4.
    pub fn gamma(&self, level: f64) -> f64 {
        // One point alone has γ = 1 − level; K points need at least (1 − level)/K (Bonferroni).
        let (mut low, mut high) = (((1.0 - level) / (self.at.len() as f64 + 1.0)).ln(), (1.0 - level).ln());
        while high - low > 1e-4 {
            let middle = 0.5 * (low + high);
            if self.coverage(middle.exp()) >= level {
                low = middle;
            } else {
                high = middle;
            }
        }
        low.exp()
    }

    /// P(uniform ranks leave the widest band that `counts` touch): an exact p-value of uniformity.
    pub(super) fn p_value(&self, counts: &[usize]) -> f64 {
        (1.0 - self.coverage(self.smallest_tail(counts))).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::model::stream;

    /// Every sequence of `n` ranks among `draws` draws.
    fn all_sequences(n: u32, draws: u32) -> impl Iterator<Item = Vec<u32>> {
        let base = draws + 1;
        (0..base.pow(n)).map(move |code| (0..n).map(|i| code / base.pow(i) % base).collect())
    }

    #[test]
    fn coverage_and_p_values_are_exact_by_enumeration() {
        for (n, draws) in [(1, 3), (4, 3), (5, 4), (7, 2)] {
            let band = UniformBand::new(n, draws);
            let counts: Vec<Vec<usize>> = all_sequences(n as u32, draws).map(|ranks| band.counts(&ranks)).collect();
            for gamma in [0.001, 0.01, 0.1, 0.3, 0.7] {
                let inside = band.interval(gamma).map_or(0, |intervals| {
                    let within = |counts: &&Vec<usize>| {
                        counts.iter().zip(&intervals).all(|(r, (low, high))| (low..=high).contains(&r))
                    };
                    counts.iter().filter(within).count()
                });
                let exact = inside as f64 / counts.len() as f64;
                assert!((band.coverage(gamma) - exact).abs() < 1e-12, "{n} {draws} {gamma}: {exact}");
            }
            // P(p ≤ x) = x at every p-value that can occur.
            let p: Vec<f64> = counts.iter().map(|counts| band.p_value(counts)).collect();
            for x in &p {
                let share = p.iter().filter(|p| **p <= x + 1e-9).count() as f64 / p.len() as f64;
                assert!((share - x).abs() < 1e-9, "{n} {draws}: P(p <= {x}) = {share}");
            }
        }
    }

    #[test]
    fn simulated_ranks_stay_inside_as_often_as_the_level_says() {
        const TRIALS: u64 = 4_000;
        for (n, draws, level) in [(60, 19, 0.95), (200, 99, 0.9)] {
            let band = UniformBand::new(n, draws);
            let gamma = band.gamma(level);
            let coverage = band.coverage(gamma);
            // Attainable levels of a discrete law: at least the nominal one, and near it.
            assert!((level..level + 0.02).contains(&coverage), "{coverage}");
            let intervals = band.interval(gamma).expect("not empty");
            let inside = (0..TRIALS)
                .filter(|trial| {
                    let mut rng = stream(5, "band test", *trial);
                    let ranks: Vec<u32> = (0..n).map(|_| rng.random_range(0..=draws)).collect();
                    let counts = band.counts(&ranks);
                    counts.iter().zip(&intervals).all(|(r, (low, high))| (low..=high).contains(&r))
                })
                .count();
            // 4.9 standard deviations of a binomial share: a false alarm rate of 1e-6.
            let tolerance = 4.9 * (coverage * (1.0 - coverage) / TRIALS as f64).sqrt();
            let share = inside as f64 / TRIALS as f64;
            eprintln!("n = {n}: level {level}, exact coverage {coverage:.4}, simulated {share:.4} ± {tolerance:.4}");
            assert!((share - coverage).abs() < tolerance, "{share} {coverage}");
        }
    }
}
