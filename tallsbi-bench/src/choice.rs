//! Name what can be chosen on the command line: composer, sampler, set size, sets of observations.

use std::fmt;
use std::str::FromStr;

use tallsbi::diffusion::Parameterisation;
use tallsbi::sample::TallPlan;

use crate::suggest::{did_you_mean, list, nearest};

/// A composer by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComposerChoice {
    /// `gauss`
    Gauss,
    /// `gauss-pilot`: with covariances of 1,000 pilot draws of 30 steps, as published
    GaussPilot,
    /// `jac`
    Jac,
    /// `jac-clip`
    JacClip,
    /// `factorized`
    Factorized,
    /// `factorized-diffused`
    FactorizedDiffused,
}

/// A sampler with its number of steps or levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplerChoice {
    /// `tall:<steps>`, the default: DPM-Solver++(2M), corrected where observations are composed
    Tall(usize),
    /// `dpm:<steps>`
    Dpm(usize),
    /// `dpm3:<steps>`
    Dpm3(usize),
    /// `ddim:<steps>`
    Ddim(usize),
    /// `langevin:<levels>`
    Langevin(usize),
    /// `tamed:<levels>`
    Tamed(usize),
    /// `geffner:<steps>`
    Geffner(usize),
}

/// What the network predicts, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredictionChoice {
    /// `gaussian`, the default: what a Gaussian baseline leaves
    Gaussian,
    /// `prior`: what an observation adds to the prior
    Prior,
    /// `noise`: the noise itself, as published
    Noise,
}

/// The largest set that a network sees at once. It is part of the network's type, hence the choice of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NMax {
    /// Single observations.
    One,
    /// Sets of up to three.
    Three,
}

/// The type of network, one for every combination that tasks are compiled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkChoice {
    /// The task's own, on single observations.
    Single,
    /// The task's own, on sets of up to three.
    SetsOfThree,
    /// A separable one, on single observations.
    Separable,
}

