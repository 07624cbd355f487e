//! Count allocations: nothing is allocated in the training loop once the first epoch has made its buffers.

mod counting;

use std::{hint::black_box, ops::ControlFlow, ops::Range};

use tallsbi::{
    dataset::FEATURES,
    diffusion::{GaussianBaseline, Parameterisation, Schedule},
    model::{Stream, stream},
    net::{FeatureSource, Inputs, NamedTensor, NetworkError, OutputSink, Precision, ScoreEngine},
    train::{
        Baselines, Batch, CompleteData, HeadObjective, Objective, ScoreObjective, TrainOptions, TrainingSet, baselines,
        head_outputs, train,
    },
};

const M: usize = 2;
const D: usize = 3;
const EPOCHS: usize = 4;

/// One affine layer over all that a row brings. A built-in network would count what `matrixmultiply` packs.
#[derive(Clone, Debug)]
struct Affine {
    weights: Vec<f32>,
    outputs: usize,
}

impl Affine {
    fn new(inputs: usize, outputs: usize) -> Self {
        Self { weights: (0..(inputs + 1) * outputs).map(|i| 0.05 * (i as f32).sin()).collect(), outputs }
    }

    /// The numbers of row `r`, and 1.
    fn row<'a>(inputs: &Inputs<'a>, r: usize) -> impl Iterator<Item = f32> + 'a {
        let rows = inputs.rows();
        let part = |values: &'a [f32]| &values[r * (values.len() / rows)..(r + 1) * (values.len() / rows)];
        part(inputs.theta).iter().chain(part(inputs.observations)).copied().chain([1.0])
    }
}

impl ScoreEngine for Affine {
    type Training = ();
    type Inference = ();
    type Bound = ();

    fn slot_width(&self) -> usize {
        FEATURES * D
    }
    fn weights(&self) -> &[f32] {
        &self.weights
    }
    fn update_weights(&mut self, change: &mut dyn FnMut(&mut [f32])) -> Result<(), NetworkError> {
        change(&mut self.weights);
        Ok(())
    }
    fn tensors(&self) -> Vec<NamedTensor> {
        vec![NamedTensor { name: "all".to_owned(), shape: vec![self.weights.len()], values: self.weights.clone() }]
    }
    fn forward(&self, inputs: &Inputs<'_>, (): &mut (), out: &mut [f32]) -> Result<(), NetworkError> {
        for (r, out) in out.chunks_exact_mut(self.outputs).enumerate() {
            out.fill(0.0);
            for (x, weights) in Self::row(inputs, r).zip(self.weights.chunks_exact(self.outputs)) {
                out.iter_mut().zip(weights).for_each(|(out, weight)| *out += x * weight);
            }
        }
        Ok(())
    }
    fn backward(
        &self,
        inputs: &Inputs<'_>,
        (): &mut (),
        d_out: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), NetworkError> {
        for (r, d_out) in d_out.chunks_exact(self.outputs).enumerate() {
            for (x, gradient) in Self::row(inputs, r).zip(gradient.chunks_exact_mut(self.outputs)) {
                gradient.iter_mut().zip(d_out).for_each(|(gradient, d)| *gradient += x * d);
            }
        }
        Ok(())
    }
    fn bind(&self, _: &[f32], _: &[u32], _: Precision) -> Result<(), NetworkError> {
        Ok(())
    }
    fn select(&self, (): &(), _: &[u32], (): &mut ()) {}
    fn evaluate(
        &self,
        (): &(),
        _: f64,
        _: usize,
        (): &mut (),
        _: &mut FeatureSource<'_>,
        _: &mut OutputSink<'_>,
    ) -> Result<(), NetworkError> {
        Err(NetworkError::NoNullContext)
    }
}

/// Negative control: one allocation for every batch.
struct Allocating<O>(O);

impl<O: Objective> Objective for Allocating<O> {
    type Scratch = O::Scratch;

