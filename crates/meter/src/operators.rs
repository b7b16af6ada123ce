//! The instructions that the reader knows.

use wasmparser::Operator;

/// Says whether what an instruction takes is known, and is no more than one of the others but for
/// what the reader looks at itself.
pub(crate) fn is_known(operator: &Operator<'_>) -> bool {
    !changes_a_table(operator) && proposal_is_known(operator)
}

/// An instruction whose time depends on a length, which nobody charges.
fn changes_a_table(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::TableInit { .. }
            | Operator::TableCopy { .. }
            | Operator::TableFill { .. }
            | Operator::TableGrow { .. }
    )
}

fn proposal_is_known(operator: &Operator<'_>) -> bool {
    macro_rules! proposal_of {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $( Operator::$op $( { $($arg: _),* } )? => proposal_of!(known @$proposal), )*
                _ => false,
            }
        };
        (known @mvp) => { true };
        (known @sign_extension) => { true };
        (known @saturating_float_to_int) => { true };
        (known @bulk_memory) => { true };
        (known @reference_types) => { true };
        (known @simd) => { true };
        (known @$proposal:ident) => { false };
    }
    wasmparser::for_each_operator!(proposal_of)
}
