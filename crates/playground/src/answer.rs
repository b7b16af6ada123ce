//! What goes back to a browser, with the headers that each answer has.
//!
//! What is no HTTP at all never comes this far: hyper answers it with a 400 of its own, without a body.

use std::borrow::Cow;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

use crate::media;

pub(crate) type Answer = Response<Full<Bytes>>;

/// The page runs its own scripts and WebAssembly, and fetches from where it came from; nothing else may
/// be loaded, sent to, or put around it, whatever a span or a rule says. Styles stand inline because
/// editors write them so.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data: blob:; \
    worker-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // Spans and rules must not be on a disk because somebody looked at them.
    (CACHE_CONTROL, "no-store"),
];

/// Why a request gets no more than a line of text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    /// Says what was found and expected; it quotes nothing that may come from a span.
    pub line: Cow<'static, str>,
    /// The methods that are taken, where another was found.
    pub allow: Option<&'static str>,
}

impl Refusal {
    pub fn new(status: StatusCode, line: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal { status, line: line.into(), allow: None }
    }

    /// Refuses a method where only these are taken, as the header `Allow` lists them.
    pub fn method(allowed: &'static str) -> Refusal {
        let line = format!("found another method; expected {allowed}");
        Refusal { allow: Some(allowed), ..Refusal::new(StatusCode::METHOD_NOT_ALLOWED, line) }
    }
}

/// Makes an answer with a body.
pub(crate) fn found(media: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = empty(StatusCode::OK);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    *answer.body_mut() = Full::new(body.into());
    answer
}

/// Makes an answer without a body.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    for (name, value) in HEADERS {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// Makes an answer of a line of text.
pub(crate) fn refused(refusal: Refusal) -> Answer {
    let mut answer = found(media::TEXT, format!("{}\n", refusal.line));
    *answer.status_mut() = refusal.status;
    if let Some(methods) = refusal.allow {
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    }
    answer
}
