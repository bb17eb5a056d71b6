//! Unusual stretches of a series, found as if it came in step by step.

use super::repair::robust::{MAD_TO_SD, Window, median_of};

/// What an unusual stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnomalyKind {
    /// Higher than expected, and back again.
    Spike,
    /// Lower than expected, and back again.
    Dip,
    /// To another level, where it stays for as long as the change is looked at.
    LevelShift,
    /// Zero where zeros are rare.
    Dropout,
    /// The noise is of another size.
    VarianceChange,
}

/// One unusual stretch.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomaly {
    /// The first unusual step.
    pub start: usize,
    /// One past the last one.
    pub end: usize,
    /// What it is; spikes and shifts are told apart by what came after.
    pub kind: AnomalyKind,
    /// The largest score in it, in deviations of a normal series with the tail of this one.
    pub score: f64,
    /// The step of that score.
    pub peak: usize,
    /// The value there, in the unit of the series.
    pub value: f64,
    /// What would have passed as usual there: from, to, in the unit of the series.
    pub expected: (f64, f64),
}

impl Anomaly {
    /// The same in plain words.
    #[must_use]
    pub fn sentence(&self) -> String {
        let what = match self.kind {
            AnomalyKind::Spike => "a spike",
            AnomalyKind::Dip => "a dip",
            AnomalyKind::LevelShift => "a shift of level",
            AnomalyKind::Dropout => "a dropout to zero",
            AnomalyKind::VarianceChange => "a change in the size of the noise",
        };
        let (low, high) = self.expected;
        format!(
            "Steps {} to {}: {what}; {:.4} at step {}, usual there is {low:.4} to {high:.4} (score {:.1}).",
            self.start,
            self.end - 1,
            self.value,
            self.peak,
            self.score
        )
    }
}

/// How unusual is unusual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnomalyOptions {
    /// Score from which a step is unusual.
    pub threshold: f64,
    /// Steps at the start that are only learned from; `None` for two of the shortest season (at least 50).
    pub probation: Option<usize>,
    /// Steps over which spreads are learned.
    pub memory: usize,
    /// Deviations smaller than this share of the usual level are never unusual.
    pub least_share: f64,
}

impl Default for AnomalyOptions {
    fn default() -> Self {
        Self { threshold: 6.0, probation: None, memory: 2_016, least_share: 0.02 }
    }
}

/// The tail by which scores are scaled, and the same point of a normal |z|.
const TAIL: (f64, f64) = (0.99, 2.576);
/// The score of what has never been seen in a series that never moved.
const MOST: f64 = 99.0;
/// Past cycles in which the same phase is looked up.
const CYCLES: usize = 3;
/// Each so-manieth of the deviations of overlapping stretches is remembered.
const OVERLAP: usize = 4;
/// So many earlier ones (within the memory) of at least this share of the size make a deviation known.
const KNOWN: usize = 3;
const ALIKE: f64 = 0.8;
/// Zeros are rare under this share.
const RARE_ZERO: f64 = 0.01;

/// The unusual stretches of `values` (gaps NaN), given candidate `seasons` in steps, in order of time.
///
/// Each step is scored by the past only. Its deviation is that from the median of the steps just before or from the nearest value at
/// the same phase of the last three cycles of each season (a little slack for jobs that start late), whichever is smaller: what
/// recurs, and what drifts, is expected. The same is done for differences of medians of neighbouring stretches (shifts) and for the
/// mean deviation over some steps (variance). Scores are deviations over the robust spread or the 99 % point over 2.576 of those
/// remembered, whichever is larger, so that heavy tails raise what is asked for; unusual ones enter that memory cut back to the
/// threshold. The fourth spike of a kind within the memory is no news. Lavin & Ahmad (2015), "Evaluating real-time anomaly detection algorithms: the Numenta anomaly benchmark", *ICMLA*, 38–44,
/// on scoring as data come in with a probationary stretch.
#[must_use]
pub fn anomalies(values: &[f64], seasons: &[usize], options: AnomalyOptions) -> Vec<Anomaly> {
    scan(values, seasons, options).anomalies
}

/// What was unusual in a series, and what would not have been.
#[derive(Debug, Clone, PartialEq)]
pub struct Scanned {
    /// The unusual stretches, in order of time.
    pub anomalies: Vec<Anomaly>,
    /// At each step what would have passed as usual there, by the past only; NaN at gaps and before anything was learned.
    pub bands: Vec<(f64, f64)>,
}

