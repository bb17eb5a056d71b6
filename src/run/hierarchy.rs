//! `--hierarchy`: which series are sums of which, from a file; their forecasts and joint paths made to agree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::forecast::reconcile::Hierarchy;
use crate::ingest::{Sheet, Tidy, TidyColumns, TidySeries, first_problems, sheet};
use crate::problem::Problem;

/// How levels are made to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconcile {
    /// The lowest series are forecast, all others are their sums.
    Sum,
    /// All are forecast, and reconciled by the variances of their errors.
    Wls,
    /// All are forecast, and reconciled by the covariance of their errors, shrunk.
    Mint,
}

/// A hierarchy asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levelled {
    /// The file: rows of child and parent, or a row a lowest series with its groups in columns.
    pub path: PathBuf,
    /// How.
    pub reconcile: Reconcile,
    /// Paths from which the quantiles of sums are taken.
    pub paths: u32,
}

/// The series of a hierarchy: sums, then leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Names of the sums, those over most leaves first.
    pub sums: Vec<String>,
    /// Names of the leaves.
    pub leaves: Vec<String>,
    /// Which are sums of which.
    pub hierarchy: Hierarchy,
    /// What to tell the user.
    pub notes: Vec<String>,
}

impl Levels {
    /// The names of all series, sums first.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.sums.iter().chain(&self.leaves)
    }

    /// How many leaves a sum has.
    #[must_use]
    pub fn under(&self, sum: usize) -> usize {
        self.hierarchy.under(sum).len()
    }

    /// Reads a hierarchy and brings the series of a file into it: with [`Reconcile::Sum`] upper series of the file are left out, otherwise those
    /// that are missing are made as sums of their leaves.
    ///
    /// # Errors
    /// `ingest/*`, all at once: what is not a tree, leaves without a series, series outside the hierarchy, series that do not share their steps
    /// or do not end at one time.
    pub fn read(levelled: &Levelled, columns: &TidyColumns, tidy: &mut Tidy) -> Result<Self, Error> {
        let path = &levelled.path;
        let read = sheet(path).map_err(Error::Problems)?;
        let drawn = match (read.find("child"), read.find("parent")) {
            (Some(child), Some(parent)) => tree(&read, child, parent),
            _ => groups(&read, columns),
        };
        let (sums, leaves) = drawn.map_err(|problems| Error::Problems(first_problems(problems, path)))?;
        let mut levels = Self::of(sums, leaves, path)?;
        let problems = levels.fit(tidy, path);
        if !problems.is_empty() {
            return Err(Error::Problems(first_problems(problems, path)));
        }
        levels.bring(levelled.reconcile, tidy, path)?;
        Ok(levels)
    }

    fn of(sums: BTreeMap<String, BTreeSet<String>>, leaves: BTreeSet<String>, path: &Path) -> Result<Self, Error> {
        let leaves: Vec<String> = leaves.into_iter().collect();
        let place: BTreeMap<&str, usize> = leaves.iter().enumerate().map(|(at, leaf)| (leaf.as_str(), at)).collect();
        let mut sums: Vec<(String, Vec<usize>)> = sums
            .into_iter()
            .map(|(name, over)| (name, over.iter().filter_map(|leaf| place.get(leaf.as_str()).copied()).collect()))
            .collect();
        sums.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
        let (names, members): (Vec<String>, Vec<Vec<usize>>) = sums.into_iter().unzip();
        let hierarchy = Hierarchy::sums(leaves.len(), &members)
            .map_err(|error| Error::Problems(vec![Problem::new("ingest/hierarchy", path, error.to_string())]))?;
        Ok(Self { sums: names, leaves, hierarchy, notes: Vec::new() })
    }

    /// What does not fit between the file of series and the hierarchy.
    fn fit(&self, tidy: &Tidy, path: &Path) -> Vec<Problem> {
        let series: BTreeMap<&str, &TidySeries> = tidy.series.iter().map(|one| (one.id.as_str(), one)).collect();
        let mut problems = Vec::new();
        let refuse = |message: String, help: &str| Problem::new("ingest/hierarchy", path, message).help(help);
        for leaf in self.leaves.iter().filter(|leaf| !series.contains_key(leaf.as_str())) {
            let message = format!("`{leaf}` has nothing below it and is not a series of the input");
            problems.push(refuse(
                message,
                "every lowest series of a hierarchy has to be in --input: check the name, or take the row out",
            ));
        }
        let known: BTreeSet<&String> = self.names().collect();
        for one in tidy.series.iter().filter(|one| !known.contains(&one.id)) {
            let message = format!("series `{}` of the input is not in the hierarchy", one.id);
            problems.push(refuse(message, "add a row for it, or forecast it without --hierarchy"));
        }
        let all: Vec<&TidySeries> = self.names().filter_map(|name| series.get(name.as_str()).copied()).collect();
        let end = |one: &TidySeries| one.stamp(one.values.len().saturating_sub(1));
        let Some(first) = all.iter().max_by_key(|one| end(one)).copied() else { return problems };
        for one in &all {
            let (form, help) = (tidy.style.form, "the series of a hierarchy share their steps and end at one time");
            if one.pace != first.pace || one.index_of(first.stamp(0)).or(first.index_of(one.stamp(0))).is_none() {
                let (own, other) = (one.pace.in_words(form), first.pace.in_words(form));
                let message = format!(
                    "series `{}` has steps of {own} from {}, series `{}` of {other} from {}",
                    one.id,
                    tidy.style.text(one.first),
                    first.id,
                    tidy.style.text(first.first)
                );
                problems.push(refuse(message, help));
            } else if end(one) != end(first) {
                let (own, other) = (tidy.style.text(end(one)), tidy.style.text(end(first)));
                problems.push(refuse(format!("series `{}` ends at {own}, series `{}` at {other}", one.id, first.id), help));
            }
        }
        problems
    }

    /// Leaves out what is not forecast, and makes what has to be.
    fn bring(&mut self, reconcile: Reconcile, tidy: &mut Tidy, path: &Path) -> Result<(), Error> {
        let there: BTreeSet<&str> = tidy.series.iter().map(|one| one.id.as_str()).collect();
        let upper = self.sums.iter().filter(|sum| there.contains(sum.as_str())).count();
        if reconcile == Reconcile::Sum {
            if upper > 0 {
                self.notes.push(format!(
                    "{upper} upper series of the input are not used: sums are sums of the lowest series; --reconcile mint uses them"
                ));
            }
            let leaves: BTreeSet<&String> = self.leaves.iter().collect();
            tidy.series.retain(|one| leaves.contains(&one.id));
            return Ok(());
        }
        let place: BTreeMap<&str, &TidySeries> = tidy.series.iter().map(|one| (one.id.as_str(), one)).collect();
        let (mut made, mut problems) = (Vec::new(), Vec::new());
        for (at, sum) in self.sums.iter().enumerate().filter(|(_, sum)| !there.contains(sum.as_str())) {
            let of: Vec<&TidySeries> =
                self.hierarchy.under(at).iter().filter_map(|leaf| place.get(self.leaves[*leaf].as_str()).copied()).collect();
            let Some(one) = TidySeries::sum(sum, &of).filter(|one| one.seen() > 0) else {
                let message = format!("`{sum}` cannot be summed: at no step are all series below it known");
                let help = "give its own series in --input, or take --reconcile sum";
                problems.push(Problem::new("ingest/hierarchy", path, message).help(help));
                continue;
            };
            made.push(one);
        }
        if !problems.is_empty() {
            return Err(Error::Problems(first_problems(problems, path)));
        }
        if !made.is_empty() {
            self.notes.push(format!("{} upper series are not in the input and were summed from the lowest ones", made.len()));
        }
        tidy.series.extend(made);
        tidy.series.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(())
    }
}

