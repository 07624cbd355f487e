//! Find the mode of a posterior (maximum a posteriori) by climbing its log-density.

use nalgebra::{SMatrix, SVector};

use super::{NetworkScores, Result, Sampling, coordinates::Coordinates};
use crate::{
    compose::{Composer, CompositionJacobians, DiffusedPrior, covariance_of, symmetric_eigen},
    model::{Parameters, Simulator},
    net::{EngineJacobians, ScoreNetwork},
    sample::SamplingPlan,
};

/// Draws whose covariance sets the scale of the climb.
const DRAWS: usize = 300;
/// The first of them, among which it starts at the densest.
const STARTS: usize = 64;
/// Latent coordinates beyond this are the end of the prior's support for all practical purposes.
const EDGE: f64 = 8.0;

/// Where a posterior is densest.
#[derive(Clone, Debug, PartialEq)]
pub struct PosteriorMode<P> {
    /// The parameters, natural units.
    pub theta: P,
    /// ln q there, normalised, natural units.
    pub ln_density: f64,
    /// Whether the climb ended on top. It does not where the density rises towards an end of the support (an exponential
    /// prior and data that say little), or where the network is too rough.
    pub converged: bool,
    /// How many log-densities it took.
    pub evaluations: usize,
}

impl<'a, S, N, const M: usize, const D: usize, K, C, A> Sampling<'a, S, N, M, D, K, C, A>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
{
    /// The mode of the posterior density in natural units (MAP): where [`log_density`](Self::log_density) is largest.
    ///
    /// It depends on the units: the mode of a rate is not that of its logarithm. It starts at the densest of a few draws and
    /// climbs by Newton steps on quadratic fits, in latent coordinates whitened by the draws. Costs about 64 + 10 M²
    /// log-densities.
    ///
    /// # Errors
    /// As [`sample`](Self::sample) and [`log_density`](Self::log_density).
    #[doc(alias = "MAP")]
    pub fn mode(&self) -> Result<PosteriorMode<S::Parameters>>
    where
        N::Engine: EngineJacobians,
        K::Prior<'a, N::Engine>: DiffusedPrior<M>,
        A: SamplingPlan<M>,
        C: for<'x> Composer<
                M,
                K::Prior<'a, N::Engine>,
                NetworkScores<'x, N::Engine, K::Prior<'a, N::Engine>, M>,
                Composition: CompositionJacobians<
                    M,
                    K::Prior<'a, N::Engine>,
                    NetworkScores<'x, N::Engine, K::Prior<'a, N::Engine>, M>,
                >,
            >,
    {
        let posterior = self.observations.posterior;
        let draws = self.sample(DRAWS)?;
        let latent = draws
            .rows()
            .iter()
            .map(|theta| posterior.coordinates.to_latent(&posterior.simulator, theta))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let natural = |z: &[f64; M]| posterior.coordinates.from_latent(&posterior.simulator, z);
        let mut evaluations = 0;
        let mut density = |z: &[[f64; M]]| -> Result<Vec<f64>> {
            evaluations += z.len();
            // Where a conditional prior is not defined, there is no density.
            let theta: Vec<Option<S::Parameters>> =
                z.iter().map(|z| natural(z).ok().map(S::Parameters::from_array)).collect();
            let defined: Vec<S::Parameters> = theta.iter().flatten().cloned().collect();
            let mut values = self.log_density(&defined)?.into_iter();
            let value = |theta: &Option<S::Parameters>| theta.as_ref().and_then(|_| values.next());
            Ok(theta.iter().map(value).map(|value| value.unwrap_or(f64::NEG_INFINITY)).collect())
        };
        let starts = &latent[..STARTS.min(latent.len())];
        let climbed = climb(starts, &covariance_of(&latent), &mut density)?;
        let theta = S::Parameters::from_array(natural(&climbed.at)?);
        Ok(PosteriorMode { theta, ln_density: climbed.value, converged: climbed.converged, evaluations })
    }
}

/// Where a climb ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Climbed<const M: usize> {
    pub(super) at: [f64; M],
    pub(super) value: f64,
    pub(super) converged: bool,
}

