//! Run a separable network: basis functions of (θ, t) with coefficients of (x, t).
//!
//! # Equation   out(θ, x, t) = φ_0(θ, t) + Σ_k c_k(x, t) φ_k(θ, t), k = 1 … K. A weighted sum over observations moves inside,
//! Σ_j G_j out(θ, x_j, t) = (Σ_j G_j) φ_0 + Σ_k (Σ_j c_k(x_j, t) G_j) φ_k, so that a step of a linear composition costs n + draws rows
//! and not n × draws.

use nalgebra::{SMatrix, SVector};

use super::{
    engine::{
        DirectionSource, EngineJacobians, FeatureSource, JacobianSink, NamedTensor, OutputSink, ScoreEngine,
        select_rows,
    },
    error::NetworkError,
    fused::{Activations, Inputs},
    fused_engine::FusedEngine,
    precision::Precision,
    tile::{BoundContexts, Tiles},
};
use crate::diffusion::Parameterisation;

/// Rows of a block of the trunk or the encoder: what stays in a core's cache.
const BLOCK_ROWS: usize = 256;

/// What the names of the trunk's tensors start with.
pub(super) const TRUNK: &str = "trunk.";
/// What the names of the encoder's tensors start with.
pub(super) const ENCODER: &str = "encoder.";

/// The engine of a [`Separable`](super::Separable) network.
#[derive(Clone, Debug)]
pub struct SeparableEngine {
    trunk: FusedEngine,
    encoder: FusedEngine,
    /// The trunk's, then the encoder's.
    weights: Vec<f32>,
}

/// Buffers of one thread.
#[derive(Debug, Default)]
pub struct SeparableWorkspace {
    trunk: Activations,
    encoder: Activations,
    /// θ_t of the trunk's rows, in latent coordinates.
    latent: Vec<f32>,
    /// What the source writes for one row.
    features: Vec<f32>,
    times: Vec<f32>,
    sizes: Vec<u32>,
    /// φ: `[rows × (K + 1) M]`.
    basis: Vec<f32>,
    /// c: `[rows × K]`.
    coefficients: Vec<f32>,
    d_basis: Vec<f32>,
    d_coefficients: Vec<f32>,
    outputs: Vec<f32>,
    tiles: Tiles,
    /// Σ_j c_k(x_j, t) G_j: `[(K + 1) × M × M]`.
    contracted: Vec<f64>,
}

/// Observations that an encoder sees anew at every time.
#[derive(Debug, Default)]
pub struct BoundObservations {
    observations: Vec<f32>,
    sizes: Vec<u32>,
    /// The trunk's context: it sees no observation.
    trunk: BoundContexts,
}

impl SeparableEngine {
    pub(super) fn assemble(trunk: FusedEngine, encoder: FusedEngine) -> Self {
        let weights = [trunk.weights(), encoder.weights()].concat();
        Self { trunk, encoder, weights }
    }

    fn parameters(&self) -> usize {
        self.trunk.shape().parameters
    }

    fn terms(&self) -> usize {
        self.encoder.shape().outputs
    }

    /// The latent coordinates among the features of rows.
    fn gather_latent(&self, features: &[f32], latent: &mut Vec<f32>) {
        let m = self.parameters();
        latent.clear();
        latent.extend(features.chunks_exact(Parameterisation::n_features(m).max(1)).flat_map(|row| &row[2 * m..]));
    }

    /// φ_0 + Σ c_k φ_k.
    fn combine(&self, basis: &[f32], coefficients: &[f32], out: &mut [f32]) {
        let m = self.parameters();
        out.copy_from_slice(&basis[..m]);
        for (phi, c) in basis[m..].chunks_exact(m).zip(coefficients) {
            out.iter_mut().zip(phi).for_each(|(out, phi)| *out += c * phi);
        }
    }

    /// The coefficients of all bound observations at time `t`.
    fn encode(&self, bound: &BoundObservations, t: f64, ws: &mut SeparableWorkspace) -> Result<(), NetworkError> {
        let (sets, slots, terms) = (bound.sizes.len(), self.slot_width(), self.terms());
        ws.coefficients.resize(sets * terms, 0.0);
        for first in (0..sets).step_by(BLOCK_ROWS) {
            let range = first..(first + BLOCK_ROWS).min(sets);
            ws.times.clear();
            ws.times.resize(range.len(), t as f32);
            let inputs = Inputs {
                theta: &[],
                observations: &bound.observations[range.start * slots..range.end * slots],
                sizes: &bound.sizes[range.clone()],
                times: &ws.times,
            };
            let out = &mut ws.coefficients[range.start * terms..range.end * terms];
            self.encoder.infer(&inputs, &mut ws.encoder, out)?;
        }
        Ok(())
    }

