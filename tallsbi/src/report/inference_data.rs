//! Gather draws, observations, the prior and calibration as groups of named arrays, the way ArviZ reads them.
//!
//! # Source   The groups and dimensions of the InferenceData schema (arviz-devs): `posterior`, `sample_stats`,
//! `observed_data`, `prior`, and `prior_sbc` with the ranks of simulation-based calibration as shares; draws have the
//! dimensions `chain` and `draw`.

use std::path::Path;

use super::{ExportError, zarr};
use crate::{
    calibrate::Study,
    model::{Label, Observation, Parameters, Simulator, stream},
    posterior::Draws,
    prior::Prior,
};

/// Groups of named arrays: save them with [`save_zarr`](Self::save_zarr), or as NetCDF with the feature `netcdf`.
///
/// Components of an array field (`theta[0]`, `theta[1]`, …) are one variable with a dimension of its own. Every variable
/// has its unit and description as attributes `units` and `long_name`.
///
/// # Example
/// ```no_run
/// # use tallsbi::prelude::*;
/// # #[derive(Parameters, Clone)]
/// # struct Theta { #[prior(LogNormal(0.0, 1.0))] rate: f64 }
/// # #[simulator]
/// # fn model(theta: &Theta, rng: &mut impl Rng) -> [f32; 2] { [theta.rate as f32, rng.random()] }
/// use tallsbi::report::InferenceData;
/// # let posterior = Model::npse().train()?;
/// # let observed = [[0.5_f32, 0.2]; 8];
/// let draws = posterior.observe(&observed)?.sample(1_000)?;
/// let data = InferenceData::new(&draws).observations(&observed).prior(&Model, 1_000, 1);
/// data.save_zarr("posterior.zarr")?;
/// # Ok::<(), tallsbi::posterior::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InferenceData {
    pub(super) groups: Vec<Group>,
}

/// One group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) variables: Vec<Variable>,
    pub(super) attributes: Vec<(&'static str, Attribute)>,
}

/// A named array of numbers, row-major.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) dimensions: Vec<(String, usize)>,
    pub(super) values: Values,
    pub(super) attributes: Vec<(&'static str, Attribute)>,
}

/// What an array holds.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Real(Vec<f64>),
    Index(Vec<i64>),
}

/// A piece of information beside arrays.
#[derive(Clone, Debug)]
pub(super) enum Attribute {
    Text(String),
    Real(f64),
    Index(i64),
}

impl InferenceData {
    /// The groups `posterior`, and `sample_stats` with what happened while drawing.
    pub fn new<P: Parameters<M>, const M: usize>(draws: &Draws<P, M>) -> Self {
        let report = draws.report();
        let count = |n: u64| Attribute::Index(n as i64);
        let mut data = Self { groups: Vec::new() };
        data.push("posterior", arrays(&P::labels(), draws.rows(), &["chain", "draw"]));
        data.push("sample_stats", coordinates(draws.len()));
        data.attributes([
            ("n_observations", count(report.n_observations as u64)),
            ("draws_asked", count(report.asked as u64)),
            ("draws_not_finite", count(report.non_finite as u64)),
            ("draws_far_from_others", count(report.strays as u64)),
            ("components_clipped", count(report.clipped_components)),
            ("directions_floored", count(report.floored_directions)),
            ("directions_examined", count(report.examined_directions)),
            ("sampling_time", Attribute::Real(report.seconds)),
            ("seed", Attribute::Text(report.seed.to_string())),
            ("method", Attribute::Text(report.method.clone())),
        ]);
        data
    }

    /// Adds the log-density of every draw to `sample_stats`, as `lp`.
    ///
    /// # Errors
    /// [`ExportError::Length`] where there is another number of them than draws.
    pub fn log_density(mut self, ln_density: &[f64]) -> Result<Self, ExportError> {
        let group = self.groups.iter_mut().find(|group| group.name == "sample_stats");
        let draws = group.as_ref().map_or(0, |group| group.variables.last().map_or(0, |draw| draw.dimensions[0].1));
        if ln_density.len() != draws {
            return Err(ExportError::Length { found: ln_density.len(), expected: draws });
        }
        if let Some(group) = group {
            group.variables.push(Variable {
                name: "lp".to_owned(),
                dimensions: vec![("chain".to_owned(), 1), ("draw".to_owned(), draws)],
                values: Values::Real(ln_density.to_vec()),
                attributes: vec![("long_name", Attribute::Text("log-density, natural units, normalised".to_owned()))],
            });
        }
        Ok(self)
    }

    /// Adds the group `observed_data`, natural units, with the dimension `obs`.
    #[must_use]
    pub fn observations<O: Observation<D>, const D: usize>(mut self, observations: &[O]) -> Self {
        let rows: Vec<[f64; D]> = observations.iter().map(Observation::to_array).collect();
        self.push("observed_data", arrays(&O::labels(), &rows, &["obs"]));
        self
    }

