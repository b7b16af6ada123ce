//! Views that every host must make alike: `testdata/views`, one claim a file.
//!
//! `BLESS=1` in the environment writes them. The hosts that read them: this crate and the Collector's
//! processor.

// Whatever does not hold is a failed test.
#![allow(clippy::panic)]

mod batch;
mod corpus;
mod fields;
mod keys;
mod limit;
mod long_keys;
mod odd;
mod planted;
mod recorded;
// What the views are held against.
#[path = "../properties/shown.rs"]
mod shown;
mod units;
mod whole;

use std::collections::BTreeSet;
use std::path::Path;

use crate::corpus::Case;

#[test]
fn views_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/views");
    let cases: Vec<Case> =
        [whole::cases(), fields::cases(), keys::cases(), units::cases(), recorded::cases()]
            .into_iter()
            .flatten()
            .collect();
    let mut names = BTreeSet::new();
    for case in &cases {
        assert!(names.insert(format!("{}.json", case.name)), "{} stands twice", case.name);
        corpus::check(case, &folder);
    }
    let found = std::fs::read_dir(&folder).expect("the folder of the corpus");
    let found = found.map(|it| it.expect("an entry").file_name().into_string().expect("UTF-8"));
    let found: BTreeSet<_> = found.filter(|it| it.ends_with(".json")).collect();
    assert_eq!(found, names, "files and cases");
}
