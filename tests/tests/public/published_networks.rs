//! Reproduce the figures of the published networks of arXiv:2404.07593 with GAUSS and DDIM-1000 in the paper's settings.
//!
//! Networks, reference draws and the figures measured with the published code lie in `../shared/reference` beside the
//! project; without it every test here says so and passes. All rows but the first of each task
//! take minutes: `TALLSBI_SLOW=1` adds them. `TALLSBI_SLOW=seeds` measures instead how much a run's figures scatter
//! (set 1, n = 1 and 8), which is where the tolerances come from.

use tallsbi::compose::{
    ComposeError, Composed, Composer, Composition, CompositionReport, DiffusedPrior, FactorizedDiffused,
    GaussComposition, LocalScores, Weights,
};
use tallsbi::dataset::FEATURES;
use tallsbi::diagnose::{Rows, c2st, median_distance, mmd2_with_bandwidth, sliced_wasserstein};
use tallsbi::diffusion::{GaussianBaseline, Level};
use tallsbi::import::ImportedPosterior;
use tallsbi::model::Transform;
use tallsbi::nalgebra::{SMatrix, SVector};
use tallsbi::net::{Activations, FusedEngine, Inputs, NamedTensor, ScoreEngine};
use tallsbi::posterior::NetworkScores;
use tallsbi::prelude::*;
use tallsbi::prior::{ClosedFormDiffusion, DeclaredPrior, PaperPrior};
use tallsbi::sample::{Ddim, DriveOptions, Driven, Grid, drive};
use tallsbi_tests::reference::Reference;

#[derive(Parameters, Clone)]
struct Slcp {
    #[prior(Uniform(-3, 3))]
    theta: [f64; 5],
}

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(0.4_f64.ln(), 0.5))]
    beta: f64,
    #[prior(LogNormal(0.125_f64.ln(), 0.2))]
    gamma: f64,
}

#[derive(Parameters, Clone)]
struct Predation {
    #[prior(LogNormal(-0.125, 0.5))]
    alpha: f64,
    #[prior(LogNormal(-3, 0.5))]
    beta: f64,
    #[prior(LogNormal(-0.125, 0.5))]
    gamma: f64,
    #[prior(LogNormal(-3, 0.5))]
    delta: f64,
}

/// A published network by the library's own import, where the reference folder is there.
fn published<P, const M: usize, const D: usize>(task: &str, transform: Transform) -> Option<ImportedPosterior<P, M, D>>
where
    P: Parameters<M> + DeclaredPrior<M> + ClosedFormDiffusion,
{
    let path = Reference::path(&format!("published_networks/{task}"))?;
    Some(ImportedPosterior::published(path, [transform; D]).expect("a published network"))
}

#[track_caller]
fn check_forward<P, const M: usize, const D: usize>(task: &str)
where
    P: Parameters<M> + DeclaredPrior<M> + ClosedFormDiffusion,
{
    let Some(imported) = published::<P, M, D>(task, Transform::Identity) else { return };
    let file = Reference::open(&format!("published_networks/{task}")).expect("it was just read");
    let engine = imported.engine();
    let [(_, theta), (_, x), (_, times), (_, expected)] =
        ["check_theta", "check_x", "check_t", "check_epsilon"].map(|name| file.tensor(name));
    let padded = |values: &[f32], n: usize, parts: usize| -> Vec<f32> {
        let zeros = || std::iter::repeat_n(0.0, (parts - 1) * n);
        values.chunks_exact(n).flat_map(|row| row.iter().copied().chain(zeros())).collect()
    };
    let (theta, observations) = (padded(&theta, M, 3), padded(&x, D, FEATURES));
    let sizes = vec![1; times.len()];
    let inputs = Inputs { theta: &theta, observations: &observations, sizes: &sizes, times: &times };
    let mut out = vec![0.0; expected.len()];
    engine.forward(&inputs, &mut Activations::default(), &mut out).expect("a forward pass");
    let worst = out.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    eprintln!("{task}: largest difference {worst:e} over {} outputs", out.len());
    assert!(worst <= 1e-5, "{worst}");

    // Negative control: cosines and sines in each other's place.
    let mut tensors = engine.tensors();
    let (cos, sin) = (position(&tensors, "time.cos"), position(&tensors, "time.sin"));
    let kept = tensors[cos].values.clone();
    tensors[cos].values = std::mem::replace(&mut tensors[sin].values, kept);
    let swapped = FusedEngine::from_tensors(*engine.shape(), &tensors).expect("the same shapes");
    swapped.forward(&inputs, &mut Activations::default(), &mut out).expect("a forward pass");
    assert!(out.iter().zip(&expected).any(|(a, b)| (a - b).abs() > 1e-2));
}

