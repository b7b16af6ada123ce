//! The work: values under the configured keys give way to their pseudonyms.

use plugin::Configured;
use rules::KeyPattern;
use spans::{
    Carrier, Carriers, Deed, Deep, Edits, Malformed, Notes, Noting, Parts, Place, Reason, SaysWhy,
    Scalar, Selector, Sight, TextEditor, Treatment, Unknown, Unsearchable, Writes,
};

use crate::pseudonym::Pseudonyms;
use crate::settings::Rules;

/// Replaces values by some rules; counts them.
pub struct Hasher {
    rules: Rules,
    /// Values replaced, by attribute.
    hashed: Vec<u64>,
    /// Whether somebody asks why, and what is said since.
    is_asked: bool,
    reasons: Vec<Reason>,
}

impl Hasher {
    /// A hasher by these rules.
    pub fn new(rules: Rules) -> Self {
        let hashed = vec![0; rules.attributes.patterns().len()];
        Hasher { rules, hashed, is_asked: false, reasons: Vec::new() }
    }

    /// It reads what stands under the configured keys, and replaces the values there.
    pub fn configured(&self) -> Configured {
        let sight = Sight::Parts(Parts { keys: vec![self.selector()], ..Parts::default() });
        let writes = Writes { replaces: vec![self.selector()], ..Writes::default() };
        let attributes = self.rules.attributes.patterns().iter();
        let attributes =
            attributes.map(|it| format!("attributes {}", rules::one_word(&it.folded())));
        Configured {
            rules: self.rules.places.clone(),
            protects: attributes.chain([self.rules.pseudonyms.key()]).collect(),
            ..Configured::new(sight, writes)
        }
    }

    /// The edits that replace every value under the configured keys, and why.
    ///
    /// # Errors
    /// Where the view cannot be decoded.
    pub fn hash(&mut self, view: &[u8], notes: &mut Notes) -> Result<Edits, Malformed> {
        self.is_asked = notes.level() != Noting::Off;
        if self.is_asked {
            spans::edit_texts_noting(view, Unknown::Keep, self, notes)
        } else {
            spans::edit_texts(view, Unknown::Keep, self)
        }
    }

    /// Attributes, as the rules write them, with how many of their values were replaced since the
    /// last call, without those that had none.
    pub fn take_hashed(&mut self) -> Vec<(&str, u64)> {
        let counts = self.hashed.iter_mut().map(std::mem::take);
        let attributes = self.rules.attributes.patterns().iter().map(KeyPattern::written);
        attributes.zip(counts).filter(|(_, count)| *count > 0).collect()
    }

    /// The pseudonym of a text under an attribute, if it gets one.
    #[inline(never)]
    fn pseudonym(&mut self, attribute: usize, text: &[u8]) -> Option<String> {
        // Nobody is behind an empty value, and a pseudonym is one already.
        if text.is_empty() || Pseudonyms::is_pseudonym(text) {
            self.say(Deed::LookedAndLeft, attribute);
            return None;
        }
        self.replaced(attribute);
        Some(self.rules.pseudonyms.of(text))
    }

    fn replaced(&mut self, attribute: usize) {
        self.hashed[attribute] += 1;
        self.say(Deed::Replaced, attribute);
    }

    fn say(&mut self, deed: Deed, attribute: usize) {
        if self.is_asked {
            self.reasons.push(Reason { deed, rule: attribute as u32 });
        }
    }

    fn selector(&self) -> Selector {
        let keys = self.rules.attributes.patterns().iter();
        let keys = keys.map(|pattern| pattern.written().to_owned()).collect();
        Selector { carriers: Carriers::all(), keys }
    }

    /// Index of the attribute that a value stands under, directly or deeper.
    #[inline]
    fn attribute(&self, place: Place<'_>) -> Option<usize> {
        let Place::Value(_, keys) = place else { return None };
        let down_to = |depth| self.rules.attributes.first_match(keys.get(..=depth)?);
        (0..keys.len()).filter_map(down_to).min()
    }

    fn unreadable(&mut self, attribute: usize) -> Option<String> {
        self.replaced(attribute);
        Some(self.rules.pseudonyms.of_unreadable())
    }
}

impl SaysWhy for Hasher {
    fn take_reasons(&mut self) -> Vec<Reason> {
        std::mem::take(&mut self.reasons)
    }
}

impl TextEditor for Hasher {
    #[inline]
    fn entry(&mut self, _: Carrier, _: &[&[u8]]) -> Treatment {
        Treatment::Search
    }

    // Inlined, for most texts are names and keys, of which the caller knows that they stay.
    #[inline]
    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String> {
        let attribute = self.attribute(place)?;
        self.pseudonym(attribute, text)
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        let attribute = self.attribute(place)?;
        self.replaced(attribute);
        // The number 17 and the text `17` are the same person.
        Some(
            self.rules.pseudonyms.of(match value {
                Scalar::Bool(value) => value.to_string(),
                Scalar::Int(value) => value.to_string(),
                Scalar::Double(value) => value.to_string(),
            }
            .as_bytes()),
        )
    }

    fn unsearchable(&mut self, place: Place<'_>, _: Unsearchable) -> Option<String> {
        let attribute = self.attribute(place)?;
        self.unreadable(attribute)
    }

    /// Where an operator may stand in it, it goes as a whole: nobody can say where in it.
    fn too_deep(&mut self, place: Place<'_>, deep: Deep<'_>) -> Option<String> {
        let mut attribute = self.attribute(place);
        if attribute.is_none() {
            let is_below = deep.any_entry(|keys| {
                attribute = self.rules.attributes.first_match(keys);
                attribute.is_some()
            });
            // In doubt it counts for the first.
            attribute = is_below.then(|| attribute.unwrap_or_default());
        }
        self.unreadable(attribute?)
    }
}
