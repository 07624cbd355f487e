//! Show progress on a terminal; nothing where standard error is not one, or without the `progress` feature.

use crate::train::Epoch;

/// A progress bar, or nothing.
#[derive(Debug)]
pub(crate) struct Progress {
    #[cfg(feature = "progress")]
    bar: Option<indicatif::ProgressBar>,
}

#[cfg(feature = "progress")]
impl Progress {
    pub(crate) fn new(what: &'static str, total: usize, quiet: bool) -> Self {
        use std::io::IsTerminal;
        let visible = !quiet && std::io::stderr().is_terminal();
        let bar = visible.then(|| {
            let style = indicatif::ProgressStyle::with_template("{prefix:>12} {bar:30} {pos}/{len} {elapsed} {msg}")
                .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
            indicatif::ProgressBar::new(total as u64).with_style(style).with_prefix(what)
        });
        Self { bar }
    }

    pub(crate) fn set(&self, done: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
        }
    }

    pub(crate) fn epoch(&self, epoch: usize, losses: &Epoch) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("loss {:.4}, validation {:.4}", losses.training, losses.validation));
            bar.set_position(epoch as u64);
        }
    }
}

#[cfg(feature = "progress")]
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}

#[cfg(not(feature = "progress"))]
impl Progress {
    pub(crate) fn new(_: &'static str, _: usize, _: bool) -> Self {
        Self {}
    }
    pub(crate) fn set(&self, _: usize) {}
    pub(crate) fn epoch(&self, _: usize, _: &Epoch) {}
}
