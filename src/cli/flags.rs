//! Flags as people of other programs type them: what they are called here.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Names that other programs have, the verbs that it is about (all, where none is named), and what is to be typed.
const ELSEWHERE: &[(&[&str], &[&str], &str)] = &[
    (
        &["-o", "--output", "--out", "--outdir", "--output-dir", "--dir"],
        &["run"],
        "a run writes a folder of its own: `--runs DIR` says below which",
    ),
    (&["-o", "--output", "--out"], &["plan"], "tables go to stdout: `--format csv > plan.csv`"),
    (&["--out", "--outfile", "--output-file"], &[], "`-o FILE` (`--output`) names the output"),
    (
        &["-n", "--samples", "--simulations", "--iterations", "--trials", "--futures"],
        &[],
        "`--replications N` is how many futures are simulated",
    ),
    (&["-v", "-vv", "--verbose", "--debug"], &[], "progress is told unless `--quiet`; `--log-format json` tells every event"),
    (&["--silent", "-s"], &[], "`--quiet` says nothing but errors"),
    (&["-f", "--file", "--in", "--data"], &["forecast", "backtest", "anomalies"], "`--input FILE` names the file of series"),
    (
        &["-c", "--config", "-m", "--model", "-f", "--file"],
        &["run", "check", "plan", "simulate"],
        "the model file, or its folder, stands without a flag: `plimsoll run MODEL`",
    ),
    (
        &["--date", "--today", "--asof", "--until", "--end"],
        &["run", "plan", "simulate"],
        "`--as-of DATE` is the last day of history to use",
    ),
    (&["--days", "--period", "--months"], &["run", "plan", "simulate"], "`--horizon 180` is how many days are planned for"),
    (&["--param", "--var", "-D", "--override"], &[], "`--set KEY=VALUE` puts a value in place of the model file's"),
    (&["--format"], &["run"], "`--json` prints the run; `plimsoll report RUN --format json` prints its report"),
    (&["-f", "--force", "--overwrite", "--rerun"], &["run"], "`--again` computes a run that is there already"),
    (
        &["--timezone", "--zone", "--time-zone"],
        &["inspect", "ingest", "bins"],
        "`--tz Europe/Berlin` is the zone of times without an offset",
    ),
    (&["--dryrun", "--plan"], &["run"], "`--dry-run` says what would be done"),
];

/// The error with what the flag is called here. Where nothing is near, it is not told how to pass the flag as a value: nobody means that.
pub fn told(mut error: clap::Error, typed: &[String]) -> clap::Error {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    let tip = match error.kind() {
        ErrorKind::UnknownArgument => {
            let seen = text(ContextKind::InvalidArg);
            let verb = typed.iter().skip(1).find(|word| !word.starts_with('-')).cloned().unwrap_or_default();
            hint(&verb, &seen).map(str::to_owned)
        }
        ErrorKind::InvalidSubcommand if text(ContextKind::InvalidSubcommand) == "version" => {
            Some("`plimsoll --version` prints it".to_owned())
        }
        _ => return error,
    };
    match (tip, error.kind()) {
        (Some(tip), _) => {
            for kind in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue] {
                error.remove(kind);
            }
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
        }
        (None, ErrorKind::UnknownArgument) => {
            error.remove(ContextKind::Suggested);
        }
        _ => {}
    }
    error
}

fn hint(verb: &str, seen: &str) -> Option<&'static str> {
    let name = seen.split(['=', ' ']).next().unwrap_or(seen);
    let meant =
        |(names, verbs, _): &&(&[&str], &[&str], &str)| names.contains(&name) && (verbs.is_empty() || verbs.contains(&verb));
    ELSEWHERE.iter().find(meant).map(|(_, _, tip)| *tip)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::Arguments;

    fn said(line: &str) -> String {
        let typed: Vec<String> = line.split(' ').map(str::to_owned).collect();
        told(Arguments::try_parse_from(&typed).unwrap_err(), &typed).to_string()
    }

    #[test]
    fn a_flag_of_another_program_is_told_by_its_name_here() {
        for (line, tip) in [
            ("plimsoll run . --output out", "`--runs DIR`"),
            ("plimsoll run . --out=x", "`--runs DIR`"),
            ("plimsoll run . -n 100", "`--replications N`"),
            ("plimsoll run . --verbose", "`--log-format json`"),
            ("plimsoll forecast --file x.csv", "`--input FILE`"),
            ("plimsoll version", "`plimsoll --version`"),
        ] {
            let said = said(line);
            assert!(said.contains("tip: ") && said.contains(tip), "{line}: {said}");
            assert!(!said.contains("-- -") && !said.contains("similar"), "{line}: {said}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_keeps_what_is_near_and_nonsense_gets_no_advice() {
        assert!(said("plimsoll run . --replication 5").contains("'--replications'"));
        assert!(said("plimsoll simulte .").contains("'simulate'"));
        let nonsense = said("plimsoll run . --zzz");
        assert!(nonsense.contains("unexpected argument '--zzz'") && !nonsense.contains("tip"), "{nonsense}");
    }

    #[test]
    fn no_flag_that_there_is_stands_among_those_that_are_not() {
        let program = Arguments::command();
        for (names, verbs, tip) in ELSEWHERE {
            for verb in program.get_subcommands().filter(|verb| verbs.contains(&verb.get_name())) {
                for argument in verb.get_arguments() {
                    let long = argument.get_long().map(|name| format!("--{name}"));
                    let short = argument.get_short().map(|name| format!("-{name}"));
                    let there = [long, short].into_iter().flatten().find(|name| names.contains(&name.as_str()));
                    assert_eq!(there, None, "{}: {tip}", verb.get_name());
                }
            }
        }
    }
}
