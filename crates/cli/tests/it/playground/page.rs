//! Who gets the page, and what it gets.

use super::client::send;
use super::running::{Running, folder};

const STRANGER: &str = "found no session of this run; expected the address that `lapidary playground` printed, with its token\n";

/// Guarantees: the printed token becomes a cookie that scripts and other sites do not see, and leaves
/// the address.
#[test]
fn the_token_becomes_a_cookie() {
    let folder = folder(&[]);
    let running = Running::start(&folder, &[]);
    assert_eq!(running.token.len(), 64);
    let admitted = running.ask("GET", &format!("/?token={}", running.token), &[]);
    assert_eq!((admitted.status, admitted.header("location")), (303, Some("/")));
    assert!(!admitted.header("set-cookie").unwrap().contains(&running.token));
    let (name, attributes) = admitted.header("set-cookie").unwrap().split_once('=').unwrap();
    assert_eq!(name, format!("lapidary-{}", running.page));
    assert_eq!(attributes.split_once(';').unwrap().1, " HttpOnly; SameSite=Strict; Path=/");
    let page = running.get("/");
    assert_eq!((page.status, page.text()), (200, "<!doctype html><title>page</title>"));
    let head = running.ask("HEAD", "/", &[&running.cookie]);
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some("34")));
}

#[test]
fn without_the_cookie_nothing_is_told() {
    let folder = folder(&[]);
    let running = Running::start(&folder, &["--listen", "127.0.0.1:0"]);
    let other = Running::start(&folder, &[]);
    let (head, token) = (running.cookie.split_at(20).0, running.token.as_str());
    let wrong = [
        String::new(),
        other.cookie.clone(),
        format!("{head}{}", other.cookie.split_at(20).1),
        format!("Cookie: lapidary-{}=", running.page),
        format!("Cookie: lapidary-{}={token}", running.page),
        running.cookie[..running.cookie.len() - 1].into(),
        format!("{}0", running.cookie),
    ];
    let without = ["/", "/index.html", "/start.json", "/live?after=0", "/nothing"];
    for cookie in wrong.iter().map(|cookie| if cookie.is_empty() { "A: b" } else { cookie }) {
        for path in without {
            let answer = running.ask("GET", path, &[cookie]);
            assert_eq!((answer.status, answer.text()), (403, STRANGER), "{cookie} {path}");
        }
    }
    for token in [&other.token, "", &token[1..], &format!("{token}0"), &"0".repeat(9000)] {
        let answer = running.ask("GET", &format!("/?token={token}"), &[&running.cookie]);
        assert_eq!((answer.status, answer.text()), (403, STRANGER), "{token}");
        assert_eq!(answer.header("set-cookie"), None);
    }
    // Only at the root: no other address takes it.
    let answer = running.ask("GET", &format!("/start.json?token={token}"), &[]);
    assert_eq!(answer.status, 403);
}

/// Scenario: a stranger's page has its name lead to 127.0.0.1 (DNS rebinding), or asks from its own.
#[test]
fn strangers_pages_are_refused_on_both_ports() {
    let folder = folder(&[]);
    let running = Running::start(&folder, &["--listen", "127.0.0.1:0"]);
    for port in [running.page, running.listen] {
        let ask = |line: &str, headers: &[&str]| {
            let head =
                [&[line, running.cookie.as_str(), "Content-Type: application/json"], headers];
            send(port, &head.concat(), b"")
        };
        let (get, here) = ("GET /start.json HTTP/1.1", format!("Host: 127.0.0.1:{port}"));
        let foreign = format!("Host: evil.example:{port}");
        for host in [foreign.as_str(), "Host: evil.example", "Host: 127.0.0.1", "Host: "] {
            let answer = ask(get, &[host]);
            let names = format!("127.0.0.1:{port}, localhost:{port} or [::1]:{port}");
            let line = format!("found another `Host`; expected {names}\n");
            assert_eq!((answer.status, answer.text()), (421, line.as_str()), "{host}");
        }
        assert_eq!(ask("GET /start.json HTTP/1.0", &[]).status, 421);
        assert_eq!(ask("GET http://evil.example/ HTTP/1.1", &[&here]).status, 421);
        let sibling = "Origin: http://localhost:1";
        for from in
            ["Origin: http://evil.example", "Origin: null", sibling, "Sec-Fetch-Site: cross-site"]
        {
            for method in ["GET", "POST", "OPTIONS"] {
                let answer = ask(&format!("{method} /v1/traces HTTP/1.1"), &[&here, from]);
                assert_eq!(answer.status, 403, "{from}");
                assert!(answer.text().starts_with("found a request of another site's page"));
            }
        }
        for near in ["localhost", "127.0.0.1", "[::1]"] {
            let (host, origin) =
                (format!("Host: {near}:{port}"), format!("Origin: http://{near}:{port}"));
            let answer = ask(get, &[&host, &origin, "Sec-Fetch-Site: same-origin"]);
            assert_eq!(answer.status, if port == running.page { 200 } else { 404 });
        }
    }
    assert_eq!(running.get("/live?after=0").status, 204);
}

#[test]
fn the_page_is_only_read() {
    let folder = folder(&[]);
    let running = Running::start(&folder, &[]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] {
        let answer = running.ask(method, "/", &[&running.cookie]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
        assert_eq!(answer.text(), "found another method; expected GET, HEAD\n");
    }
}

/// Scenario: beside the page lie a file, and the plugin that the tests are run with.
#[test]
fn no_path_leads_out_of_the_page() {
    let folder = folder(&[("secret.txt", "no")]);
    let running = Running::start(&folder, &[]);
    let absolute = format!("/{}", folder.path().join("secret.txt").display());
    for path in [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/.%2e/secret.txt",
        "/assets/..%00/secret.txt",
        "//secret.txt",
        "/./../secret.txt",
        "/assets",
        "/assets/",
        "/secret.txt",
        "/plugin.wasm",
        absolute.as_str(),
    ] {
        let answer = running.get(path);
        let said = (answer.status, answer.text());
        assert_eq!(said, (404, "found no file under this path\n"), "{path}");
    }
}

#[test]
fn each_file_says_what_it_is() {
    let folder = folder(&[]);
    let running = Running::start(&folder, &[]);
    for (path, media) in [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/assets/page.js", "text/javascript; charset=utf-8"),
        ("/assets/page.js?v=1", "text/javascript; charset=utf-8"),
        ("/assets/page.css", "text/css; charset=utf-8"),
        ("/plugins/redact-pii.wasm", "application/wasm"),
        ("/rules/redact-pii/base.yaml", "text/plain; charset=utf-8"),
        ("/recordings/order/spans.jsonl", "application/x-ndjson"),
        ("/start.json", "application/json"),
    ] {
        let answer = running.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(media)), "{path}");
    }
    // What is refused is text, too, and no page that a browser would run.
    let refused = running.get("/nothing.html");
    assert_eq!(refused.header("content-type"), Some("text/plain; charset=utf-8"));
}
