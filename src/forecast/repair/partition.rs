//! The best partition of a series into straight pieces.

/// Values by time with weights, as running sums.
pub(super) struct Sums {
    /// Σ w, Σ wt, Σ wt², Σ wx, Σ wtx, Σ wx² of all points before.
    rows: Vec<[f64; 6]>,
}

/// A straight piece: x = `middle` + `slope` (t − `centre`), and the weighted squares left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub(super) middle: f64,
    pub(super) slope: f64,
    pub(super) centre: f64,
    pub(super) squares: f64,
}

impl Line {
    pub(super) fn at(&self, time: f64) -> f64 {
        self.middle + self.slope * (time - self.centre)
    }
}

impl Sums {
    /// Of points `(time, value, weight)`.
    pub(super) fn new(points: impl Iterator<Item = (f64, f64, f64)>) -> Self {
        let mut row = [0.0; 6];
        let mut rows = vec![row];
        for (t, x, w) in points {
            for (sum, term) in row.iter_mut().zip([w, w * t, w * t * t, w * x, w * t * x, w * x * x]) {
                *sum += term;
            }
            rows.push(row);
        }
        Self { rows }
    }

    /// How many points there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len() - 1
    }

    /// The least-squares line through the points `from..until`.
    pub(super) fn line(&self, from: usize, until: usize) -> Line {
        let (a, b) = (&self.rows[from], &self.rows[until]);
        let [w, t, tt, x, tx, xx] = std::array::from_fn(|i| b[i] - a[i]);
        let (centre, middle) = (t / w, x / w);
        let (along, with) = (tt - t * centre, tx - x * centre);
        let slope = if along > 1e-12 * tt.abs() { with / along } else { 0.0 };
        Line { middle, slope, centre, squares: (xx - x * middle - slope * with).max(0.0) }
    }
}

/// Where the pieces of the cheapest partition start (the first, 0, left out): cost = squares about each line + `penalty` a piece,
/// each of at least `least` points.
///
/// Exact: Killick, Fearnhead & Eckley (2012), "Optimal detection of changepoints with a linear computational cost", *JASA* 107,
/// 1590–1598. A start is dropped `least` points after it was found beaten, since the piece that beats it needs so many.
pub(super) fn partition(sums: &Sums, penalty: f64, least: usize) -> Vec<usize> {
    let n = sums.len();
    if n < 2 * least {
        return Vec::new();
    }
    let mut best = vec![f64::INFINITY; n + 1];
    best[0] = -penalty;
    let mut start = vec![0; n + 1];
    let mut open: Vec<(usize, usize)> = vec![(0, usize::MAX)];
    let mut costs = Vec::with_capacity(n);
    for until in least..=n {
        if until >= 2 * least {
            open.push((until - least, usize::MAX));
        }
        costs.clear();
        for (from, _) in &open {
            let cost = best[*from] + sums.line(*from, until).squares;
            costs.push(cost);
            if cost + penalty < best[until] {
                best[until] = cost + penalty;
                start[until] = *from;
            }
        }
        for ((_, dropped), cost) in open.iter_mut().zip(&costs) {
            if *cost > best[until] {
                *dropped = (*dropped).min(until + least);
            }
        }
        open.retain(|(_, dropped)| *dropped > until);
    }
    let mut starts = Vec::new();
    let mut at = start[n];
    while at > 0 {
        starts.push(at);
        at = start[at];
    }
    starts.reverse();
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(values: &[f64], penalty: f64, least: usize) -> f64 {
        let sums = Sums::new(values.iter().enumerate().map(|(t, x)| (t as f64, *x, 1.0)));
        let mut best = vec![f64::INFINITY; values.len() + 1];
        best[0] = -penalty;
        for until in least..=values.len() {
            for from in 0..=until - least {
                best[until] = best[until].min(best[from] + sums.line(from, until).squares + penalty);
            }
        }
        best[values.len()]
    }

    #[test]
    fn pruning_loses_nothing() {
        for seed in 0..20_usize {
            let values: Vec<f64> = (0..80_usize)
                .map(|t| {
                    ((t * 7_919 + seed * 104_729) % 101) as f64 / 20.0
                        + if t > 20 + seed { 6.0 } else { 0.0 }
                        + if t > 60 { t as f64 * 0.3 } else { 0.0 }
                })
                .collect();
            for penalty in [5.0, 20.0, 60.0] {
                let sums = Sums::new(values.iter().enumerate().map(|(t, x)| (t as f64, *x, 1.0)));
                let mut starts = partition(&sums, penalty, 4);
                starts.insert(0, 0);
                starts.push(values.len());
                let cost: f64 =
                    starts.windows(2).map(|ends| sums.line(ends[0], ends[1]).squares + penalty).sum::<f64>() - penalty;
                assert!((cost - plain(&values, penalty, 4)).abs() < 1e-8, "{seed} {penalty}: {starts:?}");
            }
        }
    }

    #[test]
    fn a_line_is_that_of_least_squares() {
        let sums = Sums::new([(0.0, 1.0, 1.0), (1.0, 3.0, 1.0), (2.0, 2.0, 1.0)].into_iter());
        let line = sums.line(0, 3);
        // Mean 2, slope Σ(t−1)(x−2)/2 = 0.5, squares 2 − 0.5 = 1.5.
        assert!((line.middle - 2.0).abs() < 1e-12 && (line.slope - 0.5).abs() < 1e-12 && (line.squares - 1.5).abs() < 1e-12);
        assert!((line.at(2.0) - 2.5).abs() < 1e-12);
    }

    #[test]
    fn partitions_are_those_of_trying_every_start() {
        let text = include_str!("../../../tests/fixtures/forecast/repair.json");
        let oracle: serde_json::Value = serde_json::from_str(text).unwrap();
        for case in oracle["pieces"].as_array().unwrap() {
            let values: Vec<f64> = serde_json::from_value(case["values"].clone()).unwrap();
            let wanted: Vec<usize> = serde_json::from_value(case["starts"].clone()).unwrap();
            let (penalty, least) = (case["penalty"].as_f64().unwrap(), case["least"].as_u64().unwrap() as usize);
            let sums = Sums::new(values.iter().enumerate().map(|(t, x)| (t as f64, *x, 1.0)));
            let starts = partition(&sums, penalty, least);
            assert_eq!(starts, wanted);
            let ends: Vec<usize> = [0].into_iter().chain(starts).chain([values.len()]).collect();
            let cost: f64 = ends.windows(2).map(|ends| sums.line(ends[0], ends[1]).squares + penalty).sum::<f64>() - penalty;
            assert!((cost - case["cost"].as_f64().unwrap()).abs() < 1e-8, "{cost}");
        }
    }
}
