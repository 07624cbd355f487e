//! Name what can be wrong with simulations and observations.

use crate::{model::TransformError, prior::PriorError};

/// What can be wrong with simulations and observations.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// More simulations failed than the policy allows.
    #[error(
        "{failed} of {total} simulations failed, more than the allowed share of {share}; the first failed at {theta}: {reason}. \
         Mend the simulator, narrow the prior, or allow more with `.failures(...)`"
    )]
    TooManyFailures {
        /// How many failed.
        failed: usize,
        /// How many were tried.
        total: usize,
        /// The share allowed.
        share: f64,
        /// The first parameters that failed, by name.
        theta: String,
        /// Why they did.
        reason: String,
    },
    /// Every simulation failed, though the policy allows failures.
    #[error("all {total} simulations failed, the first at {theta}: {reason}. Mend the simulator or narrow the prior")]
    AllFailed {
        /// How many were tried.
        total: usize,
        /// The first parameters, by name.
        theta: String,
        /// Why they failed.
        reason: String,
    },
    /// No simulation is there.
    #[error("there are no simulations: ask for at least 20 with `.simulations(n)`")]
    Empty,
    /// θ and x have numbers of rows that do not belong together.
    #[error("{theta} rows of parameters but {x} observations: parameters have {slots} each, in the same order")]
    RowCount {
        /// Rows of θ.
        theta: usize,
        /// Rows of x.
        x: usize,
        /// Observations of each row of θ (n_max).
        slots: usize,
    },
    /// A simulation has another number of observations than the network sees at once.
    #[error("row {row} has {found} observations; this network is trained on sets of {expected}")]
    SetSize {
        /// The row, from 0.
        row: usize,
        /// Observations there.
        found: usize,
        /// Observations needed (n_max).
        expected: usize,
    },
    /// A parameter of a given simulation is outside its prior or not finite.
    #[error("row {row} of the parameters: {error}")]
    Parameters {
        /// The row, from 0.
        row: usize,
        /// What is wrong.
        error: PriorError,
    },
    /// A drawn or given parameter is not finite.
    #[error("row {row} of the parameters: `{name}` = {value} is not finite")]
    ParameterNotFinite {
        /// The row, from 0.
        row: usize,
        /// The component.
        name: String,
        /// Its value.
        value: f64,
    },
    /// A component of an observation is not finite or outside its transform's domain.
    #[error("observation {row}: `{name}` = {error}")]
    Observation {
        /// The observation, from 0.
        row: usize,
        /// The component.
        name: String,
        /// What is wrong.
        error: TransformError,
    },
    /// What an observation says of its exchangeable points does not fit.
    #[error(
        "`Observation::exchangeable` names points of unequal numbers of components, a component that is not there or in two points, or components with other transforms: give every point the same components of its own"
    )]
    Points,
    /// No observation was given.
    #[error("no observations: give at least one")]
    NoObservations,
    /// No group was given.
    #[error("no groups: give at least one")]
    NoGroups,
    /// A group has no observation.
    #[error("group {group} is empty: give it at least one observation, or leave it out")]
    EmptyGroup {
        /// The group, from 0.
        group: usize,
    },
    /// A group has more observations than the network sees at once.
    #[error(
        "group {group} has {found} observations, but the network sees at most n_max = {n_max} of a group: raise `n_max` in the declaration and train again"
    )]
    GroupTooLarge {
        /// The group, from 0.
        group: usize,
        /// Its observations.
        found: usize,
        /// Most observations of a group.
        n_max: usize,
    },
    /// Observations of one group come with different things that are known of it.
    #[error(
        "different things are said to be known of group {group}: give them once for the group, `(known, vec![x, ...])`; what differs between its observations is a design of theirs"
    )]
    TwoDesigns {
        /// The group, from 0.
        group: usize,
    },
    /// One observation holds sets of observations, of which a simulation has other numbers.
    #[error(
        "several kinds of observation, or inner groups, cannot be replicated in the numbers that were observed: check inner groups one by one (`draws.group(0)?.check_inner(...)`), or simulate them with the numbers of your data and compare by `PredictiveCheck::run`"
    )]
    HoldsSets,
    /// A whole group was observed more often than the network sees at once.
    #[error(
        "the whole of group {group} was observed {found} times, but the network sees at most n_max = {n_max}: raise `n_max` in the declaration and train again"
    )]
    TooManyOfGroup {
        /// The group, from 0.
        group: usize,
        /// Its observations as a whole.
        found: usize,
        /// Most of them.
        n_max: usize,
    },
    /// A group has more inner groups than the network sees at once.
    #[error(
        "group {group} has {found} inner groups, but the network sees at most n_max = {n_max} of a group: raise `n_max` of the inner plate in the declaration and train again"
    )]
    TooManyInnerGroups {
        /// The group, from 0.
        group: usize,
        /// Its inner groups.
        found: usize,
        /// Most inner groups of a group.
        n_max: usize,
    },
    /// There is no such group.
    #[error("there is no group {group}: {groups} were observed, counted from 0")]
    NoSuchGroup {
        /// The group asked for, from 0.
        group: usize,
        /// How many there are.
        groups: usize,
    },
    /// Names or estimates of groups are not one for each group that was observed.
    #[error("{found} {what} were given for {groups} groups: give one for each, in the order of `observe`")]
    NotOnePerGroup {
        /// What was given: names, or estimates of a parameter.
        what: String,
        /// How many.
        found: usize,
        /// How many groups were observed.
        groups: usize,
    },
    /// No parameter of a group has this name.
    #[error(
        "a group has no parameter `{name}`; it has {known}, and their draws are added with `.groups(&draws, &names)?` first"
    )]
    NoSuchGroupParameter {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// Something is wrong with an observation of a group.
    #[error("group {group}, {}", of_group(error))]
    InGroup {
        /// The group, from 0.
        group: usize,
        /// What is wrong.
        error: Box<DataError>,
    },
    /// A stored data set cannot be read.
    #[error("{path}: {reason}")]
    Store {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The words of an error inside a group: what it calls a group is an inner one.
fn of_group(error: &DataError) -> String {
    let inner = matches!(
        error,
        DataError::EmptyGroup { .. }
            | DataError::GroupTooLarge { .. }
            | DataError::NoSuchGroup { .. }
            | DataError::InGroup { .. }
    );
    let words = error.to_string();
    if inner { words.replacen("group", "inner group", 1) } else { words }
}
