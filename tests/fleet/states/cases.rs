//! The table: every state in which a terminal was ever found when a message came, and what becomes
//! of the message by keystrokes. Over a channel it is accepted in all of them.

use nix::sys::signal::Signal;

use super::stage::Stage;
use crate::support::{LONG, wait_until};

/// What becomes of a message by keystrokes.
pub enum Fate {
    /// It is accepted at once.
    Accepted,
    /// It waits, with this in its reason, until the state is over.
    Waits(&'static str),
}

/// A state of a terminal.
pub struct State {
    pub name: &'static str,
    pub enter: fn(&Stage<'_>),
    pub fate: Fate,
    /// Ends it, as a person does.
    pub leave: fn(&Stage<'_>),
    /// What a person has written meanwhile, and submits at the end.
    pub draft: Option<&'static str>,
}

use Fate::{Accepted, Waits};

/// All of them.
pub fn states() -> Vec<State> {
    [modes(), terminals(), sizes(), processes(), drafts()].into_iter().flatten().collect()
}

fn state(name: &'static str, enter: fn(&Stage<'_>), fate: Fate, leave: fn(&Stage<'_>)) -> State {
    State { name, enter, fate, leave, draft: None }
}

/// A mode of tmux, which a message ends.
fn mode(name: &'static str, enter: fn(&Stage<'_>)) -> State {
    state(name, enter, Accepted, |stage| stage.tmux(&["copy-mode", "-q"]))
}

fn modes() -> Vec<State> {
    vec![
        mode("copy mode", |stage| {
            stage.tmux(&["copy-mode"]);
            stage.is("pane_mode", "copy-mode");
        }),
        mode("copy mode, scrolled back and selecting", |stage| {
            stage.tmux(&["copy-mode", "-e"]);
            stage.tmux(&["send-keys", "-X", "begin-selection"]);
            stage.tmux(&["send-keys", "-X", "-N", "9", "cursor-up"]);
            stage.is("selection_present", "1");
        }),
        mode("copy mode that searches", |stage| {
            stage.tmux(&["copy-mode"]);
            stage.tmux(&["send-keys", "-X", "search-backward", "stub"]);
            stage.is("pane_mode", "copy-mode");
        }),
        mode("view mode", |stage| {
            stage.tmux(&["run-shell", "-b", "echo to be read"]);
            stage.is("pane_mode", "view-mode");
        }),
        mode("a clock", |stage| {
            stage.tmux(&["clock-mode"]);
            stage.is("pane_mode", "clock-mode");
        }),
        mode("a tree of sessions", |stage| {
            stage.tmux(&["choose-tree"]);
            stage.is("pane_mode", "tree-mode");
        }),
        mode("two modes over each other", |stage| {
            stage.tmux(&["choose-tree"]);
            stage.tmux(&["copy-mode"]);
            stage.is("pane_in_mode", "2");
        }),
    ]
}

fn terminals() -> Vec<State> {
    let redraws = |stage: &Stage<'_>| stage.signal(Signal::SIGCONT);
    vec![
        state(
            "the alternate screen was left",
            |stage| {
                stage.print("\x1b[?1049l\x1b[2J\x1b[H$ ");
                stage.shows("$");
            },
            Waits("composer is not on its screen"),
            redraws,
        ),
        state(
            "another program has drawn over it",
            |stage| {
                stage.print("\x1b[2J\x1b[Hsomebody's editor");
                stage.shows("somebody's editor");
            },
            Waits("composer is not on its screen"),
            redraws,
        ),
        state("bracketed paste is off", |stage| stage.print("\x1b[?2004l"), Accepted, redraws),
        state(
            "the input is switched off",
            |stage| stage.tmux(&["select-pane", "-d"]),
            Waits("is switched off"),
            |stage| stage.tmux(&["select-pane", "-e"]),
        ),
        state(
            "what is typed goes to the pane beside it, too",
            |stage| {
                let beside = stage.fleet.workspace().join("beside");
                stage.tmux(&["split-window", "-d", &format!("cat > '{}'", beside.display())]);
                wait_until("the pane beside", LONG, || beside.exists());
                stage.tmux(&["set", "-w", "synchronize-panes", "on"]);
            },
            Waits("goes to the panes beside it"),
            |stage| {
                stage.tmux(&["set", "-w", "synchronize-panes", "off"]);
                stage.tmux(&["kill-pane", "-a"]);
                let beside = std::fs::read_to_string(stage.fleet.workspace().join("beside"));
                assert_eq!(beside.unwrap(), "", "keys went to the pane beside");
            },
        ),
        state("a reader of its output has paused it", |stage| stage.pause(), Accepted, |_| {}),
    ]
}

fn sizes() -> Vec<State> {
    let back = |stage: &Stage<'_>| stage.resize(80, 24);
    vec![
        state("narrower than the tag", |stage| stage.resize(14, 12), Accepted, back),
        state("a few columns", |stage| stage.resize(6, 20), Accepted, back),
        state(
            "too low for its composer",
            |stage| stage.resize(30, 2),
            Waits("not on its screen"),
            back,
        ),
        state("one cell", |stage| stage.resize(1, 1), Waits("not on its screen"), back),
        state("a large one", |stage| stage.resize(400, 100), Accepted, back),
    ]
}

fn processes() -> Vec<State> {
    vec![state(
        "its process is stopped",
        |stage| stage.signal(Signal::SIGSTOP),
        Waits("is stopped"),
        |stage| stage.signal(Signal::SIGCONT),
    )]
}

/// What a person has begun to write, as the keys that do it.
fn drafts() -> Vec<State> {
    let blanks = state(
        "a draft of blanks",
        |stage| {
            stage.tmux(&["send-keys", "-l", "   "]);
            stage.is("cursor_x", "5");
        },
        Waits("draft"),
        |stage| stage.tmux(&["send-keys", "C-c"]),
    );
    let draft = |name, text, enter| State {
        name,
        enter,
        fate: Waits("draft"),
        leave: |stage| stage.tmux(&["send-keys", "Enter"]),
        draft: Some(text),
    };
    vec![
        blanks,
        draft("a draft", "half a thought", |stage| stage.writes("half a thought")),
        draft("a draft of one letter", "y", |stage| stage.writes("y")),
        draft("a draft of two lines", "one\ntwo", |stage| {
            stage.writes("one");
            stage.tmux(&["send-keys", "C-j"]);
            stage.writes("two");
        }),
        draft("a draft that begins with a line end", "\ntwo", |stage| {
            stage.tmux(&["send-keys", "C-j"]);
            stage.writes("two");
        }),
        draft("a wide draft", "日本語の下書き é", |stage| stage.writes("日本語の下書き é")),
        draft("a draft like a composer", "> | x", |stage| stage.writes("> | x")),
        draft("a draft with the cursor at its front", "later", |stage| {
            stage.writes("later");
            stage.tmux(&["send-keys", "Home"]);
        }),
    ]
}
