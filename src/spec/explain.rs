//! Problems as people read them: the line, what is wrong underlined, what to do.
#![expect(clippy::disallowed_methods, reason = "the lines of a model file are shown again")]

use std::collections::BTreeMap;
use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use crate::problem::Problem;

/// Problems of one name and one help that are shown with their lines; of the others a line each is told.
const MOST_ALIKE: usize = 4;

/// All problems, each with its line underlined where the file is a model file that can be shown.
#[must_use]
pub fn explain(problems: &[Problem], color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_links(false);
    let mut text = String::new();
    let mut alike: BTreeMap<(&str, Option<&str>), Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        let group = alike.entry((problem.slug, problem.help.as_deref())).or_default();
        group.push(problem);
        // the same missing key of forty units: a few are shown, the others named below
        if problem.span.is_some() && group.len() > MOST_ALIKE {
            continue;
        }
        let shown = Shown::of(problem);
        match &shown {
            Some(shown) if handler.render_report(&mut text, shown).is_ok() => text.push('\n'),
            _ => text.push_str(&format!("{problem}\n")),
        }
    }
    for more in alike.values().filter(|group| group.len() > MOST_ALIKE) {
        let hidden: Vec<&&Problem> = more.iter().skip(MOST_ALIKE).filter(|problem| problem.span.is_some()).collect();
        if let Some(first) = hidden.first() {
            text.push_str(&format!("{}: {} more of these:\n", first.slug, hidden.len()));
            for problem in hidden {
                text.push_str(&format!("  line {}: {}\n", problem.line.unwrap_or(0), problem.message));
            }
            text.push('\n');
        }
    }
    if problems.len() > 1 {
        text.push_str(&format!("{} problems\n", problems.len()));
    }
    text
}

/// A problem with the text around it.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    source: NamedSource<String>,
    label: LabeledSpan,
}

impl<'a> Shown<'a> {
    fn of(problem: &'a Problem) -> Option<Self> {
        let span = problem.span.clone()?;
        let text = std::fs::read_to_string(&problem.path).ok().filter(|text| span.end <= text.len())?;
        let source = NamedSource::new(problem.path.display().to_string(), text);
        Some(Self { problem, source, label: LabeledSpan::new_with_span(Some("here".to_owned()), span) })
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.problem.slug))
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}
