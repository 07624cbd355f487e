//! Give posteriors whose scores are known exactly, for compositions and samplers without any training, in m dimensions.
//!
//! Coordinates are natural units, the prior is Gaussian, and the posterior of each observation a mixture of Gaussians. A
//! perturbation of chosen size stands for the error of a network (Section 4.1 of arXiv:2404.07593).

mod factors;
pub mod gaussian;
pub mod mixture;
mod normals;
mod perturbation;

pub use factors::{Toy, ToyWorkspace};
pub use normals::{Diffused, Normals};
pub use perturbation::Perturbation;

use tallsbi::diffusion::Schedule;

/// The schedule of the published toy experiments: α = exp(−½ (0.1 t + ½ 39.9 t²)).
pub fn schedule() -> Schedule {
    Schedule::Linear { beta_min: 0.05, beta_max: 20.0 }
}
