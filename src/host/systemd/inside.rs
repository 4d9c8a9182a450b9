//! Tests that run inside a booted host.
