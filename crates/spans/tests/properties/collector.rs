//! The other order of fields. The properties, the fuzz target and the benches use it.

use crate::wire::{Kind, Role, put_varint, role, split};

/// Writes a batch as the Collector does: every message from its last field to its first; elements of
/// one field stay in their order.
pub fn last_to_first(batch: &[u8]) -> Vec<u8> {
    turned(Kind::TracesData, batch)
}

fn turned(kind: Kind, content: &[u8]) -> Vec<u8> {
    let mut fields = split(content);
    fields.sort_by_key(|field| std::cmp::Reverse(field.number));
    let mut out = Vec::new();
    for field in fields {
        let Role::Message(below) = role(kind, field.number) else {
            out.extend_from_slice(field.raw);
            continue;
        };
        let content = turned(below, field.content);
        out.extend_from_slice(field.tag);
        put_varint(&mut out, content.len() as u64, 0);
        out.extend(content);
    }
    out
}
