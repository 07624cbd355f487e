//! Check a trained posterior on sets of observations before there are any: ranks, coverage and how the error grows with n.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::calibrate::{Study, StudyOptions, TallPosterior, tall_error_growth};
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::report::{RankPlot, RankView};

/// A signal that decays.
#[derive(Parameters, Clone, Debug)]
struct Decay {
    /// amplitude at the start [mV]
    #[prior(LogNormal(1.0, 0.4))]
    amplitude: f64,
    /// decay rate [1/s]
    #[prior(LogNormal(-0.5, 0.4))]
    rate: f64,
}

/// The signal after 0.5, 1, 2 and 4 seconds, with noise. A small network: every data set is sampled anew.
#[simulator(network = tallsbi::net::Mlp<2, 4, 64>)]
fn signal(theta: &Decay, rng: &mut impl Rng) -> [f64; 4] {
    [0.5, 1.0, 2.0, 4.0].map(|time: f64| {
        let z: f64 = StandardNormal.sample(rng);
        theta.amplitude * (-theta.rate * time).exp() + 0.3 * z
    })
}

fn main() -> tallsbi::Result<()> {
    let posterior = Signal::npse().simulations(5_000).epochs(40).seed(1).train()?;
    println!("trained in {:.0} s", posterior.training().seconds);

    // How every data set is composed and sampled: fewer steps than by default, for many data sets.
    let tall = TallPosterior::new(&posterior).compose(Gauss::default()).sampler(TallPlan::of_steps(30));

    let options = StudyOptions { observations: 10, sets: 200, seed: 1, ..StudyOptions::default() };
    let study = Study::run(&Signal, &tall, &options)?;
    println!("{}\n", study.table());

    let folder = std::env::temp_dir();
    let mut ranks = study.ranks();
    // A quantity of one's own: the signal's area.
    ranks.push(study.ranks_of(tallsbi::model::Label::scalar("area", "", "mV s"), |[amplitude, rate]| amplitude / rate));
    for (name, view) in [("histogram", RankView::Histogram), ("ecdf", RankView::EcdfDifference)] {
        let path = folder.join(format!("calibration-{name}.svg"));
        RankPlot::new(view, &ranks).title("Decay, n = 10").save(&path)?;
        println!("wrote {}", path.display());
    }
    let path = folder.join("calibration-tarp.svg");
    RankPlot::new(RankView::Coverage, &[study.tarp_ranks()]).title("Decay, n = 10").save(&path)?;
    println!("wrote {}\n", path.display());

    let options = StudyOptions { sets: 200, seed: 2, ..StudyOptions::default() };
    let growth = tall_error_growth(&Signal, &tall, &[1, 4, 16], 0.05, &options)?;
    println!("{growth}");
    // A network trained for half a minute is not exact, and n = 1 should be near: a quarter of a standard deviation.
    assert!(growth.rows[0].bias < 0.25 && (growth.rows[0].spread - 1.0).abs() < 0.25, "{growth}");
    assert_eq!(study.failures().total(), 0);
    Ok(())
}