    fn set(&self) -> &TrainingSet {
        self.0.set()
    }
    fn outputs(&self) -> usize {
        self.0.outputs()
    }
    fn fill(
        &self,
        rows: &[u32],
        options: &TrainOptions,
        rng: &mut Stream,
        scratch: &mut O::Scratch,
        batch: &mut Batch,
    ) -> Result<(), NetworkError> {
        black_box(Vec::<u8>::with_capacity(1));
        self.0.fill(rows, options, rng, scratch, batch)
    }
    fn loss_gradient(&self, batch: &Batch, rows: Range<usize>, scale: f32, out: &mut [f32]) -> f64 {
        self.0.loss_gradient(batch, rows, scale, out)
    }
}

/// Allocations between the ends of the first and the last epoch, validation included.
fn counted<O: Objective>(objective: &O, engine: &mut Affine) -> u64 {
    let mut options = TrainOptions::default();
    (options.epochs, options.patience, options.batch, options.null_share) = (EPOCHS, EPOCHS, 200, 0.1);
    let mut seen = Vec::with_capacity(EPOCHS);
    let report = train(engine, objective, &options, 1, &mut |_, _| {
        seen.push(counting::allocations());
        ControlFlow::Continue(())
    });
    assert_eq!(report.expect("trained").epochs.len(), EPOCHS);
    seen[EPOCHS - 1] - seen[0]
}

fn set(slots: usize) -> TrainingSet {
    use rand::RngExt;
    const ROWS: usize = 1_500;
    let mut rng = stream(1, "set", 0);
    let mut numbers = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
    let (theta, x) = (numbers(ROWS * M), numbers(ROWS * slots * FEATURES * D));
    TrainingSet { parameters: M, observation: D, slots, theta, x, scores: Vec::new() }
}

fn score<'a>(set: &'a TrainingSet, baselines: Baselines<'a, Affine, M>) -> ScoreObjective<'a, Affine, M> {
    let parameterisation = match baselines {
        Baselines::Absent => Parameterisation::Noise,
        _ => Parameterisation::default(),
    };
    ScoreObjective { set, schedule: Schedule::default(), parameterisation, baselines, complete: None }
}

// One test and one thread, so that nobody else allocates meanwhile and rayon hands no work over.
#[test]
fn the_training_loop_does_not_allocate() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(|| {
        let (single, sets) = (set(1), set(3));
        let mut head = Affine::new(FEATURES * D, head_outputs(M));
        assert_eq!(counted(&HeadObjective::<M> { set: &single }, &mut head), 0, "head");

        let sizes = vec![1; single.rows()];
        let fixed: Vec<GaussianBaseline<M>> = baselines(&head, &single.x, &sizes).expect("baselines");
        let mut engine = Affine::new(2 * M + FEATURES * D, M);
        assert_eq!(counted(&score(&single, Baselines::Absent), &mut engine), 0, "no baseline");
        assert_eq!(counted(&score(&single, Baselines::Fixed(&fixed)), &mut engine), 0, "single observations");

        let head = Affine::new(3 * FEATURES * D, head_outputs(M));
        let mut engine = Affine::new(3 * M + 3 * FEATURES * D, M);
        assert_eq!(counted(&score(&sets, Baselines::Head(&head)), &mut engine), 0, "sets");

        let scored = TrainingSet { scores: sets.theta.clone(), ..sets };
        let complete = CompleteData::fit(&scored).expect("scores");
        let objective = ScoreObjective { complete: Some(&complete), ..score(&scored, Baselines::Head(&head)) };
        assert_eq!(counted(&objective, &mut engine), 0, "sets with complete-data scores");

        let steps = (EPOCHS - 1) * (single.rows() * 9 / 10 / 200);
        let control = Allocating(score(&single, Baselines::Absent));
        let mut engine = Affine::new(2 * M + FEATURES * D, M);
        assert!(counted(&control, &mut engine) >= steps as u64, "the count sees an allocation per step");
    });
}
