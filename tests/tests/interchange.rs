//! Open what is written for other programs with those programs: NumPy, xarray and ArviZ. Skipped, with a message, where there
//! is no Python with them.

use std::path::{Path, PathBuf};
use std::process::Command;

use tallsbi::calibrate::{Study, StudyOptions};
use tallsbi::net::Mlp;
use tallsbi::prelude::*;
use tallsbi::rand_distr::StandardNormal;
use tallsbi::report::{InferenceData, write_npy};
use tallsbi::train::TrainOptions;

#[derive(Parameters, Clone, Debug)]
struct Theta {
    /// rate of decay [1/s]
    #[prior(LogNormal(0.0, 0.7))]
    rate: f64,
    /// offsets "µ" [mV]
    #[prior(Normal(0.0, 1.0))]
    offset: [f64; 2],
}

#[simulator(network = Mlp<3, 2, 32>)]
fn reading(theta: &Theta, rng: &mut impl Rng) -> [f64; 2] {
    [0, 1].map(|k| {
        let z: f64 = rng.sample(StandardNormal);
        theta.rate + theta.offset[k] + 0.3 * z
    })
}

/// A Python that imports these modules.
fn python(modules: &str) -> Option<PathBuf> {
    let named = std::env::var_os("TALLSBI_PYTHON").map(PathBuf::from);
    let found = named.into_iter().chain([PathBuf::from("python3")]);
    let has = |python: &PathBuf| {
        Command::new(python).args(["-c", &format!("import {modules}")]).output().is_ok_and(|out| out.status.success())
    };
    let python = found.into_iter().find(has);
    if python.is_none() {
        eprintln!("skipped: no Python with {modules} here (set TALLSBI_PYTHON to one)");
    }
    python
}

fn run(python: &Path, script: &str, arguments: &[&str]) -> String {
    let output = Command::new(python).arg("-c").arg(script).args(arguments).output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// Prints what a tree of groups holds.
const TREE: &str = r#"
import sys, json, numpy as np, xarray as xr
tree = xr.open_datatree(sys.argv[1], engine=sys.argv[2])
post = tree["posterior"].to_dataset()
out = {
    "groups": sorted(tree.children),
    "dims": {k: list(map(str, post[k].dims)) for k in sorted(post.data_vars)},
    "shape": list(post["offset"].shape),
    "units": [post["rate"].attrs["units"], post["offset"].attrs["units"], post["offset"].attrs["long_name"]],
    "first": [float(post["rate"][0, 0]).hex(), float(post["offset"][0, 4, 1]).hex()],
    "seed": str(tree["sample_stats"].attrs["seed"]),
    "given": int(tree["sample_stats"].attrs["n_observations"]),
    "lp": float(tree["sample_stats"]["lp"][0, 2]),
    "observed": tree["observed_data"]["x"].values.tolist(),
    "prior": list(tree["prior"]["rate"].shape),
    "sbc": [float(tree["prior_sbc"]["rate"].min()) >= 0, float(tree["prior_sbc"]["rate"].max()) <= 1, list(tree["prior_sbc"]["offset"].shape)],
    "library": post.attrs["inference_library"],
}
print(json.dumps(out))
"#;

#[test]
fn other_programs_read_what_is_written() {
    let posterior = Reading::npse().simulations(1_000).epochs(3).seed(5).head_options(TrainOptions::head(), 32);
    let posterior = posterior.quiet().train().expect("training");
    let observed = [[0.5, 1.4], [0.1, 0.9], [0.3, 1.0]];
    let draws = posterior.observe(&observed).expect("finite").compose(Gauss::default()).seed(3).quiet().sample(50);
    let draws = draws.expect("draws");
    let exact = |_: &[[f64; 2]], n: usize, _: u64| Ok::<_, String>(vec![[1.0, 0.0, 0.0]; n]);
    let options = StudyOptions { sets: 40, draws: 9, ..StudyOptions::default() };
    let study = Study::run(&Reading, &exact, &options).expect("a study");
    let lp: Vec<f64> = (0..draws.len()).map(|i| -0.5 * i as f64).collect();
    let data = InferenceData::new(&draws).observations(&observed).prior(&Reading, 30, 1).study(&study);
    assert!(data.clone().log_density(&lp[1..]).is_err());
    let data = data.log_density(&lp).expect("one for each draw");

    let folder = std::env::temp_dir().join(format!("tallsbi-interchange-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let at = |name: &str| folder.join(name).display().to_string();
    draws.save_npy(at("draws.npy")).expect("written");
    write_npy(at("ranks.npy"), &[40], &study.ranks()[0].values().iter().copied().map(f64::from).collect::<Vec<_>>())
        .expect("written");
    // Twice: a store is replaced, anything else is not.
    data.save_zarr(at("data.zarr")).expect("written");
    data.save_zarr(at("data.zarr")).expect("replaced");
    let refused = data.save_zarr(&folder).expect_err("a folder that is no store").to_string();
    assert!(refused.contains("no Zarr store"), "{refused}");
    let trees = [
        ("data.zarr", "zarr", "xarray, zarr"),
        #[cfg(feature = "netcdf")]
        ("data.nc", "netcdf4", "xarray, netCDF4"),
        #[cfg(feature = "netcdf")]
        ("data.nc", "h5netcdf", "xarray, h5netcdf"),
    ];
    #[cfg(feature = "netcdf")]
    data.save_netcdf(at("data.nc")).expect("written");

    if let Some(python) = python("numpy") {
        let script = "import sys, numpy as n; a = n.load(sys.argv[1]); b = n.load(sys.argv[2]); \
                      print(a.shape, a.dtype, a.flags.c_contiguous, float(a[7, 2]).hex(), b.shape)";
        let said = run(&python, script, &[&at("draws.npy"), &at("ranks.npy")]);
        let expected =
            run(&python, "import sys; print(float(sys.argv[1]).hex())", &[&format!("{:?}", draws.rows()[7][2])]);
        assert_eq!(said, format!("(50, 3) float64 True {expected} (40,)"));
    }
    for (name, engine, modules) in trees {
        let Some(python) = python(modules) else { continue };
        let said: serde_json::Value = serde_json::from_str(&run(&python, TREE, &[&at(name), engine])).expect("JSON");
        eprintln!("{name} by {engine}: {said}");
        let hex = |value: f64| run(&python, "import sys; print(float(sys.argv[1]).hex())", &[&format!("{value:?}")]);
        let expected = serde_json::json!({
            "groups": ["observed_data", "posterior", "prior", "prior_sbc", "sample_stats"],
            "dims": { "offset": ["chain", "draw", "offset_dim_0"], "rate": ["chain", "draw"] },
            "shape": [1, 50, 2],
            "units": ["1/s", "mV", "offsets \"µ\""],
            "first": [hex(draws.rows()[0][0]), hex(draws.rows()[4][2])],
            "seed": "3",
            "given": 3,
            "lp": -1.0,
            "observed": observed,
            "prior": [1, 30],
            "sbc": [true, true, [1, 40, 2]],
            "library": "tallsbi",
        });
        assert_eq!(said, expected, "{name} by {engine}");
    }
    #[cfg(feature = "netcdf")]
    if let Some(python) = python("arviz, netCDF4") {
        let script = "import sys, arviz; d = arviz.from_netcdf(sys.argv[1]); s = arviz.summary(d); \
                      print(sorted(map(str, s.index)))";
        assert_eq!(run(&python, script, &[&at("data.nc")]), "['offset[0]', 'offset[1]', 'rate']");
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}
