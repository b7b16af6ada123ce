//! [`Growth`]: whether an instance should give way to another.

/// Batches that an instance gets before it is worth replacing: to start one costs as much as many
/// calls.
const WORTH_A_TRY: u32 = 16;

/// How the memory of an instance has grown since its first batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Growth {
    batches: u32,
    /// How large the memory was before the first.
    before: usize,
}

impl Growth {
    /// A batch is about to be handed over; the memory has so many bytes.
    pub fn begin_batch(&mut self, memory: usize) {
        if self.batches == 0 {
            self.before = memory;
        }
        self.batches = self.batches.saturating_add(1);
    }

    /// Whether the memory has grown so far beyond what rules and state take that another instance does
    /// the same in less: from less than half of the limit to more than three quarters. Memory that a
    /// plugin once had does not come back, and beyond the limit the next batch would make it trap.
    #[must_use]
    pub fn is_outgrown(&self, memory: usize, limit: usize) -> bool {
        self.batches >= WORTH_A_TRY && self.before < limit / 2 && memory > limit / 4 * 3
    }

    /// What is said where it gives way.
    #[must_use]
    pub fn said(memory: usize) -> String {
        let mib = memory >> 20;
        format!("the plugin's memory has grown to {mib} MiB, a new instance goes on with less")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(batches: u32, before: usize) -> Growth {
        let mut growth = Growth::default();
        (0..batches).for_each(|batch| growth.begin_batch(before + batch as usize));
        growth
    }

    #[test]
    fn an_instance_gives_way_beyond_three_quarters_of_its_limit_where_it_began_below_half() {
        assert!(grown(16, 49).is_outgrown(76, 100));
        assert!(!grown(16, 49).is_outgrown(75, 100));
        assert!(!grown(16, 50).is_outgrown(76, 100));
        assert!(!grown(15, 49).is_outgrown(76, 100));
    }
}