fn position(tensors: &[NamedTensor], name: &str) -> usize {
    tensors.iter().position(|tensor| tensor.name == name).expect("a tensor of the network")
}

#[test]
fn the_forward_pass_is_the_published_one() {
    check_forward::<Slcp, 5, 8>("slcp");
    check_forward::<Epidemic, 2, 10>("sir");
    check_forward::<Predation, 4, 20>("lotka_volterra");
}

/// What the published sampling does with an imported network.
struct Published<P, const M: usize, const D: usize>(ImportedPosterior<P, M, D>);

impl<P: Parameters<M>, const M: usize, const D: usize> Published<P, M, D> {
    fn draw<C>(&self, composition: &C, features: &[f32], n: usize, sampler: Ddim, steps: usize, seed: u64) -> Driven<M>
    where
        C: for<'x> Composition<M, PaperPrior<M>, NetworkScores<'x, FusedEngine, PaperPrior<M>, M>>,
    {
        let baselines = vec![GaussianBaseline::standard(); n];
        let local = self.0.scores(features, &baselines).expect("observations bind");
        let score = Composed { composition, prior: self.0.prior(), local: &local };
        let levels = Grid::Uniform { steps }.levels(&self.0.schedule()).expect("a grid");
        let options = DriveOptions { draws: 1_000, seed, block: (2048 / n).clamp(4, 256), ..DriveOptions::default() };
        drive(&score, &sampler, &levels, &options).expect("finite draws")
    }

    /// The covariance of 1,000 draws by DDIM(100, η = 0.5) given each observation alone.
    fn pilot(&self, features: &[f32], seed: u64) -> Vec<SMatrix<f64, M, M>> {
        let single = Composer::<M, PaperPrior<M>, NetworkScores<'_, FusedEngine, PaperPrior<M>, M>>::prepare(
            &FactorizedDiffused,
            self.0.prior(),
            &One,
        )
        .expect("one factor");
        features
            .chunks_exact(FEATURES * D)
            .zip(0..)
            .map(|(x, j)| covariance(&self.draw(&single, x, 1, Ddim { eta: 0.5 }, 100, 1_000 * seed + j).draws))
            .collect()
    }

    /// Draws given `x`, natural units.
    fn sample(&self, x: &[[f64; D]], seed: u64) -> Vec<[f64; M]> {
        let features = self.0.scale().features(x).expect("observations with their transforms");
        let composition = self.compose(&features, seed);
        let driven = self.draw(&composition, &features, x.len(), Ddim::for_steps(1_000), 1_000, seed);
        assert!(driven.non_finite.is_empty(), "non-finite draws");
        driven.draws.iter().map(|z| self.0.coordinates().inverse(z)).collect()
    }

    fn compose(&self, features: &[f32], seed: u64) -> PublishedGauss<M> {
        let covariances = if features.len() > FEATURES * D { self.pilot(features, seed) } else { Vec::new() };
        let precisions: Vec<SMatrix<f64, M, M>> =
            covariances.iter().map(|c| c.try_inverse().expect("a covariance")).collect();
        let total = precisions.iter().sum();
        let gaussian = if self.0.coordinates().log()[0] {
            let covariances = if covariances.is_empty() { vec![SMatrix::identity()] } else { covariances };
            Some(
                GaussComposition::from_covariances(&self.0.prior().covariance(), &covariances, false)
                    .expect("a positive definite composition"),
            )
        } else {
            None
        };
        PublishedGauss { gaussian, precisions, total }
    }
}

