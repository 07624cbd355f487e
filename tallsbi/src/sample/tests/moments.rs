//! Check drawn moments of composers with samplers, within Monte Carlo error.

use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::{compose::GaussComposition, model::stream};

/// Largest z-score of the drawn moments against `target`. Standard errors of a normal sample: s_i/√n of a mean,
/// √((s_ii s_jj + s_ij²)/n) of a covariance.
fn z_score<const M: usize>(draws: &[[f64; M]], target: &Moments<M>, bias: f64) -> f64 {
    let n = draws.len() as f64;
    let mean = draws.iter().fold(SVector::<f64, M>::zeros(), |sum, draw| sum + SVector::from(*draw)) / n;
    let covariance = draws.iter().fold(SMatrix::<f64, M, M>::zeros(), |sum, draw| {
        let deviation = SVector::from(*draw) - mean;
        sum + deviation * deviation.transpose()
    }) / (n - 1.0);
    let mut worst: f64 = 0.0;
    let excess = |difference: f64, scale: f64, error: f64| (difference.abs() - bias * scale).max(0.0) / error;
    let s = &target.1;
    for i in 0..M {
        let sd = s[(i, i)].sqrt();
        worst = worst.max(excess(mean[i] - target.0[i], sd, sd / n.sqrt()));
        for j in 0..M {
            let scale = (s[(i, i)] * s[(j, j)]).sqrt();
            let error = ((s[(i, i)] * s[(j, j)] + s[(i, j)] * s[(i, j)]) / n).sqrt();
            worst = worst.max(excess(covariance[(i, j)] - s[(i, j)], scale, error));
        }
    }
    worst
}

/// Two-sided normal quantile at 1e-6.
const Z: f64 = 4.892;

/// The drawn moments of a composer with a sampler, within Monte Carlo error of the same sampler's noise-free moments on
/// the *exact* score, whose discretisation error is printed and falls as `samplers_converge_to_the_exact_posterior` says.
#[track_caller]
fn check_draws<C, A>(label: &str, composer: &C, plan: &Plan<A>, draws: usize)
where
    C: Composer<2, Gaussian<2>, GaussianOracle<2>>,
    A: Sampler<2> + Clone,
{
    let oracle = model(standard::<2>(), 8, 1);
    let target = moments(oracle.tall(), &plan.sampler, &levels(&plan.grid));
    check_against(label, composer, plan, draws, &oracle, &target);
}

/// As [`check_draws`] for a composer that is exact at t = 0 only: against its own noise-free moments.
#[track_caller]
fn check_bridge<C: Composer<2, Gaussian<2>, GaussianOracle<2>>>(label: &str, composer: &C, plan: &Plan<Langevin>) {
    let oracle = model(standard::<2>(), 8, 1);
    let composition = composer.prepare(oracle.prior(), &oracle).expect("prepared");
    let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
    let target = moments(&score, &plan.sampler, &levels(&plan.grid));
    check_against(label, composer, plan, 4_000, &oracle, &target);
}

#[track_caller]
fn check_against<C, A>(
    label: &str,
    composer: &C,
    plan: &Plan<A>,
    draws: usize,
    oracle: &GaussianOracle<2>,
    target: &Moments<2>,
) where
    C: Composer<2, Gaussian<2>, GaussianOracle<2>>,
    A: Sampler<2> + Clone,
{
    let bias = distance(target, &of(oracle.tall()));
    let composition = composer.prepare(oracle.prior(), oracle).expect("prepared");
    let score = Composed { composition: &composition, prior: oracle.prior(), local: oracle };
    let driven = drive(&score, &plan.sampler, &levels(&plan.grid), &options(draws, 11)).expect("driven");
    assert_eq!((driven.draws.len(), driven.non_finite.len()), (draws, 0), "{label}");
    let z = z_score(&driven.draws, target, 0.0);
    println!("{label}: bias {bias:.2e}, z {z:.2} (threshold {Z}), n {draws}, seed 11");
    assert!(z < Z, "{label}: z = {z}");
    // Control that must fail: standard deviations 10 % off, a shift of 21 % / √(2/n) ≥ 9 standard errors of a variance.
    let wide: Vec<_> = driven.draws.iter().map(|d| (target.0 + (SVector::from(*d) - target.0) * 1.1).into()).collect();
    assert!(z_score(&wide, target, 0.0) > Z, "{label}: the control passed");
}

