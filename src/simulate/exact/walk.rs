//! First time at which a walk with normal steps stands at or above a level, by integrating its density step by step.

use crate::stats::quadrature::GAUSS;
use crate::stats::{normal_density, normal_tail};

/// A walk X' = persistence × X + drift + sd × Z, watched once a step.
///
/// Persistence 1 is a random walk with drift, between -1 and 1 an AR(1) residual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Walk {
    persistence: f64,
    drift: f64,
    sd: f64,
}

/// Where a walk begins. Its first observation is one step after `At`, or a draw from the steady state itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Start {
    /// At this value, which is not observed.
    At(f64),
    /// In the steady state, observed at once; for a persistence inside (-1, 1) only.
    Stationary,
}

/// Panels further apart than so many sd do not reach each other: e^(-38²/2) is the smallest number there is.
const REACH: f64 = 38.0;
/// The density is cut where it holds less than P(Z > 8.5) = 1e-17.
const DEEP: f64 = 8.5;

impl Walk {
    /// A walk; `None` unless persistence is in (-1, 1], the sd above 0 and all finite.
    #[must_use]
    pub fn new(persistence: f64, drift: f64, sd: f64) -> Option<Self> {
        let sane = persistence > -1.0 && persistence <= 1.0 && drift.is_finite() && sd > 0.0 && sd.is_finite();
        sane.then_some(Self { persistence, drift, sd })
    }

    /// Standard deviation of the steady state, sd / √(1 - persistence²); infinite for a random walk.
    #[must_use]
    pub fn stationary_sd(&self) -> f64 {
        self.sd / (1.0 - self.persistence * self.persistence).sqrt()
    }

    fn stationary_mean(&self) -> f64 {
        self.drift / (1.0 - self.persistence)
    }

    /// P(one of the first n observations is `level` or more), n = 1, 2, …, `steps`; `None` for a steady start of a random walk
    /// or a level that is no number.
    ///
    /// The density of the walks that have not crossed is carried from step to step by Nyström's method: eight Gauss–Legendre
    /// nodes a panel of one sd, from the level down to where 1e-17 is left. Hits are added up as they happen, never as
    /// 1 - survivors, so that a probability of 1e-100 keeps its digits. Once the share that hits a step has settled (20 steps
    /// within 1e-13) the rest is a geometric law.
    #[must_use]
    pub fn hit_by(&self, level: f64, steps: u32, start: Start) -> Option<Vec<f64>> {
        if !level.is_finite() || (start == Start::Stationary && self.persistence >= 1.0) {
            return None;
        }
        let (mean, sd) = match start {
            Start::At(value) => (self.persistence * value + self.drift, self.sd),
            Start::Stationary => (self.stationary_mean(), self.stationary_sd()),
        };
        let nodes = nodes(self.lowest(mean, sd, steps).min(level), level, self.sd);
        let mut density: Vec<f64> = nodes.iter().map(|(x, _)| normal_density((x - mean) / sd) / sd).collect();
        let mut hit = normal_tail((level - mean) / sd);
        let mut cumulative = vec![hit];
        let kernel = Kernel::new(self, &nodes);
        let crossing: Vec<f64> =
            nodes.iter().map(|(x, weight)| weight * normal_tail((level - self.persistence * x - self.drift) / self.sd)).collect();
        let (mut settled, mut before) = (0, f64::NAN);
        for step in 1..steps {
            let now: f64 = crossing.iter().zip(&density).map(|(c, f)| c * f).sum();
            let alive: f64 = nodes.iter().zip(&density).map(|((_, weight), f)| weight * f).sum();
            let share = now / alive;
            settled = if (share - before).abs() <= 1e-13 * share { settled + 1 } else { 0 };
            before = share;
            if settled == 20 && self.persistence < 1.0 {
                let rest = 1..=(steps - step);
                cumulative.extend(rest.map(|k| hit - alive * (f64::from(k) * (-share).ln_1p()).exp_m1()));
                break;
            }
            hit += now;
            cumulative.push(hit);
            density = kernel.apply(&density);
        }
        cumulative.truncate(steps as usize);
        Some(cumulative.into_iter().map(|p| p.min(1.0)).collect())
    }

