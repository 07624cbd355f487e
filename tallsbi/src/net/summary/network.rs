//! Name summary networks as types, and put one in front of a built-in network.

use std::marker::PhantomData;

use super::{
    super::{
        activation::Activation,
        engine::{NamedTensor, ScoreNetwork},
        error::NetworkError,
        fused_engine::FusedEngine,
        mlp::Mlp,
        set_mlp::SetMlp,
        shape::NetworkShape,
    },
    attention::HEADS,
    shape::{SummaryKind, SummaryShape, seen},
};
use crate::{
    dataset::FEATURES,
    model::{Sequence, Stream, are_components, components_of, have_one_length},
};

/// A type of network that summarises the series of an observation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not summarise a series",
    note = "use `Gru<O>`, `Conv1d<O>`, `Transformer<O>`, `DeepSets<O>` or `SetTransformer<O>` of an observation `O` with a series"
)]
pub trait SummaryNetwork: Sized + 'static {
    /// Components of an observation that it reads: steps × channels.
    const SERIES: usize;
    /// Numbers that it makes of them, a multiple of [`FEATURES`].
    const SUMMARIES: usize;

    /// Its shape for observations of `components` components: those beyond the series are beside it.
    fn shape(components: usize) -> SummaryShape;
}

/// A built-in network of sets or single observations, which can stand behind a summary.
#[diagnostic::on_unimplemented(
    message = "a summary cannot stand in front of `{Self}`",
    note = "use `Mlp<M, D>` or `SetMlp<M, D, N_MAX>`, with D = `summarised::<Summary>(components)`"
)]
pub trait FusedNetwork: Sized + 'static {
    /// Largest set of observations seen at once.
    const N_MAX: usize;
    /// Parameters M.
    const PARAMETERS: usize;
    /// Components D of what it sees.
    const OBSERVATION: usize;

    /// Its shape.
    fn shape() -> NetworkShape;
}

impl<const M: usize, const D: usize, const H: usize, const DEPTH: usize, const F: usize, A: Activation> FusedNetwork
    for Mlp<M, D, H, DEPTH, F, A>
{
    const N_MAX: usize = 1;
    const PARAMETERS: usize = M;
    const OBSERVATION: usize = D;

    fn shape() -> NetworkShape {
        Self::shape()
    }
}

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const H: usize,
    const DEPTH: usize,
    const W: usize,
    const F: usize,
    A: Activation,
> FusedNetwork for SetMlp<M, D, N_MAX, H, DEPTH, W, F, A>
{
    const N_MAX: usize = N_MAX;
    const PARAMETERS: usize = M;
    const OBSERVATION: usize = D;

    fn shape() -> NetworkShape {
        Self::shape()
    }
}

/// Components that a network behind the summary `S` sees of observations of `components`: those beside the series, and a third of the summaries.
pub const fn summarised<S: SummaryNetwork>(components: usize) -> usize {
    seen(components, S::SERIES, S::SUMMARIES)
}

/// The width of a summary network's layers, unless said otherwise.
pub const SUMMARY_WIDTH: usize = 32;
/// The numbers that a summary network makes of a series, unless said otherwise.
pub const SUMMARIES: usize = 48;

