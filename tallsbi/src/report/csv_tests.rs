//! Test reading and writing CSV files: every message, every accepted form.

use super::*;
use crate::model::{Dimension, Transform};

/// A file of this test alone.
fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tallsbi-csv-{}-{name}", std::process::id()));
    std::fs::write(&path, text).expect("written");
    path
}

#[track_caller]
fn check_error(text: &str, message: &str) {
    let error = parse(Path::new("f.csv"), text).expect_err("must be refused");
    assert_eq!(error.to_string(), message);
}

#[track_caller]
fn check(text: &str, names: &[&str], rows: &[&[f64]]) {
    let table = parse(Path::new("f.csv"), text).expect("valid");
    assert_eq!(table.names, names);
    assert_eq!(table.rows, rows);
}

#[test]
fn accepted_forms() {
    check("a,b\n1,2\n3,4\n", &["a", "b"], &[&[1.0, 2.0], &[3.0, 4.0]]);
    check("\u{feff}a,b\r\n1, 2e3\r\n\r\n\n", &["a", "b"], &[&[1.0, 2000.0]]);
    check("\"a, \"\"x\"\"\" ,b\n\"1\",-inf", &["a, \"x\"", "b"], &[&[1.0, f64::NEG_INFINITY]]);
    check("\"two\nlines\"\r\n7", &["two\nlines"], &[&[7.0]]);
    check("1,b\n1,2", &["1", "b"], &[&[1.0, 2.0]]);
}

#[test]
fn messages_name_the_place_and_the_remedy() {
    let empty = "f.csv is empty: give a header line of names and a line of numbers for each row";
    check_error("", empty);
    check_error("\n \n", empty);
    check_error("a,b\n", "f.csv has a header and no rows below it");
    check_error("1,2\n3,4\n", "f.csv: the first line holds numbers: put a line of column names above it");
    check_error("a;b\n1;2\n", "f.csv: the header has `;` and no comma: separate the columns with commas");
    check_error("a,b,a\n1,2,3\n", "f.csv: two columns are called `a`");
    check_error("a,b\n1,2\n3\n", "f.csv, line 3: 1 cells below a header of 2");
    check_error("a,b\n1,2\n\n3,4\n", "f.csv, line 3: 1 cells below a header of 2");
    check_error("a,b\n1,2,3\n", "f.csv, line 2: 3 cells below a header of 2");
    check_error("a,b\n1,2\n3,x y\n", "f.csv, line 3, column 2 (`b`): `x y` is not a number");
    check_error("a,b\n1,\n", "f.csv, line 2, column 2 (`b`): `` is not a number");
    check_error("a,\"b\n1,2\n", "f.csv, line 1: a quotation mark is opened and not closed");
    let missing = read_columns("/nowhere/at/all.csv").expect_err("missing").to_string();
    assert!(missing.starts_with("/nowhere/at/all.csv: "), "{missing}");
}

#[derive(Clone, Debug, PartialEq)]
struct Counts {
    susceptible: f64,
    infected: f64,
}

impl Dimension for Counts {
    const DIM: usize = 2;
}

impl Observation<2> for Counts {
    fn labels() -> [Label; 2] {
        ["susceptible", "infected"].map(|name| Label::scalar(name, "", ""))
    }
    fn transforms() -> [Transform; 2] {
        [Transform::Identity; 2]
    }
    fn to_array(&self) -> [f64; 2] {
        [self.susceptible, self.infected]
    }
    fn from_array([susceptible, infected]: [f64; 2]) -> Self {
        Self { susceptible, infected }
    }
}

#[test]
fn observations_go_by_name_or_by_order() {
    let path = file("order", "infected,susceptible\n1,99\n2,98\n");
    let counts: Vec<Counts> = read_csv(&path).expect("valid");
    assert_eq!(counts[1], Counts { susceptible: 98.0, infected: 2.0 });
    let arrays: Vec<[f32; 2]> = read_csv(&path).expect("valid");
    assert_eq!(arrays, [[1.0, 99.0], [2.0, 98.0]]);

    let message = |error: CsvError| error.to_string().replace(&path.display().to_string(), "f");
    assert_eq!(
        message(read_csv::<[f64; 3], 3>(&path).expect_err("two columns")),
        "f: 2 columns, and an observation has 3 components (`x[0]`, `x[1]`, `x[2]`)"
    );
    std::fs::write(&path, "i,susceptible\n1,99\n").expect("written");
    assert_eq!(
        message(read_csv::<Counts, 2>(&path).expect_err("other names")),
        "f: expected the columns `susceptible`, `infected`, found `i`, `susceptible`"
    );
    std::fs::write(&path, "a,b\n1,99\n1,NaN\n").expect("written");
    assert_eq!(
        message(read_csv::<[f64; 2], 2>(&path).expect_err("not finite")),
        "f, row 2, column `b`: an observation must be finite, not NaN"
    );
    std::fs::remove_file(&path).expect("removed");
}

#[test]
fn numbers_come_back_bit_for_bit() {
    let labels = ["a", "b, c"].map(|name| Label::scalar(name, "", ""));
    let rows = [[0.1 + 0.2, -1e300], [5e-324, f64::MAX], [-0.0, 1.0 / 3.0], [f64::INFINITY, 1e21]];
    let path = file("round-trip", "old content");
    write_csv(&path, &labels, &rows).expect("written");
    let table = read_columns(&path).expect("valid");
    assert_eq!(table.names, ["a", "b, c"]);
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&table.flat()), bits(rows.as_flattened()));
    std::fs::remove_file(&path).expect("removed");
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let labels = [Label::scalar("a", "", "")];
    let folder = std::env::temp_dir().join(format!("tallsbi-csv-{}-folder", std::process::id()));
    std::fs::create_dir_all(folder.join("taken")).expect("made");
    let error = write_csv(folder.join("taken"), &labels, &[[1.0]]).expect_err("a folder is in the way");
    assert!(matches!(error, CsvError::Io { .. }));
    assert_eq!(std::fs::read_dir(&folder).expect("read").count(), 1);
    std::fs::remove_dir_all(&folder).expect("removed");
    assert_eq!(
        write_columns("x.csv", &["a", "b"], &[1.0]).expect_err("shape").to_string(),
        "1 numbers do not divide into rows of 2 columns"
    );
}
