//! Train the small classifier of the two-sample test: two hidden layers, ReLU, Adam, in `f32`.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::C2stOptions;
use crate::model::Stream;

/// out += A·B, row-major, `q` the inner and `p` the outer length; A's element (r, k) is `a[r * step[0] + k * step[1]]`.
/// Each number is rounded as written, whatever the machine's vectors, so every machine trains the same classifier.
fn multiply_add(out: &mut [f32], a: &[f32], step: [usize; 2], b: &[f32], p: usize) {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            let q = b.len() / p;
            for (r, out) in out.chunks_exact_mut(p).enumerate() {
                let at = |k: usize| a[r * step[0] + k * step[1]];
                let mut blocks = b.chunks_exact(4 * p);
                for (block, rows) in blocks.by_ref().enumerate() {
                    let (a0, a1, a2, a3) = (at(4 * block), at(4 * block + 1), at(4 * block + 2), at(4 * block + 3));
                    let (b0, rest) = rows.split_at(p);
                    let (b1, rest) = rest.split_at(p);
                    let (b2, b3) = rest.split_at(p);
                    for ((((o, x0), x1), x2), x3) in out.iter_mut().zip(b0).zip(b1).zip(b2).zip(b3) {
                        *o += (a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3);
                    }
                }
                for (k, row) in (q - q % 4..q).zip(blocks.remainder().chunks_exact(p)) {
                    let factor = at(k);
                    for (o, x) in out.iter_mut().zip(row) {
                        *o += factor * x;
                    }
                }
            }
        },
    );
}

/// The transpose of rows of length `len`.
fn transpose_into(data: &[f32], len: usize, out: &mut Vec<f32>) {
    let n = data.len() / len;
    out.resize(data.len(), 0.0);
    for (j, row) in data.chunks_exact(len).enumerate() {
        for (k, value) in row.iter().enumerate() {
            out[k * n + j] = *value;
        }
    }
}

