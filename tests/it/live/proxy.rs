//! A proxy before a server, on the loopback, that breaks things as a script says, and notes what it was asked.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Action {
    /// It is passed on, and the answer back.
    Pass,
    /// The connection is closed without an answer.
    Drop,
    /// It is passed on after a while.
    Late(Duration),
    /// Half of the answer's bytes, then the connection is closed.
    Truncate,
    /// An answer whose length is right, but whose JSON ends early.
    Broken,
    /// An answer of our own: status, headers, body.
    Say(u16, String, String),
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `GET /api/v1/query_range?…`
    pub line: String,
    pub headers: String,
    pub body: String,
    /// How often the same came before.
    pub earlier: usize,
}

impl Seen {
    pub fn is_range(&self) -> bool {
        self.line.contains("/api/v1/query_range")
    }

    /// A parameter, from the URL or the form.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.line.split_once('?').map_or("", |(_, rest)| rest.split(' ').next().unwrap_or(""));
        let pairs = query.split('&').chain(self.body.split('&'));
        let found = pairs.filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name);
        found.map(|(_, value)| decoded(value))
    }

    pub fn number(&self, name: &str) -> i64 {
        self.parameter(name).unwrap_or_else(|| panic!("no {name} in {}", self.line)).parse().unwrap()
    }

    /// Points a series that a range asks for.
    pub fn points(&self) -> i64 {
        (self.number("end") - self.number("start")) / self.number("step") + 1
    }
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
                rest = &tail[2..];
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).unwrap()
}

type Script = dyn Fn(&Seen) -> Action + Send + Sync;

struct Shared {
    upstream: u16,
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    counts: Mutex<BTreeMap<String, usize>>,
    busy: AtomicUsize,
    busiest: AtomicUsize,
    stop: AtomicBool,
}

pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    pub fn before(upstream: u16, script: impl Fn(&Seen) -> Action + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            upstream,
            script: Box::new(script),
            seen: Mutex::default(),
            counts: Mutex::default(),
            busy: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let ours = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if ours.stop.load(Ordering::SeqCst) {
                    break;
                }
                let ours = Arc::clone(&ours);
                std::thread::spawn(move || serve(&ours, client));
            }
        });
        Self { port, shared }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Ranges asked for so far.
    pub fn ranges(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(Seen::is_range).collect()
    }

    pub fn busiest(&self) -> usize {
        self.shared.busiest.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn serve(shared: &Shared, mut client: TcpStream) {
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let Some(mut seen) = request(&mut client) else { return };
    {
        let mut counts = shared.counts.lock().unwrap();
        let count = counts.entry(format!("{}{}", seen.line, seen.body)).or_default();
        seen.earlier = *count;
        *count += 1;
    }
    shared.seen.lock().unwrap().push(seen.clone());
    let busy = shared.busy.fetch_add(1, Ordering::SeqCst) + 1;
    shared.busiest.fetch_max(busy, Ordering::SeqCst);
    let answer = match (shared.script)(&seen) {
        Action::Pass => pass(shared, &seen),
        Action::Drop => Vec::new(),
        Action::Late(time) => {
            std::thread::sleep(time);
            pass(shared, &seen)
        }
        Action::Truncate => {
            let whole = pass(shared, &seen);
            whole[..whole.len() / 2].to_vec()
        }
        Action::Broken => say(200, "", r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"val"#),
        Action::Say(status, headers, body) => say(status, &headers, &body),
    };
    // Counted out before the client can know: the next request may come at once.
    shared.busy.fetch_sub(1, Ordering::SeqCst);
    drop(client.write_all(&answer));
    drop(client.shutdown(Shutdown::Both));
}

fn say(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Told\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

fn request(client: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match client.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let (line, headers) = head.split_once("\r\n").unwrap_or((&head, ""));
    let length = headers.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
    while bytes.len() < end + 4 + length {
        match client.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
    let body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
    Some(Seen { line: line.to_owned(), headers: headers.to_owned(), body, earlier: 0 })
}

fn pass(shared: &Shared, seen: &Seen) -> Vec<u8> {
    let mut server = TcpStream::connect(("127.0.0.1", shared.upstream)).unwrap();
    server.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let kept = seen.headers.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let headers: Vec<&str> = kept.collect();
    write!(server, "{}\r\n{}\r\nConnection: close\r\n\r\n{}", seen.line, headers.join("\r\n"), seen.body).unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).unwrap();
    answer
}
