//! `plimsoll generate`: a recipe to data files, `truth.json` and CARD.md.
#![expect(clippy::disallowed_methods, reason = "recipes are read here")]

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{manifest, write_whole};
use crate::error::Error;
use crate::generate::{self, Asked, Fleet, HostUsage, Recipe, Store};
use crate::problem::Problem;
use crate::render::{self, Frame, Values};
use crate::time::{DAY_SECONDS, Day};

/// How to make the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Order {
    /// CSV beside Parquet.
    pub csv: bool,
    /// In place of the recipe's seed.
    pub seed: Option<u64>,
    /// Overwrite files that differ.
    pub force: bool,
}

/// Reads a recipe.
///
/// # Errors
/// All its problems at once, with line and column where the file's syntax is at fault.
pub fn read_recipe(path: &Path) -> Result<Recipe, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let recipe: Recipe = toml::from_str(&text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() as u64 + 1);
        let problem = Problem::new("spec/recipe", path, error.message().to_owned());
        Error::Problems(vec![Problem { line, span: error.span(), ..problem }])
    })?;
    let wrong = |errors: Vec<generate::Error>| {
        Error::Problems(errors.iter().map(|error| Problem::new("spec/recipe", path, error.to_string())).collect())
    };
    recipe.check().map_err(wrong)?;
    Ok(recipe)
}

/// Makes every file of a recipe, in memory: name and bytes, in order of the names.
///
/// # Errors
/// When a table cannot be encoded.
pub fn files(recipe: &Recipe, csv: bool) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut frames = Vec::new();
    let mut truth = json!({"schema": "plimsoll-truth/1", "seed": recipe.seed, "recipe": recipe});
    if !recipe.service.is_empty() {
        let refused = |errors: Vec<generate::Error>| {
            Error::Problems(errors.iter().map(|error| Problem::new("spec/recipe", "recipe.toml", error.to_string())).collect())
        };
        let fleet = generate::fleet(recipe).map_err(refused)?;
        frames.extend(fleet_frames(recipe, &fleet));
        truth["services"] = json!(fleet.truth);
    }
    if let Some(store) = generate::store(recipe) {
        frames.extend(store_frames(recipe, &store));
        truth["future_bytes"] = json!(store.future_bytes);
        truth["imports"] = json!(store.imports);
    }
    if !recipe.workload.is_empty() {
        let asked = generate::workloads(recipe);
        frames.push(("demand-hourly".to_owned(), demand_frame(&asked)));
        truth["workloads"] = json!(asked.iter().map(|one| one.truth(recipe)).collect::<Vec<_>>());
    }
    let mut files = Vec::new();
    for (name, frame) in frames {
        if name == DRIVES || csv {
            files.push((format!("{name}.csv"), encoded(&name, render::frame_csv(&frame))?));
        }
        if name != DRIVES {
            files.push((format!("{name}.parquet"), encoded(&name, render::frame_parquet(&frame))?));
        }
    }
    files.push(("truth.json".to_owned(), format!("{truth:#}\n").into_bytes()));
    let card = card(recipe, &files);
    files.push(("CARD.md".to_owned(), card.into_bytes()));
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

const DRIVES: &str = "drive-failures";

fn encoded(name: &str, bytes: Result<Vec<u8>, render::Error>) -> Result<Vec<u8>, Error> {
    bytes.map_err(|error| Error::Render { file: name.to_owned(), reason: error.to_string() })
}

/// Makes and writes every file; each is there whole or not at all.
///
/// # Errors
/// Problems of the recipe; [`Error::Output`] when a file cannot be written; a problem for each file that is there and differs,
/// unless forced.
pub fn write(recipe: &Path, folder: &Path, order: &Order) -> Result<Vec<PathBuf>, Error> {
    let mut recipe = read_recipe(recipe)?;
    recipe.seed = order.seed.unwrap_or(recipe.seed);
    let files = files(&recipe, order.csv)?;
    let differs = |path: &Path, bytes: &[u8]| std::fs::read(path).is_ok_and(|there| there != bytes);
    let kept: Vec<Problem> = files
        .iter()
        .map(|(name, bytes)| (folder.join(name), bytes))
        .filter(|(path, bytes)| !order.force && differs(path, bytes))
        .map(|(path, _)| {
            Problem::new("output/exists", path, "it is there and differs from what would be written")
                .help("name another folder, or overwrite with --force")
        })
        .collect();
    if !kept.is_empty() {
        return Err(Error::Problems(kept));
    }
    files
        .iter()
        .map(|(name, bytes)| {
            let path = folder.join(name);
            write_whole(&path, bytes).map(|()| path)
        })
        .collect()
}

fn fleet_frames(recipe: &Recipe, fleet: &Fleet) -> Vec<(String, Frame)> {
    let change = recipe.unit_change.map_or(i64::MIN, |day| i64::from(day.0) * DAY_SECONDS);
    let split = |keep: &dyn Fn(i64) -> bool, mib: bool| usage_frame(&fleet.hourly, keep, mib);
    let mut frames = Vec::new();
    if recipe.unit_change.is_some() {
        frames.push(("usage-hourly-mib".to_owned(), split(&|at| at < change, true)));
    }
    frames.push(("usage-hourly".to_owned(), split(&|at| at >= change, false)));
    if recipe.fine_days > 0 {
        frames.push(("usage-5min".to_owned(), usage_frame(&fleet.fine, &|_| true, false)));
    }
    frames
}

