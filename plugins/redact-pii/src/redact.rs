//! The work: every text of a batch is searched, and what is found gives way to its mask.

use plugin::Configured;
use spans::{
    Carrier, Carriers, Deed, Edits, Fields, Malformed, Noted, Notes, Noting, Place, Reason,
    SaysWhy, Selector, Sight, TextEditor, Treatment, Unknown, Unsearchable, Writes,
};

use crate::detect::{Detectors, Suspicion};
use crate::keys::Action;
use crate::known::Known;
use crate::settings::Rules;

/// Reasons to mask beside the detectors, in the order of their counters.
const REASONS: [&str; 5] = ["key", "too_long", "not_text", "bytes", "too_deep"];
const KEY: usize = 0;
const TOO_LONG: usize = 1;
const NOT_TEXT: usize = 2;
const BYTES: usize = 3;
const TOO_DEEP: usize = 4;

/// The counter of what was masked, and that of what rules which only report would mask.
pub const MASKED: &str = "values_masked";
/// The latter.
pub const REPORTED: &str = "values_reported";

/// Masks by some rules; counts what it masked.
pub struct Redactor {
    rules: Rules,
    detectors: Detectors,
    /// Those that only report, where there are any.
    reporting: Option<Detectors>,
    /// What was found by each detector, then what was masked for each reason, then what rules by key
    /// that only report would mask.
    masked: Vec<u64>,
    resources: Known,
    /// `masked` before the resource that is being visited.
    masked_before: Vec<u64>,
    /// How much of why somebody asks for, and what is said since.
    noting: Noting,
    reasons: Vec<Reason>,
}

impl Redactor {
    /// A redactor by these rules.
    pub fn new(rules: Rules) -> Self {
        let of = |report_only: bool| {
            let all = rules.detectors.iter().enumerate();
            let all = all.filter(move |(_, it)| it.report_only == report_only);
            Detectors::numbered(all.map(|(index, it)| (index, &it.kind)))
        };
        let reports = rules.detectors.iter().any(|it| it.report_only);
        let (detectors, reporting) = (of(false), reports.then(|| of(true)));
        let masked = vec![0; rules.detectors.len() + REASONS.len() + 1];
        let (resources, masked_before) = (Known::default(), masked.clone());
        Redactor {
            rules,
            detectors,
            reporting,
            masked,
            resources,
            masked_before,
            noting: Noting::Off,
            reasons: Vec::new(),
        }
    }

    /// It reads all texts.
    pub fn configured(&self) -> Configured {
        Configured {
            rules: self.rules.places.clone(),
            protects: self.rules.protects(),
            ..Configured::new(Sight::Texts, Self::writes())
        }
    }

    /// Every text may be masked, every key and every value; and fields that OTLP does not know go.
    fn writes() -> Writes {
        let all = Selector { carriers: Carriers::all(), keys: vec!["*".to_owned()] };
        Writes {
            drops_unknown_fields: true,
            fields: Fields::TEXTS,
            replaces: vec![all.clone()],
            renames: vec![all],
            ..Writes::default()
        }
    }

    /// The edits that mask all that the rules name, and drop fields that OTLP does not know; and
    /// why.
    ///
    /// # Errors
    /// Where the view cannot be decoded; every field of it is.
    pub fn redact(&mut self, view: &[u8], notes: &mut Notes) -> Result<Edits, Malformed> {
        self.noting = notes.level();
        if self.noting == Noting::Off {
            spans::edit_texts(view, Unknown::Drop, self)
        } else {
            spans::edit_texts_noting(view, Unknown::Drop, self, notes)
        }
    }

    /// Counters, and detectors and reasons with what they masked, or would mask, since the last
    /// call; without those that did nothing.
    pub fn take_masked(&mut self) -> Vec<(&'static str, &str, u64)> {
        let counter = |report_only| if report_only { REPORTED } else { MASKED };
        let detectors = self.rules.detectors.iter();
        let detectors = detectors.map(|it| (counter(it.report_only), it.name.as_str()));
        let reasons = REASONS.map(|reason| (MASKED, reason)).into_iter();
        let names = detectors.chain(reasons).chain([(REPORTED, REASONS[KEY])]);
        let counts = self.masked.iter_mut().map(std::mem::take);
        let all = names.zip(counts).map(|((counter, name), count)| (counter, name, count));
        all.filter(|(_, _, count)| *count > 0).collect()
    }

