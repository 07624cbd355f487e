//! Choose the coordinates in which a posterior is diffused, and with them the prior that composers see.
// `to_latent` and `from_latent` are the two directions of a map, not conversions of the coordinates.
#![allow(clippy::wrong_self_convention)]

use serde_json::Value;

use super::learned::LearnedPrior;
use crate::{
    compose::{StandardNormal, covariance_of},
    dataset::{DataError, Simulations},
    diffusion::{Parameterisation, Schedule},
    model::{Parameters, Simulator},
    net::{NetworkError, ScoreEngine},
    prior::{ClosedFormDiffusion, DeclaredPrior, LatentPrior, PaperCoordinates, PaperPrior, Prior, PriorError},
};

/// What a prior may be made from: the trained network where it is learned.
#[derive(Debug)]
pub struct TrainedNetwork<'a, E> {
    /// The network.
    pub engine: &'a E,
    /// What it predicts.
    pub parameterisation: Parameterisation,
    /// The noise schedule.
    pub schedule: Schedule,
}

// `from_latent` is one direction of a map that the coordinates own, not a conversion of them.
#[allow(clippy::wrong_self_convention)]
/// Latent coordinates of a simulator `S`, and what is known of the diffused prior in them.
pub trait Coordinates<S, const M: usize, const D: usize>: Sized + Send + Sync + 'static {
    /// Its name in a file.
    const KIND: &'static str;
    /// Whether the prior's score is learned by the network's null context.
    const LEARNED: bool;
    /// Whether the prior is exactly N(0, I) here.
    const STANDARD_NORMAL: bool;
    /// The prior that composers see.
    type Prior<'a, E: ScoreEngine>: Sync;

    /// Fits the coordinates to simulations.
    ///
    /// # Errors
    /// The prior's declaration does not allow them; a simulation has no place in them (named by row and component).
    fn fit(simulator: &S, simulations: &Simulations<M, D>) -> super::Result<Self>;
    /// Natural to latent.
    ///
    /// # Errors
    /// Outside the support.
    fn to_latent(&self, simulator: &S, theta: &[f64; M]) -> Result<[f64; M], PriorError>;
    /// Latent to natural.
    ///
    /// # Errors
    /// A conditional prior is invalid there.
    fn from_latent(&self, simulator: &S, z: &[f64; M]) -> Result<[f64; M], PriorError>;
    /// ln |det dz/dθ| at θ, natural units.
    ///
    /// # Errors
    /// Outside the support.
    fn ln_jacobian(&self, simulator: &S, theta: &[f64; M]) -> Result<f64, PriorError>;
    /// The prior that composers see.
    ///
    /// # Errors
    /// The network cannot learn a prior.
    fn prior<'a, E: ScoreEngine>(&'a self, network: &TrainedNetwork<'a, E>)
    -> Result<Self::Prior<'a, E>, NetworkError>;
    /// What a file must hold to restore them.
    fn store(&self) -> Value;
    /// Restores what [`store`](Self::store) gave.
    ///
    /// # Errors
    /// It is damaged.
    fn restore(value: &Value) -> Result<Self, String>;
}

/// Prior-Gaussian coordinates, the default: the exact map that takes the declared prior to N(0, I).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriorGaussian;

impl<S, const M: usize, const D: usize> Coordinates<S, M, D> for PriorGaussian
where
    S: Simulator<M, D>,
    S::Prior: LatentPrior<M>,
{
    const KIND: &'static str = "prior_gaussian";
    const LEARNED: bool = false;
    const STANDARD_NORMAL: bool = true;
    type Prior<'a, E: ScoreEngine> = StandardNormal;

    fn fit(_: &S, _: &Simulations<M, D>) -> super::Result<Self> {
        Ok(Self)
    }
    fn to_latent(&self, simulator: &S, theta: &[f64; M]) -> Result<[f64; M], PriorError> {
        simulator.prior().to_latent(theta)
    }
    fn from_latent(&self, simulator: &S, z: &[f64; M]) -> Result<[f64; M], PriorError> {
        simulator.prior().from_latent(z)
    }
    fn ln_jacobian(&self, simulator: &S, theta: &[f64; M]) -> Result<f64, PriorError> {
        simulator.prior().ln_jacobian(theta)
    }
    fn prior<'a, E: ScoreEngine>(&'a self, _: &TrainedNetwork<'a, E>) -> Result<StandardNormal, NetworkError> {
        Ok(StandardNormal)
    }
    fn store(&self) -> Value {
        Value::Null
    }
    fn restore(_: &Value) -> Result<Self, String> {
        Ok(Self)
    }
}

