//! Implement the passes over a declared prior: forward, inverse, density, description and closed forms.

use super::{ClosedForm, DeclaredPrior, FamilyError, MvNormal, PriorError, PriorWalk, Univariate};
use crate::model::Label;

/// What one pass does with a component, or with a block of jointly normal ones. `index` is within bounds.
pub(super) trait Step {
    /// The value of component `index`.
    fn scalar<F: Univariate>(&mut self, index: usize, family: &F) -> Result<f64, Refused>;
    /// The values of components `index..index + K`.
    fn block<const K: usize>(&mut self, index: usize, family: &MvNormal<K>) -> Result<[f64; K], Refused>;
}

/// Why a step refused the component at `index`; the pass adds the name.
pub(super) struct Refused {
    index: usize,
    why: Reason,
}

enum Reason {
    OutOfSupport { value: f64, prior: String, support: (f64, f64) },
    NoClosedForm { prior: String },
}

/// A step, where it stands, and the names for its errors.
pub(super) struct Pass<S, const M: usize> {
    step: S,
    index: usize,
    labels: fn() -> [Label; M],
}

impl<S: Step, const M: usize> Pass<S, M> {
    /// Walks the prior of `P` and gives the step back.
    pub(super) fn run<P: DeclaredPrior<M>>(step: S) -> Result<S, PriorError> {
        Self::over(step, P::labels, |pass| P::declare(pass))
    }

    /// Walks what `declare` declares and gives the step back.
    pub(super) fn over(
        step: S,
        labels: fn() -> [Label; M],
        declare: impl FnOnce(&mut Self) -> Result<(), PriorError>,
    ) -> Result<S, PriorError> {
        let mut pass = Self { step, index: 0, labels };
        declare(&mut pass)?;
        if pass.index != M {
            return Err(PriorError::ComponentCount { declared: pass.index, expected: M });
        }
        Ok(pass.step)
    }

    fn name(&self, index: usize) -> String {
        (self.labels)().into_iter().nth(index).map_or_else(String::new, |label| label.name)
    }

    /// Claims the next `count` components for a valid family.
    fn claim<F>(&mut self, count: usize, family: Result<F, FamilyError>) -> Result<(usize, F), PriorError> {
        let index = self.index;
        if index + count > M {
            return Err(PriorError::ComponentCount { declared: index + count, expected: M });
        }
        let family = family.map_err(|error| PriorError::InvalidFamily { name: self.name(index), error })?;
        self.index += count;
        Ok((index, family))
    }

    fn explain(&self, refused: Refused) -> PriorError {
        let name = self.name(refused.index);
        match refused.why {
            Reason::OutOfSupport { value, prior, support: (low, high) } => {
                PriorError::OutOfSupport { name, value, prior, low, high }
            }
            Reason::NoClosedForm { prior } => PriorError::NoClosedForm { name, prior },
        }
    }
}

impl<S: Step, const M: usize> PriorWalk for Pass<S, M> {
    fn scalar<F: Univariate>(&mut self, family: Result<F, FamilyError>) -> Result<f64, PriorError> {
        let (index, family) = self.claim(1, family)?;
        self.step.scalar(index, &family).map_err(|refused| self.explain(refused))
    }
    fn array<F: Univariate, const K: usize>(&mut self, family: Result<F, FamilyError>) -> Result<[f64; K], PriorError> {
        let (index, family) = self.claim(K, family)?;
        let mut values = [0.0; K];
        for (k, value) in values.iter_mut().enumerate() {
            *value = self.step.scalar(index + k, &family).map_err(|refused| self.explain(refused))?;
        }
        Ok(values)
    }
    fn multivariate<const K: usize>(
        &mut self,
        family: Result<MvNormal<K>, FamilyError>,
    ) -> Result<[f64; K], PriorError> {
        let (index, family) = self.claim(K, family)?;
        self.step.block(index, &family).map_err(|refused| self.explain(refused))
    }
}

/// θ to z.
pub(super) struct Forward<const M: usize> {
    pub(super) theta: [f64; M],
    pub(super) z: [f64; M],
}

impl<const M: usize> Step for Forward<M> {
    fn scalar<F: Univariate>(&mut self, index: usize, family: &F) -> Result<f64, Refused> {
        let value = self.theta[index];
        let z = family.to_latent(value);
        if z.is_nan() {
            return Err(out_of_support(index, value, family));
        }
        self.z[index] = z;
        Ok(value)
    }
    fn block<const K: usize>(&mut self, index: usize, family: &MvNormal<K>) -> Result<[f64; K], Refused> {
        let values = std::array::from_fn(|k| self.theta[index + k]);
        let z = family.to_latent(&values);
        for k in 0..K {
            if z[k].is_nan() {
                return Err(out_of_support_block(index, k, values[k], family));
            }
            self.z[index + k] = z[k];
        }
        Ok(values)
    }
}

/// z to θ.
pub(super) struct Inverse<const M: usize> {
    pub(super) z: [f64; M],
    pub(super) theta: [f64; M],
}

