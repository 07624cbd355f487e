//! List the families a prior can name, with their arguments and what a literal argument must satisfy.

use crate::symbol::did_you_mean;

/// A family of distributions.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static [Parameter],
    /// Indices of a pair that must be in increasing order.
    pub(crate) ordered: Option<(usize, usize)>,
    pub(crate) kind: Kind,
    /// Its diffusion has a closed form in natural coordinates.
    pub(crate) closed_form: bool,
}

/// An argument of a family.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) domain: Domain,
}

/// What a literal argument must satisfy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    Real,
    Positive,
    /// An array; its rules are in `check.rs`.
    Structured,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Univariate,
    Mixture,
    MvNormal,
}

const fn real(name: &'static str) -> Parameter {
    Parameter { name, domain: Domain::Real }
}

const fn positive(name: &'static str) -> Parameter {
    Parameter { name, domain: Domain::Positive }
}

const fn structured(name: &'static str) -> Parameter {
    Parameter { name, domain: Domain::Structured }
}

const fn univariate(name: &'static str, arguments: &'static [Parameter]) -> Family {
    Family { name, arguments, ordered: None, kind: Kind::Univariate, closed_form: false }
}

pub(crate) static FAMILIES: [Family; 15] = [
    Family { closed_form: true, ..univariate("Normal", &[real("mean"), positive("sd")]) },
    Family { closed_form: true, ..univariate("LogNormal", &[real("mu"), positive("sigma")]) },
    Family { ordered: Some((0, 1)), closed_form: true, ..univariate("Uniform", &[real("low"), real("high")]) },
    Family {
        ordered: Some((0, 1)),
        closed_form: true,
        ..univariate("LogUniform", &[positive("low"), positive("high")])
    },
    univariate("HalfNormal", &[positive("sd")]),
    Family {
        ordered: Some((2, 3)),
        ..univariate("TruncatedNormal", &[real("mean"), positive("sd"), real("low"), real("high")])
    },
    univariate("StudentT", &[positive("df"), real("location"), positive("scale")]),
    univariate("Cauchy", &[real("location"), positive("scale")]),
    univariate("HalfCauchy", &[positive("scale")]),
    univariate("Exponential", &[positive("rate")]),
    univariate("Gamma", &[positive("shape"), positive("rate")]),
    univariate("InverseGamma", &[positive("shape"), positive("scale")]),
    univariate("Beta", &[positive("a"), positive("b")]),
    Family {
        kind: Kind::Mixture,
        closed_form: true,
        ..univariate("Mixture", &[structured("[(weight, mean, sd), ...]")])
    },
    Family {
        kind: Kind::MvNormal,
        closed_form: true,
        ..univariate("MvNormal", &[structured("[mean, ...]"), structured("[[covariance, ...], ...]")])
    },
];

impl Family {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| family.name == name)
    }

    /// `Normal(mean, sd)`
    pub(crate) fn usage(&self) -> String {
        let arguments: Vec<_> = self.arguments.iter().map(|argument| argument.name).collect();
        format!("{}({})", self.name, arguments.join(", "))
    }

    /// What to say about a name that is no family.
    pub(crate) fn unknown(name: &str) -> String {
        let other = [("Gaussian", "Normal"), ("Lognormal", "LogNormal"), ("Flat", "Uniform"), ("Student", "StudentT")]
            .into_iter()
            .find(|(alias, _)| *alias == name)
            .map(|(_, family)| family);
        if let Some(family) = other.or_else(|| did_you_mean(name, FAMILIES.iter().map(|family| family.name))) {
            format!("unknown distribution `{name}`; did you mean `{family}`?")
        } else {
            let all: Vec<_> = FAMILIES.iter().map(|family| family.name).collect();
            format!("unknown distribution `{name}`; the distributions are {}", all.join(", "))
        }
    }
}
