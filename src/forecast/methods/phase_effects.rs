//! A linear regression on a series' own lags with random effects of the phase: the time of day and the time of the week.
//!
//! y(t) = β₀ + Σ βᵢ y(t − lagᵢ) + d(t mod day) + w(t mod week) + ε, with d ~ N(0, σ² `ratios.day`), w ~ N(0, σ² `ratios.week`).
//! A ratio of 0 is no effect, a large one is a free dummy for each phase; the restricted likelihood of the series says how much
//! between (Patterson & Thompson 1971, *Biometrika* 58, 545–554). The effects are integrated out in closed form: the
//! covariance of the rows is I + `week` Σ 1 1ᵀ (over cells of the week) + `day` Σ 1 1ᵀ (over hours of the day), cells nested
//! in hours, so two applications of the Sherman–Morrison formula leave normal equations of the width of the lags alone.

/// The variances of the effects over the variance of the residual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ratios {
    pub(super) day: f64,
    pub(super) week: f64,
}

const DAY_RATIOS: [f64; 5] = [0.0, 0.03, 0.3, 3.0, 30.0];
const WEEK_RATIOS: [f64; 6] = [0.0, 0.01, 0.03, 0.1, 0.3, 1.0];

/// What is added to the diagonal of each lag: a tenth of a row's worth of doubt on a scale where the series varies by 1. It settles
/// lags that repeat one another and no more: ten rows' worth draws roots near 1 in and costs smooth series a fifth of their accuracy.
const RIDGE: f64 = 0.1;

/// What is regressed on what: the lags (rising) and the steps in a day and in a week, the week a multiple of the day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Form {
    pub(super) lags: Vec<usize>,
    pub(super) day: usize,
    pub(super) week: usize,
}

impl Form {
    /// The first step that has all its lags.
    pub(super) fn first(&self) -> usize {
        self.lags.last().copied().unwrap_or(0)
    }

    /// The intercept and the lags.
    fn coefficients(&self) -> usize {
        self.lags.len() + 1
    }
}

/// The sums over the rows that the normal equations need; a row is (1, the lags, the value).
struct Sums<'a> {
    form: &'a Form,
    width: usize,
    rows: usize,
    /// The lower triangle of Σ row rowᵀ.
    cross: Vec<f64>,
    /// Σ row of each phase of the week.
    cells: Vec<f64>,
    counts: Vec<f64>,
}

/// The normal equations solved at one pair of ratios.
struct Solution {
    /// −2 × the restricted log likelihood, up to a constant.
    criterion: f64,
    beta: Vec<f64>,
    variance: f64,
}

impl<'a> Sums<'a> {
    fn of(values: &[f64], known: &[bool], form: &'a Form) -> Self {
        let width = form.coefficients() + 1;
        let (mut cross, mut cells) = (vec![0.0; width * width], vec![0.0; form.week * width]);
        let (mut counts, mut rows) = (vec![0.0; form.week], 0);
        let mut row = vec![1.0; width];
        for at in (form.first()..values.len()).filter(|at| known[*at]) {
            for (cell, lag) in row[1..].iter_mut().zip(&form.lags) {
                *cell = values[at - lag];
            }
            row[width - 1] = values[at];
            for (i, line) in cross.chunks_exact_mut(width).enumerate() {
                let factor = row[i];
                for (sum, value) in line[..=i].iter_mut().zip(&row) {
                    *sum += factor * value;
                }
            }
            let phase = at % form.week;
            for (sum, value) in cells[phase * width..(phase + 1) * width].iter_mut().zip(&row) {
                *sum += value;
            }
            counts[phase] += 1.0;
            rows += 1;
        }
        Self { form, width, rows, cross, cells, counts }
    }

    fn cell(&self, phase: usize) -> &[f64] {
        &self.cells[phase * self.width..(phase + 1) * self.width]
    }

    /// Σ row V⁻¹ rowᵀ (lower triangle) and log |V|, where V is the covariance of the rows over σ².
    fn weighted(&self, ratios: Ratios) -> (Vec<f64>, f64) {
        let width = self.width;
        let (mut system, mut log_volume) = (self.cross.clone(), 0.0);
        let mut take = |factor: f64, sum: &[f64]| {
            for (i, line) in system.chunks_exact_mut(width).enumerate() {
                let scaled = factor * sum[i];
                for (cell, value) in line[..=i].iter_mut().zip(sum) {
                    *cell -= scaled * value;
                }
            }
        };
        let mut total = vec![0.0; width];
        for hour in 0..self.form.day {
            total.fill(0.0);
            let mut weight = 0.0;
            for phase in (hour..self.form.week).step_by(self.form.day).filter(|phase| self.counts[*phase] > 0.0) {
                let grown = 1.0 + ratios.week * self.counts[phase];
                log_volume += grown.ln();
                weight += self.counts[phase] / grown;
                for (total, sum) in total.iter_mut().zip(self.cell(phase)) {
                    *total += sum / grown;
                }
                if ratios.week > 0.0 {
                    take(ratios.week / grown, self.cell(phase));
                }
            }
            if ratios.day > 0.0 {
                let grown = 1.0 + ratios.day * weight;
                log_volume += grown.ln();
                take(ratios.day / grown, &total);
            }
        }
        (system, log_volume)
    }

