//! The attribute and the derives of `tallsbi`.
