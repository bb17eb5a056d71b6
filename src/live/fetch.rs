//! A fetch: the plan of requests, the threads that send them, and the putting together in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::{Answer, Data, Point};
use super::exchange::{Exchange, Fault};
use super::kept::{self, Kept};
use super::promql::Wording;
use super::spans::Span;
use super::{Context, Query};
use crate::formats::Stat;
use crate::observe::Event;
use crate::problem::Problem;
use crate::time::Timestamp;

/// An answer about younger time is not kept: samples may still arrive (remote write, agents that were cut off, rules).
const SETTLED_SECONDS: i64 = 600;
/// Requests at a time, whatever is declared: a monitoring system has other work.
const MOST_THREADS: usize = 32;
/// The stage's name for observers.
const STAGE: &str = "fetch";

/// One part of the work: a statistic over a stretch of time.
pub(super) struct Job {
    pub(super) stat: Stat,
    pub(super) span: Span,
}

/// What one answer holds.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) series: Vec<(BTreeMap<String, String>, Vec<Point>)>,
    /// What the server warns of: the answer may lack something.
    pub(super) warnings: Vec<String>,
    /// What it remarks.
    pub(super) infos: Vec<String>,
    /// Native histograms left out.
    pub(super) histograms: u64,
    /// Points that were not asked for, left out.
    pub(super) strays: u64,
}

/// Kept in place of an answer that was too large: it was asked for in pieces of so many bins.
#[derive(Serialize, Deserialize)]
struct Split {
    split: i64,
}

/// Everything that the threads share.
pub(super) struct Fetch<'f> {
    exchange: &'f Exchange<'f>,
    kept: Kept<'f>,
    query: &'f Query,
    context: &'f Context<'f>,
    wording: Wording,
    /// Bins asked for at once; less after a server has said that it was too much.
    most: AtomicI64,
}

impl<'f> Fetch<'f> {
    pub(super) fn new(
        exchange: &'f Exchange<'f>,
        kept: Kept<'f>,
        query: &'f Query,
        context: &'f Context<'f>,
        wording: Wording,
    ) -> Self {
        let most = AtomicI64::new(context.limits.points());
        Self { exchange, kept, query, context, wording, most }
    }

    /// Does all jobs, several at a time, and hands over their parts in the order of the jobs.
    pub(super) fn run(&self, jobs: &[Job], take: &mut dyn FnMut(&Job, Part) -> Result<(), Problem>) -> Result<(), Problem> {
        let threads = self.context.limits.concurrency.clamp(1, MOST_THREADS).min(jobs.len());
        let turns = Turns::new(jobs.len(), 2 * threads + 2);
        let observer = self.context.observer;
        observer.on(&Event::Started { stage: STAGE, work: jobs.len() as u64 });
        let mut problems = BTreeMap::new();
        let mut taken = 0;
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..threads {
                let (sender, turns) = (sender.clone(), &turns);
                scope.spawn(move || {
                    while let Some(number) = turns.next(&|| self.exchange.is_halted()) {
                        let mut parts = Vec::new();
                        let done = self.collect(&jobs[number], jobs[number].span, &mut parts);
                        if done.is_err() {
                            self.exchange.halt();
                        }
                        // The receiver lives as long as the scope.
                        drop(sender.send((number, done.map(|()| parts))));
                    }
                });
            }
            drop(sender);
            let mut early = BTreeMap::new();
            for (number, done) in receiver {
                match done {
                    Ok(parts) => drop(early.insert(number, parts)),
                    Err(problem) => drop(problems.insert(number, problem)),
                }
                while problems.is_empty()
                    && let Some(parts) = early.remove(&taken)
                {
                    if let Err(problem) = parts.into_iter().try_for_each(|part| take(&jobs[taken], part)) {
                        problems.insert(taken, problem);
                    }
                    observer.on(&Event::Advanced { stage: STAGE, parts: 1 });
                    taken += 1;
                    turns.advance(taken);
                }
                if !problems.is_empty() {
                    self.exchange.halt();
                }
            }
        });
        // The threads that were told to stop say so too; what stopped them is the reason.
        let reason = problems.values().find(|problem| problem.slug != "run/interrupted").or_else(|| problems.values().next());
        match reason {
            Some(problem) => Err(problem.clone()),
            None if taken < jobs.len() => Err(self.interrupted()),
            None => {
                observer.on(&Event::Finished { stage: STAGE });
                Ok(())
            }
        }
    }

    fn interrupted(&self) -> Problem {
        let message = "saw an interrupt, expected to go on; what has been fetched is kept where a folder for it was given";
        Problem::new("run/interrupted", self.exchange.address.base.as_str(), message)
    }

    /// Gets a stretch, from what is kept or from the server, in as many pieces as that needs.
    fn collect(&self, job: &Job, span: Span, parts: &mut Vec<Part>) -> Result<(), Problem> {
        let expression = self.wording.of(&self.query.query, job.stat);
        let name = self.name(&expression, span);
        let settled = span.end() <= self.context.now.0 - SETTLED_SECONDS;
        if settled && let Some(bytes) = self.kept.get(&name) {
            if let Some(part) = Answer::<Data>::parse(&bytes).ok().and_then(|answer| Part::of(answer, job, span)) {
                parts.push(part);
                return Ok(());
            }
            if let Ok(Split { split }) = serde_json::from_slice(&bytes)
                && (1..span.bins).contains(&split)
            {
                return self.in_pieces(job, span, split, parts);
            }
        }
        let most = self.most.load(Ordering::Relaxed);
        let less =
            if span.bins > most { Some(most) } else { self.request(job, span, expression, settled.then_some(&name), parts)? };
        let Some(less) = less else {
            return Ok(());
        };
        if settled {
            self.kept.put(&name, &serde_json::to_vec(&Split { split: less }).unwrap_or_default())?;
        }
        self.in_pieces(job, span, less, parts)
    }

    /// Asks for a stretch, and keeps the answer under `name`. When that is too much at once: how many bins to ask for instead.
    fn request(
        &self,
        job: &Job,
        span: Span,
        expression: String,
        name: Option<&String>,
        parts: &mut Vec<Part>,
    ) -> Result<Option<i64>, Problem> {
        match self.exchange.ask::<Data>("/api/v1/query_range", &parameters(expression, job, span), &about(span)) {
            Ok((answer, bytes)) => {
                let part = Part::of(answer, job, span).ok_or_else(|| self.not_a_matrix())?;
                if let Some(name) = name.filter(|_| part.warnings.is_empty()) {
                    self.kept.put(name, &bytes)?;
                }
                parts.push(part);
                Ok(None)
            }
            Err(Fault::Final(problem)) => Err(problem),
            Err(Fault::TooMuch(text)) if span.bins == 1 => Err(self.too_much(&text, span)),
            Err(Fault::TooMuch(_)) => Ok(Some(span.bins / 2)),
        }
    }

    fn in_pieces(&self, job: &Job, span: Span, most: i64, parts: &mut Vec<Part>) -> Result<(), Problem> {
        self.most.fetch_min(most, Ordering::Relaxed);
        span.pieces(most).into_iter().try_for_each(|piece| self.collect(job, piece, parts))
    }

    fn name(&self, expression: &str, span: Span) -> String {
        let (start, end, step) = (span.start().to_string(), span.end().to_string(), span.step.to_string());
        let tenant = self.query.tenant.as_deref().unwrap_or("");
        kept::name(&["1", &self.exchange.address.base, tenant, expression, &start, &end, &step])
    }

    fn too_much(&self, text: &str, span: Span) -> Problem {
        let text = self.context.access.without_secrets(text);
        let message = format!("saw {text} for a single bin, expected {}", about(span));
        Problem::new("live/too-large", format!("{}/api/v1/query_range", self.exchange.address.base), message)
            .help("try fewer series (`sum by (…)`, a narrower selector), a finer --step, or a coarser --resolution")
    }

    fn not_a_matrix(&self) -> Problem {
        let message = "saw an answer that is no series over a range, expected a matrix";
        Problem::new("live/not-prometheus", format!("{}/api/v1/query_range", self.exchange.address.base), message)
            .help("look whether the address is that of the API of Prometheus")
    }
}

