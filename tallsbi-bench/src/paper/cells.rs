//! Keep finished cells of an experiment as lines of a CSV file, so that an interrupted run goes on where it stopped.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The finished cells of one experiment: a key of words, and numbers.
#[derive(Debug)]
pub struct Cells {
    path: PathBuf,
    n_values: usize,
    done: HashMap<String, Vec<f64>>,
}

/// What can be wrong with a file of cells.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CellsError {
    /// The file is of another experiment or version.
    #[error("{}: its first line is `{found}`, not `{expected}`: move the file away", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// Its first line.
        found: String,
        /// The line that this version writes.
        expected: String,
    },
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl Cells {
    /// Opens or starts the file. A last line that an interruption cut off is dropped.
    ///
    /// # Errors
    /// The file cannot be read or written, or is of another experiment.
    pub fn open(path: &Path, keys: &[&str], values: &[&str]) -> Result<Self, CellsError> {
        let file = |source| CellsError::File { path: path.to_owned(), source };
        let header = [keys, values].concat().join(",");
        let mut done = HashMap::new();
        let text = if path.exists() { std::fs::read_to_string(path).map_err(file)? } else { String::new() };
        let mut kept = header.clone() + "\n";
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let whole = line.strip_suffix('\n');
            if index == 0 && whole != Some(header.as_str()) {
                let found = line.trim_end().to_owned();
                return Err(CellsError::Header { path: path.to_owned(), found, expected: header });
            }
            let Some(whole) = whole.filter(|_| index > 0) else { continue };
            let fields: Vec<&str> = whole.split(',').collect();
            let (key, numbers) = fields.split_at(keys.len().min(fields.len()));
            let numbers: Vec<f64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
            if numbers.len() == values.len() {
                done.insert(key.join(","), numbers);
                kept.push_str(line);
            }
        }
        if kept != text {
            std::fs::write(path, kept).map_err(file)?;
        }
        Ok(Self { path: path.to_owned(), n_values: values.len(), done })
    }

    /// The numbers of a cell: read if it is finished, computed and written at once if not.
    ///
    /// # Errors
    /// Whatever `compute` says; the file cannot be written.
    pub fn get<E: From<CellsError>>(
        &mut self,
        key: &[String],
        compute: impl FnOnce() -> Result<Vec<f64>, E>,
    ) -> Result<Vec<f64>, E> {
        let key = key.join(",");
        if let Some(numbers) = self.done.get(&key) {
            return Ok(numbers.clone());
        }
        let numbers = compute()?;
        debug_assert_eq!(numbers.len(), self.n_values);
        let line = numbers.iter().fold(key.clone(), |line, number| format!("{line},{number}")) + "\n";
        let append = || std::fs::OpenOptions::new().append(true).open(&self.path)?.write_all(line.as_bytes());
        append().map_err(|source| CellsError::File { path: self.path.clone(), source })?;
        self.done.insert(key, numbers.clone());
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cells, CellsError};

    #[test]
    fn an_interrupted_run_goes_on() {
        let path = std::env::temp_dir().join(format!("tallsbi-cells-{}.csv", std::process::id()));
        let open = || Cells::open(&path, &["task", "n"], &["sw", "mmd"]);
        let key = |task: &str| [task.to_owned(), "8".to_owned()];
        let computed = |values: [f64; 2]| move || Ok::<_, CellsError>(values.to_vec());
        let mut cells = open().expect("started");
        assert_eq!(cells.get(&key("sir"), computed([0.1, f64::NAN])).expect("computed")[0], 0.1);
        let mut cells = open().expect("read");
        let again = cells.get(&key("sir"), || -> Result<_, CellsError> { panic!("it is finished") }).expect("read");
        assert!(again[0] == 0.1 && again[1].is_nan());
        // Cut off in the middle of a line: the cell is computed again.
        let text = std::fs::read_to_string(&path).expect("there");
        std::fs::write(&path, text.clone() + "slcp,8,0.3").expect("written");
        let mut cells = open().expect("read");
        assert_eq!(cells.get(&key("slcp"), computed([0.5, 0.25])).expect("computed"), [0.5, 0.25]);
        assert_eq!(std::fs::read_to_string(&path).expect("there"), text + "slcp,8,0.5,0.25\n");
        let error = Cells::open(&path, &["task"], &["c2st"]).expect_err("another file").to_string();
        assert!(error.contains("its first line is `task,n,sw,mmd`, not `task,c2st`"), "{error}");
        std::fs::remove_file(&path).expect("removed");
    }
}
