//! The API over a real unix socket, asked by a real HTTP client; the dispatcher is a small fake.

mod client;
mod commands;
mod cursors;
mod door;
mod messages;
mod raw;
mod streams;
mod support;
