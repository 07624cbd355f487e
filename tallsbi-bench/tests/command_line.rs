//! Drive the command line as a user does: help, mistakes, and a small run of every command.

use std::path::{Path, PathBuf};
use std::process::Command;

use safetensors::tensor::{Dtype, TensorView, serialize};
use tallsbi::dataset::{FailurePolicy, Simulations};
use tallsbi::model::stream;
use tallsbi::prelude::*;
use tallsbi::report::{read_columns, write_columns};
use tallsbi_bench::tasks::gaussian_linear::{GaussianLinear, Means, exact_posterior};
use tallsbi_bench::tasks::two_moons::{Shift, TwoMoons};

/// What the program says, or its exit code and complaint.
fn bench(line: &str) -> Result<String, (Option<i32>, String)> {
    let program = Command::new(env!("CARGO_BIN_EXE_tallsbi-bench")).args(line.split_whitespace()).output();
    let output = program.expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    if output.status.success() { Ok(text(output.stdout)) } else { Err((output.status.code(), text(output.stderr))) }
}

#[track_caller]
fn refused(line: &str, code: i32, part: &str) {
    let (found, error) = bench(line).expect_err("refused");
    assert!(error.contains(part), "{error}");
    assert_eq!(found, Some(code), "{error}");
}

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn help() {
    let overview = bench("help").expect("help helps");
    for word in ["train", "sample", "score", "compare", "gaussian_linear, slcp, sir, lotka_volterra, gaussian_mixture"]
    {
        assert!(overview.contains(word), "{overview}");
    }
    assert_eq!(bench("--help").ok(), Some(overview));
    let sample = bench("help sample").expect("help helps");
    for word in ["--model <file>", "[--composer <name>]", "factorized-diffused", "dpm:30"] {
        assert!(sample.contains(word), "{sample}");
    }
    assert_eq!(bench("sample --help").ok(), Some(sample));
    refused("help smaple", 2, "there is no command `smaple` (did you mean `sample`?)");
}

#[test]
fn wrong_command_lines() {
    refused(
        "",
        2,
        "no command: use `train`, `simulate`, `sample`, `score`, `reference`, `compare`, `report`, `speed`, `paper`, or `help`",
    );
    refused("tarin", 2, "there is no command `tarin` (did you mean `train`?)");
    refused("train --out x", 2, "`train` needs --task: add `--task <task>`");
    refused("train --task sri --out x", 2, "--task: there is no task `sri` (did you mean `sir`?); the tasks are");
    refused("train --task sir --out x --simulation 3", 2, "did you mean `--simulations`?");
    refused(
        "train --task sir --out x --simulations 1e4",
        2,
        "--simulations: `1e4` is not a whole number of at least 1",
    );
    refused("train --task sir --out x --n-max 2", 2, "--n-max: `2` is not a set size of these tasks, choose 1 or 3");
    refused(
        "train --task sir --out x --predict nois",
        2,
        "--predict: no network predicts `nois` (did you mean `noise`?)",
    );
    refused("train --task sir --out x --weight-decay much", 2, "--weight-decay: ");
    refused("train --task sir --out no/such/x", 2, "--out: there is no folder `no/such`: make it first");
    refused("train --task sir --out x --seed -1", 2, "--seed: `-1` is not a whole number of at least 0");
    let sample = "sample --model m --observations o --out x";
    refused(&format!("{sample} --composer gaus"), 2, "--composer: there is no composer `gaus` (did you mean `gauss`?)");
    refused(&format!("{sample} --sampler dpm:0"), 2, "--sampler: `0` is not a number of steps");
    refused(&format!("{sample} --draws 0"), 2, "--draws: `0` is not a whole number of at least 1");
    refused(sample, 1, "m: ");
    refused("score --draws no.csv --reference no.csv", 1, "no.csv: ");
    refused("paper", 2, "`paper` needs the name of an experiment: write for example `paper table1 --quick`");
    refused("paper --quick", 2, "`paper` needs the name of an experiment");
    refused("paper table9", 2, "the experiment `table9` is not built");
    refused("paper table1 --fast", 2, "`paper` has no flag `--fast`");
    let compare = "compare --task sir --model m --reference no/such";
    refused(compare, 1, "no/such: no such folder; give --reference the folder that holds `sir.safetensors`");
    refused(&format!("{compare} --sets 0"), 2, "--sets: `0` is not a list of numbers of at least 1");
}

