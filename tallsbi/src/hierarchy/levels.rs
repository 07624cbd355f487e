//! See each level of a hierarchy as a tall model, with the group as factor or with the ancestors as covariates.

use std::marker::PhantomData;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{
    GroupDesign, Hierarchy,
    design::{Above, something_is_known},
};
use crate::{
    model::{Design, Dimension, Label, Observed, Parameters, SimulationError, Simulator, Stream, Transform, stream},
    prior::{ConditionalPrior, Declared, DeclaredPrior, Given, LatentPrior, Prior, PriorError},
};

/// The global level: parameters φ, and a set of observations is one group.
#[derive(Clone, Copy, Debug, Default)]
pub struct GlobalLevel<H, const L: usize>(H);

/// The local level: the latent coordinates z of one group's parameters, with the ancestors as covariates of every
/// observation of the group.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalLevel<H, const M: usize, const D: usize>(H);

impl<H, const L: usize> GlobalLevel<H, L> {
    /// Of this model.
    pub fn new(model: H) -> Self {
        Self(model)
    }
    /// The model.
    pub fn model(&self) -> &H {
        &self.0
    }
}

impl<H, const M: usize, const D: usize> LocalLevel<H, M, D> {
    /// Of this model.
    pub fn new(model: H) -> Self {
        Self(model)
    }
}

/// Local parameters in the coordinates in which their prior is N(0, I), under the names of `P`.
#[derive(Debug)]
pub struct Latent<P, const L: usize> {
    z: [f64; L],
    parameters: PhantomData<fn() -> P>,
}

impl<P, const L: usize> Clone for Latent<P, L> {
    fn clone(&self) -> Self {
        Self { z: self.z, parameters: PhantomData }
    }
}

impl<P, const L: usize> Dimension for Latent<P, L> {
    const DIM: usize = L;
}

impl<P: Parameters<L>, const L: usize> Parameters<L> for Latent<P, L> {
    fn labels() -> [Label; L] {
        P::labels()
    }
    fn to_array(&self) -> [f64; L] {
        self.z
    }
    fn from_array(z: [f64; L]) -> Self {
        Self { z, parameters: PhantomData }
    }
}

/// A group's ancestors in latent coordinates, as a known covariate of its observations.
#[derive(Debug)]
pub struct Ancestor<P, const M: usize> {
    z: [f64; M],
    parameters: PhantomData<fn() -> P>,
}

impl<P, const M: usize> Clone for Ancestor<P, M> {
    fn clone(&self) -> Self {
        Self { z: self.z, parameters: PhantomData }
    }
}

impl<P, const M: usize> Dimension for Ancestor<P, M> {
    const DIM: usize = M;
}

impl<P: Parameters<M>, const M: usize> Design<M> for Ancestor<P, M> {
    fn labels() -> [Label; M] {
        P::labels()
    }
    fn transforms() -> [Transform; M] {
        [Transform::Identity; M]
    }
    fn to_array(&self) -> [f64; M] {
        self.z
    }
    fn from_array(z: [f64; M]) -> Self {
        Self { z, parameters: PhantomData }
    }
}

/// N(0, I), the prior of local parameters in their latent coordinates.
#[derive(Clone, Debug)]
pub struct LocalPrior<const L: usize> {
    /// The declared families, at the median of the ancestors; none where something is known of groups.
    families: Vec<String>,
}

impl<const L: usize> Prior<L> for LocalPrior<L> {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; L] {
        standard_normal(rng)
    }
    fn families(&self) -> Vec<String> {
        self.families.clone()
    }
}

impl<const L: usize> LatentPrior<L> for LocalPrior<L> {
    fn to_latent(&self, theta: &[f64; L]) -> Result<[f64; L], PriorError> {
        Ok(*theta)
    }
    fn from_latent(&self, z: &[f64; L]) -> Result<[f64; L], PriorError> {
        Ok(*z)
    }
    fn ln_density(&self, theta: &[f64; L]) -> f64 {
        theta.iter().map(|z| -0.5 * (z * z + std::f64::consts::TAU.ln())).sum()
    }
    fn ln_jacobian(&self, _: &[f64; L]) -> Result<f64, PriorError> {
        Ok(0.0)
    }
}