/// As [`anomalies`], with the band of what is usual at every step.
///
/// ```
/// use plimsoll::forecast::anomaly::{AnomalyOptions, scan};
///
/// let mut load: Vec<f64> = (0..200).map(|t| 50.0 + f64::from(t * 37 % 11)).collect();
/// load[150] = 400.0;
/// let scanned = scan(&load, &[], AnomalyOptions::default());
/// assert_eq!((scanned.anomalies.len(), scanned.anomalies[0].peak), (1, 150));
/// assert!(scanned.bands[150].1 < 400.0);
/// ```
#[must_use]
pub fn scan(values: &[f64], seasons: &[usize], options: AnomalyOptions) -> Scanned {
    let seasons: Vec<usize> = seasons.iter().copied().filter(|season| *season > 1).collect();
    let shortest = seasons.iter().copied().min().unwrap_or(1);
    let near = (shortest / 24).clamp(5, 12);
    let probation = options.probation.unwrap_or((2 * shortest).max(50));
    let mut scan = Scan::new(values, seasons, near, options);
    let marks: Vec<Option<Mark>> = (0..values.len()).map(|t| scan.step(t).filter(|_| t >= probation)).collect();
    Scanned { anomalies: events(values, &marks, near), bands: scan.bands }
}

/// An unusual step.
#[derive(Clone, Copy)]
struct Mark {
    source: Source,
    score: f64,
    up: bool,
    band: (f64, f64),
}

/// What made a step unusual.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Value,
    Shift,
    Variance,
}

/// What usual deviations of one kind are.
struct Memory {
    sizes: Window,
    /// Each so-manieth is remembered: those of overlapping stretches differ little from one step to the next.
    each: usize,
    count: usize,
}

impl Memory {
    fn new(length: usize, each: usize) -> Self {
        Self { sizes: Window::new(length.max(20 * each) / each), each, count: 0 }
    }

    /// The unit of scores: the larger of the spread in the middle and in the tail.
    fn unit(&self) -> f64 {
        (self.sizes.quantile(0.5) * MAD_TO_SD).max(self.sizes.quantile(TAIL.0) / TAIL.1)
    }

    /// The score of a deviation by the past; then it is remembered.
    fn score(&mut self, deviation: f64, floor: f64, threshold: f64) -> (f64, f64) {
        let size = deviation.abs();
        self.count += 1;
        let kept = self.count.is_multiple_of(self.each);
        if self.sizes.len() < 20 {
            if kept {
                self.sizes.push(size);
            }
            return (0.0, f64::INFINITY);
        }
        let unit = self.unit().max(floor);
        let score = if unit > 0.0 {
            (size / unit).min(MOST)
        } else if size > 0.0 {
            MOST
        } else {
            0.0
        };
        if kept {
            self.sizes.push(if unit > 0.0 { size.min(threshold * unit) } else { size });
        }
        (score, unit)
    }
}

/// The walk through a series.
struct Scan<'a> {
    values: &'a [f64],
    seasons: Vec<usize>,
    near: usize,
    options: AnomalyOptions,
    level: Window,
    deviations: Vec<f64>,
    shifts: Vec<f64>,
    usual: Memory,
    usual_shift: Memory,
    usual_size: Memory,
    /// The unusual deviations of late: the step and the largest one of each, downward and upward.
    seen: [Vec<(usize, f64)>; 2],
    /// What was usual at each step so far.
    bands: Vec<(f64, f64)>,
}

impl<'a> Scan<'a> {
    fn new(values: &'a [f64], seasons: Vec<usize>, near: usize, options: AnomalyOptions) -> Self {
        Self {
            values,
            seasons,
            near,
            options,
            level: Window::new(options.memory.max(20) / near),
            deviations: Vec::with_capacity(values.len()),
            shifts: Vec::with_capacity(values.len()),
            usual: Memory::new(options.memory, 1),
            usual_shift: Memory::new(options.memory, OVERLAP),
            usual_size: Memory::new(options.memory, OVERLAP),
            seen: [Vec::new(), Vec::new()],
            bands: Vec::with_capacity(values.len()),
        }
    }

    /// Scores step `t` by what was before it; `None` when it is usual or a gap.
    fn step(&mut self, t: usize) -> Option<Mark> {
        let value = self.values[t];
        if !value.is_finite() {
            self.deviations.push(f64::NAN);
            self.shifts.push(f64::NAN);
            self.bands.push((f64::NAN, f64::NAN));
            return None;
        }
        let middle = self.level.quantile(0.5);
        let floor = if middle.is_finite() { self.options.least_share * middle.abs() / self.options.threshold } else { 0.0 };
        let from = self.median(t.saturating_sub(self.near), t);
        let deviation = self.smallest(self.values, t, if from.is_finite() { value - from } else { 0.0 });
        self.deviations.push(deviation);
        let mut by_value = self.usual.score(deviation, floor, self.options.threshold);
        let usual = self.options.threshold * by_value.1;
        let band = (value - deviation - usual, value - deviation + usual);
        self.bands.push(if usual.is_finite() { band } else { (f64::NAN, f64::NAN) });
        if by_value.0 >= self.options.threshold && self.known(t, deviation) {
            by_value.0 = 0.0;
        }
        let by_shift = self.shift(t, floor);
        let by_size = self.size(t, floor);
        if t.is_multiple_of(self.near) {
            self.level.push(value);
        }
        let (source, (score, unit)) = [(Source::Value, by_value), (Source::Shift, by_shift), (Source::Variance, by_size)]
            .into_iter()
            .find(|(_, (score, _))| *score >= self.options.threshold)?;
        let reach =
            if source == Source::Value { self.options.threshold * unit } else { self.options.threshold * self.usual.unit() };
        let centre = value - deviation;
        Some(Mark {
            source,
            score,
            up: if source == Source::Shift { self.shifts[t] > 0.0 } else { deviation > 0.0 },
            band: (centre - reach, centre + reach),
        })
    }

