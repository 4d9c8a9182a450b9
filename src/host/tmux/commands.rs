//! Every command that this hand can send; what is not here cannot be sent.
//!
//! Five things crash a tmux server, and with it every agent. None of them can be made here:
//!
//! | what | what is here instead |
//! |---|---|
//! | `paste-buffer` into a dead pane | [`paste_if_it_takes_input`] asks in the same breath |
//! | `set -g window-size manual`, then `new-session` | [`window_size`] is of one window |
//! | `refresh-client -B` and a client that stalls | panes are told by pidfds, nothing subscribes |
//! | `refresh-client -A '%N:off'` with output queued | [`allow_output`] pauses and continues |
//! | `pipe-pane -I` and a pane that dies | [`tap`] only ever reads a pane |
//!
//! Targets are ids of tmux's own (`%1`, `@1`, `$1`) or an exact name (`=name:`), never a name that
//! tmux may complete.

use tmux_interface::{
    AllowActions, CapturePane, ClearHistory, ClientFlags, CopyMode, DeleteBuffer, DetachClient,
    DisplayMessage, IfShell, KillWindow, LinkWindow, ListClients, ListPanes, ListWindows,
    NewSession, PasteBuffer, PipePane, RefreshClient, ResizeWindow, SendKeys, SetBuffer, SetOption,
    State, TmuxCommand, UnlinkWindow,
};

use super::line::{Line, Step};
use super::new_pane::NewPane;

// === questions ===

/// When somebody last pressed a key at a terminal that shows a pane, in whole seconds. Of several
/// sessions that show it, tmux tells of the one that was used last.
pub const LAST_USE: &str = "#{session_activity}";

/// Says a format, about the session that asks.
pub fn say(format: &str) -> Step {
    step(&DisplayMessage::new().print().message(format).build())
}

/// Says a format, about a pane; about nothing where it is gone.
pub fn say_of(pane: &str, format: &str) -> Step {
    step(&DisplayMessage::new().print().target_pane(pane).message(format).build())
}

/// A line for every pane of the server.
pub fn list_panes(format: &str) -> Step {
    step(&ListPanes::new().all().format(format).build())
}

/// A line for every pane of the session of exactly this name.
pub fn list_panes_of(session: &str, format: &str) -> Step {
    step(&ListPanes::new().session().target(format!("={session}")).format(format).build())
}

/// A line for everybody who is attached to a session, named by its id or that of a pane.
pub fn list_clients(session: &str, format: &str) -> Step {
    step(&ListClients::new().target_session(session).format(format).build())
}

/// A line for everybody who is attached to anything.
pub fn list_all_clients(format: &str) -> Step {
    step(&ListClients::new().format(format).build())
}

/// Has the client of this name leave; a client's name is its terminal.
pub fn detach_client(client: &str) -> Step {
    step(&DetachClient::new().target_client(client).build())
}

/// Shows a text in the last line of every terminal that sits in a session, for as long as it
/// stands; the agent's window keeps its size, where it does not follow a terminal, and its keys stay
/// its own.
pub fn show_notice(session: &str, text: &str) -> Line {
    // Formats and times are expanded in it.
    let text = text.replace('#', "##").replace('%', "%%");
    let row = format!("#[reverse] mosaic: {text} ");
    let content = set(session).option("status-format[0]").value(row).build();
    let on = set(session).option("status").value("on").build();
    Line::of(step(&content)).then(step(&on))
}

/// Takes it away again.
pub fn hide_notice(session: &str) -> Line {
    let on = set(session).option("status").unset().build();
    let content = set(session).option("status-format[0]").unset().build();
    Line::of(step(&on)).then(step(&content))
}

/// A line for every window of the session that asks.
pub fn list_windows(format: &str) -> Step {
    step(&ListWindows::new().format(format).build())
}

/// What of a pane is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The text of its rows.
    Text,
    /// As many lines of history before it, and the text.
    TextAfter(usize),
    /// Its rows with colours and blanks at their ends.
    Rows,
    /// As many rows of history before them, and them.
    RowsAfter(usize),
    /// The rows under the alternate screen; nothing when that is off.
    RowsBelow,
    /// The beginning of an escape sequence whose end has not been read yet.
    Unfinished,
}

/// What a pane shows.
pub fn capture(pane: &str, shown: Shown) -> Step {
    let capture = CapturePane::new().stdout().target_pane(pane);
    let rows = |capture: CapturePane<'static>| capture.escape_sequences().trailing_spaces();
    let of = |pane: &str| CapturePane::new().stdout().target_pane(pane.to_owned());
    showing(&match shown {
        Shown::Text => capture.build(),
        Shown::TextAfter(count) => capture.start_line(format!("-{count}")).build(),
        Shown::Rows => rows(of(pane)).build(),
        Shown::RowsAfter(count) => rows(of(pane)).start_line(format!("-{count}")).build(),
        Shown::RowsBelow => rows(of(pane)).alternate_screen().quiet().build(),
        Shown::Unfinished => capture.pane().escape_non_printable().build(),
    })
}

