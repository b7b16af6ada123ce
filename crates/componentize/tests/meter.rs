//! What the build step does to a module.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

use ::meter::LEAF;
use binary::{Metered, meter_section, metered};
use componentize::meter;
use walrus::ir::{Instr, InstrSeq, InstrSeqId, Visitor, dfs_in_order};
use walrus::{FunctionBuilder, LocalFunction, Module, ValType};

/// Loops inside a loop, a leaf that only adds, a copy of memory, and functions that call a little,
/// much, and themselves.
fn module() -> Vec<u8> {
    let mut module = Module::default();
    let memory = module.memories.add_local(false, false, 1, None, None);

    let mut leaf = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[ValType::I32]);
    let arg = module.locals.add(ValType::I32);
    leaf.func_body().local_get(arg).i32_const(1).binop(walrus::ir::BinaryOp::I32Add);
    let leaf = leaf.finish(vec![arg], &mut module.funcs);

    let mut copies = FunctionBuilder::new(&mut module.types, &[], &[]);
    copies.func_body().i32_const(0).i32_const(8).i32_const(64).memory_copy(memory, memory);
    let copies = copies.finish(vec![], &mut module.funcs);

    let mut loops = FunctionBuilder::new(&mut module.types, &[], &[]);
    loops.func_body().loop_(None, |outer| {
        outer.loop_(None, |inner| {
            inner.call(copies);
        });
    });
    let loops = loops.finish(vec![], &mut module.funcs);

    let mut realloc = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[ValType::I32]);
    let size = module.locals.add(ValType::I32);
    realloc.func_body().call(loops).local_get(size).call(leaf);
    let realloc = realloc.finish(vec![size], &mut module.funcs);

    let mut calls = FunctionBuilder::new(&mut module.types, &[], &[]);
    calls.func_body().call(loops);
    let calls = calls.finish(vec![], &mut module.funcs);

    let mut calls_much = FunctionBuilder::new(&mut module.types, &[], &[]);
    for _ in 0..LEAF / 2 {
        calls_much.func_body().i32_const(0).call(leaf).drop();
    }
    let calls_much = calls_much.finish(vec![], &mut module.funcs);

    let recurses = FunctionBuilder::new(&mut module.types, &[], &[]);
    let recurses = recurses.finish(vec![], &mut module.funcs);
    let body = module.funcs.get_mut(recurses).kind.unwrap_local_mut();
    body.builder_mut().func_body().call(recurses);

    let functions = [
        ("calls", calls),
        ("calls-much", calls_much),
        ("recurses", recurses),
        ("leaf", leaf),
        ("copies", copies),
        ("loops", loops),
    ];
    for (name, function) in functions {
        module.exports.add(name, function);
    }
    module.exports.add("cabi_realloc", realloc);
    module.emit_wasm()
}

#[derive(Default)]
struct Survey {
    loops: usize,
    /// Sequences that begin by asking and paying.
    paid: usize,
    /// Sequences of a loop that begin by counting, with the loop they leave to when none is left.
    counted: Vec<(InstrSeqId, InstrSeqId)>,
    /// Loops that ask for more and then begin the loop that counts.
    refilling: Vec<(InstrSeqId, InstrSeqId)>,
    globals_set: usize,
    calls: usize,
}

impl<'instr> Visitor<'instr> for Survey {
    fn start_instr_seq(&mut self, seq: &'instr InstrSeq) {
        let instrs: Vec<&Instr> = seq.instrs.iter().map(|(instr, _)| instr).take(6).collect();
        match instrs[..] {
            [Instr::GlobalGet(_), _, _, Instr::IfElse(_), Instr::GlobalGet(_), _] => self.paid += 1,
            [Instr::GlobalGet(_), Instr::LocalTee(_), _, _, Instr::BrIf(out), _] => {
                self.counted.push((seq.id(), out.block));
            }
            [Instr::GlobalGet(_), _, _, Instr::IfElse(_), Instr::Loop(inner)] => {
                self.refilling.push((inner.seq, seq.id()));
            }
            _ => {}
        }
    }

    fn visit_instr(&mut self, instr: &'instr Instr, _: &'instr walrus::ir::InstrLocId) {
        match instr {
            Instr::Loop(_) => self.loops += 1,
            Instr::GlobalSet(_) => self.globals_set += 1,
            Instr::Call(_) => self.calls += 1,
            _ => {}
        }
    }
}

fn survey(module: &Module, name: &str) -> Survey {
    let function = module.exports.get_func(name).unwrap();
    let local: &LocalFunction = module.funcs.get(function).kind.unwrap_local();
    let mut survey = Survey::default();
    dfs_in_order(&mut survey, local, local.entry_block());
    survey
}

/// Guarantees: a function that is long with what it calls, or that calls itself, begins by asking
/// and paying; every loop begins by counting, and stands in one that asks for more; a leaf, and what
/// calls little, is left as it was; a copy is charged.
#[test]
fn counts_in_every_loop_and_every_function_that_is_long() {
    let metered = Module::from_buffer(&meter(&module()).unwrap()).unwrap();
    let mut loops = survey(&metered, "loops");
    assert_eq!((loops.loops, loops.paid, loops.counted.len()), (4, 0, 2));
    loops.counted.sort();
    loops.refilling.sort();
    assert_eq!(loops.counted, loops.refilling);
    assert_eq!(survey(&metered, "calls").paid, 0);
    assert_eq!(survey(&metered, "calls-much").paid, 1);
    assert_eq!(survey(&metered, "recurses").paid, 1);
    let leaf = survey(&metered, "leaf");
    assert_eq!((leaf.paid, leaf.globals_set), (0, 0));
    let copies = survey(&metered, "copies");
    assert_eq!((copies.paid, copies.globals_set), (0, 1));
}

/// Guarantees: around `cabi_realloc` the counter is saved, set to a fixed number, and put back, and
/// what says that the host is inside is set and put back too.
#[test]
fn the_canonical_abi_has_rounds_of_its_own() {
    let metered = Module::from_buffer(&meter(&module()).unwrap()).unwrap();
    let wrapper = survey(&metered, "cabi_realloc");
    assert_eq!((wrapper.calls, wrapper.globals_set, wrapper.paid), (1, 4, 0));
}

#[test]
fn leaves_a_section_that_fits_the_code_and_is_not_done_twice() {
    let plain = module();
    assert_eq!(metered(&plain).unwrap(), Metered::No);
    let with_meter = meter(&plain).unwrap();
    assert_eq!(metered(&with_meter).unwrap(), Metered::Yes);
    assert_eq!(meter_section(&with_meter).unwrap().len(), 33);
    assert_eq!(
        meter(&with_meter).unwrap_err().to_string(),
        "found a module that is metered already; expected one as rustc wrote it"
    );
}

/// Guarantees: the same module gives the same bytes.
#[test]
fn is_reproducible() {
    assert_eq!(meter(&module()).unwrap(), meter(&module()).unwrap());
}
