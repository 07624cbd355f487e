//! Infer a hierarchy whose posterior is known at both levels, with 8, 100 and 1,000 groups.

use tallsbi::hierarchy::{Graph, HierarchicalNpse, Hierarchy};
use tallsbi::model::{Dimension, Label, Parameters, SimulationError, Stream, stream};
use tallsbi::net::SetMlp;
use tallsbi::prelude::*;
use tallsbi::prior::{ConditionalPrior, DeclaredPrior, Normal, PriorError, PriorWalk};
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

/// Standard deviations of the population mean, of the groups around it, and of observations around their group.
const PRIOR: f64 = 2.0;
const BETWEEN: f64 = 1.0;
const WITHIN: f64 = 1.5;
const N_MAX: usize = 3;

#[derive(Parameters, Clone)]
struct Population {
    #[prior(Normal(0.0, PRIOR))]
    mean: f64,
}

#[derive(Clone)]
struct Member {
    level: f64,
}

impl Dimension for Member {
    const DIM: usize = 1;
}
impl Parameters<1> for Member {
    fn labels() -> [Label; 1] {
        [Label::scalar("level", "", "")]
    }
    fn to_array(&self) -> [f64; 1] {
        [self.level]
    }
    fn from_array([level]: [f64; 1]) -> Self {
        Self { level }
    }
}
impl ConditionalPrior<Population, 1> for Member {
    fn declare_given<W: PriorWalk>(population: &Population, walk: &mut W) -> Result<(), PriorError> {
        walk.scalar(Normal::new(population.mean, BETWEEN))?;
        Ok(())
    }
}

#[derive(Clone, Copy, Debug)]
struct Members;

impl Hierarchy<1, 1, 1> for Members {
    type Global = Population;
    type Local = Member;
    type Observation = [f64; 1];
    fn simulate(&self, _: &Population, member: &Member, rng: &mut Stream) -> Result<[f64; 1], SimulationError> {
        let z: f64 = StandardNormal.sample(rng);
        Ok([member.level + WITHIN * z])
    }
    fn graph(&self) -> Graph {
        Graph { name: "Members".to_owned(), levels: Vec::new(), observations: Vec::new() }
    }
}

#[test]
fn probe() {
    let width = 64;
    let start = std::time::Instant::now();
    let posterior =
        HierarchicalNpse::<Members, SetMlp<1, 1, N_MAX, 64, 2, 32>, SetMlp<1, 2, N_MAX, 64, 2, 32>, 1, 1, 1, 2>::new(
            Members,
        )
        .simulations(4_000)
        .seed(1)
        .head_options(TrainOptions::head(), width)
        .epochs(60)
        .quiet()
        .train()
        .expect("training");
    eprintln!("trained in {:?}", start.elapsed());
    for groups in [8, 100, 1000] {
        for seed in 0..3 {
            let mut rng = stream(7, "truth", seed);
            let z: f64 = StandardNormal.sample(&mut rng);
            let population = Population { mean: PRIOR * z };
            let data: Vec<Vec<[f64; 1]>> = (0..groups)
                .map(|_| {
                    let z: f64 = StandardNormal.sample(&mut rng);
                    let member = Member { level: population.mean + BETWEEN * z };
                    let n = rng.random_range(1..=N_MAX);
                    (0..n).map(|_| Members.simulate(&population, &member, &mut rng).expect("cannot fail")).collect()
                })
                .collect();
            let (mut precision, mut shift) = (1.0 / (PRIOR * PRIOR), 0.0);
            for group in &data {
                let n = group.len() as f64;
                let mean = group.iter().map(|x| x[0]).sum::<f64>() / n;
                let p = 1.0 / (BETWEEN * BETWEEN + WITHIN * WITHIN / n);
                precision += p;
                shift += p * mean;
            }
            let (mean, sd) = (shift / precision, 1.0 / precision.sqrt());
            let start = std::time::Instant::now();
            let draws = posterior
                .observe(&data)
                .unwrap()
                .compose(Gauss { pilot_draws: 400, pilot_steps: 30, floor: true })
                .seed(seed)
                .quiet()
                .sample(500)
                .unwrap();
            let seconds = start.elapsed().as_secs_f64();
            let s = draws.global().summary();
            let c = &s.components[0];
            eprintln!(
                "J {groups}: mean {:+.3} exact {mean:+.3} off {:+.2} sd; sd ratio {:.3}; {seconds:.1} s",
                c.mean,
                (c.mean - mean) / sd,
                c.sd / sd
            );
            // local
            let n = data[0].len() as f64;
            let xbar = data[0].iter().map(|x| x[0]).sum::<f64>() / n;
            let p = 1.0 / (BETWEEN * BETWEEN) + n / (WITHIN * WITHIN);
            let (a, b) = (1.0 / (BETWEEN * BETWEEN) / p, n / (WITHIN * WITHIN) / p);
            let lm = a * mean + b * xbar;
            let ls = (1.0 / p + a * a * sd * sd).sqrt();
            let start = std::time::Instant::now();
            let l = draws.local(0).unwrap();
            let c = &l.summary().components[0];
            eprintln!(
                "     local mean {:+.3} exact {lm:+.3} off {:+.2} sd; sd ratio {:.3}; {:.2} s",
                c.mean,
                (c.mean - lm) / ls,
                c.sd / ls,
                start.elapsed().as_secs_f64()
            );
        }
    }
}