/// Statistics are evaluated at the end of each bin, raw values at its start.
fn instants(job: &Job, span: Span) -> (i64, i64) {
    if job.stat == Stat::Raw { (span.start(), span.end() - span.step) } else { (span.start() + span.step, span.end()) }
}

fn parameters(expression: String, job: &Job, span: Span) -> [(&'static str, String); 4] {
    let (first, last) = instants(job, span);
    [("query", expression), ("start", first.to_string()), ("end", last.to_string()), ("step", span.step.to_string())]
}

fn about(span: Span) -> String {
    format!("series from {} to {}", Timestamp(span.start()), Timestamp(span.end()))
}

impl Part {
    /// `None` when it is no matrix.
    fn of(answer: Answer<Data>, job: &Job, span: Span) -> Option<Self> {
        let data = answer.data?;
        if data.result_type != "matrix" {
            return None;
        }
        let mut part =
            Self { warnings: answer.warnings.unwrap_or_default(), infos: answer.infos.unwrap_or_default(), ..Self::default() };
        if answer.is_partial == Some(true) && part.warnings.is_empty() {
            part.warnings.push("the answer is partial: some storage nodes did not answer".to_owned());
        }
        let (first, last) = instants(job, span);
        let asked = first.saturating_mul(1_000)..=last.saturating_mul(1_000);
        for mut series in data.result {
            let before = series.values.len();
            series.values.retain(|point| asked.contains(&point.0));
            part.strays += (before - series.values.len()) as u64;
            part.histograms += series.histograms.len() as u64;
            part.series.push((series.metric, series.values));
        }
        // Servers do not promise an order of the series.
        part.series.sort_by(|one, other| one.0.cmp(&other.0));
        Some(part)
    }
}

/// Who is next. No thread runs further ahead than `window` jobs of what has been taken, so that memory is bounded.
struct Turns {
    state: Mutex<(usize, usize)>,
    changed: Condvar,
    jobs: usize,
    window: usize,
}

impl Turns {
    fn new(jobs: usize, window: usize) -> Self {
        Self { state: Mutex::new((0, 0)), changed: Condvar::new(), jobs, window }
    }

    fn next(&self, halted: &dyn Fn() -> bool) -> Option<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let (next, taken) = *state;
            if next >= self.jobs || halted() {
                return None;
            }
            if next < taken + self.window {
                state.0 += 1;
                return Some(next);
            }
            let waited = self.changed.wait_timeout(state, Duration::from_millis(100));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn advance(&self, taken: usize) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = taken;
        self.changed.notify_all();
    }
}
