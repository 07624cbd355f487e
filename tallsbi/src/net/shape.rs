//! Lay out the parameters of a built-in network in one flat vector.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::activation::Nonlinearity;
use crate::dataset::FEATURES;

/// How a set of observations enters the first layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum EncoderShape {
    /// One observation, linearly.
    Single,
    /// A permutation-invariant set: two layers per observation, mean over the set, plus the set's size.
    Set {
        /// Largest set.
        n_max: usize,
        /// Width of both encoder layers.
        width: usize,
    },
}

impl EncoderShape {
    /// Single observations for `n_max` = 1, a set encoder of `width` otherwise.
    pub fn for_sets(n_max: usize, width: usize) -> Self {
        if n_max <= 1 { Self::Single } else { Self::Set { n_max, width } }
    }
}

/// Shape of a built-in score network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkShape {
    /// Parameters M whose features a row brings, with as many signal shares and latent coordinates; 0 for a head, which
    /// sees observations only.
    pub parameters: usize,
    /// Whether a row brings θ in whitened coordinates and signal shares, or only θ in latent coordinates.
    pub whitened: bool,
    /// Outputs: the parameter dimension M for a score.
    pub outputs: usize,
    /// Observation dimension D (design included); every component comes with [`FEATURES`] features.
    pub observation: usize,
    /// Width H of the hidden layers.
    pub width: usize,
    /// Number of hidden layers.
    pub depth: usize,
    /// Number of frequencies cos kπt, sin kπt of the time.
    pub frequencies: usize,
    /// Activation of the hidden layers and of the encoder.
    pub activation: Nonlinearity,
    /// The encoder.
    pub encoder: EncoderShape,
}

/// Where each tensor lies in the flat parameter vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Weights of the θ features, `[H, M]`.
    pub(crate) theta: Range<usize>,
    /// Weights of the signal shares, `[H, M]`.
    pub(crate) signal: Range<usize>,
    /// Weights of the latent coordinates, `[H, M]`.
    pub(crate) latent: Range<usize>,
    pub(crate) context: ContextLayout,
    /// Learned context of an absent observation (the null embedding), H numbers.
    pub(crate) null: Range<usize>,
    pub(crate) cos: Range<usize>,
    pub(crate) sin: Range<usize>,
    pub(crate) bias: Range<usize>,
    /// Weight and bias of hidden layers 2 … depth.
    pub(crate) hidden: Vec<Dense>,
    pub(crate) output: Dense,
    pub(crate) total: usize,
}

/// Weight and bias of one layer.
pub(crate) type Dense = (Range<usize>, Range<usize>);

/// Weights of the z-scores, of the normal scores and of the scored differences of an observation: `[units, D]` each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) x: Range<usize>,
    pub(crate) scores: Range<usize>,
    pub(crate) differences: Range<usize>,
}

impl Slot {
    /// What files call them.
    pub(crate) const NAMES: [&str; FEATURES] = ["x", "scores", "differences"];

    /// In the order in which an observation's features lie.
    pub(crate) fn weights(&self) -> [&Range<usize>; FEATURES] {
        [&self.x, &self.scores, &self.differences]
    }
}

/// Where the encoder's tensors lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ContextLayout {
    Single(Slot),
    Set {
        n_max: usize,
        width: usize,
        /// Weights and bias of the first layer of every observation.
        first: (Slot, Range<usize>),
        second: Dense,
        embedding: Range<usize>,
        size: Range<usize>,
    },
}

impl NetworkShape {
    /// What a file says of a network of this shape.
    pub(super) fn describe(&self) -> serde_json::Value {
        serde_json::json!({ "kind": "fused", "shape": self })
    }

    /// Largest set of observations that the network sees at once.
    pub fn n_max(&self) -> usize {
        match self.encoder {
            EncoderShape::Single => 1,
            EncoderShape::Set { n_max, .. } => n_max,
        }
    }

    /// Features that a row brings: 3 M, or M where it brings latent coordinates only.
    pub fn n_features(&self) -> usize {
        2 * self.n_whitened() + self.parameters
    }

    /// Whitened coordinates that a row brings.
    pub(super) fn n_whitened(&self) -> usize {
        if self.whitened { self.parameters } else { 0 }
    }

    /// Number of weights.
    pub fn n_weights(&self) -> usize {
        self.layout().total
    }

    pub(crate) fn layout(&self) -> Layout {
        let (p, m, d, h) = (self.parameters, self.outputs, self.observation, self.width);
        let mut next = 0;
        let mut take = |n: usize| {
            next += n;
            next - n..next
        };
        let slot = |units: usize, take: &mut dyn FnMut(usize) -> Range<usize>| Slot {
            x: take(units * d),
            scores: take(units * d),
            differences: take(units * d),
        };
        let w = self.n_whitened();
        let (theta, signal, latent) = (take(h * w), take(h * w), take(h * p));
        let context = match self.encoder {
            EncoderShape::Single => ContextLayout::Single(slot(h, &mut take)),
            EncoderShape::Set { n_max, width } => ContextLayout::Set {
                n_max,
                width,
                first: (slot(width, &mut take), take(width)),
                second: (take(width * width), take(width)),
                embedding: take(h * width),
                size: take(h * n_max),
            },
        };
        let null = take(h);
        let (cos, sin) = (take(h * self.frequencies), take(h * self.frequencies));
        let bias = take(h);
        let hidden = (1..self.depth).map(|_| (take(h * h), take(h))).collect();
        let output = (take(m * h), take(m));
        Layout { theta, signal, latent, context, null, cos, sin, bias, hidden, output, total: next }
    }
}
