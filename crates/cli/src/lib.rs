//! The lapidary command, and the step that makes components.
