//! Lines of `sadf -dh`, where all activities stand side by side and a group that ends in `[...]` repeats once an item.
//!
//! The header does not say how often. It shows in the row: an item of the same group has a label of the same sort, and its numbers are
//! printed alike (with decimals or without) as those of the first item. A label that comes again begins the next group.

use std::collections::BTreeSet;

use super::columns::is_label;

/// The columns that end the groups of sysstat's activities, for a group that does not repeat.
const LAST: &[&str] = &[
    "%idle",
    "blg_len",
    "MHz",
    "wghMHz",
    "ovrun/s",
    "%util",
    "%ifutil",
    "txfifo/s",
    "%Iused",
    "fch_txw/s",
    "DEVICE",
    "product",
    "status",
];

/// Columns that belong together: a label with its numbers, or numbers alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    names: Vec<String>,
    repeats: bool,
}

/// Splits the names of a horizontal header into groups.
pub(super) fn groups(names: &[&str]) -> Vec<Group> {
    let mut all: Vec<Group> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut close = |open: &mut Vec<String>, repeats: bool| {
        if !open.is_empty() {
            all.push(Group { names: std::mem::take(open), repeats });
        }
    };
    for name in names {
        let bare = name.strip_suffix("[...]").unwrap_or(name);
        let within = open.first().is_some_and(|first| is_label(first));
        let begins = is_label(bare) && !(within && (bare == "DEVICE" || !bare.bytes().all(|byte| byte.is_ascii_uppercase())));
        if begins {
            close(&mut open, false);
        }
        open.push(bare.to_owned());
        let labelled = open.first().is_some_and(|first| is_label(first));
        if bare.len() < name.len() || (labelled && LAST.contains(&bare) && open.len() > 1) {
            close(&mut open, bare.len() < name.len());
        }
    }
    close(&mut open, false);
    all
}

/// How a cell is printed: as text, whole or with decimals.
#[derive(PartialEq, Clone, Copy)]
enum Shape {
    Text,
    Whole,
    Decimal,
}

fn shape(cell: &str) -> Shape {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    match numeric {
        false => Shape::Text,
        true if digits.contains(['.', ',']) => Shape::Decimal,
        true => Shape::Whole,
    }
}

/// One item of a row: its names and its cells, as many.
pub(super) type Item<'h, 'r> = (Vec<&'h str>, Vec<&'r str>);

/// Cuts a row into items; `None` when it does not fit the header.
pub(super) fn items<'h, 'r>(groups: &'h [Group], cells: &[&'r str]) -> Option<Vec<Item<'h, 'r>>> {
    let (mut all, mut at) = (Vec::new(), 0);
    let mut after: usize = groups.iter().map(|group| group.names.len()).sum();
    for group in groups {
        let names = widened(group, cells.get(at..)?);
        let width = names.len();
        let first = cells.get(at..at + width)?;
        all.push((names.clone(), first.to_vec()));
        at += width;
        after = after.saturating_sub(group.names.len());
        let mut last = first;
        let mut seen: BTreeSet<&str> = first.first().copied().into_iter().collect();
        while group.repeats && at + width + after <= cells.len() {
            let next = cells.get(at..at + width)?;
            let new = next.first().is_some_and(|label| !seen.contains(label));
            if !(new && follows(first, last, next)) {
                break;
            }
            seen.extend(next.first());
            all.push((names.clone(), next.to_vec()));
            (last, at) = (next, at + width);
        }
    }
    (at == cells.len()).then_some(all)
}

/// The names of a group, where `CPU*` stands for as many columns as there are numbers before the next label.
fn widened<'h>(group: &'h Group, cells: &[&str]) -> Vec<&'h str> {
    let mut names: Vec<&str> = group.names.iter().map(String::as_str).collect();
    if names.last() == Some(&"CPU*") {
        let numbers = cells.iter().skip(names.len() - 1).take_while(|cell| shape(cell) == Shape::Decimal).count();
        names.extend(std::iter::repeat_n("CPU*", numbers.saturating_sub(1)));
    }
    names
}

/// Whether the next cells are one more item of the group.
fn follows(first: &[&str], last: &[&str], next: &[&str]) -> bool {
    let alike = first.iter().zip(next).skip(1).all(|(a, b)| shape(a) == shape(b));
    let (Some(first), Some(last), Some(label)) = (first.first(), last.first(), next.first()) else { return false };
    let number = |text: &str| text.parse::<i64>().ok();
    alike
        && match (number(last), number(label)) {
            (Some(last), Some(next)) => next > last,
            _ => shape(first) != Shape::Whole && shape(label) == Shape::Text || *first == "sum" && shape(label) != Shape::Decimal,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(header: &str, row: &str) -> Option<Vec<String>> {
        let groups = groups(&header.split(';').collect::<Vec<_>>());
        let cells: Vec<&str> = row.split(';').collect();
        Some(items(&groups, &cells)?.iter().map(|(names, cells)| format!("{}={}", names.join(","), cells.join(","))).collect())
    }

    #[test]
    fn items_of_several_groups_are_told_apart_by_how_their_numbers_are_printed() {
        let header = "CPU;%user;%idle[...];kbmemfree;kbavail;runq-sz;IFACE;rxpck/s;txpck/s[...]";
        let row = "-1;0.48;1.00;0;0.50;2.00;1;0.10;0.20;9609792;21652216;12;lo;10.48;10.48;eth0;0.00;0.00";
        let all = cut(header, row).unwrap();
        assert_eq!(all.len(), 6);
        assert_eq!(all[2], "CPU,%user,%idle=1,0.10,0.20");
        assert_eq!(all[3], "kbmemfree,kbavail,runq-sz=9609792,21652216,12");
        assert_eq!(all[5], "IFACE,rxpck/s,txpck/s=eth0,0.00,0.00");
    }

    #[test]
    fn a_group_that_does_not_repeat_ends_with_its_last_column() {
        let all = cut("DEV;tps;%util;call/s;INTR;CPU*[...]", "vda;1.00;2.00;3.00;sum;7.00;4.00;24;1.00;2.00").unwrap();
        assert_eq!(
            all,
            ["DEV,tps,%util=vda,1.00,2.00", "call/s=3.00", "INTR,CPU*,CPU*=sum,7.00,4.00", "INTR,CPU*,CPU*=24,1.00,2.00"]
        );
        let all = cut("IFACE;rxpck/s[...];IFACE;rxerr/s[...]", "lo;1.00;eth0;2.00;lo;0.00;eth0;0.00").unwrap();
        assert_eq!(all[2..], ["IFACE,rxerr/s=lo,0.00", "IFACE,rxerr/s=eth0,0.00"]);
        assert_eq!(cut("DEV;tps;%util", "vda;1.00"), None);
        assert_eq!(cut("DEV;tps;%util", "vda;1.00;2.00;3.00"), None);
    }
}