    /// The basis functions of all draws at time `t`, block by block: `each(draw, φ)`.
    fn for_each_basis(
        &self,
        t: f64,
        draws: usize,
        ws: &mut SeparableWorkspace,
        source: &mut FeatureSource<'_>,
        mut each: impl FnMut(usize, &[f32], &[f32]),
    ) -> Result<(), NetworkError> {
        let (m, width) = (self.parameters(), self.trunk.shape().outputs);
        ws.features.resize(Parameterisation::n_features(m), 0.0);
        for first in (0..draws).step_by(BLOCK_ROWS) {
            let block = first..(first + BLOCK_ROWS).min(draws);
            ws.latent.clear();
            for draw in block.clone() {
                // Latent coordinates are the same for every observation.
                source(draw, 0..1, &mut ws.features);
                ws.latent.extend_from_slice(&ws.features[2 * m..]);
            }
            ws.times.clear();
            ws.times.resize(block.len(), t as f32);
            ws.sizes.clear();
            ws.sizes.resize(block.len(), 1);
            ws.basis.resize(block.len() * width, 0.0);
            let inputs = Inputs { theta: &ws.latent, observations: &[], sizes: &ws.sizes, times: &ws.times };
            self.trunk.infer(&inputs, &mut ws.trunk, &mut ws.basis)?;
            for (draw, basis) in block.zip(ws.basis.chunks_exact(width)) {
                each(draw, basis, &ws.coefficients);
            }
        }
        Ok(())
    }
}

impl ScoreEngine for SeparableEngine {
    type Training = SeparableWorkspace;
    type Inference = SeparableWorkspace;
    type Bound = BoundObservations;

    fn slot_width(&self) -> usize {
        self.encoder.slot_width()
    }

    /// Every block encodes all observations anew: as few blocks as there are threads.
    fn block(&self, draws: usize, _sets: usize) -> usize {
        draws.div_ceil(rayon::current_num_threads()).clamp(64, 1024)
    }

    fn weights(&self) -> &[f32] {
        &self.weights
    }

    fn update_weights(&mut self, change: &mut dyn FnMut(&mut [f32])) -> Result<(), NetworkError> {
        change(&mut self.weights);
        let (trunk, encoder) = self.weights.split_at(self.trunk.weights().len());
        self.trunk.update_weights(&mut |weights| weights.copy_from_slice(trunk))?;
        self.encoder.update_weights(&mut |weights| weights.copy_from_slice(encoder))
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let part = |engine: &FusedEngine, prefix: &str| {
            let named = |tensor: NamedTensor| NamedTensor { name: format!("{prefix}{}", tensor.name), ..tensor };
            engine.tensors().into_iter().map(named).collect::<Vec<_>>()
        };
        [part(&self.trunk, TRUNK), part(&self.encoder, ENCODER)].concat()
    }

    fn forward(&self, inputs: &Inputs<'_>, ws: &mut SeparableWorkspace, out: &mut [f32]) -> Result<(), NetworkError> {
        let (rows, m, terms) = (inputs.rows(), self.parameters(), self.terms());
        self.gather_latent(inputs.theta, &mut ws.latent);
        ws.sizes.clear();
        ws.sizes.resize(rows, 1);
        ws.basis.resize(rows * (terms + 1) * m, 0.0);
        ws.coefficients.resize(rows * terms, 0.0);
        let trunk = Inputs { theta: &ws.latent, observations: &[], sizes: &ws.sizes, times: inputs.times };
        self.trunk.forward(&trunk, &mut ws.trunk, &mut ws.basis)?;
        self.encoder.forward(&Inputs { theta: &[], ..*inputs }, &mut ws.encoder, &mut ws.coefficients)?;
        let rows = ws.basis.chunks_exact((terms + 1) * m).zip(ws.coefficients.chunks_exact(terms));
        for (out, (basis, coefficients)) in out.chunks_exact_mut(m).zip(rows) {
            self.combine(basis, coefficients, out);
        }
        Ok(())
    }

    fn backward(
        &self,
        inputs: &Inputs<'_>,
        ws: &mut SeparableWorkspace,
        d_out: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), NetworkError> {
        let (m, terms) = (self.parameters(), self.terms());
        ws.d_basis.resize(ws.basis.len(), 0.0);
        ws.d_coefficients.resize(ws.coefficients.len(), 0.0);
        let forward = ws.basis.chunks_exact((terms + 1) * m).zip(ws.coefficients.chunks_exact(terms));
        let backward = ws.d_basis.chunks_exact_mut((terms + 1) * m).zip(ws.d_coefficients.chunks_exact_mut(terms));
        for (((basis, c), (d_basis, d_c)), d_out) in forward.zip(backward).zip(d_out.chunks_exact(m)) {
            d_basis[..m].copy_from_slice(d_out);
            let values = basis[m..].chunks_exact(m).zip(c);
            for ((d_phi, d_c), (phi, c)) in d_basis[m..].chunks_exact_mut(m).zip(d_c).zip(values) {
                d_phi.iter_mut().zip(d_out).for_each(|(d_phi, d_out)| *d_phi = c * d_out);
                *d_c = phi.iter().zip(d_out).map(|(phi, d_out)| phi * d_out).sum();
            }
        }
        let (trunk, encoder) = gradient.split_at_mut(self.trunk.weights().len());
        let own = Inputs { theta: &ws.latent, observations: &[], sizes: &ws.sizes, times: inputs.times };
        self.trunk.backward(&own, &mut ws.trunk, &ws.d_basis, trunk)?;
        self.encoder.backward(&Inputs { theta: &[], ..*inputs }, &mut ws.encoder, &ws.d_coefficients, encoder)
    }

