//! What the operator writes, and how it becomes [`Rules`].

use std::collections::BTreeMap;
use std::time::Duration;

use rules::{Located, Node, Overlaid, Place, Problems, Schema, Setting, SpanKind, settings, words};

use spans::Writes;

use crate::pattern::{Patterns, one_or_more, one_or_more_schema};
use crate::threshold::Threshold;

settings! {
    /// Which spans are kept, and how many of them.
    #[derive(Debug)]
    pub struct Settings {
        /// Rules by name. Of all that match a span the most generous decides,
        /// of equal ones the first by name; one with `drop: true` beats all.
        /// Their order means nothing. Default: none.
        rules: BTreeMap<String, Overlaid<RuleSettings>> = "{}",

        /// Share that is kept of the spans that no rule matches.
        otherwise: Located<Percentage>,

        /// How many hexadecimal digits the threshold of a share has. With 4,
        /// the share that is kept differs from the one that is written by less
        /// than a thousandth part of it.
        precision: usize where (1..=14) = "4",
    }
}

settings! {
    /// A rule: spans, and the share of them that is kept.
    #[derive(Debug)]
    struct RuleSettings {
        /// Conditions on a span, which must all hold; or a list of such, of
        /// which one must hold.
        match_: Match,

        /// Share that is kept of the spans that match; `0%` keeps none that no
        /// other rule keeps. Required, unless they are dropped.
        keep: Option<Percentage>,

        /// `true` drops the spans that match, whatever other rules say.
        drop: bool = "false",

        /// `true` lets the rule decide nothing: what it would decide is counted
        /// and noted.
        report_only: bool = "false",
    }
    check = RuleSettings::check;
}

settings! {
    /// Conditions on a span. At least one; all must hold.
    #[derive(Debug)]
    pub(crate) struct Conditions {
        /// From start to end it took longer than this.
        pub(crate) longer_than: Option<Duration>,

        /// Its status is this.
        pub(crate) status: Option<Status>,

        /// Its kind is this.
        pub(crate) kind: Option<SpanKind>,

        /// Its name is this, or one of these; `*` stands for any characters.
        pub(crate) name: Option<Patterns>,

        /// It has these attributes with these values. `*` stands for any
        /// characters; alone, for any value of any type. Case matters.
        pub(crate) attributes: ByKey = "{}",

        /// Its resource has these attributes with these values.
        pub(crate) resource: ByKey = "{}",
    }
    check = Conditions::check;
}

words! {
    /// Status of a span.
    #[derive(Clone, Copy, Debug)]
    pub(crate) enum Status {
        /// It failed.
        Error = "error",
        /// Someone said that it is fine.
        Ok = "ok",
        /// Nobody said anything.
        Unset = "unset",
    }
}

impl RuleSettings {
    fn check(&self, place: &Place, problems: &mut Problems) {
        if self.keep.is_none() && !self.drop {
            problems.push(
                place.problem("neither a share nor `drop`", "`keep: 10%`, say, or `drop: true`"),
            );
        }
    }
}

impl Conditions {
    fn check(&self, place: &Place, problems: &mut Problems) {
        let has_any = self.longer_than.is_some()
            || self.status.is_some()
            || self.kind.is_some()
            || self.name.is_some()
            || !self.attributes.0.is_empty()
            || !self.resource.0.is_empty();
        if !has_any {
            problems.push(
                place.problem("no condition", "at least one; `otherwise` is for all other spans"),
            );
        }
    }
}

/// What stands under some keys, each taken as it is written.
#[derive(Debug)]
pub(crate) struct ByKey(pub(crate) BTreeMap<String, Patterns>);

impl Setting for ByKey {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let read = BTreeMap::read(node, problems);
        let mut is_right = true;
        for entry in node.entries().filter(|entry| entry.key.is_empty() || entry.key.contains('*'))
        {
            is_right = false;
            let at_key = Node::new(rules::Value::Null, entry.origin.clone());
            problems.under_key(&entry.key, |problems| {
                let found = format!("the key `{}`, which no attribute has", entry.key);
                problems.add(&at_key, found, "one whole key; only values may have a `*`");
            });
        }
        read.filter(|_| is_right).map(ByKey)
    }

    fn expected() -> String {
        BTreeMap::<String, Patterns>::expected()
    }

    fn schema() -> Schema {
        BTreeMap::<String, Patterns>::schema()
    }
}

/// One set of conditions or a list of them.
#[derive(Debug)]
struct Match(Vec<Conditions>);

impl Setting for Match {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        one_or_more(node, problems).map(Match)
    }

    fn expected() -> String {
        "a map of conditions, or a list of such maps".to_owned()
    }

    fn schema() -> Schema {
        one_or_more_schema::<Conditions>()
    }
}

/// A share of 0 to 100 %. In single precision, as the Collector's
/// probabilistic sampler reads it, so that both keep the same traces.
#[derive(Clone, Copy, Debug)]
struct Percentage(f32);

impl Setting for Percentage {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let percentage = match &node.value {
            rules::Value::Text(text) => {
                text.strip_suffix('%').and_then(|number| percentage(number.trim_end()))
            }
            _ => None,
        };
        if percentage.is_none() {
            let hint = match &node.value {
                rules::Value::Integer(number @ 0..=100) => format!("; write `{number}%`"),
                _ => String::new(),
            };
            problems.add(node, node.describe(), Self::expected() + &hint);
        }
        percentage.map(Percentage)
    }

    fn expected() -> String {
        "a percentage from `0%` to `100%`".to_owned()
    }

    fn schema() -> Schema {
        Schema::text_like("^[0-9]+(\\.[0-9]+)? *%$")
    }
}

