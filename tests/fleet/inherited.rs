//! What an agent gets from us: a terminal three times and the documented environment; no file,
//! socket or lock of the supervisor or of whoever started it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

use crate::support::{Fleet, LONG, Roster, marked, need, signal, tmux_server, wait_until};

/// Where the open files of a process lead to, by their numbers.
fn files(pid: u32) -> Vec<(u32, String)> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let mut files: Vec<(u32, String)> = entries
        .filter_map(|entry| {
            let place = std::fs::read_link(entry.path()).ok()?;
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, place.to_string_lossy().into_owned()))
        })
        .collect();
    files.sort();
    files
}

/// A verb of somebody who holds a file open that says nothing of what becomes of it at an exec.
fn with_an_open_file(fleet: &Fleet, verb: &[&str], file: &Path) -> Command {
    let mut command = Command::new("sh");
    let inner = fleet.command(verb);
    command.arg("-c").arg(format!("exec 9>'{}'; exec \"$0\" \"$@\"", file.display()));
    command.arg(inner.get_program()).args(inner.get_args()).env_clear();
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

/// Who of the fleet holds a file open, by their command lines.
fn holders(fleet: &Fleet, file: &Path) -> Vec<String> {
    let server = tmux_server(fleet);
    let ours: BTreeSet<u32> = marked(fleet.home()).into_iter().chain([server]).collect();
    assert!(ours.len() >= 5, "supervisor, server, two panes, an agent: {ours:?}");
    let held = file.to_string_lossy();
    let holders = ours.into_iter().filter(|pid| files(*pid).iter().any(|(_, at)| *at == held));
    let words = holders.map(|pid| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap());
    words.map(|words| words.replace('\0', " ")).collect()
}

#[test]
fn an_agent_has_its_terminal_and_no_file_of_ours() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", "exec sleep 1000"));
    for life in 0..2 {
        let agent = fleet.pid("cyd");
        wait_until("its own program", LONG, || {
            std::fs::read_to_string(format!("/proc/{agent}/comm")).unwrap() == "sleep\n"
        });
        let files = files(agent);
        let numbers: Vec<u32> = files.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [0, 1, 2], "life {life}: {files:?}");
        assert!(files.iter().all(|(_, place)| place.starts_with("/dev/pts/")), "{files:?}");
        fleet.mosaic(&["agent", "restart", "cyd"]).ended(0);
        wait_until("its next life", LONG, || {
            let row = fleet.row("cyd");
            row["lifecycle"] == "running" && row["pid"].as_u64() != Some(u64::from(agent))
        });
    }
}

#[test]
fn what_the_caller_of_up_holds_open_is_held_by_nobody_afterwards() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada").command("cyd", "exec sleep 1000"));
    let file = fleet.workspace().join("held");
    fleet.finished(&mut with_an_open_file(&fleet, &["fleet", "up"], &file)).ended(0);
    assert_eq!(holders(&fleet, &file), [""; 0]);
}

#[test]
fn what_the_caller_of_supervise_holds_open_is_not_held_by_the_fleet() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada").command("cyd", "exec sleep 1000"));
    let file = fleet.workspace().join("held");
    let mut supervise = with_an_open_file(&fleet, &["supervise"], &file);
    let mut supervise = supervise.stderr(Stdio::null()).spawn().unwrap();
    wait_until("an answer", LONG, || fleet.mosaic(&["ps"]).code == 0);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!(holders(&fleet, &file), [""; 0]);
    signal(supervise.id(), Signal::SIGTERM);
    supervise.wait().unwrap();
}

#[test]
fn an_agents_environment_holds_nothing_of_ours_but_what_is_documented() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    // No shell, which sets variables of its own.
    let keys = "runtime: command, command: sleep, args: [\"1000\"]";
    fleet.roster(&Roster::new().agent("cyd", keys));
    let mut up = fleet.command(&["fleet", "up"]);
    let secrets =
        ["TMUX", "TMUX_PANE", "NOTIFY_SOCKET", "LISTEN_FDS", "OTEL_EXPORTER_OTLP_HEADERS"];
    for name in secrets {
        up.env(name, "a secret");
    }
    fleet.finished(up.env("TMUX", "/nowhere,1,0")).ended(0);
    let agent = fleet.pid("cyd");
    let environment = std::fs::read_to_string(format!("/proc/{agent}/environ")).unwrap();
    let names: BTreeSet<&str> = environment
        .split_terminator('\0')
        .filter_map(|pair| Some(pair.split_once('=')?.0))
        .collect();
    let documented = [
        "COLORTERM",
        "HOME",
        "LANG",
        "LOGNAME",
        "MOSAIC_AGENT",
        "MOSAIC_HEARTBEAT_SOCKET",
        "MOSAIC_HOST",
        "MOSAIC_SESSION",
        "MOSAIC_SESSION_TOKEN",
        "MOSAIC_TENANT",
        "PATH",
        "SHELL",
        "TERM",
        "USER",
    ];
    let names: Vec<&str> = names.into_iter().filter(|name| *name != "TRACEPARENT").collect();
    assert_eq!(names, documented);
    // Documented where people look for it: TRACEPARENT with them.
    let page =
        include_str!("../../docs/runtimes.md").to_owned() + include_str!("../../docs/heartbeat.md");
    for name in documented.iter().filter(|name| name.starts_with("MOSAIC_")) {
        assert!(page.contains(name), "{name} is in no document");
    }
}
