//! Check the report of a trained posterior as a page: its structure, its escapes, its warnings, and how a browser shows it.

use std::path::{Path, PathBuf};
use std::process::Command;

use tallsbi::calibrate::{LocalC2st, LocalC2stOptions, Study, StudyOptions, TallPosterior, tall_error_growth};
use tallsbi::hierarchy::GroupStudyOptions;
use tallsbi::net::{Mlp, SetMlp};
use tallsbi::prelude::*;
use tallsbi::rand_distr::StandardNormal;
use tallsbi::report::LinePlot;
use tallsbi::train::TrainOptions;

/// Descriptions that would break a page that did not escape them.
#[derive(Parameters, Clone, Debug)]
struct Hostile {
    /// rate </td><script>alert("1")</script> & 'so' on [1/s<b>]
    #[prior(LogNormal(0.0, 0.7))]
    rate: f64,
    /// an offset with a description so long that it would not fit beside anything else on a narrow screen [mV]
    #[prior(Normal(0.0, rate))]
    an_offset_with_a_name_that_is_much_longer_than_usual: f64,
}

#[simulator(network = Mlp<2, 3, 32>)]
fn reading(theta: &Hostile, rng: &mut impl Rng) -> [f64; 3] {
    [0.0, 1.0, 2.0].map(|time| {
        let z: f64 = rng.sample(StandardNormal);
        theta.rate * time + theta.an_offset_with_a_name_that_is_much_longer_than_usual + 0.6 * z
    })
}

/// A report with everything, and one with nothing but the posterior.
fn reports() -> (String, String) {
    let posterior = Reading::npse().simulations(1_200).epochs(8).seed(5).head_options(TrainOptions::head(), 32);
    let posterior = posterior.quiet().train().expect("training");
    let observed = [[0.5, 1.4, 2.1], [0.1, 0.9, 300.0]];
    let draw = |n: usize| posterior.observe(&observed[..n]).expect("finite").compose(Gauss::default()).seed(3).quiet();
    let tall = TallPosterior::new(&posterior).sampler(Plan::dpm(12));
    let tall = tall.compose(Gauss::default());
    let options = StudyOptions { sets: 60, draws: 19, observations: 2, seed: 8, ..StudyOptions::default() };
    let study = Study::run(&Reading, &tall, &options).expect("a study");
    let growth = tall_error_growth(&Reading, &tall, &[1, 3], 0.05, &options).expect("growth");
    let few = study.first(20, 5).expect("some");
    let density = few.density_ranks(&tall).expect("densities");
    let classifiers = LocalC2st::train(&study, &LocalC2stOptions { null: 19, ..LocalC2stOptions::default() });
    let path = std::env::temp_dir().join("tallsbi-report-of-a-test.html");
    let bands = LinePlot::predictive(&[0.0, 1.0, 2.0], &[[0.0, 1.0, 2.0], [0.1, 1.2, 2.1]], &observed);
    let given: Vec<_> = [1, 2].map(|n| draw(n).sample(300).expect("draws")).into();
    let local = classifiers.expect("trained").test(&observed, given[1].rows()).expect("tested");
    let columns: Vec<Vec<f64>> = given.iter().map(|draws| draws.column("rate").expect("a column")).collect();
    let sets = [(1, &columns[0][..]), (2, &columns[1][..])];
    let concentration = LinePlot::concentration(&Hostile::labels()[0], &sets, Some(1.0));
    let full = posterior
        .report(&path)
        .title("A <title> & more")
        .observations(&observed)
        .draws(&given[0])
        .draws(&given[1])
        .truth(&Hostile { rate: 1.0, an_offset_with_a_name_that_is_much_longer_than_usual: 0.2 })
        .study(&study)
        .coverage(&few, &density)
        .local_c2st(&local)
        .growth(&growth)
        .plot("A caption with <i>markup</i>", &bands)
        .plot("More observations, narrower posteriors.", &concentration);
    full.save().expect("written");
    let saved = std::fs::read_to_string(&path).expect("a page");
    assert_eq!(saved, full.to_html(), "the same input gives the same bytes");
    std::fs::remove_file(&path).expect("removed");
    // A picture that cannot be drawn does not cost the page.
    let page = posterior.report(&path).plot("nothing", &LinePlot::new("x", "y")).to_html();
    assert!(page.contains("A picture is missing here: nothing to plot"));
    tags(&page);
    (saved, posterior.report(&path).to_html())
}

