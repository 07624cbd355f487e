//! Summarise a series by attention: two blocks, in which every token looks at all others, and the mean over tokens.
//!
//! A token is a step, or a patch of neighbouring steps where there are more than 64 (Nie et al., arXiv:2211.14730), through one layer. Blocks are
//! x ← x + attention(norm(x)), x ← x + W_2 a(W_1 norm(x) + b_1) + b_2 with a = SiLU: the norm in front, as in Xiong et al., arXiv:2002.04745.
//! Where the order of steps tells something, sines and cosines of the place are added to the tokens (Vaswani et al., arXiv:1706.03762, Section 3.5);
//! without them the summary is that of a set (Lee et al., arXiv:1810.00825, with a mean in place of their pooling by attention).

use super::{
    super::{instructions::arch, vector},
    attention::{self, Attention},
    norm::{self, Norm},
    parts::{Linear, Tensors, mean, spread},
};

const BLOCKS: usize = 2;
/// Most tokens of a series whose steps have an order.
const TOKENS: usize = 64;
/// The longest period of the places' cosines, as published.
const LONGEST: f64 = 10_000.0;

/// Where its tensors lie.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transformer {
    width: usize,
    tokens: usize,
    embedding: Linear,
    /// `[tokens × W]`, or empty.
    places: Vec<f32>,
    blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq)]
struct Block {
    first: Norm,
    attention: Attention,
    second: Norm,
    inner: Linear,
    outer: Linear,
}

/// Buffers of one forward and backward pass.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// The tokens, through all blocks: `[items × tokens × W]`.
    x: Vec<f32>,
    blocks: Vec<BlockBuffers>,
    d_x: Vec<f32>,
    d_inner: Vec<f32>,
    d_normalised: Vec<f32>,
}

#[derive(Debug, Default)]
struct BlockBuffers {
    first: norm::Buffers,
    attention: attention::Buffers,
    second: norm::Buffers,
    inner: Vec<f32>,
    slopes: Vec<f32>,
    outer: Vec<f32>,
}

/// How many steps are one token.
pub(super) fn patch(steps: usize, ordered: bool) -> usize {
    if ordered { steps.div_ceil(TOKENS) } else { 1 }
}

impl Transformer {
    /// Of series of `steps` steps, zeros at the end included that make whole patches.
    pub(super) fn new(tensors: &mut Tensors, features: usize, steps: usize, width: usize, ordered: bool) -> Self {
        let patch = patch(steps, ordered);
        let tokens = steps.div_ceil(patch);
        let embedding = tensors.linear("embedding", patch * features, width);
        let block = |l: usize, tensors: &mut Tensors| Block {
            first: Norm::new(tensors, &format!("block.{l}.first"), width),
            attention: Attention::new(tensors, &format!("block.{l}.attention"), tokens, width),
            second: Norm::new(tensors, &format!("block.{l}.second"), width),
            inner: tensors.linear(&format!("block.{l}.inner"), width, 2 * width),
            outer: tensors.linear(&format!("block.{l}.outer"), 2 * width, width),
        };
        let blocks = (0..BLOCKS).map(|l| block(l, tensors)).collect();
        let places = if ordered { (0..tokens).flat_map(|i| place(i, width)).collect() } else { Vec::new() };
        Self { width, tokens, embedding, places, blocks }
    }

    /// `series: [items × tokens × patch × features]`, `pooled: [items × width]`.
    pub(super) fn forward(&self, weights: &[f32], series: &[f32], ws: &mut Buffers, pooled: &mut Vec<f32>) {
        self.embedding.forward(weights, series, &mut ws.x);
        if !self.places.is_empty() {
            vector::add_to_rows(arch(), &self.places, &mut ws.x);
        }
        ws.blocks.resize_with(self.blocks.len(), BlockBuffers::default);
        for (block, own) in self.blocks.iter().zip(&mut ws.blocks) {
            block.first.forward(weights, &ws.x, &mut own.first);
            block.attention.forward(weights, &own.first.out, &mut own.attention);
            vector::add_rows(arch(), &own.attention.out, &mut ws.x);
            block.second.forward(weights, &ws.x, &mut own.second);
            block.inner.silu(weights, &own.second.out, &mut own.inner, &mut own.slopes);
            block.outer.forward(weights, &own.inner, &mut own.outer);
            vector::add_rows(arch(), &own.outer, &mut ws.x);
        }
        mean(&ws.x, self.tokens, self.width, pooled);
    }

    pub(super) fn backward(
        &self,
        weights: &[f32],
        series: &[f32],
        ws: &mut Buffers,
        d_pooled: &[f32],
        gradient: &mut [f32],
    ) {
        spread(d_pooled, self.tokens, self.width, &mut ws.d_x);
        let Buffers { d_x, d_inner, d_normalised, blocks, .. } = ws;
        for (block, own) in self.blocks.iter().zip(blocks).rev() {
            block.outer.backward(weights, &own.inner, d_x, gradient, Some(d_inner));
            vector::scale_by(arch(), &own.slopes, d_inner);
            block.inner.backward(weights, &own.second.out, d_inner, gradient, Some(d_normalised));
            block.second.backward(weights, &own.second, d_normalised, gradient, d_x);
            block.attention.backward(weights, &own.first.out, &mut own.attention, d_x, gradient, d_normalised);
            block.first.backward(weights, &own.first, d_normalised, gradient, d_x);
        }
        self.embedding.backward(weights, series, d_x, gradient, None);
    }
}

/// sin and cos of `position` over 10000^{2k/W}, one after the other.
fn place(position: usize, width: usize) -> impl Iterator<Item = f32> {
    (0..width).map(move |k| {
        let angle = position as f64 / LONGEST.powf((k - k % 2) as f64 / width as f64);
        if k % 2 == 0 { angle.sin() as f32 } else { angle.cos() as f32 }
    })
}
