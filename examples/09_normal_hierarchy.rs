//! Compare a hierarchy of 8 to 10,000 groups with its exact posterior, at both levels, and take the time.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use std::time::Instant;

use tallsbi::model::stream;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

const PRIOR: f64 = 2.0;
const BETWEEN: f64 = 1.0;
const WITHIN: f64 = 1.5;

/// mean ~ N(0, 2²), level ~ N(mean, 1), x ~ N(level, 1.5²): everything is normal.
#[simulator]
mod members {
    #[global]
    struct Population {
        /// mean level [mV]
        #[prior(Normal(0.0, PRIOR))]
        mean: f64,
    }

    #[local(plate = members)]
    struct Member {
        /// level of this member [mV]
        #[prior(Normal(population.mean, BETWEEN))]
        level: f64,
    }

    #[observe(plate = members, n_max = 3)]
    fn measure(member: &Member, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [member.level + WITHIN * z]
    }
}

fn main() -> tallsbi::Result<()> {
    let posterior = Members::npse().simulations(10_000).epochs(60).seed(1).train()?;
    let report = |level: &tallsbi::train::TrainingReport| println!("trained in {:.0} s", level.seconds);
    report(posterior.global_level().training());
    report(posterior.local_level().training());
    for n_groups in [8, 100, 1_000, 10_000] {
        let mut rng = stream(7, "truth", n_groups);
        let mean = PRIOR * rng.sample::<f64, _>(StandardNormal);
        let groups: Vec<Vec<[f64; 1]>> = (0..n_groups)
            .map(|_| {
                let member = members::Member { level: mean + BETWEEN * rng.sample::<f64, _>(StandardNormal) };
                (0..rng.random_range(1..=3)).map(|_| members::measure(&member, &mut rng)).collect()
            })
            .collect();
        let average = |group: &[[f64; 1]]| group.iter().map(|x| x[0]).sum::<f64>() / group.len() as f64;
        let (mut precision, mut shift) = (PRIOR.powi(-2), 0.0);
        for group in &groups {
            let p = 1.0 / (BETWEEN * BETWEEN + WITHIN * WITHIN / group.len() as f64);
            precision += p;
            shift += p * average(group);
        }
        let (exact, sd) = (shift / precision, precision.sqrt().recip());

        let start = Instant::now();
        let draws = posterior.observe(&groups)?.sample(1_000)?;
        let seconds = start.elapsed().as_secs_f64();
        let global = &draws.global().summary().components[0];
        let start = Instant::now();
        let local = &draws.local(0)?.summary().components[0];
        let local_seconds = start.elapsed().as_secs_f64();
        let share = 1.0 / (1.0 + groups[0].len() as f64 * (BETWEEN / WITHIN).powi(2));
        let exact_local = share * exact + (1.0 - share) * average(&groups[0]);
        println!(
            "{n_groups:5} groups: mean {:+.3} ± {:.3}, exact {exact:+.3} ± {sd:.3} ({seconds:.1} s); first member {:+.2}, exact {exact_local:+.2} ({local_seconds:.2} s)",
            global.mean, global.sd, local.mean
        );
    }
    Ok(())
}
