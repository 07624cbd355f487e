//! Derive the tolerances of statistical tests, each at a false alarm rate of 1e-6 per assertion.

/// z with P(|N(0, 1)| > z) = 1e-6.
pub const Z: f64 = 4.892;

/// Largest error of a mean of `n` independent draws of standard deviation `sd`: z sd/√n.
pub fn mean(sd: f64, n: usize) -> f64 {
    Z * sd / (n as f64).sqrt()
}

/// Largest difference of two numbers that each scatter with standard deviation `sd`: z √2 sd.
pub fn difference(sd: f64) -> f64 {
    Z * 2.0_f64.sqrt() * sd
}
