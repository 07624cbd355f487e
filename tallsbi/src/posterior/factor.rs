//! Write a network's output as a score: the affine maps of one factor (an observation or a set) at one level.

use nalgebra::{SMatrix, SVector};

use crate::diffusion::{GaussianBaseline, Level, Parameterisation};

/// At one level the network sees clip(A θ − b) and its output o means s = e − E θ − B o.
#[derive(Clone, Debug)]
pub(crate) struct FactorMap<const M: usize> {
    /// A.
    pub(crate) features: SMatrix<f64, M, M>,
    /// b.
    pub(crate) offset: SVector<f64, M>,
    /// The diagonal of the signal share: α where there is no baseline.
    pub(crate) signal: SVector<f64, M>,
    /// E.
    pub(crate) precision: SMatrix<f64, M, M>,
    /// e.
    pub(crate) pull: SVector<f64, M>,
    /// B.
    pub(crate) gain: SMatrix<f64, M, M>,
}

impl<const M: usize> FactorMap<M> {
    pub(crate) fn new(parameterisation: Parameterisation, baseline: &GaussianBaseline<M>, at: &Level) -> Self {
        let plain = |precision: f64, gain: f64| Self {
            features: SMatrix::identity(),
            offset: SVector::zeros(),
            signal: SVector::from_element(at.alpha),
            precision: SMatrix::from_diagonal_element(precision),
            pull: SVector::zeros(),
            gain: SMatrix::from_diagonal_element(gain),
        };
        match parameterisation {
            Parameterisation::Noise => plain(0.0, 1.0 / at.sigma),
            Parameterisation::ResidualToPrior { .. } => {
                plain(1.0 / (at.alpha + at.sigma * at.sigma), at.mean() / at.sigma)
            }
            Parameterisation::ResidualToGaussian { softness, .. } => {
                let baseline = baseline.at(at, softness);
                let (whiten, precision) = (baseline.whiten(), baseline.precision());
                Self {
                    features: whiten,
                    offset: whiten * baseline.mean(),
                    signal: baseline.signal(),
                    precision,
                    pull: precision * baseline.mean(),
                    gain: baseline.score_gain(),
                }
            }
        }
    }

    /// Writes what a row brings to the network: whitened θ, signal shares, θ itself: `out: [3 M]`.
    pub(crate) fn write_features(&self, parameterisation: Parameterisation, theta: &SVector<f64, M>, out: &mut [f32]) {
        self.write_seen(parameterisation, &self.seen(theta), theta, out);
    }

    fn write_seen(
        &self,
        parameterisation: Parameterisation,
        u: &SVector<f64, M>,
        theta: &SVector<f64, M>,
        out: &mut [f32],
    ) {
        for k in 0..M {
            out[k] = parameterisation.network_theta(u[k]);
            out[M + k] = self.signal[k] as f32;
            out[2 * M + k] = parameterisation.network_theta(theta[k]);
        }
    }

    /// As [`write_features`](Self::write_features), with the derivatives: `directions: [M × 3 M]`, a row for every
    /// component of θ.
    pub(crate) fn write_features_and_directions(
        &self,
        parameterisation: Parameterisation,
        theta: &SVector<f64, M>,
        features: &mut [f32],
        directions: &mut [f32],
    ) {
        let u = self.seen(theta);
        self.write_seen(parameterisation, &u, theta, features);
        directions.fill(0.0);
        for (k, out) in directions.chunks_exact_mut(Parameterisation::n_features(M)).enumerate() {
            // The network does not see a component beyond its clip.
            for i in (0..M).filter(|i| !parameterisation.is_clipped(u[*i])) {
                out[i] = self.features[(i, k)] as f32;
            }
            out[2 * M + k] = f32::from(u8::from(!parameterisation.is_clipped(theta[k])));
        }
    }

    /// u = A θ − b, before it is clipped.
    pub(crate) fn seen(&self, theta: &SVector<f64, M>) -> SVector<f64, M> {
        self.features * theta - self.offset
    }

    /// s = e − E θ − B o.
    pub(crate) fn score(&self, theta: &SVector<f64, M>, output: &[f32]) -> SVector<f64, M> {
        self.pull - self.precision * theta - self.gain * widen(output)
    }

    /// ∂s/∂θ from the columns ∂o/∂θ_k.
    pub(crate) fn jacobian(&self, columns: &[f32]) -> SMatrix<f64, M, M> {
        let slope = SMatrix::<f64, M, M>::from_fn(|i, k| f64::from(columns[k * M + i]));
        -(self.precision + self.gain * slope)
    }
}

fn widen<const M: usize>(output: &[f32]) -> SVector<f64, M> {
    SVector::from_fn(|k, _| f64::from(output[k]))
}
