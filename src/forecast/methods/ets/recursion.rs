//! The recursions of all forms, and their exact first derivatives, in one pass each.
//!
//! Written with the raw error e = y − μ the two error types share one recursion (for a multiplicative error e = μ ε, and the
//! factors cancel into the additive form of every equation); they differ in the likelihood alone. So there are nine
//! recursions, trend (N, A, M; damping is φ < 1) by season (N, A, M), each compiled by itself without a branch on its form.

use super::form::{EtsForm, EtsSeason};

/// A form's numbers: smoothing parameters and the states before the first step.
///
/// β = α × `share_beta` and γ = (1 − α) × `share_gamma`, so that the usual region 0 < β < α, 0 < γ < 1 − α is a box.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub alpha: f64,
    pub share_beta: f64,
    pub share_gamma: f64,
    pub phi: f64,
    pub slope: f64,
    pub level: f64,
    /// The season of step t at t mod m; empty without one.
    pub season: Vec<f64>,
}

/// Smoothing parameters are the first lanes of a derivative, α, β/α, γ/(1 − α), φ; the first states follow.
pub(super) const HEAD: usize = 4;

/// What a pass gathered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sums {
    /// Σ e², or Σ ε² of a multiplicative error.
    pub squares: f64,
    /// Σ log μ for a multiplicative error, else 0.
    pub logs: f64,
    /// Steps with a value.
    pub seen: f64,
}

impl Sums {
    /// −2 × the log likelihood but for a constant: n log Σ e² + 2 Σ log μ; `INFINITY` where the form makes no sense.
    pub(super) fn deviance(&self) -> f64 {
        // on the scale of the fit the series has mean size 1: what is under this is rounding
        let value = self.seen * self.squares.max(1e-20 * self.seen).ln() + 2.0 * self.logs;
        if value.is_nan() || self.squares.is_nan() { f64::INFINITY } else { value }
    }

    const NONSENSE: Self = Self { squares: f64::INFINITY, logs: 0.0, seen: 1.0 };
}

/// The states after a pass.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct States {
    pub level: f64,
    pub slope: f64,
    /// The last season of each place t mod m.
    pub season: Vec<f64>,
    /// The place in `season` of the next step.
    pub place: usize,
}

impl States {
    pub(super) fn start(point: &Point) -> Self {
        Self { level: point.level, slope: point.slope, season: point.season.clone(), place: 0 }
    }

    pub(super) fn restart(&mut self, point: &Point) {
        (self.level, self.slope, self.place) = (point.level, point.slope, 0);
        self.season.clone_from(&point.season);
    }
}

/// Level and slope carried one step on.
#[inline]
fn carried<const T: u8>(level: f64, slope: f64, phi: f64) -> (f64, f64) {
    match T {
        0 => (level, 0.0),
        1 => (level + phi * slope, phi * slope),
        _ => {
            let ratio = if phi == 1.0 { slope } else { slope.powf(phi) };
            (level * ratio, ratio)
        }
    }
}

/// Runs `T`, `S` over `past`; `see` gets (step, expected, error), the error NaN at a gap. `None` where a state that must be
/// positive is not.
#[inline]
fn walk<const T: u8, const S: u8>(
    past: &[f64],
    point: &Point,
    states: &mut States,
    mut see: impl FnMut(usize, f64, f64),
) -> Option<()> {
    let Point { alpha, phi, .. } = *point;
    let (beta, gamma) = (alpha * point.share_beta, (1.0 - alpha) * point.share_gamma);
    let (mut level, mut slope, mut place) = (states.level, states.slope, states.place);
    let mut low = f64::INFINITY;
    let season = &mut states.season[..];
    for (t, y) in past.iter().enumerate() {
        let (q, onward) = carried::<T>(level, slope, phi);
        let s = if S == 0 { 0.0 } else { season[place] };
        let expected = if S == 2 { q * s } else { q + s };
        let error = y - expected;
        see(t, expected, error);
        let e = if error.is_nan() { 0.0 } else { error };
        let e_level = if S == 2 { e / s } else { e };
        if S == 1 {
            season[place] = s + gamma * e;
        }
        if S == 2 {
            season[place] = s + gamma * e / q;
            low = low.min(s).min(q);
        }
        slope = match T {
            0 => 0.0,
            1 => onward + beta * e_level,
            _ => onward + beta * e_level / level,
        };
        level = q + alpha * e_level;
        if T == 2 {
            low = low.min(slope).min(level);
        }
        if S != 0 {
            place += 1;
            if place == season.len() {
                place = 0;
            }
        }
    }
    (states.level, states.slope, states.place) = (level, slope, place);
    (low > 0.0 && level.is_finite()).then_some(())
}

