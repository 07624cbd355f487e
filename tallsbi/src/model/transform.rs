//! Transform a component of an observation before it is standardised (`#[transform(log)]`).

use serde::{Deserialize, Serialize};

/// A monotone map applied to one observed component before standardisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// x
    #[default]
    Identity,
    /// ln x, for x > 0
    Log,
    /// ln(1 + x), for x > −1
    Log1p,
    /// √x, for x ≥ 0
    Sqrt,
    /// ln(x / (1 − x)), for 0 < x < 1
    Logit,
    /// asinh x, for any x: linear near 0, logarithmic far out
    Asinh,
}

/// A value that is not finite, or outside the domain of its transform.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{value} {}", .transform.refusal(*.value))]
pub struct TransformError {
    /// The transform that refused.
    pub transform: Transform,
    /// The value refused.
    pub value: f64,
}

impl Transform {
    /// Applies the transform.
    ///
    /// # Errors
    /// The value is outside the transform's domain, or not finite.
    pub fn apply(self, value: f64) -> Result<f64, TransformError> {
        let transformed = match self {
            Self::Identity => value,
            Self::Log => value.ln(),
            Self::Log1p => value.ln_1p(),
            Self::Sqrt => value.sqrt(),
            Self::Logit => value.ln() - (-value).ln_1p(),
            Self::Asinh => value.asinh(),
        };
        if transformed.is_finite() { Ok(transformed) } else { Err(TransformError { transform: self, value }) }
    }

    /// Why `value` is refused.
    fn refusal(self, value: f64) -> String {
        if !value.is_finite() {
            return "is not finite".to_owned();
        }
        let what = match self {
            Self::Identity => "finite value",
            Self::Log => "logarithm",
            Self::Log1p => "ln(1 + x)",
            Self::Sqrt => "square root",
            Self::Logit => "logit",
            Self::Asinh => "asinh",
        };
        format!("has no {what}: choose another #[transform(...)] or remove the value")
    }

    /// The inverse of [`apply`](Self::apply).
    pub fn invert(self, value: f64) -> f64 {
        match self {
            Self::Identity => value,
            Self::Log => value.exp(),
            Self::Log1p => value.exp_m1(),
            Self::Sqrt => value * value,
            Self::Logit => 1.0 / (1.0 + (-value).exp()),
            Self::Asinh => value.sinh(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Transform;

    #[test]
    fn inverts_and_refuses() {
        for transform in
            [Transform::Identity, Transform::Log, Transform::Log1p, Transform::Sqrt, Transform::Logit, Transform::Asinh]
        {
            for value in [1e-6, 0.3, 0.999] {
                let back = transform.invert(transform.apply(value).expect("inside every domain"));
                assert!((back - value).abs() < 1e-12, "{transform:?} {value} {back}");
            }
            assert!(transform.apply(f64::NAN).is_err());
        }
        for (transform, outside) in
            [(Transform::Log, 0.0), (Transform::Log1p, -1.0), (Transform::Sqrt, -1.0), (Transform::Logit, 1.0)]
        {
            assert!(transform.apply(outside).is_err(), "{transform:?}");
        }
    }
}
