//! The intermediate representation: what a declaration says, each node with the tokens it came from.

use std::fmt;

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::{Expr, ItemFn, ItemMod, Type, Visibility};

use crate::family::Family;
use crate::paths::Paths;

/// What a derive declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Parameters,
    Observation,
    Design,
}

/// A struct of named real components.
pub(crate) struct Record {
    pub(crate) role: Role,
    pub(crate) ident: Ident,
    pub(crate) paths: Paths,
    pub(crate) fields: Vec<Field>,
}

impl Record {
    /// The arrays with `#[exchangeable]`, each with its place among the fields.
    pub(crate) fn exchangeable(&self) -> impl Iterator<Item = (usize, &Field)> {
        self.fields.iter().enumerate().filter(|(_, field)| field.exchangeable)
    }
}

/// One named field: a scalar or an array of one kind of float.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    /// Without `r#`.
    pub(crate) name: String,
    pub(crate) float: Float,
    pub(crate) shape: Shape,
    pub(crate) description: String,
    pub(crate) unit: String,
    pub(crate) draw: Slot<Draw>,
    pub(crate) transform: Slot<Transform>,
    /// `#[exchangeable]`: its components are one each of points whose order tells nothing.
    pub(crate) exchangeable: bool,
}

/// What an attribute of a field said.
pub(crate) enum Slot<T> {
    /// There is no such attribute.
    Missing,
    /// There is one, and its error is reported.
    Broken,
    Given(T),
}

impl<T> Slot<T> {
    pub(crate) fn given(&self) -> Option<&T> {
        if let Self::Given(value) = self { Some(value) } else { None }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Float {
    F32,
    F64,
}

pub(crate) enum Shape {
    Scalar,
    /// `literal` is the length where it is a literal.
    Array {
        length: Expr,
        literal: Option<usize>,
    },
}

/// `#[transform(log)]`
pub(crate) struct Transform {
    /// The variant of `tallsbi::model::Transform`.
    pub(crate) variant: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the printer"))]
    pub(crate) original: Ident,
}

/// `Family(arguments)`
pub(crate) struct Draw {
    pub(crate) family: &'static Family,
    pub(crate) family_ident: Ident,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) original: TokenStream,
}

/// One argument of a family.
pub(crate) struct Argument {
    pub(crate) original: Expr,
    /// With the names of earlier fields replaced by the locals that hold their values.
    pub(crate) resolved: Expr,
    /// Indices of the earlier fields it names, in order of appearance.
    pub(crate) names: Vec<usize>,
    /// The field itself and later fields where it names them, which is refused.
    pub(crate) not_yet: Vec<(usize, Ident)>,
    /// Fields of ancestors it names: index of the ancestor, and the field.
    pub(crate) ancestors: Vec<(usize, String)>,
    /// Contains a call or a macro, so that it may not be constant.
    pub(crate) run_time: bool,
}

/// `#[summary(Gru, width = 64)]`
pub(crate) struct Summary {
    /// The type of `tallsbi::net`.
    pub(crate) network: &'static str,
    pub(crate) width: Option<usize>,
    pub(crate) summaries: Option<usize>,
    pub(crate) original: syn::Attribute,
}

/// A function with `#[simulator]`.
pub(crate) struct Simulator {
    pub(crate) function: ItemFn,
    /// The generated unit struct.
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) paths: Paths,
    pub(crate) network: Option<Type>,
    pub(crate) summary: Slot<Summary>,
    /// Outermost first. Independent observations are one plate; hierarchies nest.
    pub(crate) plates: Vec<Plate>,
    pub(crate) signature: Signature,
}

/// What the function's arguments say, as far as they could be read.
pub(crate) struct Signature {
    pub(crate) parameters: Option<Type>,
    pub(crate) design: Option<Type>,
    pub(crate) output: Option<Type>,
}

/// A level of repetition.
pub(crate) struct Plate {
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the printer; hierarchies will name it"))]
    pub(crate) name: String,
    /// Index of the plate that encloses it.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the printer; hierarchies will name it"))]
    pub(crate) parent: Option<usize>,
    pub(crate) kind: PlateKind,
}

pub(crate) enum PlateKind {
    /// Independent, identically distributed observations given the parameters; the network sees up to `n_max` at once.
    Iid { n_max: usize },
}

/// A module with `#[simulator]`: what could be read of it.
pub(crate) struct Hierarchy {
    /// The user's items as they are emitted: without the attributes of the language, visible beside the module.
    pub(crate) module: ItemMod,
    /// The generated unit struct.
    pub(crate) name: Ident,
    /// Of what is generated, seen from inside the module.
    pub(crate) inside: Visibility,
    pub(crate) paths: Paths,
    pub(crate) global: Option<Level>,
    /// What is known of a group.
    pub(crate) design: Option<Level>,
    /// One or two, outermost first.
    pub(crate) locals: Vec<Level>,
    /// One for each kind that is observed in the innermost groups, as declared.
    pub(crate) observes: Vec<Observe>,
    /// What is observed of whole groups that have groups in them; at most one is allowed.
    pub(crate) wholes: Vec<Observe>,
    pub(crate) derived: Vec<Derived>,
}