/// Σ e² or Σ ε² and Σ log μ, error by `M`.
fn sums<const T: u8, const S: u8, const M: bool>(past: &[f64], point: &Point, states: &mut States) -> Sums {
    let (mut squares, mut logs, mut product, mut least, mut seen) = (0.0, 0.0, 1.0_f64, f64::INFINITY, 0.0);
    let walked = walk::<T, S>(past, point, states, |_, expected, error| {
        let given = if error.is_nan() { 0.0 } else { 1.0 };
        let e = if error.is_nan() { 0.0 } else { error };
        seen += given;
        if M {
            squares += (e / expected).powi(2);
            least = least.min(expected);
            product *= if error.is_nan() { 1.0 } else { expected };
            if !(1e-100..=1e100).contains(&product) {
                logs += product.ln();
                product = 1.0;
            }
        } else {
            squares += e * e;
        }
    });
    if walked.is_none() || least <= 0.0 {
        return Sums::NONSENSE;
    }
    Sums { squares, logs: logs + product.ln(), seen }
}

/// The room derivative passes work in, kept between them.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// A step's derivatives of its error to every lane, one step after another.
    pub rows: Vec<f64>,
    /// Σ e ∂e by lane.
    pub gradient: Vec<f64>,
    /// Σ ∂ log μ by lane (multiplicative errors).
    pub logs: Vec<f64>,
    /// Σ ∂e ∂e, lane by lane, lower triangle.
    pub products: Vec<f64>,
    season: Vec<f64>,
    head: Vec<[f64; HEAD]>,
    tail: Vec<f64>,
}

/// One step's factors by which derivatives move on.
struct Factors {
    phi: f64,
    q_level: f64,
    q_slope: f64,
    mean_q: f64,
    mean_s: f64,
    /// of the expected value and the season in the level's error
    shock_mean: f64,
    shock_s: f64,
    slope_slope: f64,
    slope_level: f64,
    slope_shock: f64,
    season_mean: f64,
    season_q: f64,
    alpha: f64,
    row: f64,
    log: f64,
    error: f64,
}

/// What a step adds to the smoothing parameters' own lanes.
struct Added {
    q: [f64; HEAD],
    level: [f64; HEAD],
    slope: [f64; HEAD],
    season: [f64; HEAD],
}

/// Moves `N` lanes of derivatives one step on.
#[inline(always)]
#[allow(clippy::inline_always, reason = "lanes must stay in registers: a call costs more than the work")]
fn advance<const N: usize, const T: u8, const S: u8, const M: bool>(
    states: [&mut [f64; N]; 3],
    out: [&mut [f64; N]; 3],
    f: &Factors,
    added: Option<&Added>,
) {
    let [level, slope, season] = states;
    let [row, gradient, logs] = out;
    for i in 0..N {
        let mut q = if T == 0 { level[i] } else { f.q_level * level[i] + f.q_slope * slope[i] };
        if let Some(own) = added {
            q += own.q[i];
        }
        let mean = match S {
            0 => q,
            1 => q + season[i],
            _ => f.mean_q * q + f.mean_s * season[i],
        };
        let shock = if S == 2 { f.shock_mean * mean + f.shock_s * season[i] } else { f.shock_mean * mean };
        if T == 1 {
            slope[i] = f.phi * slope[i] + f.slope_shock * shock;
        }
        if T == 2 {
            slope[i] = f.slope_slope * slope[i] + f.slope_shock * shock + f.slope_level * level[i];
        }
        level[i] = q + f.alpha * shock;
        if S == 1 {
            season[i] += f.season_mean * mean;
        }
        if S == 2 {
            season[i] += f.season_mean * mean + f.season_q * q;
        }
        if let Some(own) = added {
            level[i] += own.level[i];
            slope[i] += own.slope[i];
            season[i] += own.season[i];
        }
        let here = f.row * mean;
        row[i] = here;
        gradient[i] += here * f.error;
        if M {
            logs[i] += f.log * mean;
        }
    }
}

