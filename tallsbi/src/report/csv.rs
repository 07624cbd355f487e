//! Write draws to CSV files and read columns of numbers from them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{unreadable, write_atomically};
use crate::model::{Label, Observation};

/// Columns of numbers with a name each.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The header.
    pub names: Vec<String>,
    /// The rows below it, each as long as the header.
    pub rows: Vec<Vec<f64>>,
}

impl Table {
    /// All numbers, row after row, as [`crate::diagnose::Rows::new`] takes them.
    pub fn flat(&self) -> Vec<f64> {
        self.rows.concat()
    }
}

/// What can go wrong with a CSV file. Lines count from 1, the header included; columns from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// The file cannot be read or written.
    #[error("{}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// There is nothing in the file.
    #[error("{} is empty: give a header line of names and a line of numbers for each row", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// There is a header and nothing below it.
    #[error("{} has a header and no rows below it", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// The first line holds numbers.
    #[error("{}: the first line holds numbers: put a line of column names above it", path.display())]
    NoHeader {
        /// The file.
        path: PathBuf,
    },
    /// The header is not separated by commas.
    #[error("{}: the header has `{separator}` and no comma: separate the columns with commas", path.display())]
    Separator {
        /// The file.
        path: PathBuf,
        /// What seems to separate the columns.
        separator: char,
    },
    /// Two columns have the same name.
    #[error("{}: two columns are called `{name}`", path.display())]
    DuplicateName {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A quotation mark opens and never closes.
    #[error("{}, line {line}: a quotation mark is opened and not closed", path.display())]
    OpenQuote {
        /// The file.
        path: PathBuf,
        /// Where it opens.
        line: usize,
    },
    /// A row is shorter or longer than the header.
    #[error("{}, line {line}: {found} cells below a header of {expected}", path.display())]
    Ragged {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// Cells in the header.
        expected: usize,
        /// Cells in the row.
        found: usize,
    },
    /// A cell is not a number.
    #[error("{}, line {line}, column {column} (`{name}`): `{text}` is not a number", path.display())]
    NotANumber {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// The column's name.
        name: String,
        /// What is there.
        text: String,
    },
    /// An observation is NaN or infinite.
    #[error("{}, row {row}, column `{name}`: an observation must be finite, not {value}", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The row, from 1, the header not counted.
        row: usize,
        /// The column's name.
        name: String,
        /// The value.
        value: f64,
    },
    /// There are more or fewer columns than an observation has components.
    #[error("{}: {found} columns, and an observation has {expected} components ({names})", path.display(), names = list(names))]
    ColumnCount {
        /// The file.
        path: PathBuf,
        /// Components of an observation.
        expected: usize,
        /// Columns in the file.
        found: usize,
        /// The components' names.
        names: Vec<String>,
    },
    /// The header does not hold the declared names.
    #[error("{}: expected the columns {}, found {}", path.display(), list(expected), list(found))]
    Names {
        /// The file.
        path: PathBuf,
        /// The declared names.
        expected: Vec<String>,
        /// The header.
        found: Vec<String>,
    },
    /// The numbers to be written do not divide into rows of the given names.
    #[error("{values} numbers do not divide into rows of {names} columns")]
    Shape {
        /// Numbers given.
        values: usize,
        /// Names given.
        names: usize,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Writes draws with a header of the labels' names, every number with all its digits. The file appears whole or not
/// at all.
///
/// # Errors
/// `Io`.
pub fn write_csv<const M: usize>(
    path: impl AsRef<Path>,
    labels: &[Label; M],
    rows: &[[f64; M]],
) -> Result<(), CsvError> {
    write_columns(path, &labels.each_ref().map(|label| label.name.as_str()), rows.as_flattened())
}

/// Writes numbers, row after row, under a header; otherwise as [`write_csv`].
///
/// # Errors
/// `Io`; `Shape` where the numbers do not divide into rows.
pub fn write_columns(path: impl AsRef<Path>, names: &[&str], values: &[f64]) -> Result<(), CsvError> {
    if names.is_empty() || !values.len().is_multiple_of(names.len()) {
        return Err(CsvError::Shape { values: values.len(), names: names.len() });
    }
    let mut text = names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",");
    text.push('\n');
    for row in values.chunks_exact(names.len()) {
        for (k, value) in row.iter().enumerate() {
            // The shortest digits that read back as the same number.
            let _ = write!(text, "{}{value:?}", if k == 0 { "" } else { "," });
        }
        text.push('\n');
    }
    let path = path.as_ref();
    write_atomically(path, text.as_bytes()).map_err(|error| io_error(path, &error))
}

/// A cell, in quotation marks where it needs them.
pub(super) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn io_error(path: &Path, error: &std::io::Error) -> CsvError {
    CsvError::Io { path: path.to_owned(), reason: error.to_string() }
}

