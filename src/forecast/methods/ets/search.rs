//! Maximum likelihood by damped Gauss–Newton steps in a box.
//!
//! The deviance n log Σ ε² + 2 Σ log μ equals n log Σ (ε G)² with G the geometric mean of μ, so every form is a non-linear
//! least-squares problem. One-step errors are nearly uncorrelated with the past their second derivatives are made of, so
//! Gauss–Newton is close to Fisher scoring and needs few steps: Marquardt (1963), "An algorithm for least-squares estimation of
//! nonlinear parameters", *SIAM J.* 11(2), 431–441. In additive recursions errors are linear in the first states, so the
//! many seasonal seeds cost no further steps.

use super::form::EtsForm;
use super::recursion::{HEAD, Passes, Point, Room, States, Sums};

/// The usual region: α, β/α, γ/(1 − α) and φ, the bounds of Hyndman & Khandakar (2008), *J. Statistical Software* 27(3).
pub(super) const LOWER: [f64; HEAD] = [1e-4, 1e-4, 1e-4, 0.8];
pub(super) const UPPER: [f64; HEAD] = [0.9999, 0.9999, 0.9999, 0.98];

/// A search's end.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub point: Point,
    pub deviance: f64,
}

/// What smoothing parameters are taken to be before a past is seen: β/α, γ/(1 − α) have the density ∝ (1 − x)^weight.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Prior {
    pub beta: f64,
    pub gamma: f64,
}

impl Prior {
    /// −2 × its log density but for a constant.
    pub(super) fn deviance(&self, at: &Point) -> f64 {
        -2.0 * (self.beta * (-at.share_beta).ln_1p() + self.gamma * (-at.share_gamma).ln_1p())
    }

    /// First and second derivative of that to a lane.
    fn slopes(&self, lane: usize, at: &Point) -> (f64, f64) {
        let (weight, x) = match lane {
            1 => (self.beta, at.share_beta),
            2 => (self.gamma, at.share_gamma),
            _ => return (0.0, 0.0),
        };
        (2.0 * weight / (1.0 - x), 2.0 * weight / (1.0 - x).powi(2))
    }
}

/// A fall of the deviance not worth a step.
const ENOUGH: f64 = 1e-4;

/// How hard to search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// What is known beforehand.
    pub prior: Prior,
    /// The deviance that must be undercut for the form to matter: a search that cannot reach it stops.
    pub bar: f64,
    /// Steps at most.
    pub most: usize,
    /// Starts at most.
    pub starts: usize,
}

/// The lanes `form` fits.
fn lanes(form: EtsForm, passes: &Passes, season: usize) -> Vec<usize> {
    let mut lanes = vec![0];
    for (wanted, lane) in [(form.trended(), 1), (form.seasonal(), 2), (form.damped(), 3), (form.trended(), HEAD)] {
        if wanted {
            lanes.push(lane);
        }
    }
    // with fitted seasons the level is not free: a level higher by c and seasons lower by c are the same
    let firsts = if form.seasonal() && passes.seasons_fitted { season } else { 1 };
    lanes.extend(HEAD + 1..=HEAD + firsts);
    lanes
}

impl Point {
    pub(super) fn lane(&mut self, lane: usize, seasons_fitted: bool) -> &mut f64 {
        match lane {
            0 => &mut self.alpha,
            1 => &mut self.share_beta,
            2 => &mut self.share_gamma,
            3 => &mut self.phi,
            HEAD => &mut self.slope,
            _ if seasons_fitted => &mut self.season[lane - HEAD - 1],
            _ => &mut self.level,
        }
    }

    fn copy_from(&mut self, other: &Self) {
        let Self { alpha, share_beta, share_gamma, phi, slope, level, season } = other;
        (self.alpha, self.share_beta, self.share_gamma) = (*alpha, *share_beta, *share_gamma);
        (self.phi, self.slope, self.level) = (*phi, *slope, *level);
        self.season.copy_from_slice(season);
    }
}