#[test]
fn drawn_moments_are_those_of_the_tall_posterior() {
    fn every_sampler<C: Composer<2, Gaussian<2>, GaussianOracle<2>>>(label: &str, composer: &C, slow: usize) {
        let corrector = LangevinCorrector { steps: 3, snr: 0.16 };
        check_draws(&format!("{label}, dpm"), composer, &Plan::dpm(60), 20_000);
        check_draws(&format!("{label}, dpm corrected"), composer, &Plan::dpm_corrected(60, corrector, 0.1), 4_000);
        let TallPlan { steps, corrector, max_sigma } = TallPlan::default();
        let tall = Plan::dpm_corrected(steps, corrector, max_sigma);
        check_draws(&format!("{label}, the default"), composer, &tall, 20_000);
        check_draws(&format!("{label}, langevin"), composer, &Plan::langevin(slow), 4_000);
        for eta in [0.0, 0.5, 1.0] {
            let plan = Plan { sampler: Ddim { eta }, grid: Grid::Uniform { steps: slow } };
            check_draws(&format!("{label}, ddim({eta})"), composer, &plan, 4_000);
        }
        let sampler = PredictorCorrector::new(Ddim { eta: 0.0 }, LangevinCorrector::default());
        let plan = Plan { sampler, grid: Grid::Uniform { steps: slow } };
        check_draws(&format!("{label}, ddim + corrector"), composer, &plan, 4_000);
    }
    every_sampler("gauss", &Gauss::default(), 400);
    every_sampler("jac", &Jac::default(), 100);
    every_sampler("clipped jac", &Clipped { composer: Jac::default(), bound: 6.0 }, 50);
    check_bridge("factorized, langevin", &Factorized, &Plan::langevin(400));
    check_bridge("factorized diffused, langevin", &FactorizedDiffused, &Plan::langevin(400));
}

/// The tamed sampler is not affine: its bias is measured by halving the step.
#[test]
fn tamed_langevin_draws_the_tall_posterior() {
    fn check<C: Composer<2, Gaussian<2>, GaussianOracle<2>>>(label: &str, composer: &C) {
        let oracle = model(standard::<2>(), 8, 1);
        let composition = composer.prepare(oracle.prior(), &oracle).expect("prepared");
        let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
        let draw = |steps: usize, inner: usize, seed| {
            let plan = Plan::tamed(steps);
            let sampler = TamedLangevin { inner, ..plan.sampler };
            drive(&score, &sampler, &levels(&plan.grid), &options(4_000, seed)).expect("driven").draws
        };
        let (coarse, fine) = (draw(800, 5, 3), draw(1_600, 5, 4));
        let sample = |draws: &[[f64; 2]]| {
            let n = draws.len() as f64;
            let mean = draws.iter().fold(SVector::<f64, 2>::zeros(), |sum, d| sum + SVector::from(*d)) / n;
            let covariance = draws.iter().fold(SMatrix::<f64, 2, 2>::zeros(), |sum, d| {
                sum + (SVector::from(*d) - mean) * (SVector::from(*d) - mean).transpose()
            });
            (mean, covariance / n)
        };
        let change = distance(&sample(&coarse), &sample(&fine));
        let z = z_score(&fine, &of(oracle.tall()), change);
        println!("{label}: change by halving {change:.2e}, z {z:.2} (threshold {Z})");
        assert!(z < Z, "{label}: z = {z}, change {change}");
        // Control that must fail: standard deviations 15 % off.
        let target = of(oracle.tall());
        let wide: Vec<_> = fine.iter().map(|d| (target.0 + (SVector::from(*d) - target.0) * 1.15).into()).collect();
        assert!(z_score(&wide, &target, change) > Z, "{label}: the control passed");
    }
    check("gauss", &Gauss::default());
    check("factorized diffused", &FactorizedDiffused);
    check("factorized", &Factorized);
}

