//! Runs every folder of `testdata` natively.

fn main() -> std::process::ExitCode {
    cases::native::<enrich_order_status::EnrichOrderStatus>(env!("CARGO_MANIFEST_DIR"))
}
