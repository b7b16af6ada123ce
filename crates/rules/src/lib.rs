//! YAML to typed rules: overlays, and every problem with document, line and path.
