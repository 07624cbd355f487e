//! Check what the guide says about the repository: paths exist, and every program that must not compile is listed.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The pages of the guide, with the README and the changelog.
fn pages() -> Vec<(PathBuf, String)> {
    let mut paths = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    for page in std::fs::read_dir(root().join("docs")).expect("the guide") {
        paths.push(page.expect("a page").path());
    }
    paths.retain(|path| path.extension().is_some_and(|end| end == "md"));
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(&path).expect("a page"))).collect()
}

#[test]
fn paths_exist() {
    let mut count = 0;
    for (page, text) in pages() {
        let quoted = text.split('`').skip(1).step_by(2);
        let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let roots = ["tallsbi/", "tallsbi-macros/", "tallsbi-bench/", "examples/", "tests/", "docs/", ".ci/"];
        for path in quoted.filter(|path| roots.iter().any(|root| path.starts_with(root)) && !path.contains(' ')) {
            assert!(root().join(path).exists(), "{}: `{path}` does not exist", page.display());
            count += 1;
        }
        for link in linked.filter(|link| {
            Path::new(link).extension().is_some_and(|end| end == "md" || end == "svg") && !link.contains("://")
        }) {
            let folder = page.parent().expect("a folder");
            assert!(folder.join(link).exists(), "{}: {link} does not exist", page.display());
            count += 1;
        }
    }
    assert!(count > 100, "only {count} paths");
}

#[test]
fn restrictions_are_complete() {
    let page = std::fs::read_to_string(root().join("docs/restrictions.md")).expect("the page");
    for topic in std::fs::read_dir(root().join("tests/tests/ui")).expect("the cases") {
        let topic = topic.expect("a topic").path();
        if !topic.is_dir() {
            continue;
        }
        for case in std::fs::read_dir(topic).expect("a topic") {
            let case = case.expect("a case").path();
            if case.extension().is_none_or(|extension| extension != "stderr") {
                continue;
            }
            let name = case.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&case).expect("the messages");
            let message = text.lines().find(|line| line.starts_with("error")).expect("a message");
            let message = message.split_once(": ").expect("a colon").1.replace('|', "\\|");
            let line = page.lines().find(|line| line.starts_with(&format!("| `{name}` |")) && line.contains(&message));
            assert!(line.is_some(), "docs/restrictions.md lacks {}: {message}", case.display());
        }
    }
}
