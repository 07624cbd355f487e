//! Gather what a report says of a trained posterior: its declaration, its prior and its training.

use std::path::Path;

use super::{Posterior, coordinates::Coordinates};
use crate::{
    model::{Observation, Parameters, Simulator, stream},
    net::ScoreNetwork,
    prior::Prior,
    report::{ModelFacts, Report},
};

/// Draws of the prior that a report summarises and draws.
pub(crate) const PRIOR_DRAWS: u64 = 2_000;

impl<S, N, const M: usize, const D: usize, K> Posterior<S, N, M, D, K>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
{
    /// Starts a report: one self-contained HTML page with model, prior, training, posteriors, calibration, warnings in plain
    /// words, versions and seeds. Add what there is and end with [`save`](Report::save):
    /// `posterior.report("report.html").draws(&draws).study(&study).save()?`.
    ///
    /// The page depends on what it is given alone: the same input gives the same bytes. It has no script, and loads nothing.
    pub fn report(&self, path: impl AsRef<Path>) -> Report<S, M, D> {
        Report::new(path.as_ref(), self.facts())
    }

    /// What the posterior says of itself.
    pub(crate) fn facts(&self) -> ModelFacts<M, D> {
        let prior = self.simulator.prior();
        let draw = |index| prior.sample(&mut stream(self.seed, "report prior", index));
        let shape = N::describe().unwrap_or_default();
        let shape = &shape["shape"];
        let network = match (shape["depth"].as_u64(), shape["width"].as_u64()) {
            (Some(depth), Some(width)) => format!("{depth} hidden layers of {width} units"),
            _ => "a network of one's own".to_owned(),
        };
        ModelFacts {
            name: short_type_name::<S>(),
            parameters: S::Parameters::labels(),
            families: prior.families(),
            prior_draws: (0..PRIOR_DRAWS).map(draw).collect(),
            observation: S::Observation::labels(),
            transforms: S::Observation::transforms(),
            ranges: self.standardisation.ranges(),
            n_max: N::N_MAX,
            coordinates: K::KIND.replace('_', " "),
            network,
            parameterisation: format!("{:?}", self.parameterisation),
            schedule: format!("{:?}", self.schedule),
            training: self.report.clone(),
            seed: self.seed,
        }
    }
}

/// The name of a type without the paths of its parts: `Plan<DpmSolver>`.
pub(crate) fn short_type_name<T: ?Sized>() -> String {
    let mut out = String::new();
    let mut segment = String::new();
    let mut rest = std::any::type_name::<T>().chars().peekable();
    while let Some(c) = rest.next() {
        if c == ':' && rest.peek() == Some(&':') {
            rest.next();
            segment.clear();
        } else if c.is_alphanumeric() || c == '_' {
            segment.push(c);
        } else {
            out.push_str(&segment);
            segment.clear();
            out.push(c);
        }
    }
    out + &segment
}

#[cfg(test)]
mod tests {
    use super::short_type_name;

    #[test]
    fn names_lose_their_paths() {
        assert_eq!(short_type_name::<Vec<Option<String>>>(), "Vec<Option<String>>");
        assert_eq!(short_type_name::<[f32; 3]>(), "[f32; 3]");
        assert_eq!(short_type_name::<crate::compose::Gauss>(), "Gauss");
    }
}