/// The coordinates of arXiv:2404.07593: logarithm of log-normal parameters, then z-scores.
#[derive(Clone, Debug)]
pub struct Paper<const M: usize> {
    coordinates: PaperCoordinates<M>,
    prior: PaperPrior<M>,
}

impl<S, const M: usize, const D: usize> Coordinates<S, M, D> for Paper<M>
where
    S: Simulator<M, D>,
    S::Parameters: DeclaredPrior<M> + ClosedFormDiffusion,
    PaperPrior<M>: Sync,
{
    const KIND: &'static str = "paper";
    const LEARNED: bool = false;
    const STANDARD_NORMAL: bool = false;
    type Prior<'a, E: ScoreEngine> = PaperPrior<M>;

    fn fit(_: &S, simulations: &Simulations<M, D>) -> super::Result<Self> {
        let unscaled = PaperCoordinates::unscaled::<S::Parameters>()?;
        let rows = latent(simulations.theta(), |theta| unscaled.forward(theta).map_err(named::<S::Parameters, M>))?;
        let coordinates = unscaled.standardised_by::<S::Parameters>(&rows)?;
        Ok(Self { prior: PaperPrior::new::<S::Parameters>(&coordinates)?, coordinates })
    }
    fn to_latent(&self, _: &S, theta: &[f64; M]) -> Result<[f64; M], PriorError> {
        self.coordinates.forward(theta).map_err(named::<S::Parameters, M>)
    }
    fn from_latent(&self, _: &S, z: &[f64; M]) -> Result<[f64; M], PriorError> {
        Ok(self.coordinates.inverse(z))
    }
    fn ln_jacobian(&self, _: &S, theta: &[f64; M]) -> Result<f64, PriorError> {
        self.coordinates.ln_jacobian(theta).map_err(named::<S::Parameters, M>)
    }
    fn prior<'a, E: ScoreEngine>(&'a self, _: &TrainedNetwork<'a, E>) -> Result<PaperPrior<M>, NetworkError> {
        Ok(self.prior.clone())
    }
    fn store(&self) -> Value {
        serde_json::json!(self.coordinates)
    }
    fn restore(value: &Value) -> Result<Self, String> {
        let coordinates: PaperCoordinates<M> =
            serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
        let prior = PaperPrior::new::<S::Parameters>(&coordinates).map_err(|error| error.to_string())?;
        Ok(Self { coordinates, prior })
    }
}

/// All of `theta` in latent coordinates; an error names the row.
pub(super) fn latent<const M: usize>(
    theta: &[[f64; M]],
    to_latent: impl Fn(&[f64; M]) -> Result<[f64; M], PriorError>,
) -> Result<Vec<[f64; M]>, DataError> {
    let rows = theta.iter().enumerate();
    rows.map(|(row, theta)| to_latent(theta).map_err(|error| DataError::Parameters { row, error })).collect()
}

/// The paper's coordinates know a component by its index, a user by its name.
fn named<P: Parameters<M>, const M: usize>(mut error: PriorError) -> PriorError {
    if let PriorError::OutOfSupport { name, .. } | PriorError::Standardisation { name, .. } = &mut error
        && let Some(label) = name.parse::<usize>().ok().and_then(|k| P::labels().into_iter().nth(k))
    {
        *name = label.name;
    }
    error
}

/// Z-scored natural parameters, for a prior that can only be sampled. Composers need its score, which must be learned:
/// [`Learned<Standardised<M>>`](Learned).
#[derive(Clone, Debug, PartialEq)]
pub struct Standardised<const M: usize>(PaperCoordinates<M>);

/// A prior whose diffused score is not known: no composer accepts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SamplerOnlyPrior;

