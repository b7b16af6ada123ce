//! `lapidary run --diff`

use diff::{Change, Head, Step, Traveller, Unit, What, follow};
use notes::{Rule, Told};
use rules::Glob;
use spans::{Deed, On, Spot};

use crate::arguments::{Look, Only};
use crate::shown::{HEAD, IS, REASON, Shown, WAS, rule_at};

/// A plugin of the chain, as reasons call it.
pub(crate) struct Named {
    pub name: String,
    /// Whether its rules stand inside a config, where no line leads to them.
    pub inline: bool,
}

/// A rule without its line where none leads to it.
pub(crate) fn with_line(rule: &Rule, inline: bool) -> Rule {
    Rule { line: if inline { 0 } else { rule.line }, ..rule.clone() }
}

/// Which spans are shown.
pub(crate) struct Filter {
    only: Option<Only>,
    trace: Option<String>,
    span: Option<Glob>,
}

impl Filter {
    pub fn new(look: &Look) -> Self {
        Filter {
            only: look.only,
            trace: look.trace.as_ref().map(|id| id.to_lowercase()),
            span: look.span.as_deref().map(Glob::new),
        }
    }

    /// Whether this one is of the trace and has the name that are asked for.
    pub fn names(&self, head: &Head) -> bool {
        if head.on != On::Span {
            return self.trace.is_none() && self.span.is_none() && self.only != Some(Only::Dropped);
        }
        let is_of_trace = self.trace.as_ref().is_none_or(|id| head.trace_id.starts_with(id));
        is_of_trace && self.span.as_ref().is_none_or(|name| name.matches(head.name.as_bytes()))
    }

    fn shows(&self, way: &[Step<'_>], traveller: &Traveller) -> bool {
        let (is_gone, is_changed) = (traveller.gone_at().is_some(), traveller.is_changed());
        let would = would(way, traveller);
        let is_of_interest = match self.only {
            // A resource goes with its spans, and these are shown.
            _ if traveller.head.on != On::Span => (is_changed || would) && !is_gone,
            None => is_gone || is_changed || would,
            Some(Only::Kept) => !is_gone,
            Some(Only::Dropped) => is_gone,
            Some(Only::Changed) => !is_gone && is_changed,
            Some(Only::Would) => would,
        };
        is_of_interest && self.names(&traveller.head)
    }
}

/// Whether a plugin in the shadow, or a rule that only reports, would have done something.
fn would(way: &[Step<'_>], traveller: &Traveller) -> bool {
    let is_reported = |(step, unit): &(usize, Unit)| {
        unit.told.iter().any(|it| way[*step].told[*it].deed.is_reported())
    };
    let does = |(_, unit): &(usize, Unit)| unit.is_gone || !unit.changes.is_empty();
    traveller.steps.iter().any(is_reported) || traveller.shadowed.iter().any(does)
}

/// Shows what became of the spans of one way. Says how many it showed.
pub(crate) fn show(
    way: &[Step<'_>],
    plugins: &[Named],
    filter: &Filter,
    to: &mut Shown,
) -> Result<usize, otlp_json::Error> {
    let travellers = follow(way)?;
    let shown = travellers.iter().filter(|traveller| filter.shows(way, traveller));
    Ok(shown.map(|traveller| One { way, plugins, traveller }.show(to)).count())
}

struct One<'o> {
    way: &'o [Step<'o>],
    plugins: &'o [Named],
    traveller: &'o Traveller,
}

impl One<'_> {
    fn show(&self, to: &mut Shown) {
        let became = self.became();
        to.line(format_args!("{HEAD}{}{HEAD:#}: {became}", head(&self.traveller.head, to)));
        for (step, unit) in &self.traveller.steps {
            for change in &unit.changes {
                self.change(*step, change, to);
            }
            self.doubts(*step, unit, to);
        }
        for (step, unit) in &self.traveller.shadowed {
            for change in &unit.changes {
                self.would_change(*step, change, to);
            }
        }
    }

