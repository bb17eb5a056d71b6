//! Samples to bins, with few samples held at a time and in whatever order they come.
//!
//! Of each series, the two bins that were touched last are open: their samples are held, so that percentiles are exact. A bin is closed
//! when a third one is begun, which is the case when a sample is later, or earlier, than all before. A sample in between is late:
//! its bin may be closed. Late samples are held, and from then on those of closed bins of that series too, to be made bins at the
//! end; and since disorder mostly shows at once, so are those of the first bins. When too many are held, they are made bins at once,
//! and the same bin may come in parts. Counts of parts add up, percentiles do not: such bins are found at the end, and the input is
//! read again for their samples only, as many bins at a time as may be held.
//!
//! So memory grows with the bins of the result, not with the rows of the input; rows in order of time, of series, or both, forth or
//! back, are read once and hardly held; and the result does not depend on the order of the rows.

use super::part::{Maker, Part, Sample};
use crate::formats::NANOS;
use crate::series::Bin;
use crate::source::OnDuplicate;
use crate::time::Step;

/// Samples held at most beside those of open bins (16 bytes each), unless a single bin has more.
const MOST_HELD: usize = 1 << 24;

/// So many bins of a series show whether its rows are in order.
const TRIAL: usize = 4;

/// Parts at which those of the same bin are put together.
const MANY_PARTS: usize = 1 << 22;

/// Folds samples of many series, numbered from 0, to bins.
///
/// ```
/// use plimsoll::formats::Fold;
/// use plimsoll::{source::OnDuplicate, time::Step};
///
/// let samples = [(0, 0, 1.0), (1, 0, 7.0), (0, 300_000_000_000, 3.0)];
/// let mut fold = Fold::new(Step::HOUR, OnDuplicate::Error);
/// samples.iter().for_each(|(series, at, value)| fold.push(*series, *at, *value));
/// fold.finish();
/// while fold.begin_again() {
///     samples.iter().for_each(|(series, at, value)| fold.push(*series, *at, *value));
///     assert!(fold.end_again(), "the same samples again");
/// }
/// let bins = fold.into_bins();
/// assert_eq!((bins[0][0].0, bins[0][0].1.mean, bins[1][0].1.count), (0, 2.0, 1));
/// ```
pub struct Fold {
    /// In nanoseconds.
    step: i64,
    maker: Maker,
    tracks: Vec<Track>,
    /// Late samples and those of closed bins, of all series.
    held: usize,
    parts: usize,
    many_parts: usize,
    most_held: usize,
    again: Option<Again>,
    conflict: Option<(usize, i64)>,
}

/// One series.
#[derive(Default)]
struct Track {
    open: [Open; 2],
    /// Which of the two was touched last.
    current: usize,
    /// All instants so far are in `lowest..highest`, rounded to bins.
    lowest: i64,
    highest: i64,
    /// Samples came late.
    disordered: bool,
    /// Bins that were begun.
    begun: usize,
    held: Vec<Sample>,
    closed: Vec<Part>,
}

impl Track {
    fn begin(&mut self, which: usize, from: i64, until: i64) {
        let open = &mut self.open[which];
        (open.from, open.until, open.disordered) = (from, until, false);
        self.begun += 1;
        let first = self.begun == 1;
        self.lowest = if first { from } else { self.lowest.min(from) };
        self.highest = if first { until } else { self.highest.max(until) };
    }
}

/// A bin whose samples are held.
#[derive(Default)]
struct Open {
    from: i64,
    /// The instant after its last; `from` when it is not in use.
    until: i64,
    /// Instants did not ascend, or one came twice.
    disordered: bool,
    samples: Vec<Sample>,
}

impl Open {
    #[inline]
    fn contains(&self, at: i64) -> bool {
        self.from <= at && at < self.until
    }

    #[inline]
    fn push(&mut self, at: i64, value: f64) {
        self.disordered |= self.samples.last().is_some_and(|last| last.0 >= at);
        self.samples.push((at, value));
    }
}

