//! Measure how far two sets of draws are apart: sliced Wasserstein, MMD and a classifier two-sample test.
//!
//! Every metric takes two [`Rows`]; where the order matters (bandwidth, standardisation) the *first* is the reference.

mod c2st;
mod classifier;
mod error;
mod mmd;
mod rows;
mod wasserstein;

pub use c2st::{C2stOptions, C2stReport, c2st, c2st_with};
pub use error::MetricError;
pub use mmd::{median_distance, mmd2, mmd2_with_bandwidth};
pub use rows::Rows;
pub use wasserstein::{
    marginal_wasserstein, max_sliced_wasserstein, sliced_wasserstein, sliced_wasserstein_of_order, wasserstein_1d,
};