    /// What became of it, and why; then what would have.
    fn became(&self) -> String {
        let mut became = vec![self.became_in_truth()];
        let would = [(Deed::Dropped, "dropped"), (Deed::Kept, "kept")];
        for (deed, word) in would {
            let steps = self.traveller.steps.iter();
            let reported: String =
                steps.map(|(step, _)| self.reasons_of_whole(*step, deed.reported())).collect();
            let steps = self.traveller.shadowed.iter();
            let shadowed: String =
                steps.map(|(step, _)| self.reasons_of_whole(*step, deed)).collect();
            let reasons = reported + &shadowed;
            if !reasons.is_empty() {
                became.push(format!("would be {word}{reasons}"));
            }
        }
        became.extend(self.unprocessed_in_shadow());
        became.join("; ")
    }

    /// A plugin in the shadow over which the span would have been lost.
    fn unprocessed_in_shadow(&self) -> Option<String> {
        let mut shadowed = self.traveller.shadowed.iter();
        let lost = |step| self.reasons_of_whole(step, Deed::Dropped).is_empty();
        let (step, _) = shadowed.find(|(step, unit)| unit.is_gone && lost(*step))?;
        let name = &self.plugin(*step).name;
        Some(format!("would not be passed on, for {name} (shadow) could not process it"))
    }

    fn became_in_truth(&self) -> String {
        let made = self.traveller.made_by.map(|place| &self.plugins[place].name);
        let made = made.map_or(String::new(), |name| format!("made by {name}, "));
        if let Some(step) = self.traveller.gone_at() {
            let reasons = self.reasons_of_whole(step, Deed::Dropped);
            if reasons.is_empty() {
                let name = &self.plugin(step).name;
                return format!("{made}not passed on, for {name} could not process it");
            }
            return format!("{made}dropped{reasons}");
        }
        let steps = self.traveller.steps.iter();
        let kept: String =
            steps.map(|(step, _)| self.reasons_of_whole(*step, Deed::Kept)).collect();
        let changed = if self.traveller.is_changed() { "changed" } else { "as it came" };
        if kept.is_empty() { format!("{made}{changed}") } else { format!("{made}kept{kept}") }
    }

    fn reasons_of_whole(&self, step: usize, deed: Deed) -> String {
        let told = self.traveller.unit_at(step).map_or(&[][..], |unit| &unit.told);
        let told = told.iter().map(|number| self.told(step, *number));
        let whole = told.filter(|told| told.deed == deed && told.spot == Spot::Whole);
        self.reasons(step, whole)
    }

    fn change(&self, step: usize, change: &Change, to: &mut Shown) {
        let (place, was, is) = sides(change, to);
        let reasons = self.reasons_of_change(step, change);
        let sides = [("-", WAS, was), ("+", IS, is)];
        let last = sides.iter().rposition(|(_, _, value)| value.is_some());
        for (number, (sign, style, value)) in sides.iter().enumerate() {
            let Some(value) = value else { continue };
            let reasons = if last == Some(number) { reasons.as_str() } else { "" };
            to.line(format_args!("  {style}{sign} {place}: {value}{style:#}{reasons}"));
        }
    }

    /// What a plugin in the shadow would have changed, on one line.
    fn would_change(&self, step: usize, change: &Change, to: &mut Shown) {
        let (place, was, is) = sides(change, to);
        let was = was.map_or(String::new(), |was| format!("{was} "));
        let is = is.map_or("be removed".into(), |is| format!("be {is}"));
        let reasons = self.reasons_of_change(step, change);
        to.line(format_args!("  ~ {place}: {was}would {is}{reasons}"));
    }

    fn reasons_of_change(&self, step: usize, change: &Change) -> String {
        let told = change.told.iter().map(|number| self.told(step, *number));
        let reasons = self.reasons(step, told);
        if reasons.is_empty() {
            return format!(" {REASON}({}){REASON:#}", self.name_of(step));
        }
        reasons
    }

