//! Calibrate exact posteriors of a linear Gaussian model, and posteriors that are wrong by a known amount.

mod checks;
mod growth;
mod local;
mod ranks;
mod studies;

use nalgebra::{SMatrix, SVector};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal as Normal};

use crate::{
    compose::{
        ComposeError,
        oracle::{Gaussian, GaussianOracle},
    },
    model::{Dimension, Label, Parameters, SimulationError, Simulator, Stream, stream},
    prior::Prior,
};

/// Intercept and slope of a line.
#[derive(Clone, Debug)]
struct Line([f64; 2]);

impl Dimension for Line {
    const DIM: usize = 2;
}

impl Parameters<2> for Line {
    fn labels() -> [Label; 2] {
        [Label::scalar("intercept", "", "mV"), Label::scalar("slope", "", "mV/ms")]
    }
    fn to_array(&self) -> [f64; 2] {
        self.0
    }
    fn from_array(values: [f64; 2]) -> Self {
        Self(values)
    }
}

const PRIOR_SD: [f64; 2] = [1.0, 2.0];
const NOISE: f64 = 0.8;

struct LinePrior;

impl Prior<2> for LinePrior {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; 2] {
        PRIOR_SD.map(|sd| {
            let z: f64 = Normal.sample(rng);
            sd * z
        })
    }
}

/// The value of the line at three times, with noise.
struct LineModel;

fn design() -> SMatrix<f64, 3, 2> {
    SMatrix::from_row_slice(&[1.0, -0.5, 1.0, 0.0, 1.0, 1.0])
}

impl Simulator<2, 3> for LineModel {
    type Parameters = Line;
    type Observation = [f64; 3];
    type Prior = LinePrior;

    fn prior(&self) -> LinePrior {
        LinePrior
    }
    fn simulate(&self, theta: &Line, rng: &mut Stream) -> Result<[f64; 3], SimulationError> {
        let mean = design() * SVector::from(theta.0);
        Ok(std::array::from_fn(|i| {
            let z: f64 = Normal.sample(rng);
            mean[i] + NOISE * z
        }))
    }
}

fn prior() -> Gaussian<2> {
    let covariance = SMatrix::from_diagonal(&SVector::from(PRIOR_SD.map(|sd| sd * sd)));
    Gaussian::new([0.0; 2], covariance).expect("definite")
}

fn oracle(x: &[[f64; 3]]) -> Result<GaussianOracle<2>, ComposeError> {
    GaussianOracle::linear(prior(), &design(), &SMatrix::from_diagonal_element(NOISE * NOISE), x)
}

/// The exact posterior with its standard deviations multiplied by `scale`, its mean moved by `shift` of them and its
/// correlation multiplied by `correlation`.
#[derive(Clone, Copy)]
struct Altered {
    scale: f64,
    shift: f64,
    correlation: f64,
}

const EXACT: Altered = Altered { scale: 1.0, shift: 0.0, correlation: 1.0 };
const NARROW: Altered = Altered { scale: 0.9, ..EXACT };

type Drawn = Result<Vec<[f64; 2]>, ComposeError>;

impl Altered {
    fn gaussian(&self, x: &[[f64; 3]]) -> Result<Gaussian<2>, ComposeError> {
        let exact = oracle(x)?;
        let mut covariance = *exact.tall().covariance() * (self.scale * self.scale);
        covariance[(0, 1)] *= self.correlation;
        covariance[(1, 0)] *= self.correlation;
        let sd = SVector::<f64, 2>::from_fn(|k, _| exact.tall().covariance()[(k, k)].sqrt());
        Gaussian::new((exact.tall().mean() + sd * self.shift).into(), covariance)
    }

    fn draw(&self, x: &[[f64; 3]], draws: usize, seed: u64) -> Drawn {
        let posterior = self.gaussian(x)?;
        let lower = posterior.covariance().cholesky().expect("definite").l();
        let mut rng = stream(seed, "exact draws", 0);
        let mut draw = || {
            let z = SVector::<f64, 2>::from_fn(|_, _| Normal.sample(&mut rng));
            (posterior.mean() + lower * z).into()
        };
        Ok((0..draws).map(|_| draw()).collect())
    }

    fn posterior(self) -> impl Fn(&[[f64; 3]], usize, u64) -> Drawn + Sync {
        move |x, draws, seed| self.draw(x, draws, seed)
    }
}
