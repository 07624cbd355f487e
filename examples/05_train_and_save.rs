//! Train the posterior of a model with a known design and save it to one file; the next example samples it.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi_examples::{Trial, exact, studies};

fn main() -> tallsbi::Result<()> {
    let posterior = Trial::npse().simulations(5_000).seed(1).train()?;
    let draws = posterior.observe(&studies())?.sample(1_000)?;
    println!("{}", draws.summary());
    let (mean, sd) = exact(&studies());
    let component = &draws.summary().components[0];
    println!("exact: mean {mean:.3}, sd {sd:.3}");
    assert!((component.mean - mean).abs() < 0.5 * sd && (0.8..1.25).contains(&(component.sd / sd)));

    posterior.save("effect.tallsbi")?;
    draws.save_csv("effect.csv")?;
    println!("wrote effect.tallsbi and effect.csv; now run the example 06_load_and_sample");
    Ok(())
}