impl<S, const M: usize, const D: usize> Coordinates<S, M, D> for Standardised<M>
where
    S: Simulator<M, D>,
    S::Prior: Prior<M>,
{
    const KIND: &'static str = "standardised";
    const LEARNED: bool = false;
    const STANDARD_NORMAL: bool = false;
    type Prior<'a, E: ScoreEngine> = SamplerOnlyPrior;

    fn fit(_: &S, simulations: &Simulations<M, D>) -> super::Result<Self> {
        let n = simulations.rows() as f64;
        let mean: [f64; M] = std::array::from_fn(|k| simulations.theta().iter().map(|theta| theta[k]).sum::<f64>() / n);
        let sd: [f64; M] = std::array::from_fn(|k| {
            let squares: f64 = simulations.theta().iter().map(|theta| (theta[k] - mean[k]).powi(2)).sum();
            (squares / n).sqrt()
        });
        Ok(Self(PaperCoordinates::new(mean, sd, [false; M]).map_err(named::<S::Parameters, M>)?))
    }
    fn to_latent(&self, _: &S, theta: &[f64; M]) -> Result<[f64; M], PriorError> {
        self.0.forward(theta).map_err(named::<S::Parameters, M>)
    }
    fn from_latent(&self, _: &S, z: &[f64; M]) -> Result<[f64; M], PriorError> {
        Ok(self.0.inverse(z))
    }
    fn ln_jacobian(&self, _: &S, theta: &[f64; M]) -> Result<f64, PriorError> {
        self.0.ln_jacobian(theta).map_err(named::<S::Parameters, M>)
    }
    fn prior<'a, E: ScoreEngine>(&'a self, _: &TrainedNetwork<'a, E>) -> Result<SamplerOnlyPrior, NetworkError> {
        Ok(SamplerOnlyPrior)
    }
    fn store(&self) -> Value {
        serde_json::json!(self.0)
    }
    fn restore(value: &Value) -> Result<Self, String> {
        serde_json::from_value(value.clone()).map(Self).map_err(|error| error.to_string())
    }
}

/// Coordinates `K` with the prior's score learned by the network's null context (classifier-free, arXiv:2404.07593,
/// Section 3.3).
#[derive(Clone, Debug)]
pub struct Learned<K, const M: usize> {
    coordinates: K,
    covariance: [[f64; M]; M],
}

impl<S, K, const M: usize, const D: usize> Coordinates<S, M, D> for Learned<K, M>
where
    K: Coordinates<S, M, D>,
{
    const KIND: &'static str = "learned_prior";
    const LEARNED: bool = true;
    const STANDARD_NORMAL: bool = false;
    type Prior<'a, E: ScoreEngine> = LearnedPrior<'a, E, M>;

    fn fit(simulator: &S, simulations: &Simulations<M, D>) -> super::Result<Self> {
        let coordinates = K::fit(simulator, simulations)?;
        let latent = latent(simulations.theta(), |theta| coordinates.to_latent(simulator, theta))?;
        let covariance = covariance_of(&latent);
        Ok(Self { coordinates, covariance: std::array::from_fn(|i| std::array::from_fn(|k| covariance[(i, k)])) })
    }
    fn to_latent(&self, simulator: &S, theta: &[f64; M]) -> Result<[f64; M], PriorError> {
        self.coordinates.to_latent(simulator, theta)
    }
    fn from_latent(&self, simulator: &S, z: &[f64; M]) -> Result<[f64; M], PriorError> {
        self.coordinates.from_latent(simulator, z)
    }
    fn ln_jacobian(&self, simulator: &S, theta: &[f64; M]) -> Result<f64, PriorError> {
        self.coordinates.ln_jacobian(simulator, theta)
    }
    fn prior<'a, E: ScoreEngine>(
        &'a self,
        network: &TrainedNetwork<'a, E>,
    ) -> Result<LearnedPrior<'a, E, M>, NetworkError> {
        LearnedPrior::new(network, &self.covariance)
    }
    fn store(&self) -> Value {
        let rows: Vec<Vec<f64>> = self.covariance.iter().map(|row| row.to_vec()).collect();
        serde_json::json!({ "inner": K::KIND, "coordinates": self.coordinates.store(), "covariance": rows })
    }
    fn restore(value: &Value) -> Result<Self, String> {
        if value["inner"] != K::KIND {
            return Err(format!("its coordinates are {}, not {}", value["inner"], K::KIND));
        }
        let rows: Vec<Vec<f64>> =
            serde_json::from_value(value["covariance"].clone()).map_err(|error| error.to_string())?;
        if rows.len() != M || rows.iter().any(|row| row.len() != M) {
            return Err("the prior's covariance has another size".to_owned());
        }
        let covariance = std::array::from_fn(|i| std::array::from_fn(|k| rows[i][k]));
        Ok(Self { coordinates: K::restore(&value["coordinates"])?, covariance })
    }
}
