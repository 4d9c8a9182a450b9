//! What should exist: text in, checked value or all mistakes out.

mod amount;
mod check;
mod drift;
mod duration;
mod environment;
mod example;
mod fields;
mod labels;
mod leaf;
mod memory;
mod mistake;
mod names;
mod program;
mod read;
mod roles;
mod rules;
mod runtime_names;
mod runtimes;
mod schema;
mod secret;
mod setting;
mod settings;
mod snippet;
mod source;
mod spot;
#[cfg(test)]
mod tests;
mod tree;
mod unfinished;
mod value;

pub use drift::drift;
pub use example::example;
pub use mistake::Mistake;
pub use read::{Checked, read};
pub use schema::json_schema;
pub use snippet::snippet;
pub use source::Source;
pub use unfinished::names;
