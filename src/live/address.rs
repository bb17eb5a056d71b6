//! Where a server is: its URL, checked and without credentials.

use std::net::IpAddr;

use ureq::http::Uri;

use super::access::Access;
use crate::problem::Problem;

/// A server's address, as far as the path under which its API lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Scheme, host, port and prefix, without a slash at the end.
    pub(super) base: String,
    scheme: String,
    host: String,
    port: u16,
}

impl Address {
    /// Checks a URL as a user gives it.
    pub(super) fn parse(url: &str) -> Result<Self, Problem> {
        let refuse =
            |message: String, help: &str| Err(Problem::new("live/url", without_userinfo(url), message).help(help.to_owned()));
        if authority(url).contains('@') {
            let help = "try PLIMSOLL_BASIC_AUTH=user:password or PLIMSOLL_BEARER_TOKEN in the environment: URLs end up in logs and shells' histories";
            return refuse("saw credentials in the URL, expected none there".to_owned(), help);
        }
        let example = "try the address alone, such as http://127.0.0.1:9090 or https://metrics.example/prometheus";
        let parsed = url.parse::<Uri>().ok().and_then(|uri| Some((uri.scheme_str()?.to_owned(), uri.host()?.to_owned(), uri)));
        let Some((scheme, host, uri)) = parsed.filter(|(scheme, _, _)| scheme == "http" || scheme == "https") else {
            return refuse("saw something else than a URL, expected http:// or https:// and a host".to_owned(), example);
        };
        if uri.query().is_some() || url.contains('#') {
            return refuse("saw a `?` or `#` in the URL, expected the address of the server alone".to_owned(), example);
        }
        let path = uri.path().trim_end_matches('/');
        if path.contains("/api/v1") || path.ends_with("/graph") || path.ends_with("/query") {
            return refuse(format!("saw the path `{path}`, expected the one under which /api/v1 lies"), example);
        }
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        let base = format!("{scheme}://{}{path}", uri.authority().map_or(host.as_str(), |all| all.as_str()));
        Ok(Self { base, scheme, host, port })
    }

    /// Whether this machine itself is meant.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Refuses to send credentials so that others on the way can read them.
    pub(super) fn admits(&self, access: &Access) -> Result<(), Problem> {
        if self.scheme == "https" || self.is_loopback() || !access.is_secret() || access.allows_insecure() {
            return Ok(());
        }
        let message = "saw credentials for plain http to another host, expected https";
        let help = "try https://, or set PLIMSOLL_ALLOW_INSECURE_AUTH=1 if the network itself is safe (a VPN, a service mesh)";
        Err(Problem::new("live/insecure", self.base.as_str(), message).help(help))
    }

    /// Where a redirect leads, when that is the same server (or the same host over https); credentials must go nowhere else.
    pub(super) fn follow(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            let host = if self.host.contains(':') && !self.host.starts_with('[') {
                format!("[{}]", self.host)
            } else {
                self.host.clone()
            };
            return Some(format!("{}://{host}:{}{location}", self.scheme, self.port));
        }
        let uri: Uri = location.parse().ok()?;
        let (scheme, host) = (uri.scheme_str()?, uri.host()?);
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        let clean = !authority(location).contains('@');
        let same = scheme == self.scheme && port == self.port;
        let safer = self.scheme == "http" && scheme == "https" && !self.is_loopback();
        (clean && host.eq_ignore_ascii_case(&self.host) && (same || safer)).then(|| location.to_owned())
    }
}

/// What stands between `//` and the next `/`, as browsers and servers see it.
fn authority(url: &str) -> &str {
    let rest = url.split_once("//").map_or(url, |(_, rest)| rest);
    // A password may hold a slash that nobody escaped: everything before the last @ of the whole is suspect.
    rest.rfind('@').map_or_else(|| rest.split(['/', '?', '#']).next().unwrap_or(rest), |at| &rest[..=at])
}

/// A URL without what stands before an `@`, and without what stands after `?` or `#` (tokens are put there).
pub(super) fn without_userinfo(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or(url);
    let scheme = plain.split_once("//").map(|(scheme, _)| format!("{scheme}//")).unwrap_or_default();
    match url.rfind('@') {
        Some(at) if at >= plain.len() => format!("{scheme}[hidden]"),
        Some(at) => format!("{scheme}{}", &plain[at + 1..]),
        None => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Secret;

    #[test]
    fn a_prefix_is_kept_and_a_slash_at_the_end_is_not() {
        assert_eq!(Address::parse("http://127.0.0.1:9090/").unwrap().base, "http://127.0.0.1:9090");
        assert_eq!(
            Address::parse("https://m.example/select/0/prometheus/").unwrap().base,
            "https://m.example/select/0/prometheus"
        );
    }

    #[test]
    fn credentials_in_a_url_are_refused_and_not_repeated() {
        for url in
            ["http://alice:hunter22@host/", "https://alice:hun/ter22@host", "alice:hunter22@host", "http://a:hunter22?x@host/"]
        {
            let told = Address::parse(url).unwrap_err();
            let text = format!("{told} {told:?}");
            assert!(text.contains("credentials in the URL") && !text.contains("ter22"), "{url}: {text}");
        }
        assert!(!Address::parse("http://host/?token=hunter22").unwrap_err().to_string().contains("hunter22"));
    }

    #[test]
    fn pages_of_the_user_interface_are_no_addresses() {
        for url in
            ["http://host:9090/graph", "http://host:9090/api/v1/query_range", "ftp://host", "host:9090", "", "http://", "9090"]
        {
            assert_eq!(Address::parse(url).unwrap_err().slug, "live/url", "{url}");
        }
    }

    #[test]
    fn credentials_travel_over_https_or_at_home() {
        let access = Access::bearer(Secret::new("t0p-secret"));
        for (url, goes) in [
            ("http://127.0.0.1:9090", true),
            ("http://localhost:9090", true),
            ("http://[::1]:9090", true),
            ("https://metrics.example", true),
            ("http://metrics.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://10.0.0.1:9090", false),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.admits(&access).is_ok(), goes, "{url}");
            assert!(address.admits(&Access::none()).is_ok());
        }
    }

    #[test]
    fn redirects_stay_on_the_host() {
        let at = Address::parse("http://metrics.example:9090").unwrap();
        assert_eq!(at.follow("/prom/api").as_deref(), Some("http://metrics.example:9090/prom/api"));
        assert!(at.follow("http://metrics.example:9090/x").is_some());
        assert!(at.follow("https://metrics.example/x").is_some());
        for elsewhere in
            ["//evil.example/x", "http://evil.example:9090/x", "http://metrics.example:8080/x", "https://u@metrics.example/x"]
        {
            assert_eq!(at.follow(elsewhere), None, "{elsewhere}");
        }
        assert_eq!(Address::parse("https://m.example").unwrap().follow("http://m.example/"), None);
    }
}
