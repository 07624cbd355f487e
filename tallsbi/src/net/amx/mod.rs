//! Multiply `f32` matrices on the tile unit (AMX) of recent x86 servers: bounds-checked doors to its kernels.
//!
//! The unit multiplies bytes and adds in 32 bits, without rounding. A float is written as three signed digits to the base 256, in units
//! of the largest number of its row (of its column, in the right factor): 23 bits and a sign. With eight of the nine products of digits
//! the result is as close to the exact one as that of an `f32` product; with six, what is left out is of the order of 2⁻²³ of the
//! largest numbers. For the lower [`Precision`] there are 16-bit brain floats, which the unit
//! multiplies and adds in `f32`, at half the rate but at once; and sums of three of them, for products of little depth, which are exact.
#![allow(clippy::unused_self)] // reason: `self` is the proof that the instructions exist
#![allow(unsafe_code)] // reason: kernels take pointers; every block below says why they stay in bounds

mod digits;
mod finish;
mod kernel;
mod split;
mod strip;
mod unit;

use std::sync::OnceLock;

use pulp::x86::V4;

use self::{
    finish::{Activated, Add, Added, Brain, Factors, Floats, Measured, SiluAndSlopes, Stage},
    strip::Finish,
};
use super::{
    form::{BLOCK, DEEPEST, Form, Side},
    linalg::View,
    precision::Precision,
    silu::Quadratics,
    vector::Terms,
};

/// Rows of a tile, and groups of four bytes in one of its rows: two brain floats, or digits of four numbers.
const SIDE: usize = 16;
/// Brain floats in a row of a tile.
const BRAIN_DEPTH: usize = 2 * SIDE;
const _: () = assert!(BLOCK == 2 * SIDE, "a block is two tiles high and wide");

/// Proof that the tile unit is there and this process may use it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amx(V4);

/// 16 rows of 64 bytes, aligned to cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Tile([[u32; SIDE]; SIDE]);

impl Form {
    fn is_digits(self) -> bool {
        matches!(self, Self::Digits | Self::AllDigits)
    }

    /// Tiles side by side for the same numbers.
    fn planes(self) -> usize {
        match self {
            Self::Brain => 1,
            Self::Exact => 3,
            Self::Digits | Self::AllDigits => digits::DIGITS,
        }
    }

    /// Numbers in a row of a tile.
    fn depth(self) -> usize {
        match self {
            Self::Brain => BRAIN_DEPTH,
            Self::Exact => SIDE,
            Self::Digits | Self::AllDigits => digits::DEPTH,
        }
    }
}

/// A matrix that is being cut into tiles: elements are `stride` apart along one of its dimensions, and side by side along the other.
struct Source<'a> {
    data: &'a [f32],
    stride: usize,
    outer: usize,
    inner: usize,
}

/// One factor of a product, cut into tiles: `[outer / 16][inner / depth][plane]`, padded with zeros.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    /// At least as many as the shape needs: an operand that takes turns between shapes keeps the largest.
    tiles: Vec<Tile>,
    /// What a highest digit of every row of a left factor, or column of a right one, is worth.
    scales: Vec<[f32; SIDE]>,
    outer: usize,
    inner: usize,
    form: Form,
}

impl Default for Operand {
    fn default() -> Self {
        Self { tiles: Vec::new(), scales: Vec::new(), outer: 0, inner: 0, form: Form::Brain }
    }
}

impl Operand {
    /// Tiles along the depth of a product.
    fn depth(&self) -> usize {
        self.inner.div_ceil(self.form.depth())
    }

    /// Tiles of 16 rows or columns.
    fn side_tiles(&self) -> usize {
        self.depth() * self.form.planes()
    }

    fn reshape(&mut self, outer: usize, inner: usize, form: Form) {
        (self.outer, self.inner, self.form) = (outer, inner, form);
        let sides = outer.div_ceil(BLOCK) * BLOCK / SIDE;
        if self.tiles.len() < sides * self.side_tiles() {
            self.tiles.resize(sides * self.side_tiles(), Tile([[0; SIDE]; SIDE]));
        }
        if self.scales.len() < sides {
            self.scales.resize(sides, [0.0; SIDE]);
        }
    }

    /// Tiles of the 16 rows or columns of this index.
    fn side(&self, index: usize) -> &[Tile] {
        &self.tiles[index * self.side_tiles()..(index + 1) * self.side_tiles()]
    }
}

impl Amx {
    /// The tile unit, where processor and kernel offer it.
    pub(crate) fn detect() -> Option<Self> {
        static FOUND: OnceLock<Option<Amx>> = OnceLock::new();
        *FOUND.get_or_init(|| V4::try_new().filter(|_| unit::is_there()).map(Self))
    }

