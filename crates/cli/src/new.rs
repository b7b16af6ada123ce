//! `lapidary new`

use std::path::Path;

use crate::Wrong;
use crate::arguments::New;
use crate::files::{full_path, write_whole};
use crate::say::say;

/// The files of a new plugin, by their paths in its folder. `@…@` stands for what differs.
const FILES: [(&str, &str); 13] = [
    ("Cargo.toml", include_str!("../templates/plugin/Cargo.toml.in")),
    ("rust-toolchain.toml", include_str!("../templates/plugin/rust-toolchain.toml.in")),
    ("rustfmt.toml", include_str!("../templates/plugin/rustfmt.toml.in")),
    ("README.md", include_str!("../templates/plugin/README.md.in")),
    (".gitignore", include_str!("../templates/plugin/gitignore.in")),
    ("rules.yaml", include_str!("../templates/plugin/rules.yaml.in")),
    ("src/lib.rs", include_str!("../templates/plugin/src/lib.rs.in")),
    ("src/settings.rs", include_str!("../templates/plugin/src/settings.rs.in")),
    ("src/work.rs", include_str!("../templates/plugin/src/work.rs.in")),
    ("tests/cases.rs", include_str!("../templates/plugin/tests/cases.rs.in")),
    (
        "testdata/marks-slow-spans/case.yaml",
        include_str!("../templates/plugin/testdata/marks-slow-spans/case.yaml.in"),
    ),
    (
        "testdata/marks-slow-spans/input.json",
        include_str!("../templates/plugin/testdata/marks-slow-spans/input.json.in"),
    ),
    (
        "testdata/marks-slow-spans/expected.json",
        include_str!("../templates/plugin/testdata/marks-slow-spans/expected.json.in"),
    ),
];

/// The toolchain that the crates are built with.
const TOOLCHAIN: &str = include_str!("../../../rust-toolchain.toml");

/// Longest name of a plugin.
const MAX_NAME: usize = 64;

/// Writes a plugin that builds, passes its case and runs.
pub(crate) fn new(arguments: &New) -> Result<(), Wrong> {
    let folder = &arguments.folder;
    let full = full_path(folder);
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !is_name(&name) {
        let expected = "lower-case letters, digits and single hyphens between, a letter first";
        return Err(format!("found the name `{name}`; expected {expected}").into());
    }
    if is_taken(&name) {
        let expected = "one that neither Rust nor a crate that the plugin needs has";
        return Err(format!("found the name `{name}`; expected {expected}").into());
    }
    if folder.exists() {
        let found = "found something there; expected the folder of a new plugin";
        return Err(format!("{}: {found}", full.display()).into());
    }
    let source = Source::of(&arguments.lapidary)?;
    let values = [
        ("@name@", name.clone()),
        ("@lib@", name.replace('-', "_")),
        ("@Type@", type_name(&name)),
        ("@channel@", channel().to_owned()),
        ("@plugin@", source.dependency("plugin")),
        ("@rules@", source.dependency("rules")),
        ("@spans@", source.dependency("spans")),
        ("@cases@", source.dependency("cases")),
    ];
    for (path, template) in FILES {
        let fill = |text: String, (what, with): &(&str, String)| text.replace(what, with);
        let text = values.iter().fold(template.to_owned(), fill);
        write_whole(&folder.join(path), text.as_bytes())?;
    }
    say!("wrote {}; its README.md says how to build it", full.display());
    Ok(())
}

/// Where the crates come from that a plugin needs.
enum Source {
    /// A checkout.
    Folder(String),
    /// The address of a repository.
    Git(String),
}

impl Source {
    fn of(written: &str) -> Result<Source, String> {
        if written.contains("://") {
            return Ok(Source::Git(written.into()));
        }
        let full = full_path(Path::new(written));
        if full.join("crates/plugin/Cargo.toml").is_file() {
            return Ok(Source::Folder(full.display().to_string()));
        }
        let found = "found no `crates/plugin/Cargo.toml`; expected a checkout of Lapidary";
        Err(format!("{}: {found}", full.display()))
    }

    fn dependency(&self, name: &str) -> String {
        match self {
            Source::Folder(folder) => {
                format!("path = {}", quoted(&format!("{folder}/crates/{name}")))
            }
            Source::Git(address) => format!("git = {}", quoted(address)),
        }
    }
}

/// A basic string of TOML; what JSON escapes means the same there.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_lowercase();
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|it| is_letter(it) || it.is_ascii_digit())
    };
    name.len() <= MAX_NAME && name.starts_with(is_letter) && name.split('-').all(is_word)
}

/// Words that Rust keeps for itself, its own crates, and the crates that a plugin needs.
const TAKEN: [&str; 60] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "cases",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "plugin",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "rules",
    "self",
    "spans",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

fn is_taken(name: &str) -> bool {
    TAKEN.contains(&name) || name == "lapidary" || name.starts_with("lapidary-")
}

/// `late-orders` is `LateOrdersPlugin`, which nothing else is called.
fn type_name(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|it| it.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.chain(["Plugin".to_owned()]).collect()
}

fn channel() -> &'static str {
    let line = TOOLCHAIN.lines().find_map(|line| line.strip_prefix("channel = "));
    line.unwrap_or("stable").trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_crate_and_of_a_type() {
        let names = [
            ("a", "APlugin"),
            ("late-orders", "LateOrdersPlugin"),
            ("x2-y", "X2YPlugin"),
            ("self-made", "SelfMadePlugin"),
        ];
        for (name, expected) in names {
            assert!(is_name(name) && !is_taken(name));
            assert_eq!(type_name(name), expected);
        }
        for name in ["", "-", "a-", "-a", "a--b", "2a", "A", "a_b", "ä", "a b", ".."] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn a_path_of_any_letters_is_a_string_of_toml() {
        assert_eq!(quoted("/cafe\u{301}/a b"), "\"/cafe\u{301}/a b\"");
        assert_eq!(quoted("a\"b\\c\td"), r#""a\"b\\c\td""#);
    }

    /// Guarantees: a name with which nothing would build is refused.
    #[test]
    fn a_name_that_is_somebody_elses_is_taken() {
        for name in ["self", "fn", "async", "yield", "std", "spans", "cases", "lapidary-plugin"] {
            assert!(is_name(name) && is_taken(name), "{name}");
        }
    }

    #[test]
    fn the_toolchain_is_the_one_of_the_crates() {
        assert!(channel().starts_with(|it: char| it.is_ascii_digit()), "{}", channel());
    }
}
