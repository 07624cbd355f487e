//! Test the macros without rustc: golden expansions, the parser through its printer, and damaged input.

mod golden;
mod parser;
mod robust;