    /// Adds the group `prior`: draws of the simulator's prior.
    #[must_use]
    pub fn prior<S: Simulator<M, D>, const M: usize, const D: usize>(
        mut self,
        simulator: &S,
        draws: usize,
        seed: u64,
    ) -> Self {
        let prior = simulator.prior();
        let rows: Vec<[f64; M]> =
            (0..draws as u64).map(|index| prior.sample(&mut stream(seed, "export prior", index))).collect();
        self.push("prior", arrays(&S::Parameters::labels(), &rows, &["chain", "draw"]));
        self.attributes([("seed", Attribute::Text(seed.to_string()))]);
        self
    }

    /// Adds the group `prior_sbc`: for every data set of a study (dimension `draw`) the rank of each true value as a share
    /// of the number of draws, which are uniform on \[0, 1\] where the posterior is right.
    #[must_use]
    pub fn study<const M: usize, const D: usize>(mut self, study: &Study<M, D>) -> Self {
        let ranks = study.ranks();
        let share = |set: usize, k: usize| f64::from(ranks[k].values()[set]) / f64::from(ranks[k].draws());
        let rows: Vec<[f64; M]> = (0..study.sets().len()).map(|set| std::array::from_fn(|k| share(set, k))).collect();
        // Shares have no unit.
        let labels = study.labels().clone().map(|label| Label { unit: String::new(), ..label });
        self.push("prior_sbc", arrays(&labels, &rows, &["chain", "draw"]));
        self.attributes([
            ("n_observations", Attribute::Index(study.n_observations() as i64)),
            ("n_draws", Attribute::Index(study.n_draws() as i64)),
            ("sets_failed", Attribute::Index(study.failures().total() as i64)),
            ("seed", Attribute::Text(study.seed().to_string())),
        ]);
        self
    }

    /// Writes a Zarr store (version 3): a directory, one chunk for each array. An older store of that name is replaced.
    ///
    /// # Errors
    /// [`ExportError::Io`], also where something that is no Zarr store has that name.
    pub fn save_zarr(&self, path: impl AsRef<Path>) -> Result<(), ExportError> {
        zarr::save(self, path.as_ref())
    }

    /// Writes one NetCDF-4 file.
    ///
    /// # Errors
    /// [`ExportError::Io`]; [`ExportError::Format`] where a name cannot be one in a NetCDF file.
    #[cfg(feature = "netcdf")]
    pub fn save_netcdf(&self, path: impl AsRef<Path>) -> Result<(), ExportError> {
        super::netcdf::save(self, path.as_ref())
    }

    fn push(&mut self, name: &'static str, variables: Vec<Variable>) {
        self.groups.retain(|group| group.name != name);
        let attributes = vec![
            ("inference_library", Attribute::Text("tallsbi".to_owned())),
            ("inference_library_version", Attribute::Text(env!("CARGO_PKG_VERSION").to_owned())),
            ("creation_library", Attribute::Text("tallsbi".to_owned())),
        ];
        self.groups.push(Group { name, variables, attributes });
    }

    /// Attributes of the last group.
    fn attributes(&mut self, attributes: impl IntoIterator<Item = (&'static str, Attribute)>) {
        if let Some(group) = self.groups.last_mut() {
            group.attributes.extend(attributes);
        }
    }
}

/// The coordinates of one chain.
fn coordinates(draws: usize) -> Vec<Variable> {
    vec![index("chain", 1), index("draw", draws)]
}

fn index(name: &str, length: usize) -> Variable {
    Variable {
        name: name.to_owned(),
        dimensions: vec![(name.to_owned(), length)],
        values: Values::Index((0..length as i64).collect()),
        attributes: Vec::new(),
    }
}

/// Rows of labelled components as variables, with the coordinates of their dimensions. The last of `outer` counts rows, one
/// before it has length 1.
fn arrays<const K: usize>(labels: &[Label; K], rows: &[[f64; K]], outer: &[&str]) -> Vec<Variable> {
    let n = rows.len();
    let outer: Vec<(String, usize)> = outer
        .iter()
        .enumerate()
        .map(|(i, name)| ((*name).to_owned(), if i + 1 == outer.len() { n } else { 1 }))
        .collect();
    let mut all: Vec<Variable> = outer.iter().map(|(name, length)| index(name, *length)).collect();
    let mut k = 0;
    while k < K {
        let name = field(&labels[k].name);
        // The components of one field follow each other.
        let length = labels[k..].iter().take_while(|label| name.1 && field(&label.name) == name).count().max(1);
        let mut dimensions = outer.clone();
        if name.1 {
            let dimension = format!("{}_dim_0", name.0);
            all.push(index(&dimension, length));
            dimensions.push((dimension, length));
        }
        let mut attributes = Vec::new();
        for (key, text) in [("units", &labels[k].unit), ("long_name", &labels[k].description)] {
            if !text.is_empty() {
                attributes.push((key, Attribute::Text(text.clone())));
            }
        }
        let values = Values::Real(rows.iter().flat_map(|row| row[k..k + length].iter().copied()).collect());
        // A parameter called `draw` must not take the coordinate's place.
        let taken = all.iter().any(|variable| variable.name == name.0);
        let name = if taken { format!("{}_", name.0) } else { name.0.to_owned() };
        all.push(Variable { name, dimensions, values, attributes });
        k += length;
    }
    all
}

/// The field of a component, and whether it is an array.
fn field(name: &str) -> (&str, bool) {
    match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((field, _)) => (field, true),
        None => (name, false),
    }
}
