//! What bad input gets: what, where, what to do next, a code of its own, and nothing lost.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use nix::sys::signal::Signal;

use crate::support::{Fleet, LONG, Output, Roster, Terminal, lacking, need, signal, wait_until};

/// Every program of PATH but these, in a directory of the test.
fn path_without(fleet: &Fleet, hidden: &[&str]) -> PathBuf {
    let directory = fleet.home().join(format!("without-{}", hidden.join("-")));
    std::fs::create_dir_all(&directory).unwrap();
    for folder in std::env::split_paths(&std::env::var_os("PATH").unwrap()) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if !hidden.iter().any(|hidden| name == *hidden) {
                // The first in PATH wins, here too.
                let _there_already = symlink(entry.path(), directory.join(name));
            }
        }
    }
    directory
}

/// One row of the table.
struct Case {
    what: &'static str,
    code: i32,
    says: &'static [&'static str],
    output: Output,
}

/// The rows that need nothing to run.
fn cases_of_an_empty_fleet(fleet: &Fleet) -> Vec<Case> {
    fleet.roster_text("version: 1\nagents:\n  - name: Ada\n    runtime: stubb\n");
    let wrong = fleet.mosaic(&["fleet", "up"]);
    fleet.roster(&Roster::new().stub("ada"));
    let without = path_without(fleet, &["tmux"]);
    let old = path_without(fleet, &["tmux"]).with_file_name("old-tmux");
    std::fs::create_dir_all(&old).unwrap();
    std::fs::write(old.join("tmux"), "#!/bin/sh\necho tmux 2.9a\n").unwrap();
    std::fs::set_permissions(old.join("tmux"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let both = std::env::join_paths([&old, &without]).unwrap();
    vec![
        Case {
            what: "a wrong roster",
            code: 6,
            says: &["roster.yaml:3:11", "roster.yaml:4:14", "did you mean `stub`?"],
            output: wrong,
        },
        Case {
            what: "no supervisor",
            code: 3,
            says: &["no supervisor listens on", "mosaic fleet up"],
            output: fleet.mosaic(&["ps"]),
        },
        Case {
            what: "no tmux",
            code: 7,
            says: &["tmux", "apt install tmux"],
            output: fleet.finished(fleet.command(&["fleet", "up"]).env("PATH", &without)),
        },
        Case {
            what: "a tmux too old",
            code: 7,
            says: &["2.9a", "3.3a or newer", "Debian 12 or Ubuntu 24.04", "first on the PATH"],
            output: fleet.finished(fleet.command(&["fleet", "up"]).env("PATH", both)),
        },
        Case {
            what: "not a terminal",
            code: 9,
            says: &["needs a terminal"],
            output: fleet.mosaic(&["attach", "ada"]),
        },
        Case {
            what: "nobody to ask",
            code: 9,
            says: &["--yes"],
            output: fleet.mosaic(&["fleet", "down"]),
        },
    ]
}

/// The rows for a fleet that is up.
fn cases_of_a_fleet(fleet: &Fleet) -> Vec<Case> {
    vec![
        Case {
            what: "a wrong name",
            code: 4,
            says: &["adda", "did you mean \"ada\"?"],
            output: fleet.mosaic(&["send", "adda", "hello"]),
        },
        Case {
            what: "a name that is none",
            code: 4,
            says: &["../ps"],
            output: fleet.mosaic(&["agent", "explain", "../ps"]),
        },
        Case {
            what: "an empty text",
            code: 2,
            says: &["empty"],
            output: fleet.mosaic(&["send", "ada", ""]),
        },
        Case {
            what: "a text with a NUL byte",
            code: 2,
            says: &["NUL", "next: "],
            output: fleet.mosaic_reading(&["send", "ada"], b"a\0b"),
        },
        Case {
            what: "a directory for a roster",
            code: 6,
            says: &["read the roster", "next: "],
            output: fleet.mosaic(&["fleet", "check", "/tmp"]),
        },
    ]
}

fn judge(cases: Vec<Case>) {
    for Case { what, code, says, output } in cases {
        assert_eq!(output.code, code, "{what}: {output:?}");
        assert!(output.stderr.starts_with("mosaic: "), "{what}: {output:?}");
        assert!(!output.stderr.contains("panicked"), "{what}: {output:?}");
        for part in says {
            assert!(output.stderr.contains(part), "{what}: {part:?} in {output:?}");
        }
    }
}

#[test]
fn each_mistake_has_its_sentence_and_its_code() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    judge(cases_of_an_empty_fleet(&fleet));
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    judge(cases_of_a_fleet(&fleet));
    fleet.health("ada", "healthy");
}

#[test]
fn a_foreign_owner_of_the_state_directory_is_refused() {
    if !need("tmux") || !need("root") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada"));
    let state = fleet.home().join("state");
    std::fs::create_dir(&state).unwrap();
    std::os::unix::fs::chown(&state, Some(12_345), None).unwrap();
    judge(vec![Case {
        what: "a foreign owner",
        code: 8,
        says: &["belongs to uid 12345"],
        output: fleet.mosaic(&["fleet", "up"]),
    }]);
}

#[test]
fn a_missing_runtime_is_said_and_the_others_run() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada").agent("eve", "runtime: claude"));
    let path = path_without(&fleet, &["claude"]);
    let output = fleet.finished(fleet.command(&["fleet", "up"]).env("PATH", path));
    assert_ne!(output.code, 0, "{output:?}");
    assert!(output.stderr.contains("eve"), "{output:?}");
    let said = fleet.mosaic(&["agent", "explain", "eve"]).ended(0);
    assert!(said.stdout.contains("claude"), "{said:?}");
    fleet.health("ada", "healthy");
}