macro_rules! summary_networks {
    ($($(#[$doc:meta])* $name:ident $(in $heads:ident)?),* $(,)?) => {
        $(
            $(#[$doc])*
            ///
            /// `O` is the observation that the simulator returns ([`Sequence`]), `WIDTH` the width of the layers, `SUMMARIES` the
            /// numbers given to the network behind, a multiple of 3.
            #[derive(Clone, Copy, Debug, Default)]
            pub struct $name<O, const WIDTH: usize = SUMMARY_WIDTH, const SUMMARIES: usize = { self::SUMMARIES }>(PhantomData<fn() -> O>);

            impl<O: Sequence + 'static, const WIDTH: usize, const SUMMARIES: usize> SummaryNetwork
                for $name<O, WIDTH, SUMMARIES>
            {
                const SERIES: usize = components_of(O::CHANNELS);
                const SUMMARIES: usize = SUMMARIES;

                fn shape(components: usize) -> SummaryShape {
                    const {
                        assert!(Self::SERIES > 0, "a summary reads a series: an observation with an array of steps");
                        assert!(have_one_length(O::CHANNELS), "the channels of a series have one length");
                        assert!(
                            are_components(O::CHANNELS, O::DIM),
                            "the channels of a series are components of the observation, each at most once"
                        );
                        assert!(WIDTH > 0, "a summary network has at least one unit: choose a width of 1 or more");
                        assert!(
                            SUMMARIES > 0 && SUMMARIES % FEATURES == 0,
                            "summaries are seen in threes, as the features of components are: choose 3, 6, 9, ..."
                        );
                        $(assert!(WIDTH % $heads == 0, "four heads share the width: choose a multiple of 4");)?
                    }
                    let (kind, channels) = (SummaryKind::$name, O::CHANNELS.to_vec());
                    SummaryShape { kind, components, channels, width: WIDTH, summaries: SUMMARIES }
                }
            }
        )*
    };
}

summary_networks! {
    /// A gated recurrent unit (Cho et al., arXiv:1406.1078): step after step, its last state and the mean of all. For series whose
    /// order matters at any distance.
    Gru,
    /// Convolutions of width 5 and stride 2 along the steps until at most 4 are left, and their mean. For long series whose pattern is local; the fastest.
    Conv1d,
    /// Two blocks of attention between the steps with their places (Vaswani et al., arXiv:1706.03762), or between patches of them beyond 64 steps, and
    /// the mean. For series in which far steps belong together.
    Transformer in HEADS,
    /// One function of every step, and its mean (Zaheer et al., arXiv:1703.06114). For points without an order.
    DeepSets,
    /// Attention between steps without places, and the mean (after Lee et al., arXiv:1810.00825). For points without an order that mean something together.
    SetTransformer in HEADS,
}

/// The built-in network `N` behind the summary network `S`, trained together: it sees the summaries in place of the series,
/// and everything else of an observation as ever.
///
/// `N` has the parameters of the model and `summarised::<S>(D)` components, for observations of D. The Gaussian head gets a summary network of its own,
/// of the same shape. At sampling, an observation is summarised once.
///
/// ```
/// use tallsbi::net::{Gru, Mlp, ScoreNetwork, Summarised, summarised};
///
/// // Two parameters, a series of 50 steps and nothing else.
/// type Summary = Gru<[f32; 50]>;
/// type Network = Summarised<Summary, Mlp<2, { summarised::<Summary>(50) }>>;
/// let engine = <Network as ScoreNetwork<2, 50>>::initialise(&mut tallsbi::model::stream(1, "network", 0))?;
/// # let _ = engine;
/// # Ok::<(), tallsbi::net::NetworkError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Summarised<S, N>(PhantomData<fn() -> (S, N)>);

impl<S: SummaryNetwork, N: FusedNetwork> Summarised<S, N> {
    fn shapes<const M: usize, const D: usize>() -> (NetworkShape, SummaryShape) {
        const {
            assert!(N::PARAMETERS == M, "the network behind a summary has the parameters of the model");
            assert!(S::SERIES <= D, "a summary reads components of the model's observation");
            assert!(
                N::OBSERVATION == summarised::<S>(D),
                "the network behind a summary sees `summarised::<S>(D)` components"
            );
        }
        (N::shape(), S::shape(D))
    }
}

impl<S: SummaryNetwork, N: FusedNetwork, const M: usize, const D: usize> ScoreNetwork<M, D> for Summarised<S, N> {
    const N_MAX: usize = N::N_MAX;
    type Engine = FusedEngine;

    fn describe() -> Result<serde_json::Value, NetworkError> {
        let (shape, summary) = Self::shapes::<M, D>();
        let mut description = shape.describe();
        description["summary"] = serde_json::json!(summary);
        Ok(description)
    }

    fn initialise(rng: &mut Stream) -> Result<FusedEngine, NetworkError> {
        let (shape, summary) = Self::shapes::<M, D>();
        Ok(FusedEngine::initialise_behind(shape, Some(summary), rng))
    }

    fn restore(tensors: &[NamedTensor]) -> Result<FusedEngine, NetworkError> {
        let (shape, summary) = Self::shapes::<M, D>();
        FusedEngine::from_tensors_behind(shape, Some(summary), tensors)
    }

    fn summary() -> Option<SummaryShape> {
        Some(Self::shapes::<M, D>().1)
    }
}
