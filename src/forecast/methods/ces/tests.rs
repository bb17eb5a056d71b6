use super::*;

const GAP: f64 = f64::NAN;

#[derive(serde::Deserialize)]
struct Case {
    form: String,
    season: usize,
    past: Vec<f64>,
    parameters: Vec<f64>,
    /// Rows of ℓ, c and the seasonal parts, one a phase, before the first step.
    first: Vec<Vec<f64>>,
    mse: f64,
    centre: Vec<f64>,
}

impl Case {
    fn form(&self) -> CesForm {
        CesForm::ALL["NSPF".find(&self.form).unwrap()]
    }

    fn problem(&self) -> Problem {
        Problem::of(&self.past, self.season, self.form()).unwrap()
    }

    /// The peer's states in our layout and scale.
    fn states(&self, scale: f64) -> States<1> {
        let pair = |row: &[f64]| [[row[0] / scale], [row.get(1).copied().unwrap_or(0.0) / scale]];
        let last = self.first.last().unwrap();
        let whole = !self.form().has_season();
        let level = if whole { self.first.iter().map(|row| pair(row)).collect() } else { vec![pair(last)] };
        let season = if whole { Vec::new() } else { self.first.iter().map(|row| pair(&row[2..])).collect() };
        States { level, season }
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../../../../tests/fixtures/forecast/ces.json")).unwrap()
}

#[test]
fn from_the_peers_states_errors_and_forecasts_are_the_peers() {
    for case in cases() {
        let problem = case.problem();
        let fitted = problem.at(&case.parameters, case.states(problem.scale)).unwrap();
        let mse = fitted.residuals.iter().map(|e| e * e).sum::<f64>() / case.past.len() as f64;
        assert!((mse / case.mse - 1.0).abs() < 1e-8, "{}: {mse} {}", case.form, case.mse);
        for (ours, theirs) in fitted.outlook(case.centre.len()).centre.iter().zip(&case.centre) {
            assert!((ours - theirs).abs() < 1e-8 * (1.0 + theirs.abs()), "{}: {ours} {theirs}", case.form);
        }
    }
}

/// The peer searches a box without our priors, from other states; at its parameters ours must not be likelier.
#[test]
fn no_parameters_of_the_peer_have_a_lower_loss() {
    for case in cases() {
        let (problem, mut gradient) = (case.problem(), vec![0.0; case.parameters.len()]);
        let fitted = problem.fitted(case.form().start(), 200).unwrap();
        let ours = problem.loss_of(&fitted.parameters, &mut gradient);
        let theirs = problem.loss_of(&case.parameters, &mut gradient);
        assert!(ours <= theirs + 1e-3, "{}: {ours} {theirs} {:?} {:?}", case.form, fitted.parameters, case.parameters);
    }
}

#[test]
fn the_gradient_is_that_of_differences() {
    for mut case in cases() {
        case.past[5] = GAP;
        let (problem, at) = (case.problem(), case.form().start().to_vec());
        let (mut gradient, mut unused) = (vec![0.0; at.len()], vec![0.0; at.len()]);
        problem.loss_of(&at, &mut gradient);
        for axis in 0..at.len() {
            let mut value = |by: f64| {
                let mut moved = at.clone();
                moved[axis] += by;
                problem.loss_of(&moved, &mut unused)
            };
            let slope = (value(1e-5) - value(-1e-5)) / 2e-5;
            assert!(
                (slope - gradient[axis]).abs() < 1e-4 * (1.0 + slope.abs()),
                "{} {axis}: {slope} {}",
                case.form,
                gradient[axis]
            );
        }
    }
}

/// ℓ(t) + i c(t) = (α₀ + iα₁)(y(t) + i e(t)) + (1 − α₀ + i − iα₁)(ℓ(t−1) + i c(t−1)): the model's definition.
#[test]
fn a_pair_turns_as_complex_numbers_do() {
    let (real, imaginary, level, potential, e) = (1.2, 0.9, 3.0, 2.0, 0.7);
    let product = |a: [f64; 2], b: [f64; 2]| [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
    let new = product([real, imaginary], [level + e, e]);
    let old = product([1.0 - real, 1.0 - imaginary], [level, potential]);
    let mut pair = [[level], [potential]];
    turn(&mut pair, &[e], real, imaginary, 1);
    assert!((pair[0][0] - new[0] - old[0]).abs() < 1e-12 && (pair[1][0] - new[1] - old[1]).abs() < 1e-12, "{pair:?}");
}

#[test]
fn widths_are_those_of_the_responses_to_single_errors() {
    for case in cases() {
        let fitted = case.problem().fitted(case.form().start(), 200).unwrap();
        let outlook = fitted.outlook(11);
        let (mut plain, mut shocked) = (fitted.states.clone(), fitted.states.clone());
        let mut variance = 0.0;
        for ahead in 0..11 {
            let phase = (fitted.seen + ahead) % fitted.period;
            let response = if ahead == 0 { 1.0 } else { shocked.expected(phase)[0] - plain.expected(phase)[0] };
            variance += response * response;
            assert!((outlook.sd[ahead] / (fitted.sigma * variance.sqrt()) - 1.0).abs() < 1e-9, "{} {ahead}", case.form);
            plain.step(phase, &[0.0], &fitted.parameters);
            shocked.step(phase, &[if ahead == 0 { 1.0 } else { 0.0 }], &fitted.parameters);
        }
    }
}

#[test]
fn admissible_parameters_are_those_whose_discount_matrix_shrinks() {
    for (real, imaginary) in [(1.3, 1.0), (0.9, 1.0), (1.9, 1.0), (2.4, 1.0), (0.4, 1.0), (1.3, 0.3), (1.2, 1.6), (0.6, 0.6)] {
        let (mut level, mut potential): (f64, f64) = (1.0, 1.0);
        for _ in 0..4000 {
            let e = -level;
            (level, potential) = (
                level - (1.0 - imaginary) * potential + (real - imaginary) * e,
                level + (1.0 - real) * potential + (real + imaginary) * e,
            );
        }
        assert_eq!(admissible(&[real, imaginary]), level.abs() + potential.abs() < 1e-3, "{real} {imaginary}");
    }
}

#[test]
fn odd_pasts_give_finite_numbers_or_nothing_and_a_refit_is_no_worse() {
    let wave: Vec<f64> = (0..50).map(|t| f64::from(t % 5) * 3.0 + f64::from(t * t % 7)).collect();
    let mut ridden = wave.clone();
    (0..50).filter(|t| t % 3 != 0).for_each(|t| ridden[t] = GAP);
    let huge: Vec<f64> = wave.iter().map(|value| 1e12 * value).collect();
    let tiny: Vec<f64> = wave.iter().map(|value| 1e-9 * value).collect();
    let pasts = [vec![], vec![GAP; 9], vec![1.0, 2.0, 3.0], vec![0.0; 30], vec![7.0; 12], wave, ridden, huge, tiny];
    for past in &pasts {
        for season in [0, 1, 5, 60] {
            let forms = std::iter::once(None).chain(CesForm::ALL.map(Some));
            for fitted in forms.filter_map(|form| Ces { form }.fit(past, season)) {
                let outlook = fitted.outlook(30);
                assert!(outlook.centre.iter().chain(&outlook.sd).all(|v| v.is_finite()), "{past:?} {season} {outlook:?}");
                assert_eq!(fitted.residuals().len(), past.len());
                let again = fitted.refit(past).unwrap();
                assert!(again.sigma <= 1.01 * fitted.sigma + 1e-12 * fitted.scale, "{} {}", again.sigma, fitted.sigma);
            }
        }
    }
}
