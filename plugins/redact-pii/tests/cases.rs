//! Runs every folder of `testdata` natively.

fn main() -> std::process::ExitCode {
    cases::native::<redact_pii::RedactPii>(env!("CARGO_MANIFEST_DIR"))
}