impl<H, const M: usize, const L: usize, const D: usize> Simulator<M, D> for GlobalLevel<H, L>
where
    H: Hierarchy<M, L, D>,
{
    type Parameters = H::Global;
    type Observation = H::Observation;
    type Prior = Declared<H::Global>;

    fn prior(&self) -> Declared<H::Global> {
        Declared::new()
    }

    /// A group of one observation.
    fn simulate(&self, global: &H::Global, rng: &mut Stream) -> Result<H::Observation, SimulationError> {
        let above = draw_above::<H, M, L, D>(global, rng)?;
        let local = draw_local::<H::Local, _, L>(&above, &standard_normal(rng))?;
        self.0.simulate(&above, &local, rng)
    }

    /// A group: its local parameters, and what is known of it, are drawn once.
    fn simulate_set(
        &self,
        global: &H::Global,
        n: usize,
        rng: &mut Stream,
    ) -> Result<Vec<H::Observation>, SimulationError> {
        let above = draw_above::<H, M, L, D>(global, rng)?;
        let local = draw_local::<H::Local, _, L>(&above, &standard_normal(rng))?;
        self.0.simulate_group(&above, &local, n, rng)
    }
}

impl<H, const M: usize, const L: usize, const D: usize, const E: usize> Simulator<L, E> for LocalLevel<H, M, D>
where
    H: Hierarchy<M, L, D>,
{
    type Parameters = Latent<H::Local, L>;
    type Observation = Observed<H::Observation, Ancestor<H::Global, M>, D, M>;
    type Prior = LocalPrior<L>;

    fn prior(&self) -> LocalPrior<L> {
        // What is known of a group has no median; files compare the declaration itself.
        let median =
            Declared::<H::Global>::new().from_latent(&[0.0; M]).ok().filter(|_| !something_is_known::<H::Design>());
        let families = median.and_then(|median| {
            let above = draw_above::<H, M, L, D>(&H::Global::from_array(median), &mut stream(0, "families", 0)).ok()?;
            let families = Given::<H::Local, _>::new(&above).families();
            Some(families.into_iter().map(|family| format!("{family} at the median of its ancestors")).collect())
        });
        LocalPrior { families: families.unwrap_or_default() }
    }

    fn simulate(&self, local: &Self::Parameters, rng: &mut Stream) -> Result<Self::Observation, SimulationError> {
        let mut set = <Self as Simulator<L, E>>::simulate_set(self, local, 1, rng)?;
        set.pop().ok_or_else(|| SimulationError::new("there is no observation"))
    }

    /// A group under ancestors drawn once: they are independent of z.
    fn simulate_set(
        &self,
        local: &Self::Parameters,
        n: usize,
        rng: &mut Stream,
    ) -> Result<Vec<Self::Observation>, SimulationError> {
        let z = standard_normal(rng);
        let above = draw_above::<H, M, L, D>(&draw_global(&z)?, rng)?;
        let local = draw_local::<H::Local, _, L>(&above, &local.z)?;
        let group = self.0.simulate_group(&above, &local, n, rng)?;
        Ok(group.into_iter().map(|x| Observed { x, design: Ancestor { z, parameters: PhantomData } }).collect())
    }
}

pub(crate) fn standard_normal<const K: usize>(rng: &mut (impl Rng + ?Sized)) -> [f64; K] {
    std::array::from_fn(|_| StandardNormal.sample(rng))
}

/// The global parameters at latent coordinates z.
pub(super) fn draw_global<P: DeclaredPrior<M>, const M: usize>(z: &[f64; M]) -> Result<P, SimulationError> {
    let global = Declared::<P>::new().from_latent(z).map_err(|error| SimulationError::new(error.to_string()))?;
    Ok(P::from_array(global))
}

/// What the parameters of a simulated group are given: these global parameters, and what is known of the group.
pub(super) fn draw_above<H: Hierarchy<M, L, D>, const M: usize, const L: usize, const D: usize>(
    global: &H::Global,
    rng: &mut Stream,
) -> Result<Above<H, M, L, D>, SimulationError> {
    Ok(H::Design::above(global, &H::Design::draw(rng)?))
}

/// Local parameters at latent coordinates z, given their ancestors.
pub(super) fn draw_local<P: ConditionalPrior<A, L>, A: Sync, const L: usize>(
    ancestors: &A,
    z: &[f64; L],
) -> Result<P, SimulationError> {
    let local =
        Given::<P, _>::new(ancestors).from_latent(z).map_err(|error| SimulationError::new(error.to_string()))?;
    Ok(P::from_array(local))
}
