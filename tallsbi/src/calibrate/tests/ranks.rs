//! Tell exact posteriors of sets from posteriors whose scale, location or correlation is off. Every assertion has a false
//! alarm rate of 1e-6.

use super::*;
use crate::calibrate::{CalibrationTable, DrawError, SetDensity, Study, StudyOptions};

const SETS: usize = 4_000;

fn study(altered: Altered, n: usize) -> Study<2, 3> {
    let options = StudyOptions { observations: n, sets: SETS, seed: 3, ..StudyOptions::default() };
    Study::run(&LineModel, &altered.posterior(), &options).expect("a study")
}

impl SetDensity<[f64; 3], 2> for Altered {
    fn ln_density(&self, x: &[[f64; 3]], theta: &[[f64; 2]]) -> Result<Vec<f64>, DrawError> {
        let posterior = self.gaussian(x).map_err(DrawError::new)?;
        let precision = posterior.covariance().try_inverse().expect("definite");
        let density = |theta: &[f64; 2]| {
            let off = SVector::from(*theta) - posterior.mean();
            -0.5 * (off.transpose() * precision * off)[(0, 0)]
        };
        Ok(theta.iter().map(density).collect())
    }
}

#[test]
fn exact_posteriors_of_sets_pass_and_scales_off_by_a_tenth_fail() {
    for n in [1, 20] {
        for (altered, right) in [(EXACT, true), (NARROW, false), (Altered { scale: 1.1, ..EXACT }, false)] {
            let study = study(altered, n);
            let ranks = study.density_ranks::<[f64; 3], _>(&altered).expect("densities");
            let density = CalibrationTable::new(&study, &[ranks]);
            let table = study.table();
            draw(&format!("n{n}-scale{}", altered.scale), &study, &altered);
            eprintln!("scale {}\n{table}\n{density}\n", altered.scale);
            for (what, p) in [("parameters and TARP", table.p_value()), ("density", density.p_value())] {
                assert_eq!(p > 1e-6, right, "n = {n}, scale {}, {what}: p = {p:e}", altered.scale);
            }
            for row in &table.rows {
                assert_eq!(row.test.p_value() > 1e-6, right, "n = {n}, scale {}: {row:?}", altered.scale);
            }
        }
    }
}

#[test]
fn spread_and_bias_say_what_is_wrong() {
    for (altered, bias, spread) in
        [(NARROW, 0.0, 1.0 / 0.9), (Altered { shift: -0.2, ..EXACT }, 0.2, 1.0), (EXACT, 0.0, 1.0)]
    {
        for row in &study(altered, 20).table().rows[..2] {
            // 4.9 standard errors, 1/√n of a mean and 1/√(2 n) of a root mean square, and 0.03 for what 99 draws cut off.
            let tolerance = 4.9 / (SETS as f64).sqrt();
            assert!((row.test.bias - bias).abs() < tolerance + 0.03, "{row:?}");
            // A shift adds its square to the mean square: √(1 + 0.2²) = 1.02.
            assert!((row.test.spread - spread).abs() < tolerance / 2.0_f64.sqrt() + 0.03, "{row:?}");
        }
    }
}

#[test]
fn a_wrong_correlation_is_seen_by_density_and_by_tarp_alone() {
    // Marginals are exact; the correlation is −0.22 and the posterior has three times that with the other sign.
    let altered = Altered { correlation: -3.0, ..EXACT };
    let study = study(altered, 1);
    let table = study.table();
    let density = study.density_ranks::<[f64; 3], _>(&altered).expect("densities").uniformity();
    eprintln!("{table}\ndensity: {density:?}");
    assert!(table.rows[..2].iter().all(|row| row.test.p_value() > 1e-6), "{table}");
    assert!(table.rows[2].test.p_value() < 1e-6 && density.p_value() < 1e-6, "{table}");
}

/// Writes pictures to look at where the environment names a folder for them.
fn draw(name: &str, study: &Study<2, 3>, altered: &Altered) {
    use crate::report::{RankPlot, RankView};
    let Some(folder) = std::env::var_os("TALLSBI_PICTURES") else { return };
    let mut ranks = study.ranks();
    let coverage = [study.tarp_ranks(), study.density_ranks::<[f64; 3], _>(altered).expect("densities")];
    ranks.push(coverage[0].clone());
    for (kind, view, ranks) in [
        ("histogram", RankView::Histogram, &ranks[..]),
        ("ecdf", RankView::EcdfDifference, &ranks[..]),
        ("coverage", RankView::Coverage, &coverage[..]),
    ] {
        let path = std::path::Path::new(&folder).join(format!("{name}-{kind}.svg"));
        RankPlot::new(view, ranks).title(&format!("Linear Gaussian model, {name}")).save(path).expect("written");
    }
}
