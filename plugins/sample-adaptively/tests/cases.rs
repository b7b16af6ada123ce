//! Runs every folder of `testdata` natively.

fn main() -> std::process::ExitCode {
    cases::native::<sample_adaptively::SampleAdaptively>(env!("CARGO_MANIFEST_DIR"))
}
