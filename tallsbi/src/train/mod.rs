//! Train a network on simulations: batches, optimiser, averaged weights, early stopping.

mod batch;
mod complete;
mod cross_fit;
mod head;
mod objective;
mod optimiser;
mod options;
mod score;
mod trainer;

pub use batch::{Batch, TrainingSet};
pub use complete::CompleteData;
pub(crate) use cross_fit::check_folds;
pub use cross_fit::{FittedHead, fit_head};
pub use head::{HeadBlock, HeadObjective, baselines, baselines_into, head_outputs};
pub use objective::Objective;
pub use options::{HEAD_WIDTH, LearningRate, Optimiser, Times, TrainOptions};
pub use score::{Baselines, ScoreObjective, ScoreScratch};
pub(crate) use trainer::check;
pub use trainer::{Epoch, TrainError, TrainingReport, train};
