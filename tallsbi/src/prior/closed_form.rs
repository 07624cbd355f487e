//! Name the families whose diffusion has a closed form in the paper's coordinates.

/// A one-dimensional family that diffuses in closed form, with its arguments in natural units.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ClosedForm {
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
    },
    /// Normal in the logarithm.
    LogNormal {
        /// Mean of ln x.
        mu: f64,
        /// Standard deviation of ln x.
        sigma: f64,
    },
    /// Uniform.
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Uniform in the logarithm.
    LogUniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Mixture of normals.
    Mixture {
        /// (weight, mean, sd) of each component.
        components: Vec<(f64, f64, f64)>,
    },
}

impl ClosedForm {
    /// Whether the paper's coordinates take the logarithm first.
    pub fn is_logarithmic(&self) -> bool {
        matches!(self, Self::LogNormal { .. } | Self::LogUniform { .. })
    }
}

/// A parameter struct whose fields all have closed-form families (`Normal`, `LogNormal`, `Uniform`, `LogUniform`,
/// `Mixture`, `MvNormal`) whose arguments name no other field. `#[derive(Parameters)]` implements it where that holds.
#[diagnostic::on_unimplemented(
    message = "the diffused prior of `{Self}` has no closed form in the paper's coordinates",
    label = "a field has a family without one, or its prior names another field",
    note = "use the default prior-Gaussian coordinates, where every declared prior diffuses exactly, or learn the prior's score: `.standardised_coordinates().learned_prior()`"
)]
pub trait ClosedFormDiffusion {}
