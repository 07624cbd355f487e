//! Learn of a population from its groups' parameters only where they say all that the data do.

use tallsbi::dataset::FailurePolicy;
use tallsbi::hierarchy::GroupSimulations;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// Observations read `offset` themselves, whose prior names `mean`: what they say of `mean` is not in the levels alone.
#[simulator]
mod offsets {
    #[global]
    struct Population {
        #[prior(Normal(0.0, 1.0))]
        mean: f64,
        #[prior(Normal(mean, 0.5))]
        offset: f64,
        #[prior(Normal(0.0, 1.0))]
        other: f64,
    }

    #[local(plate = members)]
    struct Member {
        #[prior(Normal(population.mean + population.other, 1.0))]
        level: f64,
    }

    #[observe(plate = members)]
    fn measure(population: &Population, member: &Member, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [member.level + population.offset + z]
    }
}

/// The slope of a regression on the exact scores of the latent coordinates is 1 where scores are scored, which it is for `other` alone. Negative
/// control: for `mean` the levels would say half of it.
#[test]
fn fields_that_observed_ones_move_with_are_learned_from_noise() {
    let go_on = |_| std::ops::ControlFlow::Continue(());
    let simulations =
        GroupSimulations::simulate(&Offsets, 20_000, 1, 3, FailurePolicy::default(), &go_on).expect("groups");
    assert_eq!(simulations.scored(), [false, false, true]);

    // x | φ ~ N(mean + other + offset, 2), where ∂/∂z of the mean is 2 for z₁ (offset moves with it) and 1 for z₃.
    let (mut of_mean, mut of_other, mut squares) = (0.0, 0.0, 0.0);
    let rows = simulations.global().iter().zip(simulations.local()).zip(simulations.x());
    for ((phi, level), x) in rows {
        let exact = 0.5 * (x[0] - phi[0] - phi[1] - phi[2]);
        let of_levels = level[0] - phi[0] - phi[2];
        of_mean += of_levels * 2.0 * exact;
        of_other += of_levels * exact;
        squares += exact * exact;
    }
    // Of a regression of levels on exact scores: E[level | x] = exact for `other`; for `mean` it is half of the exact score, 2 · exact.
    let (slope_other, slope_mean) = (of_other / squares, of_mean / (4.0 * squares));
    // Var(level | x)/Var(exact)/n: standard errors √(0.5/0.5/20,000) = .007 and half of that.
    assert!((slope_other - 1.0).abs() < 0.035, "{slope_other}");
    assert!((slope_mean - 0.5).abs() < 0.02, "{slope_mean}");
}
