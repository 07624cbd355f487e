//! Run the experiments of arXiv:2404.07593 by name, and print ours beside the published numbers.

mod cells;
mod column;
mod error;
mod figure;
mod published;
mod tall;
mod toy;
mod toy_figures;
mod toy_tables;

use std::io::Write;
use std::path::PathBuf;

use tallsbi::report::PlotError;

use self::figure::Figure;
use crate::inference::Models;
use crate::score::mean_and_sd;
use crate::suggest::nearest;

pub use cells::{Cells, CellsError};
pub use error::PaperError;

/// How an experiment is run.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// What trains and loads the posteriors of tasks.
    pub models: &'a dyn Models,
    /// A small version, within ten minutes on two cores. Its figures say little.
    pub quick: bool,
    /// Where CSV files and trained posteriors go, and where finished cells are found again.
    pub out: PathBuf,
    /// The folder of reference posteriors of sets of observations.
    pub reference: Option<PathBuf>,
    /// Seed of everything.
    pub seed: u64,
}

/// An experiment.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    run: fn(&Settings<'_>, &mut dyn Write) -> Result<(), PaperError>,
}

/// Every experiment that is built.
pub const EXPERIMENTS: [Experiment; 14] = [
    Experiment {
        name: "table1",
        title: "Gaussian toy, m = 10, n = 32, perturbation 0.01: time and max-sliced Wasserstein distance by steps",
        run: toy_tables::table1,
    },
    Experiment {
        name: "table2",
        title: "Gaussian toy: time of GAUSS and JAC relative to Langevin with as many steps, by dimension",
        run: toy_tables::table2,
    },
    Experiment {
        name: "table5",
        title: "SLCP, Lotka-Volterra, SIR: sliced Wasserstein distance by number of observations",
        run: tall::table5,
    },
    Experiment { name: "table6", title: "SLCP, Lotka-Volterra, SIR: MMD by number of observations", run: tall::table6 },
    Experiment {
        name: "table7",
        title: "SLCP, Lotka-Volterra, SIR: C2ST by number of observations",
        run: tall::table7,
    },
    Experiment {
        name: "fig2",
        title: "Gaussian toy, m = 10: excess max-sliced Wasserstein distance by perturbation and number of observations",
        run: toy_figures::fig2,
    },
    Experiment {
        name: "fig3",
        title: "SLCP, Lotka-Volterra, SIR: sliced Wasserstein distance by simulations and number of observations",
        run: tall::fig3,
    },
    Experiment {
        name: "fig4",
        title: "Jansen-Rit model, three parameters, GAUSS: posterior and local C2ST by number of observations",
        run: column::fig4,
    },
    Experiment {
        name: "fig5",
        title: "Jansen-Rit model, four parameters, GAUSS: posterior and local C2ST by number of observations",
        run: column::fig5,
    },
    Experiment {
        name: "dimension",
        title: "Gaussian toy: excess max-sliced Wasserstein distance by dimension, perturbation and number of observations",
        run: toy_figures::dimension,
    },
    Experiment {
        name: "mixture",
        title: "Mixture toy, m = 10, weights of Bayes' theorem: excess max-sliced Wasserstein distance",
        run: toy_figures::mixture,
    },
    Experiment {
        name: "mixture-published",
        title: "Mixture toy, m = 10, weights of the published code: excess max-sliced Wasserstein distance",
        run: toy_figures::mixture_published,
    },
    Experiment {
        name: "more-tasks",
        title: "Gaussian linear, mixtures, GLMs, two moons: three metrics by number of observations",
        run: tall::more_tasks,
    },
    Experiment {
        name: "sets",
        title: "SLCP, Lotka-Volterra, SIR: networks for single observations and for sets of three (PF-NPSE), GAUSS",
        run: tall::sets,
    },
];

/// Runs the experiment called `name`.
///
/// # Errors
/// There is none of that name, or it fails.
pub fn run(name: &str, settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let Some(experiment) = EXPERIMENTS.iter().find(|experiment| experiment.name == name) else {
        let suggestion = nearest(name, EXPERIMENTS.map(|experiment| experiment.name));
        return Err(PaperError::Unknown { name: name.to_owned(), suggestion });
    };
    std::fs::create_dir_all(&settings.out)?;
    writeln!(out, "{}: {}", experiment.name, experiment.title)?;
    if settings.quick {
        writeln!(out, "--quick: smaller than the published experiment, the figures are not comparable")?;
    }
    (experiment.run)(settings, out)
}

impl Settings<'_> {
    /// The file of an experiment's cells. A quick run never mixes with a full one.
    fn cells(&self, stem: &str) -> PathBuf {
        let kind = if self.quick { ".quick" } else { "" };
        self.out.join(format!("{stem}{kind}.seed{}.csv", self.seed))
    }

    /// Writes an experiment's picture, and says where.
    fn draw(&self, figure: &Figure, name: &str, out: &mut dyn Write) -> Result<(), PaperError> {
        let path = self.cells(name).with_extension("svg");
        match figure.save(&path) {
            Ok(()) => writeln!(out, "{}", path.display())?,
            Err(PlotError::NoSeries) => writeln!(out, "no picture: nothing is finite")?,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// Mean ± standard deviation, or the mean alone of one value; without any finite value, that it diverged.
fn spread((mean, sd): (f64, f64), decimals: usize) -> String {
    if !mean.is_finite() {
        return "diverges".to_owned();
    }
    if mean.abs() >= 1e4 {
        // It diverged; its digits say nothing.
        return format!("{mean:.1e}");
    }
    if sd.is_finite() { format!("{mean:.decimals$} ± {sd:.decimals$}") } else { format!("{mean:.decimals$}") }
}

/// A published value, or that it is not recorded.
fn shown(published: Option<f64>) -> String {
    let known = published.filter(|value| value.is_finite());
    known.map_or_else(|| "not recorded".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::{EXPERIMENTS, mean_and_sd, shown, spread};

    #[test]
    fn names() {
        let mut names = EXPERIMENTS.map(|experiment| experiment.name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn numbers() {
        assert_eq!(mean_and_sd(&[1.0, 3.0]), (2.0, 2.0_f64.sqrt()));
        assert_eq!((spread((1.0, 0.25), 2), spread(mean_and_sd(&[2.0]), 1)), ("1.00 ± 0.25".into(), "2.0".into()));
        assert_eq!(spread((3.56e51, 1.0), 3), "3.6e51");
        assert_eq!(spread(mean_and_sd(&[]), 3), "diverges");
        assert_eq!((shown(None).as_str(), shown(Some(0.31)).as_str()), ("not recorded", "0.31"));
    }
}
