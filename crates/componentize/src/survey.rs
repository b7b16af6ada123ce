//! What one function has that takes time, and what it costs.

use std::collections::{HashMap, HashSet};

use walrus::ir::{Instr, InstrLocId, InstrSeq, InstrSeqId, Visitor, dfs_in_order};
use walrus::{LocalFunction, LocalId};

use ::meter::{LEAF, rounds};

/// What one function has that takes time.
#[derive(Default)]
pub(crate) struct Survey {
    /// Price of the function outside its loops, in rounds.
    pub(crate) price: i32,
    /// Whether the function must pay it.
    pub(crate) pays: bool,
    pub(crate) loops: Vec<LoopFound>,
    /// The sequences that hold an instruction which grows, copies or fills memory.
    pub(crate) charged: Vec<InstrSeqId>,
}

/// A loop, and what it costs to go round once, outside the loops in it.
pub(crate) struct LoopFound {
    /// The sequence that it stands in.
    pub(crate) around: InstrSeqId,
    pub(crate) seq: InstrSeqId,
    pub(crate) price: i32,
}

impl Survey {
    pub(crate) fn of(function: &LocalFunction) -> Survey {
        let mut walk = Walk::default();
        dfs_in_order(&mut walk, function, function.entry_block());
        // Locals are zero at first, which takes time too; the counting itself needs one.
        let own = walk.own.saturating_add(walk.used.len() as u32 + 1);
        let price = |cost| i32::try_from(rounds(cost)).unwrap_or(i32::MAX);
        Survey {
            price: price(own),
            pays: own > LEAF,
            loops: walk
                .found
                .into_iter()
                .map(|(around, seq, cost)| LoopFound { around, seq, price: price(cost) })
                .collect(),
            charged: walk.charged,
        }
    }

    pub(crate) fn needs_nothing(&self) -> bool {
        self.loops.is_empty() && self.charged.is_empty() && !self.pays
    }
}

/// Whether an instruction is one that the meter charges for by itself.
pub(crate) fn is_charged(instr: &Instr) -> bool {
    matches!(
        instr,
        Instr::MemoryGrow(_) | Instr::MemoryCopy(_) | Instr::MemoryFill(_) | Instr::MemoryInit(_)
    )
}

#[derive(Default)]
struct Walk {
    own: u32,
    used: HashSet<LocalId>,
    /// The sequence that each loop stands in.
    around: HashMap<InstrSeqId, InstrSeqId>,
    /// Costs of the loops that are open.
    open: Vec<u32>,
    found: Vec<(InstrSeqId, InstrSeqId, u32)>,
    charged: Vec<InstrSeqId>,
}

impl Walk {
    fn add(&mut self, cost: u32) {
        let part = self.open.last_mut().unwrap_or(&mut self.own);
        *part = part.saturating_add(cost);
    }
}

impl<'instr> Visitor<'instr> for Walk {
    fn start_instr_seq(&mut self, seq: &'instr InstrSeq) {
        if self.around.contains_key(&seq.id()) {
            self.open.push(0);
        }
        // Its end, and that of the loop around it that asks; or its `else`.
        self.add(2);
        if seq.instrs.iter().any(|(instr, _)| is_charged(instr)) {
            self.charged.push(seq.id());
        }
        for (instr, _) in &seq.instrs {
            if let Instr::Loop(inner) = instr {
                self.around.insert(inner.seq, seq.id());
            }
        }
    }

    fn end_instr_seq(&mut self, seq: &'instr InstrSeq) {
        if let Some(around) = self.around.get(&seq.id())
            && let Some(cost) = self.open.pop()
        {
            self.found.push((*around, seq.id(), cost));
        }
    }

    fn visit_instr(&mut self, instr: &'instr Instr, _: &'instr InstrLocId) {
        self.add(match instr {
            Instr::Call(_) | Instr::CallIndirect(_) => LEAF + 1,
            // What keeps its length, and the first of what charges for it.
            charged if is_charged(charged) => 3,
            _ => 1,
        });
    }

    fn visit_local_id(&mut self, local: &LocalId) {
        self.used.insert(*local);
    }
}
