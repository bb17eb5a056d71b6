//! Live sources: series asked of a monitoring system over the HTTP API of Prometheus, which VictoriaMetrics, Thanos, Mimir and others
//! speak too.
//!
//! ```text
//! Query (url, PromQL, start, end, step, statistics)          what is asked: no secret in it, fit for a manifest
//! Access::from_variables(&|name| std::env::var(name).ok())   credentials: never shown, never written
//! Context { access, limits, observer, clock, cache, now }    how: the caller's clock, folder, patience
//! fetch(&query, &context) -> Reading                         as from a file: examine, store or ingest it likewise
//! ```
//!
//! **Bins.** `step` cuts time into bins on multiples of the step since 1970 (UTC). A value covers `[start, start + step)` and is stamped
//! with the bin's **start**. Bins that are not over at `now` are not asked for. [`Stat::Raw`] is the value *at* the start of the bin.
//!
//! **Statistics.** Each is a series of its own, told apart by [`Stat`] and the label `stat`. By default both average and maximum are
//! asked for: an average over 5 minutes hides the peak that a pool must carry. A bare selector (`up{job="x"}`) is asked for by
//! `max_over_time(up[step])`, over its own samples. Any other expression is evaluated every [`Query::resolution`] seconds within a bin.
//!
//! **Counters.** A bare selector whose metric is a counter (the server's metadata say so, or its name ends in `_total`) is asked for as
//! `rate()`, or as it stands when declared [`Counter::Raw`]; without a declaration the rate is taken and the question put to the user.
//!
//! **Requests** are bounded in number, size, time and concurrency ([`Limits`]). What fails for a reason that may pass (connection, time,
//! 408, 425, 429, 5xx, an answer cut short) is tried again with exponential backoff and full jitter, or when the server says
//! (`Retry-After`). What is too much at once (points, samples, bytes, time) is asked for in halves. Anything else ends the fetch.
//! The result does not depend on any of that: parts are put together in the order of the plan.
//!
//! **Resume.** With a folder for it, every answer is kept under a hash of what it answers; a fetch that was interrupted goes on where it
//! was. Answers about the last 10 minutes before `now`, and answers with warnings, are never kept.
//!
//! **Problems** have the stage `live`: `url`, `credentials`, `insecure`, `query`, `unreachable`, `refused`, `denied`, `not-found`,
//! `not-prometheus`, `redirect`, `tls`, `too-large`, `too-many-requests`, `out-of-time`, `cache`; besides them `ingest/no-data` and
//! `run/interrupted`. Their `path` is the URL.

mod access;
mod address;
mod answer;
mod exchange;
mod fetch;
mod kept;
mod pace;
mod promql;
mod server;
mod spans;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

pub use access::{Access, Secret, VARIABLES};
pub use pace::{Clock, Wall};

use crate::formats::{Identity, NANOS, Reading, Stat, kind_of_name, unit_of_name};
use crate::observe::Observer;
use crate::problem::Problem;
use crate::source::Kind;
use crate::time::{Step, Timestamp};
use address::Address;
use exchange::Exchange;
use fetch::{Fetch, Job, Part};
use kept::Kept;
use promql::{Shape, Wording, resolution, shape};
use server::Server;
use spans::Span;

/// How a bare counter is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Its rate per second, over a window: `rate(x[window])`. Averages and maxima are those of the rate.
    Rate,
    /// The counter itself at the start of each bin; rates come later, and peaks within a bin are lost.
    Raw,
}

/// What is asked of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The server: `http://127.0.0.1:9090`, `https://metrics.example/prometheus`. Without credentials.
    pub url: String,
    /// PromQL.
    pub query: String,
    /// The first instant.
    pub start: Timestamp,
    /// The end, itself not included.
    pub end: Timestamp,
    /// The length of a bin.
    pub step: Step,
    /// Which statistics; [`Stat::Raw`] for values as they are at the start of each bin.
    pub stats: Vec<Stat>,
    /// How often an expression is evaluated within a bin; a divisor of the step near a tenth of it, at most a minute, when `None`.
    pub resolution: Option<Step>,
    /// Gauge or counter, where the user knows.
    pub kind: Option<Kind>,
    /// What to do with a counter.
    pub counter: Option<Counter>,
    /// The window of a counter's rate; four times the resolution, at least a minute, when `None`. Twice the scrape interval is the least.
    pub rate_window: Option<Step>,
    /// The tenant, sent as `X-Scope-OrgID`.
    pub tenant: Option<String>,
    /// The metric's name in the reading; the selector's own, or the query, when `None`.
    pub name: Option<String>,
}

