//! Check single steps against the published formulas.

use super::*;

/// One step of a sampler, against its formula as printed.
#[test]
fn steps_are_the_published_formulas() {
    let oracle = model(general::<2>(), 7, 3);
    let schedule = Schedule::default();
    let (from, to) = (schedule.level(0.4), schedule.level(0.37));
    let theta = [0.8, -0.3];
    struct Fixed;
    impl NoiseSource<2> for Fixed {
        fn fill(&mut self, out: &mut [[f64; 2]]) {
            out.fill([0.6, -1.1]);
        }
    }
    #[track_caller]
    fn close(a: [f64; 2], b: [f64; 2]) {
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?} {b:?}");
    }
    let composition =
        Composer::<2, Gaussian<2>, GaussianOracle<2>>::prepare(&FactorizedDiffused, oracle.prior(), &oracle)
            .expect("prepared");
    let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
    let mut s = [[0.0; 2]];
    score.score_into(&from, &[theta], &mut Default::default(), &mut s).expect("scored");
    let (a, b) = (from.alpha, to.alpha);

    let mut ddim = [theta];
    Ddim { eta: 0.8 }
        .step(&score, &from, &to, &mut ddim, &mut Default::default(), &mut Default::default(), &mut Fixed)
        .expect("stepped");
    let bridge = 0.8 * ((1.0 - b) / (1.0 - a) * (1.0 - a / b)).sqrt();
    close(
        ddim[0],
        std::array::from_fn(|k| {
            let data = (theta[k] + (1.0 - a) * s[0][k]) / a.sqrt();
            let eps = (theta[k] - a.sqrt() * data) / (1.0 - a).sqrt();
            b.sqrt() * data + (1.0 - b - bridge * bridge).sqrt() * eps + bridge * [0.6, -1.1][k]
        }),
    );

    let (mut increments, mut prior) = ([[0.0; 2]; 7], [[0.0; 2]]);
    oracle.increments_into(&from, &[theta], &mut Default::default(), &mut increments).expect("scored");
    DiffusedPrior::score_into(oracle.prior(), &from, &[theta], &mut (), &mut prior).expect("scored");
    let mut geffner = [theta];
    Geffner { n_factors: 7, prior: oracle.prior().clone() }
        .step(&score, &from, &to, &mut geffner, &mut Default::default(), &mut Default::default(), &mut Fixed)
        .expect("stepped");
    let (n, gamma) = (7.0, a / b);
    let v: f64 = (1.0 - gamma) / (n - gamma * (n - 1.0));
    close(
        geffner[0],
        std::array::from_fn(|k| {
            let sum: f64 = increments.iter().map(|d| d[k] + prior[0][k]).sum();
            ((n * theta[k] + (1.0 - gamma) * sum) / gamma.sqrt() - (n - 1.0) * gamma.sqrt() * theta[k])
                / (n - gamma * (n - 1.0))
                + v * (1.0 - n) * prior[0][k]
                + v.sqrt() * [0.6, -1.1][k]
        }),
    );
    for (steps, eta) in
        [(10, 0.2), (50, 0.2), (100, 0.35), (150, 0.5), (400, 0.8), (700, 0.9), (1000, 1.0), (5000, 1.0)]
    {
        assert!((Ddim::for_steps(steps).eta - eta).abs() < 1e-12, "{steps}");
    }
}

/// A last step to t = 0 is the data prediction, whatever came before.
#[test]
fn the_last_step_of_dpm_is_the_tweedie_mean() {
    check_last_step(&DpmSolver);
    check_last_step(&DpmSolver3);
}

fn check_last_step<A: Sampler<2>>(sampler: &A) {
    let tall = model(general::<2>(), 4, 2).tall().clone();
    let schedule = Schedule::default();
    let times = [0.5, 0.3, 0.1, 0.0].map(|t| schedule.level(t));
    let (mut state, mut theta) = (A::State::default(), [[0.4, 0.2]]);
    let mut before = theta;
    for interval in times.windows(2) {
        before = theta;
        let mut noise = StreamNoise::new(0, 0, 1);
        sampler.step(&tall, &interval[0], &interval[1], &mut theta, &mut state, &mut (), &mut noise).expect("stepped");
    }
    let mut s = [[0.0; 2]];
    Score::score_into(&tall, &times[2], &before, &mut (), &mut s).expect("scored");
    for k in 0..2 {
        let mean = (before[0][k] + times[2].sigma.powi(2) * s[0][k]) / times[2].mean();
        assert!((theta[0][k] - mean).abs() < 1e-14);
    }
}

/// A single factor is not composed: the default plan makes no corrections and gives what its solver gives.
#[test]
fn the_default_corrects_compositions_only() {
    let oracle = model(standard::<2>(), 1, 1);
    let composition =
        Composer::<2, Gaussian<2>, GaussianOracle<2>>::prepare(&Gauss::default(), oracle.prior(), &oracle)
            .expect("prepared");
    let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
    let draws = |n_factors| {
        let sampler = SamplingPlan::<2>::sampler(&TallPlan::default(), n_factors);
        drive(&score, &sampler, &levels(&Grid::log_snr(60)), &options(20, 3)).expect("driven").draws
    };
    let plain = drive(&score, &DpmSolver, &levels(&Grid::log_snr(60)), &options(20, 3)).expect("driven").draws;
    assert_eq!(draws(1), plain);
    // Negative control: for two factors it would.
    assert_ne!(draws(2), plain);
}
