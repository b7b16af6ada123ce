//! Puts the meter into a core module.
//!
//! A mutable global counts rounds down. Every loop head, and every function
//! that calls another, takes one round off and asks the host for more when
//! none is left; copying and filling memory takes a round for each 64 bytes. A
//! function without loops and calls ends by itself after its own length, and
//! what called it was counted, so it needs no check.

use anyhow::{Context, Result, bail};
use binary::{METER_SECTION, Metered, meter_section, metered};
use walrus::ir::{
    BinaryOp, BrIf, Const, GlobalGet, GlobalSet, IfElse, Instr, InstrLocId, InstrSeq, InstrSeqId,
    InstrSeqType, LocalGet, LocalTee, Loop, Value, Visitor, dfs_in_order,
};
use walrus::{
    ConstExpr, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalId, LocalFunction,
    LocalId, Module, ModuleConfig, ValType,
};

/// Import through which the plugin asks for more rounds.
const METER_IMPORT: (&str, &str) = ("lapidary:processor/meter@0.2.0", "refill");

/// Copying this many bytes, as a power of two, costs one round.
const BYTES_PER_ROUND_LOG2: i32 = 6;

/// Returns `core` with the meter in it and the section that says so.
///
/// # Errors
///
/// `core` is damaged or metered already.
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
    if module.imports.find(METER_IMPORT.0, METER_IMPORT.1).is_some() {
        bail!("found a module that calls the meter itself; expected one as rustc wrote it");
    }

    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let meter = Meter::add_to(&mut module);
    for id in functions {
        meter.count_in(&mut module, id);
    }
    meter.keep_out_of_canonical_abi(&mut module)?;

    let mut bytes = module.emit_wasm();
    let content = meter_section(&bytes)?;
    append_custom_section(&mut bytes, METER_SECTION, &content);
    Ok(bytes)
}

struct Meter {
    /// Rounds left.
    rounds: GlobalId,
    /// Asks the host and puts its answer into the counter. It stands apart so
    /// that the check in every loop stays short.
    refill: FunctionId,
}

impl Meter {
    fn add_to(module: &mut Module) -> Meter {
        let answer = module.types.add(&[], &[ValType::I32]);
        let (import, _) = module.add_import_func(METER_IMPORT.0, METER_IMPORT.1, answer);
        // It starts empty, so that the host's clock is asked once at the start.
        let rounds =
            module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
        let mut refill = FunctionBuilder::new(&mut module.types, &[], &[]);
        refill.func_body().call(import).global_set(rounds);
        let refill = refill.finish(Vec::new(), &mut module.funcs);
        Meter { rounds, refill }
    }

    fn count_in(&self, module: &mut Module, id: FunctionId) {
        let FunctionKind::Local(function) = &module.funcs.get(id).kind else {
            return;
        };
        let survey = Survey::of(function);
        if survey.needs_nothing() {
            return;
        }
        let left = module.locals.add(ValType::I32);
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        for seq in &survey.copies {
            self.charge_copies(function, *seq, left);
        }
        for (around, seq) in &survey.loops {
            self.check_in_loop(function, *around, *seq, left);
        }
        if survey.calls {
            self.check_at_start_of(function, function.entry_block(), left);
        }
    }

    fn check_at_start_of(&self, function: &mut LocalFunction, seq: InstrSeqId, left: LocalId) {
        let builder = function.builder_mut();
        let consequent = builder.dangling_instr_seq(None).call(self.refill).id();
        let alternative = builder.dangling_instr_seq(None).id();
        let check = self.count(left, IfElse { consequent, alternative }.into());
        insert(function, seq, 0, check);
    }

    /// Takes one round off, and does `otherwise` where none was left.
    fn count(&self, left: LocalId, otherwise: Instr) -> [Instr; 9] {
        [
            GlobalGet { global: self.rounds }.into(),
            number(1),
            walrus::ir::Binop { op: BinaryOp::I32Sub }.into(),
            LocalTee { local: left }.into(),
            GlobalSet { global: self.rounds }.into(),
            LocalGet { local: left }.into(),
            number(0),
            walrus::ir::Binop { op: BinaryOp::I32LtS }.into(),
            otherwise,
        ]
    }

    /// Puts the loop `seq`, which stands in `around`, into another loop:
    ///
    /// ```wat
    /// loop $refill
    ///   (if (i32.lt_s (global.get $rounds) (i32.const 0)) (then (call $more)))
    ///   loop $seq
    ///     (global.set $rounds (local.tee $left (i32.sub (global.get $rounds) (i32.const 1))))
    ///     (br_if $refill (i32.lt_s (local.get $left) (i32.const 0)))
    /// ```
    ///
    /// With the call outside, a compiler need not keep the loop's variables in memory because of
    /// it. At the head of a loop that takes no parameters all is in locals, so going round the
    /// other loop changes nothing.
    fn check_in_loop(
        &self,
        function: &mut LocalFunction,
        around: InstrSeqId,
        seq: InstrSeqId,
        left: LocalId,
    ) {
        let ty = function.block(seq).ty;
        if matches!(ty, InstrSeqType::MultiValue(_)) {
            self.check_at_start_of(function, seq, left);
            return;
        }
        let builder = function.builder_mut();
        let consequent = builder.dangling_instr_seq(None).call(self.refill).id();
        let alternative = builder.dangling_instr_seq(None).id();
        let refill = builder.dangling_instr_seq(ty).id();
        let refilling: [Instr; 5] = [
            GlobalGet { global: self.rounds }.into(),
            number(0),
            walrus::ir::Binop { op: BinaryOp::I32LtS }.into(),
            IfElse { consequent, alternative }.into(),
            Loop { seq }.into(),
        ];
        insert(function, refill, 0, refilling);
        let counting = self.count(left, BrIf { block: refill }.into());
        insert(function, seq, 0, counting);
        for (instr, _) in &mut function.block_mut(around).instrs {
            if let Instr::Loop(inner) = instr
                && inner.seq == seq
            {
                inner.seq = refill;
            }
        }
    }

