//! What is said where input, rules or usage are wrong.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::support::{Folder, lapidary};

const SPAN: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}"#;
const EXPECTED: &str = "expected a component that exports `lapidary:processor/plugin@0.2.0`";

fn fails(folder: &Folder, arguments: &[&str], expected: &str) {
    let ran = folder.run(arguments);
    assert_eq!((ran.status, ran.err.as_str()), (1, expected), "{arguments:?}");
    assert_eq!(ran.out, "", "{arguments:?}");
}

#[test]
fn a_file_that_is_no_plugin_is_one_clear_line() {
    let folder = Folder::new(&[("in.json", SPAN), ("text.wasm", "not a plugin")]);
    fails(
        &folder,
        &["run", "--plugin", "text.wasm", "in.json"],
        &format!("DIR/text.wasm: found a file that is not WebAssembly; {EXPECTED}\n"),
    );
    fails(
        &folder,
        &["inspect", "missing.wasm"],
        "DIR/missing.wasm: found no such file; expected the plugin's .wasm file\n",
    );
}

/// Guarantees: in the words of the Collector.
#[test]
fn a_module_that_starts_with_too_much_memory_is_one_clear_line() {
    let config =
        "processors: { lapidary: { memory_limit_mib: 1, plugins: [{ module: plugin.wasm }] } }";
    let folder = Folder::new(&[("otelcol.yaml", config)]);
    fails(
        &folder,
        &["check", "--config", "otelcol.yaml"],
        "DIR/plugin.wasm: found a module that starts with 1088 KiB of memory; expected no more than the limit of 1 MiB\n",
    );
}

