//! Observe a neuron's spikes themselves, bin by bin: `bernoulli_glm` without its summary.

use tallsbi::model::Stream;
use tallsbi::prelude::*;

use super::bernoulli_glm::{BINS, Weights, spikes};

/// 1 where there is a spike and 0 where there is none.
#[simulator]
pub fn bernoulli_glm_raw(theta: &Weights, rng: &mut Stream) -> [f32; BINS] {
    spikes(theta, rng).map(|spike| f32::from(u8::from(spike)))
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;

    use super::{BINS, BernoulliGlmRaw};
    use crate::tasks::Task;
    use crate::tasks::bernoulli_glm::tests::{log_prior, tall_likelihood};
    use crate::tasks::bernoulli_glm::{BernoulliGlm, M, Weights, summary};
    use crate::tasks::stein::check_tall;

    #[test]
    fn its_summary_is_the_other_task() {
        let theta = Weights { beta: [0.1; M] };
        for i in 0..20 {
            let raw = BernoulliGlmRaw.simulate(&theta, &mut stream(63, "test", i)).expect("it cannot fail");
            let summarised = BernoulliGlm.simulate(&theta, &mut stream(63, "test", i)).expect("it cannot fail");
            assert!(raw.iter().all(|bit| [0.0, 1.0].contains(bit)));
            assert_eq!(summary(&raw.map(|bit| bit > 0.5)).map(|value| value as f32), summarised);
        }
    }

    #[test]
    fn the_reference_posteriors() {
        let tall = |weight: f64| {
            move |beta: &[f64; M], xs: &[[f64; BINS]]| {
                let summaries: Vec<[f64; M]> = xs.iter().map(|x| summary(&x.map(|bit| bit > 0.5))).collect();
                log_prior(beta) + weight * tall_likelihood(&summaries, beta)
            }
        };
        check_tall(Task::BernoulliGlmRaw, tall(1.0), tall(0.7));
    }
}
