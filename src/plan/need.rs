use super::Tranche;
use crate::time::{Day, Month};

/// Units that must be added in each month so that at most a share `accepted` of the futures falls short in it.
///
/// `room[r * months + m]` is the least room of future *r* in month *m*, in units; the need is the smallest whole n with
/// #{r : −room > n} ≤ `accepted` × futures. Added units are taken to be always up: the search that uses this checks by
/// simulating them.
#[must_use]
pub fn needs(room: &[i32], months: usize, accepted: f64) -> Vec<u32> {
    let futures = room.len() / months.max(1);
    let allowed = (accepted * futures as f64 + 1e-9).floor() as usize;
    let need = |month: usize| {
        let mut missing: Vec<i32> = (0..futures).map(|r| -room[r * months + month]).collect();
        missing.sort_unstable_by(|a, b| b.cmp(a));
        missing.get(allowed).map_or(0, |n| (*n).max(0) as u32)
    };
    (0..months).map(need).collect()
}

/// The cheapest deliveries that carry a need by month: each as late as it may be, in whole lots.
///
/// Units bought stay, and a unit that comes later costs less or the same; so no schedule is cheaper that has as many units in
/// every month as this one must have. Needs before `reachable` are met on `reachable`: no order placed today comes sooner.
#[must_use]
pub fn schedule(needs: &[u32], months: &[Month], lot: u32, reachable: Day) -> Vec<Tranche> {
    let mut tranches: Vec<Tranche> = Vec::new();
    let mut have = 0;
    for (need, month) in needs.iter().zip(months) {
        if *need > have {
            let units = (need - have).div_ceil(lot.max(1)) * lot.max(1);
            have += units;
            let needed = month.first_day().max(reachable);
            match tranches.last_mut().filter(|last| last.needed == needed) {
                Some(last) => last.units += units,
                None => tranches.push(Tranche { needed, units, earlier_days: 0, term: 0, until: None }),
            }
        }
    }
    tranches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(count: usize) -> Vec<Month> {
        Month::spanning(Day(20_000), Day(20_000 + 31 * count as i32)).into_iter().take(count).collect()
    }

    #[test]
    fn the_need_leaves_at_most_the_accepted_share_short() {
        let room: Vec<i32> = (0..100).map(|r| -r).collect();
        for (accepted, need) in [(0.01, 98), (0.05, 94), (0.0, 99), (1.0, 0)] {
            assert_eq!(needs(&room, 1, accepted), vec![need], "{accepted}");
        }
    }

    #[test]
    fn no_cheaper_schedule_carries_the_need() {
        // every way to buy 0 to 4 lots in each of four months, priced 10 a unit and 1 a month in force: none that carries is cheaper
        let cases: [[u32; 4]; 4] = [[0, 3, 2, 7], [4, 4, 4, 4], [0, 0, 0, 1], [8, 0, 3, 0]];
        for (need, lot) in cases.into_iter().flat_map(|need| [(need, 1), (need, 2), (need, 3)]) {
            let months = months(4);
            let first = months[0].first_day();
            let price = |bought: [u32; 4]| (0..4).map(|m| bought[m] * (10 + 4 - m as u32)).sum::<u32>();
            let mut mine = [0; 4];
            for tranche in schedule(&need, &months, lot, first) {
                mine[months.iter().position(|m| m.first_day() == tranche.needed).unwrap()] += tranche.units;
            }
            let carries = |bought: &[u32; 4]| (0..4).all(|m| bought[..=m].iter().sum::<u32>() >= need[m]);
            assert!(carries(&mine));
            let most = 9_u32.div_ceil(lot);
            for code in 0..most.pow(4) {
                let bought = std::array::from_fn(|m| code / most.pow(m as u32) % most * lot);
                assert!(!carries(&bought) || price(bought) >= price(mine), "{need:?} lots of {lot}: {bought:?} beats {mine:?}");
            }
        }
    }
}
