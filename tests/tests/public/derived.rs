//! Derived quantities and the picture of a model: declared in the module, beside the draws of their level.

use tallsbi::model::Label;
use tallsbi::prelude::*;

/// Drug levels of patients in hospitals, with a bit of everything that a model can have.
#[simulator]
mod trial {
    #[global]
    struct Population {
        /// mean of hospitals [l/h]
        #[prior(Normal(1.0, 0.5))]
        mean: f64,
        #[prior(HalfNormal(0.5))]
        between_hospitals: f64,
        #[prior(HalfNormal(between_hospitals + 0.1))]
        between_patients: f64,
    }

    #[local(plate = hospitals)]
    struct Hospital {
        /// mean of its patients [l/h]
        #[prior(Normal(population.mean, population.between_hospitals))]
        level: f64,
        #[prior(Beta(2.0, 2.0))]
        adherence: f64,
    }

    #[local(plate = hospitals / patients, n_max = 3)]
    struct Patient {
        /// clearance [l/h]
        #[prior(Normal(hospital.level, population.between_patients))]
        clearance: f64,
    }

    /// share of the variance that is between patients
    #[derived]
    fn share(population: &Population) -> f64 {
        let [a, b] = [population.between_hospitals, population.between_patients].map(|sd| sd * sd);
        b / (a + b)
    }

    /// difference from the mean of hospitals [l/h]
    #[derived]
    fn above_mean(hospital: &Hospital, population: &Population) -> f64 {
        hospital.level - population.mean
    }

    /// half-life [h]
    #[derived]
    fn half_life(patient: &Patient, hospital: &Hospital) -> f32 {
        (hospital.adherence / patient.clearance) as f32
    }

    #[observe(plate = hospitals / patients, n_max = 2)]
    fn concentration(patient: &Patient, hospital: &Hospital, dose: &Dose, rng: &mut impl Rng) -> [f32; 1] {
        [(dose.amount * hospital.adherence - patient.clearance + 0.1 * rng.random::<f64>()) as f32]
    }
}

#[derive(Design, Clone, Debug)]
struct Dose {
    #[design(Uniform(1.0, 2.0))]
    amount: f64,
}

/// Doses and what was measured, of one patient.
type Measured = Vec<([f32; 1], Dose)>;

fn hospitals(values: &[f32]) -> Vec<Vec<Measured>> {
    let patient = |value: &f32| vec![([*value], Dose { amount: 1.5 })];
    vec![values.iter().map(patient).collect(), vec![patient(&values[0])]]
}

/// Every derived value is the function of the draws it belongs to, in the summary, by name, in the CSV file and in the plot.
#[test]
fn quantities_stand_beside_their_draws() {
    let posterior = Trial::npse().simulations(200).epochs(2).seed(3).quiet().train().expect("training");
    let data = hospitals(&[0.1, -0.4]);
    let draws = posterior.observe(&data).expect("hospitals").compose(Gauss::default()).sampler(Plan::dpm(8));
    let draws = draws.local_sampler(Plan::dpm(8)).quiet().sample(30).expect("draws");

    let shares: Vec<f64> = draws.global().iter().map(|population| trial::share(&population)).collect();
    assert_eq!(draws.global().column("share"), Some(shares.clone()));
    assert_eq!(
        draws.global().derived()[0].label,
        Label::scalar("share", "share of the variance that is between patients", "")
    );
    let summary = draws.global().summary();
    let row = summary.components.last().expect("the quantity");
    let mean = shares.iter().sum::<f64>() / 30.0;
    assert!(row.label.name == "share" && (row.mean - mean).abs() < 1e-12, "{summary}");
    assert!(summary.to_string().contains("share"), "{summary}");

    let hospital = draws.group(0).expect("a hospital");
    let above: Vec<f64> = draws.global().iter().zip(hospital.local().iter()).map(|(p, h)| h.level - p.mean).collect();
    assert_eq!(hospital.local().column("above_mean"), Some(above.clone()));
    assert_eq!(draws.local(0).expect("draws").column("above_mean"), Some(above));
    assert_eq!(hospital.local().derived()[0].label.axis(), "above_mean [l/h]");
    // Of another hospital, and of one that was not observed, they are others.
    assert_ne!(draws.local(1).expect("draws").derived(), hospital.local().derived());
    let new = draws.new_group().expect("draws");
    let above: Vec<f64> = draws.global().iter().zip(new.iter()).map(|(p, h)| h.level - p.mean).collect();
    assert_eq!(new.column("above_mean"), Some(above));

    let patient = hospital.inner(1).expect("draws");
    let joint = hospital.joint(1).expect("draws");
    let lives: Vec<f64> = joint.iter().map(|(_, h, p)| f64::from(trial::half_life(p, h))).collect();
    assert_eq!(patient.column("half_life"), Some(lives));
    assert_eq!(patient.column("level"), None);
    let new = hospital.new_inner().expect("draws");
    let lives = hospital.local().iter().zip(new.iter()).map(|(h, p)| f64::from(trial::half_life(&p, &h)));
    assert_eq!(new.column("half_life"), Some(lives.collect()));

    let file = |end: &str| std::env::temp_dir().join(format!("tallsbi-derived-{}.{end}", std::process::id()));
    hospital.local().save_csv(file("csv")).expect("a file");
    let text = std::fs::read_to_string(file("csv")).expect("the file");
    assert_eq!(text.lines().next(), Some("level,adherence,above_mean"));
    assert_eq!(text.lines().count(), 31);
    hospital.local().pair_plot(file("svg")).expect("a file");
    let text = std::fs::read_to_string(file("svg")).expect("the file");
    assert!(text.contains("above_mean [l/h]"), "{text}");
    for end in ["csv", "svg"] {
        std::fs::remove_file(file(end)).expect("the file");
    }
}

