//! Requests: one at a time, tried again when that may help, never sent where the credentials do not belong.

use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ureq::Agent;
use ureq::http::{HeaderMap, Response};
use ureq::tls::{RootCerts, TlsConfig};

use super::Context;
use super::address::Address;
use super::answer::Answer;
use super::pace::{backoff, mixed, retry_after};
use super::verdict::{Failure, judge, page};
use crate::problem::Problem;

/// Redirects followed on one server.
const MOST_REDIRECTS: usize = 3;
/// Bytes read of an answer that tells of an error.
const ERROR_BYTES: u64 = 64 << 10;
/// A URL longer than this goes as a form instead: servers and proxies cut long ones.
const LONG: usize = 1_500;
/// How long we sleep before asking whether to stop.
const NAP: Duration = Duration::from_millis(200);

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Fault {
    /// Less at once may be answered. With what was said.
    TooMuch(String),
    /// Nothing helps.
    Final(Problem),
}

/// One server, as it is asked during a fetch.
pub(super) struct Exchange<'c> {
    pub(super) address: Address,
    context: &'c Context<'c>,
    agent: Agent,
    tenant: Option<String>,
    sent: AtomicU64,
    stop: AtomicBool,
}

type Parameters<'p> = [(&'p str, String)];

impl<'c> Exchange<'c> {
    pub(super) fn new(address: Address, tenant: Option<&str>, context: &'c Context<'c>) -> Self {
        let access = context.access;
        let roots = access.authorities().map_or(RootCerts::WebPki, RootCerts::new_with_certs);
        let tls = TlsConfig::builder().root_certs(roots).client_cert(access.client().cloned()).build();
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(context.limits.request.min(Duration::from_secs(20))))
            .max_idle_connections(context.limits.concurrency)
            .max_idle_connections_per_host(context.limits.concurrency)
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .tls_config(tls);
        if address.is_loopback() || !access.proxies() {
            config = config.proxy(None);
        }
        let agent = config.build().new_agent();
        let (sent, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { address, context, agent, tenant: tenant.map(str::to_owned), sent, stop }
    }

    /// No further request is begun.
    pub(super) fn halt(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether the user, or a failure elsewhere, wants the work to end.
    pub(super) fn is_halted(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.context.observer.interrupted()
    }

    /// Asks until there is an answer that can be read, as often as allowed. `about` says what is asked for, in messages.
    pub(super) fn ask<D: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        parameters: &Parameters<'_>,
        about: &str,
    ) -> Result<(Answer<D>, Vec<u8>), Fault> {
        let limits = self.context.limits;
        let address =
            parameters.iter().flat_map(|(_, value)| value.bytes()).fold(limits.seed, |sum, byte| mixed(sum ^ u64::from(byte)));
        let (mut tries, mut last) = (0, String::new());
        loop {
            self.may_go_on(path, &last)?;
            match self.once(path, parameters) {
                Ok(answer) => return Ok(answer),
                Err(Failure::TooMuch(text)) => return Err(Fault::TooMuch(text)),
                Err(Failure::Never { slug, text, help }) => {
                    return Err(Fault::Final(self.problem(slug, path, &text, about).help(help)));
                }
                Err(Failure::Again { text, wait }) => {
                    tries += 1;
                    last = text;
                    if tries >= limits.tries {
                        let text = format!("{last} at the last of {tries} tries");
                        let help = "try again later: what has been fetched is kept; or ask for less with a narrower range or a coarser --step";
                        return Err(Fault::Final(self.problem("live/unreachable", path, &text, about).help(help)));
                    }
                    let jitter = backoff(limits.backoff, limits.longest_wait, tries - 1, address);
                    self.wait(wait.map_or(jitter, |wished| wished.max(jitter)), path, &last)?;
                }
            }
        }
    }

    fn problem(&self, slug: &'static str, path: &str, text: &str, about: &str) -> Problem {
        let text = self.context.access.without_secrets(text);
        Problem::new(slug, format!("{}{path}", self.address.base), format!("saw {text}, expected {about}"))
    }

    /// Whether another request may be begun.
    fn may_go_on(&self, path: &str, last: &str) -> Result<(), Fault> {
        let limits = self.context.limits;
        if self.is_halted() {
            return Err(Fault::Final(self.problem(
                "run/interrupted",
                path,
                "an interrupt",
                "to go on; what has been fetched is kept",
            )));
        }
        if self.context.clock.elapsed() >= limits.total {
            return Err(self.out_of_time(path, last));
        }
        if self.sent.fetch_add(1, Ordering::Relaxed) >= limits.requests {
            let text = format!("{} requests sent", limits.requests);
            let help = "try a narrower range, a coarser --step or fewer statistics, or raise the limit";
            return Err(Fault::Final(self.problem("live/too-many-requests", path, &text, "an answer within as many").help(help)));
        }
        Ok(())
    }

