//! `ps` and `agent list`: which rows, in what order, which of their cells.

use clap::Args;

use crate::surface::cli::table::{Column, Key, Which};

/// What follows the help of `ps`.
pub const COLUMNS: &str = "\
Columns:
  UNIT       the systemd unit that holds it; n/a without a user manager
  SESSION    its pane, whether its process lives and since when, or why not
  PROC       the kernel's word on its process; processor and memory of all of it
  ACTIVITY   the runtime's word: idle, busy, awaits input or approval, limited
  HEARTBEAT  when the last answered challenge was sent, and how long that took
  HEALTH     healthy, late, unresponsive, starting; unknown: it cannot be asked
  DRIFT      the fields in which what runs differs from the roster
  BOOT       yes: it comes back after a reboot; no: the roster does not want it;
             missing: something lacks for it; `agent explain` says what

TENANT and HOST show when there is more than one; INBOX, KEYBOARD, LABELS, LIMITS with --wide.

- says that there is nothing, n/a that this machine cannot say, unknown that asking failed. A narrow \
terminal loses columns. Without a supervisor the rows are what direct probing sees, and the exit \
code is 3. docs/ps.md says all of it, --json included.

Examples:
  mosaic ps --label team=web --health late,unresponsive
  mosaic ps --sort -memory --columns agent,proc,labels
  mosaic ps --watch";

/// What follows the help of `agent list`.
pub const LISTING: &str = "\
Examples:
  mosaic agent list --label team=web
  for name in $(mosaic agent list --names-only); do mosaic send $name hi; done";

/// `fleet ps`.
#[derive(Debug, Clone, Args)]
pub struct PsAsked {
    /// Which rows.
    #[command(flatten)]
    pub which: Which,
    /// Order: columns, `cpu` or `memory`, separated by commas; -KEY has the greatest first.
    #[arg(long, value_name = "KEY[,-KEY]", value_delimiter = ',', value_parser = Key::parse)]
    #[arg(allow_hyphen_values = true)]
    pub sort: Vec<Key>,
    /// These columns in this order, whatever the width; separated by commas.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', value_parser = Column::parse)]
    #[arg(conflicts_with = "json")]
    pub columns: Vec<Column>,
    /// Every column and every cell in full, whatever the width.
    #[arg(long, conflicts_with = "json")]
    pub wide: bool,
    /// Stay, and draw again what changes; q quits. Needs a terminal.
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
    /// The reply of the API as it is; with filters or an order only its rows are others.
    #[arg(long)]
    pub json: bool,
}

/// `agent list`.
#[derive(Debug, Clone, Args)]
pub struct ListAsked {
    /// Which agents.
    #[command(flatten)]
    pub which: Which,
    /// Only the names, one a line.
    #[arg(long, conflicts_with = "json")]
    pub names_only: bool,
    /// As JSON: the rows of `ps`.
    #[arg(long)]
    pub json: bool,
}
