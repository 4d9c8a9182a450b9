//! `man` and `help`: what is told about verbs.

use std::path::PathBuf;

use clap::Args;

/// What stands below the help of `man`.
pub const MANUAL: &str = "\
On a terminal it is shown by `man`, which also has it without being installed; into a pipe it is \
plain text. Where there is no `man`, the help of the verb is shown instead. --write is for who makes \
packages: all pages are written, one for each verb, and no older one is left as it was.

Examples:
  mosaic man
  mosaic man agent watch
  mosaic man send | less
  mosaic man --write ~/.local/share/man/man1";

/// What stands below the help of `help`.
pub const HELPING: &str = "\
Examples:
  mosaic help
  mosaic help agent watch
  mosaic help send";

/// `man`.
#[derive(Debug, Clone, Args)]
pub struct ManAsked {
    /// The verb, as it is typed; mosaic itself without it.
    #[arg(value_name = "VERB")]
    pub verb: Vec<String>,
    /// Write all pages into this directory instead, which is made where there is none.
    #[arg(long, value_name = "DIR", conflicts_with = "verb")]
    pub write: Option<PathBuf>,
}

/// `help`.
#[derive(Debug, Clone, Args)]
pub struct HelpAsked {
    /// The verb, as it is typed; all of them without it.
    #[arg(value_name = "VERB")]
    pub verb: Vec<String>,
}