/// Runs one of two lines, by a condition on a target; no shell is involved.
pub fn choose(target: &str, condition: &str, then: &Line, otherwise: &Line) -> Step {
    let mut command = IfShell::new()
        .not_execute()
        .target_pane(target)
        .shell_command(condition)
        .command(then.nested())
        .build();
    command.push_param(otherwise.nested());
    step(&command)
}

/// Runs one of two lines, by whether a pane can be written to: it is there, its process lives, its
/// input is on and goes to no other pane beside it.
pub fn choose_if_it_takes_input(pane: &str, then: &Line, otherwise: &Line) -> Step {
    let state = "#{pane_dead}#{pane_input_off}#{pane_synchronized}";
    let condition = format!("#{{&&:#{{==:#{{pane_id}},{pane}}},#{{==:{state},000}}}}");
    choose(pane, &condition, then, otherwise)
}

/// Runs one of two lines, by whether nobody has used a terminal that shows the pane since
/// [`LAST_USE`] was this, and none of these phrases stands on its screen.
pub fn choose_if_still(
    pane: &str,
    last_use: &str,
    absent: &[&str],
    then: &Line,
    otherwise: &Line,
) -> Step {
    let mut condition = format!("#{{==:{LAST_USE},{last_use}}}");
    for phrase in absent {
        condition = format!("#{{&&:{condition},#{{==:#{{C:{phrase}}},0}}}}");
    }
    choose(pane, &condition, then, otherwise)
}

// === keys and text ===

/// Fills a buffer with a text.
pub fn fill_buffer(buffer: &str, text: &str) -> Step {
    let mut fill = SetBuffer::new().buffer_name(buffer).build();
    // A text may begin with a dash.
    fill.push_param("--").push_param(text);
    step(&fill)
}

/// Drops a buffer.
pub fn drop_buffer(buffer: &str) -> Step {
    step(&DeleteBuffer::new().buffer_name(buffer).build())
}

/// Pastes a buffer, which is then no more, into a pane that takes input, and goes on with `then`;
/// else runs the other line. The question and the paste are one command: tmux 3.3a dies of a paste
/// into a dead pane, and a pane can die at any moment.
pub fn paste_if_it_takes_input(pane: &str, buffer: &str, then: Step, otherwise: &Line) -> Step {
    let paste = PasteBuffer::new().bracket_codes().no_replacement().delete();
    let paste = step(&paste.buffer_name(buffer).target_pane(pane).build());
    // In copy mode tmux looks for the wish for brackets at the wrong screen: each line of the
    // text would be an Enter.
    let line = Line::of(leave_modes(pane)).then(paste).then(then);
    choose_if_it_takes_input(pane, &line, otherwise)
}

/// Presses keys, given as bytes.
pub fn press(pane: &str, keys: &[u8]) -> Step {
    let hex = keys.iter().map(|key| format!("{key:02x}"));
    step(&hex.fold(SendKeys::new().hex().target_pane(pane), SendKeys::key).build())
}

/// Leaves every mode that a human has put the pane into; nothing happens when there is none.
pub fn leave_modes(pane: &str) -> Step {
    step(&CopyMode::new().cancel().target_pane(pane).build())
}

/// Makes the modes and the screen those of a new terminal.
pub fn reset(pane: &str) -> Step {
    // The builder calls `-R`, reset the terminal, `copy_mode`.
    step(&SendKeys::new().target_pane(pane).copy_mode().build())
}

/// Forgets what has scrolled out of a pane.
pub fn clear_history(pane: &str) -> Step {
    step(&ClearHistory::new().target_pane(pane).build())
}

/// Gives all output of a pane, from now on, to a program as its standard input; never the other way.
/// A shell reads the words.
pub fn tap(pane: &str, words: &[&str]) -> Step {
    let words: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
    // Formats and times are expanded in it.
    let command = format!("exec {}", words.join(" ")).replace('#', "##").replace('%', "%%");
    // The builder calls `-O`, the output of the pane, `stdin`, after the program that reads it.
    Step::of(&PipePane::new().target_pane(pane).stdin().shell_command(command).build().to_vec())
}

