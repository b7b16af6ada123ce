//! Edits to a batch, kept as a list and carried out in one pass that copies all that lies between
//! them.
//!
//! An edit replaces a run of bytes inside one message. The lengths of that message and of all
//! around it then change too; which those are is noted when the first edit inside them comes.

use std::cmp::Reverse;

use crate::wire::{Message, varint_len, write_varint};

pub(super) struct Script {
    operations: Vec<Operation>,
    /// Bytes that edits put in, one after another.
    inserted: Vec<u8>,
    /// Messages that are open, outermost first.
    open: Vec<Open>,
}

struct Open {
    header: usize,
    content: usize,
    end: usize,
    /// Index of the operation that rewrites its length, once there is one.
    operation: Option<usize>,
}

#[derive(Clone, Copy)]
struct Operation {
    at: usize,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// Rewrites the length that stands at `at`.
    Length { content: usize, end: usize, length: usize },
    /// Replaces the bytes from `at` to `end` by a run of `inserted`. `parent` is the header of the
    /// message it stands in, 0 for the batch: an edit at the very end of a message would otherwise
    /// look as if it came after it.
    Splice { end: usize, from: usize, to: usize, parent: usize },
}

impl Operation {
    /// What comes first is carried out first. Where one message ends and another field starts,
    /// what stands in the message comes before what comes after it.
    fn order(&self) -> (usize, Reverse<usize>) {
        let parent = match self.kind {
            Kind::Splice { parent, .. } => parent,
            Kind::Length { .. } => 0,
        };
        (self.at, Reverse(parent))
    }
}

impl Script {
    /// A script for a batch of this length, with room for the edits that a plugin may make on each
    /// of its spans: what grows is copied.
    pub fn for_batch(length: usize) -> Self {
        Script {
            operations: Vec::with_capacity(length / 128),
            inserted: Vec::with_capacity(length / 16),
            open: Vec::with_capacity(16),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    #[inline]
    pub fn enter(&mut self, message: &Message<'_>) {
        self.open.push(Open {
            header: message.header,
            content: message.content,
            end: message.end,
            operation: None,
        });
    }

    pub fn leave(&mut self) {
        self.open.pop();
    }

    /// Replaces the bytes from `start` to `end`, which lie in the innermost open message, by what
    /// `write` puts out.
    pub fn splice(&mut self, start: usize, end: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let mut parent = 0;
        for open in &mut self.open {
            parent = open.header;
            if open.operation.is_none() {
                open.operation = Some(self.operations.len());
                self.operations.push(Operation {
                    at: open.header,
                    kind: Kind::Length { content: open.content, end: open.end, length: 0 },
                });
            }
        }
        let from = self.inserted.len();
        write(&mut self.inserted);
        let to = self.inserted.len();
        self.operations.push(Operation { at: start, kind: Kind::Splice { end, from, to, parent } });
    }

    /// The batch with every edit carried out.
    pub fn apply(mut self, batch: &[u8]) -> Vec<u8> {
        // A walk edits from left to right, but a plugin may edit the fields of one span in any
        // order. The sort is stable: insertions at one place stay in the order they were made.
        if !self.operations.is_sorted_by_key(Operation::order) {
            self.operations.sort_by_key(Operation::order);
        }
        // A message that was entered twice has its length noted twice.
        self.operations.dedup_by(|later, earlier| {
            later.at == earlier.at
                && matches!(later.kind, Kind::Length { .. })
                && matches!(earlier.kind, Kind::Length { .. })
        });
        self.settle_lengths();
        let mut out = Vec::with_capacity(batch.len() + self.inserted.len() + self.operations.len());
        let mut copied = 0;
        for operation in &self.operations {
            match operation.kind {
                Kind::Length { content, length, .. } => {
                    out.extend_from_slice(&batch[copied..operation.at]);
                    write_varint(&mut out, length as u64);
                    copied = content;
                }
                Kind::Splice { end, from, to, .. } => {
                    out.extend_from_slice(&batch[copied..operation.at]);
                    out.extend_from_slice(&self.inserted[from..to]);
                    copied = end;
                }
            }
        }
        out.extend_from_slice(&batch[copied..]);
        out
    }

    /// Works out what every changed message is now long.
    fn settle_lengths(&mut self) {
        struct Growing {
            index: usize,
            header: usize,
            content: usize,
            end: usize,
            delta: isize,
        }
        let operations = &mut self.operations;
        let mut growing: Vec<Growing> = Vec::with_capacity(16);
        let close = |growing: &mut Vec<Growing>, operations: &mut [Operation]| {
            let Some(done) = growing.pop() else { return };
            let length = (done.end - done.content).wrapping_add_signed(done.delta);
            if let Kind::Length { length: settled, .. } = &mut operations[done.index].kind {
                *settled = length;
            }
            let header = varint_len(length as u64) as isize - (done.content - done.header) as isize;
            if let Some(parent) = growing.last_mut() {
                parent.delta += done.delta + header;
            }
        };
        for index in 0..operations.len() {
            let Operation { at, kind } = operations[index];
            match kind {
                Kind::Length { content, end, .. } => {
                    while growing.last().is_some_and(|innermost| innermost.end <= at) {
                        close(&mut growing, operations);
                    }
                    growing.push(Growing { index, header: at, content, end, delta: 0 });
                }
                Kind::Splice { end, from, to, parent } => {
                    while growing.last().is_some_and(|innermost| innermost.header != parent) {
                        close(&mut growing, operations);
                    }
                    if let Some(innermost) = growing.last_mut() {
                        innermost.delta += (to - from) as isize - (end - at) as isize;
                    }
                }
            }
        }
        while !growing.is_empty() {
            close(&mut growing, operations);
        }
    }
}
