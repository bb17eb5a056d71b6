//! What a plan costs at which risk, and what another would have cost: laws that hold in every world.

use plimsoll::observe::Silent;
use plimsoll::plan::{self, Plan};
use plimsoll::simulate;
use plimsoll::stream::{Seed, Stream};

use crate::support::world;

fn planned(replications: u32) -> Plan {
    let (scenario, paths) = world(&["a", "b"], replications);
    let root = Stream::root(Seed(3));
    let outcomes = vec![simulate::run(&scenario, &paths, root, &Silent).unwrap()];
    plan::recommend(std::slice::from_ref(&scenario), &paths, &outcomes, root, &Silent).unwrap()
}

#[test]
fn along_the_frontier_less_risk_always_costs_more() {
    let plan = planned(400);
    assert!(plan.frontier.len() >= 4, "{:?}", plan.frontier);
    for pair in plan.frontier.windows(2) {
        let (cheaper, dearer) = (&pair[0], &pair[1]);
        assert!(dearer.accepted < cheaper.accepted && dearer.cost > cheaper.cost);
        // less in the worst month, or the same there and less before it
        assert!(
            dearer.worst.value < cheaper.worst.value || dearer.minutes.value < cheaper.minutes.value,
            "{cheaper:?} {dearer:?}"
        );
        // what stands between neighbours is their difference
        let step = dearer.step.unwrap();
        assert!((step.cost.0 - (dearer.cost.0 - cheaper.cost.0)).abs() < 1e-9);
        assert!((step.risk.value - (cheaper.worst.value - dearer.worst.value)).abs() < 1e-12);
        assert!((step.minutes.value - (cheaper.minutes.value - dearer.minutes.value)).abs() < 1e-9);
        // a spread of a difference is at most the sum of spreads; those of shares are of Agresti's centre, hence the hundredth
        let apart = cheaper.worst.standard_error + dearer.worst.standard_error;
        assert!(step.risk.standard_error <= 1.01 * apart, "{step:?} {apart}");
    }
    assert!(plan.frontier[0].step.is_none());
    for point in &plan.frontier {
        assert!(point.worst.value <= point.accepted, "{point:?}");
    }
}

#[test]
fn the_recommended_plan_is_on_the_frontier_at_its_rule() {
    let plan = planned(400);
    let on: Vec<_> = plan.frontier.iter().filter(|point| point.recommended).collect();
    let [point] = on.as_slice() else { panic!("{:?}", plan.frontier) };
    assert_eq!(point.cost, plan.cost());
    assert!(point.accepted <= plan.accepted.unwrap());
    let worst = plan.pools.iter().map(|pool| pool.options[pool.chosen].worst().value).fold(0.0, f64::max);
    assert!((point.worst.value - worst).abs() < 1e-12);
}
