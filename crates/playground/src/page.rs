//! [`Page`]: what is answered on the page's port.

use std::sync::Arc;

use hyper::header::{HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use tokio::task::spawn_blocking;

use crate::answer::{self, Answer, Refusal};
use crate::gate::Gate;
use crate::live::{Live, Next};
use crate::media;
use crate::session::Pass;
use crate::site::{Given, Site};

const SEQUENCE: HeaderName = HeaderName::from_static("lapidary-sequence");
const LOST: HeaderName = HeaderName::from_static("lapidary-lost");

/// The page's files and, where spans come in, those.
pub(crate) struct Page {
    pub gate: Gate,
    pub pass: Pass,
    pub files: Arc<Files>,
    pub live: Option<Arc<Live>>,
}

/// The page as it was built, and what the command line adds.
pub(crate) struct Files {
    pub site: Box<dyn Site>,
    pub given: Given,
}

impl Page {
    /// Answers a request by its head; no request here needs a body.
    pub async fn answer(&self, head: &Parts) -> Answer {
        self.admitted(head).await.unwrap_or_else(answer::refused)
    }

    async fn admitted(&self, head: &Parts) -> Result<Answer, Refusal> {
        self.gate.check(head)?;
        if head.method != Method::GET && head.method != Method::HEAD {
            return Err(Refusal::method("GET, HEAD"));
        }
        if let ("/", Some(token)) = (head.uri.path(), parameter(head, "token")) {
            return self.exchange(token);
        }
        if !self.pass.admits(&head.headers) {
            return Err(stranger());
        }
        match (head.uri.path(), &self.live) {
            ("/live", Some(live)) => next(live, head).await,
            (path, _) => self.file(path.trim_start_matches('/')).await,
        }
    }

    /// Gives a session for the token, and leads to an address that is no secret.
    fn exchange(&self, token: &str) -> Result<Answer, Refusal> {
        if !self.pass.is_token(token) {
            return Err(stranger());
        }
        let mut answer = answer::empty(StatusCode::SEE_OTHER);
        let cookie = HeaderValue::from_str(&self.pass.set_cookie()).map_err(|_| stranger())?;
        answer.headers_mut().insert(SET_COOKIE, cookie);
        answer.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
        Ok(answer)
    }

    async fn file(&self, path: &str) -> Result<Answer, Refusal> {
        let path = if path.is_empty() { "index.html" } else { path }.to_owned();
        let files = Arc::clone(&self.files);
        // A disk, or what stands for a file, may be slow.
        let found = spawn_blocking(move || files.find(&path)).await.ok().flatten();
        let (media, bytes) = found
            .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "found no file under this path"))?;
        Ok(answer::found(media, bytes))
    }
}

impl Files {
    fn find(&self, path: &str) -> Option<(&'static str, bytes::Bytes)> {
        self.given.file(path).or_else(|| Some((media::of(path), self.site.file(path)?)))
    }
}

/// Says nothing of what was wrong: a guess must not be told that it was near.
fn stranger() -> Refusal {
    let line = "found no session of this run; expected the address that `lapidary playground` printed, with its token";
    Refusal::new(StatusCode::FORBIDDEN, line)
}

async fn next(live: &Live, head: &Parts) -> Result<Answer, Refusal> {
    let number = parameter(head, "after").and_then(|number| number.parse().ok());
    let number = number.ok_or_else(|| {
        let line = "after: expected the number of the last request seen, or 0";
        Refusal::new(StatusCode::BAD_REQUEST, line)
    })?;
    Ok(match live.after(number).await {
        None => answer::empty(StatusCode::NO_CONTENT),
        Some(Next { request, sequence, lost }) => {
            let mut answer = answer::found(request.media, request.body);
            answer.headers_mut().insert(SEQUENCE, sequence.into());
            answer.headers_mut().insert(LOST, lost.into());
            answer
        }
    })
}

/// Returns a parameter of the address. Ours are digits and letters, so nothing is decoded.
fn parameter<'h>(head: &'h Parts, name: &str) -> Option<&'h str> {
    let pairs = head.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}