impl<const M: usize> Step for Inverse<M> {
    fn scalar<F: Univariate>(&mut self, index: usize, family: &F) -> Result<f64, Refused> {
        let value = family.from_latent(self.z[index]);
        if value.is_nan() {
            return Err(out_of_support(index, value, family));
        }
        self.theta[index] = value;
        Ok(value)
    }
    fn block<const K: usize>(&mut self, index: usize, family: &MvNormal<K>) -> Result<[f64; K], Refused> {
        let values = family.from_latent(&std::array::from_fn(|k| self.z[index + k]));
        for k in 0..K {
            if values[k].is_nan() {
                return Err(out_of_support_block(index, k, values[k], family));
            }
            self.theta[index + k] = values[k];
        }
        Ok(values)
    }
}

/// Σ ln p(θ_k | earlier).
pub(super) struct Density<const M: usize> {
    pub(super) theta: [f64; M],
    pub(super) sum: f64,
}

impl<const M: usize> Step for Density<M> {
    fn scalar<F: Univariate>(&mut self, index: usize, family: &F) -> Result<f64, Refused> {
        let value = self.theta[index];
        let ln_density = family.ln_density(value);
        // Outside the support nothing below may be evaluated: a later family could refuse its arguments.
        if ln_density.is_nan() || ln_density == f64::NEG_INFINITY {
            return Err(out_of_support(index, value, family));
        }
        self.sum += ln_density;
        Ok(value)
    }
    fn block<const K: usize>(&mut self, index: usize, family: &MvNormal<K>) -> Result<[f64; K], Refused> {
        let values = std::array::from_fn(|k| self.theta[index + k]);
        self.sum += family.ln_density(&values);
        Ok(values)
    }
}

/// Σ ln p(θ_k | earlier), and where every component may lie.
pub(super) struct Supported<const M: usize> {
    pub(super) density: Density<M>,
    pub(super) supports: [(f64, f64); M],
}

impl<const M: usize> Step for Supported<M> {
    fn scalar<F: Univariate>(&mut self, index: usize, family: &F) -> Result<f64, Refused> {
        self.supports[index] = family.support();
        self.density.scalar(index, family)
    }
    fn block<const K: usize>(&mut self, index: usize, family: &MvNormal<K>) -> Result<[f64; K], Refused> {
        self.density.block(index, family)
    }
}

/// Family names with every component at latent value `z`.
pub(super) struct Describe {
    pub(super) z: f64,
    pub(super) families: Vec<String>,
}

impl Step for Describe {
    fn scalar<F: Univariate>(&mut self, _: usize, family: &F) -> Result<f64, Refused> {
        self.families.push(family.describe());
        Ok(family.from_latent(self.z))
    }
    fn block<const K: usize>(&mut self, _: usize, family: &MvNormal<K>) -> Result<[f64; K], Refused> {
        self.families.extend((0..K).map(|k| family.describe(k)));
        Ok(family.from_latent(&[self.z; K]))
    }
}

/// One field's prior as the paper's coordinates need it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// One component.
    Scalar(ClosedForm),
    /// A block of jointly normal components: mean, and covariance by rows.
    Normal(Vec<f64>, Vec<Vec<f64>>),
}

/// Closed forms with every component at latent value `z`.
pub(super) struct Record {
    pub(super) z: f64,
    pub(super) pieces: Vec<Piece>,
}

impl Step for Record {
    fn scalar<F: Univariate>(&mut self, index: usize, family: &F) -> Result<f64, Refused> {
        let Some(closed_form) = family.closed_form() else {
            return Err(Refused { index, why: Reason::NoClosedForm { prior: family.describe() } });
        };
        self.pieces.push(Piece::Scalar(closed_form));
        Ok(family.from_latent(self.z))
    }
    fn block<const K: usize>(&mut self, _: usize, family: &MvNormal<K>) -> Result<[f64; K], Refused> {
        let rows = family.covariance().iter().map(|row| row.to_vec()).collect();
        self.pieces.push(Piece::Normal(family.mean().to_vec(), rows));
        Ok(family.from_latent(&[self.z; K]))
    }
}

/// The closed forms of the fields of `P`, which must not depend on one another.
pub(super) fn record<P: DeclaredPrior<M>, const M: usize>() -> Result<Vec<Piece>, PriorError> {
    let at = |z: f64| Ok(Pass::<Record, M>::run::<P>(Record { z, pieces: Vec::with_capacity(M) })?.pieces);
    let (pieces, moved): (Vec<Piece>, Vec<Piece>) = (at(0.0)?, at(0.1)?);
    let mut index = 0;
    for (piece, other) in pieces.iter().zip(&moved) {
        if piece != other {
            let name = P::labels().into_iter().nth(index).map_or_else(String::new, |label| label.name);
            return Err(PriorError::Conditional { name });
        }
        index += match piece {
            Piece::Scalar(_) => 1,
            Piece::Normal(mean, _) => mean.len(),
        };
    }
    Ok(pieces)
}

fn out_of_support<F: Univariate>(index: usize, value: f64, family: &F) -> Refused {
    Refused { index, why: Reason::OutOfSupport { value, prior: family.describe(), support: family.support() } }
}

fn out_of_support_block<const K: usize>(first: usize, k: usize, value: f64, family: &MvNormal<K>) -> Refused {
    let support = (f64::NEG_INFINITY, f64::INFINITY);
    Refused { index: first + k, why: Reason::OutOfSupport { value, prior: family.describe(k), support } }
}
