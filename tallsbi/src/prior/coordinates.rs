//! Map parameters to the coordinates of arXiv:2404.07593: logarithm where the prior is log-normal, then z-score.

use serde::{Deserialize, Serialize};

use super::walk::{Piece, record};
use super::{ClosedFormDiffusion, DeclaredPrior, PriorError};

/// The paper's coordinates: u_k = (g_k(θ_k) − mean_k) / sd_k with g_k = ln where the prior is normal (or uniform) in the
/// logarithm, and the identity elsewhere.
///
/// # Not to be confused with
/// The default prior-Gaussian coordinates ([`LatentPrior`](super::LatentPrior)), in which every declared prior is N(0, I).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct PaperCoordinates<const M: usize> {
    mean: [f64; M],
    sd: [f64; M],
    log: [bool; M],
}

impl<const M: usize> PaperCoordinates<M> {
    /// From the mean and standard deviation of each component (after the logarithm, where `log`).
    ///
    /// # Errors
    /// A mean is not finite or a standard deviation not positive and finite; the component is named by its index.
    pub fn new(mean: [f64; M], sd: [f64; M], log: [bool; M]) -> Result<Self, PriorError> {
        for k in 0..M {
            if !(mean[k].is_finite() && sd[k] > 0.0 && sd[k].is_finite()) {
                return Err(PriorError::Standardisation { name: k.to_string(), mean: mean[k], sd: sd[k] });
            }
        }
        Ok(Self { mean, sd, log })
    }

    /// The coordinates of the declared prior of `P`, standardised by draws (natural units), with the n − 1 standard
    /// deviation, as the published code does.
    ///
    /// # Errors
    /// The prior has no closed form; a draw is outside the domain of the logarithm; a component is constant, or there are
    /// fewer than two draws.
    pub fn fit<P: DeclaredPrior<M> + ClosedFormDiffusion>(draws: &[[f64; M]]) -> Result<Self, PriorError> {
        let plain = Self::unscaled::<P>()?;
        let rows = draws.iter().map(|draw| plain.forward(draw)).collect::<Result<Vec<_>, _>>()?;
        plain.standardised_by::<P>(&rows)
    }

    /// These coordinates, z-scored by what they make of draws.
    ///
    /// # Errors
    /// A component is constant, or there are fewer than two draws.
    pub(crate) fn standardised_by<P: DeclaredPrior<M>>(self, rows: &[[f64; M]]) -> Result<Self, PriorError> {
        let n = rows.len() as f64;
        let mean: [f64; M] = std::array::from_fn(|k| rows.iter().map(|row| row[k]).sum::<f64>() / n);
        let sd: [f64; M] = std::array::from_fn(|k| {
            (rows.iter().map(|row| (row[k] - mean[k]).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
        });
        for (k, label) in P::labels().into_iter().enumerate() {
            if !(mean[k].is_finite() && sd[k] > 0.0 && sd[k].is_finite()) {
                return Err(PriorError::Standardisation { name: label.name, mean: mean[k], sd: sd[k] });
            }
        }
        Ok(Self { mean, sd, log: self.log })
    }

    /// The declared prior's logarithms alone, without z-scores.
    ///
    /// # Errors
    /// The prior has no closed form.
    pub(crate) fn unscaled<P: DeclaredPrior<M> + ClosedFormDiffusion>() -> Result<Self, PriorError> {
        Ok(Self { mean: [0.0; M], sd: [1.0; M], log: logarithmic::<P, M>()? })
    }

    /// Means that standardise, after the logarithm.
    pub fn mean(&self) -> &[f64; M] {
        &self.mean
    }

    /// Standard deviations that standardise, after the logarithm.
    pub fn sd(&self) -> &[f64; M] {
        &self.sd
    }

    /// Which components are logarithms.
    pub fn log(&self) -> &[bool; M] {
        &self.log
    }

    /// Natural units to the paper's coordinates.
    ///
    /// # Errors
    /// A component is not finite, or not positive where the logarithm is taken; it is named by its index.
    pub fn forward(&self, theta: &[f64; M]) -> Result<[f64; M], PriorError> {
        let mut out = [0.0; M];
        for k in 0..M {
            let value = if self.log[k] { theta[k].ln() } else { theta[k] };
            if !value.is_finite() {
                let low = if self.log[k] { 0.0 } else { f64::NEG_INFINITY };
                return Err(PriorError::OutOfSupport {
                    name: k.to_string(),
                    value: theta[k],
                    prior: if self.log[k] { "its logarithm" } else { "a real number" }.to_owned(),
                    low,
                    high: f64::INFINITY,
                });
            }
            out[k] = (value - self.mean[k]) / self.sd[k];
        }
        Ok(out)
    }

    /// ln |det du/dθ| at θ: −Σ ln sd_k, and −Σ ln θ_k over the logarithms.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn ln_jacobian(&self, theta: &[f64; M]) -> Result<f64, PriorError> {
        self.forward(theta)?;
        Ok((0..M).map(|k| -self.sd[k].ln() - if self.log[k] { theta[k].ln() } else { 0.0 }).sum())
    }

    /// The paper's coordinates to natural units.
    pub fn inverse(&self, u: &[f64; M]) -> [f64; M] {
        std::array::from_fn(|k| {
            let value = self.mean[k] + self.sd[k] * u[k];
            if self.log[k] { value.exp() } else { value }
        })
    }
}

/// Which components of `P` the paper's coordinates take the logarithm of.
fn logarithmic<P: DeclaredPrior<M>, const M: usize>() -> Result<[bool; M], PriorError> {
    let mut log = [false; M];
    let mut index = 0;
    for piece in record::<P, M>()? {
        match piece {
            Piece::Scalar(closed_form) => {
                log[index] = closed_form.is_logarithmic();
                index += 1;
            }
            Piece::Normal(mean, _) => index += mean.len(),
        }
    }
    Ok(log)
}

/// What a file holds: serde has no arrays of generic length.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    mean: Vec<f64>,
    sd: Vec<f64>,
    log: Vec<bool>,
}

impl<const M: usize> From<PaperCoordinates<M>> for Stored {
    fn from(coordinates: PaperCoordinates<M>) -> Self {
        Self { mean: coordinates.mean.to_vec(), sd: coordinates.sd.to_vec(), log: coordinates.log.to_vec() }
    }
}

impl<const M: usize> TryFrom<Stored> for PaperCoordinates<M> {
    type Error = PriorError;
    fn try_from(stored: Stored) -> Result<Self, PriorError> {
        let wrong = |declared| PriorError::ComponentCount { declared, expected: M };
        Self::new(
            stored.mean.try_into().map_err(|mean: Vec<f64>| wrong(mean.len()))?,
            stored.sd.try_into().map_err(|sd: Vec<f64>| wrong(sd.len()))?,
            stored.log.try_into().map_err(|log: Vec<bool>| wrong(log.len()))?,
        )
    }
}