/// The step's normal equations, dense in the fitted lanes.
struct System {
    matrix: Vec<f64>,
    gradient: Vec<f64>,
    factor: Vec<f64>,
    step: Vec<f64>,
    free: Vec<bool>,
}

impl System {
    fn new(k: usize) -> Self {
        let (square, line) = (vec![0.0; k * k], vec![0.0; k]);
        Self { matrix: square.clone(), gradient: line.clone(), factor: square, step: line, free: vec![true; k] }
    }

    /// Takes the derivatives in `room`, with those of log G for a multiplicative error.
    fn gather(&mut self, room: &Room, wide: usize, lanes: &[usize], sums: &Sums, weighted: bool) {
        let k = lanes.len();
        for (i, a) in lanes.iter().enumerate() {
            for (j, b) in lanes[..=i].iter().enumerate() {
                self.matrix[i * k + j] = room.products[a * wide + b];
            }
            self.gradient[i] = room.gradient[*a];
        }
        if weighted {
            let pull = |lane: usize| room.logs[lane] / sums.seen;
            for (i, a) in lanes.iter().enumerate() {
                for (j, b) in lanes[..=i].iter().enumerate() {
                    self.matrix[i * k + j] +=
                        room.gradient[*a] * pull(*b) + pull(*a) * room.gradient[*b] + sums.squares * pull(*a) * pull(*b);
                }
                self.gradient[i] += sums.squares * pull(*a);
            }
        }
    }

    /// Adds the prior, on the scale of Σ e².
    fn weigh(&mut self, prior: &Prior, at: &Point, lanes: &[usize], sums: &Sums) {
        let k = lanes.len();
        for (i, lane) in lanes.iter().enumerate().take_while(|(_, lane)| **lane < HEAD) {
            let (first, second) = prior.slopes(*lane, at);
            let scale = sums.squares / (2.0 * sums.seen);
            self.gradient[i] += first * scale;
            self.matrix[i * k + i] += second * scale;
        }
    }

    /// The step that solves (H + λ diag H) δ = −g over the free lanes, those held moved by their `step` already.
    fn solve(&mut self, damping: f64) {
        let k = self.gradient.len();
        for i in 0..k {
            if !self.free[i] {
                continue;
            }
            for j in 0..=i {
                if !self.free[j] {
                    continue;
                }
                let mut cell = self.matrix[i * k + j];
                if i == j {
                    cell *= 1.0 + damping;
                }
                let (above, here) = self.factor.split_at(i * k);
                let other = if i == j { here } else { &above[j * k..] };
                cell -= (0..j).filter(|l| self.free[*l]).map(|l| here[l] * other[l]).sum::<f64>();
                self.factor[i * k + j] = if i == j {
                    // a lane without curvature of its own does not move
                    if cell > 1e-11 * self.matrix[i * k + i] && cell > 1e-30 { cell.sqrt() } else { 1e30 }
                } else {
                    cell / self.factor[j * k + j]
                };
            }
        }
        let at = |i: usize, j: usize| if i >= j { i * k + j } else { j * k + i };
        for i in 0..k {
            if self.free[i] {
                let mut right = -self.gradient[i];
                for j in 0..k {
                    if !self.free[j] {
                        right -= self.matrix[at(i, j)] * self.step[j];
                    } else if j < i {
                        right -= self.factor[i * k + j] * self.step[j];
                    }
                }
                self.step[i] = right / self.factor[i * k + i];
            }
        }
        for i in (0..k).rev() {
            if self.free[i] {
                let above: f64 = (i + 1..k).filter(|j| self.free[*j]).map(|j| self.factor[j * k + i] * self.step[j]).sum();
                self.step[i] = (self.step[i] - above) / self.factor[i * k + i];
            }
        }
    }

