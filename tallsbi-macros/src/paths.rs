//! Build every path that an expansion names, from one root: `::tallsbi`, or what `crate = path` says.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The library as the user's crate knows it.
#[derive(Clone)]
pub(crate) struct Paths {
    root: syn::Path,
}

impl Default for Paths {
    fn default() -> Self {
        Self { root: syn::parse_quote!(::tallsbi) }
    }
}

impl Paths {
    pub(crate) fn new(root: syn::Path) -> Self {
        Self { root }
    }

    /// `::tallsbi`
    pub(crate) fn root(&self) -> TokenStream {
        self.root.to_token_stream()
    }

    /// `::tallsbi::__private`
    pub(crate) fn private(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::__private)
    }
}
