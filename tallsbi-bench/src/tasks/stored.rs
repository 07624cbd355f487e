//! Say which file holds a task's reference posteriors, and turn what it stores into what the task observes.

use std::fmt;

use tallsbi::model::stream;

use super::{Task, bernoulli_glm, slcp_distractors};

/// A published benchmark with reference posteriors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Benchmark {
    /// Sets of observations, arXiv:2404.07593.
    Tall,
    /// Single observations, Lueckmann et al. 2021.
    Single,
}

impl fmt::Display for Benchmark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Tall => "the tall benchmark",
            Self::Single => "the single-observation benchmark",
        })
    }
}

impl Task {
    /// The stem of the file of reference posteriors: the name in its benchmark.
    pub fn reference_name(self) -> &'static str {
        match self {
            Self::GaussianLinearSingle => "gaussian_linear",
            Self::GaussianMixtureSingle => "gaussian_mixture",
            // Distractors do not change the posterior.
            Self::SlcpDistractors => "slcp",
            other => other.name(),
        }
    }

    /// The benchmark that defines the task, where the other calls another model by the same name.
    pub fn benchmark(self) -> Option<Benchmark> {
        match self {
            Self::GaussianLinear | Self::GaussianMixture => Some(Benchmark::Tall),
            Self::GaussianLinearSingle | Self::GaussianMixtureSingle => Some(Benchmark::Single),
            _ => None,
        }
    }

    /// The observation of the task behind row `index` of a reference file: bits are summarised for `bernoulli_glm`, and for
    /// `slcp_distractors` the eight numbers of `slcp` are hidden among distractors, the same ones each time.
    pub(crate) fn observed(self, row: &[f64], index: u64) -> Vec<f64> {
        match self {
            Self::BernoulliGlm => match <[f64; bernoulli_glm::BINS]>::try_from(row) {
                Ok(bits) => bernoulli_glm::summary(&bits.map(|bit| bit > 0.5)).to_vec(),
                Err(_) => row.to_vec(),
            },
            Self::SlcpDistractors => {
                let hidden = <[f64; 8]>::try_from(row).ok().and_then(|informative| {
                    let mut rng = stream(0, "slcp distractors of a reference", index);
                    slcp_distractors::hide(&informative.map(|value| value as f32), &mut rng).ok()
                });
                hidden.map_or_else(|| row.to_vec(), |all| all.map(f64::from).to_vec())
            }
            _ => row.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Task;

    #[test]
    fn observations_of_reference_files() {
        let mut bits = [0.0; 100];
        bits[10] = 1.0;
        let summary = Task::BernoulliGlm.observed(&bits, 0);
        assert_eq!((summary.len(), summary[0]), (10, 1.0));
        assert_eq!(Task::BernoulliGlm.observed(&[1.0; 10], 0), vec![1.0; 10]);
        assert_eq!(Task::BernoulliGlmRaw.observed(&bits, 0), bits);
        let hidden = Task::SlcpDistractors.observed(&[0.25; 8], 3);
        assert_eq!(hidden.iter().filter(|value| **value == 0.25).count(), 8);
        assert_eq!(hidden, Task::SlcpDistractors.observed(&[0.25; 8], 3));
        assert_ne!(hidden, Task::SlcpDistractors.observed(&[0.25; 8], 4));
    }
}