/// Subjects in a population, with a description that has to be escaped.
#[simulator]
mod subjects {
    use tallsbi::rand_distr::StandardNormal;
    #[global]
    struct Population {
        /// mean of the levels [mV]
        #[prior(Normal(0.0, 2.0))]
        mean: f64,
        /// their standard deviation [mV]
        #[prior(LogNormal(0.0, 0.5))]
        between: f64,
    }
    /// variance between subjects [mV²]
    #[derived]
    fn variance(population: &Population) -> f64 {
        population.between.powi(2)
    }
    #[local(plate = subjects)]
    struct Subject {
        /// level <b>of</b> this subject [mV]
        #[prior(Normal(population.mean, population.between))]
        level: f64,
    }
    #[observe(plate = subjects, n_max = 4)]
    fn reading(subject: &Subject, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = rng.sample(StandardNormal);
        [subject.level + 0.7 * z]
    }
}

#[test]
fn the_page_of_a_hierarchy_has_every_level() {
    let npse = Subjects::npse().networks::<SetMlp<2, 1, 4, 32>, SetMlp<1, 3, 4, 32>>().simulations(2_500).epochs(6);
    let posterior = npse.seed(2).head_options(TrainOptions::head(), 32).quiet().train().expect("training");
    let groups = [vec![[0.4], [1.0]], vec![[-1.2]], vec![[2.0], [2.6], [1.1], [1.9]]];
    let sampling = posterior.observe(&groups).expect("groups").compose(Gauss::default()).seed(4).quiet();
    let draws = sampling.sample(400).expect("draws");
    let options = GroupStudyOptions { groups: 3, sets: 40, draws: 19, seed: 6, ..GroupStudyOptions::default() };
    let plan = Plan::dpm(12);
    let study = posterior.study(&Gauss::default(), &plan, &options).expect("a study");
    let growth = posterior.error_growth(&Gauss::default(), &plan, &[2, 3], 0.05, &options).expect("growth");
    let path = std::env::temp_dir().join("tallsbi-report-of-a-hierarchy.html");
    let names = ["one <1>", "two & co", "three"];
    let report = posterior.report(&path).draws(&draws).groups(&draws, &names).expect("the groups are drawn");
    let truth = subjects::Population { mean: 0.5, between: 1.0 };
    let full = report.clone().truth(&truth).study(&study).growth(&growth);
    full.save().expect("written");
    let page = std::fs::read_to_string(&path).expect("a page");
    assert_eq!(page, full.to_html(), "the same input gives the same bytes");
    std::fs::remove_file(&path).expect("removed");

    let all = tags(&page);
    assert!(
        !all.iter().any(|tag| ["script", "b", "img", "link"].contains(&tag.as_str())),
        "markup that was not escaped"
    );
    assert_eq!(all.iter().filter(|tag| *tag == "pre").count(), 1);
    assert!(page.contains("<title>Posterior of Subjects</title>") && page.contains("mean, between given 3 groups"));
    // The graph, two curves of losses, the pair plot, a forest and a shrinkage plot, a histogram and a curve for each of
    // three parameters, two of growth.
    assert_eq!(page.matches("<svg xmlns").count(), 1 + 2 + 1 + 2 + 6 + 2);
    for words in [
        "Subject: for each of subjects",
        "Parameters of Population",
        "normal around population.mean with standard deviation population.between",
        "The network of Population",
        "The network of Subject",
        "level &lt;b&gt;of&lt;/b&gt; this subject",
        "one &lt;1&gt;",
        "two &amp; co",
        "Given 3 groups: 400 draws",
        "variance [mV²]",
        "Subject: a group that was not observed",
        "\n    level ~ Normal(population.mean, population.between)   # level &lt;b&gt;",
        "Every joint draw of the population and of 3 groups is finite",
        "Posteriors with n = 3 groups of all sizes",
        "Subject: level</th>",
        "Population: between</th>",
        "Subject: ranks of true values",
        "How the error grows with the number of groups",
        "The study of n = 3 has 40 data sets",
        "n = 3, 400 draws by Gauss, TallPlan, seed 4",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("NaN") && !page.contains("{}") && !page.contains("Calibration was not checked"));
    let bare = posterior.report(&path).to_html();
    tags(&bare);
    assert!(bare.contains("run `posterior.study(...)` with as many groups as you have"));

    // Estimates of one's own take the circles' place; names and estimates are one for each group.
    let shifted = report.clone().alone("level", &[0.7, -1.2, 31.9]).expect("estimates").to_html();
    assert!(shifted.contains("an estimate from the group") && !page.contains("an estimate from the group"));
    let refused = |error: tallsbi::posterior::Error| error.to_string();
    let names = posterior.report(&path).groups(&draws, &["one"]).map_err(refused).expect_err("one name");
    assert!(names.contains("1 names were given for 3 groups"), "{names}");
    let short = report.clone().alone("level", &[0.7]).map_err(refused).expect_err("one estimate");
    assert!(short.contains("1 estimates of `level` were given for 3 groups"), "{short}");
    let unknown = report.alone("slope", &[0.7]).map_err(refused).expect_err("no slope");
    assert!(unknown.contains("no parameter `slope`; it has level"), "{unknown}");

    if let Some(folder) = std::env::var_os("TALLSBI_PICTURES") {
        std::fs::write(Path::new(&folder).join("report-of-a-hierarchy.html"), &page).expect("written");
    }
    let Some(browser) = browser() else { return };
    for width in [400, 1400] {
        for dark in [false, true] {
            look(&browser, &page, width, dark);
        }
    }
}

