//! Loess on a regular grid as rows of a linear map: the weights are worked out once and applied to many series.
//!
//! Cleveland & Devlin (1988), "Locally weighted regression", *JASA* 83, 596–610, with the neighbourhoods of Cleveland et al.
//! (1990): `window` points, of which each side of an end point gets what there is.

/// One fitted point: `Σ weights[i] · values[from + i]`.
#[derive(Debug, Clone)]
pub(super) struct Row {
    from: usize,
    weights: Vec<f64>,
}

impl Row {
    pub(super) fn apply(&self, values: &[f64]) -> f64 {
        dot(&self.weights, &values[self.from..self.from + self.weights.len()])
    }

    pub(super) fn from(&self) -> usize {
        self.from
    }

    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }
}

/// A dot product of equally long slices in eight strands, so that the processor need not wait for each sum.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (whole_a, whole_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = whole_a.remainder().iter().zip(whole_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in whole_a.zip(whole_b) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The local fit: a constant or a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalFit {
    /// A weighted mean.
    Constant,
    /// A weighted line.
    Line,
}

/// How loess looks at its neighbours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loess {
    pub(super) window: usize,
    pub(super) fit: LocalFit,
}

impl Loess {
    /// The row for the place `x` (which may lie outside) of a series of `count` points; `trust` holds a weight a point.
    ///
    /// Where no neighbour has any weight the row gives the nearest point.
    pub(super) fn row(self, x: f64, count: usize, trust: Option<&[f64]>) -> Row {
        let width = self.window.min(count);
        let half = (self.window / 2) as f64;
        let from = if self.window >= count { 0 } else { (x - half).max(0.0) as usize };
        let from = from.min(count - width);
        let last = (from + width - 1) as f64;
        let beyond = if self.window > count { ((self.window - count) / 2) as f64 } else { 0.0 };
        let reach = (x - from as f64).max(last - x) + beyond;
        let mut weights: Vec<f64> = (from..from + width).map(|i| tricube((i as f64 - x).abs() / reach.max(1e-300))).collect();
        if reach == 0.0 {
            weights.fill(1.0);
        }
        if let Some(trust) = trust {
            weights.iter_mut().zip(&trust[from..]).for_each(|(weight, trust)| *weight *= trust);
        }
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            let nearest = x.round().clamp(0.0, (count - 1) as f64) as usize;
            return Row { from: nearest, weights: vec![1.0] };
        }
        for weight in &mut weights {
            *weight /= total;
        }
        if self.fit == LocalFit::Line {
            tilt(&mut weights, from as f64, x, count);
        }
        Row { from, weights }
    }
}

/// Turns the weights of a mean into those of a line, unless the neighbours lie too close together to hold one.
fn tilt(weights: &mut [f64], from: f64, x: f64, count: usize) {
    let middle: f64 = weights.iter().enumerate().map(|(i, weight)| weight * (from + i as f64)).sum();
    let spread: f64 = weights.iter().enumerate().map(|(i, weight)| weight * (from + i as f64 - middle).powi(2)).sum();
    if spread.sqrt() > 0.001 * (count - 1) as f64 && spread > 0.0 {
        let slope = (x - middle) / spread;
        weights.iter_mut().enumerate().for_each(|(i, weight)| *weight *= 1.0 + slope * (from + i as f64 - middle));
    }
}

/// `(1 − r³)³` within reach, taken as 0 from 0.999 of it on.
fn tricube(r: f64) -> f64 {
    if r > 0.999 { 0.0 } else { (1.0 - r * r * r).powi(3) }
}

/// Loess over a whole series, fitted at every `jump`th point and joined by straight lines.
#[derive(Debug)]
pub(super) struct Smoother {
    count: usize,
    half: usize,
    jump: usize,
    /// The row of all points that have a whole neighbourhood; not used with weights.
    inside: Option<Row>,
    rows: Vec<(usize, Option<Row>)>,
}