/// GAUSS as shipped with arXiv:2404.07593: under a Gaussian prior it is this library's; under a uniform one the prior's
/// precision is that of Tweedie's formula at every θ, and there is no correction at all where √α ≤ ½ or n = 1.
struct PublishedGauss<const M: usize> {
    gaussian: Option<GaussComposition<M>>,
    precisions: Vec<SMatrix<f64, M, M>>,
    total: SMatrix<f64, M, M>,
}

/// Buffers of one thread.
#[derive(Default)]
struct PublishedWorkspace<const M: usize, G, L> {
    gaussian: G,
    local: L,
    weights: Vec<SMatrix<f64, M, M>>,
    prior_scores: Vec<[f64; M]>,
    prior_covariances: Vec<SMatrix<f64, M, M>>,
}

impl<const M: usize, L: LocalScores<M>> Composition<M, PaperPrior<M>, L> for PublishedGauss<M> {
    type Workspace =
        PublishedWorkspace<M, <GaussComposition<M> as Composition<M, PaperPrior<M>, L>>::Workspace, L::Workspace>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &PaperPrior<M>,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        if let Some(gaussian) = &self.gaussian {
            return gaussian.score_into(at, theta, prior, local, &mut workspace.gaussian, out);
        }
        let corrected = at.mean() > 0.5 && self.precisions.len() > 1;
        workspace.prior_scores.resize(theta.len(), [0.0; M]);
        prior.score_into(at, theta, &mut (), &mut workspace.prior_scores)?;
        if corrected {
            // Λ = Σ P_j + (1 − n) P_λ(θ) and s = s_λ + Λ⁻¹ Σ P_j δ_j.
            let ratio = at.alpha / (at.sigma * at.sigma);
            let noise = SMatrix::from_diagonal_element(ratio);
            workspace.weights.clear();
            workspace.weights.extend(self.precisions.iter().map(|precision| precision + noise));
            local.weighted_sum_into(at, Weights::Each(&workspace.weights), theta, &mut workspace.local, out)?;
            workspace.prior_covariances.resize(theta.len(), SMatrix::zeros());
            prior.relative_covariance_into(at, theta, &mut (), &mut workspace.prior_covariances)?;
            let n = self.precisions.len() as f64;
            for (out, covariance) in out.iter_mut().zip(&workspace.prior_covariances) {
                let prior = covariance.try_inverse().unwrap_or_else(SMatrix::zeros) * ratio;
                let lambda = self.total + noise * n + prior * (1.0 - n);
                let inverse = lambda.try_inverse();
                *out = inverse.map_or([f64::NAN; M], |inverse| (inverse * SVector::from(*out)).into());
            }
        } else {
            local.weighted_sum_into(at, Weights::Identity, theta, &mut workspace.local, out)?;
        }
        for (out, score) in out.iter_mut().zip(&workspace.prior_scores) {
            for k in 0..M {
                out[k] += score[k];
            }
        }
        Ok(())
    }

    fn report(&self) -> CompositionReport {
        CompositionReport::default()
    }
}

/// Stands for one factor.
struct One;

impl<const M: usize> tallsbi::compose::Pilot<M> for One {
    fn n_factors(&self) -> usize {
        1
    }
    fn covariances(&self, _draws: usize, _steps: usize) -> Result<Vec<SMatrix<f64, M, M>>, ComposeError> {
        Ok(vec![SMatrix::identity()])
    }
}