    /// Splits an outer×inner matrix into `operand`, which keeps its memory for the next time.
    ///
    /// # Panics
    /// The view is too short for its shape, or neither of its strides is 1: bugs in this crate.
    pub(crate) fn pack(self, side: Side, shape: (usize, usize), view: View<'_>, form: Form, operand: &mut Operand) {
        self.pack_measured(side, shape, view, &[], form, operand);
    }

    /// As [`pack`](Self::pack), where the largest numbers of the first rows of a row-major matrix may be known: bits of sixteen for each.
    fn pack_measured(
        self,
        side: Side,
        (outer, inner): (usize, usize),
        view: View<'_>,
        largest: &[[u32; SIDE]],
        form: Form,
        operand: &mut Operand,
    ) {
        assert!(view.holds(outer, inner), "matrix shapes disagree");
        let (row, column) = view.strides();
        assert!(row == 1 || column == 1, "one stride must be 1");
        operand.reshape(outer, inner, form);
        let side_tiles = operand.side_tiles().max(1);
        let source = &Source { data: view.data(), stride: row.max(column), outer, inner };
        if form.is_digits() && column != 1 {
            // SAFETY: as below.
            unsafe { digits::largest_of_columns(source, &mut operand.scales[..outer.div_ceil(SIDE)]) };
        }
        let sides = operand.tiles.chunks_exact_mut(side_tiles).zip(&mut operand.scales);
        // Brain floats are multiplied 32 rows at a time, padded with zeros.
        let needed = if form.is_digits() { outer.div_ceil(SIDE) } else { outer.div_ceil(BLOCK) * BLOCK / SIDE };
        for (index, (tiles, scales)) in sides.take(needed).enumerate() {
            let first = index * SIDE;
            let across = (side == Side::Right) == (column == 1);
            // SAFETY: `self` proves AVX-512 with F, BW and BF16. `holds` proved every element (i, k) with i < outer and
            // k < inner in bounds; the functions read no other. Digits have first < outer.
            unsafe {
                match (form, column == 1) {
                    (Form::Brain, true) => split::split_rows(source, first, across, tiles),
                    (Form::Brain, false) => split::split_columns(source, first, across, tiles),
                    (Form::Exact, true) => split::split_exactly(source, first, across, tiles),
                    (Form::Exact, false) => unreachable!("shallow products have row-major factors"),
                    (Form::Digits | Form::AllDigits, true) => {
                        let largest = largest.get(first..).unwrap_or_default();
                        digits::split_rows(source, first, across, largest, tiles, scales);
                    }
                    (Form::Digits | Form::AllDigits, false) => {
                        digits::split_columns(source, first, across, tiles, scales);
                    }
                }
            }
        }
    }

    /// C ← A B for row-major C. After every strip of at most 32 rows, `finish` receives its first row and the strip. The left factor says how
    /// many products of digits are taken.
    ///
    /// # Panics
    /// The operands' inner dimensions differ, their forms do not go together, or C is too short: bugs in this crate.
    pub(crate) fn multiply(
        self,
        left: &Operand,
        right: &Operand,
        c: &mut [f32],
        mut finish: impl FnMut(usize, &mut [f32]),
    ) {
        let (rows, columns) = (left.outer, right.outer);
        assert!(c.len() >= rows * columns, "matrix shapes disagree");
        for (i, strip) in c[..rows * columns].chunks_mut((BLOCK * columns).max(1)).enumerate() {
            self.multiply_strip(left, right, i, Floats::new(strip, columns));
            finish(i * BLOCK, strip);
        }
    }

    /// The `i`-th strip of at most 32 rows of A B, as `finish` takes it.
    ///
    /// # Panics
    /// As [`multiply`](Self::multiply).
    fn multiply_strip<F: Finish>(self, left: &Operand, right: &Operand, i: usize, finish: F) {
        assert!(left.inner == right.inner && (1..=DEEPEST).contains(&left.inner), "matrix shapes disagree");
        // SAFETY: `self` proves the unit usable, and AVX-512 with F, BW and BF16. No other code of this process uses tiles, and
        // `finish` is Rust code, which uses none.
        unsafe {
            let _configured = unit::Configured::new();
            match (left.form, right.form) {
                (Form::Brain, Form::Brain) | (Form::Exact, Form::Exact) => strip::brain(left, right, i, finish),
                (Form::AllDigits, Form::Digits) => strip::digits::<_, true>(left, right, i, finish),
                (Form::Digits, Form::Digits) => strip::digits::<_, false>(left, right, i, finish),
                forms => unreachable!("the forms {forms:?} do not go together"),
            }
        }
    }

