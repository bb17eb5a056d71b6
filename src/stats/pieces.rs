//! Regression by pieces: a straight line in each of several stretches with equally many points.

/// Points a stretch at least.
const LEAST: usize = 50;
/// Stretches at most.
const MOST: usize = 40;

/// A straight line through points: value at their mean, slope, and what is needed for the error of a value on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit {
    count: f64,
    centre: f64,
    level: f64,
    slope: f64,
    /// Σ (x - centre)².
    spread: f64,
    /// Squares left around the line.
    left: f64,
}

impl Fit {
    /// Least squares; level only where all inputs are the same.
    pub(super) fn of(points: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let (count, x, y) = points.clone().fold((0.0, 0.0, 0.0), |(n, a, b), (x, y)| (n + 1.0, a + x, b + y));
        let (centre, level) = (x / count, y / count);
        let sums = |(xx, xy, yy): (f64, f64, f64), (x, y): (f64, f64)| {
            let (dx, dy) = (x - centre, y - level);
            (xx + dx * dx, xy + dx * dy, yy + dy * dy)
        };
        let (spread, both, squares) = points.fold((0.0, 0.0, 0.0), sums);
        let slope = if spread > 0.0 { both / spread } else { 0.0 };
        Self { count, centre, level, slope, spread, left: (squares - slope * both).max(0.0) }
    }

    /// The line at `x`.
    pub(super) fn at(&self, x: f64) -> f64 {
        self.level + self.slope * (x - self.centre)
    }

    /// The variance around the line, with a degree of freedom for each number of it.
    pub(super) fn variance_left(&self) -> f64 {
        let parameters = if self.spread > 0.0 { 2.0 } else { 1.0 };
        self.left / (self.count - parameters).max(1.0)
    }

    /// The standard error of the line at `x`.
    pub(super) fn error_at(&self, x: f64) -> f64 {
        let away = if self.spread > 0.0 { (x - self.centre).powi(2) / self.spread } else { 0.0 };
        (self.variance_left() * (1.0 / self.count + away)).sqrt()
    }
}

/// A regression by pieces.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pieces {
    /// The largest input of each stretch, and its line.
    pieces: Vec<(f64, Fit)>,
}

/// Points in the order of their input; equal inputs keep their order.
pub(super) fn sorted(input: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..input.len() as u32).collect();
    order.sort_by(|a, b| input[*a as usize].total_cmp(&input[*b as usize]));
    order
}

impl Pieces {
    /// From points in the order of their input; `None` for fewer than one stretch.
    pub(super) fn fit(points: &[(f64, f64)]) -> Option<Self> {
        let count = (points.len() / LEAST).min(MOST);
        let edge = |piece: usize| piece * points.len() / count;
        let piece = |piece: usize| {
            let of = &points[edge(piece)..edge(piece + 1)];
            Some((of.last()?.0, Fit::of(of.iter().copied())))
        };
        (count > 0).then(|| (0..count).map(piece).collect::<Option<_>>()).flatten().map(|pieces| Self { pieces })
    }

    /// The mean variance around the lines: E[Var(y | x)].
    pub(super) fn variance_left(&self) -> f64 {
        let points: f64 = self.pieces.iter().map(|(_, fit)| fit.count).sum();
        self.pieces.iter().map(|(_, fit)| fit.count * fit.variance_left()).sum::<f64>() / points
    }

    /// What is expected at `x`.
    pub(super) fn at(&self, x: f64) -> f64 {
        let piece = self.pieces.partition_point(|(last, _)| *last < x).min(self.pieces.len() - 1);
        self.pieces[piece].1.at(x)
    }
}
