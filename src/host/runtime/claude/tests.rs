//! Claude adapter: unit tests.
