//! Where `run -o` writes, and what it leaves where it fails.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::Folder;

const ONE: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}"#;
const OLD: &str = "what was there before\n";

fn folder() -> Folder {
    let batches = format!("{ONE}\n{ONE}\n");
    Folder::new(&[
        ("x.jsonl", &batches),
        ("broken.jsonl", &format!("{batches}{{\n")),
        ("old.jsonl", OLD),
        ("other.jsonl", OLD),
    ])
}

fn run(folder: &Folder, input: &str, output: &str) -> crate::support::Ran {
    folder.run(&["run", "--plugin", "plugin.wasm", input, "-o", output])
}

/// Names in the folder that were not there at first.
fn litter(folder: &Folder) -> Vec<String> {
    let known = ["x.jsonl", "broken.jsonl", "old.jsonl", "other.jsonl", "plugin.wasm"];
    let names = folder.path().read_dir().unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !known.contains(&name.as_str())).collect()
}

/// Guarantees: the input may be the output, by whatever name.
#[test]
fn the_input_may_be_the_output() {
    let folder = folder();
    symlink("x.jsonl", folder.path().join("link.jsonl")).unwrap();
    fs::hard_link(folder.path().join("x.jsonl"), folder.path().join("hard.jsonl")).unwrap();
    let full = folder.path().join("x.jsonl");
    let full = full.to_str().unwrap();
    for (input, output) in [
        ("x.jsonl", "x.jsonl"),
        ("./x.jsonl", "x.jsonl"),
        ("x.jsonl", full),
        (full, "../x.jsonl"),
        ("link.jsonl", "x.jsonl"),
        ("x.jsonl", "link.jsonl"),
        ("x.jsonl", "hard.jsonl"),
        ("hard.jsonl", "x.jsonl"),
    ] {
        let name = folder.path().file_name().unwrap().to_str().unwrap();
        let output = output.replace("../", &format!("../{name}/"));
        let ran = run(&folder, input, &output);
        assert_eq!(ran.status, 0, "{input} {output}: {}", ran.err);
        for name in ["x.jsonl", "link.jsonl", "hard.jsonl"] {
            assert_eq!(folder.read(name), format!("{ONE}\n{ONE}\n"), "{input} {output}: {name}");
        }
    }
    assert!(fs::symlink_metadata(folder.path().join("link.jsonl")).unwrap().is_symlink());
}

/// Guarantees: a run that fails, wherever it does, leaves the old output and nothing else.
#[test]
fn a_run_that_fails_leaves_the_old_output() {
    let folder = folder();
    for (input, output) in [
        ("broken.jsonl", "old.jsonl"),
        ("none.jsonl", "old.jsonl"),
        ("broken.jsonl", "new.jsonl"),
        ("broken.jsonl", "new.json"),
        ("broken.jsonl", "broken.jsonl"),
    ] {
        let ran = run(&folder, input, output);
        assert_eq!(ran.status, 1, "{input} {output}");
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert_eq!(folder.read("old.jsonl"), OLD);
        assert_eq!(folder.read("broken.jsonl"), format!("{ONE}\n{ONE}\n{{\n"));
        assert_eq!(litter(&folder), Vec::<String>::new(), "{input} {output}");
    }
    let ran = folder.run(&["run", "--plugin", "none.wasm", "x.jsonl", "-o", "old.jsonl"]);
    assert_eq!((ran.status, folder.read("old.jsonl").as_str()), (1, OLD));
}

/// Scenario: the command is killed while it waits for more input.
/// Guarantees: not even that leaves anything behind.
#[test]
fn a_run_that_is_killed_leaves_the_old_output() {
    let folder = folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lapidary"))
        .args(["run", "--plugin", "plugin.wasm", "-", "-o", "old.jsonl"])
        .current_dir(folder.path())
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let fds = format!("/proc/{}/fd", child.id());
    let is_open = |folder: &Path| {
        let fds = fs::read_dir(&fds).into_iter().flatten();
        let mut targets = fds.filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
        targets.any(|target| target.starts_with(folder) && !target.ends_with("plugin.wasm"))
    };
    let real = folder.path().canonicalize().unwrap();
    while !is_open(&real) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(folder.read("old.jsonl"), OLD);
    assert_eq!(litter(&folder), Vec::<String>::new());
}

