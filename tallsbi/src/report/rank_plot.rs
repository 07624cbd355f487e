//! Draw ranks with the bands that calibrated ranks stay in: histograms, ECDF differences and coverage curves (SVG).

use std::path::Path;

use super::{PlotError, rank_draw::Sheet, write_atomically};
use crate::diagnose::{MetricError, Ranks};

/// What a plot of ranks shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankView {
    /// Histograms of ranks with the exact binomial interval of a bar. Valleys: too narrow; hills: too wide; slopes: biased.
    Histogram,
    /// The empirical distribution function of the ranks less the uniform one, with a simultaneous band.
    EcdfDifference,
    /// The empirical distribution function itself: for ranks by density or by distance (TARP) the share of data sets whose
    /// credible region of a given level holds the truth. Below the diagonal: overconfident (by density).
    Coverage,
}

/// A plot of ranks, one panel for each quantity, with its p-value. What lies outside its band is marked.
///
/// The picture depends on its input alone, byte for byte, and needs no fonts, scripts or other files.
///
/// # Example
/// ```
/// use tallsbi::{diagnose::Ranks, model::Label, report::{RankPlot, RankView}};
/// let ranks = Ranks::new(Label::scalar("beta", "", "1/day"), (0..200).map(|i| i % 100).collect(), 99)?;
/// let svg = RankPlot::new(RankView::EcdfDifference, &[ranks]).title("n = 10").to_svg()?;
/// assert!(svg.starts_with("<svg "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RankPlot {
    pub(super) view: RankView,
    pub(super) ranks: Vec<Ranks>,
    pub(super) title: String,
    pub(super) level: f64,
}

impl RankPlot {
    /// A plot of these ranks with bands of level 0.95 (histograms: 0.99 for each bar).
    pub fn new(view: RankView, ranks: &[Ranks]) -> Self {
        let level = if view == RankView::Histogram { 0.99 } else { 0.95 };
        Self { view, ranks: ranks.to_vec(), title: String::new(), level }
    }

    /// Puts a title above the plot.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// The level of the bands.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// The picture.
    ///
    /// # Errors
    /// [`PlotError::NoSeries`] without ranks; [`PlotError::Level`].
    pub fn to_svg(&self) -> Result<String, PlotError> {
        if self.ranks.is_empty() {
            return Err(PlotError::NoSeries);
        }
        let sheet = Sheet::new(self).map_err(|error| match error {
            MetricError::InvalidLevel { level } => PlotError::Level { level },
            other => unreachable!("ranks are checked: {other}"),
        })?;
        Ok(sheet.to_svg())
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
    use crate::model::Label;

    fn ranks(name: &str, value: impl Fn(u32) -> u32) -> Ranks {
        Ranks::new(Label::scalar(name, "", "mV"), (0..500).map(value).collect(), 99).expect("valid")
    }

    #[test]
    fn every_view_draws_every_panel_and_marks_what_is_outside() {
        let even = ranks("even <&>", |i| i % 100);
        let low = ranks("low", |i| i % 60);
        for view in [RankView::Histogram, RankView::EcdfDifference, RankView::Coverage] {
            let plot = RankPlot::new(view, &[even.clone(), low.clone()]).title("Two \"quantities\"");
            let svg = plot.to_svg().expect("drawn");
            assert_eq!(svg, plot.to_svg().expect("drawn"));
            assert_eq!(svg.matches("<svg class=\"panel\"").count(), 2, "{view:?}");
            assert!(svg.contains("even &lt;&amp;&gt; [mV]") && svg.contains("Two &quot;quantities&quot;"));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{view:?}");
            // Only the second panel has anything to mark.
            let panels: Vec<&str> = svg.split("<svg class=\"panel\"").skip(1).collect();
            assert!(!panels[0].contains("class=\"outside\""), "{view:?}");
            assert!(panels[1].contains("class=\"outside\""), "{view:?}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(RankPlot::new(RankView::Coverage, &[]).to_svg(), Err(PlotError::NoSeries));
        let plot = RankPlot::new(RankView::Coverage, &[ranks("a", |i| i % 100)]).level(1.0);
        assert_eq!(plot.to_svg(), Err(PlotError::Level { level: 1.0 }));
    }
}
