//! `df`: how full the file systems are, at one moment that the output does not name.
//!
//! Sizes are in blocks whose size the header names (`1K-blocks`, `1B-blocks`), or with a letter each (`-h`, `-BG`): then they are rounded
//! UP to two digits or whole units, in powers of 1024 (of 1000 under `-H`, which looks the same). Used and available do not add up to
//! the size: some blocks are reserved. Names of file systems and mount points may have blanks; a long name may take a line of its
//! own. Headers are in the caller's language. Specification: the manual of the GNU core utilities, and POSIX for `-P`.

use std::collections::BTreeSet;

use super::faults::Faults;
use super::lines::Lines;
use crate::formats::{Head, Identity, Input, Options, Parser, Reading};
use crate::problem::Problem;
use crate::source::Kind;

type Problems = Vec<Problem>;

/// `df`.
pub(super) const DF: Parser = Parser { format: "df", says: "df, a snapshot of file systems", recognise, read };

/// What the first and last columns are called in some languages.
const LANGUAGES: &[(&str, &str)] = &[
    ("Filesystem", "Mounted on"),
    ("Dateisystem", "Eingehängt auf"),
    ("Sys. de fichiers", "Monté sur"),
    ("S.ficheros", "Montado en"),
    ("File system", "Montato su"),
    ("Sist. Arq.", "Montado em"),
    ("Filsystem", "Monterat på"),
    ("Bestandssysteem", "Aangekoppeld op"),
];

fn recognise(head: &Head) -> Option<String> {
    let (first, _) = header(head.first_line())?;
    Some(format!("its header begins with {first} and ends with the mount point"))
}

/// What the columns of the header are: names, in order, and which language.
fn header(line: &str) -> Option<(&'static str, Vec<String>)> {
    let line = line.trim();
    let (first, inner) =
        LANGUAGES.iter().find_map(|(first, last)| Some((*first, line.strip_prefix(first)?.strip_suffix(last)?)))?;
    let words: Vec<&str> = inner.split_whitespace().collect();
    if words.len() < 2 {
        return None;
    }
    let mut names = vec![first.to_owned()];
    // size may be several words (`blocs de 1K`): all before used, available and share
    let typed = matches!(words.first(), Some(&"Type" | &"Typ" | &"Tipo"));
    let own = words.len() - usize::from(typed);
    if typed {
        names.push("Type".to_owned());
    }
    let rest = words.get(usize::from(typed)..).unwrap_or_default();
    if own > 4 && !rest.iter().any(|word| matches!(*word, "Inodes" | "IUsed")) {
        names.push(rest.get(..own - 3)?.join(" "));
        names.extend(rest.get(own - 3..)?.iter().map(|word| (*word).to_owned()));
    } else {
        names.extend(rest.iter().map(|word| (*word).to_owned()));
    }
    names.push("Mounted on".to_owned());
    Some((first, names))
}

/// The unit of block counts under a header such as `1K-blocks`, `1024-blocks`, `blocs de 1K`, `1MB-blocks`; bytes under `Size`.
fn block_unit(name: &str) -> Option<&'static str> {
    let block = name.split([' ', '-']).find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(match block {
        "1B" | "1" => "bytes",
        "1K" | "1024" => "KiB",
        "1M" | "1048576" => "MiB",
        "1G" => "GiB",
        "1T" => "TiB",
        "1kB" => "kB",
        "1MB" => "MB",
        "1GB" => "GB",
        "512" | "512B" => "sectors",
        _ => return None,
    })
}

/// A size with a letter, in bytes: `252G`, `68K`, `1,5T`. Letters are powers of 1024, with a `B` behind them of 1000.
fn sized(text: &str) -> Option<String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ',').len();
    let (number, letters) = (text.get(..digits)?, text.get(digits..)?);
    let (letter, base) = match letters.strip_suffix('B') {
        Some("") => return None,
        Some(letter) => (letter, 1_000_u64),
        None => (letters.strip_suffix('i').unwrap_or(letters), 1_024),
    };
    let power = ["K", "M", "G", "T", "P", "E"].iter().position(|known| known.eq_ignore_ascii_case(letter))? as u32 + 1;
    let factor = base.checked_pow(power)?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor).map(|bytes| bytes.to_string());
    }
    number.replace(',', ".").parse::<f64>().ok().map(|number| (number * factor as f64).to_string())
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let Some(at) = options.at else {
        let message = "saw a snapshot of file systems without a time, expected its instant to be declared";
        return Err(vec![input.problem("ingest/needs-instant", message).help("try --at with the instant of the snapshot")]);
    };
    let mut lines = Lines::of(input, options)?;
    let (mut faults, mut names, mut wrapped) = (Faults::of(input, options), Vec::new(), String::new());
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    while let Some((line, text)) = lines.next()? {
        if let Some((_, columns)) = header(text) {
            names = columns;
            continue;
        }
        let text = format!("{wrapped}{text}");
        wrapped.clear();
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.len() {
            0 => continue,
            // a long name takes a line of its own
            1 => {
                wrapped = format!("{} ", text.trim());
                continue;
            }
            _ => {}
        }
        let Some(cells) = fitted(&names, &words) else {
            faults.ragged(reading, line, words.len(), names.len());
            continue;
        };
        let ends = cells.first().zip(cells.last()).map(|(first, last)| (first.clone(), last.clone()));
        if ends.is_some_and(|ends| !seen.insert(ends)) {
            reading
                .note("mounted-over", line, || "file systems mounted over one of their own name: the first row holds".to_owned());
            continue;
        }
        row(&names, &cells, at, line, reading, &mut faults)?;
    }
    faults.end()
}

