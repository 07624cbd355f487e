//! View a block of numbers as rows of equal length, checked once.

use super::MetricError;

/// A non-empty set of finite draws of `dim` components, row-major. The dimension is a run-time number because the
/// metrics also serve files.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    data: &'a [f64],
    dim: usize,
}

impl<'a> Rows<'a> {
    /// Views `data` as rows of `dim` numbers.
    ///
    /// # Errors
    /// `NoRows`, `NoColumns`, `Shape` where the numbers do not divide into rows, `NonFinite` naming the first bad one.
    pub fn new(data: &'a [f64], dim: usize) -> Result<Self, MetricError> {
        if dim == 0 {
            return Err(MetricError::NoColumns);
        }
        if data.is_empty() {
            return Err(MetricError::NoRows);
        }
        if !data.len().is_multiple_of(dim) {
            return Err(MetricError::Shape { len: data.len(), dim });
        }
        match data.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(MetricError::NonFinite { row: at / dim, column: at % dim, value: data[at] }),
            None => Ok(Self { data, dim }),
        }
    }

    /// Views draws of `M` components.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_arrays<const M: usize>(rows: &'a [[f64; M]]) -> Result<Self, MetricError> {
        Self::new(rows.as_flattened(), M)
    }

    /// Number of components of a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.data.len() / self.dim
    }

    /// Row `index`, counted from 0.
    pub(crate) fn row(&self, index: usize) -> &'a [f64] {
        &self.data[index * self.dim..(index + 1) * self.dim]
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [f64]> + use<'a> {
        self.data.chunks_exact(self.dim)
    }

    /// That `other` has rows of the same length.
    pub(crate) fn check_same_dim(&self, other: &Self) -> Result<(), MetricError> {
        if self.dim == other.dim {
            return Ok(());
        }
        Err(MetricError::DifferentDimensions { first: self.dim, second: other.dim })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(data: &[f64], dim: usize, message: &str) {
        assert_eq!(Rows::new(data, dim).expect_err("must be refused").to_string(), message);
    }

    #[test]
    fn bad_shapes_and_values_are_named() {
        check(&[], 2, "a sample has no rows: give at least one draw");
        check(&[1.0], 0, "a sample has rows of zero components: give at least one column");
        check(&[1.0, 2.0, 3.0], 2, "3 numbers do not divide into rows of 2: check the number of columns");
        check(
            &[1.0, 2.0, 3.0, f64::NAN],
            2,
            "row 1, component 1 is NaN: remove draws that are not finite, and count them",
        );
        check(&[f64::INFINITY, 2.0], 2, "row 0, component 0 is inf: remove draws that are not finite, and count them");
        assert_eq!(Rows::from_arrays::<3>(&[]).expect_err("empty"), MetricError::NoRows);
    }

    #[test]
    fn rows_are_seen_in_order() {
        let arrays = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        let rows = Rows::from_arrays(&arrays).expect("valid");
        assert_eq!((rows.dim(), rows.n_rows()), (2, 3));
        assert_eq!(rows.row(1), [3.0, 4.0]);
        assert_eq!(rows.iter().map(|row| row[1]).collect::<Vec<_>>(), [2.0, 4.0, 6.0]);
        let other = Rows::new(&[1.0], 1).expect("valid");
        assert_eq!(
            rows.check_same_dim(&other).expect_err("different").to_string(),
            "the first sample has 2 components and the second 1: compare draws of the same parameters"
        );
    }
}
