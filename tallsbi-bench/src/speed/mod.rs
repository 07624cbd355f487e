//! Measure how fast networks train, evaluate and sample on this machine, through the library's public interface.
//!
//! Speed does not depend on what a network has learned, so the posterior that is sampled is trained for two epochs on
//! 1,000 simulations of SLCP: 5 parameters, observations of 8 numbers, the default network of 3 hidden layers of 256 units.

mod memory;
mod network;
mod report;
mod tall;

use std::fmt;
use std::str::FromStr;
use std::time::Instant;

use tallsbi::net::{NetworkError, Precision, Separable};
use tallsbi::train::TrainError;

pub use self::memory::{peak_mib, reset_peak};
pub use self::report::{Forward, Machine, Product, Report, Sampled, Training};
pub use self::tall::{Scaling, Work};

use crate::inference::InferenceError;
use crate::tasks::slcp::SlcpNetwork;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The matrix product that networks run on.
    Product,
    /// A training step.
    Training,
    /// A forward pass of 4,096 rows.
    Forward,
    /// Tall sampling with the default sampler.
    Sampling,
    /// The same with a separable network.
    Separable,
    /// GAUSS with 1,000 steps of DDIM, 30 observations.
    Ddim,
    /// 10,000 draws given 10,000 observations, in few steps: for the memory.
    Large,
    /// Time against observations and against draws.
    Scaling,
}

impl Part {
    const NAMES: [(&'static str, Self); 8] = [
        ("product", Self::Product),
        ("training", Self::Training),
        ("forward", Self::Forward),
        ("sampling", Self::Sampling),
        ("separable", Self::Separable),
        ("ddim", Self::Ddim),
        ("large", Self::Large),
        ("scaling", Self::Scaling),
    ];
    /// What is measured unless parts are named: all but what takes minutes and is only about memory and growth.
    pub const DEFAULT: [Self; 6] =
        [Self::Product, Self::Training, Self::Forward, Self::Sampling, Self::Separable, Self::Ddim];
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, part)| part == self).map_or("", |(name, _)| name);
        formatter.write_str(name)
    }
}

/// Parts by name, as `product,forward`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts(pub Vec<Part>);

/// No part has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no part `{name}`; the parts are {}", crate::suggest::list(Part::NAMES.iter().map(|(name, _)| *name)))]
pub struct UnknownPart {
    /// What was given.
    pub name: String,
}

impl FromStr for Parts {
    type Err = UnknownPart;

    fn from_str(text: &str) -> Result<Self, UnknownPart> {
        let part = |name: &str| {
            let found = Part::NAMES.iter().find(|(other, _)| *other == name.trim());
            found.map(|(_, part)| *part).ok_or_else(|| UnknownPart { name: name.to_owned() })
        };
        text.split(',').map(part).collect::<Result<_, _>>().map(Self)
    }
}

/// Why speed could not be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpeedError {
    /// A posterior could not be trained or sampled.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// A network could not be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A network could not be evaluated.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

impl From<tallsbi::posterior::Error> for SpeedError {
    fn from(error: tallsbi::posterior::Error) -> Self {
        Self::Inference(error.into())
    }
}

/// Measures `parts`, sampling at `precision` or the default; with `quick`, small versions that take a second.
///
/// # Errors
/// A network or a posterior could not be made or used.
pub fn measure(parts: &[Part], precision: Option<Precision>, quick: bool) -> Result<Report, SpeedError> {
    let mut report = Report { quick, ..Report::of_this_machine() };
    for part in parts {
        match part {
            Part::Product => report.product = Some(network::product(quick)),
            Part::Training => report.training = network::training(quick)?,
            Part::Forward => report.forward = Some(network::forward(quick)?),
            _ => {}
        }
    }
    if parts.iter().any(|part| matches!(part, Part::Sampling | Part::Ddim | Part::Large | Part::Scaling)) {
        let posterior = tall::posterior::<SlcpNetwork>(quick)?;
        for part in parts {
            match part {
                Part::Sampling => report.sampling.extend(tall::default_sampler(&posterior, precision, quick)?),
                Part::Ddim => report.sampling.push(tall::ddim(&posterior, precision, quick)?),
                Part::Large => report.sampling.push(tall::large(&posterior, precision, quick)?),
                Part::Scaling => report.scaling.extend(tall::scaling("mlp", &posterior, precision, quick)?),
                _ => {}
            }
        }
    }
    if parts.contains(&Part::Separable) {
        report.sampling.extend(tall::separable(precision, quick)?);
    }
    if parts.contains(&Part::Scaling) {
        report.scaling.extend(tall::scaling(
            "separable",
            &tall::posterior::<Separable<5, 8>>(quick)?,
            precision,
            quick,
        )?);
    }
    report.share_of_peak();
    Ok(report)
}

/// The median of the seconds that `repeats` calls take, each after the other; one call before them does not count.
fn median_seconds<E>(repeats: usize, mut call: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    call()?;
    let mut seconds = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let start = Instant::now();
        call()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[repeats / 2])
}

#[cfg(test)]
mod tests {
    use super::{Part, Parts};

    #[test]
    fn parts_by_name() {
        assert_eq!("product, ddim".parse(), Ok(Parts(vec![Part::Product, Part::Ddim])));
        for (name, part) in Part::NAMES {
            assert_eq!(part.to_string(), name);
        }
        let error = "product,gemm".parse::<Parts>().expect_err("refused").to_string();
        assert!(error.starts_with("there is no part `gemm`; the parts are `product`, `training`"), "{error}");
    }
}
