//! Credentials go to the server that is named, and nowhere else: not to another host, not into a message, not into a file.

use std::io::Read;
use std::path::Path;

use plimsoll::live::{Access, Limits, Query, Secret};

use super::oracle::{is_installed, run, server, start};
use super::proxy::{Action, Proxy};
use super::{Setting, query, same, shown};

const TOKEN: &str = "t0p-s3cret-token";
const PASSWORD: &str = "hunter-22-hunter";
/// `alice:hunter-22-hunter` in base 64.
const PACKED: &str = "YWxpY2U6aHVudGVyLTIyLWh1bnRlcg==";

fn assert_clean(what: &str, text: &str) {
    for secret in [TOKEN, PASSWORD, PACKED] {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

#[test]
fn secrets_are_sent_and_never_shown_or_kept() {
    let Some(server) = server() else { return };
    let both = [
        (Access::bearer(Secret::new(TOKEN)), format!("Bearer {TOKEN}")),
        (Access::basic("alice", Secret::new(PASSWORD)), format!("Basic {PACKED}")),
    ];
    for (access, header) in both {
        assert_clean("Debug", &format!("{access:?}"));
        let folder = tempfile::tempdir().unwrap();
        // A server that repeats what it was sent, as some do.
        let (seen_header, echo) = (header.clone(), header.clone());
        let proxy = Proxy::before(server.port, move |seen| {
            if !seen.headers.contains(&seen_header) || !seen.headers.to_ascii_lowercase().contains("x-scope-orgid: team-a") {
                return Action::Say(401, String::new(), "no".to_owned());
            }
            match seen.parameter("query") {
                Some(query) if query.contains("node_load15") => Action::Say(
                    400,
                    String::new(),
                    format!(r#"{{"status":"error","errorType":"bad_data","error":"invalid {echo} and {TOKEN} and {PASSWORD}"}}"#),
                ),
                Some(query) if query.contains("node_network") => Action::Say(503, String::new(), format!("<p>{echo}")),
                Some(query) if query.contains("redirect") => {
                    Action::Say(307, format!("Location: http://user:{PASSWORD}@127.0.0.1:9/\r\n"), String::new())
                }
                _ => Action::Pass,
            }
        });
        let mut setting = Setting { cache: Some(folder.path()), ..Setting::with(Limits { tries: 2, ..Limits::default() }) };
        setting.access = access;
        let asked = |text: &str| Query { tenant: Some("team-a".to_owned()), ..query(&proxy.url(), text, 300) };
        let reading = setting.fetch(&asked("node_load1")).unwrap();
        assert!(reading.series.len() == 2);
        assert_clean(
            "the reading",
            &format!("{:?} {:?} {:?} {}", reading.series[0].id, reading.findings, reading.questions, reading.why),
        );
        for (text, slug) in [("node_load15", "live/refused"), ("node_network", "live/unreachable"), ("redirect", "live/redirect")]
        {
            let told = setting.refused(&asked(text));
            assert_eq!(told[0].slug, slug, "{}", told[0]);
            let mine = if header.starts_with("Bearer") { vec![TOKEN] } else { vec![PASSWORD, PACKED] };
            assert!(mine.iter().all(|secret| !shown(&told).contains(secret)), "{}", shown(&told));
        }
        let mut files = 0;
        for entry in std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
            let mut text = String::new();
            flate2::read::GzDecoder::new(std::fs::File::open(&entry).unwrap()).read_to_string(&mut text).unwrap();
            assert_clean("a kept answer", &format!("{text} {}", entry.display()));
            files += 1;
        }
        assert!(files > 0);
    }
}

#[test]
fn the_guide_names_every_variable() {
    let guide = include_str!("../../../docs/guides/prometheus.md");
    for (variable, _) in plimsoll::live::VARIABLES {
        assert!(guide.contains(&format!("`{variable}`")), "{variable}");
    }
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let Some(server) = server() else { return };
    let thief = Proxy::before(server.port, |_| Action::Pass);
    let to = thief.url();
    let proxy = Proxy::before(server.port, move |seen| {
        let path = seen.line.split(' ').nth(1).unwrap_or("/");
        Action::Say(302, format!("Location: {to}{path}\r\n"), String::new())
    });
    let setting = Setting { access: Access::bearer(Secret::new(TOKEN)), ..Setting::default() };
    let told = setting.refused(&query(&proxy.url(), "node_load1", 300));
    assert_eq!(told[0].slug, "live/redirect");
    assert!(told[0].message.contains(&thief.url()), "{}", told[0]);
    assert_clean("the problem", &shown(&told));
    assert!(thief.seen().is_empty());
}

#[test]
fn a_redirect_on_the_same_host_is_followed() {
    let Some(server) = server() else { return };
    let proxy = Proxy::before(server.port, move |seen| match seen.line.strip_prefix("GET /moved") {
        Some(rest) => Action::Say(301, format!("Location: {}\r\n", rest.split(' ').next().unwrap()), String::new()),
        None => Action::Pass,
    });
    let direct = Setting::default().fetch(&query(&proxy.url(), "node_load1", 300)).unwrap();
    let moved = Setting::default().fetch(&query(&format!("{}/moved/", proxy.url()), "node_load1", 300)).unwrap();
    same(&direct, &moved);
    let endless = Proxy::before(server.port, |_| Action::Say(307, "Location: /again\r\n".to_owned(), String::new()));
    assert_eq!(Setting::default().refused(&query(&endless.url(), "node_load1", 300))[0].slug, "live/redirect");
}

/// A certificate authority, a server's and a client's certificate; without the tools, `None`.
fn certificates(folder: &Path) -> Option<()> {
    if !is_installed("openssl") || !is_installed("htpasswd") {
        return None;
    }
    let openssl = |arguments: &str| run(folder, "openssl", &arguments.split(' ').collect::<Vec<&str>>());
    std::fs::write(folder.join("server.ext"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    std::fs::write(folder.join("client.ext"), "extendedKeyUsage=clientAuth\n").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 3650 -subj /CN=ca"));
    for name in ["server", "client"] {
        openssl(&format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile {name}.ext -out {name}.pem"
        ));
    }
    Some(())
}

#[test]
fn a_server_that_asks_for_certificate_and_password_is_entered() {
    let Some(plain) = server() else { return };
    let folder = tempfile::tempdir().unwrap();
    if certificates(folder.path()).is_none() {
        super::oracle::left_out("`openssl` or `htpasswd` is not installed, so no server with TLS was entered");
        return;
    }
    let at = |name: &str| folder.path().join(name).display().to_string();
    let hash = std::process::Command::new("htpasswd").args(["-nbBC", "4", "alice", PASSWORD]).output().unwrap();
    let hash = String::from_utf8(hash.stdout).unwrap();
    let hash = hash.trim().split_once(':').unwrap().1;
    let web = format!(
        "tls_server_config:\n  cert_file: {}\n  key_file: {}\n  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {}\nbasic_auth_users:\n  alice: {hash}\n",
        at("server.pem"),
        at("server.key"),
        at("ca.pem")
    );
    std::fs::write(at("web.yml"), web).unwrap();
    let server = start(&[format!("--web.config.file={}", at("web.yml"))]).unwrap();
    std::fs::write(at("auth"), format!("alice:{PASSWORD}\n")).unwrap();

    let fetch = |leave_out: &str, scheme: &str| {
        let set = [
            ("PLIMSOLL_CA_CERT", at("ca.pem")),
            ("PLIMSOLL_CLIENT_CERT", at("client.pem")),
            ("PLIMSOLL_CLIENT_KEY", at("client.key")),
            ("PLIMSOLL_BASIC_AUTH_FILE", at("auth")),
        ];
        let kept: Vec<(&str, String)> =
            set.into_iter().filter(|(name, _)| leave_out.is_empty() || !name.contains(leave_out)).collect();
        let lookup = |name: &str| kept.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let access = Access::from_variables(&lookup).unwrap();
        assert_clean("Debug", &format!("{access:?}"));
        let setting = Setting { access, ..Setting::with(Limits { tries: 2, ..Limits::default() }) };
        setting.fetch(&query(&format!("{scheme}://127.0.0.1:{}", server.port), "node_load1", 300))
    };
    let direct = Setting::default().fetch(&query(&format!("http://127.0.0.1:{}", plain.port), "node_load1", 300)).unwrap();
    super::oracle::wait_for("the encrypted server", || fetch("", "https").is_ok());
    same(&direct, &fetch("", "https").unwrap());
    for (left_out, slug) in [("CA_CERT", "live/tls"), ("CLIENT", "live/tls"), ("BASIC", "live/denied")] {
        let told = fetch(left_out, "https").err().unwrap();
        assert_eq!(told[0].slug, slug, "without {left_out}: {}", told[0]);
        assert_clean("the problem", &shown(&told));
    }
    assert!(fetch("", "http").is_err(), "plain http to a server that speaks TLS");
}
