//! Constants.
use super::sets;
sets! {}