    fn out_of_time(&self, path: &str, last: &str) -> Fault {
        let last = if last.is_empty() { String::new() } else { format!(" ({last})") };
        let text = format!("{} s go by{last}", self.context.limits.total.as_secs());
        let help = "run it again: what has been fetched is kept; or allow more time";
        Fault::Final(self.problem("live/out-of-time", path, &text, "to be done by then").help(help))
    }

    fn wait(&self, time: Duration, path: &str, last: &str) -> Result<(), Fault> {
        let clock = self.context.clock;
        let until = clock.elapsed() + time;
        if until >= self.context.limits.total {
            return Err(self.out_of_time(path, last));
        }
        while !self.is_halted() {
            let left = until.saturating_sub(clock.elapsed());
            if left.is_zero() {
                break;
            }
            clock.sleep(left.min(NAP));
        }
        Ok(())
    }

    /// One request, with the redirects that stay on the server.
    fn once<D: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        parameters: &Parameters<'_>,
    ) -> Result<(Answer<D>, Vec<u8>), Failure> {
        let mut url = format!("{}{path}", self.address.base);
        let mut form = parameters.iter().map(|(_, value)| value.len() + 20).sum::<usize>() > LONG;
        let mut parameters = parameters;
        for _ in 0..=MOST_REDIRECTS {
            let mut response = self.send(&url, parameters, form)?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return self.read(status, &mut response);
            }
            let location = text(response.headers(), "location").unwrap_or_default();
            let Some(next) = self.address.follow(location) else {
                let shown = super::address::without_userinfo(location);
                return Err(Failure::Never {
                    slug: "live/redirect",
                    text: format!("a redirect (HTTP {status}) to `{shown}`, to which credentials are not carried"),
                    help: "try that address itself if it is the right one; a page to log in means that credentials are missing",
                });
            };
            if next.contains('?') {
                (form, parameters) = (false, &[]); // the redirect carries what was asked
            }
            url = next;
        }
        let text = format!("more than {MOST_REDIRECTS} redirects");
        Err(Failure::Never { slug: "live/redirect", text, help: "try the address to which they lead" })
    }

    fn send(&self, url: &str, parameters: &Parameters<'_>, form: bool) -> Result<Response<ureq::Body>, Failure> {
        let limits = self.context.limits;
        let left = limits.total.saturating_sub(self.context.clock.elapsed()).max(Duration::from_millis(1));
        let timeout = Some(limits.request.min(left));
        let authorization = self.context.access.authorization();
        let headers = [("authorization", authorization.as_deref()), ("x-scope-orgid", self.tenant.as_deref())];
        let headers = || headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let response = if form {
            let request = headers().fold(self.agent.post(url), |request, (name, value)| request.header(name, value));
            let pairs = parameters.iter().map(|(name, value)| (*name, value.as_str()));
            request.config().timeout_global(timeout).build().send_form(pairs)
        } else {
            let request = headers().fold(self.agent.get(url), |request, (name, value)| request.header(name, value));
            let request = parameters.iter().fold(request, |request, (name, value)| request.query(name, value));
            request.config().timeout_global(timeout).build().call()
        };
        response.map_err(|error| Failure::from_transport(error, limits.request))
    }

    fn read<D: serde::de::DeserializeOwned>(
        &self,
        status: u16,
        response: &mut Response<ureq::Body>,
    ) -> Result<(Answer<D>, Vec<u8>), Failure> {
        let limits = self.context.limits;
        if status != 200 {
            let wait = text(response.headers(), "retry-after");
            let now = self.context.now.0 + self.context.clock.elapsed().as_secs() as i64;
            let wait = wait.and_then(|value| retry_after(value, text(response.headers(), "date"), now));
            let mut body = Vec::new();
            // What can be read of it; the status stands anyway.
            drop(response.body_mut().as_reader().take(ERROR_BYTES).read_to_end(&mut body));
            return Err(judge(status, wait, &body));
        }
        let mut body = Vec::new();
        let read = response.body_mut().with_config().limit(limits.answer_bytes).reader().read_to_end(&mut body);
        read.map_err(|error| Failure::from_transport(ureq::Error::from(error), limits.request))?;
        let answer = Answer::<D>::parse(&body).map_err(|error| page(&body, &error))?;
        if answer.status == "success" { Ok((answer, body)) } else { Err(judge(status, None, &body)) }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
