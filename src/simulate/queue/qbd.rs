//! Quasi-birth–death chains: levels that go up by arrivals and down by services, phases within a level.
//!
//! Neuts (1981), *Matrix-Geometric Solutions in Stochastic Models*, ch. 1 and 3; Latouche & Ramaswami (1993), "A logarithmic
//! reduction algorithm for quasi-birth-death processes", *J. Appl. Prob.* 30, 650–674. Every elimination takes its pivots as sums
//! of the rates that are left (Grassmann, Taksar & Heyman 1985, *Operations Research* 33(5), 1107–1116), and no step subtracts, so
//! that small probabilities keep their digits too.

/// A square matrix of numbers >= 0, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    size: usize,
    values: Vec<f64>,
}

impl Matrix {
    pub(super) fn zero(size: usize) -> Self {
        Self { size, values: vec![0.0; size * size] }
    }

    fn diagonal(of: impl Iterator<Item = f64>) -> Self {
        let entries: Vec<f64> = of.collect();
        let mut made = Self::zero(entries.len());
        for (i, entry) in entries.into_iter().enumerate() {
            made.set(i, i, entry);
        }
        made
    }

    pub(super) fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.size + column] = value;
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.size..(row + 1) * self.size]
    }

    fn row_sums(&self) -> Vec<f64> {
        (0..self.size).map(|row| self.row(row).iter().sum()).collect()
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = Self::zero(self.size);
        for i in 0..self.size {
            let into = &mut product.values[i * self.size..(i + 1) * self.size];
            for (j, factor) in self.row(i).iter().enumerate().filter(|(_, factor)| **factor != 0.0) {
                for (sum, value) in into.iter_mut().zip(other.row(j)) {
                    *sum += factor * value;
                }
            }
        }
        product
    }

    fn plus(&self, other: &Self) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(a, b)| a + b).collect();
        Self { size: self.size, values }
    }

    fn scaled(&self, by: f64) -> Self {
        Self { size: self.size, values: self.values.iter().map(|value| value * by).collect() }
    }

    fn largest(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max)
    }

    /// The row vector `left` times this.
    fn after(&self, left: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; self.size];
        for (i, factor) in left.iter().enumerate() {
            for (sum, value) in product.iter_mut().zip(self.row(i)) {
                *sum += factor * value;
            }
        }
        product
    }
}

/// Solves (D - `inner`) X = `right`, where D's entries are the row sums of `inner` (without its diagonal) and `exit`.
fn absorbed(mut inner: Matrix, mut exit: Vec<f64>, mut right: Matrix) -> Option<Matrix> {
    let size = inner.size;
    let mut pivots = vec![0.0; size];
    for k in 0..size {
        let pivot = exit[k] + inner.row(k)[k + 1..].iter().sum::<f64>();
        if !(pivot > 0.0 && pivot.is_finite()) {
            return None;
        }
        pivots[k] = pivot;
        for i in k + 1..size {
            let share = inner.row(i)[k] / pivot;
            if share == 0.0 {
                continue;
            }
            exit[i] += share * exit[k];
            add(&mut inner.values, size, i, k, share, k + 1);
            add(&mut right.values, size, i, k, share, 0);
        }
    }
    for k in (0..size).rev() {
        for j in k + 1..size {
            let share = inner.row(k)[j];
            add(&mut right.values, size, k, j, share, 0);
        }
        right.values[k * size..(k + 1) * size].iter_mut().for_each(|value| *value /= pivots[k]);
    }
    Some(right)
}

/// Row `into` += `share` × row `from`, from `column` on.
fn add(values: &mut [f64], size: usize, into: usize, from: usize, share: f64, column: usize) {
    for j in column..size {
        values[into * size + j] += share * values[from * size + j];
    }
}

/// The steady state of a chain with these rates (GTH; the diagonal is not looked at).
fn steady_state(mut rates: Matrix) -> Option<Vec<f64>> {
    let size = rates.size;
    for k in (1..size).rev() {
        let out: f64 = rates.row(k)[..k].iter().sum();
        if out <= 0.0 {
            return None;
        }
        for i in 0..k {
            let share = rates.row(i)[k] / out;
            rates.set(i, k, share);
            for j in 0..k {
                let through = share * rates.row(k)[j];
                rates.values[i * size + j] += through;
            }
        }
    }
    let mut state = vec![1.0];
    for k in 1..size {
        state.push((0..k).map(|i| state[i] * rates.row(i)[k]).sum());
    }
    Some(state)
}

