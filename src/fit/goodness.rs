use rayon::prelude::*;
use serde::Serialize;

use crate::stream::{Generator, Stream};

use super::fitted::FittedLaw;
use super::law::Law;
use super::nonparametric::{SurvivalStep, survival};
use super::observation::{Lifetimes, Observation, Seen};
use super::search::search;

/// A statistic of fit and how often the fitted law itself would do as badly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Test {
    /// The distance between the law and the data.
    pub statistic: f64,
    /// (1 + refits at least as far off) ÷ (1 + refits).
    pub p_value: f64,
}

/// How well a law fits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Goodness {
    /// The largest distance between the law and Kaplan–Meier.
    pub kolmogorov_smirnov: Test,
    /// Their squared distance weighed by 1 / (F (1 - F)): sees the tails.
    pub anderson_darling: Test,
    /// Data sets drawn from the fitted law and fitted again; those without a maximum are left out.
    pub refits: u32,
}

/// Kolmogorov–Smirnov and Anderson–Darling, both against Kaplan–Meier up to the last failure, with p-values from `refits` data
/// sets drawn from the fitted law under the censoring seen, each fitted again (the law was fitted to these data, so the tables of
/// the textbooks do not hold). `None` where a failure is not exactly dated or no refit succeeds.
///
/// Without censoring the second is the classical A². Stute, González Manteiga & Presedo Quindimil (1993), "Bootstrap based
/// goodness-of-fit tests", *Metrika* 40; censoring times as in Efron (1981), *JASA* 76, 312–319: kept where known, else drawn from
/// the reverse Kaplan–Meier beyond the failure.
#[must_use]
pub fn goodness_of_fit(fitted: &FittedLaw, lifetimes: &Lifetimes, refits: u32, stream: Stream) -> Option<Goodness> {
    let seen = statistics(&fitted.law, lifetimes)?;
    let censoring = Censoring::of(lifetimes);
    let each: Vec<Option<(f64, f64)>> = (0..refits)
        .into_par_iter()
        .map(|replication| {
            let mut rng = stream.replication(replication).rng();
            let again = censoring.draw(&fitted.law, lifetimes, &mut rng)?;
            let (chart, top) = search(fitted.family, &again).ok()?;
            statistics(&chart.law(&top.at)?, &again)
        })
        .collect();
    let each: Vec<(f64, f64)> = each.into_iter().flatten().collect();
    if each.is_empty() {
        return None;
    }
    let test = |statistic: f64, of: &dyn Fn(&(f64, f64)) -> f64| {
        let worse = each.iter().filter(|one| of(one) >= statistic).count();
        Test { statistic, p_value: (1 + worse) as f64 / (1 + each.len()) as f64 }
    };
    Some(Goodness {
        kolmogorov_smirnov: test(seen.0, &|one| one.0),
        anderson_darling: test(seen.1, &|one| one.1),
        refits: each.len() as u32,
    })
}

/// The two distances; both laws given survival to the earliest entry.
fn statistics(law: &Law, lifetimes: &Lifetimes) -> Option<(f64, f64)> {
    let steps = survival(lifetimes, 0.95)?;
    let entry = lifetimes.all().iter().map(|one| one.entry).fold(f64::INFINITY, f64::min);
    let entered = law.ln_survival(entry);
    let below = |t: f64| -(law.ln_survival(t) - entered).exp_m1();
    let (mut farthest, mut squares) = (0.0_f64, 0.0);
    let (mut share, mut from) = (0.0, 0.0);
    for SurvivalStep { time, survival, .. } in &steps {
        let (here, next) = (below(*time), 1.0 - survival);
        farthest = farthest.max((here - share).abs()).max((next - here).abs());
        squares += weighed(share, from, here);
        (share, from) = (next, here);
    }
    if share >= 1.0 {
        squares += weighed(1.0, from, 1.0);
    }
    Some((farthest, squares * lifetimes.count() as f64))
}

/// ∫ (c - u)² / (u (1 - u)) du = c² ln u - (1 - c)² ln(1 - u) - u, from `low` to `high`.
fn weighed(c: f64, low: f64, high: f64) -> f64 {
    // 0 × ln 0 is 0 here: the weight of that end is 0; a law that is certain too early is as far off as numbers go
    let part = |weight: f64, u: f64| if weight == 0.0 { 0.0 } else { weight * weight * u.max(1e-300).ln() };
    let whole = |u: f64| part(c, u) - part(1.0 - c, 1.0 - u) - u;
    whole(high) - whole(low)
}

/// When units that failed would have left the watch: the reverse Kaplan–Meier.
struct Censoring {
    steps: Vec<(f64, f64)>,
}

