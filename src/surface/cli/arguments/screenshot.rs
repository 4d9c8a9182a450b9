//! `agent screenshot`: its arguments and its help.

use std::path::PathBuf;

use clap::Args;

/// What stands below the help.
pub const SHOOTING: &str = "\
It is the whole screen at this moment, whatever the size of this terminal; nothing is typed or \
resized for it. Without a supervisor tmux is asked directly, which is said. --ansi has the colours of the agent's terminal, --png and --svg those of a usual one.

Exit codes: 0 done, 3 no supervisor and no pane, 4 no such agent, 5 it has no screen now.

Examples:
  mosaic agent screenshot ada                 a PNG in this directory
  mosaic agent screenshot ada -o ada.svg      the end of the name says the form
  mosaic agent screenshot ada --text          the text, on standard output
  mosaic agent screenshot ada --png | wl-copy  the picture itself";

/// `agent screenshot`.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct ScreenshotAsked {
    /// The agent.
    #[arg(value_name = "NAME")]
    pub agent: String,
    /// A picture of pixels; the default.
    #[arg(long, group = "form")]
    pub png: bool,
    /// A picture that is sharp at any size.
    #[arg(long, group = "form")]
    pub svg: bool,
    /// The text alone.
    #[arg(long, group = "form")]
    pub text: bool,
    /// The text with its colours, for a terminal.
    #[arg(long, group = "form")]
    pub ansi: bool,
    /// Write it there; - is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
