//! Infer what the sites of a grid have in common: an autoregression at each of 32 × 32 sites (`-- 128` for 128 × 128).
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::hierarchy::GroupStudyOptions;
use tallsbi::model::stream;
use tallsbi::net::{Mlp, Separable};
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

/// Every site has a series of its own, x_k = drift + tanh(memory) x_(k−1) + noise, whose memory differs from site to site.
#[simulator]
mod grid {
    #[global]
    struct Field {
        /// drift of all sites
        #[prior(Normal(0.0, 1.0))]
        drift: f64,
        /// mean memory
        #[prior(Normal(0.0, 1.0))]
        mean_memory: f64,
        /// its standard deviation between sites
        #[prior(LogNormal(-1.0, 0.5))]
        sd_memory: f64,
    }

    #[local(plate = sites)]
    struct Site {
        /// memory of this site: tanh of it is the autoregressive coefficient
        #[prior(Normal(field.mean_memory, field.sd_memory))]
        memory: f64,
    }

    #[observe(plate = sites)]
    fn series(field: &Field, site: &Site, rng: &mut impl Rng) -> [f32; 10] {
        let mut x: f64 = StandardNormal.sample(rng);
        std::array::from_fn(|_| {
            let z: f64 = StandardNormal.sample(rng);
            x = field.drift + site.memory.tanh() * x + z;
            x as f32
        })
    }
}

fn main() -> tallsbi::Result<()> {
    let side: u64 = std::env::args().nth(1).and_then(|side| side.parse().ok()).unwrap_or(32);
    // Global: 3 parameters, a series of 10. Local: 1 parameter, 10 + 3 components.
    let builder = Grid::npse().networks::<Separable<3, 10, 1, 64, 128>, Mlp<1, 13, 64>>();
    let mut head = TrainOptions::head();
    head.epochs = 40;
    let posterior = builder.head_options(head, 128).simulations(200_000).epochs(30).seed(1).train()?;

    let truth = grid::Field { drift: 0.3, mean_memory: 0.6, sd_memory: 0.3 };
    let sites: Vec<[[f32; 10]; 1]> = (0..side * side)
        .map(|index| {
            let mut rng = stream(1, "sites", index);
            let z: f64 = StandardNormal.sample(&mut rng);
            let site = grid::Site { memory: truth.mean_memory + truth.sd_memory * z };
            [grid::series(&truth, &site, &mut rng)]
        })
        .collect();
    let draws = posterior.observe(&sites)?.compose(Gauss::default()).sample(1_000)?;
    println!("{truth:?}\n{}\n{}", draws.global().summary(), draws.local(0)?.summary());
    // What the process held at most, where the system says so.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("peak memory unknown"));

    let options = GroupStudyOptions { sets: 100, ..GroupStudyOptions::default() };
    println!(
        "{}",
        posterior.error_growth(&Gauss::default(), &TallPlan::of_steps(30), &[1, 32, 1_024], 0.05, &options)?
    );
    Ok(())
}
