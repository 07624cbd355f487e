//! Simulate single groups, once for the networks of both levels.

use std::ops::ControlFlow;

use super::{
    Hierarchy,
    levels::{draw_local, standard_normal},
};
use crate::{
    dataset::{DataError, FailurePolicy, Simulations, checked, simulate_all},
    model::{Observation, Parameters, SimulationError, Stream, join},
    prior::{ConditionalPrior, Declared, DeclaredPrior, Given, LatentPrior, PriorError},
};

/// Simulated groups in natural units: global parameters, local parameters and `slots` observations of each group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSimulations<const M: usize, const L: usize, const D: usize> {
    global: Vec<[f64; M]>,
    local: Vec<[f64; L]>,
    /// Latent coordinates of the local parameters, given the global ones.
    latent: Vec<[f64; L]>,
    x: Vec<[f64; D]>,
    slots: usize,
    dropped: usize,
}

impl<const M: usize, const L: usize, const D: usize> GroupSimulations<M, L, D> {
    /// Simulates `n` groups of `slots` observations, each under global parameters of its own, in parallel. Group `i` takes
    /// its randomness from stream `i` of `seed`.
    ///
    /// # Errors
    /// As [`Simulations::simulate`].
    pub fn simulate<H: Hierarchy<M, L, D>>(
        model: &H,
        n: usize,
        slots: usize,
        seed: u64,
        policy: FailurePolicy,
        progress: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    ) -> Result<Self, DataError> {
        let (transforms, names) = (H::Observation::transforms(), H::Observation::labels());
        let one = |rng: &mut Stream| {
            let phi = match Declared::<H::Global>::new().from_latent(&standard_normal(rng)) {
                Ok(phi) => phi,
                Err(error) => return ([f64::NAN; M], Err(SimulationError::new(error.to_string()))),
            };
            let group = one_group(model, &H::Global::from_array(phi), slots, rng);
            (phi, group.and_then(|(local, z, set)| Ok((local, z, checked(&set, slots, &transforms, &names)?))))
        };
        let (rows, dropped) = simulate_all(n, seed, policy, progress, &H::Global::labels(), &one)?;
        let mut kept =
            Self { global: Vec::new(), local: Vec::new(), latent: Vec::new(), x: Vec::new(), slots, dropped };
        for (global, (local, latent, x)) in rows {
            kept.global.push(global);
            kept.local.push(local);
            kept.latent.push(latent);
            kept.x.extend(x);
        }
        Ok(kept)
    }

    /// Number of groups.
    pub fn rows(&self) -> usize {
        self.global.len()
    }

    /// Observations of each group.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// Groups dropped because they failed or were not finite.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Global parameters of every group, natural units: `[rows]`.
    pub fn global(&self) -> &[[f64; M]] {
        &self.global
    }

    /// Local parameters of every group, natural units: `[rows]`.
    pub fn local(&self) -> &[[f64; L]] {
        &self.local
    }

    /// Observations, natural units: `[rows × slots]`, those of a group together.
    pub fn x(&self) -> &[[f64; D]] {
        &self.x
    }

    /// What the network of the global level learns from: φ and the group's observations.
    pub(super) fn global_level(&self) -> Simulations<M, D> {
        Simulations::from_parts(self.global.clone(), self.x.clone(), self.slots, self.dropped)
    }

    /// What the network of the local level learns from: z, and the observations joined by φ in latent coordinates.
    ///
    /// # Errors
    /// Global parameters are outside their prior.
    pub(super) fn local_level<H: Hierarchy<M, L, D>, const E: usize>(&self) -> Result<Simulations<L, E>, DataError> {
        let prior = Declared::<H::Global>::new();
        let mut x = Vec::with_capacity(self.x.len());
        for (row, (global, set)) in self.global.iter().zip(self.x.chunks_exact(self.slots)).enumerate() {
            let phi = prior.to_latent(global).map_err(|error| DataError::Parameters { row, error })?;
            x.extend(set.iter().map(|x| joined::<M, D, E>(x, &phi)));
        }
        Ok(Simulations::from_parts(self.latent.clone(), x, self.slots, self.dropped))
    }
}

/// A group's local parameters, natural and latent, and its observations.
type OneGroup<O, const L: usize> = ([f64; L], [f64; L], Vec<O>);

fn one_group<H: Hierarchy<M, L, D>, const M: usize, const L: usize, const D: usize>(
    model: &H,
    global: &H::Global,
    slots: usize,
    rng: &mut Stream,
) -> Result<OneGroup<H::Observation, L>, SimulationError> {
    let z = standard_normal(rng);
    let local = draw_local::<H::Local, _, L>(global, &z)?;
    let set = (0..slots).map(|_| model.simulate(global, &local, rng)).collect::<Result<_, _>>()?;
    Ok((local.to_array(), z, set))
}

/// An observation followed by the ancestors' latent coordinates.
pub(super) fn joined<const M: usize, const D: usize, const E: usize>(x: &[f64; D], phi: &[f64; M]) -> [f64; E] {
    const { assert!(E == D + M, "the local network observes the observation and the global parameters: E = D + M") };
    join(x, phi)
}

/// Constructs every family at representative values of what it depends on.
///
/// # Errors
/// The first invalid argument.
pub(super) fn check_priors<G: DeclaredPrior<M>, P: ConditionalPrior<G, L>, const M: usize, const L: usize>()
-> Result<(), PriorError> {
    let prior = Declared::<G>::new();
    prior.check()?;
    for extent in [0.0, -3.0, 3.0] {
        for k in 0..M {
            for others in [0.0, extent, -extent] {
                let mut z = [others; M];
                z[k] = extent;
                let global = G::from_array(prior.from_latent(&z)?);
                crate::prior::Prior::validate(&Given::<P, G>::new(&global))?;
            }
        }
    }
    Ok(())
}
