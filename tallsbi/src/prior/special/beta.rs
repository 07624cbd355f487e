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
        let ln_lower = (ln_logit_density + (continued_fraction(a, b, at.x) / a).ln()).min(0.0);
        BetaTails { ln_lower, ln_upper: ln_one_minus_exp(ln_lower), ln_logit_density }
    } else {
        let ln_upper = (ln_logit_density + (continued_fraction(b, a, at.y) / b).ln()).min(0.0);
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

/// The continued fraction of DLMF 8.17.22 by Lentz's method; fast for x < (a+1)/(a+b+2).
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const FLOOR: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < FLOOR { FLOOR } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let factor = d * c;
        value *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}
