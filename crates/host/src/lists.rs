//! How many elements an answer may have in its lists.

use plugin::Crash;

use crate::bindings::lapidary::processor::types;

/// # Errors
///
/// There are too many.
pub(crate) fn check(elements: usize) -> wasmtime::Result<()> {
    bounds::elements(elements).map_err(|detail| wasmtime::Error::new(Crash::Contract(detail)))
}

/// How many there are in an answer to rules.
pub(crate) fn of_configured(answer: &Result<types::Configured, Vec<types::Problem>>) -> usize {
    let configured = match answer {
        Ok(configured) => configured,
        Err(problems) => return problems.len(),
    };
    let types::Configured { sight, writes, rules, protects } = configured;
    let seen = match sight {
        types::Sight::Parts(parts) => of_selectors(&parts.keys),
        types::Sight::Everything | types::Sight::Texts => 0,
    };
    let types::Writes { sets, replaces, renames, removes, .. } = writes;
    let written = [replaces, renames, removes].map(|selectors| of_selectors(selectors));
    seen + sets.len() + written.iter().sum::<usize>() + rules.len() + protects.len()
}

fn of_selectors(selectors: &[types::Selector]) -> usize {
    selectors.iter().map(|selector| 1 + selector.keys.len()).sum()
}