/// Guarantees: an output keeps what is not its content, and a link stays a link.
#[test]
fn an_output_keeps_its_mode_and_a_link_stays_one() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let set = |name: &str, mode| {
        fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    set("old.jsonl", 0o640);
    symlink("old.jsonl", path("link.jsonl")).unwrap();
    symlink("link.jsonl", path("far.jsonl")).unwrap();
    symlink("dangling-target.jsonl", path("dangling.jsonl")).unwrap();
    for output in ["far.jsonl", "dangling.jsonl"] {
        assert_eq!(run(&folder, "x.jsonl", output).status, 0);
        assert!(fs::symlink_metadata(path(output)).unwrap().is_symlink(), "{output}");
        assert_eq!(folder.read(output), format!("{ONE}\n{ONE}\n"));
    }
    assert_eq!(fs::metadata(path("old.jsonl")).unwrap().mode() & 0o7777, 0o640);
    assert_eq!(folder.read("dangling-target.jsonl"), format!("{ONE}\n{ONE}\n"));
    assert_eq!(run(&folder, "x.jsonl", "new.jsonl").status, 0);
    fs::File::create(path("usual")).unwrap();
    let mode = |name: &str| fs::metadata(path(name)).unwrap().mode();
    assert_eq!(mode("new.jsonl"), mode("usual"));
}

#[test]
fn what_is_no_file_is_written_to_as_it_is() {
    let folder = folder();
    let ran = run(&folder, "x.jsonl", "/dev/stdout");
    assert_eq!((ran.status, ran.out), (0, format!("{ONE}\n{ONE}\n")));
    let ran = run(&folder, "x.jsonl", "/dev/null");
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
    let pipe = folder.path().join("pipe.jsonl");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    assert_eq!(run(&folder, "x.jsonl", "pipe.jsonl").status, 0);
    assert_eq!(reader.join().unwrap(), format!("{ONE}\n{ONE}\n"));
}

#[test]
fn an_output_that_cannot_be_is_one_clear_line() {
    let folder = folder();
    fs::create_dir(folder.path().join("folder.jsonl")).unwrap();
    for (output, line) in [
        ("folder.jsonl", "DIR/folder.jsonl: found a folder; expected a file\n"),
        ("none/out.jsonl", "DIR/none/out.jsonl: no such file or folder\n"),
        ("x.jsonl/out.jsonl", "DIR/x.jsonl/out.jsonl: not a directory\n"),
        (
            "out.txt",
            "DIR/out.txt: found another ending; expected a file that ends in `.json`, `.jsonl` or `.binpb`, or `-`\n",
        ),
    ] {
        let ran = run(&folder, "x.jsonl", output);
        assert_eq!((ran.status, ran.err.as_str()), (1, line), "{output}");
    }
    // A disk that is full.
    let ran = run(&folder, "x.jsonl", "/dev/full");
    assert_eq!(
        (ran.status, ran.err.lines().last().unwrap()),
        (1, "/dev/full: No space left on device (os error 28)")
    );
}

/// Guarantees: notes never take the place of spans, by whatever name.
#[test]
fn notes_have_a_file_of_their_own() {
    let folder = folder();
    symlink("x.jsonl", folder.path().join("link.jsonl")).unwrap();
    symlink("new.jsonl", folder.path().join("soon.jsonl")).unwrap();
    for (output, notes, role) in [
        ("old.jsonl", "x.jsonl", "input"),
        ("old.jsonl", "link.jsonl", "input"),
        ("old.jsonl", "./old.jsonl", "output"),
        ("new.jsonl", "./new.jsonl", "output"),
        ("new.jsonl", "soon.jsonl", "output"),
    ] {
        let arguments = ["run", "--plugin", "plugin.wasm", "x.jsonl", "-o", output];
        let ran = folder.run(&[&arguments[..], &["--notes", notes]].concat());
        let why = format!("found the {role}; expected a file of its own for notes\n");
        assert!(ran.status == 1 && ran.err.ends_with(&why), "{output} {notes}: {}", ran.err);
        assert_eq!(folder.read("x.jsonl"), format!("{ONE}\n{ONE}\n"));
        assert_eq!(folder.read("old.jsonl"), OLD);
        assert!(!folder.path().join("new.jsonl").exists());
    }
}