    /// Solves by Cholesky's factorisation with the value as the last row, whose pivot is then the residual sum of squares.
    fn solve(&self, ratios: Ratios) -> Option<Solution> {
        let (width, count) = (self.width, self.form.coefficients());
        let (mut system, log_volume) = self.weighted(ratios);
        for i in 0..count {
            system[i * width + i] += 1e-8 * self.cross[i * width + i] + if i > 0 { RIDGE } else { 0.0 };
        }
        let mut log_determinant = 0.0;
        for i in 0..width {
            for j in 0..=i {
                let inner: f64 = (0..j).map(|k| system[i * width + k] * system[j * width + k]).sum();
                let rest = system[i * width + j] - inner;
                system[i * width + j] = if i != j {
                    rest / system[j * width + j]
                } else if i == count {
                    rest.max(0.0)
                } else if rest > 0.0 {
                    log_determinant += rest.ln();
                    rest.sqrt()
                } else {
                    return None;
                };
            }
        }
        let mut beta = vec![0.0; count];
        for i in (0..count).rev() {
            let known: f64 = (i + 1..count).map(|k| system[k * width + i] * beta[k]).sum();
            beta[i] = (system[count * width + i] - known) / system[i * width + i];
        }
        let free = (self.rows as f64 - count as f64).max(1.0);
        let variance = (system[count * width + count] / free).max(1e-18);
        let criterion = free * variance.ln() + log_volume + log_determinant;
        criterion.is_finite().then_some(Solution { criterion, beta, variance })
    }

    /// The pair of ratios of the grid that the series likes best.
    fn best(&self) -> Option<Ratios> {
        let weeks = if self.form.week == self.form.day { &WEEK_RATIOS[..1] } else { &WEEK_RATIOS[..] };
        let mut best: Option<(f64, Ratios)> = None;
        for day in DAY_RATIOS {
            for &week in weeks {
                let ratios = Ratios { day, week };
                if let Some(found) = self.solve(ratios)
                    && best.is_none_or(|(least, _)| found.criterion < least)
                {
                    best = Some((found.criterion, ratios));
                }
            }
        }
        best.map(|(_, ratios)| ratios)
    }

    /// The best linear unbiased predictions of the effects of each phase of the week (Henderson 1975, *Biometrics* 31, 423–447).
    fn effects(&self, ratios: Ratios, beta: &[f64]) -> Vec<f64> {
        let left = |phase: usize| {
            let sum = self.cell(phase);
            sum[self.width - 1] - beta.iter().zip(sum).map(|(coefficient, sum)| coefficient * sum).sum::<f64>()
        };
        let mut effects = vec![0.0; self.form.week];
        for hour in 0..self.form.day {
            let (mut total, mut weight) = (0.0, 0.0);
            for phase in (hour..self.form.week).step_by(self.form.day) {
                let grown = 1.0 + ratios.week * self.counts[phase];
                total += left(phase) / grown;
                weight += self.counts[phase] / grown;
            }
            let shared = ratios.day * total / (1.0 + ratios.day * weight);
            for phase in (hour..self.form.week).step_by(self.form.day) {
                let count = self.counts[phase];
                effects[phase] = shared + ratios.week * (left(phase) - count * shared) / (1.0 + ratios.week * count);
            }
        }
        effects
    }
}

/// A regression with its effects, fitted.
#[derive(Debug, Clone)]
pub(super) struct PhaseEffects {
    pub(super) form: Form,
    pub(super) ratios: Ratios,
    beta: Vec<f64>,
    effects: Vec<f64>,
    /// The variance of the residual, its degrees of freedom taken off.
    pub(super) variance: f64,
    /// −2 × the restricted log likelihood, up to a constant of the rows.
    pub(super) criterion: f64,
}

impl PhaseEffects {
    /// Fits to values without gaps, of which those not `known` are no targets; `ratios` are chosen where not given.
    pub(super) fn fit(values: &[f64], known: &[bool], form: &Form, ratios: Option<Ratios>) -> Option<Self> {
        let sums = Sums::of(values, known, form);
        if sums.rows < 2 * form.coefficients() + 8 {
            return None;
        }
        let ratios = ratios.or_else(|| sums.best())?;
        let Solution { criterion, beta, variance } = sums.solve(ratios)?;
        let effects = sums.effects(ratios, &beta);
        Some(Self { form: form.clone(), ratios, beta, effects, variance, criterion })
    }