/// Fills `room` with the derivatives at `point`. Lanes: [`HEAD`], then the slope, then the seasons by place (or, where they are
/// not fitted, the level).
#[allow(clippy::too_many_lines, reason = "one fused loop; split, its state no longer stays in registers")]
fn slopes<const T: u8, const S: u8, const M: bool, const Q: usize>(past: &[f64], point: &Point, room: &mut Room) -> Sums {
    let Point { alpha, share_beta, share_gamma, phi, .. } = *point;
    let (beta, gamma) = (alpha * share_beta, (1.0 - alpha) * share_gamma);
    let m = point.season.len();
    let (mut level, mut slope, mut place) = (point.level, point.slope, 0);
    room.season.clone_from(&point.season);
    room.head.clear();
    room.head.resize(m, [0.0; HEAD]);
    room.tail.clear();
    room.tail.resize(m * Q, 0.0);
    room.rows.resize(past.len() * (HEAD + Q), 0.0);
    let mut tails = room.tail.as_chunks_mut::<Q>().0;
    let (mut level_h, mut slope_h) = ([0.0; HEAD], [0.0; HEAD]);
    let (mut level_t, mut slope_t) = ([0.0; Q], [0.0; Q]);
    slope_t[0] = 1.0;
    if m == 0 || m >= Q {
        level_t[1] = 1.0;
    } else {
        (0..m).for_each(|j| tails[j][1 + j] = 1.0);
    }
    let (mut none_h, mut none_t) = ([[0.0; HEAD]], [[0.0; Q]]);
    let season = &mut room.season[..];
    let mut heads = &mut room.head[..];
    if S == 0 {
        (heads, tails) = (&mut none_h, &mut none_t);
    }
    let (mut gradient_h, mut gradient_t) = ([0.0; HEAD], [0.0; Q]);
    let (mut logs_h, mut logs_t) = ([0.0; HEAD], [0.0; Q]);
    let (mut squares, mut logs, mut product, mut seen) = (0.0, 0.0, 1.0_f64, 0.0);
    for (y, row) in past.iter().zip(room.rows.chunks_exact_mut(HEAD + Q)) {
        let (q, onward) = carried::<T>(level, slope, phi);
        let s = if S == 0 { 0.0 } else { season[place] };
        let expected = if S == 2 { q * s } else { q + s };
        let (e, given) = if y.is_nan() { (0.0, 0.0) } else { (y - expected, 1.0) };
        let shock = if S == 2 { e / s } else { e };
        let error = if M { e / expected } else { e };
        let per_level = if T == 2 { 1.0 / level } else { 1.0 };
        let f = Factors {
            phi,
            q_level: if T == 2 { onward } else { 1.0 },
            q_slope: if T == 2 { phi * q / slope } else { phi },
            mean_q: s,
            mean_s: q,
            shock_mean: if S == 2 { -given / s } else { -given },
            shock_s: if S == 2 { -shock / s } else { 0.0 },
            slope_slope: if T == 2 { phi * onward / slope } else { phi },
            slope_level: if T == 2 { -beta * shock * per_level * per_level } else { 0.0 },
            slope_shock: beta * per_level,
            season_mean: if S == 2 { -gamma * given / q } else { -gamma * given },
            season_q: if S == 2 { -gamma * e / (q * q) } else { 0.0 },
            alpha,
            row: if M { -given * (1.0 + error) / expected } else { -given },
            log: if M { given / expected } else { 0.0 },
            error,
        };
        let by_phi = match T {
            0 => [0.0; 2],
            1 => [slope; 2],
            _ => [q * slope.ln(), onward * slope.ln()],
        };
        let e_season = if S == 2 { e / q } else { e };
        let own = Added {
            q: [0.0, 0.0, 0.0, by_phi[0]],
            level: [shock, 0.0, 0.0, 0.0],
            slope: [share_beta * shock * per_level, alpha * shock * per_level, 0.0, by_phi[1]],
            season: [-share_gamma * e_season, 0.0, (1.0 - alpha) * e_season, 0.0],
        };
        let (row_h, row_t) = row.split_at_mut(HEAD);
        if let (Ok(row_h), Ok(row_t)) = (row_h.try_into(), row_t.try_into()) {
            let head = [&mut level_h, &mut slope_h, &mut heads[place]];
            advance::<HEAD, T, S, M>(head, [row_h, &mut gradient_h, &mut logs_h], &f, Some(&own));
            let tail = [&mut level_t, &mut slope_t, &mut tails[place]];
            advance::<Q, T, S, M>(tail, [row_t, &mut gradient_t, &mut logs_t], &f, None);
        }
        squares += error * error;
        seen += given;
        if M && given > 0.0 {
            product *= expected;
            if !(1e-100..=1e100).contains(&product) {
                logs += product.ln();
                product = 1.0;
            }
        }
        slope = match T {
            0 => 0.0,
            _ => onward + beta * shock * per_level,
        };
        level = q + alpha * shock;
        if S != 0 {
            season[place] = s + gamma * e_season;
            place += 1;
            if place == season.len() {
                place = 0;
            }
        }
    }
    for (kept, head, tail) in [(&mut room.gradient, gradient_h, gradient_t), (&mut room.logs, logs_h, logs_t)] {
        kept.clear();
        kept.extend_from_slice(&head);
        kept.extend_from_slice(&tail);
    }
    match Q {
        2 => products::<6>(&room.rows, &mut room.products),
        8 => products::<12>(&room.rows, &mut room.products),
        14 => products::<18>(&room.rows, &mut room.products),
        _ => products::<30>(&room.rows, &mut room.products),
    }
    Sums { squares, logs: logs + product.ln(), seen }
}

