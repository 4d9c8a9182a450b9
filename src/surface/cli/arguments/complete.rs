//! `completions` and `complete`: what a shell needs to complete our command lines.

use clap::{Args, ValueEnum};

/// What stands below the help of `completions`.
pub const COMPLETIONS: &str = "\
The script asks `mosaic` itself at each Tab, so it stays right when mosaic or the fleet changes: names \
of agents, messages, labels and roles come from the supervisor that runs, or from the roster where \
none does. A Tab starts nothing, says nothing when something is wrong, and waits for nobody. \
docs/shell.md says more.

Examples:
  mosaic completions bash > ~/.local/share/bash-completion/completions/mosaic
  mosaic completions zsh > ~/.zfunc/_mosaic      with ~/.zfunc in $fpath
  mosaic completions fish > ~/.config/fish/completions/mosaic.fish";

/// What stands below the help of `complete`.
pub const COMPLETE: &str = "\
Examples:
  mosaic complete fish -- mosaic watch a";

/// A shell that completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU bash, 4.4 or newer.
    Bash,
    /// The Z shell.
    Zsh,
    /// The friendly interactive shell.
    Fish,
}

/// `completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsAsked {
    /// The shell: bash, zsh or fish.
    #[arg(value_name = "SHELL", hide_possible_values = true)]
    pub shell: Shell,
}

/// `complete`, which the scripts ask at each Tab.
#[derive(Debug, Clone, Args)]
pub struct CompleteAsked {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
    /// Bash: why it asks, as in `COMP_TYPE`.
    #[arg(long, value_name = "TYPE", default_value_t = 9)]
    pub why: u32,
    /// Bash: what it takes for the end of a word, as in `COMP_WORDBREAKS`.
    #[arg(long, value_name = "LETTERS", default_value = "")]
    #[arg(allow_hyphen_values = true)]
    pub breaks: String,
    /// The line up to the cursor as it is typed: bash as one word; others word by word, the last
    /// one being completed.
    #[arg(value_name = "WORD", last = true)]
    pub words: Vec<String>,
}
