//! Declare the benchmark tasks in the language of tallsbi, and name them.

use std::fmt;
use std::str::FromStr;

use crate::suggest::{did_you_mean, list, nearest};

pub mod bernoulli_glm;
pub mod bernoulli_glm_raw;
pub mod gaussian_linear;
pub mod gaussian_linear_single;
pub mod gaussian_linear_uniform;
pub mod gaussian_mixture;
pub mod gaussian_mixture_single;
pub mod gaussian_mixture_uniform;
pub mod jansen_rit_3;
pub mod jansen_rit_4;
pub mod lotka_volterra;
pub mod sir;
pub mod slcp;
pub mod slcp_distractors;
#[cfg(test)]
pub(crate) mod stein;
mod stored;
pub mod toy_gaussian;
pub mod toy_mixture;
pub mod two_moons;

pub use stored::Benchmark;

/// A benchmark task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// [`gaussian_linear`]
    GaussianLinear,
    /// [`slcp`]
    Slcp,
    /// [`sir`]
    Sir,
    /// [`lotka_volterra`]
    LotkaVolterra,
    /// [`gaussian_mixture`]
    GaussianMixture,
    /// [`gaussian_mixture_uniform`]
    GaussianMixtureUniform,
    /// [`bernoulli_glm`]
    BernoulliGlm,
    /// [`bernoulli_glm_raw`]
    BernoulliGlmRaw,
    /// [`two_moons`]
    TwoMoons,
    /// [`gaussian_linear_single`]
    GaussianLinearSingle,
    /// [`gaussian_linear_uniform`]
    GaussianLinearUniform,
    /// [`gaussian_mixture_single`]
    GaussianMixtureSingle,
    /// [`slcp_distractors`]
    SlcpDistractors,
    /// [`jansen_rit_3`]
    JansenRit3,
    /// [`jansen_rit_4`]
    JansenRit4,
    /// [`toy_gaussian`]
    ToyGaussian,
    /// [`toy_mixture`]
    ToyMixture,
}

/// There is no task of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no task `{name}`{}; the tasks are {}", did_you_mean(*suggestion), list(Task::names()))]
pub struct UnknownTask {
    /// The name given.
    pub name: String,
    /// The task that was probably meant.
    pub suggestion: Option<&'static str>,
}

/// Every task with its name.
const NAMES: [(Task, &str); 17] = [
    (Task::GaussianLinear, "gaussian_linear"),
    (Task::Slcp, "slcp"),
    (Task::Sir, "sir"),
    (Task::LotkaVolterra, "lotka_volterra"),
    (Task::GaussianMixture, "gaussian_mixture"),
    (Task::GaussianMixtureUniform, "gaussian_mixture_uniform"),
    (Task::BernoulliGlm, "bernoulli_glm"),
    (Task::BernoulliGlmRaw, "bernoulli_glm_raw"),
    (Task::TwoMoons, "two_moons"),
    (Task::GaussianLinearSingle, "gaussian_linear_single"),
    (Task::GaussianLinearUniform, "gaussian_linear_uniform"),
    (Task::GaussianMixtureSingle, "gaussian_mixture_single"),
    (Task::SlcpDistractors, "slcp_distractors"),
    (Task::JansenRit3, "jansen_rit_3"),
    (Task::JansenRit4, "jansen_rit_4"),
    (Task::ToyGaussian, "toy_gaussian"),
    (Task::ToyMixture, "toy_mixture"),
];

impl Task {
    /// Every task.
    pub const ALL: [Self; NAMES.len()] = {
        let mut all = [Self::Slcp; NAMES.len()];
        let mut k = 0;
        while k < all.len() {
            all[k] = NAMES[k].0;
            k += 1;
        }
        all
    };

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(task, _)| *task == self).map_or("", |(_, name)| name)
    }

    /// Every name, in the order of [`ALL`](Self::ALL).
    pub fn names() -> [&'static str; NAMES.len()] {
        NAMES.map(|(_, name)| name)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Task {
    type Err = UnknownTask;

    fn from_str(name: &str) -> Result<Self, UnknownTask> {
        Self::ALL
            .into_iter()
            .find(|task| task.name() == name)
            .ok_or_else(|| UnknownTask { name: name.to_owned(), suggestion: nearest(name, Self::names()) })
    }
}

#[cfg(test)]
mod tests {
    use super::Task;

    #[test]
    fn names() {
        for task in Task::ALL {
            assert_eq!(task.name().parse(), Ok(task));
        }
        let error = "sri".parse::<Task>().expect_err("a slip");
        let expected = "there is no task `sri` (did you mean `sir`?); the tasks are \
                        `gaussian_linear`, `slcp`, `sir`, `lotka_volterra`, `gaussian_mixture`";
        assert!(error.to_string().starts_with(expected), "{error}");
        let error = "three_suns".parse::<Task>().expect_err("not here");
        assert!(error.to_string().starts_with("there is no task `three_suns`; the tasks are"));
    }
}