    /// What could not be told, so that nothing was done.
    fn doubts(&self, step: usize, unit: &Unit, to: &mut Shown) {
        for told in unit.told.iter().map(|number| self.told(step, *number)) {
            let words = match told.deed {
                Deed::LeftInDoubt => Some(("?", "left in doubt")),
                Deed::WouldMask => Some(("~", "would be masked")),
                Deed::WouldReplace => Some(("~", "would be replaced")),
                Deed::WouldAdd => Some(("~", "would be set")),
                // A plugin that says what it did not do.
                Deed::Masked | Deed::Replaced | Deed::Added if !unit.is_gone => {
                    Some(("!", "told as changed, and nothing differs"))
                }
                _ => None,
            };
            if let Some((sign, words)) = words {
                let place = match (&told.key, told.field) {
                    (Some(key), _) => to.name(key),
                    (None, Some(field)) => field.to_owned(),
                    (None, None) => "the whole".to_owned(),
                };
                let reasons = self.reasons(step, std::iter::once(told));
                to.line(format_args!("  {sign} {place}: {words}{reasons}"));
            }
        }
    }

    fn reasons<'t>(&self, step: usize, told: impl Iterator<Item = &'t Told>) -> String {
        let (name, inline) = (self.name_of(step), self.plugin(step).inline);
        let mut reasons: Vec<String> = Vec::new();
        for told in told {
            let reason = format!(
                " {REASON}← {} ({name}){REASON:#}",
                rule_at(&with_line(&told.rule, inline))
            );
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons.concat()
    }

    /// A plugin, as reasons call it.
    fn name_of(&self, step: usize) -> String {
        let shadow = if self.way[step].is_shadow { ", shadow" } else { "" };
        format!("{}{shadow}", self.plugin(step).name)
    }

    fn plugin(&self, step: usize) -> &Named {
        &self.plugins[self.way[step].place]
    }

    fn told(&self, step: usize, number: usize) -> &Told {
        &self.way[step].told[number]
    }
}

/// The place of a change, and what stood and stands there.
fn sides(change: &Change, to: &Shown) -> (String, Option<String>, Option<String>) {
    let place = to.place(&change.place);
    match &change.what {
        What::Key(was, is) => {
            let around = to.place(&change.place.around());
            let place = if around.is_empty() { "key".into() } else { format!("key in {around}") };
            (place, Some(to.name(was)), Some(to.name(is)))
        }
        What::Value(Some(was), Some(is)) => {
            let [was, is] = to.both(was, is);
            (place, Some(was), Some(is))
        }
        What::Value(was, is) => {
            let value = |it| to.value(Some(it));
            (place, was.as_ref().map(value), is.as_ref().map(value))
        }
    }
}

/// `mes mes.shipped 5b8e…/eee1… 1.5 s`
pub(crate) fn head(head: &Head, to: &Shown) -> String {
    let spans = if head.spans == 1 { "1 span".into() } else { format!("{} spans", head.spans) };
    let service = if head.service.is_empty() { "?".into() } else { to.name(&head.service) };
    match head.on {
        On::Resource => format!("{service} resource of {spans}"),
        On::Scope => format!("{service} scope {} of {spans}", to.name(&head.name)),
        _ => {
            let duration = head.duration.map_or("ends before it starts".into(), duration);
            let name = to.name(&head.name);
            format!("{service} {name} {}/{} {duration}", head.trace_id, head.span_id)
        }
    }
}

/// A length of time in the unit that fits it, to three digits.
fn duration(nanos: u64) -> String {
    let units = [(1_000_000_000.0, "s"), (1_000_000.0, "ms"), (1_000.0, "µs")];
    let nanos_f = nanos as f64;
    match units.iter().find(|(unit, _)| nanos_f >= *unit) {
        Some((unit, name)) => {
            let value = nanos_f / unit;
            let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
            format!("{value:.digits$} {name}")
        }
        None => format!("{nanos} ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn a_duration_has_three_digits() {
        let lengths = [0, 999, 1_000, 12_345, 5_461_342, 1_511_820_211, 99_000_000_000];
        let shown = ["0 ns", "999 ns", "1.00 µs", "12.3 µs", "5.46 ms", "1.51 s", "99.0 s"];
        assert_eq!(lengths.map(duration), shown);
        assert_eq!(duration(1_860_000_000_000), "1860 s");
    }
}
