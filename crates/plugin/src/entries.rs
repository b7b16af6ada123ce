//! [`Entries`]: the state of a plugin, as whoever runs it keeps it.

use std::collections::BTreeMap;

use crate::{Changed, Entry};

/// About how many bytes are asked for, or handed over, at a time.
const PIECE: usize = 1 << 20;

/// What an entry costs besides its bytes, at about.
const OVERHEAD: usize = 96;

/// The state of a plugin beside it: all entries that it told, within a limit.
///
/// ```
/// use plugin::{Changed, Entries, Entry};
///
/// let told = |key: u8, value: Option<&[u8]>| Entry {
///     key: vec![key],
///     value: value.map(Into::into),
///     ..Entry::default()
/// };
/// let mut entries = Entries::new(1, 1 << 20);
/// let changed = vec![told(1, Some(b"a")), told(2, Some(b"b")), told(1, None)];
/// entries.take(Changed { entries: changed, more: false })?;
/// assert_eq!(entries.pieces().concat(), [told(2, Some(b"b"))]);
/// # Ok::<(), plugin::Exceeded>(())
/// ```
#[derive(Clone, Debug)]
pub struct Entries {
    version: u32,
    limit: usize,
    bytes: usize,
    held: BTreeMap<Vec<u8>, Held>,
}

#[derive(Clone, Debug)]
struct Held {
    value: Vec<u8>,
    belongs_to: Vec<u8>,
}

impl Held {
    fn size(&self, key: &[u8]) -> usize {
        OVERHEAD + key.len() + self.value.len() + self.belongs_to.len()
    }
}

/// Some entries are not kept, for all together would take more than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// How many.
    pub entries: usize,
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "entries told that are not kept beside the plugin: {}", self.entries)
    }
}

impl std::error::Error for Exceeded {}

impl Entries {
    /// None so far, of this version and within so many bytes.
    #[must_use]
    pub fn new(version: u32, limit: usize) -> Self {
        Entries { version, limit, bytes: 0, held: BTreeMap::new() }
    }

    /// The same, within so many bytes; those that there were.
    #[must_use]
    pub fn within(&self, limit: usize) -> Self {
        Entries { limit, ..self.clone() }
    }

    /// All entries are of this version from now on.
    pub fn set_version(&mut self, version: u32) {
        self.version = version;
    }

    /// Asks for at most so many bytes at a time.
    #[must_use]
    pub fn piece() -> usize {
        PIECE
    }

    /// The version of the entries.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// About how many bytes they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Takes in what changed.
    ///
    /// # Errors
    /// Some is not kept; of those entries nothing is, not even what was kept before.
    pub fn take(&mut self, changed: Changed) -> Result<(), Exceeded> {
        let mut exceeded = 0;
        for Entry { key, value, belongs_to } in changed.entries {
            if let Some(before) = self.held.remove(&key) {
                self.bytes -= before.size(&key);
            }
            let Some(value) = value else { continue };
            let held = Held { value, belongs_to };
            if self.bytes + held.size(&key) > self.limit {
                exceeded += 1;
                continue;
            }
            self.bytes += held.size(&key);
            self.held.insert(key, held);
        }
        if exceeded == 0 { Ok(()) } else { Err(Exceeded { entries: exceeded }) }
    }

    /// All entries in the order of their keys, in pieces to be handed over.
    #[must_use]
    pub fn pieces(&self) -> Vec<Vec<Entry>> {
        let (mut pieces, mut piece, mut bytes) = (Vec::new(), Vec::new(), 0);
        for (key, Held { value, belongs_to }) in &self.held {
            bytes += key.len() + value.len() + belongs_to.len();
            let (value, belongs_to) = (Some(value.clone()), belongs_to.clone());
            piece.push(Entry { key: key.clone(), value, belongs_to });
            if bytes >= PIECE {
                pieces.push(std::mem::take(&mut piece));
                bytes = 0;
            }
        }
        if !piece.is_empty() {
            pieces.push(piece);
        }
        pieces
    }
}
