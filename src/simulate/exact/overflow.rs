//! Overflow within a busy period: a single server by gambler's ruin, two stations in a row level by level.

/// An M/M/1 queue that starts with one request: does the number in system reach `level` before the system empties?
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SingleOverflow {
    /// Arrival rate.
    pub arrivals: f64,
    /// Service rate.
    pub service: f64,
    /// Number in system that is an overflow.
    pub level: u32,
}

/// Two M/M/1 stations in a row, started with one request at the first: does the total number in both reach `level` before all
/// is empty?
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TandemOverflow {
    /// Arrival rate.
    pub arrivals: f64,
    /// Service rate of the first station.
    pub first: f64,
    /// Service rate of the second station.
    pub second: f64,
    /// Total number in system that is an overflow.
    pub level: u32,
}

fn positive(rates: &[f64]) -> bool {
    rates.iter().all(|rate| rate.is_finite() && *rate > 0.0)
}

impl SingleOverflow {
    /// `None` unless the rates are finite and above 0 and the level is 1 or more.
    #[must_use]
    pub fn new(arrivals: f64, service: f64, level: u32) -> Option<Self> {
        (positive(&[arrivals, service]) && level >= 1).then_some(Self { arrivals, service, level })
    }

    /// P(overflow) = (r - 1) / (r^K - 1) with r = service ÷ arrivals, 1 / K for r = 1.
    ///
    /// Feller (1968), *An Introduction to Probability Theory and Its Applications* I, XIV.2. Both differences by `exp_m1`, so
    /// that nothing cancels near r = 1.
    ///
    /// ```
    /// use plimsoll::simulate::exact::SingleOverflow;
    /// let queue = SingleOverflow::new(1.0, 2.0, 3).unwrap();
    /// assert!((queue.probability() - 1.0 / 7.0).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn probability(&self) -> f64 {
        let log = ((self.service - self.arrivals) / self.arrivals).ln_1p();
        if log == 0.0 { 1.0 / f64::from(self.level) } else { log.exp_m1() / (log * f64::from(self.level)).exp_m1() }
    }
}

impl TandemOverflow {
    /// `None` unless the rates are finite and above 0 and the level is 1 or more.
    #[must_use]
    pub fn new(arrivals: f64, first: f64, second: f64, level: u32) -> Option<Self> {
        (positive(&[arrivals, first, second]) && level >= 1).then_some(Self { arrivals, first, second, level })
    }

    /// P(overflow), by first passages from each total to the next: where the total s is first left upwards, and with what
    /// probability it ever is. Work grows with the fourth power of the level (100: 0.1 s).
    ///
    /// Each level's passages follow from those of the level below by eliminating its states one at a time. As in Grassmann,
    /// Taksar & Heyman (1985), "Regenerative analysis and steady state distributions for Markov chains", *Operations
    /// Research* 33(5), 1107–1116, a state's rate out is the sum of its ways out, so that there is no subtraction and a
    /// probability of 1e-80 has as many right digits as one of 0.1.
    #[must_use]
    pub fn probability(&self) -> f64 {
        let mut at = vec![1.0, 0.0];
        let mut below = Passage::default();
        for total in 1..self.level as usize {
            let passage = self.passage(total, &below);
            let mut next = vec![0.0; total + 2];
            for (weight, row) in at.iter().zip(&passage.up) {
                row.iter().zip(&mut next).for_each(|(p, to)| *to += weight * p);
            }
            (at, below) = (next, passage);
        }
        at.iter().sum()
    }

    /// First passages from total `s`, by the number at the second station, given those of the total below.
    fn passage(&self, s: usize, below: &Passage) -> Passage {
        let mut within = vec![vec![0.0; s + 1]; s + 1];
        let mut up = vec![vec![0.0; s + 1]; s + 1];
        let mut lost = vec![0.0; s + 1];
        for j in 0..=s {
            up[j][j] = self.arrivals;
            if j < s {
                within[j][j + 1] += self.first;
            }
            if j > 0 && s == 1 {
                lost[j] = self.second;
            } else if j > 0 {
                for (to, p) in within[j].iter_mut().zip(&below.up[j - 1]) {
                    *to += self.second * p;
                }
                lost[j] = self.second * below.lost[j - 1];
            }
        }
        eliminate(&mut within, &mut up, &mut lost);
        Passage { up, lost }
    }
}

