//! Compose Gaussian approximations of the factors that are made where all of them put θ_0, not where one of them does.
//!
//! GAUSS and JAC approximate a factor by a Gaussian under the noise of the level: far from the data that is nearly the whole prior,
//! and what one observation says there of a scale, say, is not what it says where the others have put it. The approximation is a
//! matter of choice, though: at any other level t' and place θ' the same score gives another one, under less noise.
//!
//! # Equation   At (θ', t'), in the notation of `curvature.rs`, factor j is exp(h_jᵀ(θ_0 − c) − ½ (θ_0 − c)ᵀ Π_j (θ_0 − c)) with c the prior's
//! mean of θ_0 given θ', Π_j = P_j − P_λ and h_j = √α' L⁻ᵀ G_j L⁻¹ δ_j. With the prior at (θ_t, t), its mean m of θ_0 and B = I + σ² ∇s_λ,
//! s = s_λ + √α (α B⁻¹ + σ² Π)⁻¹ (h − Π (m − c)), Π = Σ Π_j, h = Σ h_j. Where factors are Gaussian that is exact for any (θ', t'), and
//! (θ', t') = (θ_t, t) is JAC, which is where it starts. Then c is the mean of θ_0 that the last round's score gives, and t' goes in equal
//! ratios to where noise is as wide as the posterior given θ_t: the geometric mean of its directions, as GAUSS's constant covariances have it. It is the moment
//! matching of expectation propagation (Minka, UAI 2001), whose cavities are round here and whose moments are scores.

use nalgebra::{SMatrix, SVector};

use super::curvature::{Counters, CurvatureWorkspace, gather_each};
use super::matrix::{invert_definite, symmetric_eigen, symmetrised};
use super::{
    ComposeError, Composer, Composition, CompositionReport, Covariances, DiffusedPrior, Gauss, GaussComposition,
    GaussWorkspace, LocalJacobians, Pilot,
};
use crate::diffusion::{Level, Schedule};

/// Each factor as a Gaussian where all of them put θ_0: JAC first, then rounds of it under less and less noise, down to as much as the posterior is wide.
///
/// # Accuracy   As [`Gauss`] where everything is Gaussian. Elsewhere its error falls with the number of factors, as their posterior
/// narrows, while those of GAUSS and JAC do not (`docs/benchmarks.md`). With the network's errors in score and curvature. Identity for one factor.
/// # Cost     That of JAC, once and for every round.
/// # Errors     As [`Gauss`] and [`Jac`](super::Jac).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Focused {
    /// Where the covariances come from that say how wide the posterior is.
    pub covariances: Covariances,
    /// Rounds, each from where the last one put θ_0. None is JAC.
    pub rounds: usize,
}

impl Default for Focused {
    /// Three rounds.
    fn default() -> Self {
        Self { covariances: Covariances::default(), rounds: 3 }
    }
}