    /// Some as large, to the same side, were seen of late: one more is how the series is. The deviation is noted.
    fn known(&mut self, t: usize, deviation: f64) -> bool {
        let size = deviation.abs();
        let (join, memory) = (4 * self.near, self.options.memory);
        let seen = &mut self.seen[usize::from(deviation > 0.0)];
        seen.retain(|(at, _)| at + memory >= t);
        let alike = seen.iter().filter(|(at, held)| at + join < t && *held >= ALIKE * size).count();
        match seen.last_mut() {
            Some((at, held)) if *at + join >= t => {
                *at = t;
                *held = held.max(size);
            }
            _ => seen.push((t, size)),
        }
        alike >= KNOWN
    }

    fn median(&self, from: usize, until: usize) -> f64 {
        median_of(&mut self.values[from..until].to_vec())
    }

    /// The smallest of `deviation` and those from what `series` was at the same phase of past cycles.
    fn smallest(&self, series: &[f64], t: usize, deviation: f64) -> f64 {
        let mut least = deviation;
        for season in &self.seasons {
            let slack = usize::from(*season >= 24) + usize::from(*season >= 96);
            for at in (1..=CYCLES).filter_map(|cycle| t.checked_sub(cycle * season)) {
                for then in &series[at.saturating_sub(slack)..=at + slack] {
                    let other = series[t] - then;
                    if other.abs() < least.abs() {
                        least = other;
                    }
                }
            }
        }
        least
    }

    /// The stretch that ends here against the one before it.
    fn shift(&mut self, t: usize, floor: f64) -> (f64, f64) {
        let wide = 2 * self.near;
        let change = if t + 1 >= 2 * wide {
            self.median(t + 1 - wide, t + 1) - self.median(t + 1 - 2 * wide, t + 1 - wide)
        } else {
            f64::NAN
        };
        self.shifts.push(change);
        if !change.is_finite() {
            return (0.0, f64::INFINITY);
        }
        let least = self.smallest(&self.shifts, t, change);
        self.usual_shift.score(least, floor, self.options.threshold)
    }

    /// The mean deviation of some steps.
    fn size(&mut self, t: usize, floor: f64) -> (f64, f64) {
        let wide = 4 * self.near;
        if t + 1 < wide {
            return (0.0, f64::INFINITY);
        }
        let sizes = self.deviations[t + 1 - wide..].iter().filter(|value| value.is_finite()).map(|value| value.abs());
        let (count, sum, most) =
            sizes.fold((0_u32, 0.0, 0.0_f64), |(count, sum, most), size| (count + 1, sum + size, most.max(size)));
        // Without its largest, so that one spike is not a change of variance.
        let mean = (sum - most) / f64::from(count.max(2) - 1);
        self.usual_size.score(mean, floor, self.options.threshold)
    }
}

/// Joins unusual steps that are near one another and says what they are.
fn events(values: &[f64], marks: &[Option<Mark>], near: usize) -> Vec<Anomaly> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for t in (0..marks.len()).filter(|t| marks[*t].is_some()) {
        match stretches.last_mut() {
            Some((_, end)) if t < *end + 4 * near => *end = t + 1,
            _ => stretches.push((t, t + 1)),
        }
    }
    stretches.into_iter().filter_map(|(start, end)| event(values, marks, near, start, end)).collect()
}

