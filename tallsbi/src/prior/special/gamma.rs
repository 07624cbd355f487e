//! Evaluate the regularised incomplete gamma function in logarithms of both tails.

use super::{HALF_LN_TWO_PI, ln_one_minus_exp, ln_one_plus_minus, stirling_error};

/// Both tails of a gamma distribution at one point, and its density there.
#[derive(Clone, Copy, Debug)]
// Every field is a logarithm.
#[allow(clippy::struct_field_names)]
pub(crate) struct GammaTails {
    /// ln P(a, x)
    pub(crate) ln_lower: f64,
    /// ln Q(a, x)
    pub(crate) ln_upper: f64,
    /// ln(x^a e^{−x} / Γ(a)), the log-density of ln x.
    pub(crate) ln_log_density: f64,
}

/// Tails of Gamma(a, 1) at x > 0; `ln_x` may be finite where x has underflowed.
pub(crate) fn gamma_tails(a: f64, x: f64, ln_x: f64) -> GammaTails {
    let offset = (x - a) / a;
    // a ln(x/a) − (x − a), which is never positive: nothing cancels (Loader's saddle-point form of the density).
    let exponent = if offset.abs() <= 0.3 { a * ln_one_plus_minus(offset) } else { a * (ln_x - a.ln()) - (x - a) };
    // ln(x^a e^{−x} / Γ(a+1))
    let ln_term = exponent - HALF_LN_TWO_PI - 0.5 * a.ln() - stirling_error(a);
    let ln_log_density = ln_term + a.ln();
    if x < a + 1.0 {
        let ln_lower = (ln_term + series(a, x).ln()).min(0.0);
        GammaTails { ln_lower, ln_upper: ln_one_minus_exp(ln_lower), ln_log_density }
    } else {
        let ln_upper = (ln_log_density + continued_fraction(a, x).ln()).min(0.0);
        GammaTails { ln_lower: ln_one_minus_exp(ln_upper), ln_upper, ln_log_density }
    }
}

/// Σ x^k / ((a+1)…(a+k)), DLMF 8.11.4.
fn series(a: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, a);
    for _ in 0..200_000 {
        k += 1.0;
        term *= x / k;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// Γ(a, x) eˣ x^{−a} by Lentz's method, DLMF 8.9.2 in contracted form.
fn continued_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut value = d;
    for k in 1..200_000 {
        let k = f64::from(k);
        let numerator = -k * (k - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}
