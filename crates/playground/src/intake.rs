//! [`Intake`]: takes OTLP over HTTP, as a Collector's exporter sends it.
//!
//! It takes what a page of a stranger cannot send without being asked first: a form and `text/plain`
//! are refused, and nothing here answers the question that a browser asks before it sends other types
//! (CORS preflight).

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::answer::{self, Answer, Refusal};
use crate::gate::Gate;
use crate::live::{self, Live};
use crate::media;

const PATH: &str = "/v1/traces";
/// Longest body, compressed or not.
const MAX_BODY: usize = 4 << 20;
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes spans on a port of its own, and keeps them for the page.
#[derive(Debug)]
pub(crate) struct Intake {
    gate: Gate,
    live: Arc<Live>,
    /// A decoded body may be many times as long as it came; so one is decoded at a time.
    decoding: Arc<Mutex<()>>,
}

/// How a body is to be read.
#[derive(Clone, Copy, Debug)]
struct Form {
    media: &'static str,
    is_gzip: bool,
}

impl Intake {
    pub fn new(gate: Gate, live: Arc<Live>) -> Intake {
        Intake { gate, live, decoding: Arc::default() }
    }

    /// Answers as OTLP over HTTP has it: with an empty message in the form of the request.
    pub async fn answer<B>(&self, request: Request<B>) -> Answer
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        match self.take(request).await {
            Ok(media::JSON) => answer::found(media::JSON, "{}"),
            Ok(media) => answer::found(media, ""),
            Err(refusal) => answer::refused(refusal),
        }
    }

    async fn take<B>(&self, request: Request<B>) -> Result<&'static str, Refusal>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        let (head, body) = request.into_parts();
        self.gate.check(&head)?;
        let form = form(&head)?;
        let body = timeout(PATIENCE, whole(body)).await.map_err(|_| late())??;
        let decoding = Arc::clone(&self.decoding);
        let decoded = spawn_blocking(move || {
            let _one = decoding.lock().unwrap_or_else(PoisonError::into_inner);
            decode(body, form)
        });
        let body = decoded.await.map_err(|_| malformed("it could not be decoded"))??;
        self.live.keep(live::Request { media: form.media, body });
        Ok(form.media)
    }
}

fn form(head: &Parts) -> Result<Form, Refusal> {
    if head.uri.path() != PATH {
        let line = format!("found another path; expected {PATH}: only traces are taken here");
        return Err(Refusal::new(StatusCode::NOT_FOUND, line));
    }
    if head.method != Method::POST {
        return Err(Refusal::method("POST"));
    }
    let unsupported = |line: &'static str| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, line);
    let media = match one(&head.headers, &CONTENT_TYPE) {
        Some(b"application/x-protobuf") => media::PROTOBUF,
        Some(b"application/json") => media::JSON,
        _ => {
            let line = "found another content type; expected application/x-protobuf or application/json, and nothing besides";
            return Err(unsupported(line));
        }
    };
    let is_gzip = match one(&head.headers, &CONTENT_ENCODING) {
        Some(b"gzip") => true,
        None if !head.headers.contains_key(CONTENT_ENCODING) => false,
        _ => return Err(unsupported("found another content encoding; expected gzip, or none")),
    };
    Ok(Form { media, is_gzip })
}

/// Returns the header that stands once.
fn one<'h>(headers: &'h HeaderMap, name: &hyper::header::HeaderName) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    Some(value.as_bytes())
}

async fn whole<B>(body: B) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(too_long());
    }
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_long()),
        Err(_) => Err(malformed("it ends before its end")),
    }
}

fn decode(body: Bytes, form: Form) -> Result<Bytes, Refusal> {
    let body = if form.is_gzip { inflated(&body)? } else { body };
    let decoded = if form.media == media::JSON {
        let text = str::from_utf8(&body).map_err(|error| {
            malformed(&format!("found bytes that are no UTF-8 at byte {}", error.valid_up_to()))
        })?;
        otlp_json::to_protobuf(text).map(|_| ())
    } else {
        otlp_json::decode(&body).map(|_| ())
    };
    decoded.map_err(|error| malformed(&error.to_string()))?;
    Ok(body)
}

/// Unpacks no more than may come: a few kilobytes can hold gigabytes.
fn inflated(body: &[u8]) -> Result<Bytes, Refusal> {
    let mut inflated = Vec::new();
    let read = MultiGzDecoder::new(body).take(MAX_BODY as u64 + 1).read_to_end(&mut inflated);
    if inflated.len() > MAX_BODY {
        return Err(too_long());
    }
    read.map_err(|_| malformed("it is no gzip"))?;
    Ok(inflated.into())
}

fn too_long() -> Refusal {
    let line = "found a body of more than 4 MiB; expected smaller batches";
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, line)
}

fn late() -> Refusal {
    Refusal::new(StatusCode::REQUEST_TIMEOUT, "found no end of the body after 10 seconds")
}

fn malformed(why: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, format!("found a body that is no OTLP: {why}"))
}
