//! Test what users can reach: one program, because each of many would compile its own copy of the library's generic code.

mod by_hand;
mod by_hand_hierarchy;
mod by_hand_nested;
mod complete_data;
mod crowds;
mod density;
mod derived;
mod determinism;
mod docs;
mod eight_schools_reference;
mod errors;
mod exchangeable;
mod files;
mod group_design;
mod hierarchy;
mod kinds;
mod language;
mod likelihood_free;
mod linear_gaussian;
mod nested;
mod nested_checks;
mod published_networks;
mod report_page;
mod series_in_groups;
mod summaries;
mod whole_groups;
