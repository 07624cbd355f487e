//! Compute a built-in score network forwards and backwards in one pass over a block of rows.
//!
//! A network is h₁ = a(W_θ θ + W_r r + W_z z + u + W_c cos(kπt) + W_s sin(kπt) + b), h_{l+1} = a(W_l h_l + b_l), out = W_o h_L + b_o, where
//! r is the signal share, z the latent coordinates of θ_t, and u what the encoder makes of the observations (or the learned null
//! embedding where there are none).

use super::{
    amx::Operand,
    dense::{NARROWEST, Packed, Scratch, first_columns, first_width, outer},
    encoder,
    inference::{Buffers, Network, Rows},
    instructions::arch,
    linalg::{View, multiply},
    precision::Precision,
    shape::{ContextLayout, Layout, NetworkShape},
    summary,
    vector::{self, Terms},
};
use crate::dataset::FEATURES;

/// A batch of network inputs. Row r sees θ and its signal share, a set of `sizes[r]` observations (0: none) and a time.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Features of θ_t, the signal share of each, and θ_t in latent coordinates: `[rows × 3 M]`; empty for a head.
    pub theta: &'a [f32],
    /// Standardised observations, z-scores, normal scores, then scored differences: `[rows × n_max × 3 D]`; slots beyond the row's size are not read.
    pub observations: &'a [f32],
    /// Set size of each row, at most n_max; 0 means the null context.
    pub sizes: &'a [u32],
    /// Diffusion time of each row.
    pub times: &'a [f32],
}

impl<'a> Inputs<'a> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.times.len()
    }

    /// Rows `start..end`.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Inputs<'a> {
        let rows = self.rows().max(1);
        let (m, x) = (self.theta.len() / rows, self.observations.len() / rows);
        Inputs {
            theta: &self.theta[start * m..end * m],
            observations: &self.observations[start * x..end * x],
            sizes: &self.sizes[start..end],
            times: &self.times[start..end],
        }
    }
}

/// Buffers of one forward and backward pass; reused, so a loop allocates only once.
#[derive(Debug, Default)]
pub struct Activations {
    /// What every row brings to the first layer, side by side.
    features: Vec<f32>,
    /// The gradient of the weights of that, side by side.
    first: Vec<f32>,
    values: Vec<Vec<f32>>,
    slopes: Vec<Vec<f32>>,
    upstream: Vec<f32>,
    downstream: Vec<f32>,
    encoder: encoder::Activations,
    /// What summarises observations before all this, where something does.
    pub(super) summary: summary::Activations,
    /// The gradient of what it made of the observations.
    pub(super) d_items: Vec<f32>,
    products: Scratch,
    /// The last hidden layer, for a wide output layer.
    wide: Operand,
    /// What an encoder makes of every row's observations.
    context: Vec<f32>,
    /// The layers, where nothing is kept.
    inference: Buffers,
}

/// cos kπt and sin kπt, k = 1 … frequencies.
pub(crate) fn time_features(t: f64, cos: &mut [f32], sin: &mut [f32]) {
    let (s, c) = (std::f64::consts::PI * t).sin_cos();
    // Each multiple of the angle from the one before.
    let (mut sine, mut cosine) = (s, c);
    for (cos, sin) in cos.iter_mut().zip(sin) {
        (*sin, *cos) = (sine as f32, cosine as f32);
        (sine, cosine) = (sine * c + cosine * s, cosine * c - sine * s);
    }
}