    /// Takes rounds off before each instruction that copies or fills memory;
    /// the next check sees it.
    fn charge_copies(&self, function: &mut LocalFunction, seq: InstrSeqId, length: LocalId) {
        let places: Vec<usize> = function
            .block(seq)
            .instrs
            .iter()
            .enumerate()
            .filter(|(_, (instr, _))| copies(instr))
            .map(|(place, _)| place)
            .collect();
        // From the end, so that the places before stay what they are.
        for place in places.into_iter().rev() {
            let charge: [Instr; 7] = [
                LocalTee { local: length }.into(),
                GlobalGet { global: self.rounds }.into(),
                LocalGet { local: length }.into(),
                number(BYTES_PER_ROUND_LOG2),
                walrus::ir::Binop { op: BinaryOp::I32ShrU }.into(),
                walrus::ir::Binop { op: BinaryOp::I32Sub }.into(),
                GlobalSet { global: self.rounds }.into(),
            ];
            insert(function, seq, place, charge);
        }
    }

    /// Lets the counter not run out while the host calls `cabi_realloc` or
    /// `cabi_post_*`: a component must not call out there.
    fn keep_out_of_canonical_abi(&self, module: &mut Module) -> Result<()> {
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
            let wrapper = self.wrap(module, inner);
            module.exports.get_mut(export).item = ExportItem::Function(wrapper);
        }
        Ok(())
    }

    fn wrap(&self, module: &mut Module, inner: FunctionId) -> FunctionId {
        let ty = module.types.get(module.funcs.get(inner).ty());
        let (params, results) = (ty.params().to_vec(), ty.results().to_vec());
        let saved = module.locals.add(ValType::I32);
        let args: Vec<LocalId> = params.iter().map(|param| module.locals.add(*param)).collect();
        let mut wrapper = FunctionBuilder::new(&mut module.types, &params, &results);
        let mut body = wrapper.func_body();
        body.global_get(self.rounds).local_set(saved);
        body.i32_const(i32::MAX).global_set(self.rounds);
        for arg in &args {
            body.local_get(*arg);
        }
        body.call(inner);
        body.local_get(saved).global_set(self.rounds);
        wrapper.finish(args, &mut module.funcs)
    }
}

fn number(value: i32) -> Instr {
    Const { value: Value::I32(value) }.into()
}

fn insert<const N: usize>(
    function: &mut LocalFunction,
    seq: InstrSeqId,
    place: usize,
    instrs: [Instr; N],
) {
    let instrs = instrs.map(|instr| (instr, InstrLocId::default()));
    function.block_mut(seq).instrs.splice(place..place, instrs);
}

fn copies(instr: &Instr) -> bool {
    matches!(instr, Instr::MemoryCopy(_) | Instr::MemoryFill(_) | Instr::MemoryInit(_))
}

/// What one function has that takes time.
#[derive(Default)]
struct Survey {
    /// Each with the sequence that it stands in.
    loops: Vec<(InstrSeqId, InstrSeqId)>,
    /// The sequences that hold an instruction which copies or fills memory.
    copies: Vec<InstrSeqId>,
    calls: bool,
}

impl Survey {
    fn of(function: &LocalFunction) -> Survey {
        let mut survey = Survey::default();
        dfs_in_order(&mut survey, function, function.entry_block());
        survey
    }

    fn needs_nothing(&self) -> bool {
        self.loops.is_empty() && self.copies.is_empty() && !self.calls
    }
}

impl<'instr> Visitor<'instr> for Survey {
    fn start_instr_seq(&mut self, seq: &'instr InstrSeq) {
        if seq.instrs.iter().any(|(instr, _)| copies(instr)) {
            self.copies.push(seq.id());
        }
        self.loops.extend(seq.instrs.iter().filter_map(|(instr, _)| match instr {
            Instr::Loop(inner) => Some((seq.id(), inner.seq)),
            _ => None,
        }));
    }

    fn visit_instr(&mut self, instr: &'instr Instr, _: &'instr InstrLocId) {
        match instr {
            Instr::Call(_)
            | Instr::CallIndirect(_)
            | Instr::CallRef(_)
            | Instr::ReturnCall(_)
            | Instr::ReturnCallIndirect(_)
            | Instr::ReturnCallRef(_) => self.calls = true,
            _ => {}
        }
    }
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
