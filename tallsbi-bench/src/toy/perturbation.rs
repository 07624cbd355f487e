//! Perturb a noise prediction by a small network with random weights: an error that depends on everything and averages out
//! over nothing.

use tallsbi::model::stream;
use tallsbi::nalgebra::{SMatrix, SVector};
use tallsbi::rand::RngExt;

/// tanh(W₂ relu(W₁ (θ, x, t) + b₁) + b₂) with 5m hidden units; every weight is uniform within ±1/√(inputs of its layer).
#[derive(Clone, Debug, PartialEq)]
pub struct Perturbation<const M: usize> {
    /// A row for each hidden unit: θ part, x part, weight of t, bias.
    first: Vec<([f64; M], [f64; M], f64, f64)>,
    /// For each hidden unit its weights to the outputs.
    second: Vec<SVector<f64, M>>,
    bias: SVector<f64, M>,
}

impl<const M: usize> Perturbation<M> {
    /// The network of a seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = stream(seed, "toy perturbation", 0);
        let mut uniform = |inputs: usize| (2.0 * rng.random::<f64>() - 1.0) / (inputs as f64).sqrt();
        let inputs = 2 * M + 1;
        let first = (0..5 * M)
            .map(|_| {
                let theta = std::array::from_fn(|_| uniform(inputs));
                (theta, std::array::from_fn(|_| uniform(inputs)), uniform(inputs), uniform(inputs))
            })
            .collect();
        let second = (0..5 * M).map(|_| SVector::from_fn(|_, _| uniform(5 * M))).collect();
        Self { first, second, bias: SVector::from_fn(|_, _| uniform(5 * M)) }
    }

    /// What an observation and a time add to each hidden unit, computed once a level.
    pub fn context(&self, x: &[f64; M], t: f64) -> Vec<f64> {
        let unit = |(_, from_x, from_t, bias): &([f64; M], [f64; M], f64, f64)| {
            bias + from_t * t + from_x.iter().zip(x).map(|(w, x)| w * x).sum::<f64>()
        };
        self.first.iter().map(unit).collect()
    }

    /// The output at `theta`, and its Jacobian where one is given to fill.
    pub fn evaluate(
        &self,
        theta: &SVector<f64, M>,
        context: &[f64],
        jacobian: Option<&mut SMatrix<f64, M, M>>,
    ) -> SVector<f64, M> {
        let mut sum = self.bias;
        let mut slope = SMatrix::<f64, M, M>::zeros();
        for (((from_theta, ..), out), context) in self.first.iter().zip(&self.second).zip(context) {
            let hidden = context + from_theta.iter().zip(theta).map(|(w, theta)| w * theta).sum::<f64>();
            if hidden > 0.0 {
                sum += out * hidden;
                if jacobian.is_some() {
                    slope += out * SVector::from(*from_theta).transpose();
                }
            }
        }
        let output = sum.map(f64::tanh);
        if let Some(jacobian) = jacobian {
            *jacobian = SMatrix::from_diagonal(&output.map(|value| 1.0 - value * value)) * slope;
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use tallsbi::nalgebra::{SMatrix, SVector};

    use super::Perturbation;

    #[test]
    fn the_jacobian_is_the_derivative() {
        let net = Perturbation::<3>::new(5);
        assert_eq!(net, Perturbation::new(5));
        let context = net.context(&[1.0, -2.0, 0.5], 0.3);
        let theta = SVector::from([0.3, -0.8, 2.0]);
        let mut jacobian = SMatrix::zeros();
        let output = net.evaluate(&theta, &context, Some(&mut jacobian));
        assert_eq!(output, net.evaluate(&theta, &context, None));
        assert!(output.amax() < 1.0 && output.amax() > 1e-3 && jacobian.amax() > 1e-4);
        for k in 0..3 {
            let step = SVector::<f64, 3>::from_fn(|i, _| if i == k { 1e-6 } else { 0.0 });
            let up = net.evaluate(&(theta + step), &context, None);
            let down = net.evaluate(&(theta - step), &context, None);
            assert!(((up - down) / 2e-6 - jacobian.column(k)).amax() < 1e-8);
        }
        assert_ne!(net.evaluate(&theta, &net.context(&[1.0, -2.0, 0.5], 0.4), None), output);
    }
}
