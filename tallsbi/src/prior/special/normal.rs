//! Evaluate the standard normal distribution and its inverse in logarithms of either tail.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use super::HALF_LN_TWO_PI;

/// √(π/2)
const SQRT_HALF_PI: f64 = 1.25331413731550025120788264241;

/// ln φ(z).
pub(crate) fn ln_normal(z: f64) -> f64 {
    -0.5 * z * z - HALF_LN_TWO_PI
}

/// Mills' ratio (1 − Φ(x)) / φ(x) for x ≥ 0.
pub(crate) fn mills(x: f64) -> f64 {
    if x < 10.0 {
        return SQRT_HALF_PI * libm::erfc(x * FRAC_1_SQRT_2) * (0.5 * x * x).exp();
    }
    // Asymptotic series Σ (−1)^k (2k−1)!! x^{−2k} / x: at x = 10 the 20th term is below 1e-16.
    let s = 1.0 / (x * x);
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 0..24 {
        term *= -f64::from(2 * k + 1) * s;
        sum += term;
        if term.abs() < 1e-17 {
            break;
        }
    }
    sum / x
}

/// ln Φ(z).
pub(crate) fn ln_cdf(z: f64) -> f64 {
    if z >= 0.0 {
        (-0.5 * libm::erfc(z * FRAC_1_SQRT_2)).ln_1p()
    } else if z > -30.0 {
        (0.5 * libm::erfc(-z * FRAC_1_SQRT_2)).ln()
    } else {
        ln_normal(z) + mills(-z).ln()
    }
}

/// ln(1 − Φ(z)).
pub(crate) fn ln_survival(z: f64) -> f64 {
    ln_cdf(-z)
}

/// Φ(z) − ½, with relative accuracy at 0.
pub(crate) fn central(z: f64) -> f64 {
    0.5 * libm::erf(z * FRAC_1_SQRT_2)
}

/// z with Φ(z) − ½ = q for |q| < ½, with relative accuracy at 0.
///
/// Rational approximations of M. J. Wichura, Algorithm AS 241, Applied Statistics 37 (1988) 477–484.
pub(crate) fn quantile_central(q: f64) -> f64 {
    if q.abs() > 0.425 {
        let z = quantile_ln((0.5 - q.abs()).ln());
        return if q > 0.0 { -z } else { z };
    }
    central_approximation(q)
}

/// The approximation for |q| ≤ 0.425, and what rounding adds to that.
fn central_approximation(q: f64) -> f64 {
    const A: [f64; 8] = [
        3.3871328727963666080,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ];
    const B: [f64; 8] = [
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ];
    let r = 0.180625 - q * q;
    q * polynomial(&A, r) / polynomial(&B, r)
}

/// Φ⁻¹(p) for 0 < p < 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    if p <= 0.5 { quantile_ln(p.ln()) } else { -quantile_ln((-p).ln_1p()) }
}

/// z with ln Φ(z) = `ln_p`, accurate for Φ(z) ≤ ½; the upper tail is its negative. AS 241, beyond its range Newton.
pub(crate) fn quantile_ln(ln_p: f64) -> f64 {
    const C: [f64; 8] = [
        1.42343711074968357734,
        4.63033784615654529590,
        5.76949722146069140550,
        3.64784832476320460504,
        1.27045825245236838258,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ];
    const D: [f64; 8] = [
        1.0,
        2.05319162663775882187,
        1.67638483018380384940,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ];
    const E: [f64; 8] = [
        6.65790464350110377720,
        5.46378491116411436990,
        1.78482653991729133580,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ];
    const F: [f64; 8] = [
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ];
    // ln 0.075: above it the central approximation holds.
    if ln_p >= -2.590267165445828 {
        // Not `quantile_central`: at p = 0.075 rounding would send each of the two back to the other for ever.
        return central_approximation(ln_p.exp() - 0.5);
    }
    let root = (-ln_p).sqrt();
    if root <= 5.0 {
        let r = root - 1.6;
        return -polynomial(&C, r) / polynomial(&D, r);
    }
    if root <= 27.0 {
        let r = root - 5.0;
        return -polynomial(&E, r) / polynomial(&F, r);
    }
    let mut x = SQRT_2 * root;
    if x > 1e8 {
        return -x;
    }
    for _ in 0..4 {
        // d ln(1 − Φ(x)) / dx = −1 / mills(x)
        let ratio = mills(x);
        x += (ln_normal(x) + ratio.ln() - ln_p) * ratio;
    }
    -x
}

