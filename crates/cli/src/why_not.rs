//! `lapidary run --why`

use diff::{Answer, Looked, Place, Step, Traveller, answers, follow};
use notes::Rule;
use otlp_json::{AnyValue, Value};
use plugin::Configured;
use rules::Glob;
use spans::{Deed, Viewer};

use crate::differences::{Filter, Named, head, with_line};
use crate::shown::{HEAD, REASON, Shown, rule_at};

/// What is asked for: an attribute or a field.
pub(crate) struct Asked(Glob);

impl Asked {
    pub fn new(key: &str) -> Self {
        Asked(Glob::new(key))
    }

    fn is(&self, place: &Place) -> bool {
        let whole = place.to_string();
        let field = whole.replace(['<', '>'], "").replace(' ', "_").to_lowercase();
        let of_field = if place.field.is_some() { field.as_str() } else { "" };
        let names = [whole.as_str(), &place.path(), of_field];
        names.iter().any(|name| !name.is_empty() && self.0.matches(name.as_bytes()))
    }
}

/// Tells of each resource, scope and span of one way that has what is asked for what each plugin did
/// about it, or why it did nothing. Says how many there were.
pub(crate) fn tell(
    way: &[Step<'_>],
    plugins: &[(&Named, &Configured)],
    (asked, filter): (&Asked, &Filter),
    to: &mut Shown,
) -> Result<usize, otlp_json::Error> {
    let travellers = follow(way)?;
    let mut steps = Vec::new();
    for step in way {
        let (named, configured) = plugins[step.place];
        steps.push(Looking::of(step, named, configured)?);
    }
    let travellers = travellers.iter().filter(|it| filter.names(&it.head));
    Ok(travellers.filter(|it| (One { traveller: it, steps: &steps }).tell(asked, to)).count())
}

/// A step, and the plugin of it.
struct Looking<'l> {
    named: &'l Named,
    looked: Looked<'l>,
    is_shadow: bool,
}

impl<'l> Looking<'l> {
    fn of(
        step: &Step<'l>,
        named: &'l Named,
        configured: &Configured,
    ) -> Result<Self, otlp_json::Error> {
        // The plugin is at work, so its sight is good, and it got a view of this batch.
        let view = Viewer::new(&configured.sight).ok();
        let view = view.and_then(|viewer| viewer.view(step.came, 0..usize::MAX, 0).ok());
        let looked = Looked::of(step, &view.map(|view| view.bytes).unwrap_or_default())?;
        Ok(Looking { named, looked, is_shadow: step.is_shadow })
    }
}

struct One<'o> {
    traveller: &'o Traveller,
    steps: &'o [Looking<'o>],
}

impl One<'_> {
    /// Says whether there was anything to tell.
    fn tell(&self, asked: &Asked, to: &mut Shown) -> bool {
        let places = self.places(asked);
        if places.is_empty() {
            return false;
        }
        to.line(format_args!("{HEAD}{}{HEAD:#}", head(&self.traveller.head, to)));
        for (place, value) in &places {
            let value = to.value(Some(&AnyValue { value: Some(value.clone()) }));
            let place_shown = to.place(place);
            to.line(format_args!("  {place_shown}: {value}"));
            for (step, number) in &self.traveller.numbers {
                let Looking { named, is_shadow, .. } = &self.steps[*step];
                let shadow = if *is_shadow { " (shadow)" } else { "" };
                for words in self.words(*step, *number, place) {
                    to.line(format_args!("    {}{shadow}: {words}", named.name));
                }
            }
        }
        true
    }

    /// The places that are asked for, with what stood there first.
    fn places(&self, asked: &Asked) -> Vec<(Place, Value)> {
        let mut places: Vec<(Place, Value)> = Vec::new();
        for (step, number) in &self.traveller.numbers {
            let here = self.steps[*step].looked.came(self.traveller, *number);
            for (place, value) in here {
                if asked.is(place) && !places.iter().any(|(known, _)| known == place) {
                    places.push((place.clone(), value.clone()));
                }
            }
        }
        places
    }

    /// What a plugin did about a place, or why it did nothing.
    fn words(&self, step: usize, number: u32, place: &Place) -> Vec<String> {
        let Looking { named, looked, is_shadow } = &self.steps[step];
        let with_rule = |words: &str, rule: &Rule| {
            let rule = rule_at(&with_line(rule, named.inline));
            format!("{words} {REASON}← {rule}{REASON:#}")
        };
        let word = |answer: &Answer<'_>| match answer {
            Answer::Did(done, rule) => with_rule(deed(*done), rule),
            Answer::NoRuleActed => "reads it, and no rule acted".to_owned(),
            Answer::NotRead => "no rule reads it".to_owned(),
            Answer::Dropped(rule) => with_rule("dropped the span", rule),
            Answer::WouldDrop(rule) => with_rule("would drop the span", rule),
            Answer::Unprocessed if *is_shadow => "could not process the span".to_owned(),
            Answer::Unprocessed => "could not process the span, which is not passed on".to_owned(),
        };
        let answers = answers((step, looked), (self.traveller, number), place);
        let mut words: Vec<String> = answers.iter().map(word).collect();
        words.dedup();
        words
    }
}

fn deed(deed: Deed) -> &'static str {
    match deed {
        Deed::Kept => "kept",
        Deed::Dropped => "dropped",
        Deed::Masked => "masked",
        Deed::Replaced => "replaced",
        Deed::Added => "set",
        Deed::LeftInDoubt => "left in doubt",
        Deed::LookedAndLeft => "looked and left it",
        Deed::WouldHave => "fits, and another rule decided",
        Deed::WouldKeep => "would keep",
        Deed::WouldDrop => "would drop",
        Deed::WouldMask => "would mask",
        Deed::WouldReplace => "would replace",
        Deed::WouldAdd => "would set",
    }
}

#[cfg(test)]
mod tests {
    use diff::{Place, Segment};
    use spans::{On, TextField};

    use super::Asked;

    #[test]
    fn a_place_is_asked_for_by_key_by_path_or_as_notes_call_it() {
        let way = |key: &str| vec![Segment::Key(key.into())];
        let attribute = |on, key: &str| Place { on, member: 1, field: None, way: way(key) };
        let field = |on, field| Place { on, member: 1, field: Some(field), way: Vec::new() };
        let is = |asked: &str, place: &Place| Asked::new(asked).is(place);
        let in_event = attribute(On::Event, "exception.message");
        assert!(is("exception.message", &in_event));
        assert!(is("events[1].exception.message", &in_event));
        assert!(is("exception.*", &in_event));
        assert!(!is("events[0].exception.message", &in_event));
        assert!(!is("message", &in_event));
        let message = field(On::Span, TextField::StatusMessage);
        assert!(is("status_message", &message) && is("<status message>", &message));
        assert!(is("events[1].name", &field(On::Event, TextField::Name)));
        assert!(!is("status_message", &attribute(On::Span, "status.message")));
    }
}