    /// The step inside the box: lanes it would carry out are held at their bound and the others solved again; whether any was.
    fn boxed(&mut self, damping: f64, at: &mut Point, lanes: &[usize]) -> bool {
        for (i, lane) in lanes.iter().enumerate() {
            self.step[i] = 0.0;
            self.free[i] = *lane >= HEAD || {
                let x = *at.lane(*lane, true);
                !((x <= LOWER[*lane] && self.gradient[i] > 0.0) || (x >= UPPER[*lane] && self.gradient[i] < 0.0))
            };
        }
        let mut held = false;
        loop {
            self.solve(damping);
            let mut inside = true;
            for (i, lane) in lanes.iter().enumerate().take_while(|(_, lane)| **lane < HEAD) {
                let x = *at.lane(*lane, true);
                let to = (x + self.step[i]).clamp(LOWER[*lane], UPPER[*lane]);
                if self.free[i] && to != x + self.step[i] {
                    (self.step[i], self.free[i], inside) = (to - x, false, false);
                }
            }
            if inside {
                return held;
            }
            held = true;
        }
    }

    /// How much less Σ e² the quadratic expects after the step.
    fn expected_fall(&self) -> f64 {
        let k = self.gradient.len();
        let mut fall = 0.0;
        for i in 0..k {
            let mut curved = self.matrix[i * k + i] * self.step[i];
            curved += 2.0 * (0..i).map(|j| self.matrix[i * k + j] * self.step[j]).sum::<f64>();
            fall -= self.step[i] * (2.0 * self.gradient[i] + curved);
        }
        fall
    }
}

/// A local minimum of the deviance from `start`; `None` where the form makes no sense there.
pub(super) fn descend(
    form: EtsForm,
    passes: &Passes,
    past: &[f64],
    start: &Point,
    effort: Effort,
    room: &mut Room,
) -> Option<Found> {
    let lanes = lanes(form, passes, start.season.len());
    let weighted = form.error == super::form::EtsError::Multiplicative;
    let mut system = System::new(lanes.len());
    let (mut at, mut next, mut states) = (start.clone(), start.clone(), States::start(start));
    let prior = effort.prior;
    let mut deviance = (passes.sums)(past, &at, &mut states).deviance() + prior.deviance(&at);
    if !deviance.is_finite() {
        return None;
    }
    let mut damping = 1e-3;
    let mut steps = 0;
    'search: while steps < effort.most {
        let sums = (passes.slopes)(past, &at, room);
        system.gather(room, passes.lanes, &lanes, &sums, weighted);
        system.weigh(&prior, &at, &lanes, &sums);
        let mut first = true;
        loop {
            let held = system.boxed(damping, &mut at, &lanes);
            let share = (system.expected_fall() / sums.squares.max(1e-300)).min(0.999_999);
            let hoped = -sums.seen * (-share).ln_1p();
            if hoped < ENOUGH && held && damping < 1e4 {
                // cut off at its bounds the long step no longer leads down: a shorter one does
                damping = (damping * 8.0).max(1e-2);
                continue;
            }
            if hoped.is_nan() || hoped < ENOUGH || (first && deviance - 4.0 * hoped - 1.0 > effort.bar) || damping > 1e8 {
                break 'search;
            }
            first = false;
            next.copy_from(&at);
            for (lane, step) in lanes.iter().zip(&system.step) {
                let x = next.lane(*lane, passes.seasons_fitted);
                *x += step;
                if *lane < HEAD {
                    *x = x.clamp(LOWER[*lane], UPPER[*lane]);
                }
            }
            states.restart(&next);
            let there = (passes.sums)(past, &next, &mut states).deviance() + prior.deviance(&next);
            steps += 1;
            if there < deviance {
                damping = if deviance - there > 0.7 * hoped { damping * 0.1 } else { damping };
                let fallen = deviance - there;
                std::mem::swap(&mut at, &mut next);
                deviance = there;
                if fallen < ENOUGH {
                    break 'search;
                }
                break;
            }
            damping = (damping * 8.0).max(1e-3);
            if steps >= effort.most {
                break 'search;
            }
        }
    }
    Some(Found { point: at, deviance })
}
