//! What every plugin's glue needs: bindings, logging, panic hook.