    fn say(&mut self, deed: Deed, rule: usize) {
        let reason = Reason { deed, rule: rule as u32 };
        if self.noting != Noting::Off && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Says of a value under a key that rules name that it stays, where somebody asks.
    fn say_left(&mut self, place: Place<'_>) {
        if let Some(rule) = self.asked(place) {
            self.say(Deed::LookedAndLeft, rule);
        }
    }

    /// The same of a text; where no rule names its key, detectors looked at it. Of keys it is not said.
    fn say_text_left(&mut self, place: Place<'_>) {
        if self.noting == Noting::Looked && !matches!(place, Place::Key(..)) {
            let rule = self.asked(place).unwrap_or_else(|| self.rules.row_of_detectors());
            self.say(Deed::LookedAndLeft, rule);
        }
    }

    /// The rule that names the key of a value, where somebody asks for what was left.
    fn asked(&self, place: Place<'_>) -> Option<usize> {
        match place {
            Place::Value(_, keys) if self.noting == Noting::Looked => {
                self.rules.attributes.rule(keys)
            }
            _ => None,
        }
    }

    /// Tells what rules by key that only report would mask of this value.
    fn report_key(&mut self, keys: &[&[u8]]) {
        if let Some(rule) = self.rules.attributes.reported(keys) {
            if let Some(count) = self.masked.last_mut() {
                *count += 1;
            }
            self.say(Deed::WouldMask, rule);
        }
    }

    /// Tells what detectors that only report find in a text, whatever others find there.
    fn report_finds(&mut self, place: Place<'_>, text: &[u8]) {
        let Some(mut reporting) = self.reporting.take() else { return };
        let suspicion = fit(reporting.suspect(text), place);
        if let (false, Ok(text)) = (suspicion.is_none(), str::from_utf8(text)) {
            for found in reporting.search_for(suspicion, text) {
                self.masked[found.detector] += 1;
                self.say(Deed::WouldMask, self.rules.row_of_detector(found.detector));
            }
        }
        self.reporting = Some(reporting);
    }

    fn mask_for(&mut self, reason: usize) -> String {
        self.masked[self.rules.detectors.len() + reason] += 1;
        match reason {
            KEY => {}
            TOO_LONG => self.say(Deed::Masked, self.rules.row_of_max_value_bytes()),
            _ => self.say(Deed::Masked, self.rules.row_of_detectors()),
        }
        match reason {
            KEY => self.rules.mask.clone(),
            TOO_LONG => "[too long]".to_owned(),
            NOT_TEXT => "[not text]".to_owned(),
            BYTES => "[bytes]".to_owned(),
            _ => "[too deep]".to_owned(),
        }
    }
}

impl SaysWhy for Redactor {
    fn take_reasons(&mut self) -> Vec<Reason> {
        std::mem::take(&mut self.reasons)
    }
}

impl TextEditor for Redactor {
    fn known_resource(&mut self, resource: &[u8]) -> Option<&Noted> {
        let Some(known) = self.resources.get(resource) else {
            self.masked_before.clone_from(&self.masked);
            return None;
        };
        for (count, more) in self.masked.iter_mut().zip(&known.masked) {
            *count += more;
        }
        Some(&known.edits)
    }

    fn keep_resource(&mut self, resource: &[u8], edits: impl FnOnce() -> Option<Noted>) {
        let before = self.masked.iter().zip(&self.masked_before);
        let masked = before.map(|(count, before)| count - before).collect();
        if let Some(edits) = edits() {
            self.resources.keep(resource, edits, masked);
        }
    }

    fn entry(&mut self, carrier: Carrier, keys: &[&[u8]]) -> Treatment {
        self.report_key(keys);
        match self.rules.attributes.action(keys) {
            Action::Search => Treatment::Search,
            Action::Leave => {
                self.say_left(Place::Value(carrier, keys));
                Treatment::Leave
            }
            Action::Mask => {
                if self.noting != Noting::Off
                    && let Some(rule) = self.rules.attributes.rule(keys)
                {
                    self.say(Deed::Masked, rule);
                }
                Treatment::Replace(self.mask_for(KEY))
            }
        }
    }

    #[inline(always)]
    fn leaves_text(&self, text: &[u8]) -> bool {
        let is_left = |detectors: &Detectors| detectors.suspect(text).is_none();
        text.len() <= self.rules.max_value_bytes
            && is_left(&self.detectors)
            && self.reporting.as_ref().is_none_or(is_left)
    }

    #[inline(always)]
    fn leaves_attribute(&self, key: &[u8], texts: &[u8]) -> bool {
        self.rules.attributes.action(&[key]) == Action::Search
            && self.leaves_text(texts)
            && self.rules.attributes.reported(&[key]).is_none()
    }

    #[inline(never)]
    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String> {
        if text.is_empty() {
            self.say_text_left(place);
            return None;
        }
        if text.len() > self.rules.max_value_bytes {
            return Some(self.mask_for(TOO_LONG));
        }
        self.report_finds(place, text);
        let suspicion = self.detectors.suspect(text);
        if suspicion.is_none() {
            self.say_text_left(place);
            return None;
        }
        let Ok(text) = str::from_utf8(text) else { return Some(self.mask_for(NOT_TEXT)) };
        let found = self.detectors.search_for(fit(suspicion, place), text);
        let mut masked = String::with_capacity(if found.is_empty() { 0 } else { text.len() });
        let mut copied = 0;
        for found in found {
            masked.push_str(&text[copied..found.range.start]);
            masked.push_str(&self.rules.detectors[found.detector].mask);
            self.masked[found.detector] += 1;
            copied = found.range.end;
        }
        if found.is_empty() {
            self.say_text_left(place);
            return None;
        }
        masked.push_str(&text[copied..]);
        if self.noting != Noting::Off {
            let found: Vec<usize> = found.iter().map(|it| it.detector).collect();
            for detector in found {
                self.say(Deed::Masked, self.rules.row_of_detector(detector));
            }
        }
        Some(masked)
    }

    fn unsearchable(&mut self, _: Place<'_>, why: Unsearchable) -> Option<String> {
        Some(self.mask_for(match why {
            Unsearchable::Bytes => BYTES,
            Unsearchable::TooDeep => TOO_DEEP,
        }))
    }
}

/// What is looked for at a place, of what is suspected there.
fn fit(suspicion: Suspicion, place: Place<'_>) -> Suspicion {
    if place == Place::TraceState {
        // Its numbers are ids and thresholds, and a mask in it would end the trace's sampling.
        return Suspicion { numbers: false, patterns: false, ..suspicion };
    }
    suspicion
}