/// Walks the tags of a page: every attribute quoted, every element closed in order. Gives their names.
fn tags(page: &str) -> Vec<String> {
    const VOID: [&str; 4] = ["meta", "br", "img", "link"];
    let (mut open, mut all) = (Vec::new(), Vec::new());
    let (before, style) = page.split_once("<style>").expect("a style");
    let (style, after) = style.split_once("</style>").expect("its end");
    assert!(!style.contains('<'));
    let page = format!("{before}<style></style>{after}");
    let mut rest = page.strip_prefix("<!DOCTYPE html>\n").expect("a document type");
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "a stray `>` before {}", &rest[start..(start + 40).min(rest.len())]);
        let (mut quoted, mut end) = (false, start);
        for (at, c) in rest[start..].char_indices() {
            match c {
                '"' => quoted = !quoted,
                '<' if at > 0 => panic!("`<` within {}", &rest[start..start + at + 20]),
                '>' if !quoted => {
                    end = start + at;
                    break;
                }
                _ => {}
            }
        }
        let tag = &rest[start + 1..end];
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(!name.is_empty(), "<{tag}> has no name");
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(name.as_str()), "</{name}> closes another element");
        } else {
            if !tag.ends_with('/') && !VOID.contains(&name.as_str()) {
                open.push(name.clone());
            }
            all.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    all
}

#[test]
fn the_page_is_whole_escaped_and_readable() {
    let (full, bare) = reports();
    for page in [&full, &bare] {
        let tags = tags(page);
        for forbidden in ["script", "iframe", "object", "embed", "form", "link", "img", "base", "b", "i"] {
            assert!(!tags.iter().any(|tag| tag == forbidden), "<{forbidden}> in the page");
        }
        assert!(page.contains(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';"
        ));
        for attribute in [" onload=", " onclick=", " onerror=", "javascript:", "src=", "@import", "url("] {
            assert!(!page.contains(attribute), "{attribute} in the page");
        }
        let addresses: Vec<&str> = page.split("href=\"").skip(1).collect();
        assert!(addresses.iter().all(|address| address.starts_with('#')), "an address that leaves the page");
        for section in ["warnings", "model", "prior", "training", "posterior", "calibration", "versions"] {
            assert_eq!(page.matches(&format!("<section id=\"{section}\">")).count(), 1, "{section}");
        }
        assert!(page.contains("rate &lt;/td&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; 'so' on"));
        assert!(!page.contains("NaN") && !page.contains("inf ") && !page.contains("{}"));
    }
    assert!(full.contains("<title>A &lt;title&gt; &amp; more</title>") && full.contains("&lt;i&gt;markup&lt;/i&gt;"));
    assert!(full.contains("these numbers depend on earlier parameters"));
    // Curves of losses, the pair plot, two pictures of one's own, two histograms, three curves, coverage, a null
    // distribution, two of growth.
    assert_eq!(full.matches("<svg xmlns").count(), 13);
    assert!(full.contains("Highest-density regions with n = 2") && full.contains("Is the posterior right at these 2"));
    assert!(
        full.contains("n = 2, 20 data sets, 5 draws, seed 8") && full.contains("60 data sets, 19 null classifiers")
    );
    assert_eq!(bare.matches("<svg xmlns").count(), 1);
    for warning in [
        "1200 simulations are few",
        "Observed values of x[2] lie outside of everything simulated (in up to 1 of 2 observations)",
        "300 draws are few for the tails",
        "Given 2 observations: the posterior of rate lies beyond all of 2000 draws of its prior",
        "The study of n = 2 has 60 data sets",
    ] {
        assert!(full.contains(warning), "{warning}");
    }
    assert!(bare.contains("Calibration was not checked.") && !full.contains("Calibration was not checked."));
    assert!(bare.contains("No draws were given."));

    if let Some(folder) = std::env::var_os("TALLSBI_PICTURES") {
        std::fs::write(Path::new(&folder).join("report-of-a-test.html"), &full).expect("written");
    }
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium here (set TALLSBI_CHROMIUM to its path)");
        return;
    };
    // Negative control: a page that is too wide, with text too pale.
    let broken = full.replace("<main>", "<main><p style=\"min-width:900px;color:#888\">pale</p>");
    let measured = measure(&browser, &broken, 400, false);
    let number = |name: &str| measured[name].as_f64().expect("a number");
    assert!(number("width") > 800.0 && number("contrast") < 4.0, "{measured}");
    for width in [400, 1400] {
        for dark in [false, true] {
            look(&browser, &full, width, dark);
        }
    }
}

