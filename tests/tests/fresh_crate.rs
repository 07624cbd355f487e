//! A crate of one's own, outside the workspace, compiles the README's model with `tallsbi` as its only dependency and
//! without a warning.

use std::path::Path;
use std::process::Command;

/// The first block of code in the README.
fn readme_model(root: &Path) -> String {
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the README");
    let block = readme.split("```rust").nth(1).expect("a block of Rust");
    let code = block.split_once('\n').expect("a line with the language").1;
    code.split("```").next().expect("an end").to_owned()
}

#[test]
fn the_readme_compiles_in_a_crate_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned();
    // The directory is kept: only the first run checks the dependencies.
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fresh_crate");
    std::fs::create_dir_all(directory.join("src")).expect("a directory");
    let manifest = format!(
        "[package]\nname = \"fresh\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\ntallsbi = {{ path = {:?} }}\n\n\
         [workspace]\n",
        root.join("tallsbi")
    );
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).expect("a file");
    write("Cargo.toml", &manifest);
    write("src/main.rs", &readme_model(&root));
    // The versions that the workspace is tested with, none of which need be fetched.
    std::fs::copy(root.join("Cargo.lock"), directory.join("Cargo.lock")).expect("the lock file");
    let start = std::time::Instant::now();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--color", "never"])
        .current_dir(&directory)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    eprintln!("checked in {:.1} s", start.elapsed().as_secs_f64());
    assert!(output.status.success(), "{said}");
    assert!(said.trim().is_empty(), "{said}");
}
