//! Collect the families that a `#[prior(...)]` can name.
//!
//! Every map to latent coordinates goes through the logarithm of the smaller tail, so that it keeps its digits in both.
//! A draw that would leave the range of `f64` stays at the last representable number inside the support, and a value
//! exactly at a closed end counts as the nearest representable interior point, so that its latent value is finite.

mod beta;
mod gamma;
mod half;
mod mixture;
mod mv_normal;
mod normal;
mod student_t;
mod truncated_normal;
mod uniform;

pub use beta::Beta;
pub use gamma::{Gamma, InverseGamma};
pub use half::{Exponential, HalfCauchy, HalfNormal};
pub use mixture::Mixture;
pub use mv_normal::MvNormal;
pub use normal::{LogNormal, Normal};
pub use student_t::{Cauchy, StudentT};
pub use truncated_normal::TruncatedNormal;
pub use uniform::{LogUniform, Uniform};

use super::FamilyError;
use super::special::TINY;

const fn is_positive(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

/// The error that says what would be right.
const fn refuse<T>(message: &'static str) -> Result<T, FamilyError> {
    Err(FamilyError { message })
}

/// A number as a table shows it: plain where that is short.
fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() || (1e-3..1e7).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// `Name(a, b)`
fn call(name: &str, arguments: &[f64]) -> String {
    format!("{name}({})", arguments.iter().map(|&argument| number(argument)).collect::<Vec<_>>().join(", "))
}

/// A positive number that f64 can hold.
fn clamp_positive(value: f64) -> f64 {
    value.clamp(TINY, f64::MAX)
}

/// A number that f64 can hold.
fn clamp_finite(value: f64) -> f64 {
    value.clamp(f64::MIN, f64::MAX)
}
