//! "Did you mean": the known word that is nearest to a wrong one.

/// Longer words are not compared, for the work grows with both lengths.
const MAX_CHARS: usize = 64;

/// The word that takes the fewest single-character edits, if that is few for
/// the length of what was written. Two neighbours swapped are one edit.
pub(crate) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written: Vec<char> = written.chars().map(fold).take(MAX_CHARS + 1).collect();
    if written.len() > MAX_CHARS {
        return None;
    }
    let allowed = (written.len() / 3).max(1);
    known
        .iter()
        .map(|word| (distance(&written, &word.chars().map(fold).collect::<Vec<_>>()), *word))
        .filter(|(distance, word)| *distance <= allowed && *distance < word.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// A wrong case or a hyphen for an underscore is no edit at all.
fn fold(c: char) -> char {
    if c == '-' { '_' } else { c.to_ascii_lowercase() }
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_a_slip_of_the_finger_and_leaves_other_words_alone() {
        let known = ["pattern", "action", "name", "max_bytes"];
        assert_eq!(nearest("patern", &known), Some("pattern"));
        assert_eq!(nearest("acitons", &known), Some("action"));
        assert_eq!(nearest("Name", &known), Some("name"));
        assert_eq!(nearest("max-bytes", &known), Some("max_bytes"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest("x", &["y"]), None);
        assert_eq!(nearest(&"a".repeat(5000), &known), None);
    }
}
