//! The other modules of a component.

use wasmparser::{Operator, Parser, Payload};

use crate::Fault;

const MORE: Fault = Fault::of_module("a module beside it does more than pass calls on");

/// Says whether a core module that stands beside the plugin's in a component only passes calls on,
/// as those do that wit-component adds. A host that runs the core module alone need not ask.
///
/// # Errors
///
/// It does more, and takes time that nobody counts.
pub fn check_beside(core: &[u8]) -> Result<(), Fault> {
    for payload in Parser::new(0).parse_all(core) {
        let Payload::CodeSectionEntry(body) = payload? else { continue };
        let mut calls = 0;
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::LocalGet { .. } | Operator::I32Const { .. } | Operator::End => {}
                // One alone: with two, as many calls as there are leaves of a tree could follow.
                Operator::Call { .. } | Operator::CallIndirect { .. } if calls == 0 => calls += 1,
                _ => return Err(MORE),
            }
        }
    }
    Ok(())
}
