//! Puts the meter into a core module, in the form that `crates/meter` describes and checks.

use ::meter::{BYTES_PER_ROUND_LOG2, GROW_ROUNDS, POST_ROUNDS, REALLOC_ROUNDS, REFILL, check};
use anyhow::{Context, Result, bail};
use binary::{METER_SECTION, Metered, meter_section, metered};
use walrus::ir::{
    BinaryOp, Binop, BrIf, Const, GlobalGet, GlobalSet, IfElse, Instr, InstrLocId, InstrSeqId,
    InstrSeqType, LocalGet, LocalTee, Loop, Value,
};
use walrus::{
    ConstExpr, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalId, LocalFunction,
    LocalId, Module, ModuleConfig, ValType,
};

use crate::survey::{Calls, LoopFound, Survey, is_charged};

/// Returns `core` with the meter in it and the section that says so.
///
/// # Errors
///
/// `core` is damaged or metered already, or has an instruction that no checked meter can have.
pub fn meter(core: &[u8]) -> Result<Vec<u8>> {
    if metered(core)? != Metered::No {
        bail!("found a module that is metered already; expected one as rustc wrote it");
    }
    let mut module = ModuleConfig::new()
        .generate_producers_section(false)
        .parse(core)
        .context("reading the core module")?;
    if module.memories.iter().any(|memory| memory.memory64) {
        bail!("found a 64-bit memory; expected a 32-bit one");
    }
    if module.imports.find(REFILL.0, REFILL.1).is_some() {
        bail!("found a module that calls the meter itself; expected one as rustc wrote it");
    }

    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let calls = Calls::of(&module);
    let meter = Meter::add_to(&mut module);
    for id in functions {
        meter.count_in(&mut module, id, &calls);
    }
    meter.stop_inside_canonical_abi(&mut module)?;

    let bytes = module.emit_wasm();
    check(&bytes).context("putting the meter in")?;
    seal(bytes)
}

/// Says that a module is metered.
pub(crate) fn seal(mut module: Vec<u8>) -> Result<Vec<u8>> {
    let content = meter_section(&module)?;
    append_custom_section(&mut module, METER_SECTION, &content);
    Ok(module)
}

struct Meter {
    /// Rounds left.
    rounds: GlobalId,
    /// Whether the host is inside the canonical ABI, where nobody may call out.
    inside: GlobalId,
    /// Asks the host and puts its answer into the counter. It stands apart so
    /// that the check in every loop stays short.
    more: FunctionId,
}

impl Meter {
    fn add_to(module: &mut Module) -> Meter {
        let answer = module.types.add(&[], &[ValType::I32]);
        let (refill, _) = module.add_import_func(REFILL.0, REFILL.1, answer);
        let mut variable = || {
            let zero = ConstExpr::Value(Value::I32(0));
            module.globals.add_local(ValType::I32, true, false, zero)
        };
        let (rounds, inside) = (variable(), variable());
        let mut more = FunctionBuilder::new(&mut module.types, &[], &[]);
        more.func_body()
            .global_get(inside)
            .if_else(
                None,
                |then| {
                    then.unreachable();
                },
                |_| {},
            )
            .call(refill)
            .global_set(rounds);
        let more = more.finish(Vec::new(), &mut module.funcs);
        Meter { rounds, inside, more }
    }

    fn count_in(&self, module: &mut Module, id: FunctionId, calls: &Calls) {
        let FunctionKind::Local(function) = &module.funcs.get(id).kind else {
            return;
        };
        let survey = Survey::of(id, function, calls);
        if survey.needs_nothing() {
            return;
        }
        let left = module.locals.add(ValType::I32);
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        for seq in &survey.charged {
            self.charge(function, *seq, left);
        }
        for found in &survey.loops {
            self.count_in_loop(function, found, left);
        }
        if survey.pays {
            let (ask, pay) = (self.ask(function), self.pay(survey.price));
            insert(function, function.entry_block(), 0, ask.into_iter().chain(pay));
        }
    }

    /// Asks the host for more where nothing is left.
    fn ask(&self, function: &mut LocalFunction) -> [Instr; 4] {
        let builder = function.builder_mut();
        let consequent = builder.dangling_instr_seq(None).call(self.more).id();
        let alternative = builder.dangling_instr_seq(None).id();
        [
            GlobalGet { global: self.rounds }.into(),
            number(0),
            operation(BinaryOp::I32LtS),
            IfElse { consequent, alternative }.into(),
        ]
    }

    fn pay(&self, price: i32) -> [Instr; 4] {
        [
            GlobalGet { global: self.rounds }.into(),
            number(price),
            operation(BinaryOp::I32Sub),
            GlobalSet { global: self.rounds }.into(),
        ]
    }

