//! Use a prior that is only a program: it can be drawn from, its density is unknown, and its score is learned.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::model::{Dimension, Label, stream};
use tallsbi::net::Mlp;
use tallsbi::posterior::Npse;
use tallsbi::prelude::*;
use tallsbi::prior::Prior;
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// What a shop holds and sells. `#[derive(Parameters)]` would want a family for every field, so this is by hand.
#[derive(Clone, Debug)]
struct Shop {
    stock: f64,
    sales: f64,
}

impl Dimension for Shop {
    const DIM: usize = 2;
}

impl Parameters<2> for Shop {
    fn labels() -> [Label; 2] {
        [Label::scalar("stock", "stock in the morning", "t"), Label::scalar("sales", "sold on the day", "t")]
    }
    fn to_array(&self) -> [f64; 2] {
        [self.stock, self.sales]
    }
    fn from_array([stock, sales]: [f64; 2]) -> Self {
        Self { stock, sales }
    }
}

/// The prior, a program: four deliveries make the stock, and five customers in turn buy a share of what is left.
struct Day;

impl Prior<2> for Day {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; 2] {
        let stock: f64 = (0..4).map(|_| rng.random::<f64>()).sum();
        let left = (0..5).fold(stock, |left, _| left * (1.0 - 0.4 * rng.random::<f64>()));
        [stock, stock - left]
    }
}

/// Two noisy estimates, one of each.
struct Estimates;

const NOISE: f64 = 0.3;

impl Simulator<2, 2> for Estimates {
    type Parameters = Shop;
    type Observation = [f64; 2];
    type Prior = Day;

    fn prior(&self) -> Day {
        Day
    }
    fn simulate(&self, theta: &Shop, rng: &mut Stream) -> Result<[f64; 2], SimulationError> {
        Ok(theta.to_array().map(|value| {
            let z: f64 = StandardNormal.sample(rng);
            value + NOISE * z
        }))
    }
}

/// Posterior means and standard deviations by weighting draws of the prior with the likelihood.
fn by_importance(x: &[[f64; 2]]) -> [(f64, f64); 2] {
    let draws: Vec<[f64; 2]> = (0..200_000).map(|i| Day.sample(&mut stream(2, "importance", i))).collect();
    let misfit = |theta: &[f64; 2]| -> f64 {
        x.iter().map(|x| (x[0] - theta[0]).powi(2) + (x[1] - theta[1]).powi(2)).sum::<f64>() / (2.0 * NOISE * NOISE)
    };
    let smallest = draws.iter().map(misfit).fold(f64::INFINITY, f64::min);
    let weights: Vec<f64> = draws.iter().map(|theta| (smallest - misfit(theta)).exp()).collect();
    let total: f64 = weights.iter().sum();
    std::array::from_fn(|k| {
        let moment = |power| draws.iter().zip(&weights).map(|(d, w)| w * d[k].powi(power)).sum::<f64>() / total;
        (moment(1), (moment(2) - moment(1).powi(2)).sqrt())
    })
}

fn main() -> tallsbi::Result<()> {
    let truth = Shop { stock: 2.4, sales: 1.3 };
    let x = (0..6).map(|j| Estimates.simulate(&truth, &mut stream(1, "observations", j)));
    let x: Vec<[f64; 2]> = x.map(|x| x.unwrap_or_else(|error| unreachable!("{error}"))).collect();

    let posterior = Npse::<_, Mlp<2, 2>, 2, 2>::new(Estimates)
        .standardised_coordinates()
        .learned_prior()
        .simulations(10_000)
        .seed(1)
        .train()?;
    let draws = posterior.observe(&x)?.compose(Gauss::default()).sample(2_000)?;
    println!("{}", draws.summary());
    for (component, (mean, sd)) in draws.summary().components.iter().zip(by_importance(&x)) {
        let (off, ratio) = ((component.mean - mean) / sd, component.sd / sd);
        println!(
            "{}: exact mean {mean:.3}, sd {sd:.3}; off by {off:+.2} sd, sd ratio {ratio:.2}",
            component.label.name
        );
        assert!(off.abs() < 0.5 && (0.8..1.25).contains(&ratio));
    }
    Ok(())
}
