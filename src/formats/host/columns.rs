//! Columns of sysstat's tables: which name the item of a row, and which hold numbers.

use super::sysstat_units;
use crate::formats::{Identity, Reading};

/// Names of text columns that are not written in capitals.
const TEXTS: &[&str] = &["idvendor", "idprod", "manufact", "product", "status"];

/// Whether a column names what a row is about: `CPU`, `DEV`, `IFACE`, `FILESYSTEM`, `INTR`, …
pub(super) fn is_label(name: &str) -> bool {
    TEXTS.contains(&name) || (name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// The one name that two activities share (NFS client and TCP errors), told apart by its neighbour to the left.
pub(super) fn section(name: &str, before: Option<&str>) -> &'static str {
    match (name, before) {
        ("retrans/s", Some("call/s")) => "net-nfs",
        ("retrans/s", Some("estres/s")) => "net-etcp",
        _ => "",
    }
}

/// The labels of a row, by the names of their columns.
pub(super) fn labelled(host: &str, names: &[&str], cells: &[&str]) -> Identity {
    // sysstat has five of them at most; a header of nothing but labels is no table of its
    let labels = names.iter().zip(cells).filter(|(name, _)| is_label(name)).take(16);
    labels.fold(Identity::default().with("host", host), |id, (name, cell)| id.with(name, cell))
}

/// The series of one column of a row with these labels.
pub(super) fn place(reading: &mut Reading<'_>, labels: &Identity, name: &str, before: Option<&str>) -> usize {
    let section = section(name, before);
    let id = Identity { metric: name.to_owned(), ..labels.clone() }.with("section", section);
    reading.placed(id, sysstat_units::unit(section, name), Some(sysstat_units::kind(name)))
}

/// The series and text of every number of a row that stands under these names.
pub(super) fn numbers<'t>(reading: &mut Reading<'_>, host: &str, names: &[&str], cells: &[&'t str]) -> Vec<(usize, &'t str)> {
    let labels = labelled(host, names, cells);
    let (mut found, mut processors) = (Vec::with_capacity(names.len()), 0);
    for (at, (name, cell)) in names.iter().zip(cells).enumerate() {
        if !is_label(name) {
            let before = at.checked_sub(1).and_then(|before| names.get(before)).copied();
            // which processors these are is not said (all of them and their sum, or those asked for): told apart by position
            let place = if *name == "CPU*" {
                processors += 1;
                place(reading, &labels.clone().with("column", &processors.to_string()), name, before)
            } else {
                place(reading, &labels, name, before)
            };
            found.push((place, *cell));
        }
    }
    found
}
