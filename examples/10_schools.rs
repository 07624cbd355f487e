//! Infer three levels, pupils in classes in schools, and compare every level with its exact posterior.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::model::stream;
use tallsbi::prelude::*;
use tallsbi::rand_distr::StandardNormal;

/// Marks: pupils vary around their class, classes around their school, schools around the country.
#[simulator]
mod marks {
    #[global]
    struct Country {
        /// mean of all schools [points]
        #[prior(Normal(0.0, 2.0))]
        mean: f64,
    }

    #[local(plate = schools)]
    struct School {
        /// mean of this school [points]
        #[prior(Normal(country.mean, 1.0))]
        level: f64,
    }

    #[local(plate = schools / classes, n_max = 4)]
    struct Class {
        /// mean of this class [points]
        #[prior(Normal(school.level, 0.8))]
        mood: f64,
    }

    #[observe(plate = schools / classes, n_max = 6)]
    fn mark(class: &Class, rng: &mut impl Rng) -> [f64; 1] {
        [class.mood + 1.2 * rng.sample::<f64, _>(StandardNormal)]
    }
}

/// The mean and the variance of the product of normal densities with these means and variances.
fn product(of: impl IntoIterator<Item = (f64, f64)>) -> (f64, f64) {
    let (shift, precision) =
        of.into_iter().fold((0.0, 0.0), |(s, p), (mean, variance)| (s + mean / variance, p + 1.0 / variance));
    (shift / precision, 1.0 / precision)
}

fn main() -> tallsbi::Result<()> {
    println!("{}", Marks::describe());
    Marks::describe().save_svg("schools_model.svg")?;
    let posterior = Marks::npse().simulations(10_000).epochs(40).seed(1).train()?;
    let mut rng = stream(7, "truth", 0);
    let mut around = |mean: f64, sd: f64| mean + sd * rng.sample::<f64, _>(StandardNormal);
    let schools: Vec<Vec<Vec<[f64; 1]>>> = (0..30)
        .map(|j| {
            let level = around(1.0, 1.0);
            let class = |k| {
                let mood = around(level, 0.8);
                (0..=(j + 2 * k) % 6).map(|_| [around(mood, 1.2)]).collect()
            };
            (0..=j % 4).map(class).collect()
        })
        .collect();
    let draws = posterior.observe(&schools)?.compose(Gauss::default()).sample(1_000)?;

    // Messages upwards, of one class and of one school; then downwards, the mean at each level given what is above and below.
    let class = |class: &Vec<[f64; 1]>| product(class.iter().map(|x| (x[0], 1.44)));
    let up = |(mean, variance): (f64, f64), sd: f64| (mean, variance + sd * sd);
    let school = |school: &Vec<Vec<[f64; 1]>>| product(school.iter().map(|x| up(class(x), 0.8)));
    let country = product(schools.iter().map(|x| up(school(x), 1.0)).chain([(0.0, 4.0)]));
    let others =
        |j: usize| product((0..30).filter(|&i| i != j).map(|i| up(school(&schools[i]), 1.0)).chain([(0.0, 4.0)]));
    let first = product([school(&schools[0]), up(others(0), 1.0)]);
    let of_class = product([class(&schools[0][0]), up(up(others(0), 1.0), 0.8)]);

    let group = draws.group(0)?;
    let summaries = [draws.global().summary(), group.local().summary(), group.inner(0)?.summary()];
    for ((name, (mean, variance)), summary) in
        [("country", country), ("school", first), ("class", of_class)].into_iter().zip(summaries)
    {
        let (own, sd) = (&summary.components[0], variance.sqrt());
        println!("{name:8} {:+.3} ± {:.3}, exact {mean:+.3} ± {sd:.3}", own.mean, own.sd);
        assert!((own.mean - mean).abs() < 1.0 * sd, "{name} is off by more than a posterior standard deviation");
    }
    Ok(())
}
