//! What breaks: connections, answers, servers that are busy, interrupts. The reading is the same, or the message is clear.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use plimsoll::live::Limits;
use plimsoll::problem::Problem;
use plimsoll::time::{Step, Timestamp};

use super::oracle::{free_port, server};
use super::proxy::{Action, Proxy, Seen};
use super::{END, Impatient, Setting, query, same, shown};

fn say(status: u16, headers: &str, body: &str) -> Action {
    Action::Say(status, headers.to_owned(), body.to_owned())
}

/// Of each request the first few tries fail, each in a way drawn from the seed and the request.
fn misfortune(seed: u64) -> impl Fn(&Seen) -> Action {
    move |seen| {
        let text = format!("{seed} {} {} {}", seen.line, seen.body, seen.earlier);
        let drawn =
            text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        let drawn = drawn >> 40;
        if seen.earlier >= 4 || !drawn.is_multiple_of(2) {
            return Action::Pass;
        }
        match drawn / 2 % 8 {
            0 => Action::Drop,
            1 if seen.earlier == 0 => Action::Late(Duration::from_millis(1_500)),
            1 | 2 => Action::Truncate,
            3 => Action::Broken,
            4 => say(429, "Retry-After: 7\r\n", "too many requests"),
            5 => say(503, "", "<html><title>Service Unavailable</title></html>"),
            6 => say(500, "Content-Type: text/html\r\n", "<html><body><h1>Internal Server Error</h1></body></html>"),
            _ => say(502, "", ""),
        }
    }
}

#[test]
fn what_fails_in_passing_changes_nothing() {
    let Some(server) = server() else { return };
    let direct = Setting::default().fetch(&query(&format!("http://127.0.0.1:{}", server.port), "node_load1", 300)).unwrap();
    let mut failed = 0;
    for seed in 0..4 {
        let proxy = Proxy::before(server.port, misfortune(seed));
        let limits = Limits { points: 40, tries: 10, request: Duration::from_secs(1), ..Limits::default() };
        let setting = Setting::with(limits);
        let reading = setting.fetch(&query(&proxy.url(), "node_load1", 300)).unwrap();
        same(&direct, &reading);
        assert!(proxy.busiest() <= 2 * 4, "those that were given up are still served for a while");
        failed += proxy.ranges().iter().filter(|seen| seen.earlier > 0).count();
    }
    assert!(failed > 20, "only {failed} tries failed");
}

#[test]
fn a_server_that_says_when_to_come_back_is_obeyed() {
    let Some(server) = server() else { return };
    let dated = "Date: Sun, 06 Nov 1994 08:49:07 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    for (status, headers, seconds) in [(429, "Retry-After: 17\r\n", 17), (503, dated, 30)] {
        let proxy = Proxy::before(server.port, move |seen| {
            if seen.is_range() && seen.earlier == 0 { say(status, headers, "later") } else { Action::Pass }
        });
        let setting = Setting::with(Limits { concurrency: 1, ..Limits::default() });
        setting.fetch(&query(&proxy.url(), "node_load1", 3_600)).unwrap();
        let slept: Duration = setting.clock.slept.lock().unwrap().iter().sum();
        assert!(slept >= Duration::from_secs(2 * seconds), "{slept:?}");
        assert!(slept < Duration::from_secs(2 * seconds + 5), "{slept:?}");
    }
}

#[test]
fn a_wait_beyond_the_time_allowed_is_not_begun() {
    let Some(server) = server() else { return };
    let proxy =
        Proxy::before(
            server.port,
            |seen| if seen.is_range() { say(429, "Retry-After: 86400\r\n", "quota") } else { Action::Pass },
        );
    let setting = Setting::default();
    let told = setting.refused(&query(&proxy.url(), "node_load1", 3_600));
    assert_eq!(told[0].slug, "live/out-of-time");
    assert!(told[0].message.contains("HTTP 429 (\"quota\")"), "{}", told[0]);
    assert!(setting.clock.slept.lock().unwrap().is_empty());
}

