//! Declare the benchmark tasks in the language of tallsbi, and name them.

use std::fmt;
use std::str::FromStr;

use crate::suggest::{did_you_mean, list, nearest};

pub mod gaussian_linear;
pub mod lotka_volterra;
pub mod sir;
pub mod slcp;

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

impl Task {
    /// Every task.
    pub const ALL: [Self; 4] = [Self::GaussianLinear, Self::Slcp, Self::Sir, Self::LotkaVolterra];

    /// The name on the command line and of the reference files.
    pub fn name(self) -> &'static str {
        match self {
            Self::GaussianLinear => "gaussian_linear",
            Self::Slcp => "slcp",
            Self::Sir => "sir",
            Self::LotkaVolterra => "lotka_volterra",
        }
    }

    fn names() -> [&'static str; 4] {
        Self::ALL.map(Self::name)
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
                        `gaussian_linear`, `slcp`, `sir`, `lotka_volterra`";
        assert_eq!(error.to_string(), expected);
        let error = "two_moons".parse::<Task>().expect_err("not here");
        assert!(error.to_string().starts_with("there is no task `two_moons`; the tasks are"));
    }
}
