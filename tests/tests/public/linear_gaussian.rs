//! Train on a linear Gaussian model declared in the language and compare with its exact tall posterior. A smoke test: the
//! margins allow for the error of a small network trained in seconds.

use tallsbi::compose::Gauss;
use tallsbi::model::stream;
use tallsbi::nalgebra::{SMatrix, SVector};
use tallsbi::net::{Mlp, ScoreNetwork, Separable};
use tallsbi::prelude::*;
use tallsbi::prior::Prior;
use tallsbi::rand_distr::StandardNormal;
use tallsbi::sample::Plan;
use tallsbi::train::TrainOptions;
use tallsbi_tests::null;

/// Standard deviation of the noise of every component.
const NOISE: f64 = 0.8;
const PRIOR: [(f64, f64); 2] = [(0.0, 1.0), (1.0, 2.0)];
const DRAWS: usize = 300;
const SETS: u64 = 20;

#[derive(Parameters, Clone, Debug)]
struct Line {
    /// value at the origin [mV]
    #[prior(Normal(0, 1))]
    intercept: f64,
    /// slope [mV/ms]
    #[prior(Normal(1, 2))]
    slope: f64,
}

/// The value of the line at three times, with noise.
#[simulator(network = Mlp<2, 3, 64>)]
fn line_model(theta: &Line, rng: &mut impl Rng) -> [f64; 3] {
    design().map(|[a, b]| {
        let noise: f64 = rng.sample(StandardNormal);
        a * theta.intercept + b * theta.slope + NOISE * noise
    })
}

fn design() -> [[f64; 2]; 3] {
    [[1.0, -0.5], [1.0, 0.0], [1.0, 1.0]]
}

/// Mean and covariance of the posterior given all of `x`, whose noise is believed to be `noise`.
fn exact(x: &[[f64; 3]], noise: f64) -> (SVector<f64, 2>, SMatrix<f64, 2, 2>) {
    let a = SMatrix::<f64, 3, 2>::from_fn(|i, k| design()[i][k]);
    let prior = SMatrix::<f64, 2, 2>::from_diagonal(&SVector::from(PRIOR.map(|(_, sd)| 1.0 / (sd * sd))));
    let sum: SVector<f64, 3> = x.iter().map(|x| SVector::from(*x)).sum();
    let precision = prior + a.transpose() * a * (x.len() as f64 / (noise * noise));
    let covariance = precision.try_inverse().expect("a positive definite precision");
    let shift = prior * SVector::from(PRIOR.map(|(mean, _)| mean)) + a.transpose() * sum / (noise * noise);
    (covariance * shift, covariance)
}

/// How draws differ from posteriors that are known, over sets of observations and components.
#[derive(Debug, Default)]
struct Discrepancy {
    squares: f64,
    logs: f64,
    covered: usize,
    n: usize,
}

impl Discrepancy {
    fn add(&mut self, draws: &[[f64; 2]], truth: &[f64; 2], exact: &(SVector<f64, 2>, SMatrix<f64, 2, 2>)) {
        for k in 0..2 {
            let mut column: Vec<f64> = draws.iter().map(|draw| draw[k]).collect();
            column.sort_by(f64::total_cmp);
            let mean = column.iter().sum::<f64>() / column.len() as f64;
            let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (column.len() - 1) as f64;
            let sd = exact.1[(k, k)].sqrt();
            self.squares += ((mean - exact.0[k]) / sd).powi(2);
            self.logs += (variance.sqrt() / sd).ln();
            let (low, high) = (column[column.len() / 10], column[column.len() * 9 / 10]);
            self.covered += usize::from((low..high).contains(&truth[k]));
            self.n += 1;
        }
    }

    /// Root mean square of (mean − exact mean)/exact sd.
    fn mean(&self) -> f64 {
        (self.squares / self.n as f64).sqrt()
    }

    /// Geometric mean of sd/exact sd.
    fn spread(&self) -> f64 {
        (self.logs / self.n as f64).exp()
    }

    /// Share of true parameters within the draws' central 80 %.
    fn coverage(&self) -> f64 {
        self.covered as f64 / self.n as f64
    }

    /// Means to half a posterior standard deviation, spreads to a fifth; coverage to what independent trials scatter and
    /// ten percent more, which means that are half a standard deviation off take away: Φ(1.28 ∓ 0.5) make 0.74.
    fn is_small(&self) -> bool {
        let scatter = null::mean((0.8_f64 * 0.2).sqrt(), self.n) + 0.1;
        self.mean() < 0.5 && self.spread().ln().abs() < 0.2 && (self.coverage() - 0.8).abs() < scatter
    }
}

/// Trains a network of the given type and compares its tall posteriors with the exact ones.
fn check<N: ScoreNetwork<2, 3>>(name: &str, composers: &[(&str, Gauss)]) {
    let posterior = LineModel::npse()
        .network::<N>()
        .simulations(3_000)
        .seed(1)
        .head_options(TrainOptions::head(), 64)
        .epochs(60)
        .quiet()
        .train()
        .expect("training");
    let report = posterior.training();
    let last = report.epochs[report.best_epoch - 1];
    eprintln!("{name}: best epoch {} of {}, {last:?}", report.best_epoch, report.epochs.len());
    for (n, (composer, gauss)) in [1, 5, 20].into_iter().flat_map(|n| composers.iter().map(move |c| (n, c))) {
        let [mut found, mut half_noise, mut prior_alone] = [(); 3].map(|()| Discrepancy::default());
        for set in 0..SETS {
            let mut rng = stream(7, "truth", set);
            let truth = LineModel.prior().sample(&mut rng);
            let theta = Line::from_array(truth);
            let x: Vec<[f64; 3]> =
                (0..n).map(|_| LineModel.simulate(&theta, &mut rng).expect("it cannot fail")).collect();
            let draws = posterior
                .observe(&x)
                .expect("finite observations")
                .compose(*gauss)
                .sampler(Plan::dpm(30))
                .seed(set)
                .quiet()
                .sample(DRAWS)
                .expect("draws");
            assert_eq!((draws.len(), draws.report().non_finite), (DRAWS, 0));
            found.add(draws.rows(), &truth, &exact(&x, NOISE));
            half_noise.add(draws.rows(), &truth, &exact(&x, 0.5 * NOISE));
            prior_alone.add(draws.rows(), &truth, &exact(&[], NOISE));
        }
        eprintln!(
            "{name}, {composer}, n = {n}: mean error {:.3} sd, spread {:.3}, coverage of 80 % {:.3}, {SETS} sets",
            found.mean(),
            found.spread(),
            found.coverage(),
        );
        assert!(found.is_small(), "{name}, {composer}, n = {n}: {found:?}");
        // Negative controls: the posterior of an experiment with half the noise, and the prior.
        assert!(!half_noise.is_small(), "{name}, {composer}, n = {n}: {half_noise:?}");
        assert!(!prior_alone.is_small(), "{name}, {composer}, n = {n}: {prior_alone:?}");
    }
}

#[test]
fn a_trained_posterior_is_near_the_exact_one() {
    check::<Mlp<2, 3, 64>>("perceptron", &[("pilot draws", Gauss::pilot(200, 20)), ("head", Gauss::default())]);
}

#[test]
fn a_separable_network_is_near_the_exact_posterior() {
    check::<Separable<2, 3, 1, 16, 64>>("separable", &[("head", Gauss::default())]);
}
