//! Phone numbers: international ones with a plus sign, and Russian ones in the spellings people use.

mod countries;
mod extension;
mod international;
mod russian;

pub use extension::end as extension_end;
pub use international::{after_plus, without_plus};
pub use russian::longest as russian;
