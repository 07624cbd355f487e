//! Walk the named tensors of a dfdx module: read them, write them, build a module from them, reach their gradients.

use std::convert::Infallible;

use dfdx::{
    nn::{
        RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName, ViewTensorRef,
    },
    shapes::{HasShape, Shape},
    tensor::{Cpu, CpuError, Gradients, NoneTape, SplitTape, Tape, Tensor, TensorFromVec},
    tensor_ops::ReshapeTo,
};

use super::{engine::NamedTensor, error::NetworkError};

/// A module whose parameters live on the CPU in f32.
pub(crate) trait Parameters: TensorCollection<f32, Cpu, To<f32, Cpu> = Self> {}
impl<Mod: TensorCollection<f32, Cpu, To<f32, Cpu> = Self>> Parameters for Mod {}

/// Finds the gradient of one tensor, allocating it where there is none.
type GradientOf = Box<dyn for<'g> Fn(&'g mut Gradients<f32, Cpu>) -> Result<&'g mut [f32], CpuError> + Send>;

/// One trainable tensor of a module. Holds the tensor, so that its gradient can be found when a tape runs.
pub(crate) struct Parameter {
    /// Number of its values.
    pub(crate) len: usize,
    /// Its gradient.
    pub(crate) gradient: GradientOf,
}

/// The trainable parameters of a module and their values, one after the other.
#[derive(Default)]
pub(crate) struct Trainable<T = NoneTape> {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) weights: Vec<f32>,
    /// What made permuted or broadcast tensors contiguous; nothing where all of them were.
    pub(crate) tape: T,
}

impl<T: Tape<f32, Cpu>> Trainable<T> {
    /// Reads them from `module`.
    ///
    /// # Errors
    /// dfdx could not copy a tensor.
    pub(crate) fn of<Mod: Parameters>(module: &Mod) -> Result<Self, NetworkError> {
        let mut trainable = Self { parameters: Vec::new(), weights: Vec::new(), tape: T::default() };
        Mod::iter_tensors(&mut RecursiveWalker { m: module, f: &mut trainable })?;
        Ok(trainable)
    }
}

/// Adds flat gradients (in the order of the weights) to those of the tensors.
pub(crate) fn add_gradients(
    parameters: &[Parameter],
    flat: &[f32],
    gradients: &mut Gradients<f32, Cpu>,
) -> Result<(), CpuError> {
    let mut rest = flat;
    for parameter in parameters {
        let (here, after) = rest.split_at(parameter.len);
        (parameter.gradient)(gradients)?.iter_mut().zip(here).for_each(|(sum, value)| *sum += value);
        rest = after;
    }
    Ok(())
}

/// Adds the gradients of the tensors to flat ones.
pub(crate) fn take_gradients(
    parameters: &[Parameter],
    gradients: &mut Gradients<f32, Cpu>,
    flat: &mut [f32],
) -> Result<(), CpuError> {
    let mut rest = flat;
    for parameter in parameters {
        let (here, after) = rest.split_at_mut(parameter.len);
        here.iter_mut().zip((parameter.gradient)(gradients)?.iter()).for_each(|(sum, value)| *sum += value);
        rest = after;
    }
    Ok(())
}

impl<T: Tape<f32, Cpu>> TensorVisitor<f32, Cpu> for Trainable<T> {
    type Viewer = ViewTensorRef;
    type Err = NetworkError;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Cpu>,
        tensor: &Tensor<S, f32, Cpu>,
    ) -> Result<Option<Tensor<S, f32, Cpu>>, NetworkError> {
        if options.do_gradient_update {
            let (tensor, tape) = tensor.retaped::<T>().try_contiguous()?.split_tape();
            self.tape = std::mem::take(&mut self.tape).merge(tape);
            let values = tensor.as_vec();
            self.weights.extend_from_slice(&values);
            self.parameters.push(Parameter {
                len: values.len(),
                gradient: Box::new(move |gradients| Ok(gradients.get_or_alloc_mut(&tensor)?.as_mut_slice())),
            });
        }
        Ok(None)
    }
}