#[test]
fn a_zip_or_a_folder_in_the_place_of_a_file_is_one_clear_line() {
    let config =
        "processors: { lapidary: { plugins: [{ module: plugin.wasm, rules: folder.yaml }] } }";
    let folder = Folder::new(&[("zip.wasm", "PK\x03\x04"), ("otelcol.yaml", config)]);
    for name in ["folder.wasm", "folder.yaml", "folder.json", "folder.binpb"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let not_wasm = format!("zip.wasm: found a file that is not WebAssembly; {EXPECTED}");
    let secret = "folder.yaml: found a folder; expected a file that holds the secret";
    let rules = "folder.yaml: found a folder; expected a file of rules";
    let module = "folder.wasm: found a folder; expected the plugin's .wasm file";
    let cases: [(&[&str], &str); 8] = [
        (&["check", "--plugin", "zip.wasm"], &not_wasm),
        (&["check", "--plugin", "folder.wasm"], module),
        (&["inspect", "folder.wasm"], module),
        (&["check", "--plugin", "plugin.wasm=folder.yaml"], rules),
        (&["check", "--config", "otelcol.yaml"], rules),
        (&["check", "--plugin", "plugin.wasm", "--secret", "key=folder.yaml"], secret),
        (
            &["run", "--plugin", "plugin.wasm", "folder.binpb"],
            "folder.binpb: found a folder; expected a file",
        ),
        (
            &["run", "--plugin", "plugin.wasm", "folder.json"],
            "folder.json: found a folder; expected a file",
        ),
    ];
    for (arguments, expected) in cases {
        fails(&folder, arguments, &format!("DIR/{expected}\n"));
    }
}

/// Scenario: the files of a config belong to somebody else. Root may read all, so it becomes nobody.
#[test]
fn a_file_that_may_not_be_read_is_one_clear_line() {
    let folder = Folder::new(&[("rules.yaml", ""), ("key", "hush")]);
    let set = |name: &str, mode| {
        let path = folder.path().join(name);
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    };
    set("", 0o755);
    for name in ["plugin.wasm", "rules.yaml", "key"] {
        set(name, 0);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_lapidary"));
    command.args(["check", "--plugin", "plugin.wasm=rules.yaml", "--secret", "key=key"]);
    command.current_dir(folder.path()).env_remove("HOME").env_remove("XDG_CACHE_HOME");
    if std::fs::metadata(folder.path()).unwrap().uid() == 0 {
        command.uid(65534);
    }
    // Nobody may not reach each folder in which this can be built.
    let Ok(ran) = command.output() else { return };
    let at = |name: &str| folder.path().join(name).display().to_string();
    let expected = format!(
        "{}: found permission denied; expected the plugin's .wasm file\n\
         {}: found permission denied; expected a file of rules\n\
         {}: found permission denied; expected a file that holds the secret\n",
        at("plugin.wasm"),
        at("rules.yaml"),
        at("key")
    );
    assert_eq!(String::from_utf8_lossy(&ran.stderr), expected);
    assert_eq!(ran.status.code(), Some(1));
}

/// Guarantees: a pipe into which nobody writes is told of, whatever file it stands for.
#[test]
fn a_pipe_without_a_writer_is_one_clear_line() {
    let folder = Folder::new(&[]);
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    let cases: [(&[&str], &str); 3] = [
        (&["check", "--plugin", "pipe"], "the plugin's .wasm file"),
        (&["check", "--plugin", "plugin.wasm=pipe"], "a file of rules"),
        (
            &["check", "--plugin", "plugin.wasm", "--secret", "key=pipe"],
            "a file that holds the secret",
        ),
    ];
    std::thread::scope(|scope| {
        for (arguments, expected) in cases {
            let folder = &folder;
            let line =
                format!("DIR/pipe: found a pipe that nobody writes to; expected {expected}\n");
            scope.spawn(move || fails(folder, arguments, &line));
        }
    });
}

/// Protects: rules that a shell puts together.
#[test]
fn rules_come_through_a_pipe_of_a_shell() {
    let folder = Folder::new(&[]);
    let script = "\"$0\" check --plugin plugin.wasm=<(sleep 0.3; echo 'does: pass')";
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_lapidary")]).current_dir(folder.path());
    let ran = command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).output().unwrap();
    let said = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!((&*said.0, &*said.1), ("misbehaving 0.1.0: the rules are good\n", ""));
}

/// Guarantees: all that is wrong is said at once, of every plugin.
#[test]
fn every_problem_is_said_at_once() {
    let folder = Folder::new(&[
        ("in.json", SPAN),
        ("base.yaml", "does: pass\nloudly: yes\n"),
        ("overlay.yaml", "\ndoes: sing\n"),
        ("key.hex", "not hex"),
    ]);
    fails(
        &folder,
        &[
            "run",
            "--plugin",
            "plugin.wasm=base.yaml,overlay.yaml",
            "--plugin",
            "none.wasm=none.yaml",
            "in.json",
        ],
        "DIR/base.yaml:2: loudly: found `yes`; expected a line of the table in the plugin's documentation\n\
             DIR/overlay.yaml:2: does: found `sing`; expected a line of the table in the plugin's documentation\n\
             DIR/none.wasm: found no such file; expected the plugin's .wasm file\n\
             DIR/none.yaml: found no such file; expected a file of rules\n",
    );
    fails(
        &folder,
        &["check", "--plugin", "plugin.wasm", "--secret", "key=key.hex,encoding=hex"],
        "DIR/key.hex: found text that is not hex; expected two hex digits a byte\n",
    );
    fails(
        &folder,
        &["check", "--plugin", "plugin.wasm", "--secret", "key=none"],
        "DIR/none: found no such file; expected a file that holds the secret\n",
    );
}

#[test]
fn damaged_spans_are_told_by_their_place() {
    let folder = Folder::new(&[
        ("cut.binpb", "\n\x05\x12"),
        // A link that is cut.
        ("link.binpb", "\n\t\x12\x07\x12\x05\x6a\x03\n\x7f\x01"),
        ("cut.jsonl", &format!("{SPAN}\n{}\n", &SPAN[..30])),
        ("wrong.json", "{\n  \"resourceSpans\": \"ivanov@example.com\"\n}"),
        ("spans.txt", ""),
    ]);
    let run = |input| ["run", "--plugin", "plugin.wasm", input];
    fails(
        &folder,
        &run("cut.binpb"),
        "DIR/cut.binpb: batch 1: decoding stopped at byte 1 of 3, inside TracesData: length runs past the end\n",
    );
    fails(
        &folder,
        &["run", "--plugin", "plugin.wasm", "link.binpb", "-o", "out.binpb"],
        "DIR/link.binpb: batch 1: decoding stopped at byte 9 of 11, inside Span.Link: length runs past the end\n",
    );
    assert!(!folder.path().join("out.binpb").exists());
    fails(
        &folder,
        &run("wrong.json"),
        "DIR/wrong.json: line 2, column 39: found a text; expected a list\n",
    );
    fails(&folder, &run("none.json"), "DIR/none.json: no such file\n");
    fails(
        &folder,
        &run("spans.txt"),
        "DIR/spans.txt: found another ending; expected a file that ends in `.json`, `.jsonl` or `.binpb`, or `-`\n",
    );
    let ran = folder.run(&run("cut.jsonl"));
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.err,
        "DIR/cut.jsonl: line 2, column 30: found text that is not JSON: EOF while parsing a string\n"
    );
    assert_eq!(ran.out, format!("{SPAN}\n"));
}

