//! Write arrays as NumPy reads them (NPY, version 1.0).

use std::path::{Path, PathBuf};

use super::write_atomically;

/// What can go wrong when results are written for other programs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The file cannot be written.
    #[error("{}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The numbers do not fill the shape.
    #[error("{values} numbers do not fill an array of shape {shape:?}")]
    Shape {
        /// Numbers given.
        values: usize,
        /// The shape.
        shape: Vec<usize>,
    },
    /// Another number of values than of draws.
    #[error("{found} values for {expected} draws: give one for each")]
    Length {
        /// Values given.
        found: usize,
        /// Draws.
        expected: usize,
    },
    /// The format cannot hold it.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the format's library says.
        reason: String,
    },
}

/// Writes numbers, row-major, as an NPY array of `shape`: `numpy.load(path)` gives it back bit for bit. The file appears
/// whole or not at all.
///
/// # Errors
/// [`ExportError::Shape`]; [`ExportError::Io`].
pub fn write_npy(path: impl AsRef<Path>, shape: &[usize], values: &[f64]) -> Result<(), ExportError> {
    if shape.iter().try_fold(1_usize, |product, length| product.checked_mul(*length)) != Some(values.len()) {
        return Err(ExportError::Shape { values: values.len(), shape: shape.to_vec() });
    }
    let path = path.as_ref();
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    // A tuple of one number is written with a comma.
    let comma = if shape.len() == 1 { "," } else { "" };
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}{comma}), }}", lengths.join(", "));
    // Magic string, version, length of the header and the header fill a multiple of 64 bytes, the last of which ends a line.
    let padding = (64 - (10 + header.len() + 1) % 64) % 64;
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    write_atomically(path, &bytes).map_err(|error| ExportError::Io { path: path.to_owned(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_numpys() {
        let path = std::env::temp_dir().join(format!("tallsbi-{}.npy", std::process::id()));
        let bytes = |shape: &[usize], values: &[f64]| {
            write_npy(&path, shape, values).expect("written");
            std::fs::read(&path).expect("read")
        };
        let found = bytes(&[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(&found[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert!(found[10..].starts_with(b"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }"));
        assert_eq!((found.len(), found[127]), (128 + 48, b'\n'));
        assert_eq!(found[128 + 8..128 + 16], 2.0_f64.to_le_bytes());
        assert!(bytes(&[1], &[1.0]).windows(4).any(|part| part == b"(1,)"));
        assert_eq!(bytes(&[], &[1.0]).len() % 64, 8);
        assert_eq!(bytes(&[0, 3], &[]).len(), 128);
        std::fs::remove_file(&path).expect("removed");
        assert!(matches!(write_npy(&path, &[2], &[1.0]), Err(ExportError::Shape { values: 1, .. })));
        assert!(matches!(write_npy(&path, &[usize::MAX, 2], &[1.0]), Err(ExportError::Shape { .. })));
    }
}