    /// Under what no walk worth 1e-17 gets within `steps`.
    fn lowest(&self, mean: f64, sd: f64, steps: u32) -> f64 {
        if self.persistence < 1.0 {
            let centre = self.stationary_mean();
            return (centre - DEEP * self.stationary_sd()).min(mean - DEEP * sd);
        }
        (1..=steps.max(1))
            .map(|n| mean + f64::from(n - 1) * self.drift - DEEP * self.sd * f64::from(n).sqrt())
            .fold(f64::INFINITY, f64::min)
    }
}

/// Abscissas and weights on [low, high], in panels at most one `sd` wide.
fn nodes(low: f64, high: f64, sd: f64) -> Vec<(f64, f64)> {
    let panels = ((high - low) / sd).ceil() as usize;
    let half = (high - low) / panels.max(1) as f64 / 2.0;
    (0..panels)
        .flat_map(|panel| {
            let centre = low + (2 * panel + 1) as f64 * half;
            let left = GAUSS.iter().rev().map(move |(x, weight)| (centre - x * half, weight * half));
            left.chain(GAUSS.iter().map(move |(x, weight)| (centre + x * half, weight * half)))
        })
        .collect()
}

/// The transition density between nodes times the weight of the one it leaves, as far as one step reaches.
struct Kernel {
    rows: Vec<(usize, Vec<f64>)>,
}

impl Kernel {
    fn new(walk: &Walk, nodes: &[(f64, f64)]) -> Self {
        let row = |(y, _): &(f64, f64)| {
            let z = |x: f64| (y - walk.persistence * x - walk.drift) / walk.sd;
            let within = |x: f64| z(x).abs() <= REACH;
            let first = nodes.iter().position(|(x, _)| within(*x)).unwrap_or(nodes.len());
            let last = nodes.iter().rposition(|(x, _)| within(*x)).map_or(first, |last| last + 1);
            (first, nodes[first..last].iter().map(|(x, weight)| weight * normal_density(z(*x)) / walk.sd).collect())
        };
        Self { rows: nodes.iter().map(row).collect() }
    }

    fn apply(&self, density: &[f64]) -> Vec<f64> {
        let dot = |(first, row): &(usize, Vec<f64>)| row.iter().zip(&density[*first..]).map(|(k, f)| k * f).sum();
        self.rows.iter().map(dot).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_two_steps_have_closed_forms() {
        // without drift from 0: P(hit by 1) = Q(b); the second step through Owen's T only, so by a fine midpoint sum here
        let walk = Walk::new(1.0, 0.0, 1.0).expect("sane");
        let hit = walk.hit_by(1.0, 2, Start::At(0.0)).expect("a level");
        assert!((hit[0] - normal_tail(1.0)).abs() < 1e-15);
        let cells = 200_000;
        let cell = 12.0 / f64::from(cells);
        let sum: f64 =
            (0..cells).map(|i| 1.0 - (f64::from(i) + 0.5) * cell).map(|x| normal_density(x) * normal_tail(1.0 - x) * cell).sum();
        assert!((hit[1] - hit[0] - sum).abs() < 1e-10, "{} {sum}", hit[1] - hit[0]);
    }

    #[test]
    fn without_memory_every_observation_is_a_trial_of_its_own() {
        let walk = Walk::new(0.0, 0.0, 2.0).expect("sane");
        let hit = walk.hit_by(5.0, 40, Start::Stationary).expect("a level");
        let once = normal_tail(2.5);
        for (n, p) in hit.iter().enumerate() {
            let exact = -((n + 1) as f64 * (-once).ln_1p()).exp_m1();
            assert!((p - exact).abs() < 1e-12 * exact, "{n}: {p} {exact}");
        }
    }

    #[test]
    fn a_longer_wait_never_hits_less_often_and_a_higher_level_never_more() {
        let walk = Walk::new(1.0, 0.01, 0.2).expect("sane");
        let low = walk.hit_by(1.0, 60, Start::At(0.0)).expect("a level");
        let high = walk.hit_by(1.5, 60, Start::At(0.0)).expect("a level");
        assert!(low.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(low.iter().zip(&high).all(|(low, high)| high < low));
    }

    #[test]
    fn what_is_no_walk_is_refused() {
        assert_eq!(Walk::new(1.1, 0.0, 1.0), None);
        assert_eq!(Walk::new(1.0, 0.0, 0.0), None);
        assert_eq!(Walk::new(1.0, 0.0, 1.0).and_then(|walk| walk.hit_by(1.0, 5, Start::Stationary)), None);
    }
}
