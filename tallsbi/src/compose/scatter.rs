//! Give exact scores of groups whose mean and scatter are unknown: an oracle whose factors are not Gaussian.
//!
//! Latent parameters z ~ N(0, I) are the mean of a population, m = s z_1, and the log of its standard deviation, ln τ = a + b z_2. Group j
//! is known by its mean y_j ~ N(m, τ² + v_j). Given z_2 everything is Gaussian; the one integral that is left is a sum over z_2,
//! which for smooth integrands on an even grid is as exact as rounding.

use nalgebra::{SMatrix, SVector};

use super::{ComposeError, LocalJacobians, LocalScores, Pilot, Weights};
use crate::diffusion::Level;

/// Points of a sum over one latent component, ±6 standard deviations apart.
const NODES: usize = 41;

/// Exact increments of groups y_j ~ N(m, τ² + v_j) with unknown m and τ, and the exact posterior of both.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterOracle {
    mean_scale: f64,
    log_scatter: (f64, f64),
    /// y_j and v_j.
    groups: Vec<(f64, f64)>,
}

/// A point of the sum over z_2: its log weight, z_2, and mean and variance of z_1 given z_2.
type Node = (f64, f64, f64, f64);

/// What one factor says under N(centre, v I).
struct Moments {
    shift: SVector<f64, 2>,
    covariance: SMatrix<f64, 2, 2>,
}

impl ScatterOracle {
    /// Of m ~ N(0, `mean_scale`²), ln τ ~ N(a, b²) with `log_scatter` = (a, b), and groups (y_j, v_j).
    pub fn new(mean_scale: f64, log_scatter: (f64, f64), groups: Vec<(f64, f64)>) -> Self {
        Self { mean_scale, log_scatter, groups }
    }

    /// τ² at z_2.
    fn scatter(&self, z: f64) -> f64 {
        (2.0 * (self.log_scatter.0 + self.log_scatter.1 * z)).exp()
    }

    /// Mean and standard deviation of both latent parameters given all groups.
    pub fn tall(&self) -> [(f64, f64); 2] {
        self.given_all(&[0.0; 2], 1.0)
    }

    /// Mean and standard deviation of both parameters of θ_0 given θ_t and all groups: the mean is that of the exact score, (θ_t + σ² s)/√α.
    pub fn denoised(&self, at: &Level, theta: &[f64; 2]) -> [(f64, f64); 2] {
        let (centre, v) = Self::kernel(at, theta);
        self.given_all(&centre, v)
    }

    /// Moments of all likelihoods times N(centre, v I).
    fn given_all(&self, centre: &[f64; 2], v: f64) -> [(f64, f64); 2] {
        const GRID: i32 = 4_000;
        let at = |i: i32| {
            let node = f64::from(i - GRID / 2) * 16.0 / f64::from(GRID);
            let z = centre[1] + v.sqrt() * node;
            let (mut precision, mut pull, mut log_weight) = (1.0 / v, 0.0, -0.5 * node * node);
            for (y, noise) in &self.groups {
                let (variance, residual) = (self.scatter(z) + noise, y - self.mean_scale * centre[0]);
                precision += self.mean_scale * self.mean_scale / variance;
                pull += self.mean_scale * residual / variance;
                log_weight -= 0.5 * (variance.ln() + residual * residual / variance);
            }
            log_weight += 0.5 * (pull * pull / precision - precision.ln());
            (log_weight, z, centre[0] + pull / precision, 1.0 / precision)
        };
        let rows: Vec<_> = (0..=GRID).map(at).collect();
        let largest = rows.iter().fold(f64::NEG_INFINITY, |largest, row| largest.max(row.0));
        let weight = |row: &Node| (row.0 - largest).exp();
        let total: f64 = rows.iter().map(weight).sum();
        let average = |of: &dyn Fn(&Node) -> f64| rows.iter().map(|row| weight(row) * of(row)).sum::<f64>() / total;
        let (mean, scatter) = (average(&|row| row.2), average(&|row| row.1));
        let spreads = (average(&|row| row.3 + (row.2 - mean).powi(2)), average(&|row| (row.1 - scatter).powi(2)));
        [(mean, spreads.0.sqrt()), (scatter, spreads.1.sqrt())]
    }

