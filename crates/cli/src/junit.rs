//! What passed and failed as JUnit XML, which CI servers show.

use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::files::write_whole;

/// What became of a case.
pub(crate) struct Ended {
    /// `redact-pii/masks-e-mail-in-url`, or the folder where it is not known.
    pub name: String,
    pub took: Duration,
    /// What is wrong; nothing where it passed.
    pub problem: Option<String>,
}

/// Writes one suite with a test for each case.
pub(crate) fn write(path: &Path, ended: &[Ended]) -> Result<(), String> {
    let mut suite = TestSuite::new("lapidary test");
    for Ended { name, took, problem } in ended {
        let status = match problem {
            None => TestCaseStatus::success(),
            Some(problem) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_description(problem.as_str());
                status
            }
        };
        let mut case = TestCase::new(name.as_str(), status);
        case.set_time(*took);
        suite.add_test_case(case);
    }
    let mut report = Report::new("lapidary");
    report.add_test_suite(suite);
    let text = report.to_string().map_err(|error| error.to_string())?;
    write_whole(path, text.as_bytes())
}
