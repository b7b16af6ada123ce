//! Spans that a Collector sends while the page looks on.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::client::{connect, send};
use super::running::{Running, folder};

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";
const SPANS: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}"#;
const MIB: usize = 1 << 20;

fn listening() -> Running {
    Running::start(&folder(&[]), &["--listen", "127.0.0.1:0"])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One span whose name makes the whole `length` bytes long.
fn spans_of(length: usize) -> Vec<u8> {
    let length = length - SPANS.len() + "one".len();
    SPANS.replace("one", &"x".repeat(length)).into_bytes()
}

#[test]
fn the_page_is_told_where_spans_come_in() {
    let running = listening();
    let start: serde_json::Value =
        serde_json::from_slice(&running.get("/start.json").body).unwrap();
    let endpoint = format!("http://127.0.0.1:{}", running.listen);
    assert_eq!(start["listen"], serde_json::json!({"endpoint": endpoint, "url": "live"}));
    let exporter = format!("exporters:\n  otlp_http/playground: {{ endpoint: \"{endpoint}\" }}\n");
    assert!(running.out.contains(&exporter), "{}", running.out);
    let silent = Running::start(&folder(&[]), &[]);
    assert_eq!(silent.get("/live?after=0").status, 404);
}

/// Guarantees: each request comes out by its number, byte for byte but for its compression.
#[test]
fn what_came_in_goes_out_by_number() {
    let running = listening();
    let protobuf = otlp_json::to_protobuf(SPANS).unwrap();
    for (media, body, empty) in
        [(PROTOBUF, protobuf.as_slice(), ""), (JSON, SPANS.as_bytes(), "{}")]
    {
        let plain = running.post(media, body);
        let packed = gzip(body);
        let headers = [&format!("Content-Type: {media}"), "Content-Encoding: gzip"];
        for answer in [plain, running.post_with(&headers, &packed)] {
            assert_eq!((answer.status, answer.text()), (200, empty));
            assert_eq!(answer.header("content-type"), Some(media));
        }
    }
    let expected: [(&str, &[u8]); 4] = [
        (PROTOBUF, &protobuf),
        (PROTOBUF, &protobuf),
        (JSON, SPANS.as_bytes()),
        (JSON, SPANS.as_bytes()),
    ];
    for (number, (media, body)) in expected.into_iter().enumerate() {
        let live = running.get(&format!("/live?after={number}"));
        assert_eq!((live.status, live.header("content-type")), (200, Some(media)));
        let sequence = (number + 1).to_string();
        assert_eq!(live.header("lapidary-sequence"), Some(sequence.as_str()));
        assert_eq!(live.header("lapidary-lost"), Some("0"));
        assert_eq!(live.body, body);
    }
}

#[test]
fn the_page_waits_a_moment_for_the_next() {
    let running = listening();
    let begun = Instant::now();
    let none = running.get("/live?after=0");
    assert_eq!((none.status, none.body.len()), (204, 0));
    assert!(begun.elapsed() > Duration::from_millis(900));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| running.get("/live?after=0"));
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(running.post(JSON, SPANS.as_bytes()).status, 200);
        assert_eq!(waiting.join().unwrap().text(), SPANS);
    });
    for path in ["/live", "/live?after=", "/live?after=-1", "/live?after=one"] {
        let answer = running.get(path);
        let line = "after: expected the number of the last request seen, or 0\n";
        assert_eq!((answer.status, answer.text()), (400, line), "{path}");
    }
}

/// Scenario: a Collector keeps its connection, and does not say beforehand how long a body is.
#[test]
fn a_connection_is_used_again_and_bodies_come_in_pieces() {
    let running = listening();
    let mut stream = connect(running.listen);
    let (one, two) = SPANS.split_at(20);
    for _ in 0..3 {
        write!(
            stream,
            "POST /v1/traces HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n",
            running.listen
        )
        .unwrap();
        write!(stream, "{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n", one.len(), two.len())
            .unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n{}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
    assert_eq!(running.get("/live?after=2").text(), SPANS);
}

/// Guarantees: what a page can send to another site without being asked first does not get in.
#[test]
fn other_content_types_are_refused() {
    let running = listening();
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-8",
        "application/json, text/plain",
        "text/plain, application/json",
        "application/grpc",
        "",
    ] {
        let answer = running.post(media, SPANS.as_bytes());
        let line = "found another content type; expected application/x-protobuf or application/json, and nothing besides\n";
        assert_eq!((answer.status, answer.text()), (415, line), "{media}");
    }
    assert_eq!(running.post_with(&[], SPANS.as_bytes()).status, 415);
    let (json, text) = ("Content-Type: application/json", "Content-Type: text/plain");
    assert_eq!(running.post_with(&[json, text], SPANS.as_bytes()).status, 415);
    for encoding in ["zstd", "gzip, gzip", "identity", ""] {
        let encoding = format!("Content-Encoding: {encoding}");
        let answer = running.post_with(&[json, &encoding], SPANS.as_bytes());
        let line = "found another content encoding; expected gzip, or none\n";
        assert_eq!((answer.status, answer.text()), (415, line), "{encoding}");
    }
    assert_eq!(running.get("/live?after=0").status, 204);
}

