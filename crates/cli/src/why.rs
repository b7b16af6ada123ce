//! The notes that `lapidary run --notes` writes down.

use std::fs::File;
use std::io::{BufWriter, Write};

use notes::{Telling, Told};
use plugin::Noting;
use serde::Serialize;

use crate::arguments::{Level, Run};
use crate::files::Draft;
use crate::in_use::InUse;

/// Where notes go, as JSON lines.
pub(crate) struct Why {
    draft: Draft,
    to: BufWriter<File>,
    /// How much of why is written down, whatever else is told.
    level: Noting,
}

#[derive(Serialize)]
struct Line<'n> {
    plugin: &'n str,
    /// Number of the batch in the input, from 1.
    batch: usize,
    #[serde(flatten)]
    told: &'n Told,
}

/// Stands behind the notes of an answer that had more than it may.
#[derive(Serialize)]
struct LeftOut<'n> {
    plugin: &'n str,
    batch: usize,
    left_out: u32,
}

impl Why {
    /// Opens what `--notes` names.
    pub fn open(arguments: &Run, in_use: &InUse) -> Result<Option<Self>, String> {
        let Some(path) = &arguments.notes else { return Ok(None) };
        let level = match arguments.notes_level {
            Level::Acts => Noting::Acts,
            Level::Looked => Noting::Looked,
        };
        in_use.keep_off(path, "notes")?;
        let draft = Draft::new(path)?;
        let to = BufWriter::new(draft.writer()?);
        Ok(Some(Why { draft, to, level }))
    }

    /// How much goes there.
    pub fn level(&self) -> Noting {
        self.level
    }

    /// Writes what one plugin did to one batch. Rules that stand inside a config have no line.
    pub fn write(
        &mut self,
        plugin: &str,
        inline: bool,
        batch: usize,
        telling: Telling,
    ) -> Result<(), String> {
        let level = self.level;
        for mut told in telling.told.into_iter().filter(|told| told.deed.level() <= level) {
            if inline {
                told.rule.line = 0;
            }
            self.line(&Line { plugin, batch, told: &told })?;
        }
        if telling.left_out > 0 {
            self.line(&LeftOut { plugin, batch, left_out: telling.left_out })?;
        }
        Ok(())
    }

    /// Lets others see the file.
    pub fn keep(mut self) -> Result<(), String> {
        self.to.flush().map_err(|error| self.draft.at(&error))?;
        self.draft.keep()
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), String> {
        let written = serde_json::to_writer(&mut self.to, line).map_err(std::io::Error::from);
        let written = written.and_then(|()| self.to.write_all(b"\n"));
        written.map_err(|error| self.draft.at(&error))
    }
}