/// The leaves below each sum, and all leaves.
type Sums = (BTreeMap<String, BTreeSet<String>>, BTreeSet<String>);

/// A tree from rows of child and parent; an empty parent is a root.
fn tree(sheet: &Sheet, child: usize, parent: usize) -> Result<Sums, Vec<Problem>> {
    let (mut above, mut inner, mut problems) = (BTreeMap::<&str, &str>::new(), BTreeSet::new(), Vec::new());
    let mut all = BTreeSet::new();
    for (row, cells) in sheet.rows.iter().enumerate() {
        let (own, up) = (cells[child].as_str(), cells[parent].as_str());
        if own.is_empty() || own == up {
            problems.push(sheet.problem(row, "child", &format!("`{own}` is not a series other than its parent `{up}`")));
            continue;
        }
        all.insert(own);
        if up.is_empty() {
            continue;
        }
        all.insert(up);
        inner.insert(up);
        if let Some(other) = above.insert(own, up) {
            problems.push(sheet.problem(row, "parent", &format!("`{own}` has two parents, `{other}` and `{up}`, expected one")));
        }
    }
    let leaves: BTreeSet<String> = all.difference(&inner).map(ToString::to_string).collect();
    let mut sums = BTreeMap::<String, BTreeSet<String>>::new();
    for (row, cells) in sheet.rows.iter().enumerate() {
        let own = cells[child].as_str();
        let mut at = own;
        // no way up is longer than there are series, unless it goes round in circles
        for _ in 0..all.len() {
            let Some(up) = above.get(at) else { break };
            if *up == own {
                problems.push(sheet.problem(row, "parent", &format!("`{own}` is its own ancestor")));
                break;
            }
            if leaves.contains(own) {
                sums.entry((*up).to_owned()).or_default().insert(own.to_owned());
            }
            at = up;
        }
    }
    if problems.is_empty() { Ok((sums, leaves)) } else { Err(problems) }
}

/// Groups from columns: a row a leaf, a sum for each value of each column, named `column=value`, and `total`.
fn groups(sheet: &Sheet, columns: &TidyColumns) -> Result<Sums, Vec<Problem>> {
    let help = "a hierarchy has the columns child and parent, or that of --id with a column for each way of grouping";
    let id = sheet.column(&columns.id, help)?;
    let (mut sums, mut leaves, mut problems) = (BTreeMap::<String, BTreeSet<String>>::new(), BTreeSet::new(), Vec::new());
    for (row, cells) in sheet.rows.iter().enumerate() {
        let leaf = &cells[id];
        if leaf.is_empty() || !leaves.insert(leaf.clone()) {
            problems.push(sheet.problem(row, &columns.id, &format!("`{leaf}` is not a series that no row before is of")));
        }
        sums.entry("total".to_owned()).or_default().insert(leaf.clone());
        for (at, name) in sheet.names.iter().enumerate().filter(|(at, _)| *at != id) {
            if cells[at].is_empty() {
                problems.push(sheet.problem(row, name, &format!("series `{leaf}` is in no group of it, expected a name")));
                continue;
            }
            sums.entry(format!("{name}={}", cells[at])).or_default().insert(leaf.clone());
        }
    }
    if problems.is_empty() { Ok((sums, leaves)) } else { Err(problems) }
}
