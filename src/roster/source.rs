//! The text of a roster, and what of the host its reading depends on.

use std::path::Path;

/// A roster that is to be read, and what its reading needs to know of the host.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The file's bytes.
    pub text: &'a [u8],
    /// Its name, for messages.
    pub file: &'a str,
    /// What `~` stands for.
    pub home: &'a Path,
    /// Whether there is such a directory.
    pub is_directory: &'a dyn Fn(&Path) -> bool,
}
