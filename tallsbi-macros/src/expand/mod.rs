//! Expand a declaration: parse, check, then one file for each thing that is generated.

mod components;
mod derived;
mod design;
mod dimension;
mod graph;
mod group_design;
mod handle;
mod hierarchy;
mod network;
mod observation;
mod observed;
mod parameters;
mod prior;
mod simulate;
mod whole_group;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::DeriveInput;

use crate::ctxt::Ctxt;
use crate::model::{Record, Role};
use crate::scope::Levels;
use crate::{check, check_module, fallback, parse, parse_module};

/// `#[derive(Parameters)]`
pub(crate) fn expand_parameters(_args: TokenStream, item: TokenStream) -> TokenStream {
    expand_record(Role::Parameters, item, |record| {
        let mut tokens = dimension::expand(record);
        tokens.extend(parameters::expand(record));
        tokens.extend(prior::expand(record));
        tokens
    })
}

/// `#[derive(Observation)]`
pub(crate) fn expand_observation(_args: TokenStream, item: TokenStream) -> TokenStream {
    expand_record(Role::Observation, item, |record| {
        let mut tokens = dimension::expand(record);
        tokens.extend(observation::expand(record));
        tokens
    })
}

/// `#[derive(Design)]`
pub(crate) fn expand_design(_args: TokenStream, item: TokenStream) -> TokenStream {
    expand_record(Role::Design, item, |record| {
        let mut tokens = dimension::expand(record);
        tokens.extend(parameters::expand(record));
        tokens.extend(prior::expand(record));
        tokens.extend(design::expand(record));
        tokens
    })
}

fn expand_record(role: Role, item: TokenStream, expand: impl FnOnce(&Record) -> TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let cx = Ctxt::new();
    let record = parse::record(&cx, role, input.clone(), &Levels::default());
    if let Some(record) = &record {
        check::record(&cx, record);
    }
    match (cx.check(), record) {
        (Ok(()), Some(record)) => expand(&record),
        (Ok(()), None) => TokenStream::new(), // nothing to expand is always reported
        (Err(diagnostics), record) => fallback::record(&diagnostics, role, &input, record.as_ref()),
    }
}

/// `#[simulator(...)]`
pub(crate) fn expand_simulator(args: TokenStream, item: TokenStream) -> TokenStream {
    let cx = Ctxt::new();
    if let Ok(module) = syn::parse2::<syn::ItemMod>(item.clone()) {
        let hierarchy = parse_module::module(&cx, args, module);
        if let Some(hierarchy) = &hierarchy {
            check_module::module(&cx, hierarchy);
        }
        return hierarchy::finish(cx, hierarchy.as_ref());
    }
    let simulator = parse::simulator(&cx, args, &item);
    if let Some(simulator) = &simulator {
        check::simulator(&cx, simulator);
    }
    let diagnostics = cx.check();
    // Without the attributes that were read.
    let mut tokens = simulator.as_ref().map_or(item, |simulator| simulator.function.to_token_stream());
    if let Some(simulator) = &simulator {
        match &diagnostics {
            Ok(()) => {
                tokens.extend(handle::expand(simulator));
                tokens.extend(simulate::expand(simulator));
            }
            // What can still be generated is, so that uses of the model raise no errors of their own.
            Err(_) => tokens.extend(fallback::simulator(simulator, handle::expand, simulate::expand_stub)),
        }
    }
    tokens.extend(diagnostics.err());
    tokens
}
