//! Make `examples/data/sir_outbreaks.csv` again and find it unchanged.

use std::path::Path;

use tallsbi::model::stream;
use tallsbi::prelude::*;
use tallsbi_bench::tasks::sir::{Epidemic, Sir, days};

/// The rates behind the file, its seed and the number of outbreaks, as `examples/data/README.md` says.
const THETA: Epidemic = Epidemic { beta: 0.35, gamma: 0.11 };
const SEED: u64 = 20;
const OUTBREAKS: u64 = 30;

/// `TALLSBI_BLESS=1` writes the file.
#[test]
fn outbreaks_of_the_examples() {
    let mut text = days().map(|day| format!("day{day}")).join(",") + "\n";
    for index in 0..OUTBREAKS {
        let x = Sir.simulate(&THETA, &mut stream(SEED, "outbreaks", index)).expect("these rates can be integrated");
        text.push_str(&(x.map(|count| count.to_string()).join(",") + "\n"));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/sir_outbreaks.csv");
    if std::env::var_os("TALLSBI_BLESS").is_some() {
        std::fs::write(&path, &text).expect("the file can be written");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("the file is part of the repository"), text);

    let observed: Vec<[f32; 10]> = tallsbi::report::read_csv(&path).expect("the examples read it like this");
    assert_eq!(observed.len(), 30);
    // The epidemic is seen: nearly nothing on day 0, a peak in the middle.
    assert!(observed.iter().all(|x| x[0] < 3.0 && x[4] > 100.0 && x[4] > x[9]), "{observed:?}");
}

/// What the README beside the file says.
#[test]
fn the_readme_beside_it() {
    let readme = include_str!("../../examples/data/README.md");
    for fact in
        ["beta = 0.35", "gamma = 0.11", "seed 20", "TALLSBI_BLESS=1 cargo test -p tallsbi-bench --test outbreaks"]
    {
        assert!(readme.contains(fact), "{fact}");
    }
}
