//! Fits by hand and by a second way.

use super::*;
use crate::stream::{Seed, Stream};

fn drawn(law: &Law, n: u32, purpose: &str) -> Vec<f64> {
    let mut rng = Stream::root(Seed(21)).named(purpose).rng();
    (0..n).map(|_| law.sample(&mut rng)).collect()
}

fn within_five_errors(fitted: &FittedLaw, truth: &[f64]) {
    assert_eq!(fitted.parameters.len(), truth.len());
    for (one, wanted) in fitted.parameters.iter().zip(truth) {
        assert!((one.value - wanted).abs() < 5.0 * one.standard_error, "{:?}: {one:?} against {wanted}", fitted.family);
        assert!(one.interval.contains(one.value), "{one:?}");
    }
}

#[test]
fn an_exponential_mean_is_total_time_over_failures_with_the_error_of_its_count() {
    let rows =
        [Observation::failed(10.0), Observation::failed(30.0), Observation::alive(50.0), Observation::alive(70.0).from_age(20.0)];
    let fitted = fit_law(Family::Exponential, &Lifetimes::new(&rows).unwrap(), 0.95).unwrap();
    let mean = fitted.parameters[0];
    assert!((mean.value - 70.0).abs() < 1e-10);
    // the information on ln mean is the number of failures
    assert!((mean.standard_error - 70.0 / 2.0_f64.sqrt()).abs() < 1e-3, "{mean:?}");
    assert!((fitted.log_likelihood - (-2.0 * 70.0_f64.ln() - 2.0)).abs() < 1e-12);
}

#[test]
fn a_complete_lognormal_sample_has_the_moments_of_its_logarithms() {
    let draws = drawn(&Law::Lognormal { mu: 2.0, sigma: 0.7 }, 300, "complete");
    let rows: Vec<Observation> = draws.iter().copied().map(Observation::failed).collect();
    let fitted = fit_law(Family::Lognormal, &Lifetimes::new(&rows).unwrap(), 0.95).unwrap();
    let n = draws.len() as f64;
    let mu = draws.iter().map(|t| t.ln()).sum::<f64>() / n;
    let sigma = (draws.iter().map(|t| (t.ln() - mu).powi(2)).sum::<f64>() / n).sqrt();
    assert!((fitted.parameters[0].value - mu).abs() < 1e-9 && (fitted.parameters[1].value - sigma).abs() < 1e-9);
    assert!((fitted.parameters[0].standard_error / (sigma / n.sqrt()) - 1.0).abs() < 1e-4);
    assert!((fitted.parameters[1].standard_error / (sigma / (2.0 * n).sqrt()) - 1.0).abs() < 1e-4);
}

#[test]
fn the_likelihood_of_a_narrow_interval_is_density_times_width() {
    let law = Law::Gamma { shape: 2.0, scale: 3.0 };
    let interval = Observation { entry: 1.0, seen: Seen::FailedBetween(4.0, 4.0 + 1e-6) };
    let exact = Observation { entry: 1.0, seen: Seen::Failed(4.0 + 5e-7) };
    let of = |one: Observation| log_likelihood(&law, &Lifetimes::new(&[one]).unwrap());
    assert!((of(interval) - (of(exact) + 1e-6_f64.ln())).abs() < 1e-8);
}

#[test]
fn two_free_parameters_come_back_from_every_kind_of_censoring() {
    for (family, law, truth) in [
        (Family::Weibull, Law::Weibull { shape: 1.7, scale: 40.0 }, [1.7, 40.0]),
        (Family::Lognormal, Law::Lognormal { mu: 3.0, sigma: 0.8 }, [3.0, 0.8]),
        (Family::Gamma, Law::Gamma { shape: 2.5, scale: 12.0 }, [2.5, 12.0]),
    ] {
        let draws = drawn(&law, 2_000, "kinds");
        let end = law.quantile(0.7);
        let looks = law.quantile(0.25);
        let kinds = draws.iter().enumerate().filter_map(|(i, t)| match i % 4 {
            _ if *t > end => Some(Observation::alive(end)),
            0 => Some(Observation::failed(*t)),
            // looked at every `looks` hours
            1 => {
                let low = (t / looks).floor() * looks;
                Some(Observation { entry: 0.0, seen: Seen::FailedBetween(low, low + looks) })
            }
            2 => Some(Observation { entry: 0.0, seen: Seen::FailedBefore(end) }),
            // under watch from an age on: those that failed before are never known of
            _ => (*t > looks).then(|| Observation::failed(*t).from_age(looks)),
        });
        let rows: Vec<Observation> = kinds.collect();
        within_five_errors(&fit_law(family, &Lifetimes::new(&rows).unwrap(), 0.95).unwrap(), &truth);
    }
}

