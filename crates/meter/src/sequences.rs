//! The sequences of instructions that a meter is made of.
//!
//! They are read from bytes and not from an `OperatorsReader`, for a copy of that costs as much as
//! blocks are open, and a sequence is tried at many places.

use wasmparser::{BinaryReader, FunctionBody};

use crate::parts::Meter;
use crate::{BYTES_PER_ROUND_LOG2, Fault};

const UNREACHABLE: u8 = 0x00;
const LOOP: u8 = 0x03;
const IF: u8 = 0x04;
const ELSE: u8 = 0x05;
const END: u8 = 0x0b;
const BR_IF: u8 = 0x0d;
const CALL: u8 = 0x10;
const LOCAL_GET: u8 = 0x20;
const LOCAL_SET: u8 = 0x21;
const LOCAL_TEE: u8 = 0x22;
const GLOBAL_GET: u8 = 0x23;
const GLOBAL_SET: u8 = 0x24;
const I32_CONST: u8 = 0x41;
const I32_LT_S: u8 = 0x48;
const I32_SUB: u8 = 0x6b;
const I32_SHR_U: u8 = 0x76;

/// A block without parameters and results.
const EMPTY: u8 = 0x40;

/// Looks ahead.
#[derive(Clone)]
pub(crate) struct Look<'a> {
    next: BinaryReader<'a>,
    /// How many instructions were read.
    pub(crate) read: usize,
}

impl<'a> Look<'a> {
    pub(crate) fn at(next: BinaryReader<'a>) -> Look<'a> {
        Look { next, read: 0 }
    }

    pub(crate) fn ask_and_pay(&mut self, meter: &Meter) -> Option<i32> {
        self.ask(meter)?;
        self.with(GLOBAL_GET, meter.rounds)?;
        self.pay(meter)
    }

    /// The rest of a loop that asks: the loop in it, and what that begins with.
    pub(crate) fn inner_loop(&mut self, meter: &Meter) -> Option<i32> {
        self.ask(meter)?;
        self.is(LOOP)?;
        self.next.read_var_s33().ok()?;
        self.with(GLOBAL_GET, meter.rounds)?;
        let left = self.index(LOCAL_TEE)?;
        self.is_below_zero()?;
        self.with(BR_IF, 1)?;
        self.with(LOCAL_GET, left)?;
        self.pay(meter)
    }

    /// What charges for an instruction whose time depends on `length`.
    pub(crate) fn charge(&mut self, meter: &Meter, length: u32) -> Option<()> {
        self.ask(meter)?;
        self.with(GLOBAL_GET, meter.rounds)?;
        self.with(LOCAL_GET, length)?;
        self.number().filter(|number| *number == BYTES_PER_ROUND_LOG2)?;
        self.is(I32_SHR_U)?;
        self.is(I32_SUB)?;
        self.with(GLOBAL_SET, meter.rounds)
    }

    fn ask(&mut self, meter: &Meter) -> Option<()> {
        self.with(GLOBAL_GET, meter.rounds)?;
        self.is_below_zero()?;
        self.is(IF)?;
        self.byte(EMPTY)?;
        self.with(CALL, meter.more)?;
        self.end_of_condition()
    }

    /// The build step writes an `else`, though nothing stands in it.
    fn end_of_condition(&mut self) -> Option<()> {
        let here = self.clone();
        if self.is(ELSE).is_none() {
            *self = here;
        }
        self.is(END)
    }

    fn pay(&mut self, meter: &Meter) -> Option<i32> {
        let price = self.number()?;
        self.is(I32_SUB)?;
        self.with(GLOBAL_SET, meter.rounds)?;
        Some(price)
    }

    fn is_below_zero(&mut self) -> Option<()> {
        self.number().filter(|number| *number == 0)?;
        self.is(I32_LT_S)
    }

    fn number(&mut self) -> Option<i32> {
        self.is(I32_CONST)?;
        self.next.read_var_i32().ok()
    }

    fn with(&mut self, opcode: u8, index: u32) -> Option<()> {
        self.index(opcode).filter(|found| *found == index).map(|_| ())
    }

    fn index(&mut self, opcode: u8) -> Option<u32> {
        self.is(opcode)?;
        self.next.read_var_u32().ok()
    }

    fn is(&mut self, opcode: u8) -> Option<()> {
        self.read += 1;
        self.byte(opcode)
    }

    fn byte(&mut self, expected: u8) -> Option<()> {
        (self.next.read_u8().ok()? == expected).then_some(())
    }
}

/// Returns the globals of a function that asks for more rounds: what says that the host is inside,
/// and the counter.
pub(crate) fn more(body: &FunctionBody<'_>, refill: u32) -> Option<(u32, u32)> {
    let mut look = Look::at(body.get_operators_reader().ok()?.get_binary_reader());
    let inside = look.index(GLOBAL_GET)?;
    look.is(IF)?;
    look.byte(EMPTY)?;
    look.is(UNREACHABLE)?;
    look.end_of_condition()?;
    look.with(CALL, refill)?;
    let rounds = look.index(GLOBAL_SET)?;
    look.is(END)?;
    look.next.eof().then_some((inside, rounds))
}

/// Checks a function that the host calls where a component must not call out, and may spend at most
/// so many rounds. Returns which function it calls.
pub(crate) fn wrapper(
    body: &FunctionBody<'_>,
    meter: &Meter,
    index: u32,
    most: i32,
) -> Result<u32, Fault> {
    let mut look = Look::at(body.get_operators_reader()?.get_binary_reader());
    wrapped(&mut look, meter, most)
        .filter(|_| look.next.eof())
        .ok_or(Fault::of_function(index, "does not stop after a fixed number of rounds"))
}

fn wrapped(look: &mut Look<'_>, meter: &Meter, most: i32) -> Option<u32> {
    look.with(GLOBAL_GET, meter.rounds)?;
    let saved = look.index(LOCAL_SET)?;
    look.number().filter(|given| (0..=most).contains(given))?;
    look.with(GLOBAL_SET, meter.rounds)?;
    look.number().filter(|inside| *inside == 1)?;
    look.with(GLOBAL_SET, meter.inside)?;
    let inner = loop {
        let here = look.next.clone();
        if look.index(LOCAL_GET).is_none() {
            look.next = here;
            break look.index(CALL)?;
        }
    };
    look.number().filter(|inside| *inside == 0)?;
    look.with(GLOBAL_SET, meter.inside)?;
    look.with(LOCAL_GET, saved)?;
    look.with(GLOBAL_SET, meter.rounds)?;
    look.is(END)?;
    Some(inner)
}
