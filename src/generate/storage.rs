use super::recipe::{Recipe, Storage};
use crate::stats::Distribution;
use crate::stream::{Address, Seed, Stream};
use crate::time::Day;

/// One node's stored bytes by day.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeUsage {
    /// The node.
    pub node: String,
    /// Bytes at the end of each day of history, whole GB.
    pub bytes: Vec<i64>,
}

/// One drive's life.
#[derive(Debug, Clone, PartialEq)]
pub struct Drive {
    /// Its name.
    pub drive: String,
    /// Its node.
    pub node: String,
    /// The day it went into service.
    pub installed: Day,
    /// The day it failed; `None`: still running on the last day.
    pub failed: Option<Day>,
}

/// A generated storage service.
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    /// Bytes by node.
    pub nodes: Vec<NodeUsage>,
    /// The drives, with replacements, by name.
    pub drives: Vec<Drive>,
    /// Bytes in all on each future day.
    pub future_bytes: Vec<f64>,
    /// Imports: day and TB.
    pub imports: Vec<(Day, f64)>,
}

/// Makes the storage service of a recipe; `None` when it has none.
#[must_use]
pub fn store(recipe: &Recipe) -> Option<Store> {
    let storage = recipe.storage.as_ref()?;
    let (total, imports) = total(recipe, storage);
    let days = recipe.days() as usize;
    let nodes = (0..storage.nodes).map(|node| node_usage(recipe, storage, node, &total[..days])).collect();
    let drives = (0..storage.nodes * storage.drives_per_node).flat_map(|slot| drives(recipe, storage, slot)).collect();
    Some(Store { nodes, drives, future_bytes: total[days..].to_vec(), imports })
}

fn root(recipe: &Recipe) -> Stream {
    Stream::root(Seed(recipe.seed)).named("storage")
}

/// Bytes in all at the end of each day of history and future.
fn total(recipe: &Recipe, storage: &Storage) -> (Vec<f64>, Vec<(Day, f64)>) {
    let mut rng = root(recipe).at(Address::of("bytes")).rng();
    let mut pace_rng = root(recipe).at(Address::of("future pace")).rng();
    let future_shift = recipe.future_pace_sd * pace_rng.normal();
    let (mut bytes, mut pace_log, mut imports) = (storage.first_tb * 1e12, 0.0, Vec::new());
    let days = (recipe.days() + recipe.future_days) as usize;
    let all = (0..days).map(|index| {
        let day = recipe.first.plus(index as i32);
        let annual = recipe.pace.iter().rev().find(|pace| pace.from <= day).map_or(0.0, |pace| pace.annual);
        let annual = if day > recipe.last { annual + future_shift } else { annual };
        pace_log += (1.0 + annual).ln() / 365.25;
        let weekend = if day.weekday() >= 5 { 0.6 } else { 1.0 };
        bytes += storage.daily_tb * 1e12 * pace_log.exp() * weekend * (storage.daily_sd * rng.normal()).exp();
        let (import, size) = (rng.uniform() < storage.imports_per_year / 365.25, rng.exponential() * storage.import_tb);
        if import {
            bytes += size * 1e12;
            imports.push((day, size));
        }
        let date = day.date();
        if date == date.last_of_month() && date.month() % 3 == 0 {
            bytes *= 1.0 - storage.quarterly_deletion;
        }
        bytes
    });
    (all.collect(), imports)
}

fn node_usage(recipe: &Recipe, storage: &Storage, node: u32, total: &[f64]) -> NodeUsage {
    let mut rng = root(recipe).named("node").at(Address::of("node").child(u64::from(node))).rng();
    let share = (1.0 + 0.03 * rng.normal()) / f64::from(storage.nodes);
    let bytes = total.iter().map(|bytes| (bytes * share * (1.0 + 0.001 * rng.normal()) / 1e9).round() as i64 * 1_000_000_000);
    NodeUsage { node: node_name(node), bytes: bytes.collect() }
}

fn node_name(node: u32) -> String {
    format!("store-{:02}", node + 1)
}

/// The drives that stood in one slot, each until it failed; the first was up to two years old on the first day.
fn drives(recipe: &Recipe, storage: &Storage, slot: u32) -> Vec<Drive> {
    let life = Distribution::Weibull { shape: storage.drive_shape, scale: storage.drive_scale_years * 365.25 };
    let mut rng = root(recipe).named("drive").at(Address::of("slot").child(u64::from(slot))).rng();
    let node = node_name(slot / storage.drives_per_node);
    let mut installed = recipe.first.plus(-(rng.below(730) as i32));
    let mut all: Vec<Drive> = Vec::new();
    loop {
        let failed = installed.plus(life.sample(&mut rng).ceil().min(1e6) as i32);
        let drive = format!("{node}-d{:02}-{}", slot % storage.drives_per_node + 1, all.len() + 1);
        let seen = (failed <= recipe.last).then_some(failed);
        if seen.is_none_or(|failed| failed >= recipe.first) {
            all.push(Drive { drive, node: node.clone(), installed, failed: seen });
        }
        match seen {
            Some(failed) => installed = failed.plus(1),
            None => return all,
        }
    }
}