/// Reads a CSV file of numbers with a header row. Quoted cells, CRLF, a byte-order mark, blanks around cells and blank
/// lines at the end are accepted; `NaN` and `inf` are numbers here.
///
/// # Errors
/// Every variant of [`CsvError`] up to `NotANumber` names the file, the line and the column at fault.
pub fn read_columns(path: impl AsRef<Path>) -> Result<Table, CsvError> {
    let path = path.as_ref();
    let text = std::fs::read_to_string(path)
        .map_err(|error| CsvError::Io { path: path.to_owned(), reason: unreadable(path, &error) })?;
    parse(path, &text)
}

/// Reads observations, one a row. For arrays, of numbers or of exchangeable points, the columns are taken in order, whatever
/// their names; for a struct they must carry the declared names, in any order.
///
/// # Errors
/// Those of [`read_columns`]; `ColumnCount`, `Names`, `NotFinite`.
pub fn read_csv<O: Observation<D>, const D: usize>(path: impl AsRef<Path>) -> Result<Vec<O>, CsvError> {
    let path = path.as_ref();
    let table = read_columns(path)?;
    let expected: Vec<String> = O::labels().into_iter().map(|label| label.name).collect();
    if table.names.len() != D {
        let found = table.names.len();
        return Err(CsvError::ColumnCount { path: path.to_owned(), expected: D, found, names: expected });
    }
    let columns: Option<Vec<usize>> = if O::has_names() {
        expected.iter().map(|name| table.names.iter().position(|found| found == name)).collect()
    } else {
        Some((0..D).collect())
    };
    let Some(columns) = columns else {
        return Err(CsvError::Names { path: path.to_owned(), expected, found: table.names });
    };
    let observation = |(row, values): (usize, &Vec<f64>)| {
        if let Some(k) = values.iter().position(|value| !value.is_finite()) {
            let (name, value) = (table.names[k].clone(), values[k]);
            return Err(CsvError::NotFinite { path: path.to_owned(), row: row + 1, name, value });
        }
        Ok(O::from_array(std::array::from_fn(|k| values[columns[k]])))
    };
    table.rows.iter().enumerate().map(observation).collect()
}

fn parse(path: &Path, text: &str) -> Result<Table, CsvError> {
    let file = || path.to_owned();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut records = split(path, text.trim_end())?.into_iter();
    let names = match records.next() {
        Some((_, names)) if names.iter().any(|name| !name.is_empty()) => names,
        _ => return Err(CsvError::Empty { path: file() }),
    };
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        return Err(CsvError::NoHeader { path: file() });
    }
    if let ([only], Some(separator)) = (&names[..], names[0].chars().find(|c| [';', '\t'].contains(c))) {
        debug_assert!(only.contains(separator));
        return Err(CsvError::Separator { path: file(), separator });
    }
    if let Some((_, name)) = names.iter().enumerate().find(|(k, name)| names[..*k].contains(name)) {
        return Err(CsvError::DuplicateName { path: file(), name: name.clone() });
    }
    let mut rows = Vec::with_capacity(records.len());
    for (line, cells) in records {
        if cells.len() != names.len() {
            return Err(CsvError::Ragged { path: file(), line, expected: names.len(), found: cells.len() });
        }
        let number = |(k, text): (usize, &String)| {
            let (column, name, text) = (k + 1, names[k].clone(), text.clone());
            text.parse().map_err(|_| CsvError::NotANumber { path: file(), line, column, name, text })
        };
        rows.push(cells.iter().enumerate().map(number).collect::<Result<Vec<f64>, _>>()?);
    }
    if rows.is_empty() {
        return Err(CsvError::NoRows { path: file() });
    }
    Ok(Table { names, rows })
}

/// The cells of each record with the line it starts on.
fn split(path: &Path, text: &str) -> Result<Vec<(usize, Vec<String>)>, CsvError> {
    let (mut records, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut start, mut open, mut was_quoted) = (1, 1, None, false);
    let mut chars = text.chars().peekable();
    let finish = |cell: &mut String, was_quoted: &mut bool| {
        let text = std::mem::take(cell);
        if std::mem::take(was_quoted) { text } else { text.trim().to_owned() }
    };
    while let Some(c) = chars.next() {
        match (c, open) {
            ('"', Some(_)) if chars.peek() == Some(&'"') => cell.extend(chars.next()),
            ('"', Some(_)) => open = None,
            ('"', None) if cell.trim().is_empty() => {
                cell.clear();
                (open, was_quoted) = (Some(line), true);
            }
            (',', None) => cells.push(finish(&mut cell, &mut was_quoted)),
            ('\n', None) => {
                cells.push(finish(&mut cell, &mut was_quoted));
                records.push((start, std::mem::take(&mut cells)));
                line += 1;
                start = line;
            }
            // Blanks and the CR of a CRLF after a closing quotation mark.
            (' ' | '\t' | '\r', None) if was_quoted => {}
            (c, _) => {
                line += usize::from(c == '\n');
                cell.push(c);
            }
        }
    }
    if let Some(line) = open {
        return Err(CsvError::OpenQuote { path: path.to_owned(), line });
    }
    cells.push(finish(&mut cell, &mut was_quoted));
    records.push((start, cells));
    Ok(records)
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
