//! What the reader says of modules that people wrote by hand, some to deceive.
//!
//! `testdata/meter` has a module in each `.wat`; the first line is the verdict. The Go reader reads
//! the same modules, from the `.wasm` beside. `BLESS=1` writes these.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use meter::{check, check_beside};
use proptest::prelude::*;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/meter");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = files.filter(|file| file.extension().unwrap() == "wat").collect();
    cases.sort();
    cases
}

fn verdict(module: &[u8]) -> String {
    match check(module) {
        Ok(()) => "metered".into(),
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn every_module_has_the_verdict_in_its_first_line() {
    let mut wrong = Vec::new();
    for case in cases() {
        let text = fs::read_to_string(&case).unwrap();
        let module = wat::parse_str(&text).unwrap_or_else(|error| panic_at(&case, &error));
        let built = case.with_extension("wasm");
        if env::var_os("BLESS").is_some() {
            fs::write(&built, &module).unwrap();
        }
        let expected = text.lines().next().unwrap().trim_start_matches(";; ");
        let found = verdict(&module);
        let name = case.file_stem().unwrap().to_string_lossy().into_owned();
        if found != expected {
            wrong.push(format!("{name}: found `{found}`; expected `{expected}`"));
        }
        if fs::read(&built).ok() != Some(module) {
            wrong.push(format!("{name}.wasm: found other bytes; expected those of its text"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn panic_at(case: &Path, error: &wat::Error) -> ! {
    #![expect(clippy::panic, reason = "a case that is no module is a mistake in it")]
    panic!("{}: {error}", case.display())
}

/// Scenario: a component with other modules beside the plugin's.
#[test]
fn a_module_beside_may_only_pass_calls_on() {
    let beside = |body: &str| {
        let text = format!(
            "(module (table 1 funcref) (type $t (func (param i32))) (func $f (param i32) {body}))"
        );
        check_beside(&wat::parse_str(text).unwrap()).map_err(|fault| fault.to_string())
    };
    let refused = Err("a module beside it does more than pass calls on".to_owned());
    assert_eq!(beside("(call_indirect (type $t) (local.get 0) (i32.const 0))"), Ok(()));
    assert_eq!(beside("(loop (br 0))"), refused);
    assert_eq!(beside("(call $f (local.get 0)) (call $f (local.get 0))"), refused);
    assert_eq!(beside("(return_call $f (local.get 0))"), refused);
}

/// Scenario: a file that is cut anywhere.
#[test]
fn a_module_that_is_cut_has_no_meter() {
    let whole = wat::parse_file(cases()[0].with_file_name("what-the-build-step-writes.wat"));
    let whole = whole.unwrap();
    assert_eq!(verdict(&whole), "metered");
    let metered = (0..whole.len()).filter(|length| verdict(&whole[..*length]) == "metered");
    // Names of functions stand behind all that a meter is made of.
    assert_eq!(metered.count(), 1);
}

/// Guarantees: blocks that stand in each other to any depth cost no more than their number.
#[test]
fn deep_nesting_takes_no_time() {
    let mut code = vec![0x00];
    code.extend([0x02, 0x40].repeat(200_000));
    code.extend([0x23, 0x02, 0x1a].repeat(200_000));
    let module = with_body(&code);
    let began = std::time::Instant::now();
    assert_eq!(verdict(&module), "the module is damaged");
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

/// A module with a meter and one more function.
fn with_body(code: &[u8]) -> Vec<u8> {
    let more = b"\x00\x23\x01\x04\x40\x00\x0b\x10\x00\x24\x00\x0b";
    let mut bodies = vec![2];
    for body in [more.as_slice(), code] {
        sized(&mut bodies, body);
    }
    let mut import = vec![1];
    for text in [meter::REFILL.0, meter::REFILL.1] {
        sized(&mut import, text.as_bytes());
    }
    import.extend([0, 0]);
    let mut module = b"\0asm\x01\0\0\0\x01\x08\x02\x60\x00\x01\x7f\x60\x00\x00".to_vec();
    module.push(2);
    sized(&mut module, &import);
    module.extend(b"\x03\x03\x02\x01\x01\x06\x10\x03\x7f\x01\x41\x00\x0b\x7f\x01\x41\x00\x0b\x7f\x00\x41\x00\x0b\x0a");
    sized(&mut module, &bodies);
    module
}

fn sized(to: &mut Vec<u8>, bytes: &[u8]) {
    let mut length = bytes.len();
    while length >= 0x80 {
        to.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    to.push(length as u8);
    to.extend_from_slice(bytes);
}

proptest! {
    /// Protects: bytes of any kind get a verdict.
    #[test]
    fn any_bytes_get_a_verdict(bytes: Vec<u8>, code: Vec<u8>) {
        check(&bytes).unwrap_err();
        let _ = check(&with_body(&code));
    }

    /// Protects: so does a module in which anything was changed.
    #[test]
    fn a_changed_module_gets_a_verdict(
        case in prop::sample::select(cases()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut module = fs::read(case.with_extension("wasm")).unwrap();
        for (place, byte) in changes {
            let place = place.index(module.len());
            module[place] = byte;
        }
        let _ = check(&module);
    }
}
