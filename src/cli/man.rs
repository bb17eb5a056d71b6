//! `plimsoll man`: manual pages, made from the same words as `--help`.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::args::{Arguments, Talk};
use super::{json, show};
use crate::error::Error;
use crate::run;

/// Flags of `man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll man | man -l -
  plimsoll man /usr/local/share/man/man1")]
pub struct ManArgs {
    /// Write the pages of all verbs to this folder, made if missing; the page of `plimsoll` goes to stdout unless given.
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Prints the page of the program, or writes all pages.
pub fn man(typed: &ManArgs, talk: Talk) -> Result<(), Error> {
    let pages = pages()?;
    let Some(folder) = &typed.folder else {
        let first = pages.first().map_or(&[][..], |(_, page)| page.as_slice());
        return show::data(first);
    };
    run::write_all(folder, &pages)?;
    let paths: Vec<PathBuf> = pages.iter().map(|(name, _)| folder.join(name)).collect();
    json::wrote(&paths, talk)
}

/// The pages by file name: the program's first, then a verb each.
fn pages() -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned().collect::<Vec<_>>();
    std::iter::once(command).chain(verbs).map(page).collect()
}

fn page(command: clap::Command) -> Result<(String, Vec<u8>), Error> {
    let version = command.get_version().unwrap_or_default().to_owned();
    let man = Man::new(command).manual("plimsoll").source(format!("plimsoll {version}"));
    let (name, mut page) = (man.get_filename(), Vec::new());
    man.render(&mut page).map_err(|error| Error::Render { file: name.clone(), reason: error.to_string() })?;
    Ok((name, page))
}

#[cfg(test)]
mod tests {
    use super::pages;

    #[test]
    fn every_verb_has_a_page_with_its_name_and_examples() {
        let pages = pages().unwrap();
        assert_eq!(pages[0].0, "plimsoll.1");
        for name in ["plimsoll-run.1", "plimsoll-explain.1", "plimsoll-man.1"] {
            let page = pages.iter().find(|page| page.0 == name).map(|page| String::from_utf8(page.1.clone()).unwrap());
            let page = page.unwrap_or_else(|| panic!("no {name}"));
            assert!(page.contains(".TH") && page.contains("Examples:"), "{page}");
        }
        let text = String::from_utf8(pages[0].1.clone()).unwrap();
        for (name, _) in &pages[1..] {
            let reference = name.trim_end_matches(".1").replace('-', "\\-");
            assert!(text.contains(&reference), "plimsoll.1 does not name {reference}");
        }
    }
}
