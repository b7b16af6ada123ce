//! `inspect`, `componentize` and `test`.

use std::path::Path;

use crate::support::{CORE, Folder, lapidary, plugins, text};

#[test]
fn inspect_tells_what_a_plugin_is() {
    let folder = Folder::new(&[]);
    let ran = folder.run(&["inspect", "plugin.wasm"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let size = std::fs::metadata(folder.path().join("plugin.wasm")).unwrap().len();
    let (fixed, sha256) = ran.out.rsplit_once("sha256      ").unwrap();
    assert_eq!(
        fixed,
        format!(
            "name        misbehaving\n\
             version     0.1.0\n\
             about       Does what no plugin should.\n\
             contract    0.2.0\n\
             imports     lapidary:processor/host@0.2.0\n\
             \x20           lapidary:processor/meter@0.2.0\n\
             \x20           lapidary:processor/types@0.2.0\n\
             metered     yes\n\
             state       version 1, in one instance\n\
             on failure  block: a span that it cannot process does not pass\n\
             ticks       every 1s\n\
             counters    batches_seen {{batch}}: Batches that came in.\n\
             changes     drops spans\n\
             \x20           makes spans\n\
             \x20           writes fields\n\
             \x20           sets attributes\n\
             \x20           replaces values\n\
             size        {size} bytes\n"
        )
    );
    assert_eq!(sha256.trim().len(), 64);
    let ran = folder.run(&["inspect", "plugin.wasm", "--schema"]);
    assert_eq!(ran.out, "{\"type\":\"object\"}\n");
}

/// Guarantees: with rules it says what the plugin reads, changes and protects by them.
#[test]
fn inspect_tells_what_follows_from_rules() {
    let rules = "does: drop\nprotects: detector phone, key k1\n";
    let folder = Folder::new(&[("rules.yaml", rules), ("wrong.yaml", "does: sing\n")]);
    let ran = folder.run(&["inspect", "plugin.wasm=rules.yaml"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let (_, said) = ran.out.split_once("Batches that came in.\n").unwrap();
    let (said, _) = said.split_once("size ").unwrap();
    assert_eq!(
        said,
        "reads       everything\n\
         changes     drops spans\n\
         \x20           makes spans\n\
         \x20           writes span name\n\
         \x20           sets attributes of spans: seen\n\
         \x20           replaces values anywhere: all\n\
         protects    detector phone\n\
         \x20           key k1\n"
    );
    let ran = folder.run(&["inspect", "plugin.wasm=wrong.yaml"]);
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (
            1,
            "DIR/wrong.yaml:1: does: found `sing`; expected a line of the table in the plugin's documentation\n"
        )
    );
}

/// Scenario: a module that says more of itself than a line.
/// Guarantees: it cannot forge one, nor have a terminal hide one.
#[test]
fn inspect_gives_a_plugin_no_line_of_its_own() {
    let folder = Folder::new(&[]);
    let (told, forged) = (b"Batches that came in.", b"x\nreads none\x1b[8m     ");
    let module = folder.path().join("plugin.wasm");
    let mut bytes = std::fs::read(&module).unwrap();
    let at = bytes.windows(told.len()).position(|it| it == told).unwrap();
    bytes[at..at + told.len()].copy_from_slice(forged);
    std::fs::write(&module, bytes).unwrap();
    let ran = folder.run(&["inspect", "plugin.wasm"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains(r"x\nreads none\u{1b}[8m     "), "{}", ran.out);
}

#[test]
fn a_plugin_without_a_meter_runs_with_a_warning() {
    let folder = Folder::new(&[("in.json", "{}")]);
    let made = folder.run(&["componentize", text(&CORE), "-o", "bare.wasm", "--no-meter"]);
    assert_eq!((made.status, made.err.as_str()), (0, ""));
    let ran = folder.run(&["inspect", "bare.wasm"]);
    assert!(ran.out.contains("metered     no\n"), "{}", ran.out);
    let ran = folder.run(&["run", "--plugin", "bare.wasm", "in.json"]);
    assert!(
        ran.err.starts_with("misbehaving: warn: DIR/bare.wasm: found a module without a meter; expected one made by `lapidary componentize`; it runs with a slower limit\n"),
        "{}",
        ran.err
    );
}

#[test]
fn componentize_refuses_what_it_did_not_expect() {
    let folder = Folder::new(&[("text.wasm", "text")]);
    let ran = folder.run(&["componentize", "plugin.wasm", "-o", "twice.wasm"]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.starts_with("DIR/plugin.wasm: "), "{}", ran.err);
    let ran = folder.run(&["componentize", "text.wasm", "-o", "out.wasm"]);
    assert_eq!(ran.status, 1);
    assert!(!folder.path().join("out.wasm").exists());
}

/// Guarantees: the same folders pass through the component as natively, with a
/// budget of one round too, and leave a golden file each.
#[test]
fn cases_pass_through_the_component() {
    let folder = Folder::new(&[]);
    let testdata =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/fixtures/misbehaving/testdata");
    let run = ["test", text(&testdata), "--plugins-dir", text(plugins())];
    for more in [&["--golden", "golden"][..], &["--rounds", "1"]] {
        let ran = folder.run(&[&run[..], more].concat());
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (
                0,
                "ok    misbehaving/fails-without-losing-the-instance\n\
                 ok    misbehaving/hands-its-state-to-the-next-instance\n\
                 ok    misbehaving/reports-every-problem\n\
                 3 passed, 0 failed\n"
            ),
            "{}",
            ran.err
        );
    }
    let golden = folder.read("golden/misbehaving/hands-its-state-to-the-next-instance.json");
    for part in ["\"call\":\"load\"", "\"value\":\"AAAAAAAAAAM=\"", "\"problems\":[{"] {
        assert!(golden.contains(part), "{part} in {golden}");
    }
}

/// Scenario: one of two cases expects something else.
/// Guarantees: the first line that differs is shown, and the status is 1.
#[test]
fn a_case_that_fails_shows_the_first_line_that_differs() {
    let folder = Folder::new(&[]);
    let case = folder.path().join("cases/drops-the-batch");
    std::fs::create_dir_all(&case).unwrap();
    let write = |name: &str, text: &str| std::fs::write(case.join(name), text).unwrap();
    write(
        "case.yaml",
        "about: a\nplugin: misbehaving\nrules: []\nsteps: [{ batch: in.json, now: 2026-03-02T09:00:00Z }]\n",
    );
    write("in.json", "{}");
    write("expected.json", "{\n  \"steps\": [\n    nothing\n  ]\n}\n");
    let ran = lapidary(folder.path(), &["test", "cases", "--plugins-dir", text(plugins())]);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.out,
        "FAIL  cases/drops-the-batch\n\
         cases/drops-the-batch/expected.json:3: found\n\
         \x20     {\n\
         expected\n\
         \x20     nothing\n\
         0 passed, 1 failed\n"
    );
    assert_eq!(
        lapidary(folder.path(), &["test", text(plugins())]).err,
        "found no case; expected folders that hold a `case.yaml`\n"
    );
}

#[test]
fn a_new_plugin_has_a_name_of_its_own_and_a_place_to_come_from() {
    let folder = Folder::new(&[("there", "")]);
    for (arguments, expected) in [
        (
            &["new", "Late_Orders", "--lapidary", "."][..],
            "found the name `Late_Orders`; expected lower-case letters, digits and single hyphens between, a letter first\n",
        ),
        (
            &["new", "there", "--lapidary", "."],
            "DIR/there: found something there; expected the folder of a new plugin\n",
        ),
        (
            &["new", "late-orders", "--lapidary", "there"],
            "DIR/there: found no `crates/plugin/Cargo.toml`; expected a checkout of Lapidary\n",
        ),
    ] {
        let ran = folder.run(arguments);
        assert_eq!((ran.status, ran.err.as_str()), (1, expected));
    }
    assert!(!folder.path().join("late-orders").exists());
    let address = "https://example.org/lapidary";
    let ran = folder.run(&["new", "plugins/late-orders", "--lapidary", address]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let manifest = folder.read("plugins/late-orders/Cargo.toml");
    let plugin = format!("plugin = {{ package = \"lapidary-plugin\", git = \"{address}\" }}\n");
    assert!(manifest.contains(&plugin), "{manifest}");
    let left: Vec<_> =
        ["Cargo.toml", "src/lib.rs", "src/settings.rs", "tests/cases.rs", "README.md"]
            .into_iter()
            .filter(|file| folder.read(&format!("plugins/late-orders/{file}")).contains('@'))
            .collect();
    assert_eq!(left, [""; 0], "what stood for something else");
}