#[test]
fn forgetting_the_truncation_would_be_seen() {
    let law = Law::Weibull { shape: 0.7, scale: 40.0 };
    let rows: Vec<Observation> = drawn(&law, 3_000, "truncated")
        .into_iter()
        .filter(|t| *t > 20.0)
        .map(|t| if t < 90.0 { Observation::failed(t).from_age(20.0) } else { Observation::alive(90.0).from_age(20.0) })
        .collect();
    let fit = |rows: &[Observation]| fit_law(Family::Weibull, &Lifetimes::new(rows).unwrap(), 0.95).unwrap();
    within_five_errors(&fit(&rows), &[0.7, 40.0]);
    let forgotten: Vec<Observation> = rows.iter().map(|one| one.from_age(0.0)).collect();
    let shape = fit(&forgotten).parameters[0];
    assert!(shape.value - 0.7 > 5.0 * shape.standard_error, "{shape:?}");
}

#[test]
fn the_profile_and_the_general_search_find_the_same_weibull_law() {
    let law = Law::Weibull { shape: 1.3, scale: 10.0 };
    let rows: Vec<Observation> = drawn(&law, 200, "twins")
        .into_iter()
        .enumerate()
        .map(|(i, t)| {
            let entry = if i % 3 == 0 { 0.3 * t } else { 0.0 };
            if t < 12.0 { Observation::failed(t).from_age(entry) } else { Observation::alive(12.0).from_age(entry.min(11.0)) }
        })
        .collect();
    let profiled = fit_law(Family::Weibull, &Lifetimes::new(&rows).unwrap(), 0.95).unwrap();
    // one interval so narrow that it moves nothing sends the same data through the general search
    let mut general = rows.clone();
    let t = general[1].until();
    general[1].seen = Seen::FailedBetween(t * (1.0 - 1e-7), t * (1.0 + 1e-7));
    let searched = fit_law(Family::Weibull, &Lifetimes::new(&general).unwrap(), 0.95).unwrap();
    for (a, b) in profiled.parameters.iter().zip(&searched.parameters) {
        assert!(
            (a.value / b.value - 1.0).abs() < 1e-6 && (a.standard_error / b.standard_error - 1.0).abs() < 1e-3,
            "{a:?} {b:?}"
        );
    }
}

#[test]
fn laws_of_more_parameters_come_back() {
    let law = Law::Hyperexponential { branches: vec![(0.7, 1.0), (0.3, 25.0)] };
    let rows: Vec<Observation> = drawn(&law, 2_000, "hyper")
        .into_iter()
        .map(|t| if t < 60.0 { Observation::failed(t) } else { Observation::alive(60.0) })
        .collect();
    within_five_errors(&fit_law(Family::Hyperexponential, &Lifetimes::new(&rows).unwrap(), 0.95).unwrap(), &[0.7, 1.0, 25.0]);

    let law = Law::CompetingWeibulls { risks: vec![(0.5, 200.0), (4.0, 50.0)] };
    let rows: Vec<Observation> = drawn(&law, 3_000, "bathtub")
        .into_iter()
        .map(|t| if t < 55.0 { Observation::failed(t) } else { Observation::alive(55.0) })
        .collect();
    within_five_errors(&fit_law(Family::Bathtub, &Lifetimes::new(&rows).unwrap(), 0.95).unwrap(), &[0.5, 200.0, 4.0, 50.0]);

    let law = Law::Gamma { shape: 4.0, scale: 2.0 };
    let rows: Vec<Observation> = drawn(&law, 2_000, "erlang").into_iter().map(Observation::failed).collect();
    let fitted = fit_law(Family::Erlang, &Lifetimes::new(&rows).unwrap(), 0.95).unwrap();
    assert!(fitted.to_string().starts_with("Erlang, 4 phases, scale "), "{fitted}");
    within_five_errors(&fitted, &[2.0]);
}

