//! What the operator writes, and the rules it becomes.

use std::collections::BTreeSet;

use plugin::{Document, Problem};
use regex::Regex;
use rules::{
    Entry, Located, Named, Node, Overlaid, Place, Problems, Schema, Setting, Value, one_word,
    settings,
};

use crate::detect::{Detectors, Kind};
use crate::keys::{Action, KeyActions, KeyRules};

settings! {
    /// Rules of `redact-pii`.
    #[derive(Debug)]
    pub struct Settings {
        /// What becomes of values by their key, whatever is in them. A key is an attribute's key or
        /// that of a map entry, or the keys down to it joined by dots; `*` stands for any run of
        /// characters. A map of `action: mask` and `report_only: true` masks nothing, and tells what it
        /// would. Case is ignored; below a segment `header`, `headers` or `metadata`, `-` and
        /// `_` are one. A rule without `*` goes before one with it, a longer one before a shorter;
        /// of equal ones, one that masks before one that searches, and that before one that leaves.
        pub attributes: KeyActions = "{}",
        /// What is looked for in every text, by name. `email`, `phone` and `card` need nothing
        /// more; any other name needs a `pattern`.
        pub detectors: Located<NamedDetectors> = "{}",
        /// What takes the place of a value that is masked by its key.
        pub mask: Located<String> = "'[masked]'",
        /// Longest text, in bytes, that is searched. A longer one is masked whole, for what was
        /// not searched cannot be called clean. 0 masks every text but the empty one.
        pub max_value_bytes: Located<u32> where (0..=16_777_216) = "65536",
    }
    check = Settings::check;
}

settings! {
    /// One thing to look for.
    #[derive(Debug)]
    pub struct Detector {
        /// A regular expression in the syntax of <https://docs.rs/regex>. Only for detectors that
        /// are not built in.
        pub pattern: Option<Pattern>,
        /// What takes the place of what was found. Default: the detector's name in brackets.
        pub mask: Option<Located<String>>,
        /// `true` masks nothing: what would be masked is counted and noted.
        pub report_only: bool = "false",
    }
}

/// Detectors by name. Whether one needs a pattern depends on its name, so they are read together.
#[derive(Debug)]
pub struct NamedDetectors(Vec<(String, Overlaid<Detector>)>);

impl Setting for NamedDetectors {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            problems.mismatch::<Self>(node);
            return None;
        };
        let read: Vec<_> = entries
            .iter()
            .map(|Entry { key, node, .. }| {
                problems.under_key(key, |problems| {
                    let detector = Overlaid::<Detector>::read(node, problems);
                    check_pattern(key, node, problems);
                    Some((key.clone(), detector?))
                })
            })
            .collect();
        read.into_iter().collect::<Option<_>>().map(NamedDetectors)
    }

    fn expected() -> String {
        Named::<Detector>::expected()
    }

    fn schema() -> Schema {
        Named::<Detector>::schema()
    }
}

/// A built-in detector has no pattern, any other has one.
fn check_pattern(name: &str, node: &Node, problems: &mut Problems) {
    match (built_in(name), node.get("pattern")) {
        (Some(_), Some(pattern)) => problems.under_key("pattern", |problems| {
            problems.add(
                pattern,
                format!("a pattern for `{name}`, which is built in"),
                "no pattern here, or another name",
            );
        }),
        (None, None) => problems.add(
            node,
            format!("no `pattern`, and `{name}` is not built in"),
            "a `pattern`, or one of `email`, `phone`, `card`",
        ),
        _ => {}
    }
}

/// A regular expression that compiles.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Setting for Pattern {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = String::read(node, problems)?;
        match Regex::new(&text) {
            Ok(regex) if regex.is_match("") => {
                problems.add(
                    node,
                    format!("`{text}`, which matches the empty text"),
                    "a pattern that matches at least one character",
                );
                None
            }
            Ok(regex) => Some(Pattern(regex)),
            Err(error) => {
                problems.add(node, format!("`{text}`: {}", reason(&error)), Self::expected());
                None
            }
        }
    }

    fn expected() -> String {
        "a regular expression".to_owned()
    }

    fn schema() -> Schema {
        Schema::text().with_text("format", "regex")
    }
}

/// The last line of the message, which says what is wrong; those before it draw the pattern.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// A detector, and what becomes of what it finds.
#[derive(Debug)]
pub struct Masking {
    /// Its name.
    pub name: String,
    /// What it looks for.
    pub kind: Kind,
    /// What takes the place of what it finds.
    pub mask: String,
    /// Whether nothing does, and it is told what would.
    pub report_only: bool,
}

/// What the work on spans needs. Cannot be wrong.
#[derive(Debug)]
pub struct Rules {
    /// Rules by key.
    pub attributes: KeyRules,
    /// Every detector, sorted by name.
    pub detectors: Vec<Masking>,
    /// Takes the place of a value that is masked by its key.
    pub mask: String,
    /// Longest text that is searched.
    pub max_value_bytes: usize,
    /// The table of rules: by key, then each detector, `max_value_bytes`, and `detectors` as a whole,
    /// for what cannot be searched by them.
    pub places: Vec<Place>,
}