/// Negative control: scores added without taking the prior out count it n times, and that must be seen.
#[test]
fn counting_the_prior_n_times_is_seen() {
    struct Naive(GaussianOracle<2>);
    impl Score<2> for Naive {
        type Workspace = ();
        fn score_into(
            &self,
            at: &Level,
            theta: &[[f64; 2]],
            (): &mut (),
            out: &mut [[f64; 2]],
        ) -> Result<(), ComposeError> {
            let n = self.0.factors().len();
            let mut increments = vec![[0.0; 2]; n * theta.len()];
            let mut prior = vec![[0.0; 2]; theta.len()];
            self.0.increments_into(at, theta, &mut Default::default(), &mut increments)?;
            DiffusedPrior::score_into(self.0.prior(), at, theta, &mut (), &mut prior)?;
            for (draw, out) in out.iter_mut().enumerate() {
                *out = std::array::from_fn(|k| {
                    n as f64 * prior[draw][k] + (0..n).map(|j| increments[draw * n + j][k]).sum::<f64>()
                });
            }
            Ok(())
        }
    }
    let naive = Naive(model(standard::<2>(), 8, 1));
    let target = of(naive.0.tall());
    let plan = Plan::langevin(400);
    let bias = distance(&moments(naive.0.tall(), &plan.sampler, &levels(&plan.grid)), &target);
    let driven = drive(&naive, &plan.sampler, &levels(&plan.grid), &options(4_000, 11)).expect("driven");
    let z = z_score(&driven.draws, &target, bias);
    println!("prior counted 8 times: z {z:.1}");
    assert!(z > Z, "the control passed: z = {z}");
}

/// 300 observations that each add 2 % to the prior's precision, with covariances from 1,000 draws. Taken as exact, each
/// scatters by 4 % and a floor at the prior's precision turns the lower half of that scatter into information.
#[test]
fn scatter_of_pilot_covariances_is_not_information() {
    const DRAWS: usize = 1_000;
    let information = SMatrix::<f64, 5, 5>::identity() * 0.02;
    let observations = vec![(information, information * SVector::repeat(0.5)); 300];
    let oracle = GaussianOracle::new(standard::<5>(), &observations).expect("definite");
    let mut rng = stream(1, "pilot-scatter", 0);
    let estimates: Vec<_> = oracle
        .factors()
        .iter()
        .map(|factor| {
            let root = factor.covariance()[(0, 0)].sqrt();
            let rows: Vec<_> = (0..DRAWS)
                .map(|_| {
                    SVector::<f64, 5>::from_fn(|_, _| root * Distribution::<f64>::sample(&StandardNormal, &mut rng))
                })
                .collect();
            let mean = rows.iter().sum::<SVector<f64, 5>>() / DRAWS as f64;
            let scatter = rows.iter().fold(SMatrix::zeros(), |sum, row| sum + (row - mean) * (row - mean).transpose());
            scatter / (DRAWS as f64 - 1.0)
        })
        .collect();
    let error = |composition: &GaussComposition<5>| {
        let score = Composed { composition, prior: oracle.prior(), local: &oracle };
        distance(&moments(&score, &DpmSolver, &levels(&Grid::log_snr(60))), &of(oracle.tall()))
    };
    let prior = SMatrix::identity();
    let corrected = GaussComposition::from_estimates(&prior, &estimates, DRAWS, true).expect("definite");
    let taken_as_exact = GaussComposition::from_covariances(&prior, &estimates, true).expect("definite");
    let (corrected, taken_as_exact) = (error(&corrected), error(&taken_as_exact));
    println!("error with the correction {corrected:.2e}, without {taken_as_exact:.2e}");
    // What is left is the scatter of 300 estimates, √(2/1000) √300 = 0.77 of the prior's precision, against the 7 of the
    // posterior: 0.11 for one entry, of which the worst of 15 and of the mean's 5 is within 4 standard errors.
    assert!(corrected < 0.45, "{corrected}");
    // Negative control.
    assert!(taken_as_exact > 0.45 && taken_as_exact > 2.5 * corrected, "{taken_as_exact}");
}