#[test]
fn score() {
    let folder = Folder::new("score");
    let (draws, reference) = (folder.file("draws.csv"), folder.file("reference.csv"));
    let prior = exact_posterior(&[]);
    let rows = |seed: u64| -> Vec<[f64; 2]> {
        (0..400).map(|i| prior.sample(&mut stream(seed, "test", i))).map(|row| [row[0], row[1] + 1.0]).collect()
    };
    let swapped: Vec<[f64; 2]> = rows(1).into_iter().map(|[a, b]| [b, a]).chain([[f64::NAN; 2]; 100]).collect();
    write_columns(&draws, &["b", "a"], swapped.as_flattened()).expect("written");
    write_columns(&reference, &["a", "b"], rows(2).as_flattened()).expect("written");
    let line = bench(&format!("score --draws {draws} --reference {reference}")).expect("scored");
    assert_eq!(line.lines().count(), 1);
    let scores: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let number = |key: &str| scores[key].as_f64().expect("a number");
    assert!(number("sw") < 0.25 && number("mmd") < 0.02 && number("c2st") < 0.6, "{line}");
    assert_eq!(number("finite"), 0.8);
    assert!(line.starts_with(r#"{"sw":"#), "{line}");
}

/// Two sets of observations of the Gaussian task with draws of their exact posteriors.
fn write_reference(folder: &Folder) {
    let (sets, n, draws) = (2, 8, 200);
    let (mut theta_true, mut x_obs, mut one, mut eight) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for set in 0..sets {
        let mut rng = stream(11, "test", set);
        let theta = exact_posterior(&[]).sample(&mut rng);
        theta_true.extend(theta);
        let means = Means { mu: theta };
        let xs: Vec<[f32; 10]> =
            (0..n).map(|_| GaussianLinear.simulate(&means, &mut rng).expect("it cannot fail")).collect();
        x_obs.extend(xs.as_flattened().iter().map(|value| f64::from(*value)));
        for (n_obs, posterior) in [(1, &mut one), (8, &mut eight)] {
            posterior.extend((0..draws).flat_map(|_| exact_posterior(&xs[..n_obs]).sample(&mut rng)));
        }
    }
    let bytes = |values: &[f64]| values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect::<Vec<u8>>();
    let tensors = [
        ("theta_true", vec![2, 10], bytes(&theta_true)),
        ("x_obs", vec![2, 8, 10], bytes(&x_obs)),
        ("posterior_n1", vec![2, 200, 10], bytes(&one)),
        ("posterior_n8", vec![2, 200, 10], bytes(&eight)),
    ];
    let views = tensors
        .iter()
        .map(|(name, shape, data)| (*name, TensorView::new(Dtype::F32, shape.clone(), data).expect("the shape fits")));
    let file = serialize(views, None).expect("serialised");
    std::fs::write(folder.file("gaussian_linear.safetensors"), file).expect("written");
}

/// The smallest run of every command: that they fit together, not that training is good.
#[test]
fn train_sample_compare() {
    let folder = Folder::new("train_sample_compare");
    let (model, csv, draws) = (folder.file("model"), folder.file("x.csv"), folder.file("draws.csv"));
    let said = bench(&format!("train --task gaussian_linear --simulations 2000 --epochs 4 --quiet --out {model}"));
    let said = said.expect("trained");
    assert!(said.contains("gaussian_linear, n_max 1, 2000 simulations (0 dropped), seed 1"), "{said}");

    let mut rng = stream(12, "test", 0);
    let theta = Means { mu: [0.5; 10] };
    let xs: Vec<f64> = (0..5)
        .flat_map(|_| GaussianLinear.simulate(&theta, &mut rng).expect("it cannot fail"))
        .map(f64::from)
        .collect();
    let names: Vec<String> = (0..10).map(|k| format!("x{k}")).collect();
    write_columns(&csv, &names.iter().map(String::as_str).collect::<Vec<_>>(), &xs).expect("written");
    let sample = format!("sample --model {model} --observations {csv} --out {draws} --quiet");
    let said = bench(&format!("{sample} --draws 50")).expect("sampled");
    assert!(said.contains("mu[9]") && said.contains("given 5 observations"), "{said}");
    let table = read_columns(&draws).expect("written");
    assert_eq!((table.names[9].as_str(), table.rows.len()), ("mu[9]", 50));
    bench(&format!("{sample} --draws 50")).expect("sampled");
    assert_eq!(read_columns(&draws).as_ref(), Ok(&table), "the same seed gives the same draws");
    bench(&format!("{sample} --draws 50 --seed 2")).expect("sampled");
    assert_ne!(read_columns(&draws).as_ref(), Ok(&table), "another seed gives others");

    for composer in ["gauss", "gauss-pilot", "jac", "jac-clip", "factorized", "factorized-diffused"] {
        for sampler in ["dpm:4", "ddim:4", "langevin:4", "tamed:4", "geffner:4"] {
            let line = format!("{sample} --n-obs 2 --draws 3 --composer {composer} --sampler {sampler}");
            let said = bench(&line).expect("sampled");
            assert!(said.contains("given 2 observations"), "{composer} {sampler}: {said}");
        }
    }
    let (page, pair) = (folder.file("report.html"), folder.file("pair.csv"));
    write_columns(&pair, &names.iter().map(String::as_str).collect::<Vec<_>>(), &xs[..20]).expect("written");
    let report = format!("report --model {model} --out {page} --quiet --draws 150 --sampler dpm:6");
    let said = bench(&format!("{report} --observations {pair} --calibrate 200")).expect("reported");
    assert!(said.contains("200 data sets of n = 2") && said.contains("the report of gaussian_linear"), "{said}");
    let html = std::fs::read_to_string(&page).expect("written");
    for words in
        ["Posterior of GaussianLinear", "Given 2 observations", "n = 2, 200 data sets", "local C2ST, p =", "n = 2, 100"]
    {
        assert!(html.contains(words), "{words}");
    }
    bench(&format!("{report} --calibrate 20 --n-obs 1,2")).expect("reported");
    let html = std::fs::read_to_string(&page).expect("written");
    assert!(
        html.contains("No draws were given.") && html.contains("How the error grows with the number of observations")
    );
    refused(&format!("{report} --n-obs 2"), 2, "add `--calibrate <number>`");
    refused(&format!("{report} --calibrate 0"), 2, "--calibrate: `0` is not a whole number of at least 1");
    refused(&format!("{sample} --n-obs 6"), 2, "--n-obs: 6 observations were asked for, and there are 5");

    write_reference(&folder);
    let rows = folder.file("rows.csv");
    let compare = format!(
        "compare --task gaussian_linear --model {model} --reference {} --draws 100 --quiet",
        folder.0.display()
    );
    let said = bench(&format!("{compare} --n-obs 1,8 --csv {rows}")).expect("compared");
    assert_eq!(said.lines().filter(|line| line.contains("mean") || line.contains("± sd")).count(), 4, "{said}");
    let table = read_columns(&rows).expect("written");
    assert_eq!(
        table.rows.iter().map(|row| (row[0], row[1])).collect::<Vec<_>>(),
        [(1.0, 1.0), (1.0, 2.0), (8.0, 1.0), (8.0, 2.0)]
    );
    assert!(table.rows.iter().flatten().all(|value| value.is_finite()), "{said}");
    refused(&format!("{compare} --n-obs 30"), 1, "no reference for 30 observations; there is one for 1, 8");
    refused(&format!("{compare} --n-obs 1 --sets 1-3"), 1, "no set 3 in the reference; the sets are 1 to 2");
    let sir = compare.replace("gaussian_linear", "sir");
    refused(&sir, 1, "sir.safetensors: cannot be read");
    std::fs::copy(folder.file("gaussian_linear.safetensors"), folder.file("sir.safetensors")).expect("copied");
    refused(&format!("{sir} --n-obs 1"), 1, "is not a posterior of the task `sir`");
    let stranger = sample.replace(&model, &csv);
    refused(&stranger, 1, "x.csv is not a posterior file, or it is truncated");
}

/// References of the toys: what is written is read again, and posteriors are compared with it.
#[test]
fn references_of_exact_posteriors() {
    let folder = Folder::new("references");
    let (model, place) = (folder.file("model"), folder.0.display().to_string());
    for task in ["toy_gaussian", "toy_mixture"] {
        let said = bench(&format!("reference --task {task} --out {place} --sets 2 --draws 60")).expect("written");
        assert!(said.contains(&format!("2 sets of {task}, 60 draws")), "{said}");
        bench(&format!("train --task {task} --simulations 500 --epochs 2 --quiet --out {model}")).expect("trained");
        let compare = format!("compare --task {task} --model {model} --reference {place} --draws 60 --quiet");
        let said = bench(&format!("{compare} --n-obs 1,14 --sampler dpm:4")).expect("compared");
        assert_eq!(said.lines().filter(|line| line.contains("mean")).count(), 2, "{said}");
    }
    let bytes = |task: &str| std::fs::read(folder.file(&format!("{task}.safetensors"))).expect("written");
    let before = bytes("toy_mixture");
    bench(&format!("reference --task toy_mixture --out {place} --sets 2 --draws 60")).expect("written");
    assert_eq!(bytes("toy_mixture"), before, "the same seed gives the same reference");
    let words = "cannot be drawn from exactly; those of `gaussian_linear`, `toy_gaussian`, `toy_mixture` can";
    refused(&format!("reference --task sir --out {place}"), 1, words);
}

/// Sets of three, and a prior that is learned.
#[test]
fn the_other_types() {
    let folder = Folder::new("the_other_types");
    let (model, csv, draws) = (folder.file("model"), folder.file("x.csv"), folder.file("draws.csv"));
    let observations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/sir_outbreaks.csv");
    std::fs::copy(observations, &csv).expect("copied");
    let train = "train --task sir --simulations 300 --epochs 1 --quiet --n-max 3 --learned-prior --out";
    bench(&format!("{train} {model}")).expect("trained");
    let sample = format!("sample --model {model} --observations {csv} --out {draws} --quiet --draws 5 --sampler dpm:3");
    let said = bench(&format!("{sample} --n-obs 7 --composer factorized-diffused")).expect("sampled");
    assert!(said.contains("draws of sir") && said.contains("beta"), "{said}");
    refused(&format!("{sample} --composer factorized"), 1, "use `factorized-diffused`");
    let train = "train --task sir --simulations 300 --epochs 1 --quiet --separable --out";
    assert!(bench(&format!("{train} {model}")).expect("trained").contains("sir, separable, 300 simulations"));
    for composer in ["gauss", "jac"] {
        let said = bench(&format!("{sample} --n-obs 7 --composer {composer}")).expect("sampled");
        assert!(said.contains("draws of sir") && said.contains("beta"), "{said}");
    }
    refused(&format!("{train} {model} --n-max 3"), 2, "leave out --separable or --n-max");
    let train = "train --task sir --simulations 300 --epochs 1 --quiet --predict noise --out";
    bench(&format!("{train} {model} --weight-decay 0.1 --observation-noise 0.05")).expect("trained");
    bench(&format!("{sample} --n-obs 7 --composer gauss-pilot")).expect("sampled");
    refused(&format!("{train} {model} --weight-decay -1"), 1, "the weight decay must be 0 or positive");
    refused(&format!("{train} {model} --observation-noise nan"), 1, "the standard deviation must be 0 or positive");
}

#[test]
fn speed() {
    let table = bench("speed --quick").expect("measured");
    for part in ["product", "training step, batch 256 (noise prediction)", "forward, 512 rows", "ddim:10", "rows/s"] {
        assert!(table.contains(part), "{table}");
    }
    let document = bench("speed --quick --json --only product,sampling,large,scaling").expect("measured");
    let report: serde_json::Value = serde_json::from_str(&document).expect("one JSON document");
    let runs = report["sampling"].as_array().expect("a list");
    assert_eq!(runs.iter().map(|run| run["n_obs"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(8), Some(50)]);
    for run in runs {
        assert!(run["seconds"].as_f64() > Some(0.0) && run["share_of_peak"].as_f64() > Some(0.0), "{document}");
    }
    // 8 observations, 20 draws of 4 steps.
    let rows = runs[1]["rows_per_second"].as_f64().zip(runs[1]["seconds"].as_f64()).map(|(rate, time)| rate * time);
    assert!(rows.is_some_and(|rows| (rows - 640.0).abs() < 1e-6), "{rows:?}");
    assert_eq!(report["scaling"].as_array().map(Vec::len), Some(8));
    assert!(report["training"].as_array().is_some_and(Vec::is_empty) && report["forward"].is_null());
    let separable = bench("speed --quick --only separable").expect("measured");
    assert!(separable.contains("separable") && !separable.contains("mlp"), "{separable}");
    let folder = Folder::new("speed");
    let plot = folder.file("scaling.svg");
    bench(&format!("speed --quick --only scaling --plot {plot}")).expect("measured");
    let svg = std::fs::read_to_string(&plot).expect("written");
    assert!(svg.starts_with("<svg ") && svg.contains("separable: draws"), "{svg}");
    refused(&format!("speed --quick --only product --plot {plot}"), 2, "add `--only scaling`");
    refused("speed --only gemm", 2, "--only: there is no part `gemm`; the parts are `product`, `training`, `forward`");
    refused("speed --quick=1", 2, "--quick takes no value: write it alone");
}

#[test]
fn simulations_for_other_programs_are_those_that_training_sees() {
    let folder = Folder::new("simulate");
    let file = folder.file("simulations.safetensors");
    let said =
        bench(&format!("simulate --task two_moons --simulations 50 --seed 3 --out {file}")).expect("it simulates");
    assert!(said.contains("two_moons, 50 simulations (0 dropped), seed 3"), "{said}");
    let stored = Simulations::<2, 2>::load::<Shift, [f32; 2]>(&file).expect("the library reads it");
    let go_on = |_| std::ops::ControlFlow::Continue(());
    let trained = Simulations::simulate(&TwoMoons, 50, 1, 3, FailurePolicy::default(), &go_on).expect("it simulates");
    assert_eq!(stored, trained);
    refused("simulate --task two_moons", 2, "--out");
}
