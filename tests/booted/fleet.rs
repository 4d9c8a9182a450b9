//! The whole program on a booted host.
