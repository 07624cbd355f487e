//! Evaluate the regularised incomplete beta function in logarithms of both tails.

use super::{HALF_LN_TWO_PI, ln_one_minus_exp, ln_one_plus_minus, stirling_error};

/// A point of (0, 1) with its complement, both with all their digits, and both logarithms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    /// The point.
    pub(crate) x: f64,
    /// 1 − x
    pub(crate) y: f64,
    /// ln x, finite even where x has underflowed.
    pub(crate) ln_x: f64,
    /// ln y, likewise.
    pub(crate) ln_y: f64,
}

impl Split {
    /// The point x.
    pub(crate) fn at(x: f64) -> Self {
        Self { x, y: 1.0 - x, ln_x: x.ln(), ln_y: (-x).ln_1p() }
    }

    /// The point with ln(x/y) = u.
    pub(crate) fn at_logit(u: f64) -> Self {
        let small = (-u.abs()).exp();
        let (near, far) = (1.0 / (1.0 + small), small / (1.0 + small));
        let (ln_near, ln_far) = (-small.ln_1p(), -u.abs() - small.ln_1p());
        if u > 0.0 {
            Self { x: near, y: far, ln_x: ln_near, ln_y: ln_far }
        } else {
            Self { x: far, y: near, ln_x: ln_far, ln_y: ln_near }
        }
    }
}

/// Both tails of a beta distribution at one point, and its density there.
#[derive(Clone, Copy, Debug)]
// Every field is a logarithm.
#[allow(clippy::struct_field_names)]
pub(crate) struct BetaTails {
    /// ln I_x(a, b)
    pub(crate) ln_lower: f64,
    /// ln(1 − I_x(a, b))
    pub(crate) ln_upper: f64,
    /// ln(x^a y^b / B(a, b)), the log-density of the logit.
    pub(crate) ln_logit_density: f64,
}

/// Tails of Beta(a, b).
pub(crate) fn beta_tails(a: f64, b: f64, at: Split) -> BetaTails {
    let ln_logit_density = ln_logit_density(a, b, at);
    if at.x * (a + b + 2.0) < a + 1.0 {
        let ln_lower = (ln_logit_density + continued_fraction(a, b, at.x, at.y).ln()).min(0.0);
        BetaTails { ln_lower, ln_upper: ln_one_minus_exp(ln_lower), ln_logit_density }
    } else {
        let ln_upper = (ln_logit_density + continued_fraction(b, a, at.y, at.x).ln()).min(0.0);
        BetaTails { ln_lower: ln_one_minus_exp(ln_upper), ln_upper, ln_logit_density }
    }
}

/// ln(x^a y^b / B(a, b)) in Loader's saddle-point form: deviances from the mode, then Stirling errors.
pub(crate) fn ln_logit_density(a: f64, b: f64, at: Split) -> f64 {
    let n = a + b;
    // n x − a = b x − a y, without subtracting numbers near a.
    let excess = b * at.x - a * at.y;
    // `deviance` = c [ln(n u / c) − (n u / c − 1)]; the linear parts of the two terms cancel exactly.
    let deviance = |c: f64, ln_u: f64, offset: f64| {
        if offset.abs() <= 0.3 { c * ln_one_plus_minus(offset) } else { c * (ln_u + (n / c).ln() - offset) }
    };
    deviance(a, at.ln_x, excess / a) + deviance(b, at.ln_y, -excess / b) + 0.5 * (a.ln() + b.ln() - n.ln())
        - HALF_LN_TWO_PI
        + stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
}

/// The even part of the continued fraction of DLMF 8.17.22 (A. R. DiDonato and A. H. Morris, ACM TOMS 18 (1992) 360–373,
/// Eq. 9) by Lentz's method, for I_x(a, b) = x^a y^b / B(a, b) × this; fast for x < (a+1)/(a+b+2).
fn continued_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    // a − (a+b) x = a y − b x keeps its digits where x is near 1 and a is large.
    let lead = a * y - b * x + 1.0;
    let denominator =
        |m: f64| m + m * (b - m) * x / (a + 2.0 * m - 1.0) + (a + m) * (lead + m * (1.0 + y)) / (a + 2.0 * m + 1.0);
    // At m = 0 the middle term vanishes, also for a = 1, where it would be 0/0.
    let mut c = f64::INFINITY;
    let mut d = (a + 1.0) / (a * lead);
    let mut value = d;
    for m in 1..100_000 {
        let m = f64::from(m);
        let width = a + 2.0 * m - 1.0;
        let numerator = (a + m - 1.0) / width * ((a + b + m - 1.0) / width) * m * (b - m) * x * x;
        let beta = denominator(m);
        d = 1.0 / (beta + numerator * d);
        c = beta + numerator / c;
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}
