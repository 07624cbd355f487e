//! Learn from complete data: scores of what a simulator drew on its way stand in for noise where they scatter less.
//!
//! Where θ acts on x only through latent variables λ with a known density p(λ | θ), g = ∇_θ ln p(λ | θ) averages to the score of the
//! likelihood, E[g | θ, x] = ∇_θ ln p(x | θ) (Fisher's identity; simulators of which g is known: Brehmer et al., arXiv:1805.12244). Noised by
//! θ_t = √α θ_0 + σ ε under a prior N(0, I), partial integration gives two estimates of the same increment δ = s + θ_t:
//!
//! δ = E[θ_t − ε/σ | θ_t, x] = E[√α g | θ_t, x].
//!
//! The first is what denoising learns from: its variance is α/σ², which drowns δ at the little noise where a thousand groups decide. The
//! second has variance α I at any noise, for the information I = E[g² | θ_t] (that a target's own score is the better one there is Eq. (9) of
//! arXiv:2402.08667). Weights by inverse variance, which may depend on θ_t but not on θ_0, keep the average right whatever they are.

use nalgebra::{DMatrix, DVector, SVector};

use super::{TrainingSet, score::Learned};
use crate::diffusion::Level;

/// Simulations that the information is fitted to.
const FITTED: usize = 20_000;
/// Steps of the fit.
const STEPS: usize = 30;
/// The longest step, in the logarithm of the information.
const LONGEST: f64 = 1.0;
/// Less information is taken for this: a component of which groups tell nothing would take the whole loss.
const LEAST: f64 = 0.1;
/// Added to g² before logarithms are taken.
const TINY: f64 = 1e-12;

/// How much the complete data tell of one component, ln I(θ_0) = c + Σ_i (b_i θ_i + q_i θ_i²).
#[derive(Clone, Debug, PartialEq)]
struct Information<const M: usize> {
    constant: f64,
    linear: [f64; M],
    quadratic: [f64; M],
}

impl<const M: usize> Information<M> {
    /// The mean of I over θ_0 ~ N(√α θ_t, σ²), which is the prior given θ_t: infinite where q_i σ² ≥ ½.
    fn given(&self, at: &Level, theta_t: &SVector<f64, M>) -> f64 {
        let (mean, variance) = (at.mean(), at.sigma * at.sigma);
        let mut exponent = self.constant;
        for i in 0..M {
            let (m, b, q) = (mean * theta_t[i], self.linear[i], self.quadratic[i]);
            let left = 1.0 - 2.0 * q * variance;
            if left <= 0.0 {
                return f64::INFINITY;
            }
            exponent += (m * (b + q * m) + 0.5 * b * b * variance) / left - 0.5 * left.ln();
        }
        exponent.exp()
    }
}

/// What is learned from the complete data of a training set: how much they tell of every component.
#[derive(Clone, Debug, PartialEq)]
pub struct CompleteData<const M: usize> {
    /// `None` where a score is not known.
    information: [Option<Information<M>>; M],
}

impl<const M: usize> CompleteData<M> {
    /// Fits how much the complete data of `set` tell, or `None` where the scores of no component are known.
    ///
    /// # Equation
    /// The mean of g² by the generalised linear model with logarithmic link and variances like squares of means (Gamma), by Fisher scoring
    /// from a regression of ln g².
    pub fn fit(set: &TrainingSet) -> Option<Self> {
        let rows = set.rows().min(FITTED);
        let scores = set.scores.get(..set.rows() * M).filter(|scores| !scores.is_empty())?;
        let known = |k: usize| scores.iter().skip(k).step_by(M).all(|score| score.is_finite());
        let width = 1 + 2 * M;
        let design = DMatrix::from_fn(rows, width, |row, column| match column.checked_sub(1) {
            None => 1.0,
            Some(i) => f64::from(set.theta[row * M + i % M]).powi(if i < M { 1 } else { 2 }),
        });
        // A column that hardly varies, as with few simulations, must not stop the others.
        let gram = design.tr_mul(&design) + DMatrix::identity(width, width) * (1e-6 * rows as f64);
        let gram = gram.cholesky()?;
        let fitted = |k: usize| {
            let squares = DVector::from_fn(rows, |row, _| f64::from(scores[row * M + k]).powi(2));
            // E ln χ²₁ = −1.27.
            let mut found = gram.solve(&design.tr_mul(&squares.map(|square| (square + TINY).ln() + 1.27)));
            for _ in 0..STEPS {
                let expected = &design * &found;
                let surprise = squares.zip_map(&expected, |square, ln| square * (-ln).exp() - 1.0);
                let step = gram.solve(&design.tr_mul(&surprise));
                let longest = (&design * &step).amax();
                found += step * (LONGEST / longest.max(LONGEST));
            }
            let [linear, quadratic] = [1, 1 + M].map(|from| std::array::from_fn(|i| found[from + i]));
            let finite = found.iter().all(|value| value.is_finite());
            finite.then_some(Information { constant: found[0], linear, quadratic })
        };
        let information: [_; M] = std::array::from_fn(|k| if known(k) { fitted(k) } else { None });
        information.iter().any(Option::is_some).then_some(Self { information })
    }

