//! Measure how far two sets of draws are apart, and whether ranks of true values among draws are uniform.
//!
//! Every metric of two samples takes two [`Rows`]; where the order matters (bandwidth, standardisation) the *first* is the reference.

mod c2st;
mod classifier;
mod error;
mod mmd;
mod ranks;
mod recovery;
mod rows;
mod uniform_band;
mod wasserstein;

pub use c2st::{C2stOptions, C2stReport, c2st, c2st_with};
pub(crate) use classifier::Classifier;
pub use error::MetricError;
pub use mmd::{median_distance, mmd2, mmd2_with_bandwidth};
pub use ranks::{RankEcdf, RankHistogram, Ranks, Uniformity};
pub use recovery::{contraction, distance_to_dirac, mmd2_to_dirac, nrmse, z_score};
pub use rows::Rows;
pub use uniform_band::UniformBand;
pub use wasserstein::{
    marginal_wasserstein, max_sliced_wasserstein, sliced_wasserstein, sliced_wasserstein_of_order, wasserstein_1d,
};
