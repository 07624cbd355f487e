//! Compile programs that are wrong, and compare what rustc says with the message beside each.
//!
//! `TRYBUILD=overwrite cargo test -p tallsbi-tests --test ui` rewrites the messages; see `ui/README.md`.

use std::path::Path;

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/*.rs");
    drop(cases); // runs them
    no_orphans();
}

/// Every message belongs to a program, and every program to a message.
fn no_orphans() {
    let mut count = 0;
    for topic in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")).expect("the cases") {
        let topic = topic.expect("a topic").path();
        if !topic.is_dir() {
            continue;
        }
        for case in std::fs::read_dir(topic).expect("a topic") {
            let case = case.expect("a case").path();
            let other = if case.extension().is_some_and(|extension| extension == "rs") { "stderr" } else { "rs" };
            assert!(case.with_extension(other).exists(), "{} has no .{other}", case.display());
            count += 1;
        }
    }
    assert!(count >= 2 * 35, "only {count} files");
}
