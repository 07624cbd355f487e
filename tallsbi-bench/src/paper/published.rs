//! Hold published numbers of arXiv:2404.07593. What is not recorded here is `None`, never a guess.

/// A tall task's published mean over 25 sets, 30,000 simulations, 1,000 draws: sliced Wasserstein, MMD² and C2ST at
/// n = 1, 14 and 30, as the paper reports them (after leaving some runs out).
#[derive(Clone, Copy, Debug)]
pub(super) struct TallRow {
    pub(super) task: &'static str,
    pub(super) algorithm: &'static str,
    pub(super) sw: [f64; 3],
    pub(super) mmd: [f64; 3],
    pub(super) c2st: [f64; 3],
}

/// The numbers of observations of [`TallRow`].
pub(super) const TALL_N: [usize; 3] = [1, 14, 30];

#[rustfmt::skip]
pub(super) const TALL: [TallRow; 9] = [
    TallRow { task: "slcp", algorithm: "GAUSS", sw: [0.31, 0.37, 0.40], mmd: [0.02, 0.02, 0.02], c2st: [0.70, 0.92, 0.95] },
    TallRow { task: "slcp", algorithm: "JAC-clip", sw: [0.31, 0.47, 0.51], mmd: [0.02, 0.02, 0.02], c2st: [0.70, 0.89, 0.94] },
    TallRow { task: "slcp", algorithm: "LANGEVIN", sw: [0.31, 0.56, 0.81], mmd: [0.02, 0.05, 0.10], c2st: [0.70, 0.92, 0.97] },
    TallRow { task: "lotka_volterra", algorithm: "GAUSS", sw: [0.005, 0.004, 0.005], mmd: [0.05, 0.20, 0.31], c2st: [0.77, 0.93, 0.96] },
    TallRow { task: "lotka_volterra", algorithm: "JAC-clip", sw: [0.005, 0.01, 0.007], mmd: [0.05, 0.26, 0.40], c2st: [0.76, 0.94, 0.97] },
    TallRow { task: "lotka_volterra", algorithm: "LANGEVIN", sw: [0.006, 0.03, 0.38], mmd: [0.15, 0.61, 0.63], c2st: [0.85, 0.99, 1.00] },
    TallRow { task: "sir", algorithm: "GAUSS", sw: [0.001, 0.002, 0.002], mmd: [0.007, 0.23, 0.38], c2st: [0.57, 0.78, 0.86] },
    TallRow { task: "sir", algorithm: "JAC-clip", sw: [0.001, 0.002, 0.002], mmd: [0.006, 0.08, 0.21], c2st: [0.58, 0.75, 0.84] },
    TallRow { task: "sir", algorithm: "LANGEVIN", sw: [0.001, 0.01, 0.07], mmd: [0.018, 0.56, 0.73], c2st: [0.63, 0.93, 1.00] },
];

/// Excess max-sliced Wasserstein distance on the Gaussian toy with m = 10, mean of 5 seeds, GAUSS in 1,000, JAC in 400 and
/// Langevin in 400 × 5 steps: (perturbation, n, GAUSS, JAC, Langevin). Recomputed from the published CSV files.
pub(super) const TOY: [(f64, usize, [f64; 3]); 12] = [
    (0.0, 2, [0.05, 0.0, 3.4]),
    (0.0, 16, [0.02, -0.01, 0.88]),
    (0.0, 90, [0.01, 0.0, 0.18]),
    (1e-3, 2, [0.04, -0.01, 3.4]),
    (1e-3, 16, [0.04, 0.01, 0.87]),
    (1e-3, 90, [0.0, 0.01, 0.19]),
    (1e-2, 2, [0.04, 0.06, 3.5]),
    (1e-2, 16, [0.15, 0.41, 0.94]),
    (1e-2, 90, [0.35, 0.40, 0.67]),
    (1e-1, 2, [0.70, 2.3, 3.6]),
    (1e-1, 16, [1.7, 3.0, 3.0]),
    (1e-1, 90, [3.7, 5.0, 6.1]),
];

/// Time of GAUSS and of JAC relative to Langevin at equal steps, m = 2 to 32: the range over dimensions.
pub(super) const RELATIVE_TIME: [(&str, [f64; 2]); 2] = [("GAUSS", [0.37, 0.39]), ("JAC", [0.52, 0.56])];
