//! `lapidary run --why`

use std::collections::HashMap;

use diff::{Change, Place, Segment, Step, Traveller, What, contents, follow};
use notes::Told;
use otlp_json::{AnyValue, Value, decode};
use plugin::Configured;
use rules::Glob;
use spans::{Deed, Spot, Viewer};

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
        steps.push(Looked::of(step, named, configured)?);
    }
    let travellers = travellers.iter().filter(|it| filter.names(&it.head));
    Ok(travellers.filter(|it| (One { traveller: it, steps: &steps }).tell(asked, to)).count())
}

/// What stands in each resource, scope and span of a batch.
type Contents = HashMap<(u8, u32), Vec<(Place, Value)>>;

/// A step, with what came and what the plugin saw of that.
struct Looked<'l> {
    named: &'l Named,
    told: &'l [Told],
    came: Contents,
    seen: Contents,
}

impl<'l> Looked<'l> {
    fn of(
        step: &Step<'l>,
        named: &'l Named,
        configured: &Configured,
    ) -> Result<Self, otlp_json::Error> {
        let all = |batch: &[u8]| -> Result<Contents, otlp_json::Error> {
            let all = contents(&decode(batch)?).into_iter();
            Ok(all.map(|it| ((it.of.on as u8, it.of.number), it.places)).collect())
        };
        // The plugin is at work, so its sight is good, and it got a view of this batch.
        let view = Viewer::new(&configured.sight).ok();
        let view = view.and_then(|viewer| viewer.view(step.came, 0..usize::MAX, 0).ok());
        let seen = all(&view.map(|view| view.bytes).unwrap_or_default())?;
        Ok(Looked { named, told: step.told, came: all(step.came)?, seen })
    }
}

struct One<'o> {
    traveller: &'o Traveller,
    steps: &'o [Looked<'o>],
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
                let name = &self.steps[*step].named.name;
                for words in self.words(*step, *number, place) {
                    to.line(format_args!("    {name}: {words}"));
                }
            }
        }
        true
    }

    /// The places that are asked for, with what stood there first.
    fn places(&self, asked: &Asked) -> Vec<(Place, Value)> {
        let mut places: Vec<(Place, Value)> = Vec::new();
        for (step, number) in &self.traveller.numbers {
            let here = self.steps[*step].came.get(&self.key(*number));
            for (place, value) in here.into_iter().flatten() {
                if asked.is(place) && !places.iter().any(|(known, _)| known == place) {
                    places.push((place.clone(), value.clone()));
                }
            }
        }
        places
    }

    fn key(&self, number: u32) -> (u8, u32) {
        (self.traveller.head.on as u8, number)
    }

    /// Numbers of the notes that say why the key of this place was changed, if it was.
    fn renamed(&self, step: usize, place: &Place) -> Vec<usize> {
        let unit = self.traveller.steps.iter().find(|(at, _)| *at == step);
        let changes = unit.map_or(&[][..], |(_, unit)| &unit.changes);
        let is_it = |change: &&Change| match &change.what {
            What::Key(was, _) => change.place.around().inside(Segment::Key(was.clone())) == *place,
            What::Value(..) => false,
        };
        changes.iter().find(is_it).map_or(Vec::new(), |change| change.told.clone())
    }

    /// What a plugin did about a place, or why it did nothing.
    fn words(&self, step: usize, number: u32, place: &Place) -> Vec<String> {
        let looked = &self.steps[step];
        let is_here = |told: &&Told| (told.of.on.whole() as u8, told.of.number) == self.key(number);
        let here: Vec<_> = looked.told.iter().filter(is_here).collect();
        let renamed = self.renamed(step, place);
        let with_rule = |words: &str, told: &Told| {
            let rule = rule_at(&with_line(&told.rule, looked.named.inline));
            format!("{words} {REASON}← {rule}{REASON:#}")
        };
        let of_key = renamed.iter().map(|number| &looked.told[*number]);
        let of_place = here.iter().copied().filter(|told| is_of(told, place)).chain(of_key);
        let mut words: Vec<String> =
            of_place.map(|told| with_rule(deed(told.deed), told)).collect();
        if words.is_empty() {
            let seen = looked.seen.get(&self.key(number));
            let is_seen = seen.is_some_and(|seen| seen.iter().any(|(it, _)| it == place));
            let nothing = if is_seen { "reads it, and no rule acted" } else { "no rule reads it" };
            words.push(nothing.to_owned());
        }
        if self.traveller.gone_at() == Some(step) {
            let dropped = |told: &&&Told| told.deed == Deed::Dropped && told.spot == Spot::Whole;
            match here.iter().find(dropped) {
                Some(told) => words.push(with_rule("dropped the span", told)),
                None => words.push("could not process the span, which is not passed on".to_owned()),
            }
        }
        words.dedup();
        words
    }
}

/// Whether a note is of this place, and not of its key.
fn is_of(told: &Told, place: &Place) -> bool {
    match told.spot {
        Spot::Whole | Spot::Key(_) => false,
        Spot::Field(field) => {
            (told.of.on, told.of.member, Some(field)) == (place.on, place.member, place.field)
        }
        Spot::Set(_) | Spot::Value(_) => told
            .key
            .as_deref()
            .is_some_and(|path| place.meets(told.of.on, told.of.member, None, path)),
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