/// Climbs from the best of `starts` to a maximum of `f`, in coordinates whitened by `covariance`. Exact in one step on a
/// quadratic function.
pub(super) fn climb<const M: usize, E>(
    starts: &[[f64; M]],
    covariance: &SMatrix<f64, M, M>,
    f: &mut impl FnMut(&[[f64; M]]) -> std::result::Result<Vec<f64>, E>,
) -> std::result::Result<Climbed<M>, E> {
    let values = f(starts)?;
    let better = |value: f64, than: f64| value > than || (than.is_nan() && !value.is_nan());
    let mut best = (starts[0], values[0]);
    for (start, value) in starts.iter().zip(values) {
        if better(value, best.1) {
            best = (*start, value);
        }
    }
    // Draws in a plane, or nearly: a little room across it.
    let (values, vectors) = symmetric_eigen(covariance);
    let floor = 1e-8 * values.max().max(f64::MIN_POSITIVE);
    let widths = values.map(|value| if value.is_finite() { value.max(floor).sqrt() } else { 1.0 });
    let scale = vectors * SMatrix::from_diagonal(&widths);
    let moved = |at: &[f64; M], w: &SVector<f64, M>| -> [f64; M] { (SVector::from(*at) + scale * w).into() };
    let unit = |i: usize, h: f64| SVector::<f64, M>::from_fn(|k, _| if k == i { h } else { 0.0 });

    // The stencil's half width, standard deviations of the posterior.
    let mut h = 0.25;
    for _ in 0..40 {
        let mut points = Vec::with_capacity(2 * M + M * (M - 1) / 2);
        for i in 0..M {
            points.extend([moved(&best.0, &unit(i, h)), moved(&best.0, &unit(i, -h))]);
        }
        for i in 0..M {
            points.extend((0..i).map(|k| moved(&best.0, &(unit(i, h) + unit(k, h)))));
        }
        let values = f(&points)?;
        if values.iter().any(|value| !value.is_finite()) {
            h *= 0.25;
            if h < 1e-3 {
                break;
            }
            continue;
        }
        let gradient = SVector::<f64, M>::from_fn(|i, _| (values[2 * i] - values[2 * i + 1]) / (2.0 * h));
        let mut hessian = SMatrix::<f64, M, M>::zeros();
        let mut next = 2 * M;
        for i in 0..M {
            hessian[(i, i)] = (values[2 * i] + values[2 * i + 1] - 2.0 * best.1) / (h * h);
            for k in 0..i {
                let mixed = (values[next] + best.1 - values[2 * i] - values[2 * k]) / (h * h);
                // The mixed difference is one-sided: its own curvature belongs to the diagonal.
                hessian[(i, k)] = mixed;
                hessian[(k, i)] = mixed;
                next += 1;
            }
        }
        // Curvature of a density in whitened coordinates is about −1. Where it is not negative, climb as if it were flat.
        let (curvatures, directions) = symmetric_eigen(&hessian);
        let along = directions.transpose() * gradient;
        let mut step = directions * SVector::<f64, M>::from_fn(|k, _| along[k] / curvatures[k].abs().max(0.05));
        let length = step.norm();
        if length > 2.0 {
            step *= 2.0 / length;
        }
        let candidates = [1.0, 0.5, 0.2, 0.05].map(|share| moved(&best.0, &(step * share)));
        let values = f(&candidates)?;
        let before = best.1;
        for (candidate, value) in candidates.iter().zip(values) {
            if better(value, best.1) {
                best = (*candidate, value);
            }
        }
        if best.0.iter().any(|z| z.abs() > EDGE) {
            break;
        }
        let gained = best.1 - before;
        if length < 1e-3 || (h < 0.02 && gained < 1e-7 && length < 0.02) {
            return Ok(Climbed { at: best.0, value: best.1, converged: true });
        }
        // Nearer the top a narrower stencil, whose differences see less of what is not quadratic.
        if length < h || gained <= 0.0 {
            h = (0.25 * h).max(0.01);
        }
    }
    Ok(Climbed { at: best.0, value: best.1, converged: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        compose::{
            Composed, Gauss,
            oracle::{Gaussian, GaussianOracle},
        },
        diffusion::Schedule,
        sample::{Flow, SampleError},
    };

    type Density<'a, const M: usize> = Box<dyn FnMut(&[[f64; M]]) -> std::result::Result<Vec<f64>, SampleError> + 'a>;

    fn oracle(n: usize) -> GaussianOracle<2> {
        let prior = Gaussian::new([0.0; 2], SMatrix::identity()).expect("definite");
        let design = SMatrix::<f64, 3, 2>::from_row_slice(&[1.0, -0.5, 1.0, 0.0, 1.0, 1.0]);
        let x: Vec<[f64; 3]> = (0..n).map(|j| [0.3 + 0.1 * j as f64, -0.2, 0.7 - 0.2 * j as f64]).collect();
        GaussianOracle::linear(prior, &design, &SMatrix::from_diagonal_element(0.64), &x).expect("definite")
    }

    #[test]
    fn the_mode_of_an_exact_tall_posterior_is_its_mean() {
        for n in [1, 20] {
            let oracle = oracle(n);
            let composition = Composer::<2, _, GaussianOracle<2>>::prepare(&Gauss::default(), oracle.prior(), &oracle);
            let composition = composition.expect("prepared");
            let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
            let tall = oracle.tall();
            let narrowest = tall.covariance().symmetric_eigenvalues().min().sqrt();
            let flow = Flow { steps: 80, ..Flow::default() };
            let mut density: Density<'_, 2> =
                Box::new(|z| flow.ln_density(&score, &Schedule::default(), Some(narrowest), z));
            // From a posterior standard deviation away, with a covariance that is off.
            let start: [f64; 2] = (tall.mean() + SVector::from([narrowest, -narrowest])).into();
            let climbed = climb(&[start], &(tall.covariance() * 1.7), &mut density).expect("climbed");
            let off = (SVector::from(climbed.at) - tall.mean()).norm() / narrowest;
            let top = -0.5 * tall.covariance().determinant().ln() - (2.0 * std::f64::consts::PI).ln();
            eprintln!("n = {n}: {off:.1e} standard deviations off, {:.1e} nats", climbed.value - top);
            // The flow starts from N(0, I), which moves its mode by e⁻⁸ = 3e-4 of the mean in standard deviations of one.
            assert!(climbed.converged && off < 3e-3 && (climbed.value - top).abs() < 3e-3, "{climbed:?}");
        }
    }

    #[test]
    fn a_density_that_is_not_quadratic_is_climbed() {
        // A gamma density in ln θ, and a bent one; their modes are known.
        let mut gamma: Density<'_, 1> = Box::new(|z| Ok(z.iter().map(|[z]| 3.0 * z - 2.0 * z.exp()).collect()));
        let climbed = climb(&[[-2.0], [3.0]], &SMatrix::from_element(0.4), &mut gamma).expect("climbed");
        assert!(climbed.converged && (climbed.at[0] - 1.5_f64.ln()).abs() < 1e-3, "{climbed:?}");
        let bent = |[a, b]: &[f64; 2]| -0.5 * (a - 1.0).powi(2) - 8.0 * (b - a * a).powi(2);
        let mut bent: Density<'_, 2> = Box::new(|z| Ok(z.iter().map(bent).collect()));
        let covariance = SMatrix::<f64, 2, 2>::new(1.0, 1.4, 1.4, 3.0);
        let climbed = climb(&[[-0.5, 0.6], [0.2, 1.0]], &covariance, &mut bent).expect("climbed");
        assert!(climbed.converged && climbed.value > -1e-4, "{climbed:?}");
    }

    #[test]
    fn what_has_no_mode_says_so() {
        let mut rising: Density<'_, 1> = Box::new(|z| Ok(z.iter().map(|[z]| *z).collect()));
        assert!(!climb(&[[0.0]], &SMatrix::identity(), &mut rising).expect("climbed").converged);
        let mut broken: Density<'_, 1> = Box::new(|z| Ok(vec![f64::NAN; z.len()]));
        assert!(!climb(&[[0.0]], &SMatrix::identity(), &mut broken).expect("climbed").converged);
    }
}
