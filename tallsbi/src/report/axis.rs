//! Choose an axis's limits, its ticks and how their numbers are written.

/// An axis: limits, ticks with their text, and the power of ten taken out of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<(f64, String)>,
    /// The ticks' numbers are multiples of ten to this power; zero where nothing was taken out.
    pub(super) exponent: i32,
    /// Positions are shares of the logarithm's range; the limits are then positive.
    pub(super) logarithmic: bool,
}

impl Axis {
    /// An axis over \[low, high\] of `length` pixels with ticks at multiples of 1, 2 or 5 · 10ᵏ, as many as fit with
    /// labels of `character` pixels a character side by side.
    pub(super) fn new(low: f64, high: f64, length: f64, character: f64) -> Self {
        let largest = low.abs().max(high.abs());
        let magnitude = largest.log10().floor();
        let exponent = if (-3.0..5.0).contains(&magnitude) { 0 } else { magnitude as i32 };
        let most = ((length / 33.0) as usize).max(5);
        let mut best = Vec::new();
        // Finer and finer, until labels would touch or the axis would be crowded.
        for steps in 0..9 {
            let raw = (high - low) / 1.2 / 10_f64.powf(f64::from(steps) / 3.0);
            let ticks = ticks(low, high, nice(raw), exponent);
            let widest = ticks.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
            let room = length / (high - low) * nice(raw);
            let crowded = |room: f64| room < (widest as f64 + 0.4) * character;
            if best.len() < 2 && ticks.len() > 2 && crowded(room) && !crowded(room * (ticks.len() - 1) as f64) {
                // Long numbers on a short axis: the outer two of a finer step.
                best = vec![ticks[0].clone(), ticks[ticks.len() - 1].clone()];
            }
            if ticks.len() > most || (ticks.len() > 1 && crowded(room)) {
                break;
            }
            if ticks.len() > best.len() {
                best = ticks;
            }
        }
        if best.is_empty() {
            let middle = 0.5 * low + 0.5 * high;
            best = vec![(middle, format!("{middle:.3e}").replace('-', "−"))];
            return Self { low, high, ticks: best, exponent: 0, logarithmic: false };
        }
        Self { low, high, ticks: best, exponent, logarithmic: false }
    }

    /// An axis over [low, high], both positive, on which equal ratios are equal lengths: ticks at 1, 2 and 5 · 10ᵏ, or at
    /// powers of ten where those would touch.
    pub(super) fn logarithmic(low: f64, high: f64, length: f64, character: f64) -> Self {
        let powers = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        let span = high.log10() - low.log10();
        let mut ticks = Vec::new();
        for factors in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]] {
            for every in [1, 2, 3, 5, 10, 20, 50] {
                let of_power = |power: i32| factors.iter().map(move |factor| factor * 10_f64.powi(power));
                ticks = powers.clone().filter(|power| power % every == 0).flat_map(of_power).collect::<Vec<f64>>();
                ticks.retain(|value| *value >= low * 0.9999 && *value <= high * 1.0001);
                let texts: Vec<String> = ticks.iter().map(|value| short(*value)).collect();
                let room = |k: usize| length * (ticks[k + 1].log10() - ticks[k].log10()) / span;
                let wide = |k: usize| 0.5 * (texts[k].chars().count() + texts[k + 1].chars().count()) as f64 + 0.6;
                let touching = (1..ticks.len()).any(|k| room(k - 1) < wide(k - 1) * character);
                if !touching && ticks.len() > 1 {
                    let ticks = ticks.into_iter().zip(texts).collect();
                    return Self { low, high, ticks, exponent: 0, logarithmic: true };
                }
                if factors.len() > 1 {
                    break;
                }
            }
        }
        if ticks.len() < 2 {
            // Less than a decade without a round number: as on a linear axis.
            ticks.clear();
            let linear = Self::new(low, high, length, character);
            if linear.exponent == 0 {
                return Self { logarithmic: true, ..linear };
            }
            ticks.push(low.sqrt() * high.sqrt());
        }
        let ticks = ticks.into_iter().map(|value| (value, short(value))).collect();
        Self { low, high, ticks, exponent: 0, logarithmic: true }
    }

    /// Where a value lies, 0 at the lower end and 1 at the upper.
    pub(super) fn position(&self, value: f64) -> f64 {
        if self.logarithmic {
            return (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln());
        }
        (value - self.low) / (self.high - self.low)
    }
}

/// A round number with the digits it needs.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let power = value.abs().log10().floor() as i32;
    if !(-3..5).contains(&power) {
        let factor = value / 10_f64.powi(power);
        let factor = if (factor - 1.0).abs() < 1e-6 { String::new() } else { format!("{}·", short(factor)) };
        return format!("{factor}{}", multiplier(power).trim_start_matches('×'));
    }
    let text = format!("{value:.*}", (2 - power).max(0) as usize);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