/// A Chromium that runs without a display.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("TALLSBI_CHROMIUM").map(PathBuf::from);
    let names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    named.into_iter().chain(found).find(|path| path.is_file())
}

/// What a copy of the page with a script says of itself: its width, and the lowest contrast of any text.
const MEASURE: &str = r#"<script>
const light = c => { const v = c.map(x => { x /= 255; return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
const rgb = text => (text.match(/[\d.]+/g) || []).map(Number);
const behind = element => { for (let e = element; e; e = e.parentElement) {
  const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0.5) return c.slice(0, 3); } return [255, 255, 255]; };
let worst = 99, which = "";
for (const e of document.querySelectorAll("body *")) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || ["title", "desc", "SCRIPT"].includes(e.tagName)) continue;
  const s = getComputedStyle(e), svg = e.namespaceURI.endsWith("svg");
  const a = light(rgb(svg ? s.fill : s.color)), b = light(behind(e));
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < worst) { worst = contrast; which = e.tagName + " " + e.textContent.slice(0, 30); }
}
const paper = getComputedStyle(document.body).backgroundColor;
const small = [...document.querySelectorAll("svg text")].map(e => { const m = e.getScreenCTM(); return m.a === 0 ? Math.abs(m.b) : m.a; });
document.title = "MEASURED " + JSON.stringify({ width: document.documentElement.scrollWidth, inner: window.innerWidth,
  contrast: worst, which, paper, scale: Math.min(...small) }) + " END";
</script>"#;

fn look(browser: &Path, page: &str, width: u32, dark: bool) {
    let measured = measure(browser, page, width, dark);
    eprintln!("{width} px, dark {dark}: {measured}");
    let number = |name: &str| measured[name].as_f64().expect("a number");
    assert!(number("width") <= f64::from(width) + 0.5, "the page is wider than {width} px: {measured}");
    // The W3C's contrast for text of normal size.
    assert!(number("contrast") >= 4.5, "{width} px, dark {dark}: {measured}");
    // Text of pictures is 10 px or more before they shrink.
    assert!(number("scale") >= 0.65, "pictures shrink too far: {measured}");
    let is_dark = measured["paper"].as_str().expect("a colour") == "rgb(21, 23, 26)";
    assert_eq!(is_dark, dark, "{measured}");
}

fn measure(browser: &Path, page: &str, width: u32, dark: bool) -> serde_json::Value {
    let start = page.find("<meta http-equiv").expect("a policy");
    let end = start + page[start..].find('>').expect("its end") + 1;
    let open = format!("{}{}", &page[..start], &page[end..]).replace("</body>", &format!("{MEASURE}</body>"));
    let folder = std::env::temp_dir();
    // Tests run beside each other in one process.
    let run = (std::process::id(), std::thread::current().id());
    let path = folder.join(format!("tallsbi-look-{width}-{dark}-{run:?}.html"));
    std::fs::write(&path, open).expect("written");
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--dump-dom"]);
    command.arg(format!("--window-size={width},900"));
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let output = command.arg(format!("file://{}", path.display())).output().expect("the browser runs");
    std::fs::remove_file(&path).expect("removed");
    let said = String::from_utf8_lossy(&output.stdout);
    let measured = said.split("MEASURED ").nth(1).and_then(|rest| rest.split(" END").next());
    let measured =
        measured.unwrap_or_else(|| panic!("the browser measured nothing: {}", String::from_utf8_lossy(&output.stderr)));
    let measured = measured.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&measured).expect("JSON")
}
