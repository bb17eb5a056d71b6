//! Capacity kept by changes is the capacity counted anew.

use super::super::capacity::Standing;
use super::*;

/// What a node passes on, from the leaves up.
fn counted(nodes: &[Node], down: &[Vec<f64>], node: usize, lane: usize) -> i64 {
    let own = nodes[node].capacity.get(lane).copied().unwrap_or(0);
    let below = (0..nodes.len()).filter(|child| nodes[*child].parent == Some(node as u32));
    let sum = own + below.map(|child| counted(nodes, down, child, lane)).sum::<i64>();
    if down[node].iter().any(|lost| *lost >= 1.0) {
        return 0;
    }
    let sum = sum.min(nodes[node].limit.get(lane).copied().unwrap_or(i64::MAX));
    let mut shares = down[node].clone();
    shares.sort_by(f64::total_cmp);
    if shares.is_empty() { sum } else { (sum as f64 * shares.iter().map(|lost| 1.0 - lost).product::<f64>()).round() as i64 }
}

#[test]
fn changes_lead_where_counting_does() {
    for lanes in [1, 2] {
        let mut rng = Stream::root(Seed(5)).at(Address::of("tree").child(lanes as u64)).rng();
        let nodes: Vec<Node> = (0..40_u32)
            .map(|n| Node {
                parent: (n > 1).then(|| rng.below(n as usize) as u32),
                capacity: if n % 3 == 0 { (0..lanes).map(|_| rng.below(1_000) as i64).collect() } else { Vec::new() },
                limit: if n % 7 == 1 { vec![700; lanes] } else { Vec::new() },
                address: Address::of("node").child(u64::from(n)),
            })
            .collect();
        let system = System::new(Parts { lanes, nodes: nodes.clone(), ..Parts::default() }).unwrap();
        let (mut standing, base) = (Standing::all_up(&system), Standing::all_up(&system));
        let mut down: Vec<Vec<f64>> = vec![Vec::new(); nodes.len()];
        for _ in 0..20_000 {
            let node = rng.below(nodes.len());
            if rng.below(2) == 0 && !down[node].is_empty() {
                let at = rng.below(down[node].len());
                standing.rise(node as u32, down[node].swap_remove(at));
            } else if down[node].len() < 3 {
                let lost = [1.0, 1.0, 0.25, 0.5][rng.below(4)];
                down[node].push(lost);
                standing.fall(node as u32, lost);
            }
            for lane in 0..lanes {
                let roots = (0..nodes.len()).filter(|n| nodes[*n].parent.is_none());
                assert_eq!(standing.total(lane), roots.map(|root| counted(&nodes, &down, root, lane)).sum::<i64>());
            }
        }
        standing.copy_from(&base);
        assert_eq!(standing.totals(), base.totals());
    }
}