fn event(values: &[f64], marks: &[Option<Mark>], near: usize, start: usize, end: usize) -> Option<Anomaly> {
    // What the values say comes before what their differences and sizes say.
    let first = |source: Source| {
        let found = (start..end).filter_map(|t| marks[t].filter(|mark| mark.source == source).map(|mark| (t, mark)));
        found.reduce(|best, one| if one.1.score > best.1.score { one } else { best })
    };
    let (peak, mark) = first(Source::Value).or_else(|| first(Source::Shift)).or_else(|| first(Source::Variance))?;
    let value = values[peak];
    let zeros = values[..start].iter().filter(|value| **value == 0.0).count();
    let kind = if value == 0.0 && !mark.up && (zeros as f64) < RARE_ZERO * start as f64 {
        AnomalyKind::Dropout
    } else if mark.source == Source::Variance {
        AnomalyKind::VarianceChange
    } else if mark.source == Source::Shift || stays(values, near, start, end, value) {
        AnomalyKind::LevelShift
    } else if mark.up {
        AnomalyKind::Spike
    } else {
        AnomalyKind::Dip
    };
    Some(Anomaly { start, end, kind, score: mark.score, peak, value, expected: mark.band })
}

/// After the stretch the series is nearer to its peak than to where it came from.
fn stays(values: &[f64], near: usize, start: usize, end: usize, peak: f64) -> bool {
    let wide = 4 * near;
    if end + near > values.len() {
        return false;
    }
    let before = median_of(&mut values[start.saturating_sub(wide)..start].to_vec());
    let after = median_of(&mut values[end..(end + wide).min(values.len())].to_vec());
    (after - peak).abs() < (after - before).abs()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// Hours with a daily peak and noise 2.
    fn hours(days: usize, seed: u64) -> Vec<f64> {
        let mut rng = rand::rngs::SmallRng::seed_from_u64(seed);
        (0..24 * days)
            .map(|t| {
                let noise: f64 = StandardNormal.sample(&mut rng);
                60.0 + 20.0 * ((t % 24) as f64 / 24.0 * std::f64::consts::TAU).sin() + 2.0 * noise
            })
            .collect()
    }

    fn found(values: &[f64]) -> Vec<Anomaly> {
        anomalies(values, &[24, 168], AnomalyOptions::default())
    }

    #[test]
    fn a_spike_a_dip_a_dropout_and_a_shift_are_found_and_named() {
        let mut values = hours(60, 1);
        values[400] += 80.0;
        values[600] -= 45.0;
        values[800] = 0.0;
        values[1_100..].iter_mut().for_each(|value| *value += 70.0);
        let seen: Vec<(usize, AnomalyKind)> = found(&values).iter().map(|one| (one.start, one.kind)).collect();
        let wanted =
            [(400, AnomalyKind::Spike), (600, AnomalyKind::Dip), (800, AnomalyKind::Dropout), (1_100, AnomalyKind::LevelShift)];
        assert_eq!(seen, wanted);
        let spike = &found(&values)[0];
        assert!(spike.value == values[400] && spike.expected.1 < values[400] && spike.score >= 6.0);
        assert!(spike.sentence().contains("a spike"), "{}", spike.sentence());
    }

    #[test]
    fn noise_that_grows_is_a_change_of_variance() {
        let mut values = hours(60, 2);
        let calm = hours(60, 3);
        for t in 1_000..values.len() {
            values[t] += 4.5 * (values[t] - calm[t]);
        }
        assert!(found(&values).iter().any(|one| one.start >= 1_000 && one.start < 1_060), "{:?}", found(&values));
        assert!(found(&values).iter().all(|one| one.start >= 1_000));
    }

    #[test]
    fn quiet_series_and_nightly_jobs_raise_no_alarm() {
        let alarms: usize = (0..40).map(|seed| found(&hours(60, seed)).len()).sum();
        assert!(alarms <= 2, "{alarms} in 2,400 days");
        let mut jobs = hours(60, 9);
        for day in 0..60 {
            jobs[day * 24 + 3 + usize::from(day % 4 == 0)] += 100.0;
        }
        assert!(found(&jobs).is_empty(), "{:?}", found(&jobs));
    }

    #[test]
    fn a_step_is_scored_by_its_past_alone() {
        let mut values = hours(40, 4);
        values[500] += 60.0;
        values[800] -= 50.0;
        let whole = found(&values);
        for until in [560, 700, 850] {
            let part = found(&values[..until]);
            let same: Vec<usize> = whole.iter().filter(|one| one.end + 20 < until).map(|one| one.peak).collect();
            assert_eq!(part.iter().map(|one| one.peak).filter(|peak| peak + 20 < until).collect::<Vec<_>>(), same);
        }
    }

    #[test]
    fn odd_series_do_not_panic() {
        for values in [vec![], vec![f64::NAN; 200], vec![0.0; 200], vec![1e12; 200], vec![1e-9; 200], vec![1.0, 2.0, 3.0]] {
            assert!(found(&values).is_empty());
        }
        let mut flat = vec![5.0; 200];
        flat[150] = 9.0;
        assert_eq!(found(&flat).iter().map(|one| (one.start, one.kind)).collect::<Vec<_>>(), [(150, AnomalyKind::Spike)]);
    }
}