/// A quantity can be added to any draws; one that is not finite everywhere loses no draw of the parameters.
#[test]
fn quantities_of_ones_own() {
    let posterior = Trial::npse().simulations(200).epochs(1).seed(4).quiet().train().expect("training");
    let draws = posterior.observe(&hospitals(&[0.1])).expect("hospitals").sample(20).expect("draws");
    let mean = draws.global().iter().map(|population| population.mean).fold(f64::NEG_INFINITY, f64::max);
    let label = Label::scalar("log_gap", "", "");
    let own = draws.global().clone().with_quantity(label, |population| (mean - population.mean).ln());
    let summary = own.summary();
    assert_eq!((summary.n_draws, summary.n_non_finite), (20, 0));
    assert!(
        summary.notes.iter().any(|note| note == "1 × `log_gap` is not finite and is left out of its row"),
        "{summary}"
    );
    let row = summary.components.last().expect("the quantity");
    assert!(row.label.name == "log_gap" && row.mean.is_finite(), "{summary}");
}

#[test]
fn the_description_says_what_is_computed() {
    let text = Trial::describe().to_string();
    for line in [
        "\n  share = share(Population)   # share of the variance that is between patients\n",
        "\n    above_mean = above_mean(Hospital, Population)   # difference from the mean of hospitals [l/h]\n",
        "\n      half_life = half_life(Patient, Hospital)   # half-life [h]\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}

/// The picture is well-formed, has every node, plate and arrow once, and keeps everything inside its frame and arrows off nodes.
#[test]
fn the_picture_has_everything() {
    let svg = Trial::describe().to_svg();
    if let Some(path) = std::env::var_os("TALLSBI_GRAPH_SVG") {
        Trial::describe().save_svg(path).expect("a file");
    }
    for text in [
        ">mean<",
        ">between_hospitals<",
        ">between_patients<",
        ">level<",
        ">adherence<",
        ">clearance<",
        ">share<",
        ">above_mean<",
        ">half_life<",
        ">Dose<",
        ">concentration<",
        ">hospitals<",
        ">1 to 3 patients in each of hospitals<",
        ">1 to 2 times<",
        ">~ Normal<",
        ">~ Beta<",
        ">to be learned<",
        ">observed<",
        ">known<",
        ">computed<",
    ] {
        assert!(svg.contains(text), "{text} is not in\n{svg}");
    }
    // Parameters: between_patients on between_hospitals, level on two, clearance on two. Derived: share on three fields,
    // above_mean on 2 + 3, half_life on 1 + 2. Observed: on patient, both of the hospital's, and the dose.
    assert_eq!(svg.matches("<path d=").count(), 2 * (1 + 2 + 2 + 3 + 5 + 3 + 4));
    assert_eq!(svg.matches("stroke-dasharray").count(), 3 + 1);
    assert!(!svg.contains("NaN"), "{svg}");
}
