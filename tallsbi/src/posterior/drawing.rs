//! Draw given factors: compose their scores, integrate, say what happened. It names a network and a prior, and no model.

use std::{ops::ControlFlow, time::Instant};

use super::{
    DrawsReport, NetworkPilot, NetworkScores, Result, progress::Progress, report::short_type_name, strays::strays,
};
use crate::{
    compose::{Composed, Composer, Composition, DiffusedPrior},
    net::ScoreEngine,
    sample::{DriveOptions, SamplingPlan, drive},
};

/// What draws are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawRequest {
    /// How many.
    pub(crate) draws: usize,
    /// The smallest standard deviation that the posterior may have, latent coordinates, where known.
    pub(crate) narrowest: Option<f64>,
    /// No progress bar.
    pub(crate) quiet: bool,
}

/// The finite draws in natural units (`to_natural` of latent ones), and what happened; every factor counts as one observation.
pub(crate) fn draw<E, P, C, A, const M: usize>(
    pilot: &NetworkPilot<'_, E, P, M>,
    composer: &C,
    plan: &A,
    request: &DrawRequest,
    to_natural: &dyn Fn(&[f64; M]) -> Result<[f64; M]>,
) -> Result<(Vec<[f64; M]>, DrawsReport)>
where
    E: ScoreEngine,
    P: DiffusedPrior<M>,
    C: for<'x> Composer<M, P, NetworkScores<'x, E, P, M>>,
    A: SamplingPlan<M>,
{
    let start = Instant::now();
    let DrawRequest { draws, narrowest, quiet } = *request;
    let n = pilot.sizes.len();
    let composition = composer.prepare(pilot.prior, pilot)?;
    let local = pilot.scores()?;
    let score = Composed { composition: &composition, prior: pilot.prior, local: &local };
    let levels = plan.levels(&pilot.schedule, narrowest)?;
    let progress = Progress::new("sampling", draws, quiet);
    let report_progress = |done: usize, total: usize| {
        progress.set(done * draws / total.max(1));
        ControlFlow::Continue(())
    };
    let options = DriveOptions {
        draws,
        seed: pilot.seed,
        block: pilot.engine.block(draws, n),
        start_scale: 1.0,
        progress: Some(&report_progress),
    };
    let driven = drive(&score, &plan.sampler(n), &levels, &options)?;
    let rows = driven.draws.iter().map(to_natural).collect::<Result<_>>()?;
    let composed = composition.report();
    let report = DrawsReport {
        n_observations: n,
        asked: draws,
        non_finite: driven.non_finite.len(),
        strays: strays(&driven.draws),
        clipped_components: driven.clipped_components,
        floored_directions: composed.floored_directions,
        examined_directions: composed.examined_directions,
        seconds: start.elapsed().as_secs_f64(),
        seed: pilot.seed,
        method: format!("{}, {}", short_type_name::<C>(), short_type_name::<A>()),
    };
    Ok((rows, report))
}
