//! On generated fleets, what comes lies inside the reported bands as often as it should.

use std::fs;
use std::path::Path;

use plimsoll::forecast::Choice;
use plimsoll::observe::Silent;
use plimsoll::run::generate::{files, read_recipe};
use plimsoll::run::{Overrides, Prepared, Request};
use plimsoll::stats::estimate;
use serde_json::Value;

const SEEDS: u64 = 40;
/// Days ahead that are looked at.
const AHEAD: [usize; 6] = [7, 30, 90, 180, 270, 364];

/// Shares of (service, day ahead) inside the 80 % and the 95 % band, for one seed of the shipped recipe.
fn inside(seed: u64) -> (f64, f64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut recipe = read_recipe(&root.join("datasets/webshop/recipe.toml")).unwrap();
    recipe.seed = seed;
    let folder = tempfile::tempdir().unwrap();
    let made = files(&recipe, false).unwrap();
    let truth: Value = serde_json::from_slice(&made.iter().find(|(name, _)| name == "truth.json").unwrap().1).unwrap();
    for (name, bytes) in &made {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let model = fs::read_to_string(root.join("models/webshop/model.toml")).unwrap();
    fs::write(folder.path().join("model.toml"), model.replace("../../datasets/webshop/", "")).unwrap();
    let overrides = Overrides { replications: Some(400), ..Overrides::default() };
    let request =
        Request { model: folder.path().to_owned(), runs: folder.path().join("runs"), overrides, again: true, outcomes: None };
    let prepared = Prepared::load(&request, &plimsoll::observe::Silent).unwrap();
    let past = prepared.past(&Silent).unwrap();
    let futures = prepared.futures(&past, Choice::Auto, &Silent).unwrap();
    let (mut in_80, mut in_95, mut all) = (0.0, 0.0, 0.0);
    for service in truth["services"].as_array().unwrap() {
        let name = service["service"].as_str().unwrap();
        let came = service["cores_p99"].as_array().unwrap();
        let forecast =
            futures.forecasts.series.iter().find(|one| one.key.metric == "cpu" && one.key.pool() == Some(name)).unwrap();
        for ahead in AHEAD {
            let value = came[ahead].as_f64().unwrap();
            let at = |p: f64| forecast.quantiles[ahead].iter().find(|one| (one.probability - p).abs() < 1e-9).unwrap().value;
            in_80 += f64::from(u8::from((at(0.1)..=at(0.9)).contains(&value)));
            in_95 += f64::from(u8::from((at(0.025)..=at(0.975)).contains(&value)));
            all += 1.0;
        }
    }
    (in_80 / all, in_95 / all)
}

/// All seeds, two at a time, each on a thread of its own: in one pool a thread that waits for a part of one seed begins another, until
/// the fleets of nearly all of them are held.
fn two_at_a_time() -> Vec<(f64, f64)> {
    let every_second = |first: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        pool.install(|| (first..=SEEDS).step_by(2).map(|seed| (seed, inside(seed))).collect::<Vec<_>>())
    };
    let mut all = std::thread::scope(|scope| {
        let halves = [1, 2].map(|first| scope.spawn(move || every_second(first)));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect::<Vec<_>>()
    });
    all.sort_by_key(|one| one.0);
    all.into_iter().map(|one| one.1).collect()
}

#[test]
fn the_truth_lies_inside_the_bands_as_often_as_it_should() {
    let each = two_at_a_time();
    for (what, nominal, shares) in [
        ("80 %", 0.8, each.iter().map(|one| one.0).collect::<Vec<_>>()),
        ("95 %", 0.95, each.iter().map(|one| one.1).collect::<Vec<_>>()),
    ] {
        // seeds are independent, services and days within one are not: the error bar is that between seeds
        let seen = estimate(shares.into_iter());
        println!("{what}: {:.3} ± {:.3} over {SEEDS} seeds", seen.value, seen.standard_error);
        let off = (seen.value - nominal).abs();
        assert!(off <= 5.0 * seen.standard_error, "the {what} band holds {:.3} ± {:.3}", seen.value, seen.standard_error);
    }
}