fn covariance<const M: usize>(draws: &[[f64; M]]) -> SMatrix<f64, M, M> {
    let n = draws.len() as f64;
    let mean: SVector<f64, M> = draws.iter().map(|draw| SVector::from(*draw)).sum::<SVector<f64, M>>() / n;
    let scatter: SMatrix<f64, M, M> =
        draws.iter().map(|draw| SVector::from(*draw) - mean).map(|centred| centred * centred.transpose()).sum();
    scatter / (n - 1.0)
}

/// What a row of the published figures holds beside C2ST.
#[derive(Clone, Copy)]
enum Distance {
    /// sW of order 2 by 1,000 projections.
    Sliced,
    /// Unbiased MMD² with the median distance of the *draws* for a bandwidth; see [`LOTKA_VOLTERRA`].
    Mmd,
}

impl Distance {
    fn measure(self, reference: Rows<'_>, draws: Rows<'_>, seed: u64) -> f64 {
        match self {
            Self::Sliced => sliced_wasserstein(reference, draws, 1_000, seed),
            Self::Mmd => median_distance(draws).and_then(|width| mmd2_with_bandwidth(reference, draws, width)),
        }
        .expect("two samples")
    }

    /// Half a unit of the last digit of a published figure.
    fn rounding(self) -> f64 {
        match self {
            Self::Sliced => 0.005,
            Self::Mmd => 0.0005,
        }
    }
}

/// What is compared, and the standard deviations of one run's figures over seeds of the sampler (pilot, projections and
/// classifier included), set 1, seeds 1 to 8 at n = 1 and 1 to 4 at n = 8, as
/// `TALLSBI_SLOW=seeds cargo test --release -p tallsbi-tests --test public published_networks -- --nocapture` prints them.
struct Scatter {
    distance: Distance,
    /// Of the distance at n = 1.
    single: f64,
    /// Of the distance at n = 8, used for n = 30 too.
    tall: f64,
    /// Of C2ST: root mean square of n = 1 and n = 8.
    c2st: f64,
}

/// sW given one observation is 0.39 to 0.47 over seeds 1 to 12 (mean 0.422, standard deviation 0.030; the published run:
/// 0.46). It follows the share of draws with θ_4 > 0, 0.58 to 0.62, half in the reference: the scatter of 1,000 draws
/// between two modes 4 apart. Beside that, other projections (0.01) do not matter, and order 1 gives 0.27.
const SLCP: Scatter = Scatter { distance: Distance::Sliced, single: 0.027, tall: 0.054, c2st: 0.0085 };

/// Set 2 at n = 8 is not among the rows. Seeds 1 to 4 give MMD² 0.219 to 0.275 (standard deviation 0.026) and C2ST 0.741 to
/// 0.773 (0.015), the published run 0.360 and 0.82. The same recipe written once more in PyTorch, from the paper's formulas
/// and with nothing of this library, gives MMD² 0.273, 0.291 and 0.276 (seeds 1 to 3, the draws' median distance): so the figure
/// of that one run, and not this library, is the odd one. At n = 30 the same set agrees (0.310 and 0.804 for 0.309 and 0.82).
const SIR: Scatter = Scatter { distance: Distance::Mmd, single: 0.0018, tall: 0.0111, c2st: 0.0068 };

/// The median heuristic has two readings. With the median distance of the *reference* ([`mmd2`](tallsbi::diagnose::mmd2))
/// MMD² at n = 30 (set 1) is 0.273 and 0.272 for seeds 1 and 2, where the published run had 0.138: no scatter. With that of
/// the draws it is 0.149 and 0.155, and at n = 8 it is 0.083 to 0.103 in place of 0.103 to 0.122 (published 0.073). Set 2,
/// not looked at before, says the same at n = 30: 0.193 in place of 0.315 (published 0.179), and SIR 0.310 in place of 0.322
/// (0.309). These draws are up to four times as wide as the reference, which is why the readings differ; C2ST, which has no
/// bandwidth, agrees. So the published runs are taken to have used the draws' distance, and the recipe to be the same.
const LOTKA_VOLTERRA: Scatter = Scatter { distance: Distance::Mmd, single: 0.0039, tall: 0.0089, c2st: 0.0050 };

