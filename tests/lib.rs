//! What every end-to-end test needs: the built `hijinks`, guests compiled once, native runs to compare with.
