//! Choose how precisely the wide layers of a network are multiplied while sampling.

use std::{fmt, str::FromStr};

/// How precisely the wide layers of a network are multiplied while sampling, where the tile unit of the machine makes a difference.
///
/// Scores whose Jacobians are taken, and the forward pass of training, are always at [`Highest`](Self::Highest), and so is everything on machines
/// without the unit; gradients and validation are at [`High`](Self::High), Jacobians and log-densities at that or higher. Sums are in `f32` in all cases. The names are those of PyTorch's `set_float32_matmul_precision`.
///
/// Sampling chooses by the number of factors, because errors of single scores add up ([`for_factors`](Self::for_factors)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precision {
    /// As exact as products of `f32`: three digits to the base 256 for a number, eight products.
    Highest,
    /// Exact to about 10⁻⁶: the same digits, six products.
    High,
    /// Exact to about 4·10⁻³: a brain float for a number, one product.
    Medium,
}

impl Precision {
    const NAMES: [(&'static str, Self); 3] =
        [("highest", Self::Highest), ("high", Self::High), ("medium", Self::Medium)];

    /// What sampling uses by default: the fastest that moves a draw by no more than about a hundredth of the posterior's standard
    /// deviation where `n` scores are added (`docs/benchmarks.md` has the measurement).
    pub fn for_factors(n: usize) -> Self {
        match n {
            0..=50 => Self::Medium,
            51..=1000 => Self::High,
            _ => Self::Highest,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, precision)| precision == self).map_or("", |(name, _)| name);
        formatter.write_str(name)
    }
}

/// No precision has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no precision `{name}`; there are `highest`, `high` and `medium`")]
pub struct UnknownPrecision {
    /// What was given.
    pub name: String,
}

impl FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(text: &str) -> Result<Self, UnknownPrecision> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, precision)| *precision).ok_or_else(|| UnknownPrecision { name: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::Precision;

    #[test]
    fn names_are_read_as_they_are_written() {
        for (name, precision) in Precision::NAMES {
            assert_eq!((precision.to_string().as_str(), name.parse()), (name, Ok(precision)));
        }
        let error = "double".parse::<Precision>().expect_err("refused").to_string();
        assert!(error.contains("no precision `double`"), "{error}");
    }
}