/// The inner product over the shorter length, in eight running sums.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let n = a.len().min(b.len());
    let (a, b) = (a[..n].chunks_exact(8), b[..n].chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a.zip(b) {
        for k in 0..8 {
            sums[k] += x[k] * y[k];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// `out` + `factor` · `row`.
fn add_scaled(out: &mut [f32], factor: f32, row: &[f32]) {
    out.iter_mut().zip(row).for_each(|(o, x)| *o += factor * x);
}

/// An affine layer with its Adam moments; `values` holds the weights (inputs × outputs, row-major), then the biases.
struct Layer {
    n_in: usize,
    n_out: usize,
    values: Vec<f32>,
    gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    scratch: Vec<f32>,
}

impl Layer {
    /// Weights and biases uniform on ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010).
    fn new(n_in: usize, n_out: usize, rng: &mut Stream) -> Self {
        let bound = (6.0 / (n_in + n_out) as f32).sqrt();
        let len = (n_in + 1) * n_out;
        let values = (0..len).map(|_| bound * (2.0 * rng.random::<f32>() - 1.0)).collect();
        let zero = || vec![0.0; len];
        Self { n_in, n_out, values, gradient: zero(), first: zero(), second: zero(), scratch: Vec::new() }
    }

    fn weights(&self) -> &[f32] {
        &self.values[..self.n_in * self.n_out]
    }

    fn forward(&self, input: &[f32], output: &mut Vec<f32>) {
        output.clear();
        if self.n_out == 1 {
            // A single column: inner products, not sums of rows of one number.
            let bias = self.values[self.n_in];
            output.extend(input.chunks_exact(self.n_in).map(|row| bias + dot(row, &self.values)));
            return;
        }
        for _ in 0..input.len() / self.n_in {
            output.extend_from_slice(&self.values[self.n_in * self.n_out..]);
        }
        multiply_add(output, input, [self.n_in, 1], self.weights(), self.n_out);
    }

    /// The gradient of mean loss + ½ l2 ‖W‖² / rows, from the loss's derivative `delta` by this layer's output.
    fn gradients(&mut self, input: &[f32], delta: &[f32], l2: f32) {
        let rows = input.len() / self.n_in;
        let scale = (rows as f32).recip();
        let (weights, biases) = self.gradient.split_at_mut(self.n_in * self.n_out);
        weights.copy_from_slice(&self.values[..self.n_in * self.n_out]);
        if self.n_out == 1 {
            for w in weights.iter_mut() {
                *w *= l2 * scale;
            }
            for (row, d) in input.chunks_exact(self.n_in).zip(delta) {
                add_scaled(weights, scale * d, row);
            }
            biases[0] = scale * delta.iter().sum::<f32>();
            return;
        }
        for w in weights.iter_mut() {
            *w *= l2;
        }
        multiply_add(weights, input, [1, self.n_in], delta, self.n_out);
        for w in weights.iter_mut() {
            *w *= scale;
        }
        biases.fill(0.0);
        for row in delta.chunks_exact(self.n_out) {
            biases.iter_mut().zip(row).for_each(|(bias, d)| *bias += d * scale);
        }
    }

    /// The derivative of the loss by this layer's input, zero where the ReLU before it was off.
    fn backward(&mut self, delta: &[f32], input: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.resize(input.len(), 0.0);
        transpose_into(&self.values[..self.n_in * self.n_out], self.n_out, &mut self.scratch);
        multiply_add(out, delta, [self.n_out, 1], &self.scratch, self.n_in);
        out.iter_mut().zip(input).for_each(|(d, &a)| *d = if a > 0.0 { *d } else { 0.0 });
    }

    /// One step of Adam (β 0.9 and 0.999, ε 1e-8) with the bias-corrected `rate`.
    fn step(&mut self, rate: f32) {
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, &g), (m, v)) in self.values.iter_mut().zip(&self.gradient).zip(moments) {
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * (g * g);
            *value -= rate * *m / (v.sqrt() + 1e-8);
        }
    }
}

/// A classifier of rows of `dim` numbers into the first (0) or second (1) sample.
pub(crate) struct Classifier {
    layers: [Layer; 3],
}

impl Classifier {
    /// Trains on standardised rows with their labels. Stops when the mean training loss of an epoch has not fallen by
    /// the tolerance for longer than the patience, or after the last epoch.
    pub(crate) fn train(x: &[f32], labels: &[f32], dim: usize, options: &C2stOptions, rng: &mut Stream) -> Self {
        let width = options.width * dim;
        let layers = [Layer::new(dim, width, rng), Layer::new(width, width, rng), Layer::new(width, 1, rng)];
        let mut this = Self { layers };
        let mut order: Vec<usize> = (0..labels.len()).collect();
        let (mut batch, mut target) = (Vec::new(), Vec::new());
        let mut work = Work::default();
        let (mut best, mut stale, mut steps) = (f64::INFINITY, 0, 0_i32);
        for _ in 0..options.epochs {
            order.shuffle(rng);
            let mut total = 0.0;
            for indices in order.chunks(options.batch) {
                batch.clear();
                target.clear();
                for &i in indices {
                    batch.extend_from_slice(&x[i * dim..(i + 1) * dim]);
                    target.push(labels[i]);
                }
                steps = steps.saturating_add(1);
                let correction = (1.0 - 0.999_f64.powi(steps)).sqrt() / (1.0 - 0.9_f64.powi(steps));
                total += this.step(&batch, &target, options.l2 as f32, (options.rate * correction) as f32, &mut work);
            }
            let loss = total / labels.len() as f64;
            stale = if loss > best - options.tolerance { stale + 1 } else { 0 };
            best = best.min(loss);
            if stale > options.patience {
                break;
            }
        }
        this
    }

    /// One step on one batch; the summed loss before it, the penalty included.
    fn step(&mut self, x: &[f32], target: &[f32], l2: f32, rate: f32, work: &mut Work) -> f64 {
        let Work { first, second, logits, delta_1, delta_2 } = work;
        forward(&self.layers, x, first, second, logits);
        let penalty: f32 = self.layers.iter().map(|layer| dot(layer.weights(), layer.weights())).sum();
        let mut loss = 0.5 * f64::from(l2 * penalty);
        for (logit, &y) in logits.iter_mut().zip(target) {
            // −y log p − (1−y) log(1−p) = softplus(z) − y z, without overflow.
            loss += f64::from(logit.max(0.0) - y * *logit + (-logit.abs()).exp().ln_1p());
            *logit = (1.0 + (-*logit).exp()).recip() - y;
        }
        let [one, two, three] = &mut self.layers;
        three.gradients(second, logits, l2);
        three.backward(logits, second, delta_2);
        two.gradients(first, delta_2, l2);
        two.backward(delta_2, first, delta_1);
        one.gradients(x, delta_1, l2);
        for layer in [one, two, three] {
            layer.step(rate);
        }
        loss
    }

    /// The probability of the second sample for each row.
    pub(crate) fn probabilities(&self, x: &[f32]) -> Vec<f32> {
        let Work { mut first, mut second, mut logits, .. } = Work::default();
        forward(&self.layers, x, &mut first, &mut second, &mut logits);
        logits.iter().map(|logit| (1.0 + (-logit).exp()).recip()).collect()
    }

    /// How many rows are put into the sample that their label names.
    pub(super) fn count_correct(&self, x: &[f32], labels: &[f32]) -> usize {
        let Work { mut first, mut second, mut logits, .. } = Work::default();
        forward(&self.layers, x, &mut first, &mut second, &mut logits);
        logits.iter().zip(labels).filter(|&(&logit, &label)| (logit > 0.0) == (label > 0.5)).count()
    }
}

fn forward(layers: &[Layer; 3], x: &[f32], first: &mut Vec<f32>, second: &mut Vec<f32>, logits: &mut Vec<f32>) {
    layers[0].forward(x, first);
    for a in first.iter_mut() {
        *a = a.max(0.0);
    }
    layers[1].forward(first, second);
    for a in second.iter_mut() {
        *a = a.max(0.0);
    }
    layers[2].forward(second, logits);
}

/// Buffers that live as long as the training.
#[derive(Default)]
struct Work {
    first: Vec<f32>,
    second: Vec<f32>,
    logits: Vec<f32>,
    delta_1: Vec<f32>,
    delta_2: Vec<f32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stream;

    #[test]
    fn products_of_any_shape_are_right() {
        for (rows, q, p) in [(1, 1, 1), (3, 5, 7), (4, 9, 16), (5, 4, 50), (9, 3, 33), (6, 2, 17)] {
            let number = |i: usize| ((i * 7 + 3) % 11) as f32 - 5.0;
            let (a, b): (Vec<f32>, Vec<f32>) = ((0..rows * q).map(number).collect(), (0..q * p).map(number).collect());
            for step in [[q, 1], [1, rows]] {
                let mut out = vec![1.0; rows * p];
                multiply_add(&mut out, &a, step, &b, p);
                for (at, value) in out.iter().enumerate() {
                    let sum: f32 = (0..q).map(|k| a[at / p * step[0] + k * step[1]] * b[k * p + at % p]).sum();
                    assert_eq!(*value, 1.0 + sum, "{rows} {q} {p}, element {at}");
                }
            }
        }
    }

    /// Every derivative against central differences of the loss, penalty included.
    #[test]
    fn gradients_match_differences() {
        let mut rng = stream(3, "gradient test", 0);
        let mut net =
            Classifier { layers: [Layer::new(3, 7, &mut rng), Layer::new(7, 6, &mut rng), Layer::new(6, 1, &mut rng)] };
        let x: Vec<f32> = (0..24).map(|_| 4.0 * rng.random::<f32>() - 2.0).collect();
        let target: Vec<f32> = (0..8).map(|i| (i % 2) as f32).collect();
        let (l2, mut work) = (0.3, Work::default());
        net.step(&x, &target, l2, 0.0, &mut work);
        let analytic: Vec<Vec<f32>> = net.layers.iter().map(|layer| layer.gradient.clone()).collect();
        for l in 0..3 {
            for k in 0..net.layers[l].values.len() {
                let kept = net.layers[l].values[k];
                let h = 4e-3;
                let mut at = |value: f32| {
                    net.layers[l].values[k] = value;
                    net.step(&x, &target, l2, 0.0, &mut work) / 8.0
                };
                let numeric = (at(kept + h) - at(kept - h)) / (2.0 * f64::from(h));
                at(kept);
                // f32 loss of order one: rounding 1e-7 / 8e-3, truncation h² and one possible ReLU kink.
                assert!((numeric - f64::from(analytic[l][k])).abs() < 2e-3, "layer {l}, value {k}: {numeric}");
            }
        }
    }
}
