//! Evaluate distribution functions and their inverses with full digits in both tails.
//!
//! Tails are kept as logarithms, the smaller of the two tails always computed directly, so that probabilities far
//! below 1e-300 and values 38 standard deviations out keep their digits.

mod beta;
mod gamma;
mod normal;
mod solve;
#[cfg(test)]
mod tests;

pub(crate) use beta::{Split, beta_tails};
pub(crate) use gamma::gamma_tails;
pub(crate) use normal::normal_quantile;
pub(crate) use normal::{
    central, ln_cdf, ln_normal, ln_survival, normal_interval, quantile_central, quantile_ln, z_of_tails,
};
pub(crate) use solve::solve;

/// ½ ln 2π
pub(crate) const HALF_LN_TWO_PI: f64 = 0.918938533204672741780329736406;

/// The smallest positive number: the interior point nearest to an end at zero.
pub(crate) const TINY: f64 = f64::from_bits(1);

/// ln(1 − eˡ) for l ≤ 0.
pub(crate) fn ln_one_minus_exp(l: f64) -> f64 {
    if l > -std::f64::consts::LN_2 { (-l.exp_m1()).ln() } else { (-l.exp()).ln_1p() }
}

/// ln Σ exp, without overflow; −∞ for no terms.
pub(crate) fn ln_sum_exp(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + terms.iter().map(|term| (term - largest).exp()).sum::<f64>().ln()
}

/// ln(1 + d) − d without cancellation near d = 0.
fn ln_one_plus_minus(d: f64) -> f64 {
    if d.abs() > 0.3 {
        return d.ln_1p() - d;
    }
    // With r = d/(2+d): ln(1+d) = 2 atanh r and 2r − d = −d r.
    let r = d / (2.0 + d);
    let square = r * r;
    let mut sum = 0.0;
    for k in (0..14).rev() {
        sum = sum * square + 1.0 / f64::from(2 * k + 3);
    }
    2.0 * r * square * sum - d * r
}

/// ln Γ(a+1) − [(a+½) ln a − a + ½ ln 2π], the error of Stirling's formula.
fn stirling_error(a: f64) -> f64 {
    if a < 10.0 {
        return libm::lgamma(a + 1.0) - (a + 0.5) * a.ln() + a - HALF_LN_TWO_PI;
    }
    let s = 1.0 / (a * a);
    (1.0 / 12.0
        - s * (1.0 / 360.0
            - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0 - s * (691.0 / 360360.0 - s / 156.0))))))
        / a
}
