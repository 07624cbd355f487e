//! Load a posterior that another program trained, sample it, and find the very draws that the other program found.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::report::read_columns;
use tallsbi_examples::{Trial, studies};

fn main() -> tallsbi::Result<()> {
    if !std::path::Path::new("effect.tallsbi").exists() {
        println!("effect.tallsbi is not here: run the example 05_train_and_save first, in this directory");
        return Ok(());
    }
    let posterior = Trial::load("effect.tallsbi")?;
    println!("trained on {} simulations", posterior.training().training_rows);
    let draws = posterior.observe(&studies())?.sample(1_000)?;
    println!("{}", draws.summary());

    let saved: Vec<f64> = read_columns("effect.csv")?.flat();
    let drawn: Vec<f64> = draws.column("effect").unwrap_or_default();
    assert_eq!(saved, drawn, "the same seed gives the same draws, to the last bit");
    println!("all {} draws are those that the other program wrote to effect.csv", drawn.len());
    Ok(())
}
