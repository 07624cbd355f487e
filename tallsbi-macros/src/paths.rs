//! Build every path that an expansion names, from one root: `::tallsbi`, or what `crate = path` says.

use proc_macro2::{Span, TokenStream, TokenTree};
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

    /// `::tallsbi::__private`, so that an error about what it leads to is shown at `span`.
    pub(crate) fn private_at(&self, span: Span) -> TokenStream {
        let respan = |mut tree: TokenTree| {
            tree.set_span(span);
            tree
        };
        self.private().into_iter().map(respan).collect()
    }

    /// `::tallsbi::__private`
    pub(crate) fn private(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::__private)
    }
}
