//! What did not go on, in one piece: how it gets from a plugin's worker to the one that keeps the spans.

use spans::Gone;

/// Flags in one piece: three counts of four bytes, then a byte a flag.
pub(crate) fn pack(gone: &Gone) -> Vec<u8> {
    let lists = [&gone.resources, &gone.scopes, &gone.spans];
    let counts = lists.iter().flat_map(|list| (list.len() as u32).to_le_bytes());
    let flags = lists.iter().flat_map(|list| list.iter().map(|gone| u8::from(*gone)));
    counts.chain(flags).collect()
}

pub(crate) fn unpack(packed: &[u8]) -> Gone {
    let (counts, mut flags) = packed.split_at_checked(12).unwrap_or_default();
    let mut lists = counts.chunks_exact(4).map(|count| {
        let count = count.try_into().map_or(0, u32::from_le_bytes) as usize;
        let (list, rest) = flags.split_at_checked(count).unwrap_or_default();
        flags = rest;
        list.iter().map(|flag| *flag != 0).collect::<Vec<_>>()
    });
    let mut next = || lists.next().unwrap_or_default();
    Gone { resources: next(), scopes: next(), spans: next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_packed_and_back() {
        let gone = Gone {
            resources: vec![true],
            scopes: vec![false, true],
            spans: vec![true, false, true],
        };
        let back = unpack(&pack(&gone));
        assert_eq!(
            (back.resources, back.scopes, back.spans),
            (gone.resources, gone.scopes, gone.spans)
        );
        assert!(unpack(&[]).spans.is_empty());
    }
}
