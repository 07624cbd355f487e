//! Compile every block of code in the README and in the guide.

macro_rules! pages {
    ($($name:ident: $path:literal),* $(,)?) => {
        $(
            #[doc = include_str!(concat!("../../", $path))]
            pub struct $name;
        )*
    };
}

pages! {
    Readme: "README.md",
    Architecture: "docs/architecture.md",
    Benchmarks: "docs/benchmarks.md",
    ByHand: "docs/by-hand.md",
    Calibration: "docs/calibration.md",
    ChooseAComposer: "docs/choose-a-composer.md",
    ChooseANetwork: "docs/choose-a-network.md",
    ChooseASampler: "docs/choose-a-sampler.md",
    Extending: "docs/extending.md",
    GettingStarted: "docs/getting-started.md",
    Hierarchical: "docs/hierarchical.md",
    Import: "docs/import.md",
    Language: "docs/language.md",
    References: "docs/references.md",
    Reproduction: "docs/reproduction.md",
    Restrictions: "docs/restrictions.md",
    Summaries: "docs/summaries.md",
    Tutorial: "docs/tutorial.md",
}
