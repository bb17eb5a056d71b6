//! What a failure means: try again, ask for less, or give up, with the server's own words.

use std::time::Duration;

use serde::de::IgnoredAny;

use super::answer::Answer;

/// Why one request had no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Trying again may help, after a while that the server may have named.
    Again { text: String, wait: Option<Duration> },
    /// Less at once may help.
    TooMuch(String),
    /// Nothing helps.
    Never { slug: &'static str, text: String, help: &'static str },
}

/// Words of servers that mean: ask for less at once. Prometheus, Thanos, Mimir and VictoriaMetrics each have their own.
const TOO_MUCH: &[&str] = &[
    "exceeded maximum resolution",
    "maxpointspertimeseries",
    "too many points",
    "too many samples",
    "query timed out",
    "query timeout",
    "timeout exceeded",
    "deadline exceeded",
    "exceeds the limit",
    "exceeded the limit",
    "query-length",
    "maxsamplesperquery",
];

impl Failure {
    fn again(text: impl Into<String>) -> Self {
        Self::Again { text: text.into(), wait: None }
    }

    /// What the network or the library says.
    pub(super) fn from_transport(error: ureq::Error, allowed: Duration) -> Self {
        use ureq::Error as E;
        let tls = |text: String| Self::Never {
            slug: "live/tls",
            text: format!("TLS fail ({text})"),
            help: "try PLIMSOLL_CA_CERT with the authority that signed the server's certificate; PLIMSOLL_CLIENT_CERT and \
                   PLIMSOLL_CLIENT_KEY if it asks for one",
        };
        match error {
            E::Timeout(_) => Self::again(format!("no whole answer within {} s", allowed.as_secs_f64())),
            E::BodyExceedsLimit(most) => Self::TooMuch(format!("an answer of more than {most} bytes")),
            E::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => tls(error.to_string()),
            E::Io(error) => Self::again(error.to_string()),
            E::Rustls(error) => tls(error.to_string()),
            E::Tls(text) => tls(text.to_owned()),
            E::Pem(_) => tls("a certificate that is not PEM".to_owned()),
            E::HostNotFound => Self::again("a host that has no address"),
            E::BadUri(_) | E::Http(_) => Self::Never {
                slug: "live/url",
                text: "something that cannot be sent".to_owned(),
                help: "look at the URL and the tenant for odd characters",
            },
            other => Self::again(other.to_string()),
        }
    }
}

/// What an answer with an error means.
pub(super) fn judge(status: u16, wait: Option<Duration>, body: &[u8]) -> Failure {
    let answer = Answer::<IgnoredAny>::parse(body).ok();
    let kind = answer.as_ref().and_then(|answer| answer.error_type.clone()).unwrap_or_default();
    let said = answer.and_then(|answer| answer.error).unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    let text = format!("HTTP {status}{}", quoted(&said));
    let lower = said.to_ascii_lowercase();
    let too_much = kind == "timeout" || TOO_MUCH.iter().any(|words| lower.contains(words));
    let never = |slug, help| Failure::Never { slug, text: text.clone(), help };
    match status {
        200 | 400 | 413 | 422 | 503 if too_much || status == 413 => Failure::TooMuch(text),
        401 | 403 => never(
            "live/denied",
            "try PLIMSOLL_BEARER_TOKEN, PLIMSOLL_BASIC_AUTH or PLIMSOLL_CLIENT_CERT in the environment; a tenant where the server has them",
        ),
        404 => never("live/not-found", "try the address with the path under which /api/v1 lies, such as /prometheus"),
        408 | 425 | 429 | 500..=599 => Failure::Again { text, wait },
        _ => never("live/refused", "try the query in the server's own page first"),
    }
}

/// What a body means that is no answer of the API, though its status was 200: a page to log in, or an answer cut short.
pub(super) fn page(body: &[u8], error: &serde_json::Error) -> Failure {
    let start = body.trim_ascii_start();
    if start.first() == Some(&b'{') {
        return Failure::again(format!("an answer that cannot be read ({error})"));
    }
    if start.is_empty() {
        return Failure::again("an empty answer");
    }
    Failure::Never {
        slug: "live/not-prometheus",
        text: format!("something that is not the API of Prometheus{}", quoted(&String::from_utf8_lossy(body))),
        help: "look whether the path is right, and whether the server asks for a login",
    }
}

/// A server's words as [`plain`] text: ` ("…")`, or nothing.
fn quoted(said: &str) -> String {
    let shown = plain(said);
    if shown.is_empty() { shown } else { format!(" (\"{shown}\")") }
}

/// A server's words on one line, tags of a web page left out, at most 300 characters, nothing that a terminal would obey.
pub(super) fn plain(said: &str) -> String {
    let page = said.trim_start().starts_with('<');
    let (mut shown, mut inside) = (String::new(), false);
    for letter in said.chars().take(4_000) {
        match letter {
            '<' if page => inside = true,
            '>' if page => {
                inside = false;
                shown.push(' ');
            }
            _ if inside => {}
            letter if letter.is_control() => shown.push(' '),
            letter => shown.push(letter),
        }
    }
    let words: Vec<&str> = shown.split_whitespace().collect();
    let shown = words.join(" ");
    let cut: String = shown.chars().take(300).collect();
    if cut.len() < shown.len() { cut + "…" } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(failure: &Failure) -> &'static str {
        match failure {
            Failure::Again { .. } => "again",
            Failure::TooMuch(_) => "too much",
            Failure::Never { slug, .. } => slug,
        }
    }

    #[test]
    fn each_status_has_its_meaning() {
        let error = |kind: &str, text: &str| format!(r#"{{"status":"error","errorType":"{kind}","error":"{text}"}}"#);
        let points =
            error("bad_data", "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution");
        for (status, body, expected) in [
            (400, points.as_str(), "too much"),
            (400, &error("bad_data", "parse error: unclosed left parenthesis"), "live/refused"),
            (422, &error("execution", "query processing would load too many samples into memory in query execution"), "too much"),
            (422, &error("execution", "vector cannot contain metrics with the same labelset"), "live/refused"),
            (503, &error("timeout", "query timed out in expression evaluation"), "too much"),
            (503, "<html><title>503 Service Unavailable</title></html>", "again"),
            (500, &error("internal", "boom"), "again"),
            (429, "", "again"),
            (401, "", "live/denied"),
            (404, "404 page not found", "live/not-found"),
            (413, "", "too much"),
            (418, "", "live/refused"),
        ] {
            assert_eq!(name(&judge(status, None, body.as_bytes())), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_page_is_told_from_an_answer_cut_short() {
        let error = |body: &str| page(body.as_bytes(), &Answer::<IgnoredAny>::parse(body.as_bytes()).unwrap_err());
        assert_eq!(name(&error("{\"status\":\"succ")), "again");
        assert_eq!(name(&error("")), "again");
        let login = error("<!DOCTYPE html><html><head><title>Sign in</title></head></html>");
        assert!(matches!(&login, Failure::Never { text, .. } if text.contains("(\"Sign in\")")), "{login:?}");
    }

    #[test]
    fn words_of_a_server_are_short_and_on_one_line() {
        assert_eq!(quoted("a\n\tb\u{1b}[31m"), " (\"a b [31m\")");
        assert!(quoted(&"x".repeat(10_000)).chars().count() < 320);
    }
}
