//! What the body of a function must be that is no part of the meter.

use wasmparser::{FunctionBody, Operator, OperatorsReader};

use crate::operators::is_known;
use crate::parts::Meter;
use crate::prices::{Part, Parts};
use crate::sequences::Look;
use crate::{DAMAGED, Fault, GROW_ROUNDS, LEAF, MAX_PRICE};

/// Whether a function may be called from inside the module.
type Callable<'a> = &'a dyn Fn(u32) -> bool;

/// Checks one body. Returns its parts, whose prices are another matter.
pub(crate) fn check(
    body: &FunctionBody<'_>,
    meter: &Meter,
    index: u32,
    is_callable: Callable<'_>,
) -> Result<Parts, Fault> {
    let next = body.get_operators_reader()?;
    let own = Part::costs(locals(body)?);
    let (parts, frames, done) = (vec![own], Vec::new(), Vec::new());
    let mut walk = Walk { next, meter, index, is_callable, parts, frames, done };
    let mut look = walk.look();
    if let Some(price) = look.ask_and_pay(meter) {
        walk.skip(look.read)?;
        walk.parts[0].pay(price);
    }
    let mut length = None;
    while !walk.next.eof() {
        length = walk.step(length)?;
    }
    // The function's own ends last. A part that is still open was never looked at.
    match walk.done.pop() {
        Some(own) if walk.parts.is_empty() => Ok(Parts { own, loops: walk.done }),
        _ => Err(Fault::of_module(DAMAGED)),
    }
}

/// Locals take time: they are zero at first.
fn locals(body: &FunctionBody<'_>) -> Result<u32, Fault> {
    let mut count = 0_u32;
    for local in body.get_locals_reader()? {
        count = count.saturating_add(local?.0);
    }
    Ok(count)
}

/// A block, loop or condition that is open.
#[derive(Clone, Copy)]
enum Frame {
    Plain,
    /// A part ends with it.
    Part,
}

struct Walk<'a> {
    next: OperatorsReader<'a>,
    meter: &'a Meter,
    index: u32,
    is_callable: Callable<'a>,
    /// The function's own, and those of the loops that are open.
    parts: Vec<Part>,
    frames: Vec<Frame>,
    /// Those that ended.
    done: Vec<Part>,
}

impl<'a> Walk<'a> {
    /// Reads one instruction, with what charges for it. `length` is the local that the instruction
    /// before put the top of the stack into; so is the answer.
    fn step(&mut self, length: Option<u32>) -> Result<Option<u32>, Fault> {
        let here = self.look();
        let operator = self.next.read()?;
        self.add(1);
        match operator {
            Operator::Block { .. } | Operator::If { .. } => self.frames.push(Frame::Plain),
            Operator::Loop { .. } => self.begin_loop()?,
            Operator::End => self.end()?,
            Operator::Call { function_index } => {
                self.refers_to(function_index)?;
                self.call(function_index);
            }
            Operator::CallIndirect { .. } => self.add(LEAF),
            Operator::RefFunc { function_index } => self.refers_to(function_index)?,
            Operator::GlobalGet { global_index } if self.is_ours(global_index) => {
                self.charged(here, length)?;
            }
            Operator::GlobalSet { global_index } if self.is_ours(global_index) => {
                return self.fault(TOUCHES);
            }
            Operator::LocalTee { local_index } => return Ok(Some(local_index)),
            ref other if grows(other) || copies(other) => {
                return self.fault("grows, copies or fills memory and does not count it");
            }
            ref other if !is_known(other) => {
                return self.fault("has an instruction that is not known");
            }
            _ => {}
        }
        Ok(None)
    }

    /// What charges for an instruction, from `here`, and that instruction.
    fn charged(&mut self, mut here: Look<'a>, length: Option<u32>) -> Result<(), Fault> {
        let mut there = here.clone();
        let price = here.ask_and_pay(self.meter);
        if price.is_some_and(|price| (GROW_ROUNDS as i32..=MAX_PRICE).contains(&price)) {
            self.charged_instruction(here.read, grows)
        } else if length.and_then(|length| there.charge(self.meter, length)).is_some() {
            self.charged_instruction(there.read, copies)
        } else {
            self.fault(TOUCHES)
        }
    }

    fn charged_instruction(
        &mut self,
        read: usize,
        is_charged: fn(&Operator<'_>) -> bool,
    ) -> Result<(), Fault> {
        // The first was read already.
        self.skip(read - 1)?;
        let operator = self.next.read()?;
        self.add(1);
        if is_charged(&operator) { Ok(()) } else { self.fault(TOUCHES) }
    }

    fn begin_loop(&mut self) -> Result<(), Fault> {
        let (mut one, mut two) = (self.look(), self.look());
        let price = if let Some(price) = one.ask_and_pay(self.meter) {
            self.skip(one.read)?;
            self.frames.push(Frame::Part);
            price
        } else if let Some(price) = two.inner_loop(self.meter) {
            self.skip(two.read)?;
            self.frames.extend([Frame::Part, Frame::Plain]);
            price
        } else {
            return self.fault("has a loop that does not count");
        };
        self.parts.push(Part::pays(price));
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        match self.frames.pop() {
            Some(Frame::Plain) => Ok(()),
            // The last frame is the function's own.
            Some(Frame::Part) | None => {
                self.done.extend(self.parts.pop());
                Ok(())
            }
        }
    }

    fn refers_to(&self, function: u32) -> Result<(), Fault> {
        if (self.is_callable)(function) {
            Ok(())
        } else {
            self.fault("refers to what only the host may call")
        }
    }

    fn is_ours(&self, global: u32) -> bool {
        global == self.meter.rounds || global == self.meter.inside
    }

    fn add(&mut self, cost: u32) {
        if let Some(part) = self.parts.last_mut() {
            part.add(cost);
        }
    }

    fn call(&mut self, function: u32) {
        if let Some(part) = self.parts.last_mut() {
            part.call(function);
        }
    }

    fn look(&self) -> Look<'a> {
        Look::at(self.next.get_binary_reader())
    }

    fn skip(&mut self, instructions: usize) -> Result<(), Fault> {
        for _ in 0..instructions {
            self.next.read()?;
        }
        Ok(())
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault::of_function(self.index, what))
    }
}

const TOUCHES: &str = "touches the counter elsewhere than where it counts";

fn grows(operator: &Operator<'_>) -> bool {
    matches!(operator, Operator::MemoryGrow { .. })
}

fn copies(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } | Operator::MemoryInit { .. }
    )
}
