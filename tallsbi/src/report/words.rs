//! Say a declared prior in words.

use super::evidence::digits;

/// What a family with its arguments means, for a reader who does not know it; the declaration itself where it is none of
/// the declared families.
pub(super) fn prior_in_words(declared: &str) -> String {
    const GIVEN: &str = " given earlier fields";
    let (family, conditional) = match declared.strip_suffix(GIVEN) {
        Some(family) => (family, true),
        None => (declared, false),
    };
    let (name, arguments) = family.split_once('(').unwrap_or((family, ""));
    let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
    let args: Vec<&str> = arguments.split(", ").collect();
    let at = |k: usize| {
        let text = args.get(k).copied().unwrap_or("?");
        // Constants such as ln 0.4 have seventeen digits, of which a reader needs four.
        text.parse().map_or_else(|_| text.replace('-', "−"), digits)
    };
    let words = match name.split('[').next().unwrap_or(name) {
        "Uniform" => format!("every value between {} and {} is equally plausible", at(0), at(1)),
        "LogUniform" => format!("between {} and {}, every order of magnitude equally plausible", at(0), at(1)),
        "Normal" => format!("normal around {} with standard deviation {}", at(0), at(1)),
        "LogNormal" => {
            format!("positive; its logarithm is normal around {} with standard deviation {}", at(0), at(1))
        }
        "HalfNormal" => {
            format!("not negative; the positive half of a normal around 0 with standard deviation {}", at(0))
        }
        "Cauchy" => format!("around {} with scale {} and very heavy tails (Cauchy)", at(0), at(1)),
        "HalfCauchy" => format!("not negative; the positive half of a Cauchy distribution with scale {}", at(0)),
        "StudentT" => {
            format!(
                "around {} with scale {} and the heavy tails of Student's t, {} degrees of freedom",
                at(1),
                at(2),
                at(0)
            )
        }
        "Exponential" => format!("positive; exponential with rate {}, most plausible near 0", at(0)),
        "Gamma" => format!("positive; gamma with shape {} and rate {}", at(0), at(1)),
        "InverseGamma" => format!("positive; the reciprocal is gamma with shape {} and rate {}", at(0), at(1)),
        "Beta" => format!("between 0 and 1; beta with shapes {} and {}", at(0), at(1)),
        "TruncatedNormal" => format!(
            "normal around {} with standard deviation {}, cut off below {} and above {}",
            at(0),
            at(1),
            at(2),
            at(3)
        ),
        "Mixture" => format!("one of {} normals", arguments.matches('(').count()),
        "MvNormal" => format!(
            "normal around {} with standard deviation {}, jointly with the other components of its field",
            at(0),
            at(1)
        ),
        _ => return declared.to_owned(),
    };
    if conditional {
        format!("{words}; these numbers depend on earlier parameters and are given at their medians")
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prior::*;

    #[test]
    fn every_family_has_words_with_its_arguments() {
        let all = [
            (Uniform::new(-2.0, 3.0).expect("valid").describe(), "every value between −2 and 3 is equally plausible"),
            (LogUniform::new(1.0, 10.0).expect("valid").describe(), "between 1 and 10"),
            (Normal::new(0.5, 2.0).expect("valid").describe(), "normal around 0.5 with standard deviation 2"),
            (LogNormal::new(-0.9, 0.5).expect("valid").describe(), "logarithm is normal around −0.9"),
            (LogNormal::new(0.4_f64.ln(), 0.5).expect("valid").describe(), "logarithm is normal around −0.9163 with"),
            (HalfNormal::new(2.5).expect("valid").describe(), "standard deviation 2.5"),
            (Cauchy::new(1.0, 2.0).expect("valid").describe(), "around 1 with scale 2"),
            (HalfCauchy::new(2.0).expect("valid").describe(), "scale 2"),
            (StudentT::new(4.0, 1.0, 2.0).expect("valid").describe(), "around 1 with scale 2"),
            (Exponential::new(3.0).expect("valid").describe(), "rate 3"),
            (Gamma::new(2.0, 3.0).expect("valid").describe(), "shape 2 and rate 3"),
            (InverseGamma::new(2.0, 3.0).expect("valid").describe(), "shape 2 and rate 3"),
            (Beta::new(2.0, 3.0).expect("valid").describe(), "shapes 2 and 3"),
            (TruncatedNormal::new(0.0, 1.0, -1.0, 2.0).expect("valid").describe(), "cut off below −1 and above 2"),
            (Mixture::new([(0.5, -1.0, 0.5), (0.5, 1.0, 0.5)]).expect("valid").describe(), "one of 2 normals"),
            ("MvNormal[1](0.5, 2)".to_owned(), "normal around 0.5 with standard deviation 2, jointly"),
        ];
        for (declared, expected) in all {
            let words = prior_in_words(&declared);
            assert!(words.contains(expected) && !words.contains('?'), "{declared}: {words}");
            assert!(prior_in_words(&format!("{declared} given earlier fields")).ends_with("at their medians"));
        }
        assert_eq!(prior_in_words("a prior of one's own"), "a prior of one's own");
    }
}