/// All tensors of a module by name, those that are not trained too.
pub(crate) fn tensors<Mod: Parameters>(module: &Mod) -> Vec<NamedTensor> {
    struct Reader(Vec<NamedTensor>);
    impl TensorVisitor<f32, Cpu> for Reader {
        type Viewer = (ViewTensorRef, ViewTensorName);
        type Err = Infallible;
        type E2 = f32;
        type D2 = Cpu;

        fn visit<S: Shape>(
            &mut self,
            _: TensorOptions<S, f32, Cpu>,
            (tensor, name): (&Tensor<S, f32, Cpu>, String),
        ) -> Result<Option<Tensor<S, f32, Cpu>>, Infallible> {
            let shape = tensor.shape().concrete().into_iter().collect();
            self.0.push(NamedTensor { name, shape, values: tensor.as_vec() });
            Ok(None)
        }
    }
    let mut reader = Reader(Vec::new());
    let Ok(_) = Mod::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut reader });
    reader.0
}

/// Name and shape of all tensors of a type of module, of which none is built.
pub(crate) fn shapes<Mod: Parameters>() -> Result<Vec<(String, Vec<usize>)>, NetworkError> {
    struct Lister(Vec<(String, Vec<usize>)>);
    impl TensorVisitor<f32, Cpu> for Lister {
        type Viewer = ViewTensorName;
        type Err = NetworkError;
        type E2 = f32;
        type D2 = Cpu;

        fn visit<S: Shape>(
            &mut self,
            options: TensorOptions<S, f32, Cpu>,
            name: String,
        ) -> Result<Option<Tensor<S, f32, Cpu>>, NetworkError> {
            self.0.push((name, options.shape.concrete().into_iter().collect()));
            Ok(None)
        }
    }
    let mut lister = Lister(Vec::new());
    Mod::iter_tensors(&mut RecursiveWalker { m: String::new(), f: &mut lister })?;
    Ok(lister.0)
}

/// Replaces the trainable tensors of a module by flat weights, in the order of [`Trainable`].
pub(crate) fn write<Mod: Parameters>(module: &mut Mod, weights: &[f32]) -> Result<(), NetworkError> {
    struct Writer<'w>(&'w [f32]);
    impl TensorVisitor<f32, Cpu> for Writer<'_> {
        type Viewer = ViewTensorMut;
        type Err = NetworkError;
        type E2 = f32;
        type D2 = Cpu;

        fn visit<S: Shape>(
            &mut self,
            options: TensorOptions<S, f32, Cpu>,
            tensor: &mut Tensor<S, f32, Cpu>,
        ) -> Result<Option<Tensor<S, f32, Cpu>>, NetworkError> {
            if options.do_gradient_update {
                let shape = *tensor.shape();
                let (here, after) = self.0.split_at(shape.num_elements());
                *tensor = tensor.device().try_tensor_from_vec(here.to_vec(), shape)?;
                self.0 = after;
            }
            Ok(None)
        }
    }
    Mod::iter_tensors(&mut RecursiveWalker { m: module, f: &mut Writer(weights) })?;
    Ok(())
}

/// Builds a module from stored tensors, all of them, without drawing from any random number generator.
///
/// # Errors
/// A tensor is missing or has another shape.
pub(crate) fn build<Mod: Parameters>(tensors: &[NamedTensor]) -> Result<Mod, NetworkError> {
    struct Builder<'t> {
        tensors: &'t [NamedTensor],
        device: Cpu,
    }
    impl TensorVisitor<f32, Cpu> for Builder<'_> {
        type Viewer = ViewTensorName;
        type Err = NetworkError;
        type E2 = f32;
        type D2 = Cpu;

        fn visit<S: Shape>(
            &mut self,
            options: TensorOptions<S, f32, Cpu>,
            name: String,
        ) -> Result<Option<Tensor<S, f32, Cpu>>, NetworkError> {
            let stored = self.tensors.iter().find(|tensor| tensor.name == name);
            let stored = stored.ok_or_else(|| NetworkError::Missing { name: name.clone() })?;
            let expected: Vec<usize> = options.shape.concrete().into_iter().collect();
            if stored.shape != expected || stored.values.len() != options.shape.num_elements() {
                return Err(NetworkError::Shape { name, found: stored.shape.clone(), expected });
            }
            Ok(Some(self.device.try_tensor_from_vec(stored.values.clone(), options.shape)?))
        }
    }
    let mut builder = Builder { tensors, device: Cpu::default() };
    let module = Mod::iter_tensors(&mut RecursiveWalker { m: String::new(), f: &mut builder })?;
    module.ok_or_else(|| NetworkError::Module { reason: "it could not be built from its tensors".to_owned() })
}
