//! What one function has that takes time, and what it costs.

use std::collections::{HashMap, HashSet};

use walrus::ir::{Call, Instr, InstrLocId, InstrSeq, InstrSeqId, Visitor, dfs_in_order};
use walrus::{FunctionId, FunctionKind, LocalFunction, LocalId, Module};

use ::meter::{LEAF, rounds};

/// What calls cost besides themselves.
#[derive(Default)]
pub(crate) struct Calls {
    known: HashMap<FunctionId, u32>,
    /// Those that are being looked at, each called by the one before.
    open: HashSet<FunctionId>,
    /// Those that call themselves through others, and pay so that these need not.
    circles: HashSet<FunctionId>,
}

impl Calls {
    /// Looks at all functions of `module`.
    pub(crate) fn of(module: &Module) -> Calls {
        let mut calls = Calls::default();
        for (id, _) in module.funcs.iter_local() {
            calls.look_at(module, id);
        }
        calls
    }

    fn look_at(&mut self, module: &Module, id: FunctionId) {
        let FunctionKind::Local(function) = &module.funcs.get(id).kind else {
            return;
        };
        if self.known.contains_key(&id) {
            return;
        }
        if !self.open.insert(id) {
            self.circles.insert(id);
            return;
        }
        let mut called = Called::default();
        dfs_in_order(&mut called, function, function.entry_block());
        for other in called.0 {
            self.look_at(module, other);
        }
        self.open.remove(&id);
        let survey = Survey::of(id, function, self);
        self.known.insert(id, if survey.pays { 0 } else { survey.cost });
    }

    /// Nothing where the function pays for itself.
    fn cost(&self, function: FunctionId) -> u32 {
        match self.known.get(&function) {
            Some(cost) => *cost,
            None if self.circles.contains(&function) => 0,
            None => LEAF,
        }
    }
}

/// The functions that one calls.
#[derive(Default)]
struct Called(Vec<FunctionId>);

impl<'instr> Visitor<'instr> for Called {
    fn visit_call(&mut self, call: &Call) {
        self.0.push(call.func);
    }
}

/// What one function has that takes time.
#[derive(Default)]
pub(crate) struct Survey {
    /// What the function costs outside its loops, in instructions.
    cost: u32,
    /// Price of that, in rounds.
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
    pub(crate) fn of(id: FunctionId, function: &LocalFunction, calls: &Calls) -> Survey {
        let mut walk = Walk::new(calls);
        dfs_in_order(&mut walk, function, function.entry_block());
        // Locals are zero at first, which takes time too; the counting itself needs one.
        let cost = walk.own.saturating_add(walk.used.len() as u32 + 1);
        let price = |cost: u32| i32::try_from(rounds(cost)).unwrap_or(i32::MAX);
        Survey {
            cost,
            price: price(cost),
            pays: cost > LEAF || calls.circles.contains(&id),
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

struct Walk<'a> {
    calls: &'a Calls,
    own: u32,
    used: HashSet<LocalId>,
    /// The sequence that each loop stands in.
    around: HashMap<InstrSeqId, InstrSeqId>,
    /// Costs of the loops that are open.
    open: Vec<u32>,
    found: Vec<(InstrSeqId, InstrSeqId, u32)>,
    charged: Vec<InstrSeqId>,
}

impl Walk<'_> {
    fn new(calls: &Calls) -> Walk<'_> {
        Walk {
            calls,
            own: 0,
            used: HashSet::new(),
            around: HashMap::new(),
            open: Vec::new(),
            found: Vec::new(),
            charged: Vec::new(),
        }
    }

    fn add(&mut self, cost: u32) {
        let part = self.open.last_mut().unwrap_or(&mut self.own);
        *part = part.saturating_add(cost);
    }
}

impl<'instr> Visitor<'instr> for Walk<'_> {
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
            Instr::Call(call) => self.calls.cost(call.func).saturating_add(1),
            Instr::CallIndirect(_) => LEAF + 1,
            // What keeps its length, and the first of what charges for it.
            charged if is_charged(charged) => 3,
            _ => 1,
        });
    }

    fn visit_local_id(&mut self, local: &LocalId) {
        self.used.insert(*local);
    }
}
