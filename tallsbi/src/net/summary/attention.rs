//! Let the tokens of a series attend to each other, several heads side by side (Vaswani et al., arXiv:1706.03762, Section 3.2).
//!
//! With q, k, v = W a + b of normalised tokens a, head h gives softmax(q_h k_hᵀ / √d) v_h over the tokens of one item, d numbers a head; the
//! heads side by side go through another layer.

use pulp::{Arch, Simd, WithSimd};

use super::{
    super::{activation::exp, instructions::arch, linalg::View, small::multiply_small},
    parts::{Linear, Tensors},
};

/// Heads side by side.
pub(super) const HEADS: usize = 4;

/// Where its tensors lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attention {
    tokens: usize,
    width: usize,
    /// q, k and v of all heads: `[3 W × W]`.
    projections: Linear,
    output: Linear,
}

/// Buffers of one forward and backward pass.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// `[items × tokens × 3 W]`
    projected: Vec<f32>,
    /// `[items × heads × tokens × tokens]`
    shares: Vec<f32>,
    /// The heads side by side: `[items × tokens × W]`.
    heads: Vec<f32>,
    /// The result.
    pub(super) out: Vec<f32>,
    d_projected: Vec<f32>,
    d_shares: Vec<f32>,
    d_heads: Vec<f32>,
    /// Of one head: `[tokens × d]`.
    head: Vec<f32>,
    d_head: Vec<f32>,
    /// Keys or values of one head: `[d × tokens]`.
    transposed: Vec<f32>,
}

impl Attention {
    pub(super) fn new(tensors: &mut Tensors, name: &str, tokens: usize, width: usize) -> Self {
        let projections = tensors.linear(&format!("{name}.projections"), width, 3 * width);
        Self { tokens, width, projections, output: tensors.linear(&format!("{name}.output"), width, width) }
    }

    /// Numbers in a head.
    fn depth(&self) -> usize {
        self.width / HEADS
    }

    /// `x: [items × tokens × W]`, normalised.
    pub(super) fn forward(&self, weights: &[f32], x: &[f32], ws: &mut Buffers) {
        let (n, w, d) = (self.tokens, self.width, self.depth());
        self.projections.forward(weights, x, &mut ws.projected);
        let items = x.len() / (n * w);
        ws.shares.resize(items * HEADS * n * n, 0.0);
        ws.heads.resize(x.len(), 0.0);
        ws.head.resize(n * d, 0.0);
        let scale = 1.0 / (d as f32).sqrt();
        let of_items = ws.projected.chunks_exact(n * 3 * w).zip(ws.heads.chunks_exact_mut(n * w));
        for ((projected, heads), shares) in of_items.zip(ws.shares.chunks_exact_mut(HEADS * n * n)) {
            for (h, shares) in shares.chunks_exact_mut(n * n).enumerate() {
                let queries = View::columns(projected, 3 * w, h * d);
                transpose_columns(projected, 3 * w, w + h * d, (d, n), &mut ws.transposed);
                multiply_small((n, d, n), queries, View::rows(&ws.transposed, n), 0.0, shares);
                softmax(arch(), n, scale, shares);
                let values = View::columns(projected, 3 * w, 2 * w + h * d);
                multiply_small((n, n, d), View::rows(shares, n), values, 0.0, &mut ws.head);
                put_columns(&ws.head, d, heads, w, h * d);
            }
        }
        self.output.forward(weights, &ws.heads, &mut ws.out);
    }