impl Smoother {
    pub(super) fn new(loess: Loess, count: usize, jump: usize, trust: Option<&[f64]>) -> Self {
        let half = loess.window / 2;
        let jump = jump.clamp(1, count.saturating_sub(1).max(1));
        let whole = |at: usize| trust.is_none() && at >= half && at + half < count;
        let mut at: Vec<usize> = (0..count).step_by(jump).collect();
        if at.last().is_some_and(|last| last + 1 < count) {
            at.push(count - 1);
        }
        let inside = at.iter().find(|at| whole(**at)).map(|at| loess.row(*at as f64, count, None));
        let rows = at.into_iter().map(|at| (at, (!whole(at)).then(|| loess.row(at as f64, count, trust)))).collect();
        Self { count, half, jump, inside, rows }
    }

    pub(super) fn smooth(&self, values: &[f64], out: &mut [f64]) {
        let values = &values[..self.count];
        let mut before: Option<usize> = None;
        for (at, row) in &self.rows {
            out[*at] = match (row, &self.inside) {
                (Some(row), _) => row.apply(values),
                (None, Some(inside)) => dot(&inside.weights, &values[at - self.half..=at + self.half]),
                (None, None) => values[*at],
            };
            if let Some(from) = before
                && self.jump > 1
            {
                let slope = (out[*at] - out[from]) / (at - from) as f64;
                let start = out[from];
                (from + 1..*at).for_each(|i| out[i] = start + slope * (i - from) as f64);
            }
            before = Some(*at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_line_reproduces_a_line_inside_at_the_ends_and_beyond() {
        let line: Vec<f64> = (0..40).map(|t| 3.0 - 0.5 * f64::from(t)).collect();
        for window in [3, 7, 41, 99] {
            let loess = Loess { window, fit: LocalFit::Line };
            for x in [-1.0, 0.0, 1.0, 20.0, 39.0, 40.0] {
                let seen = loess.row(x, 40, None).apply(&line);
                // a window of three has one neighbour with weight at an end: no line, the nearest value
                let near = if window == 3 { 1.0 } else { 1e-10 };
                assert!((seen - (3.0 - 0.5 * x)).abs() <= near, "{window} {x}: {seen}");
            }
        }
    }

    #[test]
    fn a_local_mean_of_five_has_the_tricube_weights_worked_by_hand() {
        // reach 2: weights (1 − (1/2)³)³ = 0.669921875 at distance 1, 1 at 0, 0 at 2
        let row = Loess { window: 5, fit: LocalFit::Constant }.row(4.0, 9, None);
        let total = 1.0 + 2.0 * 0.669_921_875;
        let by_hand = [0.0, 0.669_921_875 / total, 1.0 / total, 0.669_921_875 / total, 0.0];
        assert_eq!(row.from, 2);
        row.weights.iter().zip(by_hand).for_each(|(seen, expected)| assert!((seen - expected).abs() < 1e-15));
    }

    #[test]
    fn with_jumps_the_ends_are_fitted_and_the_rest_is_joined() {
        let values: Vec<f64> = (0..30).map(|t| f64::from(t * t % 17)).collect();
        let loess = Loess { window: 9, fit: LocalFit::Line };
        let (mut every, mut jumps) = (vec![0.0; 30], vec![0.0; 30]);
        Smoother::new(loess, 30, 1, None).smooth(&values, &mut every);
        Smoother::new(loess, 30, 4, None).smooth(&values, &mut jumps);
        for at in (0..30).step_by(4).chain([29]) {
            assert!((every[at] - jumps[at]).abs() < 1e-12);
        }
        assert!((jumps[2] - f64::midpoint(jumps[0], jumps[4])).abs() < 1e-12);
    }

    #[test]
    fn a_point_without_trust_does_not_count() {
        let mut values: Vec<f64> = (0..15).map(f64::from).collect();
        let mut trust = vec![1.0; 15];
        (values[7], trust[7]) = (1e9, 0.0);
        let mut out = vec![0.0; 15];
        Smoother::new(Loess { window: 7, fit: LocalFit::Line }, 15, 1, Some(&trust)).smooth(&values, &mut out);
        out.iter().enumerate().for_each(|(t, seen)| assert!((seen - t as f64).abs() < 1e-9, "{t}: {seen}"));
    }
}
