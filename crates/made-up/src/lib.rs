//! Spans whose values are made up, of the same form as those that were seen.
//!
//! It is its own crate because whoever makes a case of a real span, on a command line or in a page, must
//! replace the same things. It knows no plugin: whether a made-up value is of the same form is for a
//! judge to say, which is told every try and answers with what became of it. A card is of the form of a
//! card where whatever looks for cards finds it; nothing here knows what a check digit is.
//!
//! What is replaced are *words*: runs of letters and digits, in texts, keys, ids and numbers alike, in
//! whatever spelling (`%D0%90`, `\u0410`). One word becomes the same everywhere, so what belonged
//! together still does. Signs between words stay, and so do the words of [`Spare`].
//!
//! ```
//! use made_up::{Spare, make_up};
//!
//! let seen = otlp_json::to_protobuf(r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{
//!     "name":"GET /users/anna","attributes":[{"key":"user.name","value":{"stringValue":"Anna"}}]}]}]}]}"#)?;
//! let seen = otlp_json::decode(&seen)?;
//! let anything_goes = &mut |_: &otlp_json::TracesData| Ok::<_, otlp_json::Error>(());
//! let made = make_up(&seen, &Spare::default(), anything_goes)?;
//! let span = &made.traces.resource_spans[0].scope_spans[0].spans[0];
//! assert!(span.name.starts_with("GET /") && !span.name.contains("anna"));
//! assert_eq!(span.name.len(), "GET /users/anna".len());
//! # Ok::<(), otlp_json::Error>(())
//! ```

#![deny(missing_docs)]

mod letters;
mod likes;
mod plan;
mod search;
mod spare;
mod spelling;
mod times;
mod walk;

pub use search::{Made, make_up};
pub use spare::Spare;
pub use times::latest;
