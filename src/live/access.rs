//! Credentials: from the environment or from files, used in requests, and nowhere else.
#![expect(clippy::disallowed_methods, reason = "credentials are read from files here")]

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, parse_pem};

use crate::problem::Problem;

/// Text that must not be seen. It has neither `Debug` nor `Display`, and only this stage can read it.
///
/// ```compile_fail,E0277
/// format!("{:?}", plimsoll::live::Secret::new("hidden"));
/// ```
/// ```compile_fail,E0277
/// format!("{}", plimsoll::live::Secret::new("hidden"));
/// ```
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Who asks.
#[derive(Clone, Default)]
enum Login {
    #[default]
    Nobody,
    Bearer(Secret),
    Basic {
        user: String,
        password: Secret,
    },
}

/// How a server is entered: login, client certificate, trusted authorities.
#[derive(Clone, Default)]
pub struct Access {
    login: Login,
    client: Option<ClientCert>,
    authorities: Option<Vec<Certificate<'static>>>,
    allow_insecure: bool,
    proxies: bool,
}

/// Tells which kinds there are, never what they hold.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let login = match self.login {
            Login::Nobody => "none",
            Login::Bearer(_) => "bearer token",
            Login::Basic { .. } => "user and password",
        };
        f.debug_struct("Access")
            .field("login", &login)
            .field("client_certificate", &self.client.is_some())
            .field("own_authorities", &self.authorities.is_some())
            .field("allow_insecure", &self.allow_insecure)
            .finish_non_exhaustive()
    }
}

/// The variables that [`Access::from_variables`] asks for, with what each is, for help texts.
pub const VARIABLES: &[(&str, &str)] = &[
    ("PLIMSOLL_BEARER_TOKEN", "a bearer token"),
    ("PLIMSOLL_BEARER_TOKEN_FILE", "a file that holds one"),
    ("PLIMSOLL_BASIC_AUTH", "user:password"),
    ("PLIMSOLL_BASIC_AUTH_FILE", "a file that holds user:password"),
    ("PLIMSOLL_CLIENT_CERT", "a PEM file with the client's certificate chain"),
    ("PLIMSOLL_CLIENT_KEY", "a PEM file with its key"),
    ("PLIMSOLL_CA_CERT", "a PEM file with the authorities to trust instead of the built-in ones"),
    ("PLIMSOLL_ALLOW_INSECURE_AUTH", "1: credentials may travel over plain http to another host"),
];

impl Access {
    /// Without any credentials, trusting the public authorities.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(token: Secret) -> Self {
        Self { login: Login::Bearer(token), ..Self::default() }
    }

    /// With user and password.
    #[must_use]
    pub fn basic(user: &str, password: Secret) -> Self {
        Self { login: Login::Basic { user: user.to_owned(), password }, ..Self::default() }
    }

    /// As the environment says ([`VARIABLES`]); `lookup` gives a variable's value. An empty variable counts as unset. Proxies are
    /// those of the environment (`HTTPS_PROXY`, `NO_PROXY`), never for this machine itself.
    ///
    /// # Errors
    /// `live/credentials`: variables that contradict each other, files that cannot be read or hold something else.
    pub fn from_variables(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<Problem>> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let mut problems = Vec::new();
        let mut one_of = |plain: &'static str, file: &'static str| -> Option<(&'static str, String)> {
            match (set(plain), set(file)) {
                (Some(_), Some(_)) => {
                    problems.push(wrong(plain, format!("saw {plain} and {file} both set, expected one of them")));
                    None
                }
                (Some(value), None) => Some((plain, value)),
                (None, Some(path)) => read(file, &path).map_err(|problem| problems.push(problem)).ok().map(|text| (file, text)),
                (None, None) => None,
            }
        };
        let token = one_of("PLIMSOLL_BEARER_TOKEN", "PLIMSOLL_BEARER_TOKEN_FILE");
        let basic = one_of("PLIMSOLL_BASIC_AUTH", "PLIMSOLL_BASIC_AUTH_FILE");
        let login = login(token, basic).unwrap_or_else(|problem| {
            problems.push(problem);
            Login::Nobody
        });
        let client = client(set("PLIMSOLL_CLIENT_CERT"), set("PLIMSOLL_CLIENT_KEY"));
        let client = client.map_err(|problem| problems.push(problem)).unwrap_or_default();
        let authorities = set("PLIMSOLL_CA_CERT").map(|path| certificates("PLIMSOLL_CA_CERT", &path));
        let authorities = authorities.transpose().map_err(|problem| problems.push(problem)).unwrap_or_default();
        let allow_insecure = set("PLIMSOLL_ALLOW_INSECURE_AUTH").is_some_and(|value| value == "1");
        if problems.is_empty() { Ok(Self { login, client, authorities, allow_insecure, proxies: true }) } else { Err(problems) }
    }

    /// Whether a request would carry something that must not be read on the way.
    pub(super) fn is_secret(&self) -> bool {
        !matches!(self.login, Login::Nobody)
    }

    pub(super) fn allows_insecure(&self) -> bool {
        self.allow_insecure
    }

    pub(super) fn client(&self) -> Option<&ClientCert> {
        self.client.as_ref()
    }

    pub(super) fn authorities(&self) -> Option<&[Certificate<'static>]> {
        self.authorities.as_deref()
    }

    pub(super) fn proxies(&self) -> bool {
        self.proxies
    }

    /// The value of the `Authorization` header.
    pub(super) fn authorization(&self) -> Option<String> {
        match &self.login {
            Login::Nobody => None,
            Login::Bearer(token) => Some(format!("Bearer {}", token.0)),
            Login::Basic { user, password } => Some(format!("Basic {}", packed(user, password))),
        }
    }

    /// A text from elsewhere (a server may repeat what it was sent) without the secrets.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let hidden = match &self.login {
            Login::Nobody => Vec::new(),
            Login::Bearer(token) => vec![token.0.clone()],
            Login::Basic { user, password } => vec![packed(user, password), password.0.clone()],
        };
        hidden.iter().filter(|secret| !secret.is_empty()).fold(text.to_owned(), |text, secret| text.replace(secret, "[hidden]"))
    }
}