/// The words of a row as cells: blanks within the file system's name and the mount point are joined again.
fn fitted(names: &[String], words: &[&str]) -> Option<Vec<String>> {
    let most = names.len().checked_sub(1)?;
    let extra = words.len().checked_sub(names.len())?;
    // the share stands before the mount point, which begins with a slash
    let share = words.windows(2).position(|pair| (pair[0].ends_with('%') || pair[0] == "-") && pair[1].starts_with('/'));
    let last = share.map_or(words.len() - 1, |share| share + 1).max(most);
    let behind = (words.len() - 1).checked_sub(last)?;
    let front = extra.checked_sub(behind)?;
    let mut cells = vec![words.get(..=front)?.join(" ")];
    cells.extend(words.get(front + 1..last)?.iter().map(|word| (*word).to_owned()));
    cells.push(words.get(last..)?.join(" "));
    (cells.len() == names.len()).then_some(cells)
}

fn row(
    names: &[String],
    cells: &[String],
    at: i64,
    line: u64,
    reading: &mut Reading<'_>,
    faults: &mut Faults<'_>,
) -> Result<(), Problems> {
    let (Some(filesystem), Some(mountpoint)) = (cells.first(), cells.last()) else { return Ok(()) };
    let mut labels = Identity::default().with("filesystem", filesystem).with("mountpoint", mountpoint);
    let blocks = names.iter().find_map(|name| block_unit(name));
    let inodes = names.iter().any(|name| matches!(name.as_str(), "Inodes" | "IUsed"));
    let mut found: Vec<(usize, String)> = Vec::new();
    let inner = names.len().saturating_sub(1);
    for (name, cell) in names.iter().zip(cells).take(inner).skip(1) {
        if matches!(name.as_str(), "Type" | "File") {
            labels = labels.with("type", cell);
            continue;
        }
        let share = cell.strip_suffix('%');
        let letters = sized(cell);
        let unit = match (&share, &letters) {
            (Some(_), _) => Some("percent"),
            (None, _) if name.ends_with('%') || name == "Capacity" => Some("percent"),
            (None, _) if name.starts_with('I') && inodes => None,
            (None, Some(_)) => Some("bytes"),
            (None, None) => blocks.or(Some("bytes")),
        };
        if letters.is_some() {
            reading.note("rounded-up", line, || {
                "sizes are rounded up to a few digits or to their unit (-h, -B): df -B1 is exact".to_owned()
            });
        }
        let id = Identity { metric: name.clone(), ..labels.clone() };
        let place = reading.placed(id, unit, Some(Kind::Gauge));
        found.push((place, letters.unwrap_or_else(|| share.unwrap_or(cell).to_owned())));
    }
    let found: Vec<(usize, &str)> = found.iter().map(|(place, text)| (*place, text.as_str())).collect();
    faults.push_row(reading, at, &found, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, f64, Option<String>)> {
        let input = Input::memory("df", text.as_bytes().to_vec());
        let reading = crate::formats::read(&input, &Options { at: Some(0), ..Options::default() }).unwrap();
        assert_eq!(reading.format, "df");
        let one = |series: &crate::formats::RawSeries| (series.id.to_string(), series.values.at(0).real(), series.unit.clone());
        reading.series.iter().filter(|series| !series.at.is_empty()).map(one).collect()
    }

    #[test]
    fn names_with_blanks_and_wrapped_lines_are_joined() {
        let text = "Filesystem     1K-blocks    Used Available Use% Mounted on\n//nas/my share  1000 500 500 50% /mnt/my share\n\
            /dev/mapper/a-very-long-name\n                    2000  100      1900   5% /data\nproc 0 0 0 - /proc\n";
        let all = values(text);
        assert_eq!(all[0].0, "1K-blocks{filesystem=\"//nas/my share\",mountpoint=\"/mnt/my share\"}");
        assert_eq!((all[0].1, all[0].2.as_deref()), (1000.0, Some("KiB")));
        assert_eq!(all[4].0, "1K-blocks{filesystem=\"/dev/mapper/a-very-long-name\",mountpoint=\"/data\"}");
        assert_eq!(all.len(), 11); // the share of proc is missing
    }

    #[test]
    fn letters_and_other_languages_are_understood() {
        let all = values("Dateisystem    Größe Benutzt Verf. Verw% Eingehängt auf\n/dev/vda        252G    1,5G   68K   33% /\n");
        assert_eq!((all[0].1, all[1].1, all[2].1, all[3].1), (270_582_939_648.0, 1_610_612_736.0, 69_632.0, 33.0));
        let all = values("Sys. de fichiers blocs de 1K Utilisé Disponible Uti% Monté sur\n/dev/vda 100 50 50 50% /\n");
        assert_eq!(
            (all[0].0.as_str(), all[0].2.as_deref()),
            ("blocs de 1K{filesystem=\"/dev/vda\",mountpoint=\"/\"}", Some("KiB"))
        );
        let all = values("Filesystem     Inodes IUsed IFree IUse% Mounted on\n/dev/vda 10 5 5 50% /\n");
        assert_eq!((all[0].2.clone(), all[3].2.as_deref()), (None, Some("percent")));
    }

    #[test]
    fn a_snapshot_needs_its_instant() {
        let input = Input::memory("df", b"Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/vda 1 1 1 1% /\n".to_vec());
        assert_eq!(crate::formats::read(&input, &Options::default()).err().unwrap()[0].slug, "ingest/needs-instant");
    }
}
