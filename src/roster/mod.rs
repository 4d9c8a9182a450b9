//! What should exist: text in, checked value or all mistakes out.

mod check;
mod drift;
mod duration;
mod environment;
mod example;
mod fields;
mod leaf;
mod mistake;
mod nearest;
mod read;
mod schema;
mod secret;
mod settings;
mod snippet;
mod source;
#[cfg(test)]
mod tests;
mod tree;
mod value;

pub use drift::drift;
pub use example::example;
pub use mistake::Mistake;
pub use nearest::nearest;
pub use read::{Checked, read};
pub use snippet::snippet;
pub use source::Source;