fn usage_frame(hosts: &[HostUsage], keep: &dyn Fn(i64) -> bool, mib: bool) -> Frame {
    let kept =
        || hosts.iter().flat_map(|host| host.time.iter().enumerate().filter(|(_, at)| keep(**at)).map(move |(i, _)| (host, i)));
    let memory = |(host, i): (&HostUsage, usize)| host.memory_mib[i] * if mib { 1 } else { 1_048_576 };
    Frame {
        columns: vec![
            ("time".to_owned(), Values::Instant(kept().map(|(host, i)| host.time[i]).collect())),
            ("service".to_owned(), Values::Text(kept().map(|(host, _)| host.service.clone()).collect())),
            ("zone".to_owned(), Values::Text(kept().map(|(host, _)| host.zone.clone()).collect())),
            ("host".to_owned(), Values::Text(kept().map(|(host, _)| host.host.clone()).collect())),
            ("cpu_percent".to_owned(), Values::Number(kept().map(|(host, i)| Some(host.cpu_percent[i])).collect())),
            (if mib { "memory_mib" } else { "memory_bytes" }.to_owned(), Values::Integer(kept().map(memory).collect())),
            ("requests_per_second".to_owned(), Values::Number(kept().map(|(host, i)| Some(host.requests[i])).collect())),
        ],
    }
}

fn demand_frame(asked: &[Asked]) -> Frame {
    let words = |of: &dyn Fn(&Asked) -> &String| {
        Values::Text(asked.iter().flat_map(|one| std::iter::repeat_n(of(one).clone(), one.time.len())).collect())
    };
    Frame {
        columns: vec![
            ("time".to_owned(), Values::Instant(asked.iter().flat_map(|one| one.time.iter().copied()).collect())),
            ("workload".to_owned(), words(&|one| &one.workload)),
            ("metric".to_owned(), words(&|one| &one.metric)),
            ("value".to_owned(), Values::Number(asked.iter().flat_map(|one| one.amount.iter().map(|at| Some(*at))).collect())),
        ],
    }
}

fn store_frames(recipe: &Recipe, store: &Store) -> Vec<(String, Frame)> {
    let day = |index: usize| recipe.first.plus(index as i32);
    let rows =
        || store.nodes.iter().flat_map(|node| node.bytes.iter().enumerate().map(move |(index, bytes)| (node, index, *bytes)));
    let disks = Frame {
        columns: vec![
            ("time".to_owned(), Values::Instant(rows().map(|(_, index, _)| i64::from(day(index).0) * DAY_SECONDS).collect())),
            ("node".to_owned(), Values::Text(rows().map(|(node, _, _)| node.node.clone()).collect())),
            ("disk_bytes".to_owned(), Values::Integer(rows().map(|(_, _, bytes)| bytes).collect())),
        ],
    };
    let text = |of: &dyn Fn(&generate::Drive) -> String| Values::Text(store.drives.iter().map(of).collect());
    let drives = Frame {
        columns: vec![
            ("drive".to_owned(), text(&|drive| drive.drive.clone())),
            ("node".to_owned(), text(&|drive| drive.node.clone())),
            ("installed".to_owned(), text(&|drive| drive.installed.to_string())),
            ("failed".to_owned(), text(&|drive| drive.failed.map_or_else(String::new, |day| day.to_string()))),
        ],
    };
    vec![("disk-daily".to_owned(), disks), (DRIVES.to_owned(), drives)]
}

fn card(recipe: &Recipe, files: &[(String, Vec<u8>)]) -> String {
    let mut text = format!("# Data card\n\n{}\n\n", recipe.about);
    text.push_str("- **Source**: made by `plimsoll generate` from `recipe.toml` in this folder; nobody was measured.\n");
    text.push_str("- **Licence**: that of the project (MIT or Apache-2.0).\n");
    text.push_str(&format!("- **Period**: {} to {}, civil days in UTC; instants are UTC.\n", recipe.first, recipe.last));
    text.push_str("- **Truth**: `truth.json` holds the recipe, the storms, and the demand of the days after the last.\n");
    text.push_str(&format!("- **Make it again**: `plimsoll generate recipe.toml -o fresh` (seed {}).\n\n", recipe.seed));
    text.push_str(&columns_of(recipe));
    text.push_str("\n## Checksums\n\n| file | bytes | SHA-256 |\n|---|--:|---|\n");
    for (name, bytes) in files {
        text.push_str(&format!("| `{name}` | {} | `{}` |\n", bytes.len(), manifest::checksum(bytes)));
    }
    text
}

fn columns_of(recipe: &Recipe) -> String {
    let mut text = String::from("## Columns and known defects\n\n");
    if recipe.storage.is_some() {
        text.push_str("- `disk-daily.parquet`: `disk_bytes` stored on each node at the end of the day, whole GB.\n");
        text.push_str(
            "- `drive-failures.csv`: life of each drive; an empty `failed` is a drive still running on the last day.\n",
        );
        return text;
    }
    let lost = recipe.missing * 100.0;
    if !recipe.workload.is_empty() {
        text.push_str(
            "- `demand-hourly.parquet`: `value` of each `metric` that each `workload` asked for, mean of the hour, four digits.\n",
        );
        text.push_str(&format!("- **Missing rows**: {lost} % of the hours were lost by the collector.\n"));
        return text;
    }
    text.push_str("- `cpu_percent`: percent of the host's cores, to 0.1; `requests_per_second`, to 0.1; memory in whole MiB.\n");
    text.push_str("- Each row is the *average* over its step: peaks within an hour are hidden in the hourly files.\n");
    if let Some(day) = recipe.unit_change {
        text.push_str(&format!(
            "- **Unit change**: until {} memory was reported in MiB (`usage-hourly-mib.parquet`, column `memory_mib`), \
             since then in bytes.\n",
            Day(day.0 - 1)
        ));
    }
    text.push_str(&format!(
        "- **Missing rows**: {lost} % of the bins were lost by the collector; a host that is down has none.\n"
    ));
    text
}