fn packed(user: &str, password: &Secret) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.0))
}

fn wrong(variable: &str, message: impl Into<String>) -> Problem {
    Problem::new("live/credentials", variable, message)
}

fn login(token: Option<(&'static str, String)>, basic: Option<(&'static str, String)>) -> Result<Login, Problem> {
    // What goes into a header must not end it. The text itself is not shown.
    let one_line = |variable: &str, text: &str| {
        let fits = text.bytes().all(|byte| byte >= b' ' && byte != 0x7F);
        if fits { Ok(()) } else { Err(wrong(variable, "saw a control character in it, expected one line of text")) }
    };
    match (token, basic) {
        (Some((token, _)), Some((basic, _))) => {
            Err(wrong(token, format!("saw {token} and {basic} both set, expected one way to log in"))
                .help("try to unset one of them"))
        }
        (Some((variable, token)), None) => {
            one_line(variable, &token)?;
            Ok(Login::Bearer(Secret(token)))
        }
        (None, Some((variable, pair))) => {
            one_line(variable, &pair)?;
            let Some((user, password)) = pair.split_once(':') else {
                return Err(wrong(variable, "saw no colon in it, expected user:password"));
            };
            Ok(Login::Basic { user: user.to_owned(), password: Secret(password.to_owned()) })
        }
        (None, None) => Ok(Login::Nobody),
    }
}

/// A file's text without the line end that editors add.
fn read(variable: &'static str, path: &str) -> Result<String, Problem> {
    let text =
        std::fs::read_to_string(Path::new(path)).map_err(|error| wrong(variable, format!("cannot read `{path}`: {error}")))?;
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    if text.is_empty() { Err(wrong(variable, format!("saw an empty file `{path}`, expected a secret"))) } else { Ok(text) }
}

fn certificates(variable: &'static str, path: &str) -> Result<Vec<Certificate<'static>>, Problem> {
    let pem = read(variable, path)?;
    let found: Vec<Certificate<'static>> = parse_pem(pem.as_bytes())
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Err(wrong(variable, format!("saw no certificate in `{path}`, expected PEM (-----BEGIN CERTIFICATE-----)")));
    }
    Ok(found)
}

fn client(certificate: Option<String>, key: Option<String>) -> Result<Option<ClientCert>, Problem> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            let chain = certificates("PLIMSOLL_CLIENT_CERT", &certificate)?;
            let pem = read("PLIMSOLL_CLIENT_KEY", &key)?;
            let key = PrivateKey::from_pem(pem.as_bytes()).map_err(|_| {
                wrong("PLIMSOLL_CLIENT_KEY", format!("saw no key in `{key}`, expected PEM (-----BEGIN PRIVATE KEY-----)"))
                    .help("an encrypted key has to be decrypted first")
            })?;
            Ok(Some(ClientCert::new_with_certs(&chain, key)))
        }
        (Some(_), None) => Err(wrong("PLIMSOLL_CLIENT_KEY", "saw PLIMSOLL_CLIENT_CERT without it, expected both")),
        (None, Some(_)) => Err(wrong("PLIMSOLL_CLIENT_CERT", "saw PLIMSOLL_CLIENT_KEY without it, expected both")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Access, Vec<Problem>> {
        let found = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Access::from_variables(&found)
    }

    #[test]
    fn debug_tells_kinds_and_no_secret() {
        let shown = format!("{:?}", from(&[("PLIMSOLL_BASIC_AUTH", "alice:hunter22")]).unwrap());
        assert!(shown.contains("user and password") && !shown.contains("hunter22") && !shown.contains("alice"), "{shown}");
    }

    #[test]
    fn a_password_may_hold_colons_and_an_empty_variable_is_unset() {
        let access = from(&[("PLIMSOLL_BASIC_AUTH", "alice:a:b"), ("PLIMSOLL_BEARER_TOKEN", "")]).unwrap();
        assert_eq!(access.authorization().as_deref(), Some("Basic YWxpY2U6YTpi"));
    }

    #[test]
    fn contradictions_are_refused_all_at_once_without_the_secret() {
        let told = from(&[
            ("PLIMSOLL_BEARER_TOKEN", "t0p-secret"),
            ("PLIMSOLL_BASIC_AUTH", "alice:hunter22"),
            ("PLIMSOLL_CLIENT_CERT", "/nowhere/cert.pem"),
            ("PLIMSOLL_CA_CERT", "/nowhere/ca.pem"),
        ])
        .unwrap_err();
        let text: Vec<String> = told.iter().map(ToString::to_string).collect();
        let text = text.join("\n");
        assert_eq!(told.len(), 3, "{text}");
        assert!(!text.contains("t0p-secret") && !text.contains("hunter22"), "{text}");
        let told = from(&[("PLIMSOLL_BEARER_TOKEN", "to\nken")]).unwrap_err();
        assert!(!told[0].to_string().contains("ken\n"), "{}", told[0]);
    }

    #[test]
    fn what_a_server_repeats_is_hidden() {
        let access = Access::bearer(Secret::new("t0p-secret"));
        assert_eq!(access.without_secrets("invalid token t0p-secret"), "invalid token [hidden]");
    }
}
