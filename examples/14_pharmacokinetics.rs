//! Develop one hierarchical model from its sketch to its report: the chapter of docs/hierarchical.md as one program.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::hierarchy::GroupStudyOptions;
use tallsbi::model::stream;
use tallsbi::net::SetMlp;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

/// Two measurements of a drug's concentration after a known dose.
#[simulator]
mod pharmacokinetics {
    #[global]
    struct Population {
        /// mean of the log clearance [log l/h]
        #[prior(Normal(1.0, 0.5))]
        mean_log_cl: f64,
        /// its standard deviation between patients
        #[prior(HalfNormal(0.5))]
        sd_log_cl: f64,
    }

    #[local(plate = patients)]
    struct Patient {
        /// log clearance [log l/h]
        #[prior(Normal(population.mean_log_cl, population.sd_log_cl))]
        log_cl: f64,
    }

    #[observe(plate = patients, n_max = 4)]
    fn concentration(patient: &Patient, dose: &Dose, rng: &mut impl Rng) -> [f32; 2] {
        [1.0, 6.0].map(|hours| {
            let noise: f64 = StandardNormal.sample(rng);
            let decay = (-patient.log_cl.exp() / 20.0 * hours).exp();
            (dose.amount / 20.0 * decay * (0.1 * noise).exp()) as f32
        })
    }
}

#[derive(Design, Clone, Debug)]
struct Dose {
    /// administered amount [mg]
    #[design(LogUniform(10.0, 200.0))]
    #[transform(log)]
    amount: f64,
}

fn main() -> tallsbi::Result<()> {
    Pharmacokinetics::describe().save_svg("pharmacokinetics.svg")?;
    // Small networks: every simulated population of the study is sampled anew.
    let npse = Pharmacokinetics::npse().networks::<SetMlp<2, 3, 4, 64, 3, 32>, SetMlp<1, 5, 4, 64, 3, 32>>();
    let mut head = TrainOptions::head();
    head.epochs = 40;
    let posterior = npse.head_options(head, 64).simulations(30_000).epochs(30).seed(1).train()?;

    // In place of a clinic: twelve patients of a population whose mean is 1.2 and whose standard deviation is 0.3.
    let truth = pharmacokinetics::Population { mean_log_cl: 1.2, sd_log_cl: 0.3 };
    let patients: Vec<Vec<([f32; 2], Dose)>> = (0..12_u64)
        .map(|j| {
            let mut rng = stream(7, "clinic", j);
            let z: f64 = StandardNormal.sample(&mut rng);
            let patient = pharmacokinetics::Patient { log_cl: truth.mean_log_cl + truth.sd_log_cl * z };
            let doses = (0..=j % 4).map(|i| Dose { amount: 50.0 * (i + 1) as f64 });
            doses.map(|dose| (pharmacokinetics::concentration(&patient, &dose, &mut rng), dose)).collect()
        })
        .collect();
    let draws = posterior.observe(&patients)?.compose(Focused::default()).sample(1_000)?;
    println!("{}", draws.global().summary());

    let (composer, plan) = (Focused::default(), TallPlan::of_steps(30));
    let options = GroupStudyOptions { groups: patients.len(), sets: 300, ..GroupStudyOptions::default() };
    let study = posterior.study(&composer, &plan, &options)?;
    println!("{}", study.table());
    let options = GroupStudyOptions { sets: 100, ..options };
    let growth = posterior.error_growth(&composer, &plan, &[10, 30, 100], 0.05, &options)?;
    println!("{growth}");

    let names: Vec<String> = (1..=12).map(|j| format!("patient {j}")).collect();
    let report = posterior.report("pharmacokinetics.html").draws(&draws).groups(&draws, &names)?.truth(&truth);
    report.study(&study).growth(&growth).save()?;
    Ok(())
}