/// The lower triangle of Σ row rowᵀ over rows of `P`, by tiles of 2 × 6 that fit the registers.
fn products<const P: usize>(rows: &[f64], into: &mut Vec<f64>) {
    into.clear();
    into.resize(P * P, 0.0);
    for i in (0..P).step_by(2) {
        for j in (0..=i).step_by(6) {
            let (mut upper, mut lower) = ([0.0; 6], [0.0; 6]);
            for row in rows.as_chunks::<P>().0 {
                let (a, b) = (row[i], row[i + 1]);
                for k in 0..6 {
                    upper[k] += a * row[j + k];
                    lower[k] += b * row[j + k];
                }
            }
            into[i * P + j..i * P + j + 6].copy_from_slice(&upper);
            into[(i + 1) * P + j..(i + 1) * P + j + 6].copy_from_slice(&lower);
        }
    }
}

/// The compiled passes of one form.
#[derive(Clone, Copy)]
pub(super) struct Passes {
    pub sums: fn(&[f64], &Point, &mut States) -> Sums,
    pub slopes: fn(&[f64], &Point, &mut Room) -> Sums,
    /// Lanes of a row.
    pub lanes: usize,
    /// Whether the first seasons are fitted; where there are more than the lanes hold they stay as they were estimated.
    pub seasons_fitted: bool,
}

macro_rules! passes {
    ($season:ident, $key:expr, $($t:tt $s:tt $m:tt $id:tt),*) => {
        match $key {
            $($id => passes!(@ $season $t $s $m),)*
            _ => passes!(@ $season 0 0 false),
        }
    };
    (@ $season:ident $t:tt 0 $m:tt) => { passes!(@@ $t 0 $m 2 false) };
    (@ $season:ident $t:tt $s:tt $m:tt) => {
        match $season {
            0..=7 => passes!(@@ $t $s $m 8 true),
            8..=13 => passes!(@@ $t $s $m 14 true),
            14..=25 => passes!(@@ $t $s $m 26 true),
            _ => passes!(@@ $t $s $m 2 false),
        }
    };
    (@@ $t:tt $s:tt $m:tt $q:tt $fitted:tt) => {
        Passes { sums: sums::<$t, $s, $m>, slopes: slopes::<$t, $s, $m, $q>, lanes: HEAD + $q, seasons_fitted: $fitted }
    };
}

/// The passes of `form` with a season of so many steps.
pub(super) fn passes(form: EtsForm, season: usize) -> Passes {
    let error = u8::from(form.error == super::form::EtsError::Multiplicative);
    let trend = u8::from(form.trended()) + u8::from(form.grows_by_ratio());
    let kind = match form.season {
        EtsSeason::None => 0,
        EtsSeason::Additive => 1,
        EtsSeason::Multiplicative => 2,
    };
    passes!(season, error * 9 + trend * 3 + kind,
        0 0 false 0, 0 1 false 1, 0 2 false 2, 1 0 false 3, 1 1 false 4, 1 2 false 5, 2 0 false 6, 2 1 false 7, 2 2 false 8,
        0 0 true 9, 0 1 true 10, 0 2 true 11, 1 0 true 12, 1 1 true 13, 1 2 true 14, 2 0 true 15, 2 1 true 16, 2 2 true 17)
}

/// What `form` expected one step before, and the states it ends in.
pub(super) fn trace(form: EtsForm, past: &[f64], point: &Point) -> (Vec<f64>, States) {
    let mut states = States::start(point);
    let mut expected = vec![f64::NAN; past.len()];
    let see = |t: usize, mean: f64, _: f64| expected[t] = mean;
    let trend = u8::from(form.trended()) + u8::from(form.grows_by_ratio());
    // a state that turned senseless was refused by the search
    let _ = match (trend, form.season) {
        (0, EtsSeason::None) => walk::<0, 0>(past, point, &mut states, see),
        (0, EtsSeason::Additive) => walk::<0, 1>(past, point, &mut states, see),
        (0, EtsSeason::Multiplicative) => walk::<0, 2>(past, point, &mut states, see),
        (1, EtsSeason::None) => walk::<1, 0>(past, point, &mut states, see),
        (1, EtsSeason::Additive) => walk::<1, 1>(past, point, &mut states, see),
        (1, EtsSeason::Multiplicative) => walk::<1, 2>(past, point, &mut states, see),
        (_, EtsSeason::None) => walk::<2, 0>(past, point, &mut states, see),
        (_, EtsSeason::Additive) => walk::<2, 1>(past, point, &mut states, see),
        (_, EtsSeason::Multiplicative) => walk::<2, 2>(past, point, &mut states, see),
    };
    (expected, states)
}