/// A word that a shell reads as it is.
fn shell_word(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

// === windows and sessions ===

/// Makes a session of this name with one pane, and says the format about it. No shell reads the
/// command when it has two words or more.
pub fn new_session(new: &NewPane<'_>, name: &str, format: &str) -> Step {
    // Formats are expanded in the directory's name.
    let directory = new.cwd.to_string_lossy().replace('#', "##");
    let mut create = NewSession::new()
        .detached()
        .print()
        .format(format)
        .session_name(name)
        .width(new.columns.into())
        .height(new.rows.into())
        .start_directory(directory)
        .build();
    create.push_param("--");
    for word in new.argv {
        create.push_param(word.as_str());
    }
    step(&create)
}

/// Marks a pane as an agent's.
pub fn mark_pane(target: &str, agent: &str) -> Step {
    step(&set(target).pane().option("@mosaic_agent").value(agent).build())
}

/// How many lines of history the next pane gets: it takes the global limit at its birth.
pub fn history_of_new_panes(lines: u32) -> Step {
    let lines = lines.to_string();
    step(&SetOption::new().global().option("history-limit").value(lines).build())
}

/// How many lines of history a session's panes keep, where tmux lets that change.
pub fn history(target: &str, lines: u32) -> Step {
    step(&set(target).option("history-limit").value(lines.to_string()).build())
}

/// Whose size a window has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowSize {
    /// Its own, whoever looks.
    Manual,
    /// That of the terminal that was used last.
    Latest,
}

/// Says whose size one window has; never what new windows have.
pub fn window_size(target: &str, size: WindowSize) -> Step {
    let value = match size {
        WindowSize::Manual => "manual",
        WindowSize::Latest => "latest",
    };
    step(&set(target).window().option("window-size").value(value).build())
}

/// Gives a window a size.
pub fn resize_window(window: &str, columns: u16, rows: u16) -> Step {
    let resize = ResizeWindow::new().target_window(window);
    step(&resize.width(columns.into()).height(rows.into()).build())
}

/// Closes a window and everything in it, in whatever sessions it is.
pub fn kill_window(window: &str) -> Step {
    step(&KillWindow::new().target_window(window).build())
}

fn set(target: &str) -> SetOption<'_> {
    SetOption::new().target_pane(target)
}

// === what is watched ===

/// Shows a window in a session too.
pub fn link_window(window: &str, session: &str) -> Step {
    let link = LinkWindow::new().detached().src_window(window);
    step(&link.dst_window(format!("{session}:")).build())
}

/// Shows a window in a session no more; one that is in no other is left.
pub fn unlink_window(window: &str, session: &str) -> Step {
    step(&UnlinkWindow::new().target_window(format!("{session}:{window}")).build())
}

/// Whether the asking client gets a pane's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// From now on.
    Continued,
    /// Not for now; tmux keeps nothing for it.
    Paused,
}

/// Lets a pane's output come, or not.
pub fn allow_output(pane: &str, output: Output) -> Step {
    let state = match output {
        Output::Continued => State::Continue,
        Output::Paused => State::Pause,
    };
    let action = AllowActions { pane: pane.to_owned().into(), state };
    step(&RefreshClient::new().allow_actions(action).build())
}

// === where our own clients sit ===

/// What one of our clients gets of the panes in its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    /// Nothing.
    Nothing,
    /// Their output; a pane whose output we have not taken for so many seconds is paused, since a
    /// client that stalls may else stall the pane.
    OutputWithin(usize),
}

/// The words of a client that attaches to a session of ours, which is made when it is missing, and
/// marks it with its role. It never has a say in sizes.
pub fn sit_in(session: &str, role: &str, hears: Hears) -> Vec<String> {
    let flags = ClientFlags { ignore_size: Some(true), ..ClientFlags::default() };
    let flags = match hears {
        Hears::Nothing => ClientFlags { no_output: Some(true), ..flags },
        Hears::OutputWithin(seconds) => ClientFlags { pause_after: Some(seconds), ..flags },
    };
    let mut create = NewSession::new().attach().session_name(session).flags(flags).build();
    // Several words are executed as they are, without a shell.
    for word in ["--", "tail", "-f", "/dev/null"] {
        create.push_param(word);
    }
    let target = format!("={session}:");
    let mark = set(&target).option("@mosaic_role").value(role).build();
    let words = |command: &TmuxCommand<'_>| -> Vec<String> {
        command.to_vec().into_iter().map(std::borrow::Cow::into_owned).collect()
    };
    [words(&create), vec![";".to_owned()], words(&mark)].concat()
}

fn step(command: &TmuxCommand<'_>) -> Step {
    Step::of(&command.to_vec())
}

/// A command whose reply holds what a pane shows.
fn showing(command: &TmuxCommand<'_>) -> Step {
    Step { shows_pane: true, ..step(command) }
}