    /// What is expected at `at`, from the values before it.
    pub(super) fn expected(&self, values: &[f64], at: usize) -> f64 {
        let lagged: f64 = self.form.lags.iter().zip(&self.beta[1..]).map(|(lag, beta)| beta * values[at - lag]).sum();
        self.beta[0] + self.effects[at % self.form.week] + lagged
    }

    /// Writes what is expected from `from` on over the values there, each step from those expected before it.
    pub(super) fn iterate(&self, values: &mut [f64], from: usize, (low, high): (f64, f64)) {
        for at in from..values.len() {
            values[at] = self.expected(values, at).clamp(low, high);
        }
    }

    /// The standard deviation of the error of each of the next steps: σ √(1 + ψ₁² + … + ψ²), ψ the weights of past shocks.
    pub(super) fn deviations(&self, steps: usize) -> Vec<f64> {
        let mut weights = vec![1.0; steps.max(1)];
        for at in 1..steps {
            let lags = self.form.lags.iter().zip(&self.beta[1..]).take_while(|(lag, _)| **lag <= at);
            weights[at] = lags.map(|(lag, beta)| beta * weights[at - lag]).sum::<f64>().clamp(-2.0, 2.0);
        }
        let mut total = 0.0;
        weights[..steps]
            .iter()
            .map(|weight| {
                total += weight * weight;
                (self.variance * total).sqrt()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(value: &serde_json::Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
    }

    #[test]
    fn the_sums_give_what_the_covariance_written_out_gives() {
        let fixture: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/forecast/seasonal_regression.json")).unwrap();
        for case in fixture["dense"].as_array().unwrap() {
            let values = numbers(&case["values"]);
            let whole = |name: &str| case[name].as_u64().unwrap() as usize;
            let lags = numbers(&case["lags"]).iter().map(|lag| *lag as usize).collect();
            let form = Form { lags, day: whole("day"), week: whole("week") };
            let ratios = numbers(&case["ratios"]);
            let ratios = Ratios { day: ratios[0], week: ratios[1] };
            let fitted = PhaseEffects::fit(&values, &vec![true; values.len()], &form, Some(ratios)).unwrap();
            // Both solve the same equations; a condition below 1e6 leaves ten figures of sixteen.
            let close = |seen: f64, truth: f64| assert!((seen - truth).abs() < 1e-9 * truth.abs().max(1.0), "{seen} {truth}");
            let pairs = [(&fitted.beta, &case["beta"]), (&fitted.effects, &case["effects"])];
            for (seen, truth) in pairs.iter().flat_map(|(seen, truth)| seen.iter().copied().zip(numbers(truth))) {
                close(seen, truth);
            }
            close(fitted.variance, case["variance"].as_f64().unwrap());
            close(fitted.criterion, case["criterion"].as_f64().unwrap());
        }
    }

    fn autoregression(lag: usize, beta: f64) -> PhaseEffects {
        PhaseEffects {
            form: Form { lags: vec![lag], day: 1, week: 1 },
            ratios: Ratios { day: 0.0, week: 0.0 },
            beta: vec![1.0, beta],
            effects: vec![0.0],
            variance: 4.0,
            criterion: 0.0,
        }
    }

    #[test]
    fn an_autoregressions_errors_grow_by_its_closed_form() {
        // σ² (1 − φ²ʰ) / (1 − φ²)
        for (ahead, seen) in autoregression(1, 0.8).deviations(5).iter().enumerate() {
            let truth = (4.0 * (1.0 - 0.64_f64.powi(ahead as i32 + 1)) / 0.36).sqrt();
            assert!((seen - truth).abs() < 1e-12);
        }
        // Nothing comes back before a lag of three has passed.
        assert_eq!(autoregression(3, 0.5).deviations(4), [2.0, 2.0, 2.0, 5.0_f64.sqrt()]);
    }

    #[test]
    fn steps_follow_from_those_expected_before_and_stay_in_range() {
        let mut values = vec![4.0, 0.0, 0.0, 0.0];
        autoregression(1, 0.5).iterate(&mut values, 1, (2.2, 9.0));
        assert_eq!(values, [4.0, 3.0, 2.5, 2.25]);
        autoregression(1, 0.5).iterate(&mut values, 1, (2.6, 9.0));
        assert_eq!(values, [4.0, 3.0, 2.6, 2.6]);
    }

    #[test]
    fn an_unknown_step_is_no_target() {
        let values: Vec<f64> = (0..60).map(|at| f64::from((at * 7) % 11) / 5.0 - 1.0).collect();
        let form = Form { lags: vec![1], day: 4, week: 4 };
        let mut known = vec![true; 60];
        known[59] = false;
        let some = PhaseEffects::fit(&values, &known, &form, None).unwrap();
        let fewer = PhaseEffects::fit(&values[..59], &known[..59], &form, None).unwrap();
        assert_eq!(some.beta, fewer.beta);
    }
}
