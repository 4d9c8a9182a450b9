//! Healthy means that claude's own loop answered.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::ground::Ground;
use crate::supervisor::Supervisor;

#[test]
fn claude_answers_challenges_when_idle_and_while_its_model_talks() {
    let ground = Ground::new();
    ground.start_ready();
    ground.supervisor().challenge("idle-1");
    ground.supervisor().answer("idle-1");

    ground.send("busy", "[[hold]]");
    ground.wait_for("the prompt at the model", || {
        ground.model.prompts().iter().any(|prompt| prompt.contains("[[hold]]")).then_some(())
    });
    for nonce in ["busy-1", "busy-2"] {
        ground.supervisor().challenge(nonce);
        ground.supervisor().answer(nonce);
    }
    ground.model.release();
}

#[test]
fn a_frozen_claude_answers_nothing_though_its_mcp_server_lives() {
    let mut ground = Ground::new();
    let claude = ground.start_ready();
    let server = mcp_server(claude);

    kill(pid(claude), Signal::SIGSTOP).unwrap();
    ground.wait_for("every thread to stand still", || {
        let tasks = fs::read_dir(format!("/proc/{claude}/task")).unwrap().flatten();
        tasks.map(|task| state(&task.path())).all(|state| state == 'T').then_some(())
    });
    // More than its pipe to claude can hold: a server that wrote them all would stand still too.
    for number in 0..20_000 {
        ground.supervisor().challenge(&format!("frozen-{number}"));
    }
    let answered =
        ground.supervisor().frame_within(Duration::from_secs(2), |frame| frame["type"] == "answer");
    assert_eq!(answered, None);
    let server = state(Path::new(&format!("/proc/{server}")));
    assert_eq!(server, 'S', "the MCP server waits in its loop");
    ground.supervisor = None;
    ground.supervisor = Some(Supervisor::start(&ground.path("guest.sock")));
    ground.supervisor().ready();

    kill(pid(claude), Signal::SIGCONT).unwrap();
    ground.supervisor().challenge("thawed");
    ground.supervisor().answer("thawed");
}

#[test]
fn a_new_supervisor_is_told_that_claude_can_be_asked() {
    let mut ground = Ground::new();
    ground.start_ready();
    ground.supervisor = None;
    ground.supervisor = Some(Supervisor::start(&ground.path("guest.sock")));
    ground.supervisor().ready();
    ground.supervisor().challenge("again");
    ground.supervisor().answer("again");
    let hello = ground.supervisor().frame("hello", |frame| frame["role"] == "mcp");
    assert_eq!((&hello["agent"], &hello["token"]), (&"ada".into(), &"a-token".into()));
}

#[test]
fn the_mcp_server_leaves_with_claude() {
    let ground = Ground::new();
    let claude = ground.start_ready();
    let server = mcp_server(claude);
    kill(pid(claude), Signal::SIGKILL).unwrap();
    ground.wait_for("the end of the MCP server", || {
        (!fs::exists(format!("/proc/{server}")).unwrap()).then_some(())
    });
}

/// The letter of a process or thread.
fn state(task: &Path) -> char {
    let stat = fs::read_to_string(task.join("stat")).unwrap();
    stat.rsplit_once(") ").unwrap().1.chars().next().unwrap()
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(number.try_into().unwrap())
}

/// The `mosaic mcp` that claude started.
pub fn mcp_server(claude: u32) -> u32 {
    let tasks = fs::read_dir(format!("/proc/{claude}/task")).unwrap();
    let children = tasks.flatten().flat_map(|task| {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        children.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    });
    let is_ours = |child: &String| {
        let words = fs::read_to_string(format!("/proc/{child}/cmdline")).unwrap_or_default();
        words.ends_with("\0mcp\0")
    };
    children.into_iter().find(is_ours).expect("claude started mosaic mcp").parse().unwrap()
}
