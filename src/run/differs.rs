//! How the inputs of two runs differ, in words: a line a difference.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

/// Files by name and checksum.
pub(super) type Sums = [(String, String)];

/// Characters of a value that are told.
const LONG: usize = 40;

/// Files that changed, went and came.
pub(super) fn files(old: &Sums, new: &Sums) -> Vec<String> {
    let of = |all: &Sums, name: &str| -> Vec<String> {
        all.iter().filter(|(other, _)| other == name).map(|(_, sum)| sum.clone()).collect()
    };
    let names: BTreeSet<&str> = old.iter().chain(new).map(|(name, _)| name.as_str()).collect();
    let told = names.into_iter().filter_map(|name| {
        let (before, after) = (of(old, name), of(new, name));
        let what = match (before.is_empty(), after.is_empty()) {
            (true, _) => "is new",
            (_, true) => "is gone",
            _ if before != after => "changed",
            _ => return None,
        };
        Some(format!("data: {name} {what}"))
    });
    told.collect()
}

/// Keys of a model file whose values changed, went and came; one line where the texts alone differ (a comment, an order).
pub(super) fn keys(old: &str, new: &str) -> Vec<String> {
    let (Ok(old), Ok(new)) = (old.parse::<Table>(), new.parse::<Table>()) else {
        return vec!["model: its text".to_owned()];
    };
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    flatten("", &Value::Table(old), &mut before);
    flatten("", &Value::Table(new), &mut after);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let told = names.into_iter().filter_map(|name| match (before.get(name), after.get(name)) {
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) => Some(format!("model: {name} {} → {}", short(old), short(new))),
        (Some(old), None) => Some(format!("model: {name} is gone (was {})", short(old))),
        (None, new) => Some(format!("model: {name} is new ({})", new.map(|value| short(value)).unwrap_or_default())),
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { vec!["model: only comments or layout".to_owned()] } else { told }
}

/// Values by their path: `pool.web.risk`, `order[0].units`.
fn flatten(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Table(table) if !table.is_empty() => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, value, found);
            }
        }
        Value::Array(values) if values.iter().any(Value::is_table) => {
            for (at, value) in values.iter().enumerate() {
                flatten(&format!("{path}[{at}]"), value, found);
            }
        }
        value => {
            found.insert(path.to_owned(), value.to_string());
        }
    }
}

fn short(value: &str) -> String {
    let one_line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= LONG {
        return one_line;
    }
    one_line.chars().take(LONG - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_changed_went_and_came_are_named_with_their_values() {
        let old = "seed = 1\n[pool.web]\nunit = \"m8\"\ngrowth = 0.1\n[[order]]\nunits = 2\n";
        let new = "# said again\nseed = 1\n[pool.web]\nunit = \"m8\"\nlots = [1, 2]\n[[order]]\nunits = 3\n";
        let wanted =
            ["model: order[0].units 2 → 3", "model: pool.web.growth is gone (was 0.1)", "model: pool.web.lots is new ([1, 2])"];
        assert_eq!(keys(old, new), wanted);
        assert_eq!(keys(old, &format!("# a comment\n{old}")), ["model: only comments or layout"]);
        assert_eq!(keys(old, "not = toml = at all"), ["model: its text"]);
    }

    #[test]
    fn a_long_value_is_cut_by_letters() {
        let told = keys("a = \"x\"", &format!("a = \"{}\"", "ü".repeat(100)));
        assert_eq!(told, [format!("model: a \"x\" → \"{}…", "ü".repeat(LONG - 2))]);
    }

    #[test]
    fn files_that_changed_went_and_came_are_named() {
        let sums =
            |all: &[(&str, &str)]| -> Vec<(String, String)> { all.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect() };
        let told = files(&sums(&[("a", "1"), ("b", "2"), ("c", "3")]), &sums(&[("a", "1"), ("b", "9"), ("d", "4")]));
        assert_eq!(told, ["data: b changed", "data: c is gone", "data: d is new"]);
    }
}
