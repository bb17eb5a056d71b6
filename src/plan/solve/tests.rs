use proptest::prelude::*;

use super::*;

const SHORT: f64 = 1e5;

fn cover(wanted: Vec<u32>, leases: Vec<Lease>) -> Cover {
    let short = wanted.iter().map(|lots| vec![(*lots, SHORT)]).collect();
    Cover { leases, wanted, short }
}

/// The least cost within the limits over all ways to buy 0 to `most` lots of each lease.
fn by_trying_all(asked: &Shared, most: u32) -> f64 {
    let counts: Vec<usize> = asked.covers.iter().map(|cover| cover.leases.len()).collect();
    let all: usize = counts.iter().sum();
    let mut best = f64::INFINITY;
    for code in 0..(most + 1).pow(all as u32) {
        let mut digits = (0..all).map(|j| code / (most + 1).pow(j as u32) % (most + 1));
        let bought: Vec<Bought> = asked
            .covers
            .iter()
            .map(|cover| {
                let lots: Vec<u32> = digits.by_ref().take(cover.leases.len()).collect();
                let in_force = |m: usize| -> u32 {
                    let here = cover.leases.iter().zip(&lots).filter(|(lease, _)| lease.from <= m && m < lease.to);
                    here.map(|(_, lots)| lots).sum()
                };
                let short = (0..cover.wanted.len()).map(|m| cover.wanted[m].saturating_sub(in_force(m))).collect();
                Bought { lots, short }
            })
            .collect();
        let within = asked.drawn(&bought).iter().zip(&asked.limits).all(|(drawn, limit)| *drawn <= limit + 1e-9);
        let cost: f64 = asked.covers.iter().zip(&bought).map(|(cover, bought)| cover.cost(bought)).sum();
        if within && cost < best {
            best = cost;
        }
    }
    best
}

#[test]
fn a_budget_in_the_way_moves_the_purchase_forward() {
    // 4 lots wanted in month 1; buying costs 10, a month earlier 11; the budget of month 1 pays for two
    let lease = |from, cost, month| Lease { from, to: 2, cost, uses: vec![(month, cost)] };
    let leases = vec![lease(0, 11.0, 0), lease(1, 10.0, 1)];
    let asked = Shared { covers: vec![cover(vec![0, 4], leases)], limits: vec![100.0, 25.0] };
    let solved = asked.solve();
    assert_eq!(solved.bought[0].lots, [2, 2]);
    assert_eq!(solved.cost, 42.0);
    assert!(solved.bound <= 42.0 && solved.bound > 41.9, "{}", solved.bound);
    assert_eq!(solved.prices[0], 0.0);
    assert!((solved.prices[1] - 0.1).abs() < 1e-4, "a lot moved saves 1 for 10 of budget: {:?}", solved.prices);
}

#[test]
fn what_no_budget_allows_is_short_and_said() {
    let lease = Lease { from: 0, to: 1, cost: 10.0, uses: vec![(0, 10.0)] };
    let asked = Shared { covers: vec![cover(vec![5], vec![lease])], limits: vec![35.0] };
    let solved = asked.solve();
    assert_eq!((solved.bought[0].lots[0], solved.bought[0].short[0]), (3, 2));
    // ten more of the budget save a lot that is short, for 10; so does half a lot that no whole number buys
    assert!((solved.prices[0] - (SHORT - 10.0) / 10.0).abs() < 1e-3 * solved.prices[0], "{:?}", solved.prices);
}

/// Twelve months of a pool: a lot costs 9,200 in the quarter of the order, from month 1 on, under a budget of 20,000 a quarter, and 110 a
/// month from then on. Limits that are far away stand beside: 100,000 lots in force in a month.
fn year_of_budgets(far: usize) -> Shared {
    let wanted = vec![0, 0, 0, 0, 0, 0, 4, 4, 4, 6, 6, 6];
    let lease = |from: usize| {
        let far = (0..far).filter(|l| from <= l % 12).map(|l| (4 + l, 1.0));
        Lease {
            from,
            to: 12,
            cost: 9_200.0 + 110.0 * (12 - from) as f64,
            uses: [(from / 3, 9_200.0)].into_iter().chain(far).collect(),
        }
    };
    let limits = [vec![20_000.0; 4], vec![100_000.0; far]].concat();
    Shared { covers: vec![cover(wanted, (1..12).map(lease).collect())], limits }
}

#[test]
fn a_budget_that_binds_has_a_price_however_many_limits_are_far_from_binding() {
    // four lots from July on: the third quarter pays for two, so two come in June, each 110 dearer. One more of that budget moves
    // 1/9,200 of a lot; the second and the fourth quarter have some left, and no price.
    let best = 2.0 * (9_200.0 + 110.0 * 6.0) + 2.0 * (9_200.0 + 110.0 * 7.0) + 2.0 * (9_200.0 + 110.0 * 3.0);
    for far in [0, 12, 60, 600] {
        let asked = year_of_budgets(far);
        let solved = asked.solve();
        assert!((solved.cost - best).abs() < 1e-9 * best, "{far}: {} {best}", solved.cost);
        let bought = asked.covers[0].leases.iter().zip(&solved.bought[0].lots).filter(|(_, lots)| **lots > 0);
        assert_eq!(bought.map(|(lease, lots)| (lease.from, *lots)).collect::<Vec<_>>(), [(5, 2), (6, 2), (9, 2)]);
        assert!(solved.bound <= best && solved.bound > best * (1.0 - 1e-5), "{far}: {} {best}", solved.bound);
        let (price, rest) = (solved.prices[2], solved.prices.iter().sum::<f64>() - solved.prices[2]);
        assert!((price - 110.0 / 9_200.0).abs() < 1e-3 * price, "{far}: {price}");
        assert!(rest.abs() < 1e-3 * price, "{far}: {:?}", solved.prices);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Two pools, three months, a term of one month and one for good; a budget a month and a limit on the units of both together.
    #[test]
    fn the_bound_lies_below_and_the_schedule_is_the_best(
        wanted in prop::collection::vec(0_u32..3, 4),
        prices in prop::collection::vec(5_u32..30, 8),
        budget in 10_u32..90,
        together in 1_u32..5,
    ) {
        let leases = |prices: &[u32]| {
            let spans = [(0, 2), (1, 2), (0, 1), (1, 2)];
            let made = spans.iter().zip(prices).map(|((from, to), cost)| Lease {
                from: *from,
                to: *to,
                cost: f64::from(*cost),
                uses: (*from..*to).map(|m| (2 + m, 1.0)).chain([(*from, f64::from(*cost))]).collect(),
            });
            made.collect::<Vec<_>>()
        };
        let covers = vec![cover(wanted[..2].to_vec(), leases(&prices[..4])), cover(wanted[2..].to_vec(), leases(&prices[4..]))];
        let limit = f64::from(together);
        let asked = Shared { covers, limits: vec![f64::from(budget), f64::from(budget), limit, limit] };
        let (solved, best) = (asked.solve(), by_trying_all(&asked, 2));
        prop_assert!(solved.bound <= best + 1e-3, "bound {} above the best {best}", solved.bound);
        prop_assert!(solved.cost >= best - 1e-3, "cost {} below the best {best}", solved.cost);
        prop_assert!((solved.cost - best).abs() < 1e-2, "cost {}, the best is {best}, bound {}", solved.cost, solved.bound);
    }
}
