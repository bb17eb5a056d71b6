//! Keys that a model file does not have: what they are called here, or where they stand.

use super::keys::{Key, MODEL};
use crate::problem::nearest;

/// Names that flags and other programs have, and the key that is meant.
const CALLED: &[(&[&str], &str)] = &[
    (&["origin", "epoch"], "since"),
    (&["tz", "timezone", "time_zone"], "zone"),
    (&["stat", "statistic", "aggregation"], "sampled"),
    (&["time_format", "date_format"], "time_form"),
    (&["timestamp", "date", "time_column"], "time"),
    (&["host", "hosts", "instance", "machine", "node"], "entity"),
    (&["metric", "labels", "label", "filter", "where", "match"], "select"),
    (&["file", "path", "paths", "store"], "files"),
    (&["cost", "costs"], "price"),
    (&["leadtime", "lead", "delivery"], "lead_time"),
    (&["capex", "upfront", "buy"], "purchase"),
    (&["opex", "per_month", "running"], "monthly"),
    (&["simulations", "iterations", "samples", "futures", "runs"], "replications"),
    (&["today", "now", "start_date"], "as_of"),
    (&["days", "period"], "horizon"),
    (&["threshold", "headroom", "safe", "target", "max_utilization"], "line"),
    (&["zone", "location", "where", "domain"], "in"),
    (&["number", "quantity", "amount", "n", "size"], "count"),
    (&["mtbf", "mttf", "failure_rate"], "time_to_failure"),
    (&["mttr", "time_to_repair", "repair_time"], "repair"),
    (&["parent", "inside"], "within"),
];

/// What to do about a key that a table with these names does not have.
pub(super) fn help(seen: &str, names: &[&str]) -> String {
    let named = CALLED.iter().find(|(others, name)| others.contains(&seen) && names.contains(name));
    if let Some((_, name)) = named {
        return format!("it is called `{name}` here");
    }
    if let Some(near) = nearest(seen, names) {
        return format!("did you mean `{near}`?");
    }
    let accepted = format!("accepted here: {}", names.join(", "));
    let mut places = Vec::new();
    find(seen, "", MODEL, &mut places);
    match places.as_slice() {
        [] => accepted,
        [place] if place.is_empty() => format!("`{seen}` stands at the top of the file, above the first `[table]`; {accepted}"),
        // a name that many tables have says nothing
        [.., _] if places.len() > 2 => accepted,
        some => {
            let quoted: Vec<String> = some.iter().map(|place| format!("`{place}`")).collect();
            format!("`{seen}` is a key of {}; {accepted}", quoted.join(" and "))
        }
    }
}

/// Every table that has a key of that name, as the reference calls it.
fn find(seen: &str, name: &str, keys: &[Key], places: &mut Vec<String>) {
    for key in keys {
        if key.name == seen {
            places.push(name.to_owned());
        }
        let path = if name.is_empty() { key.name.to_owned() } else { format!("{name}.{}", key.name) };
        if let Some((path, below)) = key.kind.below(&path) {
            find(seen, &path, below, places);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::{PLAN, SOURCE};
    use super::*;

    fn names(keys: &[Key]) -> Vec<&'static str> {
        keys.iter().map(|key| key.name).collect()
    }

    #[test]
    fn the_name_of_a_flag_leads_to_the_key() {
        for (flag, key) in [("origin", "since"), ("tz", "zone"), ("stat", "sampled"), ("time_format", "time_form")] {
            assert_eq!(help(flag, &names(SOURCE)), format!("it is called `{key}` here"));
        }
    }

    #[test]
    fn a_key_of_another_table_is_told_with_its_place() {
        let told = help("currency", &names(PLAN));
        assert!(
            told.starts_with("`currency` stands at the top of the file, above the first `[table]`; accepted here: horizon"),
            "{told}"
        );
        let told = help("horizon", &names(SOURCE));
        assert!(told.starts_with("`horizon` is a key of `plan`; accepted here: name"), "{told}");
    }

    #[test]
    fn a_slip_is_mended_and_nonsense_gets_the_list() {
        assert_eq!(help("horizn", &names(PLAN)), "did you mean `horizon`?");
        assert!(help("zzzzzz", &names(PLAN)).starts_with("accepted here: horizon"));
    }

    #[test]
    fn every_name_that_is_meant_is_a_key_and_none_of_the_others_stands_beside_it() {
        for (others, name) in CALLED {
            let mut places = Vec::new();
            find(name, "", MODEL, &mut places);
            assert!(!places.is_empty(), "`{name}` is no key");
            assert!(!others.contains(name));
        }
    }
}