    /// Of which components complete data are learned from.
    pub fn known(&self) -> [bool; M] {
        std::array::from_fn(|k| self.information[k].is_some())
    }

    /// What a row learns from its noise and its complete-data scores together, and how much more precise that is than its noise alone.
    ///
    /// # Equation
    /// ε* = ε + A (σ (θ_t − √α g) − ε), A = 1/(1 + σ² I), with the weight w² = 1 + 1/(σ² I).
    pub(super) fn learn_into(&self, at: &Level, theta_t: &SVector<f64, M>, scores: &[f32], learned: &mut Learned<M>) {
        for (k, information) in self.information.iter().enumerate() {
            let Some(information) = information else { continue };
            let relative = at.sigma * at.sigma * information.given(at, theta_t).max(LEAST);
            let share = 1.0 / (1.0 + relative);
            // Infinite information takes no share, whatever the score.
            if share > 0.0 {
                let known = at.sigma * (theta_t[k] - at.mean() * f64::from(scores[k]));
                learned.noise[k] += share * (known - learned.noise[k]);
                learned.weights[k] = (1.0 + 1.0 / relative).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::SVector;
    use rand_distr::{Distribution, StandardNormal};

    use super::{CompleteData, Information};
    use crate::{
        diffusion::{Level, Schedule},
        model::stream,
        train::{TrainingSet, score::Learned},
    };

    /// ln I = ln v + b θ + q θ² with g ~ N(0, I): the fit finds all three, and the smoothed mean is the integral.
    #[test]
    fn information_is_fitted_and_smoothed() {
        let (v, b, q) = (3.0_f64, -0.8, 0.15);
        let mut rng = stream(1, "information", 0);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let (mut theta, mut scores) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            let z = draw();
            theta.push(z as f32);
            scores.push(((0.5 * (v.ln() + b * z + q * z * z)).exp() * draw()) as f32);
        }
        let set = TrainingSet { parameters: 1, observation: 1, slots: 1, theta, x: vec![0.0; 60_000], scores };
        let fitted = CompleteData::<1>::fit(&set).expect("scores");
        let Some(information) = &fitted.information[0] else { panic!("it is known") };
        // Var(g²)/I² = 2, so that each coefficient scatters by about √(2/20,000) = 0.01.
        for (found, true_value) in
            [(information.constant, v.ln()), (information.linear[0], b), (information.quadratic[0], q)]
        {
            assert!((found - true_value).abs() < 0.06, "{found} {true_value}");
        }
        let exact = Information::<1> { constant: v.ln(), linear: [b], quadratic: [q] };
        for (t, theta_t) in [(0.05, 0.3), (0.2, -1.7), (0.5, 2.0)] {
            let at = Schedule::default().level(t);
            let step = 1e-3;
            let integral: f64 = (-12_000..=12_000)
                .map(|i| {
                    let (e, z) = (f64::from(i) * step, at.mean() * theta_t + at.sigma * f64::from(i) * step);
                    (v.ln() + b * z + q * z * z - 0.5 * e * e).exp() * step / std::f64::consts::TAU.sqrt()
                })
                .sum();
            let found = exact.given(&at, &SVector::from([theta_t]));
            assert!((found / integral - 1.0).abs() < 1e-9, "{found} {integral}");
        }
        // Where the mean does not exist it is infinite, and the noise stays.
        let heavy = CompleteData::<1> { information: [Some(Information { quadratic: [0.6], ..exact })] };
        let mut learned = Learned { noise: SVector::from([0.4]), weights: [1.0] };
        heavy.learn_into(&Schedule::default().level(1.0), &SVector::from([0.0]), &[1e30], &mut learned);
        assert_eq!((learned.noise[0], learned.weights[0]), (0.4, 1.0));
    }

    /// λ ~ N(θ, s²), x ~ N(λ, r²), θ ~ N(0, 1): what is learned instead of the noise has the same mean given θ_t and x, and scatters less.
    #[test]
    fn what_is_learned_has_the_mean_of_the_noise() {
        let (s, r) = (0.7_f64, 0.5);
        let complete = CompleteData::<1> {
            information: [Some(Information { constant: -2.0 * s.ln(), linear: [0.0], quadratic: [0.0] })],
        };
        let rows = 200_000;
        for t in [0.02, 0.1, 0.3, 0.8] {
            let at: Level = Schedule::default().level(t);
            let mut rng = stream(2, "rows", (t * 100.0) as u64);
            let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
            // Means and variances of ε* − ε against three functions of (θ_t, x), and of the wrong sign of the score against the second.
            let (mut sums, mut squares) = ([0.0_f64; 4], [0.0_f64; 4]);
            let (mut spread, mut noise_spread) = (0.0, 0.0);
            for _ in 0..rows {
                let (theta, noise) = (draw(), draw());
                let local = theta + s * draw();
                let x = local + r * draw();
                let theta_t = theta * at.mean() + noise * at.sigma;
                let score = (local - theta) / (s * s);
                let learn = |score: f64| {
                    let mut learned = Learned { noise: SVector::from([noise]), weights: [1.0] };
                    complete.learn_into(&at, &SVector::from([theta_t]), &[score as f32], &mut learned);
                    learned.noise[0]
                };
                let (right, wrong) = (learn(score), learn(-score));
                let products =
                    [right - noise, (right - noise) * x, (right - noise) * (theta_t * x).sin(), (wrong - noise) * x];
                for (k, product) in products.into_iter().enumerate() {
                    sums[k] += product;
                    squares[k] += product * product;
                }
                // The exact mean of the noise given θ_t and x: both are jointly normal with θ.
                let precision = at.alpha / (at.sigma * at.sigma) + 1.0 + 1.0 / (s * s + r * r);
                let mean = (at.mean() * theta_t / (at.sigma * at.sigma) + x / (s * s + r * r)) / precision;
                let exact = (theta_t - at.mean() * mean) / at.sigma;
                spread += (right - exact).powi(2);
                noise_spread += (noise - exact).powi(2);
            }
            let scores = [0, 1, 2, 3].map(|k: usize| sums[k] / squares[k].sqrt());
            assert!(scores[..3].iter().all(|score| score.abs() < 4.5), "t = {t}: {scores:?}");
            assert!(spread < noise_spread, "t = {t}: {spread} {noise_spread}");
            if t <= 0.3 {
                assert!(scores[3].abs() > 10.0, "t = {t}: {scores:?}");
            }
        }
    }

    #[test]
    fn unknown_components_are_left_alone() {
        let scores = vec![f32::NAN, 1.0, f32::NAN, -2.0, f32::NAN, 0.5, f32::NAN, 0.1];
        let theta = vec![0.1, 0.2, -0.4, 1.0, 0.3, -0.9, 2.0, 0.6];
        let mut set = TrainingSet { parameters: 2, observation: 1, slots: 1, theta, x: vec![0.0; 12], scores };
        let complete = CompleteData::<2>::fit(&set).expect("one is known");
        assert!(complete.information[0].is_none() && complete.information[1].is_some());
        let mut learned = Learned { noise: SVector::from([0.4, -0.3]), weights: [1.0; 2] };
        let at = Schedule::default().level(0.1);
        complete.learn_into(&at, &SVector::from([0.5, 0.5]), &set.scores[..2], &mut learned);
        assert_eq!((learned.noise[0], learned.weights[0]), (0.4, 1.0));
        assert!(learned.noise[1].is_finite() && learned.weights[1] > 1.0);
        set.scores.iter_mut().for_each(|score| *score = f32::NAN);
        assert_eq!(CompleteData::<2>::fit(&set), None);
        set.scores.clear();
        assert_eq!(CompleteData::<2>::fit(&set), None);
    }
}
