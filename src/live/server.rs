//! Which server it is, how its ranges end, and what it knows of a metric.

use std::collections::BTreeMap;

use super::answer::{Build, Data, Described};
use super::exchange::{Exchange, Fault};
use crate::problem::Problem;
use crate::source::Kind;

/// A server that has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// Its kind and version, in words.
    pub(super) name: String,
    /// Whether both ends of a range count.
    pub(super) closed: bool,
}

impl Server {
    /// Asks who is there. The first request of a fetch: a wrong address or missing credentials show here.
    pub(super) fn meet(exchange: &Exchange<'_>) -> Result<Self, Problem> {
        let closed = counts_both_ends(exchange)?;
        let about = "a server's build";
        let build = match exchange.ask::<Build>("/api/v1/status/buildinfo", &[], about) {
            Ok((answer, _)) => answer.data.unwrap_or_default(),
            Err(fault) => unless_stopped(fault)?,
        };
        Ok(Self { name: called(&build), closed: closed.unwrap_or(false) })
    }

    /// Gauge or counter, where the server knows.
    pub(super) fn kind(exchange: &Exchange<'_>, metric: &str) -> Result<Option<Kind>, Problem> {
        let parameters = [("metric", metric.to_owned())];
        let known = match exchange.ask::<BTreeMap<String, Vec<Described>>>(
            "/api/v1/metadata",
            &parameters,
            "what is known of a metric",
        ) {
            Ok((answer, _)) => answer.data.unwrap_or_default(),
            Err(fault) => unless_stopped(fault)?,
        };
        let kinds = known.get(metric).into_iter().flatten().map(|described| match described.kind.as_str() {
            "counter" => Some(Kind::Counter),
            "gauge" => Some(Kind::Gauge),
            _ => None,
        });
        // Targets may disagree; then nothing is known.
        let kinds: Vec<Option<Kind>> = kinds.collect();
        Ok(kinds.first().copied().flatten().filter(|first| kinds.iter().all(|kind| *kind == Some(*first))))
    }
}

/// What a server need not know: it goes on without, unless the work has to end.
fn unless_stopped<T: Default>(fault: Fault) -> Result<T, Problem> {
    match fault {
        Fault::Final(problem) if matches!(problem.slug, "run/interrupted" | "live/out-of-time" | "live/too-many-requests") => {
            Err(problem)
        }
        _ => Ok(T::default()),
    }
}

/// Asks how many of the ends of a minute a subquery of one minute has: tells Prometheus 2 from 3 whatever the server calls itself.
/// `None` when it does not say.
fn counts_both_ends(exchange: &Exchange<'_>) -> Result<Option<bool>, Problem> {
    let parameters = [("query", "count_over_time(vector(1)[1m:1m])".to_owned()), ("time", "1500000000".to_owned())];
    match exchange.ask::<Data>("/api/v1/query", &parameters, "an answer of the API of Prometheus") {
        Ok((answer, _)) => {
            let series = answer.data.and_then(|data| data.result.into_iter().next());
            let ends = series.and_then(|series| series.value).map(|point| point.1.real());
            Ok(ends.map(|ends| ends >= 2.0))
        }
        Err(Fault::Final(problem)) if problem.slug == "live/refused" => Ok(None),
        Err(Fault::Final(problem)) => Err(problem),
        Err(Fault::TooMuch(_)) => Ok(None),
    }
}

fn called(build: &Build) -> String {
    let Build { version, revision, application } = build;
    match application {
        _ if version.is_empty() => "a server that speaks as Prometheus does".to_owned(),
        Some(application) => format!("{application} {version}"),
        None if revision.as_ref().is_none_or(String::is_empty) => {
            format!("VictoriaMetrics or another that speaks as Prometheus {version}")
        }
        None if version.starts_with("0.") => format!("Thanos {version}"),
        None => format!("Prometheus {version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_by_what_they_say_of_their_build() {
        let build = |version: &str, revision: Option<&str>, application: Option<&str>| {
            called(&Build {
                version: version.into(),
                revision: revision.map(Into::into),
                application: application.map(Into::into),
            })
        };
        assert_eq!(build("2.42.0", Some("x"), None), "Prometheus 2.42.0");
        assert_eq!(build("2.13.0", Some("x"), Some("Grafana Mimir")), "Grafana Mimir 2.13.0");
        assert_eq!(build("0.34.1", Some("x"), None), "Thanos 0.34.1");
        assert!(build("2.24.0", None, None).starts_with("VictoriaMetrics"));
        assert!(build("", None, None).starts_with("a server"));
    }
}
