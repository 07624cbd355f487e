//! Simulate single groups, once for the networks of both levels.

use std::ops::ControlFlow;

use super::{
    GroupDesign, Hierarchy,
    levels::{draw_global, draw_local, standard_normal},
};
use crate::{
    dataset::{DataError, FailurePolicy, Simulations, checked, simulate_all},
    model::{Observation, Parameters, SimulationError, Stream, join, stream},
    prior::{ConditionalPrior, Declared, DeclaredPrior, Given, LatentPrior, score_of_ancestors},
};

/// Points at which it is looked which fields of the population move with which.
const PROBES: u64 = 16;

/// Simulated groups in natural units: global parameters, local parameters and `slots` observations of each group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSimulations<const M: usize, const L: usize, const D: usize> {
    global: Vec<[f64; M]>,
    local: Vec<[f64; L]>,
    /// Latent coordinates of the local parameters, given the global ones.
    latent: Vec<[f64; L]>,
    x: Vec<[f64; D]>,
    /// Complete-data scores of the latent global parameters; zero where they are not known.
    scores: Vec<[f64; M]>,
    /// Of which parameters they are known.
    scored: [bool; M],
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
        let unknown = observed_directly::<H, M, L, D>();
        let one = |rng: &mut Stream| {
            let above = standard_normal(rng);
            let phi = match Declared::<H::Global>::new().from_latent(&above) {
                Ok(phi) => phi,
                Err(error) => return ([f64::NAN; M], Err(SimulationError::new(error.to_string()))),
            };
            let group = one_group(model, &above, &H::Global::from_array(phi), slots, &unknown, rng);
            let checked = group.and_then(|group| {
                let x = checked(&group.set, slots, &transforms, &names)?;
                Ok((group.local, group.z, x, group.score))
            });
            (phi, checked)
        };
        let (rows, dropped) = simulate_all(n, seed, policy, progress, &H::Global::labels(), &one)?;
        let mut kept = Self {
            global: Vec::new(),
            local: Vec::new(),
            latent: Vec::new(),
            x: Vec::new(),
            scores: Vec::new(),
            scored: [true; M],
            slots,
            dropped,
        };
        for (global, (local, latent, x, score)) in rows {
            kept.global.push(global);
            kept.local.push(local);
            kept.latent.push(latent);
            kept.x.extend(x);
            (0..M).for_each(|k| kept.scored[k] &= score[k].is_finite());
            kept.scores.push(score);
        }
        for score in &mut kept.scores {
            (0..M).filter(|k| !kept.scored[*k]).for_each(|k| score[k] = 0.0);
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

    /// Of which global parameters the local ones of a simulated group say all that the group can: their scores are known in closed form, and the
    /// network of the global level learns from them ([`CompleteData`](crate::train::CompleteData)).
    pub fn scored(&self) -> [bool; M] {
        self.scored
    }

    /// What the network of the global level learns from: φ, the group's observations and its complete-data score.
    pub(super) fn global_level(&self) -> Simulations<M, D> {
        let simulations = Simulations::from_parts(self.global.clone(), self.x.clone(), self.slots, self.dropped);
        let known = |score: &[f64; M]| std::array::from_fn(|k| if self.scored[k] { score[k] } else { f64::NAN });
        simulations.with_scores(self.scores.iter().map(known).collect())
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

/// Which latent components of the global parameters observations depend on themselves, as far as is known: those of fields that they read, and
/// those that such fields move with, because their priors name the others.
fn observed_directly<H: Hierarchy<M, L, D>, const M: usize, const L: usize, const D: usize>() -> [bool; M] {
    let Some(fields) = H::observed_directly() else { return [true; M] };
    let read = H::Global::labels().map(|label| {
        let field = label.name.split('[').next().unwrap_or_default();
        fields.contains(&field)
    });
    let prior = Declared::<H::Global>::new();
    let moves = |k: usize| {
        (0..PROBES).any(|probe| {
            let mut z: [f64; M] = standard_normal(&mut stream(0, "which fields move", probe));
            let here = prior.from_latent(&z);
            z[k] += 0.5;
            // Where one of them cannot be evaluated nothing is known.
            let (Ok(here), Ok(there)) = (here, prior.from_latent(&z)) else { return true };
            (0..M).any(|other| read[other] && here[other].to_bits() != there[other].to_bits())
        })
    };
    let none = !read.contains(&true);
    std::array::from_fn(|k| read[k] || (!none && moves(k)))
}

/// A simulated group.
struct OneGroup<O, const M: usize, const L: usize> {
    /// Its parameters, natural units.
    local: [f64; L],
    /// The same in latent coordinates.
    z: [f64; L],
    /// Its observations.
    set: Vec<O>,
    /// Its complete-data score.
    score: [f64; M],
}

fn one_group<H: Hierarchy<M, L, D>, const M: usize, const L: usize, const D: usize>(
    model: &H,
    above: &[f64; M],
    global: &H::Global,
    slots: usize,
    unknown: &[bool; M],
    rng: &mut Stream,
) -> Result<OneGroup<H::Observation, M, L>, SimulationError> {
    let design = H::Design::draw(rng)?;
    let given = H::Design::above(global, &design);
    let z = standard_normal(rng);
    let local = draw_local::<H::Local, _, L>(&given, &z)?;
    let mut score = [f64::NAN; M];
    if unknown.contains(&false) {
        score = score_of_ancestors(above, &local, |z| {
            let global = draw_global::<H::Global, M>(z).ok()?;
            Some(H::Design::above(&global, &design))
        });
    }
    let (set, between) = model.simulate_group_with_score(above, &given, &local, slots, rng)?;
    score.iter_mut().zip(between).for_each(|(score, between)| *score += between);
    score.iter_mut().zip(unknown).filter(|(_, unknown)| **unknown).for_each(|(score, _)| *score = f64::NAN);
    Ok(OneGroup { local: local.to_array(), z, set, score })
}

/// An observation followed by the ancestors' latent coordinates.
pub(super) fn joined<const M: usize, const D: usize, const E: usize>(x: &[f64; D], phi: &[f64; M]) -> [f64; E] {
    const { assert!(E == D + M, "the local network observes the observation and the global parameters: E = D + M") };
    join(x, phi)
}

/// Constructs every family at representative values of what it depends on: the ancestors, and with `above` what is known of the
/// group number so and so.
///
/// # Errors
/// The first invalid argument.
pub(super) fn check_priors<G, P, A, const M: usize, const L: usize>(
    above: impl Fn(&G, u64) -> Result<A, SimulationError>,
) -> crate::posterior::Result<()>
where
    G: DeclaredPrior<M>,
    P: ConditionalPrior<A, L>,
    A: Sync,
{
    let prior = Declared::<G>::new();
    prior.check()?;
    let mut group = 0;
    for extent in [0.0, -3.0, 3.0] {
        for k in 0..M {
            for others in [0.0, extent, -extent] {
                let mut z = [others; M];
                z[k] = extent;
                let given = above(&G::from_array(prior.from_latent(&z)?), group)?;
                crate::prior::Prior::validate(&Given::<P, A>::new(&given))?;
                group += 1;
            }
        }
    }
    Ok(())
}
