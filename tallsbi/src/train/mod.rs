//! Train a network on simulations: batches, optimiser, averaged weights, early stopping.

mod batch;
mod optimiser;
mod options;
mod trainer;

pub use batch::TrainingSet;
pub use options::{LearningRate, LossWeight, Optimiser, Times, TrainOptions};
pub use trainer::{Epoch, TrainError, TrainingReport, train};
