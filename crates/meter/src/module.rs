//! What a module has besides the bodies of its functions.

use std::collections::BTreeMap;

use wasmparser::{
    ConstExpr, Element, ElementItems, ElementSectionReader, ExportSectionReader, ExternalKind,
    FunctionBody, GlobalSectionReader, ImportSectionReader, MemorySectionReader, Operator, Parser,
    Payload, TableInit, TableSectionReader, TypeRef, ValType,
};

use crate::parts::Meter;
use crate::{Fault, POST_ROUNDS, REALLOC_ROUNDS, REFILL, function, prices, sequences};

/// Says whether a core module has a checked meter: see the crate for what that is.
///
/// It takes a time and a memory that the length of the module bounds.
///
/// # Errors
///
/// The first thing found that is not as it must be.
pub fn check(core: &[u8]) -> Result<(), Fault> {
    let module = Module::read(core)?;
    let refill = module.refill.ok_or(Fault::of_module("no import asks for more rounds"))?;
    let meter = module.meter(refill)?;
    module.check_globals(&meter)?;
    for (name, index) in &module.exported_functions {
        if *index == meter.more || *index == meter.refill {
            return Err(Fault::of_module("the meter is exported"));
        }
        let most = rounds_of_wrapper(name);
        if module.wrappers.contains_key(index) != most.is_some() {
            return Err(Fault::of_module(
                "one function is called inside the canonical ABI and outside of it",
            ));
        }
    }
    let is_callable = |index: u32| {
        !(index == meter.more || index == refill || module.wrappers.contains_key(&index))
    };
    if !module.referenced.iter().all(|index| is_callable(*index)) {
        return Err(Fault::of_module("a table or the start refers to what only the host may call"));
    }
    let mut functions = Vec::with_capacity(module.bodies.len());
    for (body, index) in module.bodies.iter().zip(module.imported..) {
        functions.push(match module.wrappers.get(&index) {
            _ if index == meter.more => None,
            Some(most) => {
                let inner = sequences::wrapper(body, &meter, index, *most)?;
                if !is_callable(inner) {
                    return Err(Fault::of_function(index, "refers to what only the host may call"));
                }
                None
            }
            None => Some(function::check(body, &meter, index, &is_callable)?),
        });
    }
    prices::check(&functions, module.imported)
}

/// The rounds that a function exported under this name may have of its own.
fn rounds_of_wrapper(name: &str) -> Option<i32> {
    match name {
        "cabi_realloc" => Some(REALLOC_ROUNDS),
        _ if name.starts_with("cabi_post_") => Some(POST_ROUNDS),
        _ => None,
    }
}

#[derive(Default)]
struct Module<'a> {
    /// How many functions are imported; they come first.
    imported: u32,
    refill: Option<u32>,
    /// Whether each global is one that can count.
    globals: Vec<bool>,
    exported_globals: Vec<u32>,
    exported_functions: Vec<(&'a str, u32)>,
    /// Functions that the host calls where a component must not call out, with the most rounds that
    /// each may have.
    wrappers: BTreeMap<u32, i32>,
    /// Functions that something besides a body or an export refers to.
    referenced: Vec<u32>,
    bodies: Vec<FunctionBody<'a>>,
}