/// z from the logarithms of both tails: the smaller one decides.
pub(crate) fn z_of_tails(ln_lower: f64, ln_upper: f64) -> f64 {
    if ln_lower <= ln_upper { quantile_ln(ln_lower) } else { -quantile_ln(ln_upper) }
}

/// Mass, mean and variance of a standard normal restricted to an interval.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NormalInterval {
    /// ln of the mass Φ(b) − Φ(a) over φ at the anchor: never large, however far out the interval lies.
    pub(crate) ln_relative: f64,
    /// The anchor, as an offset from a.
    pub(crate) anchor: f64,
    /// (φ(b) − φ(a)) / (Φ(b) − Φ(a)), the negative of the mean.
    pub(crate) slope: f64,
    /// Variance − 1, the derivative of `slope` when the interval is shifted.
    pub(crate) curvature: f64,
}

/// The standard normal on (a, b); `width` = b − a with all its digits. Ends may be infinite.
pub(crate) fn normal_interval(a: f64, b: f64, width: f64) -> NormalInterval {
    if a + b < 0.0 {
        let mirrored = normal_interval(-b, -a, width);
        return NormalInterval { slope: -mirrored.slope, anchor: width - mirrored.anchor, ..mirrored };
    }
    // Now |a| ≤ b, so a is the end where most of the mass is, if any end is.
    let half = 0.5 * width;
    let middle = a + half;
    if half * (1.0 + middle) < 1.0 {
        return narrow_interval(middle, half);
    }
    // e = φ(b)/φ(a) = exp(−(b² − a²)/2) ≤ 1; infinite b gives 0.
    let exponent = if b == f64::INFINITY { f64::NEG_INFINITY } else { -0.5 * width * (a + b) };
    let (e, e_minus_one) = (exponent.exp(), exponent.exp_m1());
    // Mass over φ(a); for a > 0 Mills' ratios never leave the scale of the answer. Else the anchor is the middle of φ.
    let (ln_relative, anchor, over) = if a > 0.0 {
        let over = mills(a) - if e > 0.0 { e * mills(b) } else { 0.0 };
        (over.ln(), 0.0, over)
    } else {
        let ln_mass = if a > -1.0 && b < 1.0 {
            (central(b) - central(a)).ln()
        } else {
            let outside = 0.5 * (libm::erfc(-a * FRAC_1_SQRT_2) + libm::erfc(b * FRAC_1_SQRT_2));
            (-outside).ln_1p()
        };
        // a = −∞ only together with b = +∞, where nothing is cut off.
        let over = if a == f64::NEG_INFINITY { f64::INFINITY } else { (ln_mass - ln_normal(a)).exp() };
        (ln_mass + HALF_LN_TWO_PI, -a, over)
    };
    let slope = e_minus_one / over;
    let end = |bound: f64, weight: f64| if weight > 0.0 && bound.is_finite() { bound * weight } else { 0.0 };
    let curvature = (end(a, 1.0) - end(b, e)) / over - slope * slope;
    NormalInterval { ln_relative, anchor, slope, curvature }
}

/// Ten-point Gauss–Legendre: exact to rounding where the density varies by less than e² over the interval, and free of
/// the cancellation that differences of distribution functions have there.
fn narrow_interval(middle: f64, half: f64) -> NormalInterval {
    const NODES: [(f64, f64); 5] = [
        (0.148874338981631210884826001130, 0.295524224714752870173815619189),
        (0.433395394129247190799265943166, 0.269266719309996355091226921569),
        (0.679409568299024406234327365115, 0.219086362515982043995534934228),
        (0.865063366688984510732096688423, 0.149451349150580593145863397658),
        (0.973906528517171720077964012084, 0.066671344308688137593568809893),
    ];
    let (mut mass, mut first, mut second) = (0.0, 0.0, 0.0);
    for (node, weight) in NODES {
        for u in [-half * node, half * node] {
            let w = weight * (-u * (middle + 0.5 * u)).exp();
            mass += w;
            first += w * u;
            second += w * u * u;
        }
    }
    let mean = first / mass;
    NormalInterval {
        // Not ln(half · mass): half may be subnormal.
        ln_relative: half.ln() + mass.ln(),
        anchor: half,
        slope: -middle - mean,
        curvature: second / mass - mean * mean - 1.0,
    }
}

fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}
