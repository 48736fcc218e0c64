//! Import of customer lists.
