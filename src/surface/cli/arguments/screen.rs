//! `watch` and `attach`: an agent's screen, looked at or taken.

use clap::Args;

/// What follows the help of `watch`.
pub const WATCHING: &str = "\
Nothing that is pressed reaches the agent: q quits, ? lists the keys. Where the agent's screen is \
larger than the terminal, the view follows its cursor; the arrows move it, and f has it follow again. \
PgUp shows what scrolled off. An agent's exit, its next life and a restarted supervisor are followed. \
Piped or with --raw, the output is the screen and then every byte of the pane, until that pane or the \
supervisor ends (exit code 3).

Examples:
  mosaic watch ada
  mosaic watch ada --raw | tee ada.raw
  mosaic watch ada | grep --line-buffered FAILED";

/// What follows the help of `attach`.
pub const ATTACHING: &str = "\
This is real tmux: C-b d gives the keyboard back and leaves the agent running, C-b [ looks back \
(q ends that), C-b C-b types C-b. One person has a keyboard at a time, under a lease that `ps` and \
`agent explain` show; messages wait meanwhile. The agent keeps its size unless --resize is given, \
and has it again afterwards. A terminal that is lost gives the keyboard back at once. \
Who has the keyboard loses it only to --steal, and is told who took it and why; exit code 17 says \
that somebody else has it. Who comes beside by a tmux client of their own is shown there too, and \
both are told in the last line of their terminals.

Examples:
  mosaic attach ada
  mosaic attach ada --resize
  mosaic attach ada --steal --reason 'alice is on a train'";

/// `agent watch`.
#[derive(Debug, Clone, Args)]
pub struct WatchAsked {
    /// The agent.
    #[arg(value_name = "NAME")]
    pub agent: String,
    /// The bytes of the pane instead of a view, as into a pipe.
    #[arg(long)]
    pub raw: bool,
}

/// `agent attach`.
#[derive(Debug, Clone, Args)]
pub struct AttachAsked {
    /// The agent.
    #[arg(value_name = "NAME")]
    pub agent: String,
    /// Let the agent take the size of this terminal until the end.
    #[arg(long)]
    pub resize: bool,
    /// Take the keyboard from whoever has it; their client is detached, and told who and why.
    #[arg(long, requires = "reason")]
    pub steal: bool,
    /// Why it is taken, for them and for the journal.
    #[arg(long, value_name = "TEXT", requires = "steal")]
    pub reason: Option<String>,
}