fn percentage(number: &str) -> Option<f32> {
    let is_plain = number.starts_with(|c: char| c.is_ascii_digit())
        && number.ends_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    number.parse().ok().filter(|percentage| is_plain && (0.0..=100.0).contains(percentage))
}

/// What sampling works on. It cannot be wrong.
#[derive(Debug)]
pub struct Rules {
    /// Those that drop, then the most generous, then the first by name.
    pub(crate) rules: Vec<Rule>,
    pub(crate) otherwise: Option<Threshold>,
    otherwise_place: Place,
    /// Keys of the attributes of spans that rules look at, each once.
    pub(crate) span_keys: Vec<String>,
    /// The same, of resources.
    pub(crate) resource_keys: Vec<String>,
    /// Indexes of the rules that only report.
    pub(crate) reporting: Vec<usize>,
    /// What they may change.
    pub(crate) writes: Writes,
}

/// A rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) any_of: Vec<AllOf>,
    pub(crate) verdict: Verdict,
    /// Whether it decides nothing.
    pub(crate) report_only: bool,
}

/// What a rule says of the spans that it matches. The least one applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// They go, whatever other rules say.
    Drop,
    /// Those that this threshold keeps stay.
    Keep(Threshold),
    /// None of them stays for this rule.
    KeepNone,
}

impl Verdict {
    pub(crate) fn threshold(self) -> Option<Threshold> {
        match self {
            Verdict::Keep(threshold) => Some(threshold),
            Verdict::Drop | Verdict::KeepNone => None,
        }
    }
}

/// Conditions that must all hold.
#[derive(Debug)]
pub(crate) struct AllOf {
    pub(crate) longer_than_nanos: Option<u64>,
    pub(crate) status_code: Option<i32>,
    pub(crate) kind: Option<i32>,
    pub(crate) name: Option<Patterns>,
    /// Index into the span keys, and what stands there.
    pub(crate) attributes: Vec<(usize, Patterns)>,
    /// Index into the resource keys, and what stands there.
    pub(crate) resource: Vec<(usize, Patterns)>,
    /// All of them in words, so that other conditions have other words.
    pub(crate) words: String,
}

impl Settings {
    /// Makes rules of what was read. Nothing can be wrong with it by now.
    #[must_use]
    pub fn compile(self) -> Rules {
        let precision = self.precision;
        let mut rules = Rules {
            rules: Vec::new(),
            otherwise: threshold(self.otherwise.value, precision),
            otherwise_place: self.otherwise.place,
            span_keys: Vec::new(),
            resource_keys: Vec::new(),
            reporting: Vec::new(),
            writes: Writes::default(),
        };
        for (name, Overlaid { value, place }) in self.rules {
            let RuleSettings { match_: Match(any_of), keep, drop, report_only } = value;
            let any_of = any_of
                .into_iter()
                .map(|conditions| AllOf {
                    words: conditions.words(),
                    longer_than_nanos: conditions
                        .longer_than
                        .map(|duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)),
                    status_code: conditions.status.map(status_code),
                    kind: conditions.kind.map(SpanKind::number),
                    name: conditions.name,
                    attributes: with_indices(conditions.attributes.0, &mut rules.span_keys),
                    resource: with_indices(conditions.resource.0, &mut rules.resource_keys),
                })
                .collect();
            let threshold = keep.and_then(|keep| threshold(keep, precision));
            let verdict = match threshold {
                _ if drop => Verdict::Drop,
                Some(threshold) => Verdict::Keep(threshold),
                None => Verdict::KeepNone,
            };
            rules.rules.push(Rule { name, place, any_of, verdict, report_only });
        }
        // They come sorted by name.
        rules.rules.sort_by_key(|rule| rule.verdict);
        let reports = |index: &usize| rules.rules[*index].report_only;
        rules.reporting = (0..rules.rules.len()).filter(reports).collect();
        rules.writes = rules.find_writes();
        rules
    }
}

impl Rules {
    /// The rules that decide.
    pub(crate) fn deciding(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| !rule.report_only)
    }

    /// Where each rule is written, by the last overlay that wrote into it; behind them, what is for spans that none matches.
    pub(crate) fn places(&self) -> Vec<Place> {
        let places = self.rules.iter().map(|rule| &rule.place);
        places.chain([&self.otherwise_place]).cloned().collect()
    }
}

fn threshold(Percentage(percentage): Percentage, precision: usize) -> Option<Threshold> {
    (percentage > 0.0).then(|| Threshold::of_share(f64::from(percentage) / 100.0, precision))
}

fn with_indices(
    patterns: BTreeMap<String, Patterns>,
    keys: &mut Vec<String>,
) -> Vec<(usize, Patterns)> {
    patterns
        .into_iter()
        .map(|(key, patterns)| {
            let index = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                keys.push(key);
                keys.len() - 1
            });
            (index, patterns)
        })
        .collect()
}

/// Numbers of OTLP's `StatusCode`.
fn status_code(status: Status) -> i32 {
    match status {
        Status::Unset => 0,
        Status::Ok => 1,
        Status::Error => 2,
    }
}
