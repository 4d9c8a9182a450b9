//! `--help` of what runs inside a pane; these programs come before the command line's own help.

use std::io::Write as _;
use std::process::ExitCode;

/// What `mosaic runtime stub --help` says.
pub const STUB: &str = "\
Mosaic's own small runtime: a full-screen program with a composer and one loop, to try things with

Usage: mosaic runtime stub [--keystrokes]

Options:
      --keystrokes  Takes messages by keys only, not over its socket

Prompts that do something:
  /block SECONDS    its one loop hangs, and with it every answer
  /dialog           asks for permission, until y or n is pressed
  /flood LINES      fills its transcript
  /leak             starts a child that leaves its session
  /exit CODE        ends at once, without a goodbye

Environment:
  MOSAIC_STUB_TURN_MS          how long a prompt keeps it busy
  MOSAIC_STUB_RECORD           a file that gets a line for each prompt
  MOSAIC_STUB_HEARD            a file that gets a line for each paste and delivery, taken or not
  MOSAIC_STUB_KEYSTROKES       the same as --keystrokes
  MOSAIC_STUB_DROP_ENTERS      so many first presses of Enter do nothing
  MOSAIC_STUB_CRASH_AT_BOOT    it ends at once with this code
  MOSAIC_STUB_IGNORE_TERM      SIGTERM does nothing
  MOSAIC_STUB_MUTE             it never answers a challenge
  MOSAIC_STUB_ANSWER_AFTER_MS  so late it answers each challenge
  MOSAIC_STUB_NONCE            wrong: it gives back another nonce; replay: always its first
  MOSAIC_STUB_KEEP_DRAFT       Enter is a new line: the text stays a draft
  MOSAIC_STUB_SWALLOW_PASTES   so many first pastes vanish
  MOSAIC_STUB_AT_PASTE         with the first: dialog, one comes up; exit, it ends; stop, it stops
  MOSAIC_STUB_EXIT_AFTER_MS    it ends after so long, with code 3, without a goodbye
  MOSAIC_STUB_FREEZE_AFTER_MS  its one loop stops after so long, for good
  MOSAIC_STUB_LIMITED_MS       so long a usage limit keeps it from working
  MOSAIC_STUB_FLOOD_LINES      it begins with so many lines of output
  MOSAIC_STUB_LONE_ESCAPES     so many escape bytes that begin nothing before each row it draws
  MOSAIC_STUB_LEAK             it begins with so many children that leave its session
  MOSAIC_STUB_CHAOS            faults at random, as NAME=NUMBER: seed, for (milliseconds), and of a
                               thousand times so often: enters dropped, drafts kept, empties (an
                               Enter that throws the text away), pastes or deliveries swallowed,
                               receipts silent or late, freezes, crashes, losses of the line
";

/// What `mosaic runtime --help` says.
pub const RUNTIME: &str = "\
Runtimes that come with mosaic; an agent of the roster starts one with `runtime: stub`

Usage: mosaic runtime stub [--keystrokes]

`mosaic runtime stub --help` says what it can.
";

/// What `mosaic hook --help` says.
pub const HOOK: &str = "\
Tells the supervisor what a hook of a runtime was given on standard input; never waits, never fails

Usage: mosaic hook EVENT

Mosaic puts it into the settings that it starts claude with; nobody types it.
";

/// What `mosaic pane-exec --help` says.
pub const PANE_EXEC: &str = "\
The first process in an agent's pane: starts its program, reports how it ends, and outlives no pane

Usage: mosaic pane-exec AGENT --socket SOCKET --exits DIRECTORY

The supervisor starts it in tmux; nobody types it.
";

/// What `mosaic mcp --help` says.
pub const MCP: &str = "\
An MCP server without tools, over standard input and output: it brings challenges to its client

Usage: mosaic mcp

Mosaic puts it into the configuration that it starts claude with; nobody types it.
";

/// Says it.
pub fn say(text: &str) -> ExitCode {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_help_of_the_stub_names_every_variable_that_it_reads() {
        let sources = [include_str!("stub/settings.rs"), include_str!("stub/faults.rs")].concat();
        let named = sources.split('"').filter(|text| text.starts_with("MOSAIC_STUB_"));
        let mut count = 0;
        for name in named.filter(|text| !text.contains(' ')) {
            assert!(super::STUB.contains(&format!("  {name} ")), "{name}");
            count += 1;
        }
        assert!(count > 10, "{count} names");
    }
}
