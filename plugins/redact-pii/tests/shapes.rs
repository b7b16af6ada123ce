//! Random ids of every common shape: how many of them are masked. The seeds are fixed, so the figures
//! are the same on every machine; `README.md` has them. `BLESS=1` writes them there.

use std::fmt::Write as _;

use redact_pii::detect::{Detectors, Kind};

/// Texts made of each shape.
const SAMPLES: usize = 20_000;
/// The most of a shape that may be masked: 0.3 %.
const MOST: usize = SAMPLES * 3 / 1_000;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const BEGIN: &str = "<!-- shapes: written by BLESS=1 cargo test -p redact-pii --test shapes -->\n";
const END: &str = "<!-- /shapes -->\n";

type Shape = (&'static str, fn(&mut Random) -> String);

/// What is there beside a text's random part is as it comes in spans and logs.
const SHAPES: &[Shape] = &[
    ("64-bit ids, unsigned", |it| it.next().to_string()),
    ("64-bit ids, signed", |it| (it.next() as i64).to_string()),
    ("64-bit ids in JSON", |it| format!(r#"{{"id":{},"parent":{}}}"#, it.next(), it.next())),
    ("63-bit ids of snowflakes", |it| it.between(1 << 56, 1 << 61).to_string()),
    ("UUIDs", uuid),
    ("UUIDs without hyphens", |it| it.hex(32)),
    ("seconds since 1970", |it| it.time().to_string()),
    ("milliseconds since 1970", |it| format!("{}{:03}", it.time(), it.below(1_000))),
    ("microseconds since 1970", |it| format!("{}{:06}", it.time(), it.below(1_000_000))),
    ("nanoseconds since 1970", |it| format!("{}{:09}", it.time(), it.below(1_000_000_000))),
    ("seconds with a fraction", |it| format!("{}.{:06}", it.time(), it.below(1_000_000))),
    ("dates and times", date_time),
    ("hashes of 16 hexadecimal digits", |it| it.hex(16)),
    ("hashes of 32 hexadecimal digits", |it| it.hex(32)),
    ("hashes of 40 hexadecimal digits", |it| it.hex(40)),
    ("hashes of 64 hexadecimal digits", |it| it.hex(64)),
    ("W3C traceparents", |it| format!("00-{}-{}-01", it.hex(32), it.hex(16))),
    ("order numbers, `ORD-2026-000123`", |it| {
        format!("ORD-{}-{:06}", it.between(2_015, 2_035), it.below(1_000_000))
    }),
    ("order numbers, `ORD-12345678901`", |it| format!("ORD-{}", it.digits(11))),
    ("order numbers, `order_1234567890`", |it| format!("order_{}", it.digits(10))),
    ("order numbers, `123-4567890-1234567`", |it| {
        format!("{}-{}-{}", it.digits(3), it.digits(7), it.digits(7))
    }),
    ("order numbers, `20260302-000123`", |it| {
        let (month, day) = (it.between(1, 13), it.between(1, 29));
        format!("{}{month:02}{day:02}-{:06}", it.between(2_015, 2_035), it.below(1_000_000))
    }),
    ("order numbers of 10 digits", |it| it.digits(10)),
    ("order numbers of 12 digits", |it| it.digits(12)),
    ("six counters below 10,000", |it| it.counters(6, |it| it.below(10_000))),
    ("six counters of 1 to 5 digits", |it| it.counters(6, |it| it.of_any_length(5))),
    ("six counters of 1 to 3 digits", |it| it.counters(6, |it| it.of_any_length(3))),
    ("six counters of 4 digits", |it| it.counters(6, |it| it.between(1_000, 10_000))),
    ("twelve counters of 1 to 6 digits", |it| it.counters(12, |it| it.of_any_length(6))),
    ("metrics with value and time", |it| {
        format!("lapidary_spans_total {} {}{:03}", it.below(10_000_000), it.time(), it.below(1_000))
    }),
    ("versions", |it| {
        format!("v{}.{}.{}-{}", it.below(30), it.below(100), it.below(100), it.digits(8))
    }),
    ("versions of four parts", |it| {
        format!("{}.{}.{}.{}", it.below(200), it.below(10), it.below(10_000), it.below(1_000))
    }),
    ("addresses in IPv4 with a port", |it| format!("{}:{}", address(it), it.between(1, 65_536))),
    ("addresses in IPv6", |it| {
        let parts: Vec<String> = (0..8).map(|_| it.hex(4)).collect();
        parts.join(":")
    }),
    ("names of threads", |it| {
        format!("http-nio-{}-{}-exec-{}", address(it), it.between(1_024, 65_536), it.below(200))
    }),
    ("fractions below 1", |it| format!("0.{}", it.digits(16))),
    ("fractions", |it| {
        let (whole, part) = (it.between(1, 14), it.between(1, 7));
        format!("{}.{}", it.digits(whole as usize), it.digits(part as usize))
    }),
    ("coordinates", |it| {
        format!(
            "{}.{:06} {}.{:06}",
            it.below(90),
            it.below(1_000_000),
            it.below(180),
            it.below(1_000_000)
        )
    }),
    ("ARNs", arn),
    ("accounts of a cloud", |it| it.digits(12)),
    ("blocks of a file system", |it| format!("blk_{}", it.next() as i64)),
    ("blocks with a generation", |it| {
        format!(
            "BP-{}-{}-{}{:03}:blk_{}_{}",
            it.below(1 << 31),
            address(it),
            it.time(),
            it.below(1_000),
            it.next() >> 1,
            it.below(1 << 24)
        )
    }),
    ("numbers of goods (EAN-13)", goods),
    ("numbers of parcels (UPU S10)", |it| format!("RA{}RU", it.digits(9))),
    ("numbers of phones' hardware (IMEI)", |it| format!("35{}", it.digits(13))),
    ("accounts (IBAN)", iban),
    ("accounts (IBAN) of Denmark", |it| iban_of(it, "DK", 14)),
    ("blocks of 15 and 16 digits", |it| {
        let digits = 15 + it.below(2) as usize;
        format!("blk_{}{}", ["", "-"][it.below(2) as usize], it.digits(digits))
    }),
    ("sockets (netstat)", |it| {
        format!("tcp 0 0 {}:{} {}:{}", address(it), it.below(65_536), address(it), it.below(65_536))
    }),
    ("sockets (ss)", |it| format!("ESTAB 0 {} {}:{}", it.below(3), address(it), it.below(65_536))),
    ("rows of four fractions", |it| {
        let fraction = |_| format!("{}.{}", it.below(10_000), it.digits(3));
        (0..4).map(fraction).collect::<Vec<_>>().join(" ")
    }),
    ("pairs of fractions with four places", |it| {
        format!("{}.{} {}.{}", it.below(10_000), it.digits(4), it.below(10_000), it.digits(4))
    }),
    ("view boxes", |it| {
        format!(
            "0 0 {}.{:02} {}.{:02}",
            it.below(2_000),
            it.below(100),
            it.below(2_000),
            it.below(100)
        )
    }),
    ("values with signs", |it| {
        let mut sign = || format!("{}{}", ["+", "-"][it.below(2) as usize], it.of_any_length(5));
        format!("{} {} -{}", sign(), sign(), it.of_any_length(5))
    }),
    ("coordinates (ISO 6709)", |it| {
        let (north, east) = (it.digits(4), it.digits(4));
        format!(
            "+{:02}.{north}{}{:03}.{east}/",
            it.below(90),
            ["+", "-"][it.below(2) as usize],
            it.below(180)
        )
    }),
    ("full minutes with a thread", |it| {
        let (process, thread) = (it.between(1, 32_768), it.between(1, 32_768));
        format!(
            "{:02}:{:02}:00.{:03}  {process:>4}  {thread:>4} D",
            it.below(24),
            it.below(60),
            it.below(1_000)
        )
    }),
    ("times and two numbers", |it| {
        let (one, two) = (it.of_any_length(6), it.of_any_length(6));
        format!("{:02}:{:02}:00 {one} {two}", it.below(24), it.below(60))
    }),
    ("schedules (cron)", |it| {
        format!(
            "0 0 {}-{} {}-{} {}",
            it.below(24),
            it.below(24),
            it.below(31),
            it.below(31),
            it.below(60)
        )
    }),
    ("checksums (cksum)", |it| format!("{} {} file", it.below(1 << 32), it.below(1_000_000))),
    ("access logs", |it| format!("\"GET /\" 200 {} {}", it.below(1_000_000), it.below(10_000_000))),
    ("parcels (UPS)", |it| format!("1Z{}", it.digits(16))),
];

#[test]
fn ids_of_every_shape_stay() {
    let mut detectors = Detectors::new(&[Kind::Email, Kind::Phone, Kind::Card]);
    let mut table = String::from("| Shape | For example | Masked |\n| --- | --- | --- |\n");
    let mut too_many = Vec::new();
    for (name, make) in SHAPES {
        let mut random = Random::of(name);
        let example = make(&mut random);
        let is_masked = |_: &usize| !detectors.search(&make(&mut random)).is_empty();
        let masked = (0..SAMPLES).filter(is_masked).count();
        let percent = masked as f64 * 100.0 / SAMPLES as f64;
        writeln!(table, "| {name} | `{example}` | {percent:.3} % |").unwrap();
        if masked > MOST {
            too_many.push(format!("{name}: {percent:.3} %"));
        }
    }
    println!("{table}");
    assert!(too_many.is_empty(), "more than 0.3 % masked: {too_many:#?}");
    check_readme(&table);
}

fn check_readme(table: &str) {
    let readme = std::fs::read_to_string(README).expect("the plugin has a README");
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the table's begin");
    let (written, after) = rest.split_once(END).expect("the README has the table's end");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(README, format!("{before}{BEGIN}{table}{END}{after}"))
            .expect("the README can be written");
    } else {
        assert_eq!(written, table, "README.md has other figures; BLESS=1 writes these");
    }
}

fn uuid(random: &mut Random) -> String {
    let parts = [8, 4, 4, 4, 12].map(|digits| random.hex(digits));
    parts.join("-")
}

fn address(random: &mut Random) -> String {
    let parts: Vec<String> = (0..4).map(|_| random.below(256).to_string()).collect();
    parts.join(".")
}

fn date_time(random: &mut Random) -> String {
    let (year, month, day) =
        (random.between(2_015, 2_035), random.between(1, 13), random.between(1, 29));
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
    let (nanos, zone) = (random.digits(9), random.below(12));
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{nanos} +{zone:02}00")
}

fn arn(random: &mut Random) -> String {
    let account = random.digits(12);
    let id = random.below(1_000);
    match random.below(4) {
        0 => format!("arn:aws:iam::{account}:role/payment-card-{id}"),
        1 => format!("arn:aws:sqs:eu-central-1:{account}:card-events-{id}"),
        2 => format!("{account}.dkr.ecr.eu-west-1.amazonaws.com/card-service:{id}"),
        _ => format!("arn:aws:ec2:us-east-1:{account}:instance/i-{}", random.hex(17)),
    }
}

fn goods(random: &mut Random) -> String {
    let body = format!("46{}", random.digits(10));
    let weigh =
        |(index, digit): (usize, u8)| u32::from(digit - b'0') * if index % 2 == 0 { 1 } else { 3 };
    let sum: u32 = body.bytes().enumerate().map(weigh).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// An account of Estonia or Serbia with right check digits, in fours.
fn iban(random: &mut Random) -> String {
    let (country, digits) = if random.below(2) == 0 { ("EE", 16) } else { ("RS", 18) };
    iban_of(random, country, digits)
}

fn iban_of(random: &mut Random, country: &str, digits: usize) -> String {
    let account = random.digits(digits);
    let number = format!("{account}{country}00");
    let remainder = number.bytes().fold(0, |all, byte| match byte {
        b'0'..=b'9' => (all * 10 + u32::from(byte - b'0')) % 97,
        _ => (all * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    let iban = format!("{country}{:02}{account}", 98 - remainder);
    let fours: Vec<&str> =
        (0..iban.len()).step_by(4).map(|at| &iban[at..iban.len().min(at + 4)]).collect();
    fours.join(" ")
}

/// SplitMix64.
struct Random(u64);

impl Random {
    /// Seeded with a name (FNV-1a).
    fn of(name: &str) -> Self {
        let hash = |all: u64, byte: u8| (all ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        Random(name.bytes().fold(0xcbf2_9ce4_8422_2325, hash))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least)
    }

    /// A second from 2015 to 2034.
    fn time(&mut self) -> u64 {
        self.between(1_420_000_000, 2_050_000_000)
    }

    /// Digits of which the first is no zero.
    fn digits(&mut self, count: usize) -> String {
        let first = self.between(1, 10);
        let rest: String = (1..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect();
        format!("{first}{rest}")
    }

    fn hex(&mut self, count: usize) -> String {
        let digit = |_| char::from(b"0123456789abcdef"[self.below(16) as usize]);
        (0..count).map(digit).collect()
    }

    /// A number of one digit to `most`, each length as often as the others.
    fn of_any_length(&mut self, most: u32) -> u64 {
        let digits = self.below(u64::from(most)) as u32;
        if digits == 0 {
            self.below(10)
        } else {
            self.between(10_u64.pow(digits), 10_u64.pow(digits + 1))
        }
    }

    fn counters(&mut self, count: usize, next: fn(&mut Self) -> u64) -> String {
        let counters: Vec<String> = (0..count).map(|_| next(self).to_string()).collect();
        counters.join(" ")
    }
}
