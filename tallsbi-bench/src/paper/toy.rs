//! Sample toys whose scores are exact but for a perturbation of known size, and measure the distance to exact draws.

use std::time::Instant;

use tallsbi::compose::{ComposeError, Composed, Composer, FactorizedDiffused, Gauss, Jac};
use tallsbi::diagnose::{Rows, max_sliced_wasserstein};
use tallsbi::sample::{Ddim, DriveOptions, Driven, Grid, Langevin, SampleError, Sampler, drive};

use super::{Cells, PaperError, Settings};
use crate::toy::gaussian::{draws, gaussian_toy};
use crate::toy::mixture::{self, MixtureWeights, mixture_toy};
use crate::toy::{Toy, schedule};

/// The algorithms of the tables.
pub(super) const ALGORITHMS: [&str; 3] = ["GAUSS", "JAC", "Langevin"];

/// Pairs of exact samples whose distance is what no algorithm can beat.
const FLOOR_PAIRS: u64 = 5;

/// Which toy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Correlated Gaussian observations.
    Gaussian,
    /// Observations from a mixture of two Gaussians.
    Mixture(MixtureWeights),
}

/// How large an experiment is.
pub(super) struct Size {
    pub(super) draws: usize,
    pub(super) projections: usize,
    pub(super) seeds: u64,
}

impl Size {
    pub(super) fn of(settings: &Settings<'_>) -> Self {
        if settings.quick {
            Self { draws: 200, projections: 1_000, seeds: 1 }
        } else {
            Self { draws: 1_000, projections: 10_000, seeds: 5 }
        }
    }
}

/// One cell: seconds, max-sliced distance to exact draws, its excess over that of exact draws, draws that were lost.
const VALUES: [&str; 4] = ["seconds", "max_sw", "excess", "non_finite"];
const KEYS: [&str; 6] = ["m", "n", "perturbation", "seed", "algorithm", "steps"];

impl Kind {
    /// Finished cells of this toy.
    pub(super) fn cells(self, settings: &Settings<'_>) -> Result<Cells, PaperError> {
        let stem = match self {
            Self::Gaussian => "toy_gaussian",
            Self::Mixture(MixtureWeights::Correct) => "toy_mixture",
            Self::Mixture(MixtureWeights::Published) => "toy_mixture_published",
        };
        Ok(Cells::open(&settings.cells(stem), &KEYS, &VALUES)?)
    }

    /// A cell in `m` dimensions, one of those that are compiled (2, 4, 10, 32).
    pub(super) fn cell_in(
        self,
        m: usize,
        cells: &mut Cells,
        size: &Size,
        at: (usize, f64, u64),
        algorithm: &str,
        steps: usize,
    ) -> Result<Vec<f64>, PaperError> {
        match m {
            2 => self.cell::<2>(cells, size, at, algorithm, steps),
            4 => self.cell::<4>(cells, size, at, algorithm, steps),
            10 => self.cell::<10>(cells, size, at, algorithm, steps),
            _ => self.cell::<32>(cells, size, at, algorithm, steps),
        }
    }

    fn cell<const M: usize>(
        self,
        cells: &mut Cells,
        size: &Size,
        (n, epsilon, seed): (usize, f64, u64),
        algorithm: &str,
        steps: usize,
    ) -> Result<Vec<f64>, PaperError> {
        let key = [
            M.to_string(),
            n.to_string(),
            epsilon.to_string(),
            seed.to_string(),
            algorithm.to_owned(),
            steps.to_string(),
        ];
        cells.get(&key, || {
            let (toy, exact) = self.exact::<M>(seed, n, epsilon)?;
            let start = Instant::now();
            let driven = sample(&toy, algorithm, steps, size.draws);
            let seconds = start.elapsed().as_secs_f64();
            let driven = match driven {
                Ok(driven) => driven,
                // That an algorithm diverges is a result.
                Err(SampleError::AllNonFinite { draws }) => return Ok(vec![seconds, f64::NAN, f64::NAN, draws as f64]),
                Err(error) => return Err(error.into()),
            };
            let distance = |a: &[[f64; M]], b: &[[f64; M]]| {
                Ok::<_, PaperError>(max_sliced_wasserstein(
                    Rows::from_arrays(a)?,
                    Rows::from_arrays(b)?,
                    size.projections,
                    seed,
                )?)
            };
            let reference = |index: u64| exact(size.draws, 1_000 + 10 * seed + index);
            let worst = distance(&reference(0)?, &driven.draws)?;
            let mut floor = 0.0;
            for pair in 0..FLOOR_PAIRS {
                floor += distance(&reference(2 * pair)?, &reference(2 * pair + 1)?)? / FLOOR_PAIRS as f64;
            }
            Ok(vec![seconds, worst, worst - floor, driven.non_finite.len() as f64])
        })
    }

    /// Scores of single observations, and what draws from the exact posterior of all (number, seed).
    #[allow(clippy::type_complexity)] // reason: a toy and a function
    fn exact<const M: usize>(
        self,
        seed: u64,
        n: usize,
        epsilon: f64,
    ) -> Result<(Toy<M>, Box<dyn Fn(usize, u64) -> Result<Vec<[f64; M]>, ComposeError>>), PaperError> {
        Ok(match self {
            Self::Gaussian => {
                let exact = gaussian_toy::<M>(seed, n, epsilon)?;
                (exact.toy, Box::new(move |count, seed| draws(&exact.tall, count, seed)))
            }
            Self::Mixture(weights) => {
                let toy = mixture_toy::<M>(seed, n, epsilon, weights)?;
                let xs = toy.xs.clone();
                (toy, Box::new(move |count, seed| Ok(mixture::draws(&xs, weights, count, seed))))
            }
        })
    }
}

/// `steps` steps of DDIM with the η that goes with them for GAUSS (covariances from 1,000 draws of 100 steps) and JAC;
/// `steps` levels of five Langevin steps otherwise.
fn sample<const M: usize>(toy: &Toy<M>, algorithm: &str, steps: usize, n: usize) -> Result<Driven<M>, SampleError> {
    let ddim = Ddim::for_steps(steps);
    match algorithm {
        "GAUSS" => composed(toy, &Gauss::pilot(1_000, 100), &ddim, steps, n),
        "JAC" => composed(toy, &Jac::default(), &ddim, steps, n),
        _ => composed(toy, &FactorizedDiffused, &Langevin::default(), steps, n),
    }
}

fn composed<const M: usize, C, A: Sampler<M>>(
    toy: &Toy<M>,
    composer: &C,
    sampler: &A,
    steps: usize,
    n: usize,
) -> Result<Driven<M>, SampleError>
where
    C: Composer<M, tallsbi::compose::oracle::Gaussian<M>, Toy<M>>,
{
    let composition = composer.prepare(&toy.prior, toy).map_err(SampleError::Compose)?;
    let score = Composed { composition: &composition, prior: &toy.prior, local: toy };
    let levels = Grid::Uniform { steps }.levels(&schedule())?;
    drive(&score, sampler, &levels, &DriveOptions { draws: n, seed: toy.seed, ..DriveOptions::default() })
}

impl From<ComposeError> for PaperError {
    fn from(error: ComposeError) -> Self {
        Self::Sample(SampleError::Compose(error))
    }
}