#[test]
fn a_full_disk_refuses_commands_and_keeps_the_agents() {
    if !need("tmux") || !need("root") {
        return;
    }
    let fleet = Fleet::new();
    let state = fleet.home().join("state");
    std::fs::create_dir(&state).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m,mode=0700", "mosaic-test"])
        .arg(&state)
        .output();
    if !mounted.is_ok_and(|done| done.status.success()) {
        return lacking("the right to mount");
    }
    let _mounted = Mounted(state.clone());
    fleet.roster(&Roster::new().stub("ada"));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let agent = fleet.pid("ada");
    // Until nothing fits any more.
    let filled = std::fs::write(state.join("filling"), vec![1u8; 8 << 20]);
    assert!(filled.is_err());
    let mut refused = None;
    wait_until("a refusal", LONG, || {
        let output = fleet.mosaic(&["send", "ada", &"x".repeat(30_000)]);
        let is_refused = output.code != 0;
        refused = is_refused.then_some(output);
        is_refused
    });
    judge(vec![Case { what: "a full disk", code: 1, says: &["full"], output: refused.unwrap() }]);
    assert!(crate::support::is_alive(agent), "the agent lives on");
    std::fs::remove_file(state.join("filling")).unwrap();
    wait_until("commands again", LONG, || fleet.mosaic(&["send", "ada", "again"]).code == 0);
    assert_eq!(fleet.pid("ada"), agent);
}

/// A file system that goes when the test ends; lazily, because the fleet on it ends after.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _gone = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn ctrl_c_ends_every_verb_with_130_and_loses_nothing() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let supervisor = fleet.supervisor();
    // A supervisor that does not answer keeps every verb waiting.
    signal(supervisor, Signal::SIGSTOP);
    let verbs: &[&[&str]] = &[
        &["ps"],
        &["fleet", "up"],
        &["agent", "list"],
        &["agent", "start", "ada"],
        &["agent", "explain", "ada"],
        &["events"],
        &["events", "--follow"],
        &["watch", "ada"],
        &["send", "ada", "hello", "--verify"],
        &["fleet", "down", "--yes"],
    ];
    for verb in verbs {
        let running = fleet.background(verb);
        // It is waiting once it has its connection.
        wait_until("a connection", LONG, || {
            let descriptors = std::fs::read_dir(format!("/proc/{}/fd", running.pid()));
            descriptors.is_ok_and(|all| {
                all.flatten()
                    .filter(|one| {
                        std::fs::read_link(one.path())
                            .is_ok_and(|to| to.to_string_lossy().starts_with("socket:"))
                    })
                    .count()
                    >= 1
            })
        });
        // Before that the signal is the shell's affair, which may have it ignored. What only asks and
        // holds nothing is ended by the signal itself, which a shell tells as 130 too.
        let is_ended_by_it = matches!(verb, ["ps"] | ["agent", "list"]);
        wait_until("a handler of Ctrl-C", LONG, || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", running.pid()));
            let status = status.unwrap_or_default();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            is_ended_by_it
                || caught.is_some_and(|set| u64::from_str_radix(set.trim(), 16).unwrap() & 2 != 0)
        });
        running.signal(Signal::SIGINT);
        let output = running.end();
        assert_eq!(output.code, 130, "{verb:?}: {output:?}");
        assert!(!output.stderr.contains("panicked"), "{verb:?}: {output:?}");
    }
    signal(supervisor, Signal::SIGCONT);
    // Nobody had read what was asked, and nobody waits for it: it is not done.
    fleet.health("ada", "healthy");
    assert_eq!(fleet.supervisor(), supervisor);
    assert_eq!(fleet.count("ada", "message.queued"), 0);
    let terminal = Terminal::running(fleet.home(), (80, 24), "", "watch ada");
    terminal.shows("healthy");
    terminal.press(&["C-c"]);
    terminal.shows("[ended 130]");
    // The key goes to the shell too, which is to live.
    let terminal = Terminal::running(fleet.home(), (80, 24), "trap : INT;", "fleet down");
    terminal.shows("Stop every agent and the supervisor? [y/N]");
    terminal.press(&["C-c"]);
    terminal.shows("[ended 130]");
    assert_eq!(fleet.supervisor(), supervisor);
}