    /// The centre √α θ/(α + σ²) and the variance σ²/(α + σ²) of θ_0 given θ_t under the prior.
    fn kernel(at: &Level, theta: &[f64; 2]) -> ([f64; 2], f64) {
        let total = at.alpha + at.sigma * at.sigma;
        (theta.map(|theta| at.mean() * theta / total), at.sigma * at.sigma / total)
    }

    /// Moments of every group's likelihood times N(centre, v I), the mean less the centre.
    fn moments(&self, centre: &[f64; 2], v: f64, each: &mut dyn FnMut(usize, Moments)) {
        let sd = v.sqrt();
        let nodes: [(f64, f64, f64); NODES] = std::array::from_fn(|i| {
            let node = 12.0 * i as f64 / (NODES - 1) as f64 - 6.0;
            (sd * node, self.scatter(centre[1] + sd * node), -0.5 * node * node)
        });
        for (j, (y, noise)) in self.groups.iter().enumerate() {
            let residual = y - self.mean_scale * centre[0];
            let logs = nodes.map(|(_, scatter, log)| {
                let variance = self.mean_scale * self.mean_scale * v + scatter + noise;
                log - 0.5 * (variance.ln() + residual * residual / variance)
            });
            let largest = logs.into_iter().fold(f64::NEG_INFINITY, f64::max);
            let (mut total, mut sum, mut squares) = (0.0, SVector::<f64, 2>::zeros(), SMatrix::<f64, 2, 2>::zeros());
            let mut within = 0.0;
            for ((offset, scatter, _), log) in nodes.iter().zip(logs) {
                let weight = (log - largest).exp();
                let gain = self.mean_scale * v / (self.mean_scale * self.mean_scale * v + scatter + noise);
                let shift = SVector::from([gain * residual, *offset]);
                total += weight;
                sum += shift * weight;
                squares += shift * shift.transpose() * weight;
                within += weight * (v - self.mean_scale * gain * v);
            }
            let shift = sum / total;
            let mut covariance = squares / total - shift * shift.transpose();
            covariance[(0, 0)] += within / total;
            each(j, Moments { shift, covariance });
        }
    }
}

impl LocalScores<2> for ScatterOracle {
    type Workspace = Vec<[f64; 2]>;

    fn n_factors(&self) -> usize {
        self.groups.len()
    }

    fn increments_into(
        &self,
        at: &Level,
        theta: &[[f64; 2]],
        _: &mut Self::Workspace,
        out: &mut [[f64; 2]],
    ) -> Result<(), ComposeError> {
        let gain = at.mean() / (at.sigma * at.sigma);
        for (theta, out) in theta.iter().zip(out.chunks_mut(self.groups.len())) {
            let (centre, v) = Self::kernel(at, theta);
            self.moments(&centre, v, &mut |j, moments| out[j] = (moments.shift * gain).into());
        }
        Ok(())
    }

    fn weighted_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, 2>,
        theta: &[[f64; 2]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; 2]],
    ) -> Result<(), ComposeError> {
        let mut increments = std::mem::take(workspace);
        increments.resize(theta.len() * self.groups.len(), [0.0; 2]);
        self.increments_into(at, theta, workspace, &mut increments)?;
        for (out, increments) in out.iter_mut().zip(increments.chunks(self.groups.len())) {
            let terms = increments.iter().enumerate().map(|(j, delta)| weights.of(j) * SVector::from(*delta));
            *out = terms.sum::<SVector<f64, 2>>().into();
        }
        *workspace = increments;
        Ok(())
    }
}

