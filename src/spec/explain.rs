//! Problems as people read them: the line, what is wrong underlined, what to do.
#![expect(clippy::disallowed_methods, reason = "the lines of a model file are shown again")]

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use crate::problem::Problem;

/// All problems, each with its line underlined where the file is a model file that can be shown.
#[must_use]
pub fn explain(problems: &[Problem], color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_links(false);
    let mut text = String::new();
    for problem in problems {
        let shown = Shown::of(problem);
        match &shown {
            Some(shown) if handler.render_report(&mut text, shown).is_ok() => text.push('\n'),
            _ => text.push_str(&format!("{problem}\n")),
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
