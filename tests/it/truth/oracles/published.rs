//! Results that others published.

use plimsoll::simulate::exact::{Block, BlockDiagram, Chain, Element, FaultTree, Gate, Odds, explore};

use super::case::{Case, Check, case, family};

/// Families answered here.
pub const FAMILIES: &[&str] = &["published_cluster", "published_dft", "published_ft"];

/// More states than any of the trees has.
const LIMIT: usize = 200_000;

/// Up so far: workstations left and right, switches left and right, backbone; and the class under repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cluster {
    up: [u32; 5],
    repairing: Option<usize>,
}

struct ClusterRates {
    all: [u32; 5],
    fails: [f64; 5],
    repairs: [f64; 5],
    inspects: f64,
}

impl ClusterRates {
    fn of(case: &Case) -> Self {
        let n = case.whole("N");
        let fails = |name: &str| 1.0 / case.number(name);
        let (station, switch, backbone) = (fails("ws_mttf"), fails("switch_mttf"), fails("backbone_mttf"));
        let repair = |name: &str| case.parameters["repair_rates"][name].as_f64().unwrap();
        let (mend, rewire) = (repair("workstation"), repair("switch"));
        Self {
            all: [n, n, 1, 1, 1],
            fails: [station, station, switch, switch, backbone],
            repairs: [mend, mend, rewire, rewire, repair("backbone")],
            inspects: case.number("inspect_rate"),
        }
    }

    fn next(&self, from: &Cluster) -> Vec<(Cluster, f64)> {
        let mut to = Vec::new();
        for class in 0..5 {
            let up = from.up[class];
            if up > 0 {
                let mut after = *from;
                after.up[class] -= 1;
                to.push((after, f64::from(up) * self.fails[class]));
            }
            if up < self.all[class] && from.repairing.is_none() {
                to.push((Cluster { repairing: Some(class), ..*from }, self.inspects));
            }
            if from.repairing == Some(class) {
                let mut after = Cluster { repairing: None, ..*from };
                after.up[class] += 1;
                to.push((after, self.repairs[class]));
            }
        }
        to
    }
}

impl Cluster {
    /// So many workstations reach each other.
    fn reaches(&self, wanted: u32) -> bool {
        let [left, right, left_switch, right_switch, backbone] = self.up;
        (left_switch == 1 && left >= wanted)
            || (right_switch == 1 && right >= wanted)
            || (left_switch + right_switch + backbone == 3 && left + right >= wanted)
    }
}

fn sum(values: &[f64], of: &[bool]) -> f64 {
    values.iter().zip(of).filter(|one| *one.1).map(|one| one.0).sum()
}

#[test]
fn published_cluster() {
    for case in family("published_cluster").iter().map(case) {
        let rates = ClusterRates::of(&case);
        let n = case.whole("N");
        let start = Cluster { up: rates.all, repairing: None };
        let (chain, states): (Chain, Vec<Cluster>) = explore(start, LIMIT, |state| rates.next(state)).unwrap();
        let premium: Vec<bool> = states.iter().map(|state| state.reaches(n)).collect();
        let minimum: Vec<bool> = states.iter().map(|state| state.reaches(3 * n / 4)).collect();
        let below: Vec<bool> = minimum.iter().map(|reached| !reached).collect();
        let steady = chain.steady().unwrap();
        let first = chain.start(0);
        let (long, short) = (case.number("T"), case.number("t"));
        let (over, at) = (chain.course(&first, long).unwrap(), chain.course(&first, short).unwrap());
        let stations = |state: &Cluster| f64::from(state.up[0] + state.up[1]);
        let mends = |state: &Cluster| state.repairing.map_or(0.0, |class| rates.repairs[class]);
        case.check(|quantity| {
            Some(vec![match quantity {
                "premium_steady" => sum(&steady, &premium),
                "minimum_steady" => sum(&steady, &minimum),
                "below_min_T" => sum(&over.time_in, &below),
                "operational_percent_t" => {
                    let up: f64 = at.at_end.iter().zip(&states).map(|(p, state)| p * stations(state)).sum();
                    100.0 * up / f64::from(2 * n)
                }
                "qos1_p_below_min_by_T" => chain.first_passage(&first, &below, long).unwrap().met,
                "qos2_p_below_min_at_t" => sum(&at.at_end, &below),
                "repairs_T" => over.time_in.iter().zip(&states).map(|(time, state)| time * mends(state)).sum(),
                "states" => states.len() as f64,
                _ => return None,
            }])
        });
    }
}

/// The tree of a case: as Galileo text, or as the rates of the functional dependency that its description tells.
fn tree(case: &Case) -> FaultTree {
    if let Some(text) = case.parameters.get("galileo") {
        return FaultTree::from_galileo(text.as_str().unwrap()).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    }
    let rate = |name: &str| {
        let rate = case.parameters["rates"][name].as_f64().unwrap();
        (name.to_owned(), Element::Basic { rate, dormancy: 1.0 })
    };
    let gate = |name: &str, gate, inputs: [&str; 2]| {
        (name.to_owned(), Element::Gate(gate, inputs.iter().map(|one| (*one).to_owned()).collect()))
    };
    let system = gate("system", Gate::Or, ["A", "B"]);
    let down = gate("down", Gate::Depends(1.0), ["C", "B"]);
    FaultTree::new("system", &[system, down, rate("A"), rate("B"), rate("C")]).unwrap()
}

#[test]
fn published_dft() {
    for case in family("published_dft").iter().map(case) {
        let top = tree(&case).solve(LIMIT).unwrap();
        case.check(|quantity| {
            let hours = |text: &str| match text {
                "T" => Some(case.number("T")),
                hours => hours.strip_suffix('h')?.parse().ok(),
            };
            Some(vec![if quantity == "mttf" {
                top.mttf()
            } else if let Some(by) = quantity.strip_prefix("p_failed_by_") {
                top.within(hours(by)?).unwrap().met
            } else {
                // two independent copies, of which any brings the whole down: p + (1 - p) p
                let one = top.within(hours(quantity.strip_prefix("p_two_copies_failed_by_")?)?).unwrap();
                one.met + one.not_met * one.met
            }])
        });
    }
}

#[test]
fn published_ft() {
    for case in family("published_ft").iter().map(case) {
        let names = ["valve_one", "pump_one", "valve_two", "pump_two"];
        let odds: Vec<Odds> = names.iter().map(|name| Odds::failing(case.number(name)).unwrap()).collect();
        let trains = BlockDiagram::new(&Block::paths(&[vec![0, 1], vec![2, 3]]), odds.len()).unwrap();
        case.check(|quantity| (quantity == "p_top").then(|| vec![trains.odds(&odds).unwrap().fails]));
    }
}

pub fn simulated(_into: &mut Vec<Check>) {}
