//! Kleene's tables by hand; intervals against every pair of points within them.

use proptest::prelude::*;

use super::super::ast::Op;
use super::super::value::{Spread, Truth};

const N: Truth = Truth::No;
const U: Truth = Truth::Unknown;
const Y: Truth = Truth::Yes;

#[test]
fn truth_follows_kleene() {
    let all = [N, U, Y];
    let both = [[N, N, N], [N, U, U], [N, U, Y]];
    let either = [[N, U, Y], [U, U, Y], [Y, Y, Y]];
    for (i, a) in all.into_iter().enumerate() {
        assert_eq!(!a, [Y, U, N][i]);
        for (j, b) in all.into_iter().enumerate() {
            assert_eq!((a.and(b), a.or(b)), (both[i][j], either[i][j]), "{a:?} {b:?}");
        }
    }
}

#[test]
fn an_interval_beside_a_bound_decides_and_one_across_it_does_not() {
    let found = Spread::between(0.3, 0.2, 0.4);
    let against = |op, bound| found.compared(op, Spread::exact(bound));
    assert_eq!([0.1, 0.2, 0.3, 0.4, 0.5].map(|b| against(Op::More, b)), [Y, U, U, N, N]);
    assert_eq!([0.1, 0.2, 0.3, 0.4, 0.5].map(|b| against(Op::AtLeast, b)), [Y, Y, U, U, N]);
    assert_eq!([0.1, 0.2, 0.3, 0.4, 0.5].map(|b| against(Op::Less, b)), [N, N, U, U, Y]);
    assert_eq!([0.1, 0.2, 0.3, 0.4, 0.5].map(|b| against(Op::AtMost, b)), [N, U, U, Y, Y]);
    assert_eq!([0.1, 0.3, 0.5].map(|b| against(Op::Same, b)), [N, U, N]);
    assert_eq!([0.1, 0.3, 0.5].map(|b| against(Op::Differs, b)), [Y, U, Y]);
    assert_eq!(Spread::exact(2.0).compared(Op::Same, Spread::exact(2.0)), Y);
}

#[test]
fn never_is_later_than_every_day_and_unknown_is_neither() {
    let never = Spread::between(f64::INFINITY, 100.0, f64::INFINITY);
    assert_eq!([50.0, 100.0, 150.0].map(|day| never.compared(Op::Less, Spread::exact(day))), [N, N, U]);
    assert_eq!(never.compared(Op::Less, never), U);
    assert_eq!(Spread::UNKNOWN.compared(Op::Less, Spread::exact(0.0)), U);
    assert_eq!(Spread::exact(1.0).joined(Op::Divide, Spread::between(0.0, -1.0, 1.0)), Spread::UNKNOWN);
    assert_eq!(never.joined(Op::Subtract, never), Spread::UNKNOWN, "never less never is no length of time");
}

fn spread() -> impl Strategy<Value = Spread> {
    let number = prop_oneof![-5.0..5.0, (-3_i32..4).prop_map(f64::from)];
    (number.clone(), number).prop_map(|(a, b): (f64, f64)| Spread::between(f64::midpoint(a, b), a.min(b), a.max(b)))
}

fn within(spread: Spread) -> [f64; 5] {
    let Spread { low, high, .. } = spread;
    [low, 0.75 * low + 0.25 * high, f64::midpoint(low, high), 0.25 * low + 0.75 * high, high].map(|x| x.clamp(low, high))
}

proptest! {
    #[test]
    fn whatever_the_numbers_are_within_their_intervals_the_answer_covers_them(a in spread(), b in spread()) {
        for (op, of) in [
            (Op::Add, (|a, b| a + b) as fn(f64, f64) -> f64),
            (Op::Subtract, |a, b| a - b),
            (Op::Multiply, |a, b| a * b),
            (Op::Divide, |a, b| a / b),
        ] {
            let joined = a.joined(op, b);
            for (x, y) in within(a).into_iter().flat_map(|x| within(b).map(|y| (x, y))) {
                let exact = of(x, y);
                // one rounding of the operands' combinations on each side
                let slack = 1e-12 * exact.abs().max(1.0);
                prop_assert!(exact.is_nan() || (joined.low - slack <= exact && exact <= joined.high + slack), "{a:?} {op:?} {b:?}");
            }
        }
        for (op, of) in [
            (Op::Less, (|a, b| a < b) as fn(&f64, &f64) -> bool),
            (Op::AtMost, |a, b| a <= b),
            (Op::More, |a, b| a > b),
            (Op::AtLeast, |a, b| a >= b),
            (Op::Same, |a, b| a == b),
            (Op::Differs, |a, b| a != b),
        ] {
            let truth = a.compared(op, b);
            let seen: Vec<bool> = within(a).iter().flat_map(|x| within(b).map(|y| of(x, &y))).collect();
            match truth {
                Truth::Yes => prop_assert!(seen.iter().all(|holds| *holds), "{a:?} {op:?} {b:?}"),
                Truth::No => prop_assert!(!seen.iter().any(|holds| *holds), "{a:?} {op:?} {b:?}"),
                // unknown only where both can be: the ends of the intervals show it
                Truth::Unknown => prop_assert!(seen.contains(&true) || seen.contains(&false)),
            }
            if !matches!(op, Op::Same | Op::Differs) && truth == Truth::Unknown {
                prop_assert!(seen.contains(&true) && seen.contains(&false), "{a:?} {op:?} {b:?}");
            }
        }
    }
}