/// The steady state over the levels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    /// Probabilities by level and phase: 0 to where the levels are alike.
    first: Vec<Vec<f64>>,
    /// From one of the alike levels to the next.
    rate: Matrix,
    /// I + R + R² + …, times a column of ones.
    beyond: Vec<f64>,
    /// The same, times `beyond` once more and R: Σ n Rⁿ 1.
    weighted: Vec<f64>,
}

/// Solves a chain of levels 0, 1, …: up by `arrivals`, phases by `phases` at every level, down from (level, phase) by `served`,
/// which is the same at all levels from `alike` on. `None` where it has no steady state.
pub(super) fn solve(arrivals: f64, phases: &Matrix, alike: usize, served: &dyn Fn(usize, usize) -> f64) -> Option<Levels> {
    let size = phases.size;
    let identity = || Matrix::diagonal((0..size).map(|_| 1.0));
    let down = |level: usize| (0..size).map(move |phase| served(level, phase));
    let mut passage = first_passage(arrivals, phases, &down(alike).collect::<Vec<_>>())?;
    // up from level n - 1: R = arrivals × the time spent in n before the next visit below n
    let mut up = Vec::new();
    for level in (1..=alike.max(1)).rev() {
        let time = absorbed(phases.plus(&passage.scaled(arrivals)), down(level).collect(), identity())?;
        passage = time.times(&Matrix::diagonal(down(level)));
        up.push(time.scaled(arrivals));
    }
    let rate = up[0].clone();
    let mut first = vec![steady_state(phases.plus(&passage.scaled(arrivals)))?];
    for step in up.iter().rev() {
        first.push(step.after(&first[first.len() - 1]));
    }
    // the last of `first` is the first alike level
    let sum = geometric_sum(&rate)?;
    let beyond = sum.row_sums();
    let column = |matrix: &Matrix, right: &[f64]| -> Vec<f64> {
        (0..size).map(|row| matrix.row(row).iter().zip(right).map(|(a, b)| a * b).sum()).collect()
    };
    let weighted = column(&rate, &column(&sum, &beyond));
    let mut levels = Levels { first, rate, beyond, weighted };
    let total = levels.at_least(0);
    levels.first.iter_mut().flatten().for_each(|p| *p /= total);
    total.is_finite().then_some(levels)
}

/// G: from a phase of one alike level, the phase in which the level below is first met.
fn first_passage(arrivals: f64, phases: &Matrix, down: &[f64]) -> Option<Matrix> {
    let size = phases.size;
    let out: Vec<f64> = down.iter().map(|served| arrivals + served).collect();
    let mut high = absorbed(phases.clone(), out.clone(), Matrix::diagonal((0..size).map(|_| arrivals)))?;
    let mut low = absorbed(phases.clone(), out, Matrix::diagonal(down.iter().copied()))?;
    let (mut passage, mut reach) = (low.clone(), high.clone());
    // each round doubles the levels looked at: 2^60 are more than any steady state needs
    for _ in 0..60 {
        let within = high.times(&low).plus(&low.times(&high));
        let (up, below) = (high.times(&high), low.times(&low));
        let exit: Vec<f64> = up.row_sums().iter().zip(below.row_sums()).map(|(a, b)| a + b).collect();
        high = absorbed(within.clone(), exit.clone(), up)?;
        low = absorbed(within, exit, below)?;
        passage = passage.plus(&reach.times(&low));
        reach = reach.times(&high);
        if reach.largest() < 1e-18 {
            return Some(passage);
        }
    }
    None
}

/// I + R + R² + …, by (I + R)(I + R²)(I + R⁴)…
fn geometric_sum(rate: &Matrix) -> Option<Matrix> {
    let mut sum = Matrix::diagonal((0..rate.size).map(|_| 1.0)).plus(rate);
    let mut power = rate.times(rate);
    for _ in 0..60 {
        if power.largest() < 1e-20 {
            return Some(sum);
        }
        sum = sum.plus(&sum.times(&power));
        power = power.times(&power);
    }
    None
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Levels {
    /// P(level >= n).
    pub(super) fn at_least(&self, n: usize) -> f64 {
        let last = self.first.len() - 1;
        let mut at = self.first[last].clone();
        for _ in last..n {
            at = self.rate.after(&at);
        }
        self.first[n.min(last)..last].iter().flatten().sum::<f64>() + dot(&at, &self.beyond)
    }

    /// The mean level.
    pub(super) fn mean(&self) -> f64 {
        let last = self.first.len() - 1;
        let below: f64 = self.first[..last].iter().enumerate().map(|(n, level)| n as f64 * level.iter().sum::<f64>()).sum();
        below + last as f64 * dot(&self.first[last], &self.beyond) + dot(&self.first[last], &self.weighted)
    }
}