#[test]
fn only_traces_are_taken() {
    let running = listening();
    let host = format!("Host: 127.0.0.1:{}", running.listen);
    let ask =
        |line: &str| send(running.listen, &[line, &host, "Content-Type: application/json"], b"");
    for path in ["/v1/metrics", "/v1/logs", "/", "/live?after=0", "/v1/traces/", "/v1/../v1/traces"]
    {
        let answer = ask(&format!("POST {path} HTTP/1.1"));
        let line = "found another path; expected /v1/traces: only traces are taken here\n";
        assert_eq!((answer.status, answer.text()), (404, line), "{path}");
    }
    for method in ["GET", "PUT", "OPTIONS"] {
        let answer = ask(&format!("{method} /v1/traces HTTP/1.1"));
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
    }
}

#[test]
fn what_is_no_otlp_is_refused_without_a_word_of_it() {
    let running = listening();
    let secret = "4111 1111 1111 1111";
    let no_utf8 = [b"\x0a\x0a\x12\x08\x12\x06\x2a\x04".as_slice(), b"\xff\xfe\xfd\xfc"].concat();
    let json = format!(r#"{{"resourceSpans":"{secret}"}}"#);
    let other = format!(r#"{{"{secret}":[]}}"#);
    for (media, body) in [
        (PROTOBUF, SPANS.as_bytes()),
        (PROTOBUF, &no_utf8),
        (JSON, b"\x0a\x0a\x12\x08\x12\x06\x2a\x04ping"),
        (JSON, b""),
        (JSON, b"{\"resourceSpans\":[\xff]}"),
        (JSON, json.as_bytes()),
        (JSON, other.as_bytes()),
    ] {
        let answer = running.post(media, body);
        assert_eq!(answer.status, 400, "{body:?}");
        assert!(answer.text().starts_with("found a body that is no OTLP: "), "{answer:?}");
        assert_eq!(answer.text().lines().count(), 1);
        assert!(!answer.text().contains("4111"), "{answer:?}");
    }
    let packed = gzip(SPANS.as_bytes());
    let headers = ["Content-Type: application/json", "Content-Encoding: gzip"];
    for body in [&packed[..packed.len() / 2], SPANS.as_bytes(), b""] {
        let answer = running.post_with(&headers, body);
        assert_eq!(
            (answer.status, answer.text()),
            (400, "found a body that is no OTLP: it is no gzip\n")
        );
    }
    assert_eq!(running.get("/live?after=0").status, 204);
}

/// Scenario: bodies of exactly the bound, of a byte more, and of a gigabyte in a megabyte.
#[test]
fn no_body_is_longer_than_four_mebibytes_however_it_is_packed() {
    let running = listening();
    let (json, packed) = ("Content-Type: application/json", "Content-Encoding: gzip");
    let (most, more) = (spans_of(4 * MIB), spans_of(4 * MIB + 1));
    assert_eq!(running.post(JSON, &most).status, 200);
    assert_eq!(running.post_with(&[json, packed], &gzip(&most)).status, 200);
    let bomb = gzip(&vec![0; 1 << 30]);
    assert!(bomb.len() < 2 * MIB);
    for answer in [
        running.post(JSON, &more),
        running.post_with(&[json, packed], &gzip(&more)),
        running.post_with(&[json, packed], &bomb),
    ] {
        let line = "found a body of more than 4 MiB; expected smaller batches\n";
        assert_eq!((answer.status, answer.text()), (413, line));
    }
    assert!(running.peak() < 256, "{} MiB", running.peak());
    assert_eq!(running.get("/live?after=2").status, 204);
    assert!(running.get("/live?after=1").body == most);
}

/// Guarantees: what is kept in memory stays under 64 MiB, and the page learns how much it missed.
#[test]
fn more_than_the_bound_pushes_out_the_oldest() {
    let running = listening();
    let (spans, packed) = (spans_of(4 * MIB), gzip(&spans_of(4 * MIB)));
    let headers = ["Content-Type: application/json", "Content-Encoding: gzip"];
    for _ in 0..18 {
        assert_eq!(running.post_with(&headers, &packed).status, 200);
    }
    let first = running.get("/live?after=0");
    assert_eq!(first.header("lapidary-sequence"), Some("3"));
    assert_eq!(first.header("lapidary-lost"), Some("2"));
    assert!(first.body == spans);
    assert_eq!(running.get("/live?after=17").header("lapidary-sequence"), Some("18"));
}