impl Query {
    /// Asks for averages and maxima.
    #[must_use]
    pub fn new(url: &str, query: &str, start: Timestamp, end: Timestamp, step: Step) -> Self {
        Self {
            url: url.to_owned(),
            query: query.to_owned(),
            start,
            end,
            step,
            stats: vec![Stat::Average, Stat::Maximum],
            resolution: None,
            kind: None,
            counter: None,
            rate_window: None,
            tenant: None,
            name: None,
        }
    }

    /// What is wrong with it, without asking anyone.
    ///
    /// # Errors
    /// `live/url`, `live/query`: everything at once.
    pub fn check(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let address = Address::parse(&self.url).map_err(|problem| problems.push(problem));
        let path = address.map_or_else(|()| address::without_userinfo(&self.url), |address| address.base);
        let mut wrong = |when: bool, text: String, help: &str| {
            if when {
                problems.push(Problem::new("live/query", path.as_str(), text).help(help.to_owned()));
            }
        };
        wrong(self.query.trim().is_empty(), "saw no query, expected PromQL".to_owned(), "try --query 'up'");
        let year = 1..=366 * 86_400;
        wrong(!year.contains(&self.step.0), format!("saw a step of {} s, expected 1 s to a year", self.step.0), "try --step 5m");
        let (start, end) = (self.start, self.end);
        wrong(
            start >= end,
            format!("saw the start {start} not before the end {end}"),
            "try --start and --end the other way round",
        );
        let sane = 0..7_258_118_400; // 1970 to 2200
        let both = sane.contains(&start.0) && sane.contains(&end.0);
        wrong(!both, format!("saw {start} to {end}, expected instants from 1970 to 2200"), "try RFC 3339 instants");
        let distinct: BTreeSet<Stat> = self.stats.iter().copied().collect();
        let fine = !distinct.is_empty() && distinct.len() == self.stats.len();
        wrong(!fine, "saw no statistic, or one twice, expected each once".to_owned(), "try avg,max");
        let resolution = self.resolution.unwrap_or(Step(1)).0;
        let fits = (1..=self.step.0.max(1)).contains(&resolution);
        wrong(!fits, format!("saw a resolution of {resolution} s, expected 1 s to the step"), "try --resolution 30s");
        let window = self.rate_window.unwrap_or(Step(1)).0;
        wrong(
            !year.contains(&window),
            format!("saw a rate window of {window} s, expected 1 s to a year"),
            "try --rate-window 2m",
        );
        let header = |text: &String| text.is_empty() || text.bytes().any(|byte| !(b' '..0x7F).contains(&byte));
        wrong(self.tenant.as_ref().is_some_and(header), "saw a tenant that no header can carry".to_owned(), "try plain letters");
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// How much is asked of a server, and for how long.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Bins in one request, for each series; at most [`Limits::MOST_POINTS`]. More requests are smaller, and lose less when one fails.
    pub points: i64,
    /// Requests at a time.
    pub concurrency: usize,
    /// Tries of one request.
    pub tries: u32,
    /// The time one request may take, its answer read whole.
    pub request: Duration,
    /// The time the whole fetch may take.
    pub total: Duration,
    /// The size of one answer, unpacked, in bytes.
    pub answer_bytes: u64,
    /// Requests altogether, tries counted.
    pub requests: u64,
    /// The wait after the first failure; it doubles with each.
    pub backoff: Duration,
    /// The longest such wait. `Retry-After` may be longer.
    pub longest_wait: Duration,
    /// From which the jitter is drawn.
    pub seed: u64,
}

impl Limits {
    /// What Prometheus answers for one series: 11,000 points.
    pub const MOST_POINTS: i64 = 11_000;

