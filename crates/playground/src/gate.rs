//! [`Gate`]: which requests are heard at all, whoever sends them.
//!
//! A port on loopback is reached by every program of this machine, and so by every page that a browser
//! shows on it. A page of a stranger cannot read what we answer, but for one way: its own name may come
//! to mean 127.0.0.1 after it was loaded (DNS rebinding). The browser then sends that name as `Host`.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{StatusCode, Uri};

use crate::answer::Refusal;

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const HTTP: u16 = 80;

/// Knows the names of one port.
#[derive(Debug)]
pub(crate) struct Gate {
    port: u16,
    names: Vec<String>,
}

impl Gate {
    /// Makes a gate for the port behind this address.
    pub fn new(address: SocketAddr) -> Gate {
        let itself = match address.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let names = vec!["127.0.0.1".into(), "localhost".into(), "[::1]".into(), itself];
        Gate { port: address.port(), names }
    }

    /// Refuses what was meant for another server, and what another site's page sends.
    pub fn check(&self, head: &Parts) -> Result<(), Refusal> {
        if !self.is_meant(&head.uri, &head.headers) {
            let expected = format!(
                "found another `Host`; expected 127.0.0.1:{0}, localhost:{0} or [::1]:{0}",
                self.port
            );
            return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, expected));
        }
        if !self.is_from_here(&head.headers) {
            let line = "found a request of another site's page; expected one of this page, or an address that was typed or pasted";
            return Err(Refusal::new(StatusCode::FORBIDDEN, line));
        }
        Ok(())
    }

    fn is_meant(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        // A proxy is sent whole addresses; what stands there counts as `Host` does.
        let is_ours = uri.authority().is_none_or(|name| self.is_ours(name.as_str()));
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        is_ours && host.to_str().is_ok_and(|host| self.is_ours(host))
    }

    /// A browser says where a page is from that asks for something: by `Origin`, where something may be
    /// changed or read across sites, and by `Sec-Fetch-Site`. A page on another port of this machine is
    /// the same site, and a stranger all the same.
    fn is_from_here(&self, headers: &HeaderMap) -> bool {
        let is_ours = |origin: &HeaderValue| {
            let name = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
            name.is_some_and(|name| self.is_ours(name))
        };
        let is_near = |site: &HeaderValue| site == "same-origin" || site == "none";
        headers.get_all(ORIGIN).iter().all(is_ours) && headers.get_all(SITE).iter().all(is_near)
    }

    fn is_ours(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        let is_named = self.names.iter().any(|name| name.eq_ignore_ascii_case(authority.host()));
        let is_plain = !authority.as_str().contains('@');
        is_named && is_plain && authority.port_u16().unwrap_or(HTTP) == self.port
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn status(headers: &[(&str, &str)]) -> Option<u16> {
        checked("/", headers)
    }

    fn checked(uri: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let gate = Gate::new(([127, 0, 0, 1], 8123).into());
        gate.check(&head).err().map(|refusal| refusal.status.as_u16())
    }

    #[test]
    fn only_names_of_this_machine_with_the_port_are_hosts() {
        for host in ["127.0.0.1:8123", "localhost:8123", "LocalHost:8123", "[::1]:8123"] {
            assert_eq!(status(&[("host", host)]), None, "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:8124",
            "127.0.0.1:08124",
            "127.0.0.2:8123",
            "evil.example:8123",
            "localhost.evil.example:8123",
            "127.0.0.1.nip.io:8123",
            "me@127.0.0.1:8123",
            "127.0.0.1:8123@evil.example",
            "localhost.:8123",
            "[::2]:8123",
        ] {
            assert_eq!(status(&[("host", host)]), Some(421), "{host}");
        }
        assert_eq!(status(&[]), Some(421));
        let twice = [("host", "127.0.0.1:8123"), ("host", "evil.example")];
        assert_eq!(status(&twice), Some(421));
        let absolute = checked("http://evil.example/", &[("host", "127.0.0.1:8123")]);
        assert_eq!(absolute, Some(421));
    }

    #[test]
    fn a_page_of_another_origin_is_a_stranger() {
        let with = |name, value| status(&[("host", "127.0.0.1:8123"), (name, value)]);
        assert_eq!(with("origin", "http://127.0.0.1:8123"), None);
        for origin in [
            "http://evil.example",
            "https://127.0.0.1:8123",
            "http://127.0.0.1:3000",
            "http://127.0.0.1:8123.evil.example",
            "null",
            "",
        ] {
            assert_eq!(with("origin", origin), Some(403), "{origin}");
        }
        assert_eq!(with("sec-fetch-site", "same-origin"), None);
        assert_eq!(with("sec-fetch-site", "none"), None);
        assert_eq!(with("sec-fetch-site", "same-site"), Some(403));
        assert_eq!(with("sec-fetch-site", "cross-site"), Some(403));
    }

    #[test]
    fn without_a_port_80_is_meant() {
        let gate = Gate::new(([127, 0, 0, 1], HTTP).into());
        assert!(gate.is_ours("localhost") && gate.is_ours("localhost:80"));
        assert!(!gate.is_ours("localhost:8123"));
    }
}