/// Guarantees: `componentize` leaves the old plugin where it fails, and makes folders.
#[test]
fn a_plugin_is_written_whole() {
    let folder = folder();
    fs::write(folder.path().join("text.wasm"), "text").unwrap();
    let ran = folder.run(&["componentize", "text.wasm", "-o", "plugin.wasm"]);
    assert_eq!(ran.status, 1);
    assert_eq!(folder.run(&["inspect", "plugin.wasm"]).status, 0);
    let core = crate::support::text(&crate::support::CORE);
    let ran = folder.run(&["componentize", core, "-o", "a/b/new.wasm"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert_eq!(folder.run(&["inspect", "a/b/new.wasm"]).status, 0);
}

/// Scenario: standard output or input is a file, and notes are to go to the very same.
/// Guarantees: that is refused before anything is written.
#[test]
fn notes_do_not_take_the_place_of_what_is_open() {
    let folder = folder();
    let run = |input: &str, stdin: &str, notes: &str| {
        let open =
            |name: &str| fs::File::options().read(true).append(true).open(folder.path().join(name));
        let mut run = Command::new(env!("CARGO_BIN_EXE_lapidary"));
        run.args(["run", "--plugin", "plugin.wasm", input, "--notes", notes]);
        run.current_dir(folder.path()).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        run.stdin(open(stdin).unwrap()).stdout(open("old.jsonl").unwrap());
        let ran = run.output().unwrap();
        let error = String::from_utf8(ran.stderr).unwrap();
        assert!(error.contains("expected a file of its own for notes"), "{notes}: {error}");
        assert_eq!(folder.read("old.jsonl"), OLD);
    };
    for notes in ["old.jsonl", "/dev/stdout", "/proc/self/fd/1"] {
        run("x.jsonl", "other.jsonl", notes);
    }
    run("-", "x.jsonl", "x.jsonl");
    assert_eq!(folder.read("x.jsonl"), format!("{ONE}\n{ONE}\n"));
}

/// Guarantees: rules in use are not replaced by the reasons that they gave.
#[test]
fn notes_do_not_take_the_place_of_rules() {
    let folder = folder();
    fs::write(folder.path().join("rules.yaml"), "does: pass\n").unwrap();
    let plugin =
        ["run", "--plugin", "plugin.wasm=rules.yaml", "x.jsonl", "-o", "old.jsonl", "--notes"];
    for notes in ["rules.yaml", "./plugin.wasm"] {
        let ran = folder.run(&[&plugin[..], &[notes]].concat());
        assert!(ran.err.contains("found the file that a plugin is made from"), "{}", ran.err);
        assert_eq!(ran.status, 1);
    }
    assert_eq!(folder.read("rules.yaml"), "does: pass\n");
}

/// Scenario: nobody can be told anything on standard error.
/// Guarantees: what was asked for is written.
#[test]
fn spans_are_written_though_nobody_hears_of_it() {
    let folder = folder();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_lapidary"));
    run.args([
        "run",
        "--plugin",
        "plugin.wasm",
        "x.jsonl",
        "-o",
        "old.jsonl",
        "--notes",
        "notes.jsonl",
    ]);
    run.current_dir(folder.path()).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    assert!(run.stderr(full).status().unwrap().success());
    assert_eq!(folder.read("old.jsonl"), format!("{ONE}\n{ONE}\n"));
    assert!(folder.path().join("notes.jsonl").is_file());
}