    fn points(&self) -> i64 {
        self.points.clamp(1, Self::MOST_POINTS)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            points: 2_880,
            concurrency: 4,
            tries: 6,
            request: Duration::from_mins(1),
            total: Duration::from_mins(30),
            answer_bytes: 64 << 20,
            requests: 10_000,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            seed: 0,
        }
    }
}

/// What a fetch needs besides its query.
pub struct Context<'c> {
    /// Credentials.
    pub access: &'c Access,
    /// Bounds.
    pub limits: &'c Limits,
    /// Told of the progress (stage `fetch`, one part a request of the plan), asked whether to stop.
    pub observer: &'c dyn Observer,
    /// Deadlines and waits.
    pub clock: &'c dyn Clock,
    /// Where answers are kept; `None`: nowhere.
    pub cache: Option<&'c Path>,
    /// Now. Bins that end later are not asked for.
    pub now: Timestamp,
}

/// Asks a server for series.
///
/// # Errors
/// See the module. What was fetched before is kept where [`Context::cache`] says.
pub fn fetch(query: &Query, context: &Context<'_>) -> Result<Reading<'static>, Vec<Problem>> {
    let mut reading = Reading::default();
    fetch_into(query, context, &mut reading)?;
    Ok(reading)
}

/// The same, into a reading that may pass its samples on as it goes.
///
/// # Errors
/// As [`fetch`].
pub fn fetch_into(query: &Query, context: &Context<'_>, reading: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    query.check()?;
    let one = |problem: Problem| vec![problem];
    let address = Address::parse(&query.url).map_err(one)?;
    address.admits(context.access).map_err(one)?;
    let base = address.base.clone();
    let span = Span::covering(query.start, query.end, query.step, context.now);
    if span.bins == 0 {
        let message = format!("saw no whole bin of {} between {} and now, expected at least one", query.step, query.start);
        return Err(one(Problem::new("live/query", base, message).help("try an earlier --start or a finer --step")));
    }
    let exchange = Exchange::new(address, query.tenant.as_deref(), context);
    let kept = Kept::open(context.cache, context.limits.answer_bytes).map_err(one)?;
    let server = Server::meet(&exchange).map_err(one)?;
    reading.format = "prometheus-api";
    reading.why = format!("asked of {} at {base}", server.name);
    let manner = Manner::of(query, &exchange, reading).map_err(one)?;
    let jobs = manner.jobs(span, context.limits);
    if jobs.len() as u64 >= context.limits.requests {
        let message = format!("saw a need of {} requests, expected less than {}", jobs.len(), context.limits.requests);
        let help = "try a coarser --step, a narrower range, or raise the limit";
        return Err(one(Problem::new("live/too-many-requests", base, message).help(help)));
    }
    if query.end.0 > span.end() {
        reading.note("not-over", 0, || format!("bins after {} are not over and were not asked for", Timestamp(span.end())));
    }
    let fetch = Fetch::new(&exchange, kept, query, context, manner.wording(query, server.closed));
    let access = context.access;
    fetch.run(&jobs, &mut |job, part| manner.put(query, access, job, part, reading)).map_err(one)?;
    if reading.is_empty() {
        let message = format!("saw no sample from {} to {}, expected series of numbers over time", query.start, query.end);
        let help = "try the query in the server's own page; a rate needs a --rate-window of at least two scrapes";
        return Err(one(Problem::new("ingest/no-data", base, message).help(help)));
    }
    Ok(())
}

/// How a query is asked, and what its answers are.
struct Manner {
    stats: Vec<Stat>,
    /// Whether the rate of a counter is asked for.
    rate: bool,
    kind: Option<Kind>,
    unit: Option<String>,
    metric: String,
}

impl Manner {
    /// Finds out whether a bare selector is a counter, and asks the user where nobody says.
    fn of(query: &Query, exchange: &Exchange<'_>, reading: &mut Reading<'_>) -> Result<Self, Problem> {
        let plain = |kind, unit: Option<&str>, metric: &str| Self {
            stats: query.stats.clone(),
            rate: false,
            kind,
            unit: unit.map(str::to_owned),
            metric: metric.to_owned(),
        };
        let Shape::Selector(Some(metric)) = shape(&query.query) else {
            return Ok(plain(query.kind, None, query.query.trim()));
        };
        let known = match query.kind {
            Some(kind) => Some(kind),
            None => Server::kind(exchange, metric)?.or_else(|| kind_of_name(metric)),
        };
        let unit = unit_of_name(metric);
        if known != Some(Kind::Counter) {
            if known.is_none() {
                reading.ask(
                    2,
                    "--kind",
                    format!("Is `{metric}` a gauge or a counter? The server does not say; a gauge is assumed."),
                );
            }
            return Ok(plain(known, unit, metric));
        }
        if query.counter == Some(Counter::Raw) {
            return Ok(Self { stats: vec![Stat::Raw], ..plain(known, unit, metric) });
        }
        if query.counter.is_none() {
            let text = format!("`{metric}` is a counter: its rate is asked for. Is the counter itself wanted?");
            reading.ask(3, "--counter", text);
        }
        // The rate of seconds may be cores or a ratio: only the user knows.
        let per_second = match unit {
            Some("bytes") => Some("bytes/s"),
            None => Some("1/s"),
            Some(_) => None,
        };
        Ok(Self { rate: true, ..plain(Some(Kind::Gauge), per_second, metric) })
    }

    fn wording(&self, query: &Query, closed: bool) -> Wording {
        let step = query.step.0;
        let resolution = query.resolution.map_or_else(|| resolution(step), |declared| declared.0);
        let window = query.rate_window.map_or((4 * resolution).max(60), |declared| declared.0);
        Wording { closed, step, resolution, rate: self.rate.then_some(window) }
    }

    fn jobs(&self, span: Span, limits: &Limits) -> Vec<Job> {
        let pieces = span.pieces(limits.points());
        self.stats.iter().flat_map(|stat| pieces.iter().map(|span| Job { stat: *stat, span: *span })).collect()
    }

    /// Puts an answer's samples where they belong.
    fn put(&self, query: &Query, access: &Access, job: &Job, part: Part, reading: &mut Reading<'_>) -> Result<(), Problem> {
        for text in part.warnings {
            let sentence = format!("the server warns: {}", verdict::plain(&access.without_secrets(&text)));
            reading.warn("server-warning", 0, || sentence.clone());
            reading.incomplete.get_or_insert(sentence);
        }
        for text in part.infos {
            reading.note("server-info", 0, || format!("the server remarks: {}", verdict::plain(&access.without_secrets(&text))));
        }
        if part.histograms > 0 {
            reading.warn("native-histogram", 0, || {
                "native histograms are no numbers: left out; ask for histogram_quantile()".to_owned()
            });
        }
        if part.strays > 0 {
            reading.warn("stray-sample", 0, || "samples outside what was asked for: left out".to_owned());
        }
        let back = if job.stat == Stat::Raw { 0 } else { query.step.0.saturating_mul(NANOS) };
        for (labels, points) in part.series {
            let place = reading.series(self.identity(query, labels, job.stat));
            if let Some(unit) = &self.unit {
                reading.unit(place, unit);
            }
            if let Some(kind) = self.kind {
                reading.kind(place, kind);
            }
            for point in points {
                reading.push(place, point.0.saturating_mul(1_000_000).saturating_sub(back), point.1, 0)?;
            }
        }
        Ok(())
    }

    /// The declared name, or the one in the answer (`rate()` and its like drop it), or the one in the query. Labels are the metric's own;
    /// one that is called `stat` makes room for ours.
    fn identity(&self, query: &Query, mut labels: BTreeMap<String, String>, stat: Stat) -> Identity {
        let name = labels.remove("__name__");
        let metric = query.name.clone().or(name).unwrap_or_else(|| self.metric.clone());
        if let Some(own) = labels.remove("stat") {
            labels.insert("exported_stat".to_owned(), own);
        }
        let id = Identity { metric, labels, stat: Stat::Raw };
        if stat == Stat::Raw { id } else { id.stat(stat.name()) }
    }
}
