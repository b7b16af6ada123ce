//! Rules by key: what becomes of a value under a key, with `*` for any run of characters.

use rules::{
    Entry, KeyPattern, KeyPatterns, Located, Named, Node, Place, Problems, Schema, Setting, Value,
    words,
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

/// Actions by key, as they are written.
#[derive(Clone, Debug)]
pub struct KeyActions(pub Vec<(KeyPattern, Located<Action>)>);

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
        Named::<Action>::expected()
    }

    fn schema() -> Schema {
        Named::<Action>::schema()
    }
}

/// Rules by key, in the order they are tried.
#[derive(Debug)]
pub struct KeyRules {
    patterns: KeyPatterns,
    actions: Vec<Action>,
    places: Vec<Place>,
}

impl KeyRules {
    /// Rules by pattern, in whatever order. Patterns without `*` are tried first, then the longer
    /// ones; of those that are equal in that, those that mask, then those that search.
    pub fn new(rules: KeyActions) -> Self {
        let KeyActions(mut rules) = rules;
        rules.sort_by_key(|(pattern, action)| (pattern.rank(), action.value));
        let places = rules.iter().map(|(_, action)| action.place.clone()).collect();
        let (patterns, actions) =
            rules.into_iter().map(|(pattern, action)| (pattern, action.value)).unzip();
        KeyRules { patterns: KeyPatterns::new(patterns), actions, places }
    }

    /// Where each rule is written.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Index of the rule that says what becomes of a value, if one does.
    pub fn rule(&self, keys: &[&[u8]]) -> Option<usize> {
        self.patterns.first_match(keys)
    }

    /// The keys of those with this action, each in the one spelling of all that mean the same.
    pub fn of(&self, wanted: Action) -> impl Iterator<Item = String> {
        let rules = self.patterns.patterns().iter().zip(&self.actions);
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
        self.patterns.first_match(keys).map_or(Action::Search, |index| self.actions[index])
    }
}
