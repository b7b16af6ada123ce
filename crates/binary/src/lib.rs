//! What can be told from the bytes of a `.wasm` file without running it.
//!
//! It is its own crate because the build step writes what the host reads, and
//! neither needs the other.
//!
//! # The section `lapidary.meter`
//!
//! The build step leaves a custom section of this name in the core module that
//! it metered. It holds 33 bytes: a format version, [`METER_FORMAT`], and the
//! SHA-256 of the content of the core module's code section (everything after
//! that section's id and size). A tool that rewrites the code after it was
//! metered leaves a digest that does not match, and the module counts as not
//! metered. The section guards against mistakes; what guards against an author
//! who wants to deceive is `crates/meter`, which reads the code.

use std::fmt;
use std::ops::Range;

use sha2::{Digest, Sha256};
use wasmparser::{Parser, Payload};

/// Name of the custom section that says that a core module was metered.
pub const METER_SECTION: &str = "lapidary.meter";

/// First byte of [`METER_SECTION`].
pub const METER_FORMAT: u8 = 2;

const INTERFACE: &str = "lapidary:processor/plugin@";

/// A plugin's file, looked at from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    /// Where the core module stands in the file.
    pub core: Range<usize>,
    /// Where other core modules stand that run with it.
    pub beside: Vec<Range<usize>>,
    /// Version of the contract that the plugin was built for: `0.2.0`.
    pub contract: String,
    /// The interfaces that the component imports, in the order of the file.
    pub imports: Vec<String>,
    /// Whether every loop asks the host for time.
    pub metered: Metered,
    /// How many bytes of memory the core module starts with.
    pub least_memory: u64,
}

/// Whether the core module was metered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metered {
    /// It was, and its code is as the build step left it.
    Yes,
    /// The section is missing.
    No,
    /// The section is there, but the code was changed afterwards, or the
    /// section has a format that is not known.
    Stale,
}

/// Why a file is no plugin that this host can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAPlugin {
    /// The file is no WebAssembly at all.
    NotWasm,
    /// A core module that no build step has made a component of.
    CoreModule,
    /// A component that exports no `lapidary:processor/plugin`.
    OtherComponent,
    /// A plugin for another version of the contract.
    OtherContract {
        /// The version it was built for.
        found: String,
    },
    /// The file is damaged.
    Damaged {
        /// Byte at which reading stopped.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
}

impl fmt::Display for NotAPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = format!("expected a component that exports `{INTERFACE}{}`", contract());
        match self {
            NotAPlugin::NotWasm => write!(f, "found a file that is not WebAssembly; {expected}"),
            NotAPlugin::CoreModule => {
                write!(f, "found a core module; {expected}; make one with `lapidary componentize`")
            }
            NotAPlugin::OtherComponent => {
                write!(f, "found a component without that export; {expected}")
            }
            NotAPlugin::OtherContract { found } => {
                write!(f, "found a plugin for contract {found}; {expected}")
            }
            NotAPlugin::Damaged { offset, reason } => {
                write!(f, "found damaged WebAssembly at byte {offset} ({reason}); {expected}")
            }
        }
    }
}

impl std::error::Error for NotAPlugin {}

/// Version of the contract that this host knows.
pub fn contract() -> &'static str {
    plugin::CONTRACT.rsplit('@').next().unwrap_or_default()
}

impl Binary {
    /// Looks at the bytes of a file.
    ///
    /// # Errors
    ///
    /// Why the file is no plugin for the contract that this host knows.
    pub fn read(file: &[u8]) -> Result<Binary, NotAPlugin> {
        if !file.starts_with(b"\0asm") {
            return Err(NotAPlugin::NotWasm);
        }
        if Parser::is_core_wasm(file) {
            return Err(NotAPlugin::CoreModule);
        }
        let mut depth = 0_usize;
        let mut modules = Vec::new();
        let mut contract_found = None;
        let mut imports = Vec::new();
        for payload in Parser::new(0).parse_all(file) {
            match payload.map_err(damaged)? {
                Payload::ModuleSection { unchecked_range, .. } => {
                    depth += 1;
                    modules.extend(within(file, unchecked_range));
                }
                Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        imports.push(import.map_err(damaged)?.name.name.to_string());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        let name = export.map_err(damaged)?.name.name;
                        if let Some(version) = name.strip_prefix(INTERFACE) {
                            contract_found = Some(version.to_string());
                        }
                    }
                }
                _ => {}
            }
        }
        let contract_found = contract_found.ok_or(NotAPlugin::OtherComponent)?;
        if contract_found != contract() {
            return Err(NotAPlugin::OtherContract { found: contract_found });
        }
        let process = format!("{INTERFACE}{contract_found}#process");
        let place = modules
            .iter()
            .position(|module| exports(&file[module.clone()], &process))
            .ok_or(NotAPlugin::OtherComponent)?;
        let core = modules.swap_remove(place);
        let metered = metered(&file[core.clone()])?;
        let least_memory = least_memory(&file[core.clone()]);
        let contract = contract_found;
        Ok(Binary { core, beside: modules, contract, imports, metered, least_memory })
    }
}

fn damaged(error: wasmparser::BinaryReaderError) -> NotAPlugin {
    NotAPlugin::Damaged { offset: error.offset(), reason: error.message().to_string() }
}

/// A nested module's range is not checked by the parser.
fn within(file: &[u8], range: Range<u64>) -> Option<Range<usize>> {
    let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
    file.get(range.clone()).map(|_| range)
}

fn exports(core: &[u8], name: &str) -> bool {
    Parser::new(0).parse_all(core).any(|payload| match payload {
        Ok(Payload::ExportSection(section)) => {
            section.into_iter().flatten().any(|export| export.name == name)
        }
        _ => false,
    })
}

fn least_memory(core: &[u8]) -> u64 {
    let sections = Parser::new(0).parse_all(core).filter_map(|payload| match payload {
        Ok(Payload::MemorySection(section)) => Some(section),
        _ => None,
    });
    // What is too large for a number is too large for every limit.
    sections.flatten().flatten().map(|memory| memory.initial.saturating_mul(1 << 16)).sum()
}

/// Says whether a core module was metered, by its [`METER_SECTION`].
///
/// # Errors
///
/// The module is damaged.
pub fn metered(core: &[u8]) -> Result<Metered, NotAPlugin> {
    let mut section = None;
    for payload in Parser::new(0).parse_all(core) {
        if let Payload::CustomSection(custom) = payload.map_err(damaged)?
            && custom.name() == METER_SECTION
        {
            section = Some(custom.data().to_vec());
        }
    }
    Ok(match section {
        None => Metered::No,
        Some(bytes) if bytes == meter_section(core)? => Metered::Yes,
        Some(_) => Metered::Stale,
    })
}

/// Returns the content that [`METER_SECTION`] must have in this core module.
///
/// # Errors
///
/// The module is damaged.
pub fn meter_section(core: &[u8]) -> Result<Vec<u8>, NotAPlugin> {
    let mut code: &[u8] = &[];
    for payload in Parser::new(0).parse_all(core) {
        if let Payload::CodeSectionStart { unchecked_range, .. } = payload.map_err(damaged)? {
            code = within(core, unchecked_range).map(|range| &core[range]).unwrap_or_default();
        }
    }
    let mut content = vec![METER_FORMAT];
    content.extend_from_slice(&Sha256::digest(code));
    Ok(content)
}