    fn bind(
        &self,
        observations: &[f32],
        sizes: &[u32],
        precision: Precision,
    ) -> Result<BoundObservations, NetworkError> {
        let trunk = self.trunk.bind(&[], &[1], precision)?;
        Ok(BoundObservations { observations: observations.to_vec(), sizes: sizes.to_vec(), trunk })
    }

    fn select(&self, bound: &BoundObservations, sets: &[u32], into: &mut BoundObservations) {
        select_rows(&bound.observations, self.slot_width(), sets, &mut into.observations);
        into.sizes.clear();
        into.sizes.extend(sets.iter().map(|set| bound.sizes[*set as usize]));
        into.trunk.clone_from(&bound.trunk);
    }

    fn evaluate(
        &self,
        bound: &BoundObservations,
        t: f64,
        draws: usize,
        ws: &mut SeparableWorkspace,
        source: &mut FeatureSource<'_>,
        sink: &mut OutputSink<'_>,
    ) -> Result<(), NetworkError> {
        self.encode(bound, t, ws)?;
        let (m, terms) = (self.parameters(), self.terms());
        let mut outputs = std::mem::take(&mut ws.outputs);
        outputs.resize(bound.sizes.len() * m, 0.0);
        self.for_each_basis(t, draws, ws, source, |draw, basis, coefficients| {
            for (out, coefficients) in outputs.chunks_exact_mut(m).zip(coefficients.chunks_exact(terms)) {
                self.combine(basis, coefficients, out);
            }
            sink(draw, 0, &outputs);
        })?;
        ws.outputs = outputs;
        Ok(())
    }

    fn sums_first(&self) -> bool {
        true
    }

    fn subtract_weighted<const P: usize>(
        &self,
        bound: &BoundObservations,
        t: f64,
        gains: &[SMatrix<f64, P, P>],
        ws: &mut SeparableWorkspace,
        source: &mut FeatureSource<'_>,
        out: &mut [[f64; P]],
    ) -> Result<(), NetworkError> {
        self.encode(bound, t, ws)?;
        let terms = self.terms();
        let mut contracted = std::mem::take(&mut ws.contracted);
        contracted.clear();
        contracted.resize((terms + 1) * P * P, 0.0);
        for (gain, coefficients) in gains.iter().zip(ws.coefficients.chunks_exact(terms)) {
            let shares = std::iter::once(1.0).chain(coefficients.iter().map(|c| f64::from(*c)));
            for (sum, share) in contracted.chunks_exact_mut(P * P).zip(shares) {
                sum.iter_mut().zip(gain.as_slice()).for_each(|(sum, gain)| *sum += share * gain);
            }
        }
        self.for_each_basis(t, out.len(), ws, source, |draw, basis, _| {
            let mut sum = SVector::from(out[draw]);
            for (gain, phi) in contracted.chunks_exact(P * P).zip(basis.chunks_exact(P)) {
                // Column-major, as nalgebra keeps it.
                for (column, phi) in gain.chunks_exact(P).zip(phi) {
                    for (sum, gain) in sum.iter_mut().zip(column) {
                        *sum -= gain * f64::from(*phi);
                    }
                }
            }
            out[draw] = sum.into();
        })?;
        ws.contracted = contracted;
        Ok(())
    }
}

impl EngineJacobians for SeparableEngine {
    fn evaluate_with_jacobians(
        &self,
        bound: &BoundObservations,
        t: f64,
        draws: usize,
        ws: &mut SeparableWorkspace,
        source: &mut DirectionSource<'_>,
        sink: &mut JacobianSink<'_>,
    ) -> Result<(), NetworkError> {
        self.encode(bound, t, ws)?;
        let (m, terms) = (self.parameters(), self.terms());
        let SeparableWorkspace { tiles, coefficients, features, outputs, .. } = ws;
        let width = Parameterisation::n_features(m);
        features.resize(width * (1 + m), 0.0);
        outputs.resize(m * (1 + m), 0.0);
        self.trunk.evaluate_with_jacobians(
            &bound.trunk,
            t,
            draws,
            tiles,
            &mut |draw, _, latent, slopes| {
                let (features, directions) = features.split_at_mut(width);
                source(draw, 0, features, directions);
                latent.copy_from_slice(&features[2 * m..]);
                for (slopes, directions) in slopes.chunks_exact_mut(m).zip(directions.chunks_exact(width)) {
                    slopes.copy_from_slice(&directions[2 * m..]);
                }
            },
            &mut |draw, _, basis, columns| {
                let (out, jacobian) = outputs.split_at_mut(m);
                for (set, coefficients) in coefficients.chunks_exact(terms).enumerate() {
                    self.combine(basis, coefficients, out);
                    let columns = columns.chunks_exact(basis.len());
                    for (jacobian, column) in jacobian.chunks_exact_mut(m).zip(columns) {
                        self.combine(column, coefficients, jacobian);
                    }
                    sink(draw, set, out, jacobian);
                }
            },
        )
    }
}
