//! Name what can be wrong with two sets of draws that are to be compared.

/// What can be wrong with the input of a metric.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// A sample has no rows.
    #[error("a sample has no rows: give at least one draw")]
    NoRows,
    /// A sample has rows of no components.
    #[error("a sample has rows of zero components: give at least one column")]
    NoColumns,
    /// A flat slice does not divide into rows.
    #[error("{len} numbers do not divide into rows of {dim}: check the number of columns")]
    Shape {
        /// Numbers given.
        len: usize,
        /// Components a row.
        dim: usize,
    },
    /// A value is NaN or infinite.
    #[error("row {row}, component {column} is {value}: remove draws that are not finite, and count them")]
    NonFinite {
        /// Row, from 0.
        row: usize,
        /// Component, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// The two samples have rows of different lengths.
    #[error("the first sample has {first} components and the second {second}: compare draws of the same parameters")]
    DifferentDimensions {
        /// Components of the first sample.
        first: usize,
        /// Components of the second.
        second: usize,
    },
    /// A sample is too small for the metric.
    #[error("a sample has {rows} rows and this metric needs {needed}: draw more")]
    TooFewRows {
        /// Rows given.
        rows: usize,
        /// Rows needed.
        needed: usize,
    },
    /// A list has not one number for each component.
    #[error("{found} numbers for draws of {expected} components: give one for each")]
    Length {
        /// Components of the draws.
        expected: usize,
        /// Numbers given.
        found: usize,
    },
    /// Estimates and truths are not pairs.
    #[error("{first} estimates and {second} true values: give one estimate for each data set")]
    DifferentCounts {
        /// Rows of the first.
        first: usize,
        /// Rows of the second.
        second: usize,
    },
    /// A component does not vary, or its deviation is not a positive number.
    #[error("component {component} has no spread to divide by: its values coincide or its deviation is not positive")]
    NoSpread {
        /// The component, from 0.
        component: usize,
    },
    /// Zero projections were asked for.
    #[error("zero projections: ask for at least one (1000 is usual)")]
    NoProjections,
    /// The order of a Wasserstein distance is below one or not finite.
    #[error("a Wasserstein distance of order {order} does not exist: the order is a finite number of at least 1")]
    InvalidOrder {
        /// The order.
        order: f64,
    },
    /// The kernel's bandwidth is zero, negative or not finite.
    #[error(
        "the kernel's bandwidth is {bandwidth}: most draws of the first sample coincide; give a positive bandwidth"
    )]
    InvalidBandwidth {
        /// The bandwidth.
        bandwidth: f64,
    },
    /// Fewer than two folds were asked for.
    #[error("{folds} folds: cross-validation needs at least 2")]
    TooFewFolds {
        /// The number of folds.
        folds: usize,
    },
    /// Zero epochs, a batch of zero rows or a learning rate that is not positive.
    #[error("the classifier cannot be trained: epochs, batch size and learning rate must be positive")]
    InvalidTraining,
    /// A rank is larger than the number of draws it is a rank among.
    #[error("set {set} has rank {rank} among {draws} draws: a rank is at most the number of draws")]
    RankOutOfRange {
        /// The set, from 0.
        set: usize,
        /// Its rank.
        rank: u32,
        /// Number of draws.
        draws: u32,
    },
    /// Zero draws: every rank would be zero.
    #[error("ranks among zero draws say nothing: draw at least once for every set")]
    NoDraws,
    /// The level of a band is not between 0 and 1.
    #[error("a band of level {level} does not exist: the level is between 0 and 1 (0.95 is usual)")]
    InvalidLevel {
        /// The level.
        level: f64,
    },
    /// A histogram of ranks with no bin, or with more bins than ranks.
    #[error("{bins} bins for {ranks} possible ranks: ask for at least 1 and at most {ranks}")]
    InvalidBins {
        /// Bins asked for.
        bins: usize,
        /// Possible ranks.
        ranks: usize,
    },
}