/// From each state of a level: where it is left upwards, and the probability that all is empty first.
#[derive(Default)]
struct Passage {
    up: Vec<Vec<f64>>,
    lost: Vec<f64>,
}

/// Absorption probabilities: `within` are rates among the states, `up` and `lost` come in as rates and go out as probabilities.
fn eliminate(within: &mut [Vec<f64>], up: &mut [Vec<f64>], lost: &mut [f64]) {
    let states = lost.len();
    let mut out = vec![0.0; states];
    for k in (0..states).rev() {
        let (front, back) = within.split_at_mut(k);
        let (ups, this) = up.split_at_mut(k);
        let (row, target) = (&back[0], &this[0]);
        out[k] = row[..k].iter().sum::<f64>() + target.iter().sum::<f64>() + lost[k];
        for i in 0..k {
            let share = front[i][k] / out[k];
            if share > 0.0 {
                row[..k].iter().zip(&mut front[i]).for_each(|(rate, to)| *to += share * rate);
                target.iter().zip(&mut ups[i]).for_each(|(rate, to)| *to += share * rate);
                lost[i] += share * lost[k];
            }
        }
    }
    for k in 0..states {
        let (solved, rest) = up.split_at_mut(k);
        for (j, known) in solved.iter().enumerate() {
            let rate = within[k][j];
            known.iter().zip(&mut rest[0]).for_each(|(p, to)| *to += rate * p);
            lost[k] += rate * lost[j];
        }
        rest[0].iter_mut().for_each(|rate| *rate /= out[k]);
        lost[k] /= out[k];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fair_queue_overflows_once_in_level_times_and_nearly_fair_ones_agree() {
        let p = |service| SingleOverflow::new(1.0, service, 20).expect("valid").probability();
        assert_eq!(p(1.0), 0.05);
        // d ln p / dr = -(K - 1) / 2 at r = 1
        assert!((p(1.0 + 1e-9) / 0.05 - 1.0 + 9.5e-9).abs() < 1e-15);
    }

    #[test]
    fn a_tandem_of_level_two_and_three_is_as_by_hand() {
        // total 2 from (1,0): arrival first, or pass on to (0,1) and arrival before service
        let (l, a, b) = (0.2, 0.5, 0.3);
        let two = TandemOverflow::new(l, a, b, 2).expect("valid").probability();
        assert!((two - (l / (l + a) + a / (l + a) * l / (l + b))).abs() < 1e-15);
        // total 3, by plain iteration of the chain
        let mut p = [[0.0; 4]; 4];
        for _ in 0..2_000 {
            for x in 0..3_usize {
                for y in 0..(3 - x) {
                    if x + y > 0 {
                        let at = |x: usize, y: usize, p: &[[f64; 4]; 4]| if x + y == 3 { 1.0 } else { p[x][y] };
                        let (mut sum, mut rate) = (l * at(x + 1, y, &p), l);
                        if x > 0 {
                            (sum, rate) = (sum + a * at(x - 1, y + 1, &p), rate + a);
                        }
                        if y > 0 {
                            (sum, rate) = (sum + b * at(x, y - 1, &p), rate + b);
                        }
                        p[x][y] = sum / rate;
                    }
                }
            }
        }
        let three = TandemOverflow::new(l, a, b, 3).expect("valid").probability();
        assert!((three / p[1][0] - 1.0).abs() < 1e-13, "{three} {}", p[1][0]);
    }

    #[test]
    fn a_second_station_without_delay_leaves_the_single_queue() {
        let tandem = TandemOverflow::new(0.3, 1.0, 1e12, 18).expect("valid").probability();
        let single = SingleOverflow::new(0.3, 1.0, 18).expect("valid").probability();
        // the first order in first ÷ second is left
        assert!((tandem / single - 1.0).abs() < 1e-10, "{tandem} {single}");
    }

    #[test]
    fn rates_and_levels_that_make_no_queue_are_refused() {
        assert!(SingleOverflow::new(0.0, 1.0, 3).is_none() && SingleOverflow::new(1.0, 1.0, 0).is_none());
        assert!(TandemOverflow::new(1.0, f64::NAN, 1.0, 3).is_none());
    }
}
