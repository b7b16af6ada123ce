//! Rules by key: what becomes of a value under a key, with `*` for any run of characters.

use rules::{
    Entry, KeyPattern, KeyPatterns, Located, Named, Node, Place, Problems, Schema, Setting, Value,
    settings, words,
};

words! {
    /// What becomes of the value of an attribute or of a map entry.
    // In this order where two rules of equal rank meet: in doubt, mask.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Action {
        /// The whole value gives way to the mask, whatever it is.
        Mask = "mask",
        /// Its texts are searched by every detector, as if no rule were there.
        Search = "search",
        /// It stays as it is and is not searched.
        Leave = "leave",
    }
}

settings! {
    /// An action of a rule that only reports.
    #[derive(Clone, Debug)]
    struct Reported {
        /// What would become of the value: `mask`.
        action: Action,

        /// `true` masks nothing: what would be masked is counted and noted.
        report_only: bool = "false",
    }
    check = Reported::check;
}

impl Reported {
    fn check(&self, place: &Place, problems: &mut Problems) {
        if self.report_only && self.action != Action::Mask {
            let found = format!("`report_only` with `{}`", self.action.word());
            problems.push(place.problem(found, "`report_only` with `mask` alone"));
        }
    }
}

/// A rule by key: the action, or a map of it and `report_only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRule {
    /// What becomes of the value.
    pub action: Action,
    /// Whether nothing does, and it is told what would.
    pub report_only: bool,
}

impl Setting for KeyRule {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Map(_) => Reported::read(node, problems)
                .map(|Reported { action, report_only }| KeyRule { action, report_only }),
            _ => Action::read(node, problems).map(|action| KeyRule { action, report_only: false }),
        }
    }

    fn expected() -> String {
        Action::expected()
    }

    fn schema() -> Schema {
        Schema::new().with("anyOf", Schema::list([Action::schema(), Reported::schema()]))
    }
}

/// Actions by key, as they are written.
#[derive(Clone, Debug)]
pub struct KeyActions(pub Vec<(KeyPattern, Located<KeyRule>)>);

impl Setting for KeyActions {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            problems.mismatch::<Self>(node);
            return None;
        };
        let read: Vec<_> = entries
            .iter()
            .map(|Entry { key, node, origin }| {
                problems.under_key(key, |problems| {
                    // Whatever the key stands for is read by its own, to tell every problem.
                    let written = Node::new(Value::Text(key.clone()), origin.clone());
                    let pattern = KeyPattern::read(&written, problems);
                    let action = Located::read(node, problems);
                    Some((pattern?, action?))
                })
            })
            .collect();
        read.into_iter().collect::<Option<_>>().map(KeyActions)
    }

    fn expected() -> String {
        Named::<KeyRule>::expected()
    }

    fn schema() -> Schema {
        Named::<KeyRule>::schema()
    }
}

/// Rules by key, in the order they are tried.
#[derive(Debug)]
pub struct KeyRules {
    deciding: Tried,
    /// Those that only report, where there are any.
    reporting: Option<Tried>,
    places: Vec<Place>,
}

/// Some of the rules, with their rows among all of them.
#[derive(Debug)]
struct Tried {
    patterns: KeyPatterns,
    actions: Vec<Action>,
    rows: Vec<usize>,
}

impl Tried {
    fn new<'r>(rules: impl Iterator<Item = (usize, &'r (KeyPattern, Located<KeyRule>))>) -> Self {
        let (mut patterns, mut actions, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for (row, (pattern, rule)) in rules {
            patterns.push(pattern.clone());
            actions.push(rule.action);
            rows.push(row);
        }
        Tried { patterns: KeyPatterns::new(patterns), actions, rows }
    }

    fn row(&self, keys: &[&[u8]]) -> Option<usize> {
        self.patterns.first_match(keys).map(|index| self.rows[index])
    }
}

impl KeyRules {
    /// Rules by pattern, in whatever order. Patterns without `*` are tried first, then the longer
    /// ones; of those that are equal in that, those that mask, then those that search.
    pub fn new(rules: KeyActions) -> Self {
        let KeyActions(mut rules) = rules;
        rules.sort_by_key(|(pattern, rule)| (pattern.rank(), rule.action));
        let reporting = rules.iter().enumerate().filter(|(_, (_, rule))| rule.report_only);
        let reporting = Tried::new(reporting);
        KeyRules {
            deciding: Tried::new(
                rules.iter().enumerate().filter(|(_, (_, rule))| !rule.report_only),
            ),
            reporting: Some(reporting).filter(|reporting| !reporting.rows.is_empty()),
            places: rules.iter().map(|(_, rule)| rule.place.clone()).collect(),
        }
    }

    /// Where each rule is written.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Row of the rule that says what becomes of a value, if one does.
    pub fn rule(&self, keys: &[&[u8]]) -> Option<usize> {
        self.deciding.row(keys)
    }

    /// Row of the rule that only reports and would mask the value under the last of these keys, if
    /// one would: one that goes before the rule which decides, and masks nothing around the value.
    pub fn reported(&self, keys: &[&[u8]]) -> Option<usize> {
        let reporting = self.reporting.as_ref()?;
        let would = |keys: &[&[u8]]| {
            let row = reporting.row(keys)?;
            self.rule(keys).is_none_or(|decides| row < decides).then_some(row)
        };
        let row = would(keys)?;
        let is_inside = (1..keys.len()).any(|around| would(&keys[..around]).is_some());
        (!is_inside).then_some(row)
    }

    /// The keys of those that decide with this action, each in the one spelling of all that mean the
    /// same.
    pub fn of(&self, wanted: Action) -> impl Iterator<Item = String> {
        let Tried { patterns, actions, .. } = &self.deciding;
        let rules = patterns.patterns().iter().zip(actions);
        let wanted = rules.filter(move |(_, action)| **action == wanted);
        wanted.map(|(pattern, _)| pattern.folded())
    }

    /// What becomes of the value under the last of these keys: by that key, or by all of them
    /// joined by dots.
    ///
    /// ```
    /// use redact_pii::keys::{Action, KeyActions, KeyRules};
    /// use rules::Document;
    ///
    /// let written = Document::new("base.yaml", "customer.*: mask");
    /// let rules = KeyRules::new(rules::read::<KeyActions>(&[written]).unwrap());
    /// assert_eq!(rules.action(&[b"Customer.Name"]), Action::Mask);
    /// assert_eq!(rules.action(&[b"customer", b"name"]), Action::Mask);
    /// assert_eq!(rules.action(&[b"customer"]), Action::Search);
    /// ```
    #[inline(always)]
    pub fn action(&self, keys: &[&[u8]]) -> Action {
        let Tried { patterns, actions, .. } = &self.deciding;
        patterns.first_match(keys).map_or(Action::Search, |index| actions[index])
    }
}