#[test]
fn what_is_too_much_at_once_is_asked_for_in_halves() {
    let Some(server) = server() else { return };
    let direct = Setting::default().fetch(&query(&format!("http://127.0.0.1:{}", server.port), "node_load1", 300)).unwrap();
    let error = |kind: &str, text: &str| format!(r#"{{"status":"error","errorType":"{kind}","error":"{text}"}}"#);
    let points =
        error("bad_data", "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution");
    for (status, body) in [
        (400, points),
        (503, error("timeout", "query timed out in expression evaluation")),
        (422, error("execution", "query processing would load too many samples into memory in query execution")),
    ] {
        let proxy =
            Proxy::before(
                server.port,
                move |seen| {
                    if seen.is_range() && seen.points() > 13 { say(status, "", &body) } else { Action::Pass }
                },
            );
        same(&direct, &Setting::default().fetch(&query(&proxy.url(), "node_load1", 300)).unwrap());
        // Once the server has said how much is too much, the rest is not tried at full size.
        let refused = proxy.ranges().iter().filter(|seen| seen.points() > 13).count();
        assert!(refused <= 2 * 6, "{refused} requests that were too large");
    }
    let small = Setting::with(Limits { answer_bytes: 2_000, ..Limits::default() });
    same(&direct, &small.fetch(&query(&format!("http://127.0.0.1:{}", server.port), "node_load1", 300)).unwrap());
    let tiny = Setting::with(Limits { answer_bytes: 110, ..Limits::default() });
    let told = tiny.refused(&query(&format!("http://127.0.0.1:{}", server.port), "node_load1", 300));
    assert!(told[0].slug == "live/too-large" && told[0].message.contains("more than 110 bytes"), "{}", told[0]);
}

#[test]
fn no_more_requests_at_a_time_than_allowed() {
    let Some(server) = server() else { return };
    for most in [1, 3] {
        let proxy = Proxy::before(server.port, |_| Action::Late(Duration::from_millis(30)));
        let limits = Limits { points: 20, concurrency: most, ..Limits::default() };
        Setting::with(limits).fetch(&query(&proxy.url(), "node_load1", 300)).unwrap();
        assert_eq!(proxy.busiest(), most);
    }
}

fn one(told: &[Problem]) -> &Problem {
    assert_eq!(told.len(), 1, "{}", shown(told));
    &told[0]
}

#[test]
fn a_server_that_stays_broken_is_told_of_with_its_own_words() {
    let Some(server) = server() else { return };
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    for (action, slug, words, tries) in [
        (
            say(503, "", "<h1>No healthy upstream</h1>"),
            "live/unreachable",
            "HTTP 503 (\"No healthy upstream\") at the last of 3 tries",
            3,
        ),
        (say(429, "", "slow down"), "live/unreachable", "HTTP 429 (\"slow down\")", 3),
        (Action::Drop, "live/unreachable", "at the last of 3 tries", 3),
        (Action::Truncate, "live/unreachable", "at the last of 3 tries", 3),
        (Action::Broken, "live/unreachable", "cannot be read (EOF", 3),
        (
            say(400, "", r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#),
            "live/refused",
            "(\"parse error\")",
            1,
        ),
        (say(401, "", "Unauthorized"), "live/denied", "HTTP 401", 1),
        (say(404, "", "404 page not found"), "live/not-found", "HTTP 404", 1),
        (say(200, "Content-Type: text/html\r\n", page), "live/not-prometheus", "(\"Sign in\")", 1),
        (
            say(200, "", r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#),
            "live/not-prometheus",
            "no series",
            1,
        ),
    ] {
        let proxy = Proxy::before(server.port, move |seen| if seen.is_range() { action.clone() } else { Action::Pass });
        let setting = Setting::with(Limits { tries: 3, concurrency: 1, ..Limits::default() });
        let told = setting.refused(&query(&proxy.url(), "node_load1", 3_600));
        let problem = one(&told);
        assert_eq!(problem.slug, slug, "{problem}");
        assert!(problem.message.contains(words), "{problem}");
        assert!(problem.to_string().contains(&format!("{}/api/v1/query_range", proxy.url())), "{problem}");
        assert!(problem.help.is_some());
        assert_eq!(proxy.ranges().len(), tries, "{problem}");
    }
}

#[test]
fn the_servers_word_on_a_bad_query_comes_through() {
    let Some(server) = server() else { return };
    let told = Setting::default().refused(&query(&format!("http://127.0.0.1:{}", server.port), "sum(node_load1", 300));
    assert!(one(&told).slug == "live/refused" && told[0].message.contains("parse error"), "{}", told[0]);
    let told = Setting::default().refused(&query(&format!("http://127.0.0.1:{}/prefix", server.port), "up", 300));
    assert_eq!(one(&told).slug, "live/not-found");
    let told = Setting::with(Limits { tries: 2, ..Limits::default() }).refused(&query(
        &format!("http://127.0.0.1:{}", free_port()),
        "up",
        300,
    ));
    assert!(one(&told).slug == "live/unreachable" && told[0].message.contains("refused"), "{}", told[0]);
}

#[test]
fn what_cannot_be_asked_is_told_all_at_once_without_asking() {
    let mut asked = query("http://127.0.0.1:9/graph", " ", 0);
    (asked.end, asked.tenant, asked.rate_window) = (Timestamp(0), Some("a\nb".to_owned()), Some(Step(i64::MAX)));
    asked.stats.clear();
    let told = Setting::default().refused(&asked);
    assert_eq!(told.len(), 7, "{}", shown(&told));
    let mut future = query("http://127.0.0.1:9", "up", 300);
    (future.start, future.end) = (Timestamp(1_800_000_000), Timestamp(1_800_000_600));
    assert_eq!(one(&Setting::default().refused(&future)).slug, "live/query");
}

#[test]
fn requests_are_bounded_in_number_and_in_time() {
    let Some(server) = server() else { return };
    let proxy = Proxy::before(server.port, |seen| if seen.is_range() { Action::Drop } else { Action::Pass });
    let asked = query(&proxy.url(), "node_load1", 300);
    let told = Setting::with(Limits { points: 10, requests: 20, ..Limits::default() }).refused(&asked);
    assert!(one(&told).slug == "live/too-many-requests" && proxy.ranges().is_empty(), "{}", told[0]);
    let before = proxy.seen().len();
    let told = Setting::with(Limits { requests: 20, tries: 100, ..Limits::default() }).refused(&asked);
    assert!(one(&told).slug == "live/too-many-requests" && proxy.seen().len() - before == 20, "{}", told[0]);
    let told = Setting::with(Limits { total: Duration::from_secs(90), tries: 100, ..Limits::default() }).refused(&asked);
    assert!(one(&told).slug == "live/out-of-time", "{}", told[0]);
}

#[test]
fn a_fetch_that_was_interrupted_goes_on_where_it_was() {
    let Some(server) = server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let proxy = Proxy::before(server.port, |_| Action::Pass);
    let asked = query(&proxy.url(), "node_load1", 300);
    let limits = || Limits { points: 20, ..Limits::default() };
    let whole = Setting::with(limits()).fetch(&asked).unwrap();
    let all = proxy.ranges().len();
    assert!(all > 30);

    let observer = Impatient { left: AtomicU64::new(9) };
    let interrupted = Setting { observer: &observer, cache: Some(folder.path()), ..Setting::with(limits()) };
    assert_eq!(one(&interrupted.refused(&asked)).slug, "run/interrupted");
    let kept = std::fs::read_dir(folder.path()).unwrap().count();
    assert!((9..all).contains(&kept), "{kept} of {all}");

    let again = Setting { cache: Some(folder.path()), ..Setting::with(limits()) };
    let before = proxy.ranges().len();
    same(&whole, &again.fetch(&asked).unwrap());
    assert_eq!(proxy.ranges().len() - before, all - kept, "only what was missing is asked for");

    let before = proxy.ranges().len();
    same(&whole, &again.fetch(&asked).unwrap());
    assert_eq!(proxy.ranges().len(), before, "nothing is missing");

    // Another statistic, step or tenant is another answer; a longer range shares the inner ones.
    let mut longer = asked.clone();
    longer.start = Timestamp(longer.start.0 - 50_000);
    again.fetch(&longer).unwrap();
    assert!(proxy.ranges().len() - before <= 2 * (1 + 50_000 / 6_000 + 1), "inner answers are shared");
    let (before, mut other) = (proxy.ranges().len(), asked.clone());
    other.tenant = Some("other".to_owned());
    again.fetch(&other).unwrap();
    assert_eq!(proxy.ranges().len() - before, all);
}

#[test]
fn pieces_of_what_was_too_much_are_kept_too() {
    let Some(server) = server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let proxy = Proxy::before(server.port, |seen| {
        if seen.is_range() && seen.points() > 50 {
            say(503, "", r#"{"status":"error","errorType":"timeout"}"#)
        } else {
            Action::Pass
        }
    });
    let setting = Setting { cache: Some(folder.path()), ..Setting::default() };
    let first = setting.fetch(&query(&proxy.url(), "node_load1", 300)).unwrap();
    let before = proxy.ranges().len();
    same(&first, &setting.fetch(&query(&proxy.url(), "node_load1", 300)).unwrap());
    assert_eq!(proxy.ranges().len(), before);
}

#[test]
fn young_answers_are_not_kept() {
    let Some(server) = server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let proxy = Proxy::before(server.port, |_| Action::Pass);
    // Now is nine minutes after the last bin: the last piece of each statistic is young.
    let now = (END + 299) / 300 * 300 + 540;
    let setting = Setting { cache: Some(folder.path()), now, ..Setting::with(Limits { points: 20, ..Limits::default() }) };
    let asked = query(&proxy.url(), "node_load1", 300);
    setting.fetch(&asked).unwrap();
    let before = proxy.ranges().len();
    setting.fetch(&asked).unwrap();
    let again = proxy.ranges().split_off(before);
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|seen| seen.number("end") > now - 600));
}

#[test]
fn warnings_of_the_server_are_passed_on_and_their_answers_not_kept() {
    let Some(server) = server() else { return };
    let answer = |rest: &str| {
        let series = r#"{"metric":{"job":"node"},"values":[[1504450800,"1"],[1504450801,"2"]]}"#;
        format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}{rest}}}"#)
    };
    for (rest, incomplete, kind) in [
        (r#","warnings":["one store did not answer"]"#, true, "server-warning"),
        (r#","isPartial":true"#, true, "server-warning"),
        (r#","infos":["metric might not be a counter"]"#, false, "server-info"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let body = answer(rest);
        let proxy = Proxy::before(server.port, move |seen| if seen.is_range() { say(200, "", &body) } else { Action::Pass });
        let mut asked = query(&proxy.url(), "node_load1", 3_600);
        (asked.start, asked.end) = (Timestamp(1_504_447_200), Timestamp(1_504_450_800));
        let setting = Setting { cache: Some(folder.path()), ..Setting::default() };
        let reading = setting.fetch(&asked).unwrap();
        assert_eq!(reading.incomplete.is_some(), incomplete);
        assert!(reading.findings.iter().any(|finding| finding.kind == kind));
        assert_eq!(
            reading.findings.iter().filter(|finding| finding.kind == "stray-sample").count(),
            1,
            "a point nobody asked for"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), if incomplete { 0 } else { 2 });
    }
}

#[test]
fn a_query_too_long_for_a_url_is_sent_as_a_form() {
    let Some(server) = server() else { return };
    let proxy = Proxy::before(server.port, |_| Action::Pass);
    let long = format!("node_load1{{instance!~\"{}\"}}", "x".repeat(3_000));
    let reading = Setting::default().fetch(&query(&proxy.url(), &long, 300)).unwrap();
    let direct = Setting::default().fetch(&query(&proxy.url(), "node_load1", 300)).unwrap();
    same(&direct, &reading);
    assert!(proxy.ranges()[0].line.starts_with("POST "));
}
