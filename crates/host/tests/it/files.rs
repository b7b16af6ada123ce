//! What a file must be to be run.

use std::os::unix::fs::PermissionsExt;

use host::Runtime;
use host::binary::{Binary, METER_SECTION, Metered};

use crate::support::{COMPONENT, CORE, RUNTIME, limits};

fn refusal(file: &[u8]) -> String {
    RUNTIME.load(file, limits()).unwrap_err().to_string()
}

/// Returns `file` with every `from` replaced; both have the same length.
fn replaced(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut file = file.to_vec();
    let places: Vec<usize> = (0..file.len() - from.len())
        .filter(|place| file[*place..].starts_with(from.as_bytes()))
        .collect();
    for place in places {
        file[place..place + to.len()].copy_from_slice(to.as_bytes());
    }
    file
}

#[test]
fn refuses_what_is_no_plugin_in_one_line() {
    let expected = "expected a component that exports `lapidary:processor/plugin@0.2.0`";
    assert_eq!(
        refusal(b"{\"resourceSpans\":[]}"),
        format!("found a file that is not WebAssembly; {expected}")
    );
    assert_eq!(
        refusal(&CORE),
        format!("found a core module; {expected}; make one with `lapidary componentize`")
    );
    assert_eq!(
        refusal(b"\0asm\x0d\0\x01\0"),
        format!("found a component without that export; {expected}")
    );
    let other = replaced(&COMPONENT, "processor/plugin@0.2.0", "processor/plugin@0.1.0");
    assert_eq!(refusal(&other), format!("found a plugin for contract 0.1.0; {expected}"));
    let cut = refusal(&COMPONENT[..COMPONENT.len() / 2]);
    assert!(cut.starts_with("found damaged WebAssembly at byte "), "{cut}");
    assert!(cut.ends_with(expected), "{cut}");
}

/// Guarantees: a plugin reaches what `wit/` lists, and nothing else.
#[test]
fn imports_only_the_contract() {
    let binary = Binary::read(&COMPONENT).unwrap();
    assert_eq!(
        binary.imports,
        [
            "lapidary:processor/host@0.2.0",
            "lapidary:processor/meter@0.2.0",
            // Only types: there is nothing to call in it.
            "lapidary:processor/types@0.2.0",
        ]
    );
    assert_eq!(binary.contract, "0.2.0");
}

/// Scenario: a component that wants more than the contract gives.
/// Guarantees: it is refused by the name of what it wants, before it runs.
#[test]
fn refuses_a_component_that_imports_something_else() {
    let other =
        replaced(&COMPONENT, "lapidary:processor/host@0.2.0", "lapidary:processor/disk@0.2.0");
    assert_eq!(
        refusal(&other),
        "found a component that cannot be run (component imports instance `lapidary:processor/disk@0.2.0`, but a matching implementation was not found in the linker); expected a plugin"
    );
}

/// Scenario: a tool rewrites a plugin after it was metered.
/// Guarantees: it counts as not metered.
#[test]
fn knows_a_module_that_was_changed_after_it_was_metered() {
    let binary = Binary::read(&COMPONENT).unwrap();
    assert_eq!(binary.metered, Metered::Yes);
    let mut changed = COMPONENT.clone();
    let section = (0..changed.len())
        .find(|place| changed[*place..].starts_with(METER_SECTION.as_bytes()))
        .unwrap();
    changed[section + METER_SECTION.len() + 1] ^= 1;
    assert_eq!(Binary::read(&changed).unwrap().metered, Metered::Stale);
    assert!(componentize::componentize(&COMPONENT[binary.core]).is_err());
}

/// Guarantees: compiled code is not taken from where others can put it.
#[test]
fn refuses_a_cache_that_others_may_write_to() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("compiled");
    Runtime::new(Some(&cache)).unwrap().load(&COMPONENT, limits()).unwrap();
    assert!(std::fs::read_dir(&cache).unwrap().next().is_some());
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o770)).unwrap();
    let refused = Runtime::new(Some(&cache)).unwrap_err();
    let expected = "found a folder that others may write to (mode 770); expected one for compiled plugins that only its owner may write to";
    assert_eq!(refused, format!("{}: {expected}", cache.canonicalize().unwrap().display()));
}
