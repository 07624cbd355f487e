//! Derive the tolerances of statistical tests, each at a false alarm rate of 1e-6 per assertion.

/// z with P(|N(0, 1)| > z) = 1e-6.
pub const Z: f64 = 4.892;

/// Largest error of a mean of `n` independent draws of standard deviation `sd`: z sd/√n.
pub fn mean(sd: f64, n: usize) -> f64 {
    Z * sd / (n as f64).sqrt()
}

/// Largest relative error of a standard deviation estimated from `n` normal draws: z/√(2(n − 1)) by the delta method.
pub fn relative_sd(n: usize) -> f64 {
    Z / (2.0 * (n as f64 - 1.0)).sqrt()
}

/// Largest Kolmogorov–Smirnov distance of `n` draws from their own distribution: √(−ln(α/2)/2)/√n (2.69 at 1e-6).
pub fn kolmogorov_smirnov(n: usize) -> f64 {
    (-(0.5e-6_f64).ln() / 2.0).sqrt() / (n as f64).sqrt()
}

/// Largest difference of two numbers that each scatter with standard deviation `sd`: z √2 sd.
pub fn difference(sd: f64) -> f64 {
    Z * 2.0_f64.sqrt() * sd
}