    /// values ← silu(A B + terms) for a left factor of at most 32 rows, of whose terms the first has index `first`, and these values as the left factor `next` at the same
    /// precision. `values` are not written where that is [`Precision::Medium`] and there is a `next`.
    ///
    /// # Panics
    /// As [`multiply`](Self::multiply), or A has more rows.
    pub(crate) fn silu(
        self,
        (left, right): (&Operand, &Operand),
        precision: Precision,
        (terms, first): (Terms<'_>, usize),
        values: &mut [f32],
        next: Option<&mut Operand>,
    ) {
        let (factors, added) = ((left, right), &Added::new(terms, first..first + left.outer));
        if precision == Precision::Medium {
            let silu = Quadratics::new(self.0);
            return self.hand_on(factors, precision, Activated { added, silu }, values, next);
        }
        self.hand_on(factors, precision, Activated { added, silu: self.0 }, values, next);
    }

    /// values ← A B ∘ factors for a left factor of at most 32 rows, whose factors `of_row` gives, and these values as the left factor `next`: as
    /// [`silu`](Self::silu).
    ///
    /// # Panics
    /// As there, or a row has too few factors.
    pub(crate) fn scale_strip<'a>(
        self,
        (left, right): (&Operand, &Operand),
        precision: Precision,
        of_row: impl Fn(usize) -> &'a [f32],
        values: &mut [f32],
        next: Option<&mut Operand>,
    ) {
        let factors = &Factors::new(left.outer, right.outer, of_row);
        self.hand_on((left, right), precision, factors, values, next);
    }

    /// values ← what `stage` makes of A B, and these values as the left factor `next`.
    fn hand_on<S: Stage>(
        self,
        (left, right): (&Operand, &Operand),
        precision: Precision,
        stage: S,
        values: &mut [f32],
        next: Option<&mut Operand>,
    ) {
        let (rows, width) = (left.outer, right.outer);
        assert!(rows <= BLOCK, "one strip at a time");
        let floats = Floats::new(values, width);
        match (precision, next) {
            (_, None) => self.multiply_strip(left, right, 0, stage.then(floats)),
            (Precision::Medium, Some(next)) => {
                next.reshape(rows, width, Form::Brain);
                let depth = next.depth();
                if !width.is_multiple_of(BRAIN_DEPTH) {
                    next.tiles[..2 * depth].fill(Tile([[0; SIDE]; SIDE]));
                }
                self.multiply_strip(left, right, 0, stage.then(Brain::new(&mut next.tiles[..2 * depth], width)));
            }
            (_, Some(next)) => {
                let mut largest = [[0; SIDE]; BLOCK];
                self.multiply_strip(left, right, 0, stage.then(Measured { floats, largest: &mut largest }));
                let view = View::rows(values, width);
                self.pack_measured(Side::Left, (rows, width), view, &largest, Form::of(precision), next);
            }
        }
    }

    /// values ← silu(A B + terms), slopes ← its derivative.
    ///
    /// # Panics
    /// As [`multiply`](Self::multiply).
    pub(crate) fn silu_and_slopes(
        self,
        (left, right): (&Operand, &Operand),
        terms: Terms<'_>,
        values: &mut [f32],
        slopes: &mut [f32],
    ) {
        let (rows, width) = (left.outer, right.outer);
        let strips = values.chunks_mut(BLOCK * width).zip(slopes.chunks_mut(BLOCK * width));
        for (i, (values, slopes)) in strips.enumerate().take(rows.div_ceil(BLOCK)) {
            let added = &Added::new(terms, i * BLOCK..rows.min((i + 1) * BLOCK));
            let (values, slopes) = (Floats::new(values, width), Floats::new(slopes, width));
            let then = SiluAndSlopes { simd: self.0, values, slopes };
            self.multiply_strip(left, right, i, Add { added, then });
        }
    }

    /// values ← A B ∘ factors.
    ///
    /// # Panics
    /// As [`multiply`](Self::multiply).
    pub(crate) fn scale(self, left: &Operand, right: &Operand, factors: &[f32], values: &mut [f32]) {
        let (rows, width) = (left.outer, right.outer);
        let strips = values.chunks_mut(BLOCK * width).zip(factors.chunks(BLOCK * width));
        for (i, (values, factors)) in strips.enumerate().take(rows.div_ceil(BLOCK)) {
            let factors = &Factors::new(values.len() / width, width, |row| &factors[row * width..]);
            self.multiply_strip(left, right, i, factors.then(Floats::new(values, width)));
        }
    }
}

#[cfg(test)]
mod tests;