/// Largest difference of two runs that each scatter with `sd`: three standard deviations of the difference.
fn tolerance(sd: f64) -> f64 {
    3.0 * 2.0_f64.sqrt() * sd
}

impl Scatter {
    fn distance_tolerance(&self, n: usize) -> f64 {
        tolerance(if n == 1 { self.single } else { self.tall }) + self.distance.rounding()
    }

    /// With half a unit of the last published digit.
    fn c2st_tolerance(&self) -> f64 {
        tolerance(self.c2st) + 0.005
    }
}

/// One row: set (from 1), n, published distance and C2ST.
type Row = (usize, usize, f64, f64);

/// What `TALLSBI_SLOW` asks for.
#[derive(PartialEq)]
enum Mode {
    First,
    All,
    Seeds,
}

fn mode() -> Mode {
    match std::env::var("TALLSBI_SLOW").as_deref() {
        Ok("1") => Mode::All,
        Ok("seeds") => Mode::Seeds,
        _ => Mode::First,
    }
}

/// The distance and C2ST of one run.
fn run<P: Parameters<M>, const M: usize, const D: usize>(
    published: &Published<P, M, D>,
    distance: Distance,
    x: &[[f64; D]],
    reference: &[[f64; M]],
    seed: u64,
) -> (Vec<[f64; M]>, f64, f64) {
    let draws = published.sample(x, seed);
    let (a, b) = (Rows::from_arrays(reference).expect("finite"), Rows::from_arrays(&draws).expect("finite"));
    let found = (distance.measure(a, b, seed), c2st(a, b, seed).expect("two samples"));
    (draws, found.0, found.1)
}

#[track_caller]
fn check_rows<P, const M: usize, const D: usize>(task: &str, transform: Transform, scatter: &Scatter, rows: &[Row])
where
    P: Parameters<M> + DeclaredPrior<M> + ClosedFormDiffusion,
{
    let (Some(published), Some(tall)) =
        (published::<P, M, D>(task, transform).map(Published), Reference::open(&format!("tall/{task}")))
    else {
        return;
    };
    let distance = scatter.distance;
    for (set, n, expected_distance, expected_c2st) in rows.iter().copied() {
        let wanted = match mode() {
            Mode::First => (set, n) == (1, 1),
            Mode::All => true,
            Mode::Seeds => set == 1 && n <= 8,
        };
        if !wanted {
            continue;
        }
        let start = std::time::Instant::now();
        let x: Vec<[f64; D]> = tall.block("x_obs", set - 1);
        let reference: Vec<[f64; M]> = tall.block(&format!("posterior_n{n}"), set - 1);
        if mode() == Mode::Seeds {
            let runs: Vec<(f64, f64)> = (1..=if n == 1 { 8 } else { 4 })
                .map(|seed| run(&published, distance, &x[..n], &reference, seed))
                .map(|(_, distance, accuracy)| (distance, accuracy))
                .collect();
            let of_distance = sd(&runs.iter().map(|run| run.0).collect::<Vec<_>>());
            let of_c2st = sd(&runs.iter().map(|run| run.1).collect::<Vec<_>>());
            eprintln!("{task} set {set} n {n}: {runs:.4?}, sd of distance {of_distance:.4}, of C2ST {of_c2st:.4}");
            continue;
        }
        let (draws, found, accuracy) = run(&published, distance, &x[..n], &reference, 1);
        let (near, near_c2st) = (scatter.distance_tolerance(n), scatter.c2st_tolerance());
        eprintln!(
            "{task} set {set} n {n}: distance {found:.3} (published {expected_distance} ± {near:.3}), C2ST {accuracy:.3} \
             (published {expected_c2st} ± {near_c2st:.3}), {:.1} s",
            start.elapsed().as_secs_f64(),
        );
        assert!((found - expected_distance).abs() < near, "{task} set {set} n {n}: distance {found}");
        assert!((accuracy - expected_c2st).abs() < near_c2st, "{task} set {set} n {n}: C2ST {accuracy}");

        // Negative control: the posterior given the next set is another one.
        let other: Vec<[f64; M]> = tall.block(&format!("posterior_n{n}"), set);
        let (a, b) = (Rows::from_arrays(&other).expect("finite"), Rows::from_arrays(&draws).expect("finite"));
        let accuracy = c2st(a, b, 1).expect("two samples");
        let control = (accuracy - expected_c2st).abs() >= near_c2st || expected_c2st > 0.9;
        assert!(control, "{task} set {set} n {n}: another set's posterior gives C2ST {accuracy}");
    }
}