#[test]
fn intervals_cover_as_often_as_they_say() {
    // Weibull, 40 units, censored at the 80 % point, 300 samples; Binomial(300, 0.9): 5 standard deviations are 26
    let law = Law::Weibull { shape: 1.5, scale: 10.0 };
    let end = law.quantile(0.8);
    let (mut wald, mut profile) = (0, 0);
    for replication in 0..300 {
        let mut rng = Stream::root(Seed(22)).named("coverage").replication(replication).rng();
        let rows: Vec<Observation> = (0..40)
            .map(|_| law.sample(&mut rng))
            .map(|t| if t < end { Observation::failed(t) } else { Observation::alive(end) })
            .collect();
        let lifetimes = Lifetimes::new(&rows).unwrap();
        let fitted = fit_law(Family::Weibull, &lifetimes, 0.9).unwrap();
        wald += u32::from(fitted.parameters[0].interval.contains(1.5));
        profile += u32::from(fitted.profile_interval("shape", &lifetimes).unwrap().contains(1.5));
    }
    assert!((244..=296).contains(&wald) && (244..=296).contains(&profile), "{wald} {profile} of 300");
}

#[test]
fn a_profile_interval_ends_where_the_likelihood_has_fallen_by_half_the_square_of_z() {
    let rows = [Observation::failed(10.0), Observation::failed(30.0), Observation::alive(50.0)];
    let lifetimes = Lifetimes::new(&rows).unwrap();
    let fitted = fit_law(Family::Exponential, &lifetimes, 0.95).unwrap();
    let interval = fitted.profile_interval("mean", &lifetimes).unwrap();
    for mean in [interval.low, interval.high] {
        let fallen = fitted.log_likelihood - log_likelihood(&Law::Exponential { mean }, &lifetimes);
        assert!((fallen - 1.959_963_984_540_054_f64.powi(2) / 2.0).abs() < 1e-6, "{fallen}");
    }
}

#[test]
fn too_few_failures_for_a_law_are_told() {
    let lifetimes = Lifetimes::new(&[Observation::failed(3.0), Observation::failed(3.0)]).unwrap();
    let told = fit_law(Family::Weibull, &lifetimes, 0.95).unwrap_err().to_string();
    assert_eq!(told, "1 different failure times can't tell the 2 parameters of Weibull; expected 2 or more");
}

#[test]
fn a_mode_is_written_as_a_model_file_names_it() {
    let options = Options { refits: 19, ..Options::new(Stream::root(Seed(1))) };
    let observed = Observed {
        time_to_failure: drawn(&Law::Weibull { shape: 2.0, scale: 900.0 }, 600, "mode")
            .into_iter()
            .map(Observation::failed)
            .collect(),
        repair: drawn(&Law::Lognormal { mu: 1.0, sigma: 1.0 }, 150, "repair").into_iter().map(Observation::failed).collect(),
    };
    let text = fit(&observed, &options).unwrap().to_model_toml("disk \"a\"", "host");
    assert!(text.contains("[[failure]]\nname = \"disk \\\"a\\\"\"\nstrikes = \"host\"\n"), "{text}");
    assert!(text.contains("time_to_failure = { law = \"weibull\", shape = "), "{text}");
    assert!(text.contains("repair = { law = \"lognormal\", median = "), "{text}");
    let one = fit(&Observed { repair: observed.repair, ..Observed::default() }, &options).unwrap();
    assert!(one.to_model_toml("a", "host").contains("# time_to_failure was not fitted: give it here"));
    assert_eq!(fit(&Observed::default(), &options), Err(Error::Empty));
}

#[test]
fn the_best_law_is_the_one_with_the_least_criterion_and_failures_are_kept() {
    let rows = [Observation::failed(1.0), Observation::failed(2.0), Observation::failed(9.0)];
    let options = Options { families: Family::ALL.to_vec(), refits: 0, ..Options::new(Stream::root(Seed(1))) };
    let found = fit_best(&rows, &options).unwrap();
    assert!(found.laws.windows(2).all(|pair| pair[0].aic <= pair[1].aic));
    assert_eq!(found.laws.len() + found.left_out.len(), Family::ALL.len());
    assert!(found.left_out.iter().any(|(family, _)| *family == Family::Bathtub));
    assert_eq!(found.goodness, None);
}