/// The input is being read again: places for the samples of some bins.
struct Again {
    /// Of each series, by begin.
    places: Vec<Vec<Place>>,
    samples: Vec<Sample>,
    /// A sample came that was not there before.
    surplus: bool,
}

/// Where the samples of one bin go.
struct Place {
    from: i64,
    next: usize,
    end: usize,
}

impl Fold {
    /// Bins of that length that begin at whole multiples of it since 1970. `on_duplicate` tells which of several samples of a series
    /// at one instant counts.
    #[must_use]
    pub fn new(step: Step, on_duplicate: OnDuplicate) -> Self {
        Self {
            step: step.0.saturating_mul(NANOS).max(1),
            maker: Maker::new(on_duplicate),
            tracks: Vec::new(),
            held: 0,
            parts: 0,
            many_parts: MANY_PARTS,
            most_held: MOST_HELD,
            again: None,
            conflict: None,
        }
    }

    /// The same without samples.
    #[must_use]
    pub fn anew(self) -> Self {
        Self { step: self.step, most_held: self.most_held, ..Self::new(Step::HOUR, self.maker.on_duplicate) }
    }

    /// Adds a finite value of series number `series`, at an instant in nanoseconds since 1970.
    #[inline]
    pub fn push(&mut self, series: usize, at: i64, value: f64) {
        if let Some(again) = &mut self.again {
            return again.push(series, at.div_euclid(self.step).saturating_mul(self.step), (at, value));
        }
        if let Some(track) = self.tracks.get_mut(series) {
            let current = &mut track.open[track.current];
            if current.contains(at) {
                return current.push(at, value);
            }
        }
        self.push_elsewhere(series, at, value);
    }

    fn push_elsewhere(&mut self, series: usize, at: i64, value: f64) {
        if series >= self.tracks.len() {
            self.tracks.resize_with(series + 1, Track::default);
        }
        let track = &mut self.tracks[series];
        let other = 1 - track.current;
        if !track.open[other].contains(at) {
            if (track.lowest..track.highest).contains(&at) {
                track.disordered = true;
                track.held.push((at, value));
                return self.hold(1);
            }
            self.close(series, other);
            let from = at.div_euclid(self.step).saturating_mul(self.step);
            self.tracks[series].begin(other, from, from.saturating_add(self.step));
        }
        let track = &mut self.tracks[series];
        track.current = other;
        track.open[other].push(at, value);
    }

    /// Closes one of the two open bins of a series.
    fn close(&mut self, series: usize, which: usize) {
        let track = &mut self.tracks[series];
        let open = &mut track.open[which];
        if track.disordered || track.begun <= TRIAL {
            let count = open.samples.len();
            track.held.append(&mut open.samples);
            self.hold(count);
        } else {
            let part = self.maker.part(open.from, &mut open.samples, !open.disordered);
            open.samples.clear();
            self.add(series, part);
        }
    }

    /// Counts samples that are held from now on.
    fn hold(&mut self, count: usize) {
        self.held += count;
        if self.held >= self.most_held {
            self.close_held();
        }
    }

    /// Makes bins, or parts of them, of all samples that are held beside those of open bins.
    fn close_held(&mut self) {
        for series in 0..self.tracks.len() {
            let mut held = std::mem::take(&mut self.tracks[series].held);
            held.sort_by_key(|sample| sample.0);
            let step = self.step;
            for samples in held.chunk_by_mut(|one, next| one.0.div_euclid(step) == next.0.div_euclid(step)) {
                let from = samples[0].0.div_euclid(step).saturating_mul(step);
                let part = self.maker.part(from, samples, false);
                self.add(series, part);
            }
        }
        self.held = 0;
    }