    /// Puts a loop into another one that asks. At the head of a loop that takes no parameters all
    /// is in locals, so going round the other loop changes nothing.
    fn count_in_loop(&self, function: &mut LocalFunction, found: &LoopFound, left: LocalId) {
        let (seq, ty) = (found.seq, function.block(found.seq).ty);
        if matches!(ty, InstrSeqType::MultiValue(_)) {
            let (ask, pay) = (self.ask(function), self.pay(found.price));
            insert(function, seq, 0, ask.into_iter().chain(pay));
            return;
        }
        let asking = function.builder_mut().dangling_instr_seq(ty).id();
        let ask = self.ask(function);
        insert(function, asking, 0, ask.into_iter().chain([Loop { seq }.into()]));
        let counting: [Instr; 9] = [
            GlobalGet { global: self.rounds }.into(),
            LocalTee { local: left }.into(),
            number(0),
            operation(BinaryOp::I32LtS),
            BrIf { block: asking }.into(),
            LocalGet { local: left }.into(),
            number(found.price),
            operation(BinaryOp::I32Sub),
            GlobalSet { global: self.rounds }.into(),
        ];
        insert(function, seq, 0, counting);
        for (instr, _) in &mut function.block_mut(found.around).instrs {
            if let Instr::Loop(inner) = instr
                && inner.seq == seq
            {
                inner.seq = asking;
            }
        }
    }

    /// Charges for each instruction that grows, copies or fills memory, before it.
    fn charge(&self, function: &mut LocalFunction, seq: InstrSeqId, length: LocalId) {
        let instrs = function.block(seq).instrs.iter().enumerate();
        let places: Vec<(usize, bool)> = instrs
            .filter(|(_, (instr, _))| is_charged(instr))
            .map(|(place, (instr, _))| (place, matches!(instr, Instr::MemoryGrow(_))))
            .collect();
        // From the end, so that the places before stay what they are.
        for (place, grows) in places.into_iter().rev() {
            let ask = self.ask(function);
            if grows {
                insert(function, seq, place, ask.into_iter().chain(self.pay(GROW_ROUNDS as i32)));
                continue;
            }
            let charge: [Instr; 6] = [
                GlobalGet { global: self.rounds }.into(),
                LocalGet { local: length }.into(),
                number(BYTES_PER_ROUND_LOG2),
                operation(BinaryOp::I32ShrU),
                operation(BinaryOp::I32Sub),
                GlobalSet { global: self.rounds }.into(),
            ];
            let keep = [LocalTee { local: length }.into()];
            insert(function, seq, place, keep.into_iter().chain(ask).chain(charge));
        }
    }

    /// Ends `cabi_realloc` and `cabi_post_*` after a fixed number of rounds: a component must not
    /// call out there, so nobody can be asked.
    fn stop_inside_canonical_abi(&self, module: &mut Module) -> Result<()> {
        let exports: Vec<_> = module
            .exports
            .iter()
            .filter(|export| export.name == "cabi_realloc" || export.name.starts_with("cabi_post_"))
            .map(|export| (export.id(), export.name.clone(), export.item))
            .collect();
        for (export, name, item) in exports {
            let ExportItem::Function(inner) = item else {
                bail!("export `{name}`: found something else; expected a function");
            };
            let rounds = if name == "cabi_realloc" { REALLOC_ROUNDS } else { POST_ROUNDS };
            let wrapper = self.wrap(module, inner, rounds);
            module.exports.get_mut(export).item = ExportItem::Function(wrapper);
        }
        Ok(())
    }

    fn wrap(&self, module: &mut Module, inner: FunctionId, rounds: i32) -> FunctionId {
        let ty = module.types.get(module.funcs.get(inner).ty());
        let (params, results) = (ty.params().to_vec(), ty.results().to_vec());
        let saved = module.locals.add(ValType::I32);
        let args: Vec<LocalId> = params.iter().map(|param| module.locals.add(*param)).collect();
        let mut wrapper = FunctionBuilder::new(&mut module.types, &params, &results);
        let mut body = wrapper.func_body();
        body.global_get(self.rounds).local_set(saved);
        body.i32_const(rounds).global_set(self.rounds);
        body.i32_const(1).global_set(self.inside);
        for arg in &args {
            body.local_get(*arg);
        }
        body.call(inner);
        body.i32_const(0).global_set(self.inside);
        body.local_get(saved).global_set(self.rounds);
        wrapper.finish(args, &mut module.funcs)
    }
}

fn number(value: i32) -> Instr {
    Const { value: Value::I32(value) }.into()
}

fn operation(op: BinaryOp) -> Instr {
    Binop { op }.into()
}

fn insert(
    function: &mut LocalFunction,
    seq: InstrSeqId,
    place: usize,
    instrs: impl IntoIterator<Item = Instr>,
) {
    let instrs = instrs.into_iter().map(|instr| (instr, InstrLocId::default()));
    function.block_mut(seq).instrs.splice(place..place, instrs);
}

fn append_custom_section(module: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut body = Vec::new();
    write_leb128(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(content);
    module.push(0);
    write_leb128(module, body.len());
    module.extend_from_slice(&body);
}

fn write_leb128(to: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}
