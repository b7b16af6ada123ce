//! What a part of a function costs, with what it calls.

use crate::{Fault, LEAF, MAX_PRICE, rounds};

/// Instructions that run at most once until their price is paid again.
#[derive(Default)]
pub(crate) struct Part {
    paid: Option<i32>,
    /// What they cost without what they call.
    cost: u32,
    /// What they call, each as often as it is called.
    calls: Vec<u32>,
}

impl Part {
    pub(crate) fn costs(cost: u32) -> Part {
        Part { cost, ..Part::default() }
    }

    pub(crate) fn pays(price: i32) -> Part {
        Part { paid: Some(price), ..Part::default() }
    }

    pub(crate) fn pay(&mut self, price: i32) {
        self.paid = Some(price);
    }

    pub(crate) fn add(&mut self, cost: u32) {
        self.cost = self.cost.saturating_add(cost);
    }

    pub(crate) fn call(&mut self, function: u32) {
        self.calls.push(function);
    }
}

/// The parts of one function: its own, and those of its loops.
pub(crate) struct Parts {
    pub(crate) own: Part,
    pub(crate) loops: Vec<Part>,
}

/// Checks that every part pays for what it costs. `functions` are those of the module's own, in
/// order, without those that the meter is made of; so many are imported and come first.
pub(crate) fn check(functions: &[Option<Parts>], imported: u32) -> Result<(), Fault> {
    let mut costs = Costs { functions, imported, known: vec![None; functions.len()] };
    for (function, index) in functions.iter().zip(imported..) {
        for part in function.iter().flat_map(|parts| parts.loops.iter().chain([&parts.own])) {
            let cost = costs.of_part(part, 0);
            check_part(part, cost).map_err(|what| Fault::of_function(index, what))?;
        }
    }
    Ok(())
}

fn check_part(part: &Part, cost: u32) -> Result<(), &'static str> {
    match part.paid {
        None if cost > LEAF => Err("calls, or is long, and does not count"),
        None => Ok(()),
        Some(price) if price > MAX_PRICE => Err("counts more than one may"),
        Some(price) if price >= 1 && price as u32 >= rounds(cost) => Ok(()),
        Some(_) => Err("counts less than it costs"),
    }
}

struct Costs<'a> {
    functions: &'a [Option<Parts>],
    imported: u32,
    /// What a call to each costs, where it was asked for; all there is while it is reckoned, so that
    /// what calls itself costs too much.
    known: Vec<Option<u32>>,
}

impl Costs<'_> {
    fn of_part(&mut self, part: &Part, depth: u32) -> u32 {
        let calls = part.calls.iter();
        calls.fold(part.cost, |cost, call| cost.saturating_add(self.of_call(*call, depth)))
    }

    /// What a call costs besides itself: nothing where the function pays for itself.
    fn of_call(&mut self, function: u32, depth: u32) -> u32 {
        let Some(place) = function.checked_sub(self.imported).map(|place| place as usize) else {
            return LEAF;
        };
        let parts = self.functions.get(place).and_then(Option::as_ref);
        match parts.map(|parts| &parts.own) {
            Some(own) if own.paid.is_none() => self.of_function(place, own, depth),
            Some(_) => 0,
            // Only the host calls it, which is checked elsewhere.
            None => LEAF,
        }
    }

    fn of_function(&mut self, place: usize, own: &Part, depth: u32) -> u32 {
        // As many that call one another cost too much already, for each call costs something.
        if depth > LEAF {
            return u32::MAX;
        }
        if let Some(known) = self.known[place] {
            return known;
        }
        self.known[place] = Some(u32::MAX);
        let cost = self.of_part(own, depth + 1);
        self.known[place] = Some(cost);
        cost
    }
}