    fn add(&mut self, series: usize, part: Option<Part>) {
        let Some(part) = part else { return };
        self.tracks[series].closed.push(part);
        self.note_conflict(series);
        self.parts += 1;
        if self.parts >= self.many_parts {
            self.put_together();
            self.many_parts = MANY_PARTS.max(2 * self.parts);
        }
    }

    fn note_conflict(&mut self, series: usize) {
        if let Some(at) = self.maker.conflict.take() {
            self.conflict.get_or_insert((series, at));
        }
    }

    /// Puts the parts of each bin together.
    fn put_together(&mut self) {
        self.parts = 0;
        for track in &mut self.tracks {
            track.closed.sort_by_key(|part| part.from);
            track.closed.dedup_by(|later, earlier| {
                let same = later.from == earlier.from;
                if same {
                    *earlier = earlier.with(*later);
                }
                same
            });
            self.parts += track.closed.len();
        }
    }

    /// Closes all bins at the end of the samples.
    pub fn finish(&mut self) {
        for series in 0..self.tracks.len() {
            self.close(series, 0);
            self.close(series, 1);
            self.tracks[series].open = Default::default();
        }
        self.close_held();
        self.put_together();
    }

    /// Makes ready for the same samples once more. `false` when every bin is whole.
    #[must_use]
    pub fn begin_again(&mut self) -> bool {
        let (mut places, mut held) = (Vec::new(), 0);
        for track in &self.tracks {
            let mut own = Vec::new();
            for part in track.closed.iter().filter(|part| !part.is_whole()) {
                let end = held + part.read as usize;
                if held > 0 && end > self.most_held {
                    break;
                }
                own.push(Place { from: part.from, next: held, end });
                held = end;
            }
            places.push(own);
        }
        self.again = (held > 0).then(|| Again { places, samples: vec![(0, 0.0); held], surplus: false });
        held > 0
    }

    /// Makes bins whole with the samples that came once more. `false` when those were not the same ones.
    #[must_use]
    pub fn end_again(&mut self) -> bool {
        let Some(Again { places, mut samples, surplus }) = self.again.take() else { return true };
        let mut begin = 0;
        for (series, own) in places.iter().enumerate() {
            for place in own {
                if place.next < place.end || surplus {
                    return false;
                }
                let part = self.maker.part(place.from, &mut samples[begin..place.end], false);
                begin = place.end;
                let closed = &mut self.tracks[series].closed;
                if let (Some(part), Ok(index)) = (part, closed.binary_search_by_key(&place.from, |part| part.from)) {
                    closed[index] = part;
                }
                self.note_conflict(series);
            }
        }
        true
    }

    /// Series and instant (nanoseconds since 1970) of the first samples that contradict each other, where that is an error.
    #[must_use]
    pub fn conflict(&self) -> Option<(usize, i64)> {
        self.conflict
    }

    /// How many samples were left out since another of the series has the same instant.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.tracks.iter().flat_map(|track| &track.closed).map(Part::dropped).sum()
    }

    /// The bins of each series with their begins (nanoseconds since 1970), ascending. A bin without samples is not there.
    #[must_use]
    pub fn into_bins(self) -> Vec<Vec<(i64, Bin)>> {
        let bins = |track: Track| track.closed.iter().map(|part| (part.from, part.bin())).collect();
        self.tracks.into_iter().map(bins).collect()
    }
}

