//! [`like`]: a letter or digit of the same kind as another.

use unicode_script::UnicodeScript;

/// Numbers that look random and are the same for ever, seeded by nothing that was seen.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub fn new(number: u64) -> Self {
        let mut random = Random(number);
        // Numbers that lie together give rows that do not.
        (0..4).for_each(|_| {
            random.below(2);
        });
        random
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    pub fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }
}

/// What of a letter is kept in another: its script, its case, and how many bytes it has.
pub(crate) fn like(letter: char, random: &mut Random) -> char {
    match letter {
        'a'..='z' => from('a', 26, random),
        'A'..='Z' => from('A', 26, random),
        'а'..='я' | 'ё' => from('а', 32, random),
        'А'..='Я' | 'Ё' => from('А', 32, random),
        '\u{4e00}'..='\u{9fff}' => from('\u{4e00}', 0x5200, random),
        '\u{ac00}'..='\u{d7a3}' => from('\u{ac00}', 11172, random),
        _ => near(letter, random),
    }
}

fn from(first: char, count: usize, random: &mut Random) -> char {
    char::from_u32(first as u32 + random.below(count) as u32).unwrap_or(first)
}

/// One of the same block of 128.
fn near(letter: char, random: &mut Random) -> char {
    if let Some(zero) = zero_of(letter) {
        return char::from_u32(zero + random.below(10) as u32).unwrap_or(letter);
    }
    let block = letter as u32 & !0x7f;
    let all: Vec<char> = (block..block + 0x80)
        .filter_map(char::from_u32)
        .filter(|other| is_like(*other, letter))
        .collect();
    if all.is_empty() { letter } else { *random.of(&all) }
}

fn is_like(one: char, other: char) -> bool {
    let form = |it: char| {
        (it.script(), it.is_lowercase(), it.is_uppercase(), it.is_alphanumeric(), it.len_utf8())
    };
    form(one) == form(other) && zero_of(one).is_none()
}

/// The zero of a digit's script.
pub(crate) fn zero_of(letter: char) -> Option<u32> {
    if letter.is_ascii() {
        return letter.is_ascii_digit().then_some(u32::from('0'));
    }
    // Where each script's ten digits begin, of the scripts that people write.
    const ZEROS: [u32; 20] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50,
        0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10, 0x1d7ce,
    ];
    ZEROS.into_iter().find(|zero| (*zero..zero + 10).contains(&u32::from(letter)))
}

/// The value of a digit.
pub(crate) fn digit_of(letter: char) -> Option<u32> {
    zero_of(letter).map(|zero| u32::from(letter) - zero)
}

/// The small letter, where it is one character.
pub(crate) fn small(letter: char) -> char {
    single(letter.to_lowercase()).unwrap_or(letter)
}

/// As large as `other` is, where that takes as many bytes: the large ʂ takes one more, and an
/// escape of each byte would be one more, too.
pub(crate) fn sized(letter: char, other: char) -> char {
    if !other.is_uppercase() {
        return letter;
    }
    let large = single(letter.to_uppercase());
    large.filter(|large| large.len_utf8() == other.len_utf8()).unwrap_or(letter)
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next()?;
    letters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_letter_takes_as_many_bytes() {
        assert_eq!(sized('b', 'A'), 'B');
        assert_eq!(sized('ʂ', 'Ʈ'), 'ʂ');
    }

    #[test]
    fn a_letter_is_of_the_same_script_case_and_length() {
        let mut random = Random::new(1);
        for letter in "azAZаяАЯёЁéÉßżΩω漢字가عא٣९５ａＡ½".chars() {
            for _ in 0..50 {
                let other = like(letter, &mut random);
                assert_eq!(other.script(), letter.script(), "{letter} {other}");
                assert_eq!(other.is_uppercase(), letter.is_uppercase(), "{letter} {other}");
                assert_eq!(other.len_utf8(), letter.len_utf8(), "{letter} {other}");
                assert_eq!(zero_of(other), zero_of(letter), "{letter} {other}");
            }
        }
    }
}
