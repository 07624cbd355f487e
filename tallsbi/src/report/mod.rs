//! Show draws and calibration: a summary table, CSV files, a pair plot and plots of ranks.

mod atomic;
mod axis;
mod contour;
mod csv;
mod density;
mod draw;
mod pair_plot;
mod rank_draw;
mod rank_plot;
mod summary;
mod svg;

pub(crate) use atomic::write_atomically;
pub use csv::{CsvError, Table, read_columns, read_csv, write_columns, write_csv};
pub use pair_plot::{PairPlot, PlotError};
pub use rank_plot::{RankPlot, RankView};
pub use summary::{ComponentSummary, Summary};
