//! `testdata/edits`: contracts, batches, answers, and what comes of them; for every host to be held
//! against. `BLESS=1` writes the files; read the diff before you commit it.

// Whatever does not hold is a failed test.
#![allow(clippy::panic, clippy::unwrap_used)]

mod applied;
mod batch;
mod case;
mod parts;
mod paths;
#[allow(dead_code)]
#[path = "../edits/plain.rs"]
mod plain;
#[allow(dead_code)]
#[path = "../edits/plain_apply.rs"]
mod plain_apply;
#[allow(dead_code)]
#[path = "../edits/proto.rs"]
mod proto;
mod refused;
#[allow(dead_code)]
#[path = "../edits/sights.rs"]
mod sights;
#[allow(dead_code)]
#[path = "../edits/strict.rs"]
mod strict;
#[allow(dead_code)]
#[path = "../properties/tape.rs"]
mod tape;

use std::collections::BTreeSet;
use std::path::Path;

/// Scenario: every case of the corpus.
/// Guarantees: its file says what comes of it here, and what comes of it by the plain way.
#[test]
fn the_corpus_says_what_comes_of_answers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/edits");
    let is_blessing = std::env::var_os("BLESS").is_some();
    let mut names = BTreeSet::new();
    for case in [applied::cases(), paths::cases(), parts::cases(), refused::cases()].concat() {
        let file = format!("{}.json", case.name);
        let path = folder.join(&file);
        let written = case.written();
        assert!(names.insert(file), "{} stands twice", case.name);
        if is_blessing {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, written).unwrap();
            continue;
        }
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(known, written, "{} is another; BLESS=1 writes it", case.name);
    }
    let files = std::fs::read_dir(&folder).unwrap();
    let files: BTreeSet<String> =
        files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(files, names, "a file without a case, or a case without a file");
}
