//! No plugin is special: each folder under `plugins/` has the same parts, and the rules that its
//! README shows are those of a case.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn plugins() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("plugins")).expect("the folder of plugins is there");
    let mut plugins: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    plugins.sort();
    assert!(plugins.len() >= 4, "{plugins:?}");
    plugins
}

fn name(plugin: &Path) -> String {
    plugin.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(path: &Path) -> String {
    let text = fs::read_to_string(path);
    assert!(text.is_ok(), "{}: {text:?}", path.display());
    text.unwrap_or_default()
}

/// Protects newcomers: who knows one plugin finds their way in every other.
#[test]
fn every_plugin_has_the_same_parts() {
    for plugin in plugins() {
        let name = name(&plugin);
        for part in ["Cargo.toml", "README.md", "src/lib.rs", "src/settings.rs", "tests/cases.rs"] {
            assert!(plugin.join(part).is_file(), "{name}: no {part}");
        }
        let rules = root().join("rules").join(&name).join("base.yaml");
        assert!(rules.is_file(), "{name}: no rules to start with");
        let lines = read(&plugin.join("src/lib.rs")).lines().count();
        assert!(lines <= 72, "{name}: src/lib.rs has {lines} lines; its work belongs elsewhere");
        let readme = read(&plugin.join("README.md"));
        assert!(readme.contains("## When it cannot tell"), "{name}: what happens in doubt?");
    }
}

/// Protects plugins from each other: one can be taken away and the others still build.
#[test]
fn no_plugin_depends_on_another() {
    for plugin in plugins() {
        let manifest = read(&plugin.join("Cargo.toml"));
        assert!(manifest.contains(r#"crate-type = ["cdylib", "rlib"]"#), "{manifest}");
        for other in plugins().iter().filter(|other| **other != plugin) {
            let (one, other) = (name(&plugin), name(other));
            assert!(!manifest.contains(&other), "{one} knows {other}");
        }
    }
}

/// Protects readers of a README from rules that are no longer true.
#[test]
fn the_rules_in_a_readme_are_those_of_a_case() {
    for plugin in plugins() {
        let readme = read(&plugin.join("README.md"));
        let blocks = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
        for block in blocks.filter(|block| block.starts_with("# testdata/")) {
            let (first, rules) = block.split_once('\n').expect("a line that names the case");
            let case = plugin.join(first.trim_start_matches("# "));
            assert_eq!(rules, read(&case), "{}: {}", name(&plugin), case.display());
        }
    }
}