#[test]
fn the_only_processor_of_a_config_needs_no_name() {
    let plugins = |name: &str| format!("  {name}:\n    plugins: []\n");
    let config = |names: &[&str]| {
        let processors: String = names.iter().copied().map(plugins).collect();
        format!("processors:\n  batch:\n{processors}")
    };
    let folder = Folder::new(&[
        ("one.yaml", &config(&["lapidary/outside"])),
        ("two.yaml", &config(&["lapidary", "lapidary/outside"])),
        ("none.yaml", &config(&["lapidaries"])),
    ]);
    fails(
        &folder,
        &["check", "--config", "one.yaml"],
        "DIR/one.yaml: processors.lapidary/outside: plugins: found none; expected one or more\n",
    );
    fails(
        &folder,
        &["check", "--config", "two.yaml"],
        "DIR/two.yaml: processors: found 2 of `lapidary`; expected --processor with one of `lapidary`, `lapidary/outside`\n",
    );
    fails(
        &folder,
        &["check", "--config", "none.yaml"],
        "DIR/none.yaml: processors: found no `lapidary`; expected `batch`, `lapidaries`\n",
    );
}

#[test]
fn a_config_is_judged_as_the_collector_judges_it() {
    let config = "
processors:
  batch: {}
  lapidary/empty: {}
  lapidary/wrong:
    timeout: 0s
    memory_limit_mib: 0
    plugins:
      - rules: a.yaml
      - { module: plugin.wasm, rules: [] }
      - { module: plugin.wasm, secrets: { key: { encoding: hex } } }
  lapidary/unknown:
    plugin: []
";
    let folder = Folder::new(&[("otelcol.yaml", config)]);
    let check = |name| ["check", "--config", "otelcol.yaml", "--processor", name];
    fails(
        &folder,
        &check("lapidary/none"),
        "DIR/otelcol.yaml: processors: found no `lapidary/none`; expected `batch`, `lapidary/empty`, `lapidary/unknown`, `lapidary/wrong`\n",
    );
    fails(
        &folder,
        &check("lapidary/empty"),
        "DIR/otelcol.yaml: processors.lapidary/empty: plugins: found none; expected one or more\n",
    );
    fails(
        &folder,
        &check("lapidary/wrong"),
        "DIR/otelcol.yaml: processors.lapidary/wrong: timeout: found 0s; expected more than 0s\n\
         DIR/otelcol.yaml: processors.lapidary/wrong: memory_limit_mib: found 0; expected a whole number from 1 to 4096\n\
         DIR/otelcol.yaml: processors.lapidary/wrong: plugins[0].module: found nothing; expected the path of a .wasm file\n\
         DIR/otelcol.yaml: processors.lapidary/wrong: plugins[1].rules: found an empty list; expected paths of YAML files\n\
         DIR/otelcol.yaml: processors.lapidary/wrong: plugins[2].secrets.key: found neither; expected either `file` or `env`\n",
    );
    fails(
        &folder,
        &check("lapidary/unknown"),
        "DIR/otelcol.yaml: processors.lapidary/unknown: plugins: found none; expected one or more\n\
         DIR/otelcol.yaml: processors.lapidary/unknown: plugin: found an unknown key; expected one of `plugins`, `clock`, `timeout`, `memory_limit_mib`, `max_batch_bytes`, `instances`, `reload_interval`, `state_limit_mib`, `storage`, `storage_interval`, `faults`, `public_key`, `rules_public_key`, `cache_dir`\n",
    );
}

#[test]
fn wrong_usage_is_status_2() {
    let folder = Folder::new(&[("in.json", SPAN)]);
    let wrong: [&[&str]; 5] =
        [&[], &["sing"], &["run", "in.json"], &["run", "--plugin", "plugin.wasm"], &["test"]];
    for arguments in wrong {
        assert_eq!(lapidary(folder.path(), arguments).status, 2, "{arguments:?}");
    }
    assert_eq!(lapidary(folder.path(), &["--help"]).status, 0);
    fails(
        &folder,
        &["run", "--plugin", "plugin.wasm", "--now", "noon", "in.json"],
        "--now: found `noon`; expected a time such as `2026-03-02T09:00:00Z`\n",
    );
}