impl Rules {
    /// Reads the rules, base first.
    ///
    /// # Errors
    /// Every problem in the documents.
    pub fn read(documents: &[Document]) -> Result<Self, Vec<Problem>> {
        rules::read::<Settings>(documents).map(Settings::compile)
    }

    /// The row of a detector.
    pub fn row_of_detector(&self, detector: usize) -> usize {
        self.attributes.places().len() + detector
    }

    /// The row of `max_value_bytes`.
    pub fn row_of_max_value_bytes(&self) -> usize {
        self.row_of_detector(self.detectors.len())
    }

    /// The row of all detectors together.
    pub fn row_of_detectors(&self) -> usize {
        self.row_of_max_value_bytes() + 1
    }

    /// Of what does not only report: the detectors, the keys whose values are masked whole, that no further key is left or only
    /// searched, and from which length on a value is masked for it. Other rules have other texts.
    pub fn protects(&self) -> Vec<String> {
        let detectors = self.detectors.iter().filter(|it| !it.report_only);
        let detectors = detectors.map(|Masking { name, kind, .. }| match kind {
            Kind::Pattern(pattern) => format!("detector {}, pattern {pattern}", one_word(name)),
            _ => format!("detector {name}"),
        });
        let keys = |action| -> BTreeSet<String> {
            self.attributes.of(action).map(|key| one_word(&key)).collect()
        };
        let masked = keys(Action::Mask).into_iter().map(|key| format!("attributes {key}"));
        let others = [(Action::Leave, "left"), (Action::Search, "only searched")];
        let others = others.map(|(action, word)| {
            let keys = keys(action).into_iter().collect::<Vec<_>>();
            let but = if keys.is_empty() { "" } else { " but " };
            format!("no key is {word}{but}{}", keys.join(", "))
        });
        let too_long = format!("values longer than {} bytes", self.max_value_bytes);
        detectors.chain(masked).chain(others).chain([too_long]).collect()
    }
}

impl Settings {
    fn check(&self, place: &Place, problems: &mut Problems) {
        let nothing_to_do = self.detectors.value.0.is_empty()
            && !self.attributes.0.iter().any(|(_, action)| action.action == Action::Mask);
        if nothing_to_do {
            problems.push(place.problem(
                "no detector and no attribute to mask",
                "at least one, for rules that mask nothing are a mistake",
            ));
        }
        self.check_masks(problems);
    }

    /// A mask that a detector would find is masked again by the next processor, and hides from
    /// the reader what was found first.
    fn check_masks(&self, problems: &mut Problems) {
        let detectors = &self.detectors.value.0;
        let kinds: Vec<Kind> =
            detectors.iter().filter_map(|(name, it)| it.value.kind(name)).collect();
        let mut search = Detectors::new(&kinds);
        let written = detectors.iter().filter_map(|(_, detector)| detector.value.mask.as_ref());
        for mask in written.chain([&self.mask]) {
            if !search.search(mask).is_empty() {
                problems.push(mask.problem(
                    format!("`{}`, which a detector finds", mask.value),
                    "a mask that no detector finds",
                ));
            }
        }
    }

    fn compile(self) -> Rules {
        let attributes = KeyRules::new(self.attributes);
        let mut detectors = self.detectors.value.0;
        detectors.sort_by(|(one, _), (other, _)| one.cmp(other));
        let detectors_at = detectors.iter().map(|(_, detector)| &detector.place);
        let places = attributes.places().iter().chain(detectors_at);
        let places = places.chain([&self.max_value_bytes.place, &self.detectors.place]);
        let places = places.cloned().collect();
        let detectors = detectors
            .into_iter()
            .filter_map(|(name, Overlaid { value: detector, .. })| {
                let (mask, report_only) = (detector.mask(&name), detector.report_only);
                detector.kind(&name).map(|kind| Masking { name, kind, mask, report_only })
            })
            .collect();
        Rules {
            attributes,
            detectors,
            mask: self.mask.value,
            max_value_bytes: self.max_value_bytes.value as usize,
            places,
        }
    }
}

impl Detector {
    fn kind(&self, name: &str) -> Option<Kind> {
        let pattern = || self.pattern.as_ref().map(|pattern| Kind::Pattern(pattern.0.clone()));
        built_in(name).or_else(pattern)
    }

    fn mask(&self, name: &str) -> String {
        match &self.mask {
            Some(mask) => mask.value.clone(),
            None => format!("[{name}]"),
        }
    }
}

fn built_in(name: &str) -> Option<Kind> {
    match name {
        "email" => Some(Kind::Email),
        "phone" => Some(Kind::Phone),
        "card" => Some(Kind::Card),
        _ => None,
    }
}
