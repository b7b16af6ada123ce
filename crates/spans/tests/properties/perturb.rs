//! Other bytes of the same kind: what encoders may write, and what only a hostile one writes.

use crate::generate::text;
use crate::tape::Tape;
use crate::wire::{Kind, Role, put_varint, role, split};

/// Writes a batch anew: fields in another order, fields twice, unknown fields of every wire type,
/// lengths and tags longer than they must be.
pub fn rewrite(batch: &[u8], tape: &mut Tape) -> Vec<u8> {
    message(Kind::TracesData, batch, tape)
}

fn message(kind: Kind, content: &[u8], tape: &mut Tape) -> Vec<u8> {
    let mut fields: Vec<Vec<u8>> = Vec::new();
    for field in split(content) {
        let content = match role(kind, field.number) {
            Role::Message(below) => message(below, field.content, tape),
            _ => field.content.to_vec(),
        };
        let mut out = Vec::new();
        put_varint(&mut out, field.number << 3 | u64::from(field.wire_type), padding(tape));
        match field.wire_type {
            0 => put_varint(&mut out, crate::wire::varint(&content).0, padding(tape)),
            2 => {
                put_varint(&mut out, content.len() as u64, padding(tape));
                out.extend_from_slice(&content);
            }
            _ => out.extend_from_slice(&content),
        }
        fields.push(out);
    }
    for _ in 0..tape.below(3) {
        let place = tape.below(fields.len() + 1);
        let field = if tape.once_in(2) { unknown(kind, tape) } else { again(kind, &fields, tape) };
        fields.insert(place, field);
    }
    if !fields.is_empty() {
        for _ in 0..tape.below(3) {
            let (one, other) = (tape.below(fields.len()), tape.below(fields.len()));
            fields.swap(one, other);
        }
    }
    fields.concat()
}

fn padding(tape: &mut Tape) -> usize {
    if tape.once_in(8) { 1 + tape.below(9) } else { 0 }
}

/// A field that OTLP does not have in this message.
fn unknown(kind: Kind, tape: &mut Tape) -> Vec<u8> {
    const NUMBERS: [u64; 12] = [1, 2, 3, 4, 5, 9, 15, 17, 99, 1000, 19_000, (1 << 29) - 1];
    let number = *tape.pick(&NUMBERS);
    let number = if role(kind, number) == Role::Unknown { number } else { 77 };
    let mut out = Vec::new();
    put_unknown(&mut out, number, tape, 3);
    out
}

fn put_unknown(out: &mut Vec<u8>, number: u64, tape: &mut Tape, depth: usize) {
    let wire_type = [0, 1, 2, 5, 3][tape.below(if depth == 0 { 4 } else { 5 })];
    put_varint(out, number << 3 | wire_type, padding(tape));
    match wire_type {
        0 => put_varint(out, tape.number(), padding(tape)),
        1 => out.extend(tape.bytes(8)),
        2 => {
            let content = text(tape);
            put_varint(out, content.len() as u64, padding(tape));
            out.extend_from_slice(content.as_bytes());
        }
        5 => out.extend(tape.bytes(4)),
        _ => {
            for _ in 0..tape.below(3) {
                let inside = 1 + tape.below(20) as u64;
                put_unknown(out, inside, tape, depth - 1);
            }
            put_varint(out, number << 3 | 4, padding(tape));
        }
    }
}

/// A known field that stands once more, or one with its default value written out.
fn again(kind: Kind, fields: &[Vec<u8>], tape: &mut Tape) -> Vec<u8> {
    if !fields.is_empty() && tape.once_in(3) {
        let field = tape.pick(fields);
        // Doubled at every level, a deep batch would outgrow memory.
        if field.len() < 500 {
            return field.clone();
        }
    }
    let number = 1 + tape.below(16) as u64;
    let mut out = Vec::new();
    match role(kind, number) {
        Role::Varint => {
            put_varint(&mut out, number << 3, padding(tape));
            put_varint(&mut out, tape.number(), padding(tape));
        }
        Role::Fixed32 => {
            put_varint(&mut out, number << 3 | 5, padding(tape));
            out.extend(tape.bytes(4));
        }
        Role::Fixed64 => {
            put_varint(&mut out, number << 3 | 1, padding(tape));
            out.extend(tape.bytes(8));
        }
        Role::Bytes | Role::Text => {
            let content = text(tape);
            put_varint(&mut out, number << 3 | 2, padding(tape));
            put_varint(&mut out, content.len() as u64, padding(tape));
            out.extend_from_slice(content.as_bytes());
        }
        Role::Message(_) => {
            put_varint(&mut out, number << 3 | 2, padding(tape));
            put_varint(&mut out, 0, padding(tape));
        }
        Role::Unknown => return unknown(kind, tape),
    }
    out
}

/// Damages a batch: bytes changed, taken out, put in, moved, and the end cut off.
pub fn damage(batch: &[u8], tape: &mut Tape) -> Vec<u8> {
    let mut bytes = batch.to_vec();
    for _ in 0..=tape.below(4) {
        let at = tape.below(bytes.len() + 1);
        match tape.below(6) {
            0 if at < bytes.len() => bytes[at] = tape.byte(),
            1 if at < bytes.len() => bytes[at] ^= 1 << tape.below(8),
            2 if at < bytes.len() => _ = bytes.remove(at),
            3 => bytes.insert(at, tape.byte()),
            4 => bytes.truncate(at),
            _ => {
                let from = tape.below(bytes.len() + 1);
                let run = bytes[from..].iter().take(tape.below(40)).copied().collect::<Vec<_>>();
                bytes.splice(at..at, run);
            }
        }
    }
    bytes
}
