//! What drawing uncertain numbers costs, in CPU time. Printed: a line a work, `work TAB seconds of CPU per answer TAB the answer`;
//! times are the least of several rounds. `benches/peers/inputs.py` prints the same lines with NumPy and SciPy.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;

use plimsoll::stats::{DRAWN_TOGETHER, Distribution, JointLaw, nearest_correlation};
use plimsoll::stream::{Seed, Stream};

use clock::{cpu, least};

const ROUNDS: u32 = 7;
/// 2^20, so that blocks are whole.
const FUTURES: u32 = 1 << 20;

fn main() {
    let of = |name: &str, law| (name.to_owned(), law);
    let through = |points: &[(f64, f64)]| Distribution::quantiles(points);
    let six = [
        of("growth", through(&[(0.1, 0.01), (0.5, 0.03), (0.9, 0.08)])),
        of("launch", through(&[(0.1, 0.15), (0.5, 0.25), (0.9, 0.4)])),
        of("lead time", through(&[(0.1, 35.0), (0.5, 49.0), (0.9, 84.0)])),
        of("price", Distribution::Lognormal { median: 9_000.0, sigma: 0.2 }),
        of("gain", Distribution::Normal { mean: 0.1, sd: 0.03 }),
        of("line", Distribution::Beta { alpha: 20.0, beta: 8.0, low: 0.0, high: 1.0 }),
    ];
    let pairs = [(0, 1, 0.5), (2, 3, 0.4), (0, 4, -0.3)];
    let joint = JointLaw::new(&six, &pairs).expect("laws and correlations");
    report("six uncertain numbers, three correlations, 2^20 futures", || {
        let blocks = 0..FUTURES / DRAWN_TOGETHER;
        let sum = |block| joint.draw_block(Stream::root(Seed(1)), block).iter().map(|column| column[0]).sum::<f64>();
        blocks.map(sum).sum::<f64>() / f64::from(FUTURES / DRAWN_TOGETHER)
    });
    report("the six of one future by its number", || {
        (0..1_000).map(|replication| joint.draw(Stream::root(Seed(1)), replication)[0]).sum::<f64>() / 1_000.0
    });
    // ones beside the diagonal and zeros elsewhere, as Higham's example
    let n = 20;
    let entry = |k: usize| f64::from(u8::from((k / n).abs_diff(k % n) <= 1));
    let stated: Vec<f64> = (0..n * n).map(entry).collect();
    report("nearest correlation matrix of 20 numbers", || nearest_correlation(&stated, n)[1]);
}

fn report(work: &str, answer: impl FnMut() -> f64) {
    let (spent, seen) = least(cpu, ROUNDS, answer);
    println!("{work}\t{spent:.3e}\t{seen:.12e}");
}
