//! Whatever is metered has the form that hosts look for, and has it no more when any part of its
//! meter is missing.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

use componentize::meter;
use proptest::prelude::*;
use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// A value as no part of a meter is written.
const VALUE: &str = "(i32.wrap_i64 (i64.const 1))";

/// Functions of a plain module; each may call each.
const FUNCTIONS: u32 = 3;

/// What a function may do, as text. None of it takes or gives a value.
fn statements() -> impl Strategy<Value = String> {
    let simple = prop_oneof![
        Just("(nop)".to_owned()),
        Just("(nop)".repeat(100)),
        (0..FUNCTIONS).prop_map(|function| format!("(call {function})")),
        Just(format!("(call_indirect (type 0) {VALUE})")),
        Just(format!("(memory.fill {VALUE} {VALUE} {VALUE})")),
        Just(format!("(memory.copy {VALUE} {VALUE} {VALUE})")),
        Just(format!("(memory.init 0 {VALUE} {VALUE} {VALUE})")),
        Just(format!("(drop (memory.grow {VALUE}))")),
        Just(format!("(br_if 0 {VALUE})")),
    ];
    let simple = prop::collection::vec(simple, 0..4).prop_map(|all| all.concat());
    simple.prop_recursive(4, 24, 4, |inner| {
        let body = prop::collection::vec(inner, 1..4).prop_map(|all| all.concat());
        prop_oneof![
            body.clone().prop_map(|body| format!("(block {body})")),
            body.clone().prop_map(|body| format!("(loop {body})")),
            body.clone()
                .prop_map(|body| format!("(i64.const 2)(loop (param i64) (drop) (block {body}))")),
            body.clone().prop_map(|body| format!("(if {VALUE} (then {body}) (else {body}))")),
            body.prop_map(|body| format!("(loop {body} (br_if 0 {VALUE}) {body})")),
        ]
    })
}

fn modules() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(statements(), FUNCTIONS as usize).prop_map(|bodies| {
        let functions: String = bodies.iter().map(|body| format!("(func {body})")).collect();
        let text = format!(
            "(module (type (func)) (table 3 funcref) (memory 1) (data \"text\") {functions}
             (func (export \"cabi_realloc\") (param i32) (result i32) (call 0) (local.get 0))
             (elem (i32.const 0) 0 1 2))"
        );
        wat::parse_str(text).unwrap()
    })
}

fn bodies(module: &[u8]) -> Vec<FunctionBody<'_>> {
    let payloads = Parser::new(0).parse_all(module).map(Result::unwrap);
    payloads
        .filter_map(|payload| match payload {
            Payload::CodeSectionEntry(body) => Some(body),
            _ => None,
        })
        .collect()
}

/// The module without one instruction, and which that was.
fn without(module: &[u8], which: prop::sample::Index) -> (Vec<u8>, Operator<'_>) {
    let bodies = bodies(module);
    let all: Vec<_> = bodies
        .iter()
        .enumerate()
        .flat_map(|(number, body)| {
            let reader = body.get_operators_reader().unwrap();
            reader.into_iter_with_offsets().map(move |read| (number, read.unwrap()))
        })
        .collect();
    let (number, (operator, from)) = &all[which.index(all.len())];
    let mut next = bodies[*number].get_operators_reader().unwrap();
    while next.original_position() <= *from {
        next.read().unwrap();
    }
    let to = next.original_position();
    let mut code = Vec::new();
    leb128(&mut code, bodies.len());
    for (index, body) in bodies.iter().enumerate() {
        let range = body.range();
        let (start, end) = (range.start as usize, range.end as usize);
        let mut bytes = module[start..end].to_vec();
        if index == *number {
            bytes.drain(*from as usize - start..to as usize - start);
        }
        leb128(&mut code, bytes.len());
        code.extend(bytes);
    }
    (with_code(module, &code), operator.clone())
}

/// The module with another code section; what stands behind that does not matter here.
fn with_code(module: &[u8], code: &[u8]) -> Vec<u8> {
    let mut end = 0;
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CodeSectionStart { .. } = payload.unwrap() {
            break;
        }
        if let Some((_, range)) = Parser::new(0)
            .parse_all(module)
            .filter_map(|it| it.unwrap().as_section())
            .take_while(|(id, _)| *id != 10)
            .last()
        {
            end = range.end as usize;
        }
    }
    let mut made = module[..end].to_vec();
    made.push(10);
    leb128(&mut made, code.len());
    made.extend(code);
    made
}

fn leb128(to: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Whether an instruction is one that the plain modules have; and an `else`, in which a meter
/// has nothing.
fn is_plain(operator: &Operator<'_>) -> bool {
    match operator {
        // Behind the import and the plain ones stands the one that asks for more.
        Operator::Call { function_index } => *function_index <= FUNCTIONS + 1,
        Operator::Nop
        | Operator::CallIndirect { .. }
        | Operator::I32WrapI64
        | Operator::I64Const { .. }
        | Operator::Drop
        | Operator::BrIf { relative_depth: 0 }
        | Operator::LocalGet { .. }
        | Operator::Else => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_metered_has_the_form(module in modules()) {
        prop_assert_eq!(::meter::check(&meter(&module).unwrap()), Ok(()));
        prop_assert!(::meter::check(&module).is_err());
    }

    #[test]
    fn a_meter_without_one_of_its_instructions_is_none(
        module in modules(),
        which: prop::sample::Index,
    ) {
        let metered = meter(&module).unwrap();
        let (changed, operator) = without(&metered, which);
        if ::meter::check(&changed).is_ok() {
            prop_assert!(is_plain(&operator), "without {operator:?}");
        }
    }
}