impl LocalJacobians<2> for ScatterOracle {
    /// ∇δ_j = (α/σ⁴)(Cov_j − v I).
    fn increments_and_jacobians_into(
        &self,
        at: &Level,
        theta: &[[f64; 2]],
        _: &mut Self::Workspace,
        out: &mut [[f64; 2]],
        jacobians: &mut [SMatrix<f64, 2, 2>],
    ) -> Result<(), ComposeError> {
        let (n, variance) = (self.groups.len(), at.sigma * at.sigma);
        for (i, theta) in theta.iter().enumerate() {
            let (centre, v) = Self::kernel(at, theta);
            self.moments(&centre, v, &mut |j, moments| {
                out[i * n + j] = (moments.shift * (at.mean() / variance)).into();
                let gained = moments.covariance - SMatrix::from_diagonal_element(v);
                jacobians[i * n + j] = gained * (at.alpha / (variance * variance));
            });
        }
        Ok(())
    }
}

/// Exact covariances of every group's posterior, whatever the number of draws.
impl Pilot<2> for ScatterOracle {
    fn n_factors(&self) -> usize {
        self.groups.len()
    }

    fn estimated_from(&self, _draws: usize) -> Option<usize> {
        None
    }

    fn amortised(&self) -> Option<Vec<SMatrix<f64, 2, 2>>> {
        let mut out = vec![SMatrix::zeros(); self.groups.len()];
        self.moments(&[0.0; 2], 1.0, &mut |j, moments| out[j] = moments.covariance);
        Some(out)
    }

    fn covariances(&self, _draws: usize, _steps: usize) -> Result<Vec<SMatrix<f64, 2, 2>>, ComposeError> {
        self.amortised().ok_or(ComposeError::NoObservations)
    }
}

#[cfg(test)]
mod tests {
    use super::ScatterOracle;
    use crate::{
        compose::{LocalJacobians, LocalScores},
        diffusion::Schedule,
    };

    /// log p(θ_t | y) less log p(θ_t), by brute force over both components.
    fn log_evidence(oracle: &ScatterOracle, at: &crate::diffusion::Level, theta: [f64; 2]) -> f64 {
        let (centre, v) = ScatterOracle::kernel(at, &theta);
        let (y, noise) = oracle.groups[0];
        let axis = |k: usize| (0..400).map(move |i| centre[k] + v.sqrt() * (f64::from(i) - 199.5) * 0.04);
        let mut total = 0.0;
        for a in axis(0) {
            for b in axis(1) {
                let variance = oracle.scatter(b) + noise;
                let kernel = ((a - centre[0]).powi(2) + (b - centre[1]).powi(2)) / v;
                let residual = y - oracle.mean_scale * a;
                total += (-0.5 * (kernel + variance.ln() + residual * residual / variance)).exp();
            }
        }
        total.ln()
    }

    #[test]
    fn increments_and_jacobians_are_derivatives_of_the_evidence() {
        let oracle = ScatterOracle::new(0.5, (-1.2, 0.6), vec![(0.7, 0.02)]);
        for t in [0.05, 0.3, 0.7] {
            let at = Schedule::default().level(t);
            let theta = [0.4, -0.8];
            let (mut out, mut jacobian) = ([[0.0; 2]], [nalgebra::SMatrix::zeros()]);
            oracle.increments_and_jacobians_into(&at, &[theta], &mut vec![], &mut out, &mut jacobian).expect("moments");
            let h = 1e-3;
            let moved = |k: usize, by: f64| {
                let mut theta = theta;
                theta[k] += by;
                theta
            };
            for k in 0..2 {
                let slope = log_evidence(&oracle, &at, moved(k, h)) - log_evidence(&oracle, &at, moved(k, -h));
                let error = (slope / (2.0 * h) - out[0][k]).abs();
                assert!(error < 1e-5, "t = {t}, component {k}: {error:e}");
                let mut sides = [[[0.0; 2]]; 2];
                for (side, by) in sides.iter_mut().zip([h, -h]) {
                    oracle.increments_into(&at, &[moved(k, by)], &mut vec![], side).expect("moments");
                }
                for i in 0..2 {
                    let slope = (sides[0][0][i] - sides[1][0][i]) / (2.0 * h);
                    assert!((slope - jacobian[0][(i, k)]).abs() < 1e-5 * slope.abs().max(1.0), "t = {t}, ({i}, {k})");
                }
            }
        }
    }
}
