//! Ports, connections, and the end.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::client::connect;
use super::running::{Running, folder};

const SPANS: &[u8] = br#"{"resourceSpans":[]}"#;

#[test]
fn a_port_in_use_is_told_with_the_option_for_another() {
    let folder = folder(&[]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = folder.run(&["playground", "--site", "site", "--port", &port]);
    let line =
        format!("lapidary playground: 127.0.0.1:{port} is in use; choose another with --port\n");
    assert_eq!((ran.status, ran.err, ran.out.as_str()), (1, line, ""));
    let address = format!("127.0.0.1:{port}");
    let ran = folder.run(&["playground", "--site", "site", "--port", "0", "--listen", &address]);
    let line =
        format!("lapidary playground: {address} is in use; choose another with --listen ADDR\n");
    assert_eq!((ran.status, ran.err, ran.out.as_str()), (1, line, ""));
}

/// Guarantees: spans are taken from this machine alone, whatever is asked for.
#[test]
fn other_addresses_than_loopback_are_refused() {
    let folder = folder(&[]);
    for address in ["0.0.0.0:4318", "[::]:4318", "192.0.2.1:4318", "[::ffff:127.0.0.1]:4318"] {
        let ran = folder.run(&["playground", "--site", "site", "--listen", address]);
        let why = "expected an address of this machine alone, such as 127.0.0.1:4318: spans that anybody on the network may send are not for this page";
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains(why), "{}", ran.err);
    }
    let ran = folder.run(&["playground", "--site", "site", "--listen", "spans.jsonl"]);
    assert!(ran.err.contains("a recording stands before `--listen`"), "{}", ran.err);
    assert_eq!(ran.status, 2);
}

#[test]
fn a_signal_ends_it_well() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = folder(&[]);
        let running = Running::start(&folder, &["--listen", "localhost:0"]);
        // Neither who is silent nor who waits keeps it.
        let _silent = connect(running.page);
        assert_eq!(running.get("/").status, 200);
        let begun = Instant::now();
        assert_eq!(running.end(signal), (Some(0), String::new()));
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}

/// Scenario: as many clients as there are places say nothing, or half of a request.
/// Guarantees: others are answered, at the latest once those had their time.
#[test]
fn silent_clients_do_not_stop_others() {
    let folder = folder(&[]);
    let running = Running::start(&folder, &["--listen", "127.0.0.1:0"]);
    let silent: Vec<_> = (0..140)
        .map(|number| {
            let mut stream = connect(running.page);
            if number % 2 == 0 {
                stream.write_all(b"GET / HTTP/1.1\r\nHost: ").unwrap();
            }
            stream
        })
        .collect();
    let begun = Instant::now();
    assert_eq!(running.get("/").status, 200);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    for mut stream in silent {
        let mut rest = Vec::new();
        // Closed, in whichever way.
        let _ = stream.read_to_end(&mut rest);
    }
    let half = format!(
        "POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{{",
        running.listen
    );
    let mut halves: Vec<_> = (0..20).map(|_| connect(running.listen)).collect();
    halves.iter_mut().for_each(|stream| stream.write_all(half.as_bytes()).unwrap());
    let begun = Instant::now();
    assert_eq!(running.post("application/json", SPANS).status, 200);
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    let mut answer = [0; 12];
    halves[0].read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}
