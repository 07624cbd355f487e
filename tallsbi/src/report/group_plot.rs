//! Draw one parameter of every group: intervals in a forest, or estimates against what each group's data say alone (SVG).

use std::path::Path;

use super::{PlotError, group_draw::Sheet, quantile, write_atomically};
use crate::model::Label;

/// What a plot of groups shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupView {
    /// A row for every group, by name: the central 50 % and 90 % of its draws, their median, and what the group's data say
    /// alone where that was given. The population, where it was given, is a band across.
    Forest,
    /// Median and central 90 % of every group against what its data say alone. On the diagonal nothing is borrowed from the
    /// others; on the level line, the population's, everything.
    Shrinkage,
}

/// A plot of one parameter of every group.
///
/// The picture depends on its input alone, byte for byte, and needs no fonts, scripts or other files.
///
/// # Example
/// ```
/// use tallsbi::{model::Label, report::{GroupPlot, GroupView}};
/// let draws = |middle: f64| (0..100).map(|i| middle + 0.01 * f64::from(i)).collect::<Vec<_>>();
/// let plot = GroupPlot::new(GroupView::Forest, &Label::scalar("slope", "", "ms/day"))
///     .group("308", &draws(19.0), Some(21.8))
///     .group("309", &draws(2.0), Some(2.3))
///     .population(&draws(10.0));
/// assert!(plot.to_svg()?.starts_with("<svg "));
/// # Ok::<(), tallsbi::report::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GroupPlot {
    pub(super) view: GroupView,
    pub(super) label: Label,
    pub(super) groups: Vec<GroupRow>,
    pub(super) population: Option<Interval>,
    pub(super) title: String,
}

/// One group of a plot.
#[derive(Clone, Debug)]
pub(super) struct GroupRow {
    pub(super) name: String,
    pub(super) interval: Interval,
    /// What the group's data say alone.
    pub(super) alone: Option<f64>,
    /// The middle of what the population says of such a group.
    pub(super) expected: Option<f64>,
}

/// Quantiles of draws at 5 %, 25 %, 50 %, 75 % and 95 %; NaN without a finite draw.
pub(super) type Interval = [f64; 5];

fn interval(draws: &[f64]) -> Interval {
    let mut finite: Vec<f64> = draws.iter().copied().filter(|draw| draw.is_finite()).collect();
    finite.sort_unstable_by(f64::total_cmp);
    [0.05, 0.25, 0.5, 0.75, 0.95].map(|level| quantile(&finite, level))
}

impl GroupPlot {
    /// A plot of the parameter with this label, without groups.
    pub fn new(view: GroupView, label: &Label) -> Self {
        Self { view, label: label.clone(), groups: Vec::new(), population: None, title: String::new() }
    }

    /// Adds a group: its name, its draws, and an estimate from its data alone where there is one (a mean, a least-squares fit),
    /// all in natural units.
    #[must_use]
    pub fn group(mut self, name: &str, draws: &[f64], alone: Option<f64>) -> Self {
        self.groups.push(GroupRow { name: name.to_owned(), interval: interval(draws), alone, expected: None });
        self
    }

    /// Draws of what the population says of the group added last, where that differs from group to group: what is known of a group
    /// makes it expect another value. A mark in its row, at their median.
    #[must_use]
    pub fn expected(mut self, draws: &[f64]) -> Self {
        if let Some(group) = self.groups.last_mut() {
            group.expected = Some(interval(draws)[2]).filter(|middle| middle.is_finite());
        }
        self
    }

    /// Draws of the population's parameter that groups are drawn to, such as the mean of their distribution.
    #[must_use]
    pub fn population(mut self, draws: &[f64]) -> Self {
        self.population = Some(interval(draws));
        self
    }

    /// Puts a title above the plot.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// The picture.
    ///
    /// # Errors
    /// [`PlotError::NoSeries`] without groups, or for shrinkage without a group whose data alone have a finite estimate;
    /// [`PlotError::NoFiniteDraws`] of a group or of the population; [`PlotError::Range`].
    pub fn to_svg(&self) -> Result<String, PlotError> {
        let named = self.groups.iter().map(|group| (group.name.as_str(), &group.interval));
        for (name, interval) in named.chain(self.population.iter().map(|interval| ("population", interval))) {
            if interval[2].is_nan() {
                return Err(PlotError::NoFiniteDraws { series: name.to_owned() });
            }
        }
        Ok(Sheet::new(self)?.to_svg())
    }

    /// Writes the picture to a file, whole or not at all.
    ///
    /// # Errors
    /// As [`to_svg`](Self::to_svg), and [`PlotError::Io`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let (svg, path) = (self.to_svg()?, path.as_ref());
        write_atomically(path, svg.as_bytes())
            .map_err(|error| PlotError::Io { path: path.to_owned(), reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(view: GroupView) -> GroupPlot {
        let draws = |middle: f64| (0..=100).map(|i| middle + 0.02 * f64::from(i - 50)).collect::<Vec<_>>();
        GroupPlot::new(view, &Label::scalar("slope", "", "ms/day"))
            .title("a & b")
            .group("one <1>", &draws(1.0), Some(1.5))
            .group("two", &draws(2.0), None)
            .group("three", &draws(3.0), Some(f64::NAN))
            .population(&draws(2.5))
    }

    #[test]
    fn a_forest_has_a_row_for_every_group() {
        let svg = plot(GroupView::Forest).to_svg().expect("drawn");
        assert_eq!(svg, plot(GroupView::Forest).to_svg().expect("drawn"));
        assert_eq!(svg.matches("class=\"interval\"").count(), 6);
        assert_eq!(svg.matches("class=\"median\"").count(), 3);
        assert_eq!(svg.matches("class=\"alone\"").count(), 1);
        assert_eq!(svg.matches("class=\"population\"").count(), 1);
        assert!(svg.contains("one &lt;1&gt;") && svg.contains("a &amp; b") && svg.contains("slope [ms/day]"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn shrinkage_shows_groups_with_an_estimate_of_their_own() {
        let svg = plot(GroupView::Shrinkage).to_svg().expect("drawn");
        assert_eq!(svg.matches("class=\"median\"").count(), 1);
        assert_eq!(svg.matches("class=\"diagonal\"").count(), 1);
        assert_eq!(svg.matches("class=\"population\"").count(), 1);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn nothing_to_draw_is_an_error() {
        let empty = GroupPlot::new(GroupView::Forest, &Label::scalar("a", "", ""));
        assert_eq!(empty.to_svg().expect_err("nothing"), PlotError::NoSeries);
        let alone = GroupPlot::new(GroupView::Shrinkage, &Label::scalar("a", "", "")).group("one", &[1.0, 2.0], None);
        assert_eq!(alone.to_svg().expect_err("nothing"), PlotError::NoSeries);
        let lost = empty.clone().group("one", &[f64::NAN], None);
        assert_eq!(lost.to_svg().expect_err("nothing"), PlotError::NoFiniteDraws { series: "one".to_owned() });
        // One value only, and values at the ends of what a number holds.
        assert!(empty.clone().group("one", &[2.0], Some(2.0)).to_svg().is_ok());
        let wide = empty.group("one", &[-1e308, 1e308], None).to_svg();
        assert_eq!(wide.expect_err("too wide"), PlotError::Range { name: "a".to_owned() });
    }
}