impl<'a> Module<'a> {
    fn read(core: &'a [u8]) -> Result<Module<'a>, Fault> {
        let mut module = Module::default();
        for payload in Parser::new(0).parse_all(core) {
            match payload? {
                Payload::ImportSection(section) => module.imports(section)?,
                Payload::TableSection(section) => module.tables(section)?,
                Payload::MemorySection(section) => memories(section)?,
                Payload::GlobalSection(section) => module.globals(section)?,
                Payload::ExportSection(section) => module.exports(section)?,
                Payload::StartSection { func, .. } => module.referenced.push(func),
                Payload::ElementSection(section) => module.elements(section)?,
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::Version { .. }
                | Payload::TypeSection(_)
                | Payload::FunctionSection(_)
                | Payload::DataCountSection { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::DataSection(_)
                | Payload::CustomSection(_)
                | Payload::End(_) => {}
                _ => return Err(Fault::of_module("a section is not known")),
            }
        }
        Ok(module)
    }

    fn imports(&mut self, section: ImportSectionReader<'a>) -> Result<(), Fault> {
        for import in section.into_imports() {
            let import = import?;
            let TypeRef::Func(_) = import.ty else {
                return Err(Fault::of_module("something else than functions is imported"));
            };
            if (import.module, import.name) == REFILL
                && self.refill.replace(self.imported).is_some()
            {
                return Err(Fault::of_module("more than one import asks for more rounds"));
            }
            self.imported += 1;
        }
        Ok(())
    }

    fn tables(&mut self, section: TableSectionReader<'a>) -> Result<(), Fault> {
        for table in section {
            if let TableInit::Expr(expression) = table?.init {
                self.constant(&expression)?;
            }
        }
        Ok(())
    }

    fn globals(&mut self, section: GlobalSectionReader<'a>) -> Result<(), Fault> {
        for global in section {
            let global = global?;
            let mut init = global.init_expr.get_operators_reader();
            let starts_at_zero = matches!(init.read()?, Operator::I32Const { value: 0 })
                && matches!(init.read()?, Operator::End);
            let is_ours = global.ty.mutable && global.ty.content_type == ValType::I32;
            self.globals.push(starts_at_zero && is_ours);
            self.constant(&global.init_expr)?;
        }
        Ok(())
    }

    fn exports(&mut self, section: ExportSectionReader<'a>) -> Result<(), Fault> {
        for export in section {
            let export = export?;
            match export.kind {
                ExternalKind::Func => {
                    self.exported_functions.push((export.name, export.index));
                    if let Some(most) = rounds_of_wrapper(export.name) {
                        // Under several names, the smallest limit counts.
                        let limit = self.wrappers.entry(export.index).or_insert(most);
                        *limit = most.min(*limit);
                    }
                }
                ExternalKind::Global => self.exported_globals.push(export.index),
                ExternalKind::Memory | ExternalKind::Table => {}
                _ => return Err(Fault::of_module("an export of a kind that is not known")),
            }
        }
        Ok(())
    }

    fn elements(&mut self, section: ElementSectionReader<'a>) -> Result<(), Fault> {
        for element in section {
            let Element { items, .. } = element?;
            match items {
                ElementItems::Functions(functions) => {
                    for function in functions {
                        self.referenced.push(function?);
                    }
                }
                ElementItems::Expressions(_, expressions) => {
                    for expression in expressions {
                        self.constant(&expression?)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes which functions a constant expression refers to.
    fn constant(&mut self, expression: &ConstExpr<'a>) -> Result<(), Fault> {
        for operator in expression.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator? {
                self.referenced.push(function_index);
            }
        }
        Ok(())
    }

    /// Finds the function that puts what the host gives into the counter.
    fn meter(&self, refill: u32) -> Result<Meter, Fault> {
        let mut found = None;
        for (body, more) in self.bodies.iter().zip(self.imported..) {
            if let Some((inside, rounds)) = sequences::more(body, refill)
                && found.replace(Meter { rounds, inside, more, refill }).is_some()
            {
                return Err(Fault::of_module("more than one function asks for more rounds"));
            }
        }
        found.ok_or(Fault::of_module("no function asks for more rounds"))
    }

    fn check_globals(&self, meter: &Meter) -> Result<(), Fault> {
        for global in [meter.rounds, meter.inside] {
            if self.globals.get(global as usize) != Some(&true) {
                return Err(Fault::of_module("the counter is no variable that starts at 0"));
            }
            if self.exported_globals.contains(&global) {
                return Err(Fault::of_module("the counter is exported"));
            }
        }
        if meter.rounds == meter.inside {
            return Err(Fault::of_module("one global counts and says where the host is"));
        }
        Ok(())
    }
}

fn memories(section: MemorySectionReader<'_>) -> Result<(), Fault> {
    if section.count() > 1 {
        return Err(Fault::of_module("there is more than one memory"));
    }
    for memory in section {
        let memory = memory?;
        if memory.memory64 || memory.shared || memory.page_size_log2.is_some() {
            return Err(Fault::of_module("the memory is of a kind that is not known"));
        }
    }
    Ok(())
}