/// Standard deviation, divisor n − 1.
fn sd(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

#[test]
fn slcp_is_reproduced() {
    check_rows::<Slcp, 5, 8>(
        "slcp",
        Transform::Identity,
        &SLCP,
        &[
            (1, 1, 0.46, 0.86),
            (1, 8, 0.64, 0.98),
            (1, 30, 0.56, 1.00),
            (2, 1, 0.22, 0.66),
            (2, 8, 0.37, 0.91),
            (2, 30, 0.36, 1.00),
        ],
    );
}

#[test]
fn sir_is_reproduced() {
    check_rows::<Epidemic, 2, 10>(
        "sir",
        Transform::Identity,
        &SIR,
        &[(1, 1, 0.007, 0.56), (1, 8, 0.082, 0.65), (1, 30, 0.232, 0.80), (2, 30, 0.309, 0.82)],
    );
}

/// The library's own composer and solver on a published network: what a user of the import gets.
#[test]
fn an_imported_network_is_sampled_by_the_library() {
    let (Some(imported), Some(tall)) =
        (published::<Epidemic, 2, 10>("sir", Transform::Identity), Reference::open("tall/sir"))
    else {
        return;
    };
    let x: Vec<[f64; 10]> = tall.block("x_obs", 0);
    let draws = imported.sample(&x[..8], &Gauss::default(), &Plan::dpm(60), 1_000, 1).expect("draws");
    assert_eq!((draws.len(), draws.report().n_observations, draws.report().non_finite), (1_000, 8, 0));
    assert!(draws.rows().iter().flatten().all(|value| *value > 0.0), "rates are positive");
    let accuracy = |set: usize| {
        let reference: Vec<[f64; 2]> = tall.block("posterior_n8", set);
        let (a, b) = (Rows::from_arrays(&reference).expect("finite"), Rows::from_arrays(draws.rows()).expect("finite"));
        c2st(a, b, 1).expect("two samples")
    };
    eprintln!("C2ST {} (published 0.65)", accuracy(0));
    assert!((accuracy(0) - 0.65).abs() < SIR.c2st_tolerance(), "{}", accuracy(0));
    // Negative control: the posterior given the next set.
    assert!((accuracy(1) - 0.65).abs() > SIR.c2st_tolerance(), "{}", accuracy(1));
    // A file of another task, and another model's shapes.
    let path = Reference::path("published_networks/sir").expect("it was just read");
    let error = ImportedPosterior::<Slcp, 5, 8>::published(&path, [Transform::Identity; 8]).expect_err("another model");
    assert_eq!(
        error.to_string(),
        "the tensor `0.weight` has shape [256, 18], expected [256, 19] (a `Linear` stores [outputs, inputs])"
    );
}

#[test]
fn lotka_volterra_is_reproduced() {
    check_rows::<Predation, 4, 20>(
        "lotka_volterra",
        Transform::Log,
        &LOTKA_VOLTERRA,
        &[
            (1, 1, 0.045, 0.82),
            (1, 8, 0.073, 0.92),
            (1, 30, 0.138, 0.99),
            (2, 1, 0.002, 0.68),
            (2, 8, 0.071, 0.89),
            (2, 30, 0.179, 0.97),
        ],
    );
}