/// A choice that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// No composer of this name.
    #[error("there is no composer `{name}`{}; the composers are {}", did_you_mean(*suggestion), list(ComposerChoice::NAMES.map(|(name, _)| name)))]
    Composer {
        /// The name given.
        name: String,
        /// The one that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// Nothing of this name is predicted.
    #[error("no network predicts `{name}`{}; it may predict {}", did_you_mean(*suggestion), list(PredictionChoice::NAMES.map(|(name, _)| name)))]
    Prediction {
        /// The name given.
        name: String,
        /// The one that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// No sampler of this name.
    #[error("there is no sampler `{name}`{}; the samplers are {}", did_you_mean(*suggestion), list(SamplerChoice::EXAMPLES))]
    Sampler {
        /// The name given.
        name: String,
        /// The one that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// What follows the colon of a sampler is not a number of steps.
    #[error("`{text}` is not a number of steps, at least 1; write for example `{name}:{usual}`")]
    Steps {
        /// What was given.
        text: String,
        /// The sampler.
        name: &'static str,
        /// Its usual number.
        usual: usize,
    },
    /// A set size for which there is no network.
    #[error("`{text}` is not a set size of these tasks, choose 1 or 3: it is part of a network's type")]
    NMax {
        /// What was given.
        text: String,
    },
    /// Not a list of numbers and ranges.
    #[error("`{text}` is not a list of numbers of at least 1; write for example `1,8,30` or `1-8`")]
    List {
        /// What was given.
        text: String,
    },
}

/// The choice of this name, or the name that was probably meant.
fn named<T, const N: usize>(names: [(&'static str, T); N], name: &str) -> Result<T, Option<&'static str>> {
    let suggestion = nearest(name, names.each_ref().map(|(name, _)| *name));
    names.into_iter().find(|(other, _)| *other == name).map(|(_, choice)| choice).ok_or(suggestion)
}

impl ComposerChoice {
    const NAMES: [(&'static str, Self); 6] = [
        ("gauss", Self::Gauss),
        ("gauss-pilot", Self::GaussPilot),
        ("jac", Self::Jac),
        ("jac-clip", Self::JacClip),
        ("factorized", Self::Factorized),
        ("factorized-diffused", Self::FactorizedDiffused),
    ];
}

impl FromStr for ComposerChoice {
    type Err = ChoiceError;

    fn from_str(name: &str) -> Result<Self, ChoiceError> {
        named(Self::NAMES, name).map_err(|suggestion| ChoiceError::Composer { name: name.to_owned(), suggestion })
    }
}

impl PredictionChoice {
    const NAMES: [(&'static str, Self); 3] =
        [("gaussian", Self::Gaussian), ("prior", Self::Prior), ("noise", Self::Noise)];

    /// As the library says it.
    pub fn parameterisation(self) -> Parameterisation {
        match self {
            Self::Gaussian => Parameterisation::default(),
            Self::Prior => Parameterisation::ResidualToPrior { clip: 4.0 },
            Self::Noise => Parameterisation::Noise,
        }
    }
}

impl FromStr for PredictionChoice {
    type Err = ChoiceError;

    fn from_str(name: &str) -> Result<Self, ChoiceError> {
        named(Self::NAMES, name).map_err(|suggestion| ChoiceError::Prediction { name: name.to_owned(), suggestion })
    }
}

/// Name, published number of steps, constructor.
type NamedSampler = (&'static str, usize, fn(usize) -> SamplerChoice);

impl SamplerChoice {
    /// Each sampler with its usual number of steps or levels.
    const EXAMPLES: [&'static str; 7] =
        ["tall:40", "dpm:30", "dpm3:30", "ddim:1000", "langevin:400", "tamed:400", "geffner:1000"];
    const NAMES: [NamedSampler; 7] = [
        ("tall", 40, Self::Tall),
        ("dpm", 30, Self::Dpm),
        ("dpm3", 30, Self::Dpm3),
        ("ddim", 1000, Self::Ddim),
        ("langevin", 400, Self::Langevin),
        ("tamed", 400, Self::Tamed),
        ("geffner", 1000, Self::Geffner),
    ];
}

impl Default for SamplerChoice {
    /// The library's own default.
    fn default() -> Self {
        Self::Tall(TallPlan::default().steps)
    }
}

impl SamplerChoice {
    /// Its steps or levels.
    pub fn steps(&self) -> usize {
        match *self {
            Self::Tall(steps)
            | Self::Dpm(steps)
            | Self::Dpm3(steps)
            | Self::Ddim(steps)
            | Self::Langevin(steps)
            | Self::Tamed(steps)
            | Self::Geffner(steps) => steps,
        }
    }
}

impl fmt::Display for SamplerChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, _, make)| make(self.steps()) == *self).map_or("", |(name, ..)| name);
        write!(formatter, "{name}:{}", self.steps())
    }
}

impl FromStr for SamplerChoice {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        let (found, steps) = text.split_once(':').map_or((text, None), |(name, steps)| (name, Some(steps)));
        let Some((name, usual, make)) = Self::NAMES.into_iter().find(|(name, ..)| *name == found) else {
            let suggestion = nearest(found, Self::NAMES.map(|(name, ..)| name));
            return Err(ChoiceError::Sampler { name: found.to_owned(), suggestion });
        };
        match steps.map(str::parse) {
            None => Ok(make(usual)),
            Some(Ok(steps)) if steps > 0 => Ok(make(steps)),
            Some(_) => Err(ChoiceError::Steps { text: steps.unwrap_or_default().to_owned(), name, usual }),
        }
    }
}

impl NetworkChoice {
    /// Every type, the usual one first.
    pub const ALL: [Self; 3] = [Self::Single, Self::SetsOfThree, Self::Separable];

    /// The network for a set size, separable or not; `None` where there is none.
    pub fn of(n_max: NMax, separable: bool) -> Option<Self> {
        match (n_max, separable) {
            (NMax::One, false) => Some(Self::Single),
            (NMax::Three, false) => Some(Self::SetsOfThree),
            (NMax::One, true) => Some(Self::Separable),
            (NMax::Three, true) => None,
        }
    }
}

impl fmt::Display for NetworkChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Single => "n_max 1",
            Self::SetsOfThree => "n_max 3",
            Self::Separable => "separable",
        })
    }
}

impl FromStr for NMax {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        match text {
            "1" => Ok(Self::One),
            "3" => Ok(Self::Three),
            _ => Err(ChoiceError::NMax { text: text.to_owned() }),
        }
    }
}

