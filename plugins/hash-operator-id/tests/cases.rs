//! Runs every folder of `testdata` natively.

fn main() -> std::process::ExitCode {
    cases::native::<hash_operator_id::HashOperatorId>(env!("CARGO_MANIFEST_DIR"))
}
