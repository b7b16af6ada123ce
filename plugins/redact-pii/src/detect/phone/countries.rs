//! Country codes (ITU-T E.164) and how long a country's numbers are without it.
//!
//! Lengths that only short numbers of services have are left out: with its country a number has
//! eight digits at least, but on the smallest islands.

/// Lengths of national numbers, and the countries that have these.
const LENGTHS: &[(&[u8], &[u16])] = &[
    (&[], &[888]),
    (&[4, 5], &[290]),
    (&[4, 5, 6, 7], &[690]),
    (&[4, 7], &[683]),
    (&[5], &[247, 500, 682]),
    (&[5, 6, 7], &[688]),
    (&[5, 6, 7, 8], &[386]),
    (&[5, 6, 7, 8, 9, 10], &[263, 358]),
    (&[5, 6, 7, 8, 9, 10, 11], &[352]),
    (&[5, 6, 7, 8, 9, 10, 11, 12], &[971]),
    (&[5, 6, 7, 8, 9, 11], &[852]),
    (&[5, 6, 7, 10], &[685]),
    (&[5, 7], &[676, 677, 678]),
    (&[5, 8], &[686]),
    (&[6], &[298, 299, 672, 687]),
    (&[6, 7], &[597]),
    (&[6, 7, 8, 9], &[27, 252, 355]),
    (&[6, 7, 8, 9, 10], &[46, 48, 95, 880]),
    (&[6, 7, 8, 9, 10, 11], &[375]),
    (&[6, 7, 8, 9, 10, 11, 12], &[39, 381, 598]),
    (&[6, 7, 8, 9, 10, 11, 12, 13], &[43, 49]),
    (&[6, 7, 8, 9, 10, 12], &[61]),
    (&[6, 7, 8, 9, 12], &[359]),
    (&[6, 7, 8, 10], &[53]),
    (&[6, 7, 9], &[421]),
    (&[6, 7, 10], &[98]),
    (&[6, 8, 9], &[376]),
    (&[6, 8, 9, 10, 11, 12, 13], &[63, 82]),
    (&[6, 9], &[40, 508, 681]),
    (&[7], &[238, 239, 246, 248, 269, 291, 297, 592, 673, 674, 680, 691, 692]),
    (&[7, 8], &[241, 599, 670, 675, 853, 961, 965, 975]),
    (&[7, 8, 9], &[231, 385, 967, 968]),
    (&[7, 8, 9, 10], &[64, 243, 254, 353]),
    (&[7, 8, 9, 10, 11], &[31, 595, 886]),
    (&[7, 8, 9, 10, 11, 12], &[86, 882, 972]),
    (&[7, 8, 9, 10, 11, 12, 13], &[62]),
    (&[7, 8, 9, 11], &[974]),
    (&[7, 8, 10], &[230, 267, 372]),
    (&[7, 8, 10, 11], &[507]),
    (&[7, 8, 11], &[503]),
    (&[7, 9], &[220, 245, 265, 354, 423]),
    (&[7, 9, 10], &[44]),
    (&[7, 10], &[960]),
    (&[7, 11], &[501, 679]),
    (
        &[8],
        &[
            45, 47, 216, 222, 223, 226, 227, 228, 232, 235, 236, 253, 257, 266, 350, 356, 357, 370,
            371, 373, 374, 389, 505, 509, 800, 808, 973, 993,
        ],
    ),
    (
        &[8, 9],
        &[32, 36, 51, 213, 224, 233, 237, 250, 258, 264, 268, 377, 382, 387, 591, 689, 962, 963],
    ),
    (&[8, 9, 10], &[20, 60, 84, 855, 856, 964, 970, 976]),
    (&[8, 9, 10, 11], &[55, 92, 593]),
    (&[8, 9, 10, 11, 12], &[383, 883]),
    (&[8, 9, 10, 11, 12, 13], &[81, 91]),
    (&[8, 9, 10, 13], &[66]),
    (&[8, 10], &[229, 378, 506, 850]),
    (&[8, 10, 11], &[57, 65, 977]),
    (&[8, 11], &[502, 504]),
    (
        &[9],
        &[
            33, 34, 41, 93, 94, 211, 212, 218, 221, 240, 242, 244, 249, 251, 255, 256, 260, 261,
            262, 351, 420, 590, 594, 596, 979, 992, 994, 995, 998,
        ],
    ),
    (&[9, 10], &[380, 881, 966, 996]),
    (&[9, 10, 11], &[56]),
    (&[9, 12], &[870]),
    (&[10], &[1, 7, 52, 58, 225]),
    (&[10, 11], &[54]),
    (&[10, 11, 12], &[30, 234]),
    (&[10, 12, 13], &[90]),
    (&[12], &[878]),
];

/// Says of a number that it is no country's code.
const NO_ROW: u8 = u8::MAX;

/// The row of every code.
const ROWS: [u8; 1000] = {
    let mut rows = [NO_ROW; 1000];
    let mut row = 0;
    while row < LENGTHS.len() {
        let codes = LENGTHS[row].1;
        let mut index = 0;
        while index < codes.len() {
            rows[codes[index] as usize] = row as u8;
            index += 1;
        }
        row += 1;
    }
    rows
};

/// A country, or what has a code like one.
pub struct Country {
    code: u16,
    lengths: &'static [u8],
}

/// The country whose code the digits begin with. No code begins another.
pub fn of(digits: &[u8]) -> Option<Country> {
    let mut code = 0;
    for digit in digits.iter().take(3) {
        // No code begins with 0, and 012 is not 12.
        if code == 0 && *digit == 0 {
            return None;
        }
        code = code * 10 + u16::from(*digit);
        let row = ROWS[usize::from(code)];
        if row != NO_ROW {
            return Some(Country { code, lengths: LENGTHS[usize::from(row)].0 });
        }
    }
    None
}

impl Country {
    /// How many digits its code has.
    pub fn digits(&self) -> usize {
        self.code.ilog10() as usize + 1
    }

    /// Whether a number of this country may have these digits. What is dialled inside the country
    /// before a number, and printed in brackets, may stand before them: `+44 (0)20 …`.
    pub fn permits(&self, national: &[u8]) -> bool {
        if self.begins_well(national) && self.has_length(national.len()) {
            return true;
        }
        let rest = match (self.code, national) {
            (36, [0, 6, rest @ ..])
            | (7, [8, rest @ ..])
            // What stood before mobile numbers of Mexico until 2019.
            | (1 | 52, [1, rest @ ..]) => rest,
            (1 | 7, _) => return false,
            (_, [0, rest @ ..]) => rest,
            _ => return false,
        };
        self.begins_well(rest) && self.has_length(rest.len())
    }

    /// Whether its numbers have so many lengths that one more would not surprise.
    pub fn has_many_lengths(&self) -> bool {
        self.lengths.len() > 4
    }

    fn has_length(&self, length: usize) -> bool {
        self.lengths.iter().any(|it| usize::from(*it) == length)
    }

    fn begins_well(&self, national: &[u8]) -> bool {
        match self.code {
            // Area and exchange (North American Numbering Plan).
            1 => matches!(national, [2..=9, _, _, 2..=9, ..]),
            // Russia and Kazakhstan.
            7 => matches!(national, [3..=9, ..]),
            _ => true,
        }
    }
}