/// Numbers and ranges of at least 1, as `1,8,30` or `1-8`, in the order given, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers(pub Vec<usize>);

/// A longer range is a slip of the fingers.
const LONGEST_RANGE: usize = 10_000;

impl FromStr for Numbers {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        let number = |part: &str| part.trim().parse::<usize>().ok().filter(|number| *number > 0);
        let mut numbers = Vec::new();
        for part in text.split(',') {
            let range = match part.split_once('-') {
                Some((first, last)) => number(first).zip(number(last)),
                None => number(part).map(|only| (only, only)),
            };
            match range {
                Some((first, last)) if first <= last && last - first < LONGEST_RANGE => {
                    let new: Vec<usize> = (first..=last).filter(|number| !numbers.contains(number)).collect();
                    numbers.extend(new);
                }
                _ => return Err(ChoiceError::List { text: text.to_owned() }),
            }
        }
        Ok(Self(numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::{ComposerChoice, NMax, Numbers, PredictionChoice, SamplerChoice};

    #[track_caller]
    fn refused<T: std::str::FromStr<Err = super::ChoiceError> + std::fmt::Debug>(text: &str, part: &str) {
        let error = text.parse::<T>().expect_err("refused");
        assert!(error.to_string().contains(part), "{error}");
    }

    #[test]
    fn composers() {
        for (name, choice) in ComposerChoice::NAMES {
            assert_eq!(name.parse(), Ok(choice));
        }
        refused::<ComposerChoice>(
            "gaus",
            "no composer `gaus` (did you mean `gauss`?); the composers are `gauss`, `gauss-pilot`",
        );
        refused::<ComposerChoice>("jac_clip", "(did you mean `jac-clip`?)");
    }

    #[test]
    fn predictions() {
        for (name, choice) in PredictionChoice::NAMES {
            assert_eq!(name.parse(), Ok(choice));
        }
        refused::<PredictionChoice>(
            "nois",
            "no network predicts `nois` (did you mean `noise`?); it may predict `gaussian`",
        );
    }

    #[test]
    fn samplers() {
        for text in SamplerChoice::EXAMPLES {
            let name = text.split(':').next().expect("a name");
            assert_eq!(text.parse::<SamplerChoice>(), name.parse::<SamplerChoice>());
            assert_eq!(text.parse::<SamplerChoice>().map(|choice| choice.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("tall".parse(), Ok(SamplerChoice::default()));
        assert_eq!("dpm:15".parse(), Ok(SamplerChoice::Dpm(15)));
        refused::<SamplerChoice>(
            "dmp:30",
            "no sampler `dmp` (did you mean `dpm`?); the samplers are `tall:40`, `dpm:30`",
        );
        for text in ["dpm:0", "dpm:", "dpm:-3", "dpm:many", "dpm:1.5"] {
            refused::<SamplerChoice>(text, "is not a number of steps, at least 1; write for example `dpm:30`");
        }
    }

    #[test]
    fn sizes_and_lists() {
        assert_eq!(("1".parse(), "3".parse()), (Ok(NMax::One), Ok(NMax::Three)));
        refused::<NMax>("0", "`0` is not a set size of these tasks, choose 1 or 3");
        assert_eq!("1,8,30".parse(), Ok(Numbers(vec![1, 8, 30])));
        assert_eq!("1-3, 2,7-8".parse(), Ok(Numbers(vec![1, 2, 3, 7, 8])));
        for text in ["", "0", "3-1", "1,,2", "a", "1-", "-1", "1-99999999999"] {
            refused::<Numbers>(text, "is not a list of numbers of at least 1");
        }
    }
}
