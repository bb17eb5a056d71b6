//! A stretch of time in bins, cut so that no request asks for too many.

use crate::time::{Step, Timestamp};

/// Bins whose starts lie on multiples of the step since 1970: the same grid in every run, so that what was fetched fits what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The number of its first bin since 1970.
    pub(super) first: i64,
    /// How many bins.
    pub(super) bins: i64,
    /// Seconds of a bin.
    pub(super) step: i64,
}

impl Span {
    /// The bins that touch `start..end`, those that end after `now` left out: they are not over yet.
    pub(super) fn covering(start: Timestamp, end: Timestamp, step: Step, now: Timestamp) -> Self {
        let first = start.0.div_euclid(step.0);
        let after = (-(-end.0).div_euclid(step.0)).min(now.0.div_euclid(step.0));
        Self { first, bins: (after - first).max(0), step: step.0 }
    }

    /// The start of its first bin, in seconds.
    pub(super) fn start(self) -> i64 {
        self.first * self.step
    }

    /// The end of its last bin, in seconds.
    pub(super) fn end(self) -> i64 {
        (self.first + self.bins) * self.step
    }

    /// Cut at multiples of `most` bins since 1970, so that inner pieces are the same whatever the ends are.
    pub(super) fn pieces(self, most: i64) -> Vec<Self> {
        let most = most.max(1);
        let after = self.first + self.bins;
        let cuts = self.first.div_euclid(most)..=(after - 1).div_euclid(most);
        let piece = |cut: i64| {
            let (from, to) = ((cut * most).max(self.first), ((cut + 1) * most).min(after));
            Self { first: from, bins: to - from, step: self.step }
        };
        cuts.map(piece).filter(|piece| piece.bins > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64, step: i64) -> Span {
        Span::covering(Timestamp(start), Timestamp(end), Step(step), Timestamp(i64::MAX / 2))
    }

    #[test]
    fn bins_that_are_touched_are_whole() {
        let found = span(301, 899, 300);
        assert_eq!((found.start(), found.end(), found.bins), (300, 900, 2));
        assert_eq!(span(300, 900, 300), found);
        assert_eq!(span(-301, 1, 300).start(), -600);
    }

    #[test]
    fn a_bin_that_is_not_over_is_not_asked_for() {
        let found = Span::covering(Timestamp(0), Timestamp(1_000), Step(300), Timestamp(650));
        assert_eq!(found.end(), 600);
        assert_eq!(Span::covering(Timestamp(900), Timestamp(1_000), Step(300), Timestamp(650)).bins, 0);
    }

    #[test]
    fn pieces_hold_every_bin_once_and_never_too_many() {
        for (start, end, most) in
            [(7, 100, 10), (0, 100, 10), (10, 11, 10), (-25, 33, 7), (5, 5, 3), (0, 11_001, 11_000), (3, 9, 1)]
        {
            let whole = span(start * 60, end * 60, 60);
            let bins: Vec<i64> = whole.pieces(most).iter().flat_map(|piece| piece.first..piece.first + piece.bins).collect();
            assert_eq!(bins, (start..end).collect::<Vec<i64>>());
            assert!(whole.pieces(most).iter().all(|piece| piece.bins <= most));
        }
    }

    #[test]
    fn inner_pieces_do_not_depend_on_the_ends() {
        let (one, other) = (span(60 * 3, 60 * 100, 60).pieces(10), span(60 * 17, 60 * 123, 60).pieces(10));
        assert!(one.iter().filter(|piece| piece.first >= 20 && piece.first < 100).all(|piece| other.contains(piece)));
    }
}
