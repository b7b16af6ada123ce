//! [`Pass`]: who is let in to the page.
//!
//! The address that is printed has a token of this run, which is exchanged for a cookie at once: an
//! address stays in histories and on screens. Other users of the machine, and its other programs, have
//! neither.

use std::fmt;

use ctutils::CtEq;
use hyper::header::{COOKIE, HeaderMap};

/// The token of a run, and the session that it is exchanged for.
pub(crate) struct Pass {
    token: String,
    session: String,
    /// A browser sends cookies of one port to all; so each has a name of its own.
    cookie: String,
}

impl fmt::Debug for Pass {
    /// Shows neither.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pass({})", self.cookie)
    }
}

impl Pass {
    /// Draws both at random, for the page on this port.
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub fn new(port: u16) -> Result<Pass, getrandom::Error> {
        Ok(Pass { token: random()?, session: random()?, cookie: format!("lapidary-{port}") })
    }

    /// Returns what stands in the address that is printed.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Says whether this is the token of this run.
    pub fn is_token(&self, given: &str) -> bool {
        is_same(&self.token, given)
    }

    /// Returns what a browser is told to send from then on, and to show no script and no other site.
    pub fn set_cookie(&self) -> String {
        format!("{}={}; HttpOnly; SameSite=Strict; Path=/", self.cookie, self.session)
    }

    /// Says whether a request has the session's cookie.
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        // Other programs of this machine have cookies here, too, of any bytes.
        let cookies =
            headers.get_all(COOKIE).iter().map(|it| String::from_utf8_lossy(it.as_bytes()));
        let pairs: Vec<String> =
            cookies.flat_map(|it| it.split(';').map(str::to_owned).collect::<Vec<_>>()).collect();
        pairs.iter().any(|pair| {
            let (name, value) = pair.trim().split_once('=').unwrap_or_default();
            name == self.cookie && is_same(&self.session, value)
        })
    }
}

/// 32 bytes in hex.
fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// Takes the same time wherever the first difference is: what is near must not show.
fn is_same(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn token_and_session_are_two_and_of_this_run() {
        let (one, other) = (Pass::new(1).unwrap(), Pass::new(1).unwrap());
        assert_eq!((one.token.len(), one.session.len()), (64, 64));
        assert!(one.is_token(&one.token) && one.token != one.session);
        for token in [&other.token, &one.session, "", &one.token[1..], &format!("{}0", one.token)] {
            assert!(!one.is_token(token));
        }
    }

    #[test]
    fn a_cookie_of_another_run_or_port_does_not_count() {
        let admits = |pass: &Pass, cookies: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, cookies.parse().unwrap());
            pass.admits(&headers)
        };
        let (one, other, run) =
            (Pass::new(1).unwrap(), Pass::new(2).unwrap(), Pass::new(1).unwrap());
        let cookie = |pass: &Pass| pass.set_cookie().split(';').next().unwrap().to_owned();
        assert!(admits(&one, &cookie(&one)));
        assert!(admits(&one, &format!("a=b; {}; {}", cookie(&other), cookie(&one))));
        let mut odd = HeaderMap::new();
        let bytes = [b"x=\xff; ".as_slice(), cookie(&one).as_bytes()].concat();
        odd.insert(COOKIE, HeaderValue::from_bytes(&bytes).unwrap());
        assert!(one.admits(&odd));
        assert!(!admits(&one, &cookie(&other)));
        assert!(!admits(&one, &cookie(&run)));
        assert!(!admits(&one, "lapidary-1="));
        assert!(!admits(&one, ""));
        assert!(!one.admits(&HeaderMap::new()));
    }
}