/// Evaluates the network on a block of rows, keeping what [`backward`] needs. `out: [rows × M]`.
#[allow(clippy::too_many_arguments)] // reason: as `backward`
pub(crate) fn forward(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    packed: &Packed,
    inputs: &Inputs<'_>,
    ws: &mut Activations,
    out: &mut [f32],
) {
    let (rows, h) = (inputs.rows(), shape.width);
    ws.values.resize_with(shape.depth, Vec::new);
    ws.slopes.resize_with(shape.depth, Vec::new);
    for buffer in ws.values.iter_mut().chain(&mut ws.slopes) {
        buffer.resize(rows * h, 0.0);
    }

    let width = first_width(shape, layout);
    let Activations { features, values, slopes, context, encoder, products, .. } = ws;
    gather(shape, layout, inputs, width, features);
    encode(shape, layout, weights, inputs, encoder, context);
    let own = |row| own_terms(layout, weights, inputs.sizes, context, row);
    let terms = Terms { base: &weights[layout.bias.clone()], own: Some(&own) };
    let into = (&mut values[0][..], &mut slopes[0][..]);
    packed.first_with_slopes(false, shape.activation, (width, features), terms, products, into);
    for (l, (weight, bias)) in layout.hidden.iter().enumerate() {
        let (before, after) = ws.values.split_at_mut(l + 1);
        let (weight, bias) = (&weights[weight.clone()], &weights[bias.clone()]);
        let into = (&mut after[0][..], &mut ws.slopes[l + 1][..]);
        packed.forward_with_slopes(shape.activation, l, &before[l], (weight, bias), &mut ws.products, into);
    }
    packed.output(layout, weights, &ws.values[shape.depth - 1], &mut ws.wide, out);
}

/// Evaluates the network on a block of rows and keeps nothing: as [`forward`], where no [`backward`] follows, and at [`Precision::High`].
#[allow(clippy::too_many_arguments)] // reason: as `backward`
pub(crate) fn infer(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    packed: &Packed,
    inputs: &Inputs<'_>,
    ws: &mut Activations,
    out: &mut [f32],
) {
    let width = first_width(shape, layout);
    let Activations { features, context, encoder, inference, .. } = ws;
    gather(shape, layout, inputs, width, features);
    encode(shape, layout, weights, inputs, encoder, context);
    let own = |row| own_terms(layout, weights, inputs.sizes, context, row);
    let terms = Terms { base: &weights[layout.bias.clone()], own: Some(&own) };
    let rows = Rows { features, width, bound: false };
    Network { shape, layout, weights, packed }.infer(Precision::High, rows, terms, inference, out);
}

/// What an encoder makes of every row's observations; nothing where they are part of the first layer's product.
fn encode(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    inputs: &Inputs<'_>,
    encoder: &mut encoder::Activations,
    context: &mut Vec<f32>,
) {
    if let ContextLayout::Set { .. } = layout.context {
        context.resize(inputs.rows() * shape.width, 0.0);
        encoder::forward(shape, layout, weights, inputs, encoder, context);
    }
}

/// What the first layer adds to one row: its context, or the null embedding where it has no observation.
fn own_terms<'a>(layout: &Layout, weights: &'a [f32], sizes: &[u32], context: &'a [f32], row: usize) -> &'a [f32] {
    let null = &weights[layout.null.clone()];
    match (&layout.context, sizes[row]) {
        (ContextLayout::Single(_), 0) => null,
        (ContextLayout::Single(_), _) => &[],
        // The encoder has put the null embedding where it belongs.
        (ContextLayout::Set { .. }, _) => &context[row * null.len()..][..null.len()],
    }
}

/// Everything that a row brings to the first layer, side by side in the order of [`first_columns`]. A row without an
/// observation has zeros in its place.
fn gather(shape: &NetworkShape, layout: &Layout, inputs: &Inputs<'_>, width: usize, features: &mut Vec<f32>) {
    let (p, f, d) = (shape.n_features(), shape.frequencies, shape.observation);
    features.resize(inputs.rows() * width, 0.0);
    for (r, row) in features.chunks_exact_mut(width.max(1)).enumerate() {
        let (theta, rest) = row.split_at_mut(p);
        let (times, slot) = rest.split_at_mut(2 * f);
        let (cos, sin) = times.split_at_mut(f);
        theta.copy_from_slice(&inputs.theta[r * p..][..p]);
        time_features(f64::from(inputs.times[r]), cos, sin);
        if let ContextLayout::Single(_) = layout.context {
            if inputs.sizes[r] == 0 {
                slot.fill(0.0);
            } else {
                slot.copy_from_slice(&inputs.observations[r * FEATURES * d..][..FEATURES * d]);
            }
        }
    }
}

