//! Show draws and calibration: a summary table, CSV files, plots, and all of it as one HTML page.

mod atomic;
mod axis;
mod check_plot;
mod contour;
mod csv;
mod density;
mod draw;
mod evidence;
mod graph_layout;
mod graph_plot;
mod group_draw;
mod group_plot;
mod html;
mod inference_data;
mod line_draw;
mod line_plot;
#[cfg(feature = "netcdf")]
mod netcdf;
mod npy;
mod page;
mod pair_legend;
mod pair_plot;
mod rank_draw;
mod rank_plot;
mod sections;
mod summary;
mod svg;
mod warnings;
mod words;
mod zarr;

pub(crate) use atomic::{unreadable, write_atomically};
pub use check_plot::CheckPlot;
pub use csv::{CsvError, Table, read_columns, read_csv, write_columns, write_csv};
pub(crate) use graph_plot::graph_svg;
pub use group_plot::{GroupPlot, GroupView};
pub use inference_data::InferenceData;
pub use line_plot::LinePlot;
pub use npy::{ExportError, write_npy};
pub(crate) use page::ModelFacts;
pub use page::Report;
pub use pair_plot::{PairPlot, PlotError};
pub use rank_plot::{RankPlot, RankView};
pub(crate) use summary::quantile;
pub use summary::{ComponentSummary, Summary};