/// [`Focused`] prepared for one set of observations.
#[derive(Debug)]
pub struct FocusedComposition<const M: usize> {
    width: GaussComposition<M>,
    /// The precisions of the prior's directions.
    prior: SVector<f64, M>,
    schedule: Schedule,
    n_factors: usize,
    rounds: usize,
    counters: Counters,
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalJacobians<M>> Composer<M, P, L> for Focused {
    type Composition = FocusedComposition<M>;

    fn prepare(&self, prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError> {
        let gauss = Gauss { covariances: self.covariances, floor: true };
        Ok(FocusedComposition {
            width: Composer::<M, P, L>::prepare(&gauss, prior, pilot)?,
            prior: symmetric_eigen(&prior.covariance()).0.map(f64::recip),
            schedule: pilot.schedule(),
            n_factors: pilot.n_factors(),
            rounds: self.rounds,
            counters: Counters::default(),
        })
    }
}

/// Buffers of one thread.
#[derive(Clone, Debug, Default)]
pub struct FocusedWorkspace<const M: usize, P, L> {
    single: GaussWorkspace<M, P, L>,
    curvature: CurvatureWorkspace<M, P, L>,
    prior_scores: Vec<[f64; M]>,
    /// B⁻¹, where B is positive definite.
    prior_precisions: Vec<Option<SMatrix<f64, M, M>>>,
    /// θ'.
    places: Vec<[f64; M]>,
    /// Where the last round put θ_0.
    means: Vec<[f64; M]>,
}

impl<const M: usize> FocusedComposition<M> {
    /// The level of a round, the same for all draws: from that of θ_t to where noise is as wide as the posterior of θ_0 given θ_t, in equal ratios.
    /// Gives the standard deviation of θ_0 under the prior there, too.
    fn focus(&self, at: &Level, round: usize) -> (Level, f64) {
        let noise = at.alpha / (at.sigma * at.sigma);
        let (own, all) = self.width.typical_precisions(noise, &self.prior);
        let share = round as f64 / self.rounds.max(1) as f64;
        let precision = own * (all / own).max(1.0).powf(share);
        let half_log_snr = 0.5 * (noise + (precision - own)).ln();
        (self.schedule.level(self.schedule.time_at(half_log_snr).min(at.t)), precision.sqrt().recip())
    }
}

/// How far from the last place the next one may be, in standard deviations of the noise there.
const REACH: f64 = 3.0;

/// Moves places such that the prior's mean of θ_0 given them is `means`: Newton's step, exact for a Gaussian prior. A place is held
/// within three standard deviations of the level, or as far out as the draw is: farther out no network has seen anything.
fn place<const M: usize, P: DiffusedPrior<M>>(
    at: &Level,
    means: &[[f64; M]],
    draws: &[[f64; M]],
    prior: &P,
    workspace: &mut CurvatureWorkspace<M, P::Workspace, impl Sized>,
    out: &mut [[f64; M]],
) -> Result<(), ComposeError> {
    const FARTHEST: f64 = 3.0;
    let ws = workspace;
    for (out, mean) in out.iter_mut().zip(means) {
        *out = mean.map(|mean| mean * at.mean());
    }
    ws.evaluate_prior(at, out, prior)?;
    for (i, out) in out.iter_mut().enumerate() {
        // √α E[θ_0 | θ'] = θ' + σ² s_λ(θ') is √α mean where −σ² s_λ is zero.
        let short = SVector::from(ws.prior_scores[i]) * -(at.sigma * at.sigma);
        let step = invert_definite(&ws.prior_covariances[i]).map_or(SVector::zeros(), |inverse| inverse * short);
        *out = std::array::from_fn(|k| {
            let farthest = FARTHEST.max(draws[i][k].abs());
            (out[k] + step[k]).clamp(-farthest, farthest)
        });
    }
    Ok(())
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalJacobians<M>> Composition<M, P, L> for FocusedComposition<M> {
    type Workspace = FocusedWorkspace<M, P::Workspace, L::Workspace>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let FocusedWorkspace { single, curvature, prior_scores, prior_precisions, places, means } = workspace;
        // A single factor, and without noise every factor, counts as it is, whatever it is approximated by.
        if self.n_factors == 1 || at.sigma == 0.0 {
            return self.width.score_into(at, theta, prior, local, single, out);
        }
        curvature.evaluate_prior(at, theta, prior)?;
        prior_scores.clear();
        prior_scores.extend_from_slice(&curvature.prior_scores);
        prior_precisions.clear();
        prior_precisions.extend(curvature.prior_covariances.iter().map(|b| invert_definite(&symmetrised(b))));
        means.resize(theta.len(), [0.0; M]);
        places.clear();
        places.extend_from_slice(theta);
        let variance = at.sigma * at.sigma;
        let mean = |theta: &[f64; M], score: &[f64; M]| -> [f64; M] {
            std::array::from_fn(|k| (theta[k] + variance * score[k]) / at.mean())
        };
        for round in 0..=self.rounds {
            let (mut focus, sd) = self.focus(at, round);
            if round == 0 {
                focus = *at;
            } else {
                place(&focus, means, theta, prior, curvature, places)?;
                curvature.evaluate_prior(&focus, places, prior)?;
            }
            // What is approximated under so much noise is not known much farther away: the next place is held within that.
            let reach = REACH * sd;
            let focus_noise = focus.alpha / (focus.sigma * focus.sigma);
            let centre = |draw: usize, score: &[f64; M]| -> SVector<f64, M> {
                SVector::from_fn(|k, _| (places[draw][k] + focus.sigma * focus.sigma * score[k]) / focus.mean())
            };
            gather_each(&focus, places, local, true, curvature, &self.counters, &mut |draw, score, gathered| {
                let add = gathered.zip(prior_precisions[draw]).and_then(|(gathered, own)| {
                    let whiten = gathered.whiten;
                    let gained = gathered.precision - SMatrix::identity();
                    let precision = whiten.transpose() * gained * whiten * focus_noise;
                    let pull = whiten.tr_mul(&gathered.weighted) * focus.mean();
                    let from_centre = SVector::from(mean(&theta[draw], &prior_scores[draw])) - centre(draw, score);
                    let inverse = invert_definite(&symmetrised(&(own * at.alpha + precision * variance)))?;
                    Some(inverse * (pull - precision * from_centre) * at.mean())
                });
                // A learned prior may leave no precision to compose with: the driver counts the draw.
                let add = add.unwrap_or(SVector::repeat(f64::NAN));
                out[draw] = std::array::from_fn(|k| prior_scores[draw][k] + add[k]);
                let (found, from) = (mean(&theta[draw], &out[draw]), centre(draw, score));
                means[draw] = std::array::from_fn(|k| from[k] + (found[k] - from[k]).clamp(-reach, reach));
            })?;
        }
        Ok(())
    }

    fn report(&self) -> CompositionReport {
        let (width, rounds) = (self.width.own_report(), self.counters.report());
        CompositionReport {
            floored_directions: width.floored_directions + rounds.floored_directions,
            examined_directions: width.examined_directions + rounds.examined_directions,
            ..rounds
        }
    }
}
