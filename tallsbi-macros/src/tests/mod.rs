//! Test the macros without rustc: golden expansions, the parser through its printer, and robustness.

mod golden;
mod parser;
