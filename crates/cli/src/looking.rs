//! [`Looking`]: what `lapidary run` shows of what became of the spans.

use diff::Step;
use host::Chain;
use notes::Telling;
use plugin::{Configured, Noting};

use crate::arguments::Run;
use crate::coverage::Coverage;
use crate::differences::{self, Filter, Named};
use crate::load::Loaded;
use crate::say::complain;
use crate::shown::Shown;
use crate::why_not::{self, Asked};

/// Shows what became of spans, as far as somebody asked for it.
pub(crate) struct Looking {
    diff: bool,
    asked: Option<Asked>,
    filter: Filter,
    shown: Shown,
    plugins: Vec<Named>,
    configured: Vec<Configured>,
    /// Of each plugin, where it is asked for.
    coverage: Vec<Coverage>,
    /// How many resources, scopes and spans were shown.
    shown_count: usize,
}

impl Looking {
    /// What the plugins must tell for it.
    pub fn noting(arguments: &Run) -> Noting {
        let look = &arguments.look;
        if look.why.is_some() || arguments.coverage {
            Noting::Looked
        } else if look.diff {
            Noting::Acts
        } else {
            Noting::Off
        }
    }

    pub fn at(arguments: &Run, loaded: &[Loaded]) -> Self {
        let look = &arguments.look;
        let mut shown = Shown::new(look);
        loaded.iter().for_each(|plugin| shown.learn(&plugin.documents));
        let named = |plugin: &Loaded| Named {
            name: plugin.generation.module().manifest.name.clone(),
            inline: plugin.inline,
        };
        let configured = |plugin: &Loaded| plugin.generation.configured().clone();
        let configured: Vec<_> = loaded.iter().map(configured).collect();
        Looking {
            diff: look.diff,
            asked: look.why.as_deref().map(Asked::new),
            filter: Filter::new(look),
            shown,
            plugins: loaded.iter().map(named).collect(),
            coverage: if arguments.coverage {
                configured.iter().map(known).collect()
            } else {
                Vec::new()
            },
            configured,
            shown_count: 0,
        }
    }

    /// Whether standard output is for what is shown, and not for spans.
    pub fn takes_output(arguments: &Run) -> bool {
        arguments.look.diff || arguments.look.why.is_some()
    }

    /// Lets the chain tell what is needed.
    pub fn prepare(&self, chain: &mut Chain) {
        if self.diff || self.asked.is_some() {
            chain.follow();
        }
    }

    /// Takes in the reasons that a plugin gave.
    pub fn hear(&mut self, place: usize, batch: usize, telling: &Telling) {
        if let Some(coverage) = self.coverage.get_mut(place) {
            coverage.take(telling);
        }
        let shows = self.diff || self.asked.is_some() || !self.coverage.is_empty();
        if shows && telling.left_out > 0 {
            let (name, count) = (&self.plugins[place].name, telling.left_out);
            complain!(
                "{name}: warn: batch {batch}: {count} reasons are missing, for an answer may hold no more; send smaller batches"
            );
        }
    }

    /// Shows the ways that a batch went.
    pub fn show(&mut self, batch: usize, ways: &[Vec<host::Step>]) {
        for way in ways {
            if let Err(error) = self.show_one(&steps(way)) {
                complain!("warn: batch {batch}: cannot be shown: {error}");
            }
        }
    }

    fn show_one(&mut self, way: &[Step<'_>]) -> Result<(), otlp_json::Error> {
        if self.diff {
            let shown = &mut self.shown;
            self.shown_count += differences::show(way, &self.plugins, &self.filter, shown)?;
        }
        if let Some(asked) = &self.asked {
            let plugins: Vec<_> = self.plugins.iter().zip(&self.configured).collect();
            let what = (asked, &self.filter);
            self.shown_count += why_not::tell(way, &plugins, what, &mut self.shown)?;
        }
        Ok(())
    }

    /// What there is to say when all is over, on standard error.
    pub fn end(&self, arguments: &Run) {
        if self.shown_count == 0 && Looking::takes_output(arguments) {
            let asked = match &arguments.look.why {
                Some(key) => format!("--why {key}"),
                None => "--diff".to_owned(),
            };
            complain!("{asked}: found nothing to show");
        }
        for (plugin, coverage) in self.plugins.iter().zip(&self.coverage) {
            for line in coverage.lines(plugin.inline) {
                complain!("{}: {line}", plugin.name);
            }
        }
    }
}

/// A way as it is followed.
pub(crate) fn steps(way: &[host::Step]) -> Vec<Step<'_>> {
    way.iter()
        .map(|host::Step { place, came, went, gone, telling, is_shadow }| Step {
            place: *place,
            came,
            went,
            gone,
            told: &telling.told,
            is_shadow: *is_shadow,
        })
        .collect()
}

fn known(configured: &Configured) -> Coverage {
    let mut coverage = Coverage::default();
    coverage.know(&configured.rules);
    coverage
}
