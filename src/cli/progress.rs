//! Tells progress: bars on a terminal, plain lines otherwise, JSON lines for machines, nothing when quiet.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use super::args::{LogFormat, Talk};
use crate::observe::{Event, Observer};
use crate::report::format::counted;

/// Set by Ctrl-C, asked by engines between parts.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C (and a request to terminate) ask politely first; the second one ends the program at once.
pub fn listen_for_interrupts() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    // Without a handler the system's own applies: the program ends, and the unfinished folder is removed by the next run.
    drop(ctrlc::set_handler(handler));
}

/// Shows events to the user.
pub struct Progress {
    form: Form,
    bars: Mutex<BTreeMap<String, ProgressBar>>,
    /// By stage, in lines: how often it began, and its parts together.
    begun: Mutex<BTreeMap<String, (u64, u64)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Silent,
    Bars,
    Lines,
    Json,
}

impl Progress {
    /// As the flags and the terminal want it.
    pub fn new(talk: Talk) -> Self {
        let form = match talk {
            Talk { log_format: LogFormat::Json, .. } => Form::Json,
            Talk { quiet: true, .. } => Form::Silent,
            _ if std::io::stderr().is_terminal() => Form::Bars,
            _ => Form::Lines,
        };
        Self { form, bars: Mutex::default(), begun: Mutex::default() }
    }

    /// A stage is told when it first begins; how often it was begun again, at the end.
    fn begins(&self, stage: &str, work: u64) -> Option<String> {
        let mut begun = self.begun.lock().ok()?;
        let (times, parts) = begun.entry(stage.to_owned()).or_default();
        (*times, *parts) = (*times + 1, *parts + work);
        (*times == 1).then(|| format!("{stage}: {}", counted(work as usize, "part")))
    }

    fn on_bar(&self, event: &Event<'_>) {
        let Ok(mut bars) = self.bars.lock() else { return };
        match *event {
            Event::Started { stage, work } => {
                let style = ProgressStyle::with_template("{msg:>10} {bar:40} {pos}/{len} {eta}");
                let bar = ProgressBar::new(work).with_message(stage.to_owned());
                bars.insert(stage.to_owned(), bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())));
            }
            Event::Advanced { stage, parts } => {
                if let Some(bar) = bars.get(stage) {
                    bar.inc(parts);
                }
            }
            Event::Finished { stage } => {
                if let Some(bar) = bars.remove(stage) {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

impl Observer for Progress {
    fn on(&self, event: &Event<'_>) {
        let line = match (self.form, event) {
            (Form::Silent, _) => None,
            (Form::Bars, _) => {
                self.on_bar(event);
                None
            }
            (Form::Lines, Event::Started { stage, work }) => self.begins(stage, *work),
            (Form::Lines, _) => None,
            (Form::Json, Event::Started { stage, work }) => {
                Some(serde_json::json!({"event": "started", "stage": stage, "work": work}).to_string())
            }
            (Form::Json, Event::Advanced { .. }) => None,
            (Form::Json, Event::Finished { stage }) => Some(serde_json::json!({"event": "finished", "stage": stage}).to_string()),
        };
        if let Some(line) = line {
            // Nobody listening to stderr is no reason to stop a run.
            let _nobody_listening = writeln!(std::io::stderr().lock(), "{line}");
        }
    }

    fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let Ok(begun) = self.begun.lock() else { return };
        for (stage, (times, parts)) in begun.iter().filter(|(_, (times, _))| *times > 1) {
            let _nobody_listening = writeln!(std::io::stderr().lock(), "{stage}: {times} times, {parts} parts in all");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_begins_again_and_again_is_one_line() {
        let progress = Progress { form: Form::Lines, bars: Mutex::default(), begun: Mutex::default() };
        assert_eq!(progress.begins("simulate orders", 200).as_deref(), Some("simulate orders: 200 parts"));
        assert_eq!(progress.begins("simulate orders", 100), None);
        assert_eq!(progress.begins("simulate base", 5).as_deref(), Some("simulate base: 5 parts"));
        assert_eq!(progress.begins("ingest", 1).as_deref(), Some("ingest: 1 part"));
        assert_eq!(progress.begun.lock().unwrap()["simulate orders"], (2, 300));
    }
}