    /// Adds the gradient of the weights and writes that of x.
    pub(super) fn backward(
        &self,
        weights: &[f32],
        x: &[f32],
        ws: &mut Buffers,
        d_out: &[f32],
        gradient: &mut [f32],
        d_x: &mut Vec<f32>,
    ) {
        let (n, w, d) = (self.tokens, self.width, self.depth());
        self.output.backward(weights, &ws.heads, d_out, gradient, Some(&mut ws.d_heads));
        ws.d_projected.resize(ws.projected.len(), 0.0);
        ws.d_shares.resize(n * n, 0.0);
        ws.head.resize(n * d, 0.0);
        ws.d_head.resize(n * d, 0.0);
        let scale = 1.0 / (d as f32).sqrt();
        let items = ws.projected.chunks_exact(n * 3 * w).zip(ws.d_projected.chunks_exact_mut(n * 3 * w));
        let given = ws.d_heads.chunks_exact(n * w).zip(ws.shares.chunks_exact(HEADS * n * n));
        for ((projected, d_projected), (d_heads, shares)) in items.zip(given) {
            for (h, shares) in shares.chunks_exact(n * n).enumerate() {
                take_columns(d_heads, w, h * d, &mut ws.d_head, d);
                let d_head = View::rows(&ws.d_head, d);
                multiply_small((n, n, d), View::transposed(shares, n), d_head, 0.0, &mut ws.head);
                put_columns(&ws.head, d, d_projected, 3 * w, 2 * w + h * d);
                transpose_columns(projected, 3 * w, 2 * w + h * d, (d, n), &mut ws.transposed);
                multiply_small((n, d, n), d_head, View::rows(&ws.transposed, n), 0.0, &mut ws.d_shares);
                softmax_backward(arch(), n, scale, shares, &mut ws.d_shares);
                let keys = View::columns(projected, 3 * w, w + h * d);
                multiply_small((n, n, d), View::rows(&ws.d_shares, n), keys, 0.0, &mut ws.head);
                put_columns(&ws.head, d, d_projected, 3 * w, h * d);
                let queries = View::columns(projected, 3 * w, h * d);
                multiply_small((n, n, d), View::transposed(&ws.d_shares, n), queries, 0.0, &mut ws.head);
                put_columns(&ws.head, d, d_projected, 3 * w, w + h * d);
            }
        }
        self.projections.backward(weights, x, &ws.d_projected, gradient, Some(d_x));
    }
}

/// Columns `from .. from + width` of rows of `stride` numbers, one after the other.
fn transpose_columns(rows: &[f32], stride: usize, from: usize, (width, n): (usize, usize), into: &mut Vec<f32>) {
    into.clear();
    into.extend((from..from + width).flat_map(|column| (0..n).map(move |row| rows[row * stride + column])));
}

/// Columns `from ..` of rows of `stride` numbers become those of `rows`.
fn put_columns(rows: &[f32], width: usize, into: &mut [f32], stride: usize, from: usize) {
    for (row, into) in rows.chunks_exact(width).zip(into.chunks_exact_mut(stride)) {
        into[from..from + width].copy_from_slice(row);
    }
}

/// The inverse of [`put_columns`].
fn take_columns(from_rows: &[f32], stride: usize, from: usize, into: &mut [f32], width: usize) {
    for (row, into) in from_rows.chunks_exact(stride).zip(into.chunks_exact_mut(width)) {
        into.copy_from_slice(&row[from..from + width]);
    }
}

/// Lanes that are summed side by side, so that the sum does not depend on the width of vectors.
const LANES: usize = 16;

/// rows ← softmax(scale rows)
fn softmax(arch: Arch, width: usize, scale: f32, rows: &mut [f32]) {
    match arch {
        Arch::Scalar => arch.dispatch(Softmax::<false> { width, scale, rows }),
        _ => arch.dispatch(Softmax::<true> { width, scale, rows }),
    }
}

/// A type and not a closure, as in `vector.rs`.
struct Softmax<'a, const FUSED: bool> {
    width: usize,
    scale: f32,
    rows: &'a mut [f32],
}

impl<const FUSED: bool> WithSimd for Softmax<'_, FUSED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for row in self.rows.chunks_exact_mut(self.width) {
            let largest = reduce(row, f32::NEG_INFINITY, |a, b| if a > b { a } else { b });
            for value in row.iter_mut() {
                *value = exp::<FUSED>(self.scale * (*value - largest));
            }
            let share = 1.0 / reduce(row, 0.0, |a, b| a + b);
            for value in row {
                *value *= share;
            }
        }
    }
}

#[inline(always)]
fn reduce(row: &[f32], start: f32, combine: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = combine(*lane, *value);
        }
    }
    lanes.iter().chain(rest).fold(start, |a, b| combine(a, *b))
}

/// d ← scale · shares ∘ (d − Σ d ∘ shares), the gradient before [`softmax`].
fn softmax_backward(arch: Arch, width: usize, scale: f32, shares: &[f32], d_rows: &mut [f32]) {
    arch.dispatch(
        #[inline(always)]
        || {
            for (shares, d) in shares.chunks_exact(width).zip(d_rows.chunks_exact_mut(width)) {
                let mut lanes = [0.0; LANES];
                let (parts, d_parts) = (shares.chunks_exact(LANES), d.chunks_exact(LANES));
                let rest = parts.remainder().iter().zip(d_parts.remainder());
                let mut along: f32 = rest.map(|(a, b)| a * b).sum();
                for (shares, d) in parts.zip(d_parts) {
                    for ((lane, share), d) in lanes.iter_mut().zip(shares).zip(d) {
                        *lane += share * d;
                    }
                }
                along += lanes.iter().sum::<f32>();
                for (d, share) in d.iter_mut().zip(shares) {
                    *d = scale * share * (*d - along);
                }
            }
        },
    );
}