/// The step 1, 2 or 5 · 10ᵏ nearest to `raw` on the scale of ratios.
fn nice(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.log10().floor());
    let share = raw / power;
    let factor = if share < 1.5 {
        1.0
    } else if share < 3.2 {
        2.0
    } else if share < 7.1 {
        5.0
    } else {
        10.0
    };
    factor * power
}

/// Multiples of `step` at least 4 % of the axis away from its ends.
fn ticks(low: f64, high: f64, step: f64, exponent: i32) -> Vec<(f64, String)> {
    let margin = 0.04 * (high - low);
    let unit = 10_f64.powi(exponent);
    let decimals = (-(step / unit).log10() - 1e-9).ceil().clamp(0.0, 12.0) as usize;
    let (first, last) = (((low + margin) / step).ceil(), ((high - margin) / step).floor());
    if !(last - first < 20.0 && first.abs() < 1e12) {
        return Vec::new();
    }
    (0..=(last - first).max(-1.0) as i64)
        .filter(|_| last >= first)
        .map(|k| {
            let value = (first + k as f64) * step;
            let text = format!("{:.*}", decimals, value / unit);
            let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
            (value, if zero { "0".to_owned() } else { text.replace('-', "−") })
        })
        .collect()
}

/// ` ×10⁻⁵` for an exponent of −5, nothing for 0.
pub(super) fn multiplier(exponent: i32) -> String {
    if exponent == 0 {
        return String::new();
    }
    let digits = exponent.to_string();
    let raised = digits.chars().map(|c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32(u32::from(digit) - u32::from('0') + 0x2070).unwrap_or(digit),
    });
    format!("×10{}", raised.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(low: f64, high: f64, expected: &[&str]) {
        let axis = Axis::new(low, high, 120.0, 5.5);
        let texts: Vec<&str> = axis.ticks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, expected);
        assert!(axis.ticks.iter().all(|(value, _)| *value > low && *value < high));
    }

    #[test]
    fn ticks_are_round_and_fit() {
        check(-4.0, 4.0, &["−2", "0", "2"]);
        check(0.0, 1.0, &["0.2", "0.4", "0.6", "0.8"]);
        check(0.31, 0.52, &["0.35", "0.40", "0.45", "0.50"]);
        check(9990.0, 10010.0, &["9995", "10000", "10005"]);
        check(-0.07, 0.02, &["−0.05", "0"]);
    }

    #[test]
    fn large_and_small_numbers_leave_their_power_to_the_label() {
        let axis = Axis::new(1e6, 9e6, 120.0, 5.5);
        assert_eq!((axis.exponent, axis.ticks[0].1.as_str()), (6, "2"));
        let axis = Axis::new(1e-5, 4e-5, 120.0, 5.5);
        assert_eq!(axis.exponent, -5);
        assert_eq!(multiplier(-15), "×10⁻¹⁵");
        assert_eq!(multiplier(304), "×10³⁰⁴");
        assert_eq!(multiplier(0), "");
    }

    #[test]
    fn logarithmic_axes_are_round_too() {
        let texts = |low: f64, high: f64| {
            let axis = Axis::logarithmic(low, high, 300.0, 5.5);
            assert!(axis.position(low).abs() < 1e-12 && (axis.position(high) - 1.0).abs() < 1e-12);
            axis.ticks.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(texts(0.9, 33.0), ["1", "2", "5", "10", "20"]);
        assert_eq!(texts(1e-9, 1e9)[..2], ["10⁻⁸", "10⁻⁶"]);
        for (low, high) in [(0.31, 0.33), (2.0, 2.001), (1e-200, 1e200), (1.1e-8, 1.2e-8)] {
            assert!(!texts(low, high).is_empty(), "{low} {high}");
        }
        assert_eq!([0.05, 1234.0, 20000.0, 5e-7, -2.5].map(short), ["0.05", "1234", "20000", "5·10⁻⁷", "−2.5"]);
    }

    #[test]
    fn every_axis_has_a_tick() {
        let mut value = 1e-290;
        while value < 1e290 {
            for (low, high) in [(value, 1.001 * value), (-value, value), (value, 80.0 * value), (-3.3 * value, -value)]
            {
                let axis = Axis::new(low, high, 90.0, 5.5);
                assert!(!axis.ticks.is_empty() && axis.ticks.len() < 6, "{low} {high}: {:?}", axis.ticks);
            }
            value *= 17.3;
        }
    }
}