impl Censoring {
    fn of(lifetimes: &Lifetimes) -> Self {
        let turned: Vec<Observation> = lifetimes
            .all()
            .iter()
            .map(|one| match one.seen {
                // a unit that entered at the time it was last seen says nothing of either law
                Seen::Alive(time) if time > one.entry => Observation { seen: Seen::Failed(time), ..*one },
                _ => Observation { seen: Seen::Alive(one.until()), ..*one },
            })
            .collect();
        let steps = Lifetimes::new(&turned).ok().and_then(|turned| survival(&turned, 0.95)).unwrap_or_default();
        Self { steps: steps.iter().map(|step| (step.time, step.survival)).collect() }
    }

    /// A time beyond `after`; infinite where nothing left the watch later.
    fn leave(&self, after: f64, rng: &mut Generator) -> f64 {
        let first = self.steps.partition_point(|(time, _)| *time <= after);
        let before = if first == 0 { 1.0 } else { self.steps[first - 1].1 };
        let level = before * rng.uniform();
        let later = &self.steps[first..];
        later.get(later.partition_point(|(_, left)| *left > level)).map_or(f64::INFINITY, |(time, _)| *time)
    }

    fn draw(&self, law: &Law, lifetimes: &Lifetimes, rng: &mut Generator) -> Option<Lifetimes> {
        let rows: Vec<Observation> = lifetimes
            .all()
            .iter()
            .map(|one| {
                // the life of one that had come to its entry age
                let life = law.time_at(law.ln_survival(one.entry) - rng.exponential()).max(one.entry * (1.0 + f64::EPSILON));
                let leaves = match one.seen {
                    Seen::Alive(time) => time,
                    _ => self.leave(one.until(), rng),
                };
                let seen = if life <= leaves { Seen::Failed(life) } else { Seen::Alive(leaves) };
                Observation { entry: one.entry, seen }
            })
            .collect();
        Lifetimes::new(&rows).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Family, fit_law};
    use crate::stream::{Seed, Stream};

    fn drawn(law: &Law, n: u32, end: f64, replication: u32) -> Lifetimes {
        let mut rng = Stream::root(Seed(12)).named("goodness").replication(replication).rng();
        let rows: Vec<Observation> = (0..n)
            .map(|_| law.sample(&mut rng))
            .map(|t| if t < end { Observation::failed(t) } else { Observation::alive(end) })
            .collect();
        Lifetimes::new(&rows).expect("some fail")
    }

    #[test]
    fn without_censoring_the_statistic_is_the_textbook_sum() {
        let law = Law::Weibull { shape: 1.5, scale: 10.0 };
        let lifetimes = drawn(&law, 25, f64::INFINITY, 0);
        let n = 25.0;
        // A² = -n - 1/n Σ (2i - 1)(ln F_i + ln(1 - F_(n+1-i)))
        let sorted: Vec<f64> = lifetimes.all().iter().map(Observation::until).collect();
        let sum: f64 = (1..=25)
            .map(|i| {
                (2.0 * f64::from(i) - 1.0) * (law.ln_below(sorted[i as usize - 1]) + law.ln_survival(sorted[25 - i as usize]))
            })
            .sum();
        let (_, seen) = statistics(&law, &lifetimes).expect("exact");
        assert!((seen - (-n - sum / n)).abs() < 1e-10, "{seen} {}", -n - sum / n);
    }

    #[test]
    fn a_true_law_is_rejected_as_often_as_the_level_says_and_a_false_one_nearly_always() {
        let truth = Law::Weibull { shape: 1.5, scale: 10.0 };
        let p = |replication, truth: &Law| {
            let lifetimes = drawn(truth, 60, truth.quantile(0.75), replication);
            let fitted = fit_law(Family::Weibull, &lifetimes, 0.95).expect("a maximum");
            goodness_of_fit(&fitted, &lifetimes, 99, Stream::root(Seed(13)).named("refits"))
                .expect("exact")
                .anderson_darling
                .p_value
        };
        let rejected = (0..100).filter(|replication| p(*replication, &truth) <= 0.1).count();
        // Binomial(100, 0.1): 5 standard deviations are 15
        assert!(rejected <= 25, "{rejected} of 100 at the 10 % level");
        let two_humps = Law::Hyperexponential { branches: vec![(0.5, 0.01), (0.5, 100.0)] };
        let lifetimes = drawn(&two_humps, 200, f64::INFINITY, 0);
        let fitted = fit_law(Family::Exponential, &lifetimes, 0.95).expect("a maximum");
        let seen = goodness_of_fit(&fitted, &lifetimes, 99, Stream::root(Seed(13))).expect("exact");
        assert_eq!((seen.anderson_darling.p_value, seen.kolmogorov_smirnov.p_value), (0.01, 0.01));
    }

    #[test]
    fn any_number_of_threads_gives_the_same_answer() {
        let lifetimes = drawn(&Law::Exponential { mean: 3.0 }, 40, 5.0, 0);
        let fitted = fit_law(Family::Exponential, &lifetimes, 0.95).expect("a maximum");
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| goodness_of_fit(&fitted, &lifetimes, 49, Stream::root(Seed(1))))
        };
        assert_eq!(run(1), run(3));
    }
}
