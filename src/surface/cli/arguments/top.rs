//! `fleet top`: how the screen begins.

use clap::Args;

use crate::surface::cli::table::{Column, Key};

/// What follows the help of `fleet top`.
pub const TOP: &str = "\
Keys: arrows select, Enter looks closely (why, events, inbox, screen), / filters, < > sort, s sends, \
w watches, a attaches, r restarts, S stops or starts, ? tells all of them, q quits. Restart and stop \
ask first. It needs a terminal: into a pipe, `mosaic ps --json` gives the rows once and \
`mosaic events --follow` what happens; `mosaic ps --watch` is the plain table that stays.

Examples:
  mosaic fleet top
  mosaic fleet top health:late team=web
  mosaic fleet top --sort -cpu
  mosaic fleet top --columns agent,activity,session,health";

/// `fleet top`.
#[derive(Debug, Clone, Args)]
pub struct TopAsked {
    /// Only rows in which all these words are found; `/` changes them.
    #[arg(value_name = "WORD")]
    pub filter: Vec<String>,
    /// Order: columns, `cpu` or `memory`, separated by commas; -KEY has the greatest first.
    #[arg(long, value_name = "KEY[,-KEY]", value_delimiter = ',', value_parser = Key::parse)]
    #[arg(allow_hyphen_values = true)]
    pub sort: Vec<Key>,
    /// These columns in this order, whatever the width; separated by commas.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', value_parser = Column::parse)]
    pub columns: Vec<Column>,
    /// Leave the mouse to the terminal, which selects text with it; `m` has it the other way.
    #[arg(long)]
    pub no_mouse: bool,
}
