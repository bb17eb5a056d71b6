//! Block diagrams, fault trees and networks of parts.

use plimsoll::simulate::exact::{Block, BlockDiagram, Network, Odds};

use super::case::{Case, Check, case, family};

/// Families answered here.
pub const FAMILIES: &[&str] = &["rbd", "network_reliability"];

/// A part's names in the order of the rates, and a number for each of them.
fn by_part(case: &Case, parameter: &str) -> (Vec<String>, Vec<f64>) {
    let held = case.parameters[parameter].as_object().unwrap();
    let rates = &case.parameters["failure_rates"];
    let names: Vec<String> = rates.as_object().unwrap().keys().cloned().collect();
    let numbers = names.iter().map(|name| held[name].as_f64().unwrap()).collect();
    (names, numbers)
}

/// The structure that a case tells in words: `paths AB, CD` or `series pairs AB and CD` of parts with one letter, or `series of` terms
/// that are a part, `2-of-3 {a,b,c}` or `parallel {a,b}`.
fn structure(text: &str, names: &[String]) -> Block {
    let part = |name: &str| {
        let found = names.iter().position(|one| one == name.trim());
        Block::Part(found.unwrap_or_else(|| panic!("no part {name} in {text}")))
    };
    let pairs = text.rsplit_once("paths ").or_else(|| text.rsplit_once("pairs "));
    if let Some((_, paths)) = pairs {
        let path = |letters: &str| Block::Series(letters.chars().map(|one| part(&one.to_string())).collect());
        return Block::Parallel(paths.replace(" and ", ", ").split(", ").map(path).collect());
    }
    let terms = text.strip_prefix("series of ").unwrap_or_else(|| panic!("a structure in other words: {text}"));
    let mut blocks = Vec::new();
    let mut rest = terms;
    while !rest.is_empty() {
        let (head, after) = rest.split_once(", ").unwrap_or((rest, ""));
        let Some((kind, _)) = head.split_once('{') else {
            blocks.push(part(head));
            rest = after;
            continue;
        };
        let (within, after) = rest[kind.len() + 1..].split_once('}').unwrap();
        let parts = within.split(',').map(part).collect();
        blocks.push(match kind.trim() {
            "parallel" => Block::Parallel(parts),
            "series" => Block::Series(parts),
            other => Block::AtLeast(other.split_once("-of-").unwrap().0.parse().unwrap(), parts),
        });
        rest = after.trim_start_matches(", ");
    }
    Block::Series(blocks)
}

#[test]
fn rbd() {
    for case in family("rbd").iter().map(case) {
        let (names, rates) = by_part(&case, "failure_rates");
        let (_, repairs) = by_part(&case, "mttr");
        let text = case.parameters["structure"].as_str().unwrap();
        let diagram = BlockDiagram::new(&structure(text, &names), names.len()).unwrap();
        let at_end: Vec<Odds> = rates.iter().map(|rate| Odds::surviving(*rate, case.number("horizon")).unwrap()).collect();
        let alternating: Vec<Odds> =
            rates.iter().zip(&repairs).map(|(rate, mttr)| Odds::alternating(1.0 / rate, *mttr).unwrap()).collect();
        let failures: Vec<f64> = rates.iter().zip(&repairs).map(|(rate, mttr)| 1.0 / (1.0 / rate + mttr)).collect();
        let (survives, steady) = (diagram.odds(&at_end).unwrap(), diagram.odds(&alternating).unwrap());
        case.check(|quantity| {
            Some(vec![match quantity {
                "reliability_T" => survives.works,
                "unreliability_T" => survives.fails,
                "mttf_system" => diagram.mttf(&rates).unwrap(),
                "steady_availability" => steady.works,
                "steady_unavailability" => steady.fails,
                "outage_frequency" => diagram.frequency(&alternating, &failures).unwrap(),
                "birnbaum_importance" => return diagram.birnbaum(&alternating).ok(),
                _ => return None,
            }])
        });
    }
}

#[test]
fn network_reliability() {
    for case in family("network_reliability").iter().map(case) {
        let ends = |edge: &serde_json::Value| (edge[0].as_u64().unwrap() as usize, edge[1].as_u64().unwrap() as usize);
        let edges: Vec<(usize, usize)> = case.parameters["edges"].as_array().unwrap().iter().map(ends).collect();
        let (source, target) = (case.whole("source") as usize, case.whole("target") as usize);
        let nodes = edges.iter().flat_map(|(a, b)| [*a, *b]).chain([source, target]).max().unwrap() + 1;
        let fails = case.number("q_link");
        let network = Network::new(nodes, edges.into_iter().map(|(a, b)| (a, b, fails))).unwrap();
        let odds = network.connected(source, target).unwrap();
        case.check(|quantity| {
            Some(vec![match quantity {
                "unreliability" => odds.fails,
                "reliability" => odds.works,
                "check_sum" => odds.fails + odds.works,
                _ => return None,
            }])
        });
    }
}

pub fn simulated(_into: &mut Vec<Check>) {}
