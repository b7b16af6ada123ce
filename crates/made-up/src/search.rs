//! [`make_up`]: looks for words that are treated as those that were seen.

use std::collections::HashSet;
use std::ops::Range;

use diff::Place;
use otlp_json::TracesData;

use crate::Spare;
use crate::likes::Likes;
use crate::plan::Plan;
use crate::times::shift;

/// Spans with made-up values.
#[derive(Clone, Debug)]
pub struct Made {
    /// The spans.
    pub traces: TracesData,
    /// How many words are made up.
    pub words: usize,
    /// Places with words for which none was found that is treated alike; keys as they are in `traces`.
    pub unlike: Vec<Place>,
}

/// Replaces every word of a batch but those that are spared, and moves its times to another day.
///
/// `judge` says what becomes of a batch. It is told one with more and more words replaced, and where
/// its answer is not that to the batch that was seen, other words are tried.
///
/// # Errors
///
/// Those of `judge`.
pub fn make_up<O: PartialEq, E>(
    seen: &TracesData,
    spare: &Spare,
    judge: &mut dyn FnMut(&TracesData) -> Result<O, E>,
) -> Result<Made, E> {
    let mut seen = seen.clone();
    shift(&mut seen);
    let plan = Plan::of(&seen, spare);
    let first = first_of(&plan);
    let wanted = judge(&seen)?;
    let made = vec![None; plan.words.len()];
    let mut search = Search { seen, plan, first, made, wanted, unlike: HashSet::new(), judge };
    search.settle(0..search.made.len())?;
    let traces = search.plan.render(&search.seen, &search.made);
    let unlike = search.plan.places(&traces, &search.unlike);
    Ok(Made { traces, words: search.made.len(), unlike })
}

/// A word for each, that no other has and that none was.
fn first_of(plan: &Plan) -> Vec<String> {
    let mut taken: HashSet<String> = plan.words.iter().map(|word| word.text.clone()).collect();
    let mut first = Vec::with_capacity(plan.words.len());
    for (number, word) in plan.words.iter().enumerate() {
        let free = Likes::of(word, number).find(|it| !taken.contains(it));
        // Of one letter there are few others.
        let other = || Likes::of(word, number).find(|it| *it != word.text);
        let made = free.or_else(other).unwrap_or_else(|| word.text.clone());
        taken.insert(made.clone());
        first.push(made);
    }
    first
}

struct Search<'j, O, E> {
    seen: TracesData,
    plan: Plan,
    /// What is tried first.
    first: Vec<String>,
    /// What is found so far; nothing: the word as it was seen.
    made: Vec<Option<String>>,
    wanted: O,
    unlike: HashSet<usize>,
    judge: &'j mut dyn FnMut(&TracesData) -> Result<O, E>,
}

/// As short a number may stay where no other is treated alike: the code of a country, a house.
const MAY_STAY: usize = 2;

impl<O: PartialEq, E> Search<'_, O, E> {
    /// Replaces some words at once; where that changes what becomes of them, half of them, and so on
    /// down to those that it depends on.
    fn settle(&mut self, words: Range<usize>) -> Result<(), E> {
        if words.is_empty() {
            return Ok(());
        }
        for number in words.clone() {
            self.made[number] = Some(self.first[number].clone());
        }
        if self.judged()? == self.wanted {
            return Ok(());
        }
        for number in words.clone() {
            self.made[number] = None;
        }
        if words.len() == 1 {
            return self.search(words.start);
        }
        let middle = words.start + words.len() / 2;
        self.settle(words.start..middle)?;
        self.settle(middle..words.end)
    }

    fn search(&mut self, number: usize) -> Result<(), E> {
        let word = self.plan.words[number].clone();
        let taken = self.taken(number);
        for like in Likes::of(&word, number) {
            if like != word.text && taken.contains(&like) {
                continue;
            }
            self.made[number] = Some(like);
            if self.judged()? == self.wanted {
                return Ok(());
            }
        }
        let is_short = word.text.chars().count() <= MAY_STAY;
        if is_short && word.text.bytes().all(|letter| letter.is_ascii_digit()) {
            self.made[number] = None;
            return Ok(());
        }
        self.made[number] = Some(self.first[number].clone());
        self.unlike.insert(number);
        self.wanted = self.judged()?;
        Ok(())
    }

    /// Words that are, were or will be others', so that what is different stays so; of short ones there
    /// are too few for that.
    fn taken(&self, number: usize) -> HashSet<String> {
        let is_short = self.plan.words[number].text.chars().count() <= MAY_STAY;
        let words = self.plan.words.iter().map(|word| &word.text);
        let others = self.first.iter().chain(self.made.iter().flatten()).chain(words);
        if is_short { HashSet::new() } else { others.cloned().collect() }
    }

    fn judged(&mut self) -> Result<O, E> {
        (self.judge)(&self.plan.render(&self.seen, &self.made))
    }
}
