//! Test pair plots: structure, determinism, size, odd data and every message.

use rand_distr::{Distribution, StandardNormal};

use super::*;

fn rows<const M: usize>(n: usize, f: impl Fn([f64; M]) -> [f64; M]) -> Vec<[f64; M]> {
    let mut rng = crate::model::stream(9, "pair plot test", M as u64);
    (0..n).map(|_| f(std::array::from_fn(|_| StandardNormal.sample(&mut rng)))).collect()
}

fn labels<const M: usize>() -> [Label; M] {
    std::array::from_fn(|k| Label::component("theta", k, "", "mV"))
}

fn count(svg: &str, needle: &str) -> usize {
    svg.matches(needle).count()
}

#[test]
fn a_small_plot_has_its_parts() {
    let svg = PairPlot::new(&[Label::scalar("beta", "", "1/day"), Label::scalar("a<b", "", "")])
        .series("n = 1", &rows(300, |z: [f64; 2]| z))
        .series("n = 30", &rows(300, |z: [f64; 2]| z.map(|x| 0.3 * x)))
        .truth(&[0.1, -0.1])
        .title("An \"epidemic\"")
        .to_svg()
        .expect("valid");
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" "));
    assert!(svg.contains("role=\"img\" aria-label=\"An &quot;epidemic&quot;\""));
    assert!(svg.contains("<title>An &quot;epidemic&quot;</title>"));
    assert_eq!(count(&svg, "class=\"panel\""), 3);
    assert_eq!(count(&svg, "class=\"marginal\""), 4);
    assert_eq!(count(&svg, "class=\"region\""), 4);
    assert_eq!(count(&svg, "<circle class=\"truth\""), 1);
    assert_eq!(count(&svg, "<path class=\"truth\""), 3);
    assert_eq!(count(&svg, "class=\"legend\""), 3);
    assert!(svg.contains(">beta [1/day]</tspan>") && svg.contains(">a&lt;b</tspan>"));
    assert_eq!(count(&svg, "<svg"), count(&svg, "</svg>"));
    assert_eq!(count(&svg, "<text"), count(&svg, "</text>"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn the_same_input_gives_the_same_bytes_within_the_size() {
    let plot = || {
        PairPlot::new(&labels::<5>())
            .series(
                "n = 1",
                &rows(1000, |z: [f64; 5]| {
                    [z[0], z[1] + z[0] * z[0], (2.0 * z[2]).exp(), z[3].signum() * 3.0 + z[3], z[4]]
                }),
            )
            .series("n = 8", &rows(1000, |z: [f64; 5]| z.map(|x| 0.4 * x)))
            .series("n = 30", &rows(1000, |z: [f64; 5]| z.map(|x| 0.1 * x)))
            .to_svg()
            .expect("valid")
    };
    let svg = plot();
    assert_eq!(svg, plot());
    assert!(svg.len() < 300_000, "{} bytes", svg.len());
}

#[test]
fn the_prior_is_dotted_and_leaves_the_axes_alone() {
    let plot = PairPlot::new(&labels::<2>()).series("n = 30", &rows(300, |z: [f64; 2]| z.map(|x| 0.3 * x)));
    let ticks = |svg: &str| svg.split("text-anchor").skip(1).map(|rest| rest[..40].to_owned()).collect::<Vec<_>>();
    let (without, narrow, wide) = (
        plot.to_svg().expect("drawn"),
        plot.clone().prior(&rows(300, |z: [f64; 2]| z.map(|x| 0.35 * x))).to_svg().expect("drawn"),
        plot.clone().prior(&rows(300, |z: [f64; 2]| z.map(|x| 100.0 * x))).to_svg().expect("drawn"),
    );
    assert!(ticks(&without) == ticks(&narrow) && ticks(&without) == ticks(&wide));
    // Two curves and two regions; of a prior much wider than the panel only the curves have a place in it.
    assert_eq!([&without, &narrow, &wide].map(|svg| count(svg, "class=\"prior\"")), [0, 4, 2]);
    assert!(narrow.contains(">prior<") && !narrow.contains("NaN"));
    let error = plot.prior(&[[1.0]]).to_svg().expect_err("another dimension").to_string();
    assert_eq!(error, "the draws of `prior` have 1 components and there are 2 labels");
}

#[test]
fn odd_data_is_drawn() {
    let long = Label::scalar("a_parameter_with_a_name_longer_than_any_panel_is_wide", "", "mol/(L s) per unit of that");
    let one = |rows: &[[f64; 1]]| PairPlot::new(std::slice::from_ref(&long)).series("", rows).to_svg();
    for rows in
        [vec![[2.0]], vec![[0.0]; 9], vec![[1e-280], [2e-280]], vec![[-1e280], [1e280]], vec![[1e15], [1e15 + 1.0]]]
    {
        let svg = one(&rows).expect("drawn");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{rows:?}");
    }
    let svg = PairPlot::new(&labels::<10>())
        .series(
            "a",
            &rows(50, |mut z: [f64; 10]| {
                z[3] = 7.0;
                z[4] = z[5];
                z
            }),
        )
        .truth(&[1e3; 10])
        .to_svg()
        .expect("drawn");
    assert_eq!(count(&svg, "class=\"panel\""), 55);
    let mut broken = rows(50, |z: [f64; 2]| z);
    broken[3][1] = f64::NAN;
    let svg = PairPlot::new(&labels::<2>()).series("n = 30", &broken).to_svg().expect("drawn");
    assert!(svg.contains(">n = 30 (1 draw not finite)<"));
}

#[test]
fn errors_name_the_cause() {
    #[allow(clippy::needless_pass_by_value)] // reason: plots are built in the call
    #[track_caller]
    fn check(plot: PairPlot, message: &str) {
        assert_eq!(plot.to_svg().expect_err("must be refused").to_string(), message);
    }
    let two = || PairPlot::new(&labels::<2>());
    let good = [[0.0, 1.0], [1.0, 0.0]];
    check(PairPlot::new(&[]), "nothing to plot: give a label for every parameter");
    check(two(), "nothing to plot: add draws with `series`");
    check(two().series("a", &[[1.0]]), "the draws of `a` have 1 components and there are 2 labels");
    check(two().series::<2>("a", &[]), "`a` has no finite draw");
    check(two().series("a", &[[f64::NAN, 1.0]]), "`a` has no finite draw");
    check(two().series("a", &good).truth(&[1.0]), "the truth has 1 components and there are 2 labels");
    check(
        two().series("a", &good).truth(&[1.0, f64::INFINITY]),
        "the truth of `theta[1]` is inf: give a finite number",
    );
    check(
        two().series("a", &[[0.0, f64::MAX], [0.0, f64::MIN]]),
        "the draws of `theta[1]` span too wide a range to plot",
    );
    let folder = std::env::temp_dir();
    let error = two().series("a", &good).save(folder.join("no-such-folder/plot.svg")).expect_err("no folder");
    assert!(error.to_string().contains("no-such-folder"), "{error}");
}
