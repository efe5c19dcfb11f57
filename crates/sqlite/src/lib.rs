//! Ruby tables, functions and collations in SQLite: a loadable extension.