impl Again {
    fn push(&mut self, series: usize, from: i64, sample: Sample) {
        let Some(own) = self.places.get_mut(series) else { return self.surplus = true };
        let Ok(index) = own.binary_search_by_key(&from, |place| place.from) else { return };
        let place = &mut own[index];
        if place.next == place.end {
            return self.surplus = true;
        }
        self.samples[place.next] = sample;
        place.next += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hourly values of three series, each its own number; `order` permutes the rows.
    fn folded(rows: &[(usize, i64, f64)], on_duplicate: OnDuplicate, most_held: usize) -> (Fold, u32) {
        let mut fold = Fold { most_held, many_parts: 50, step: 3_600, ..Fold::new(Step::HOUR, on_duplicate) };
        let all = |fold: &mut Fold| rows.iter().for_each(|(series, at, value)| fold.push(*series, *at, *value));
        all(&mut fold);
        fold.finish();
        let mut readings = 1;
        while fold.begin_again() {
            all(&mut fold);
            assert!(fold.end_again());
            readings += 1;
        }
        (fold, readings)
    }

    fn rows() -> Vec<(usize, i64, f64)> {
        let value = |series: usize, at: i64| ((at * 7_919 + series as i64 * 104_729) % 1_009) as f64 / 8.0;
        (0..40 * 12).flat_map(|slot| (0..3).map(move |series| (series, slot * 300 - 7_000, value(series, slot)))).collect()
    }

    #[test]
    fn bins_do_not_depend_on_the_order_of_the_rows() {
        let rows = rows();
        let (fold, readings) = folded(&rows, OnDuplicate::Error, MOST_HELD);
        let expected = fold.into_bins();
        assert_eq!((readings, expected.len(), expected[0].len()), (1, 3, 40));
        assert_eq!(expected.iter().flatten().map(|bin| bin.1.count).sum::<u32>(), 1_440);
        let mut by_series = rows.clone();
        by_series.sort_by_key(|row| row.0);
        let backwards: Vec<_> = rows.iter().rev().copied().collect();
        let shuffled: Vec<_> = (0..rows.len()).map(|index| rows[index * 601 % rows.len()]).collect();
        let late: Vec<_> = rows[900..].iter().chain(&rows[..900]).copied().collect();
        let orders = [
            (&by_series, 1, 1),
            (&backwards, 1, 1),
            (&shuffled, MOST_HELD, 1),
            (&late, MOST_HELD, 1),
            (&shuffled, 400, 5),
            (&late, 100, 9),
        ];
        for (index, (order, most, at_most)) in orders.into_iter().enumerate() {
            let (fold, readings) = folded(order, OnDuplicate::Error, most);
            assert!(readings <= at_most, "order {index}: read {readings} times");
            assert_eq!((fold.dropped(), fold.conflict()), (0, None));
            assert_eq!(fold.into_bins(), expected);
        }
    }

    #[test]
    fn equal_samples_count_once_even_when_far_apart() {
        let (rows, once) = (rows(), folded(&rows(), OnDuplicate::Error, MOST_HELD).0.into_bins());
        let twice = [&rows[..], &rows[..]].concat();
        let (fold, readings) = folded(&twice, OnDuplicate::Error, MOST_HELD);
        assert_eq!((readings, fold.dropped(), fold.conflict()), (2, 1_440, None)); // the second half came late, the first was closed
        assert_eq!(fold.into_bins(), once);
    }

    #[test]
    fn samples_that_contradict_each_other_follow_the_policy() {
        let rows = [(0, 10, 1.0), (0, 20, 5.0), (0, 10, 4.0), (0, 9_000, 7.0), (0, 10, 2.0)];
        let max = |policy| folded(&rows, policy, MOST_HELD).0.into_bins()[0][0].1;
        assert_eq!(folded(&rows, OnDuplicate::Error, MOST_HELD).0.conflict(), Some((0, 10)));
        assert_eq!(max(OnDuplicate::First).mean, 3.0);
        assert_eq!(max(OnDuplicate::Last).mean, 3.5);
        assert_eq!(max(OnDuplicate::Max).mean, 4.5);
        assert!((max(OnDuplicate::Mean).mean - 11.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn an_input_that_changed_between_readings_is_told() {
        let mut fold = Fold { step: 10, ..Fold::new(Step::HOUR, OnDuplicate::Error) };
        for at in [1, 11, 21, 31, 41, 51, 61, 32] {
            fold.push(0, at, 1.0);
        }
        fold.finish();
        assert!(fold.begin_again());
        fold.push(0, 31, 1.0);
        assert!(!fold.end_again());
    }
}