/// Writes the gradient of the weights to `gradient`, given the gradient `d_out: [rows × M]` of the outputs of the last
/// [`forward`] with the same inputs. Writes the gradient with respect to the
/// θ features to `d_theta: [rows × M]` where that is given.
#[allow(clippy::too_many_arguments)] // reason: one backward pass needs all of it, and a struct would only rename it
pub(crate) fn backward(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    packed: &Packed,
    inputs: &Inputs<'_>,
    ws: &mut Activations,
    d_out: &[f32],
    gradient: &mut [f32],
    d_theta: Option<&mut [f32]>,
) {
    let arch = arch();
    let (rows, m, h) = (inputs.rows(), shape.outputs, shape.width);
    ws.upstream.resize(rows * h, 0.0);
    ws.downstream.resize(rows * h, 0.0);
    // Where nothing is added up, nothing needs to start at zero: the weights of hidden layers are written.
    let mut done = 0;
    for (weight, _) in &layout.hidden {
        gradient[done..weight.start].fill(0.0);
        done = weight.end;
    }
    gradient[done..].fill(0.0);

    let last = &ws.values[shape.depth - 1];
    let (weight, bias) = &layout.output;
    vector::add_rows(arch, d_out, &mut gradient[bias.clone()]);
    let slopes = &ws.slopes[shape.depth - 1];
    let (weights_out, gradient_out, upstream) =
        (&weights[weight.clone()], &mut gradient[weight.clone()], &mut ws.upstream);
    if m < NARROWEST {
        vector::narrow_backward(arch, m, weights_out, (last, slopes), d_out, gradient_out, upstream);
    } else {
        multiply(m, rows, h, View::transposed(d_out, m), View::rows(last, h), 1.0, gradient_out);
        multiply(rows, m, h, View::rows(d_out, m), View::rows(weights_out, h), 0.0, upstream);
        vector::scale_by(arch, slopes, upstream);
    }

    for (l, (weight, bias)) in layout.hidden.iter().enumerate().rev() {
        let input = &ws.values[l];
        outer((rows, h, h), &ws.upstream, input, &mut ws.products, &mut gradient[weight.clone()]);
        vector::add_rows(arch, &ws.upstream, &mut gradient[bias.clone()]);
        let (weight, slopes) = (&weights[weight.clone()], &ws.slopes[l]);
        packed.backward_by_slopes(l, &ws.upstream, weight, h, &mut ws.products, slopes, &mut ws.downstream);
        std::mem::swap(&mut ws.upstream, &mut ws.downstream);
    }

    let d_first = &ws.upstream;
    let width = first_width(shape, layout);
    ws.first.resize(h * width, 0.0);
    outer((rows, h, width), d_first, &ws.features, &mut ws.products, &mut ws.first);
    for (from, columns, range) in first_columns(shape, layout) {
        let targets = gradient[range].chunks_exact_mut(columns.max(1));
        for (row, target) in ws.first.chunks_exact(width.max(1)).zip(targets) {
            target.iter_mut().zip(&row[from..from + columns]).for_each(|(sum, value)| *sum += value);
        }
    }
    vector::add_rows(arch, d_first, &mut gradient[layout.bias.clone()]);
    encoder::backward(shape, layout, weights, inputs, &mut ws.encoder, d_first, gradient);
    if let Some(d_theta) = d_theta {
        let p = shape.n_whitened();
        multiply(rows, h, p, View::rows(d_first, h), View::rows(&weights[layout.theta.clone()], p), 0.0, d_theta);
    }
}

/// The gradient with respect to the features of every observation that is there, after [`backward`] with the same inputs: z-scores of
/// all, then normal scores, then differences, `[3 × items × D]`.
pub(crate) fn items_backward(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    inputs: &Inputs<'_>,
    ws: &mut Activations,
    d_items: &mut Vec<f32>,
) {
    encoder::items_backward(shape, layout, weights, inputs, &mut ws.encoder, &ws.upstream, d_items);
}