/// A function with `#[derived]`.
pub(crate) struct Derived {
    pub(crate) function: ItemFn,
    pub(crate) description: String,
    pub(crate) unit: String,
    /// The levels it is given, in the user's order, counted from the global one; `None` where one could not be read.
    pub(crate) levels: Option<Vec<usize>>,
}

impl Derived {
    /// The innermost level it depends on.
    pub(crate) fn level(&self) -> usize {
        self.levels.iter().flatten().copied().max().unwrap_or(0)
    }
}

/// A parameter struct of a hierarchy, or the struct of what is known of a group.
pub(crate) struct Level {
    pub(crate) input: syn::DeriveInput,
    pub(crate) record: Option<Record>,
    /// What it is repeated over; the global level has none.
    pub(crate) plate: Slot<Plates>,
    /// Most groups of a plate in a plate, in each of the outer one's.
    pub(crate) n_max: Option<usize>,
}

/// `schools / classes`: a plate, after the plate that it is in.
#[derive(Clone)]
pub(crate) struct Plates {
    /// Outermost first, at least one.
    pub(crate) names: Vec<Ident>,
}

impl Plates {
    /// The plate itself.
    pub(crate) fn last(&self) -> &Ident {
        &self.names[self.names.len() - 1]
    }
}

impl fmt::Display for Plates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.names.iter().map(|name| name.unraw().to_string()).collect();
        formatter.write_str(&names.join(" / "))
    }
}

/// A function with `#[observe(...)]`.
pub(crate) struct Observe {
    pub(crate) function: ItemFn,
    pub(crate) plate: Slot<Plates>,
    pub(crate) n_max: usize,
    /// In the user's order, the generator left out; `None` where an argument could not be read.
    pub(crate) arguments: Option<Vec<Given>>,
    pub(crate) design: Option<Type>,
    pub(crate) output: Option<Type>,
    pub(crate) summary: Slot<Summary>,
}

/// What an observation is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Given {
    /// A level, counted from the global one.
    Level(usize),
    /// What is known of the group.
    GroupDesign,
    /// What is known of this observation.
    Design,
}

/// A hierarchy of which everything could be read.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) global: &'a Level,
    /// What is known of a group.
    pub(crate) design: Option<&'a Level>,
    /// One or two.
    pub(crate) locals: &'a [Level],
    /// One to three, of the innermost groups.
    pub(crate) observes: &'a [Observe],
    /// Of whole groups that have groups in them.
    pub(crate) whole: Option<&'a Observe>,
}

impl<'a> Parts<'a> {
    /// Outermost first.
    pub(crate) fn levels(self) -> impl Iterator<Item = &'a Level> {
        std::iter::once(self.global).chain(self.locals)
    }

    /// Everything that is observed, of whole groups first.
    pub(crate) fn observed(self) -> impl Iterator<Item = &'a Observe> {
        self.whole.into_iter().chain(self.observes)
    }

    /// Whose fields the priors of local level `index` may name, in the order in which its arguments count them.
    pub(crate) fn ancestors(self, index: usize) -> impl Iterator<Item = &'a Level> {
        self.levels().take(index + 1).chain(self.design)
    }
}

impl Hierarchy {
    /// Everything that the handle names, where all of it could be read.
    pub(crate) fn parts(&self) -> Option<Parts<'_>> {
        let mut observed = self.observes.iter().chain(&self.wholes);
        let complete = !self.observes.is_empty() && observed.all(|observe| observe.output.is_some());
        if self.locals.is_empty() || !complete {
            return None;
        }
        let design = self.design.as_ref().filter(|_| self.locals.len() == 1);
        let (global, whole) = (self.global.as_ref()?, self.wholes.first());
        Some(Parts { global, design, locals: &self.locals, observes: &self.observes, whole })
    }

    /// All levels that could be read, outermost first.
    pub(crate) fn levels(&self) -> impl Iterator<Item = &Level> {
        self.global.iter().chain(&self.locals)
    }
}

impl Field {
    /// Number of components where it is a literal.
    pub(crate) fn literal_length(&self) -> Option<usize> {
        match self.shape {
            Shape::Scalar => Some(1),
            Shape::Array { literal, .. } => literal,
        }
    }
}

impl Argument {
    /// Nothing in it is known only while the prior is walked.
    pub(crate) fn is_constant(&self) -> bool {
        self.names.is_empty() && self.ancestors.is_empty() && !self.run_time
    }
}

impl Draw {
    /// Every argument is constant.
    pub(crate) fn is_constant(&self) -> bool {
        self.arguments.iter().all(Argument::is_constant)
    }
}

impl Simulator {
    /// The types that the function names, as far as they could be read.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        let Signature { parameters, design, output } = &self.signature;
        [parameters, design, output].into_iter().flatten()
    }

    /// Whether the unit struct can stand beside everything else that is called by its name.
    pub(crate) fn name_is_free(&self) -> bool {
        self.name != self.function.sig.ident
            && !self.types().any(|ty| matches!(ty, Type::Path(path) if path.path.is_ident(&self.name)))
    }

    /// How many observations the network sees at once.
    pub(crate) fn n_max(&self) -> usize {
        self.plates.last().map_or(1, |plate| match plate.kind {
            PlateKind::Iid { n_max } => n_max,
        })
    }
}
