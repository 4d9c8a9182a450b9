//! Health is what claude itself answers: not its MCP server, not its pane.

use nix::sys::signal::Signal;

use super::Line;
use crate::support::{LONG, is_alive, signal, wait_until};

#[test]
fn a_frozen_claude_leaves_healthy_though_its_channel_lives_and_comes_back() {
    let line = Line::up();
    let (claude, channel) = (line.fleet.pid("ada"), line.channel());
    signal(claude, Signal::SIGSTOP);
    wait_until("ada unresponsive", LONG, || line.fleet.row("ada")["health"] == "unresponsive");
    let row = line.fleet.row("ada");
    assert_eq!((&row["lifecycle"], &row["pane"]["alive"]), (&"running".into(), &true.into()));
    assert_eq!((&row["process"]["state"], &row["pid"]), (&"T".into(), &claude.into()));
    assert_eq!(row["heartbeat"]["channel"], "mcp", "its channel is open: {row}");
    assert!(is_alive(channel));
    signal(claude, Signal::SIGCONT);
    line.fleet.health("ada", "healthy");
    assert_eq!((line.fleet.pid("ada"), line.channel()), (claude, channel));
    assert_eq!(line.events("session.exited").len(), 0);
    line.send("are you there?");
}

#[test]
fn a_channel_that_dies_is_lost_and_claude_lives_until_a_person_brings_it_back() {
    let line = Line::up();
    let (claude, channel) = (line.fleet.pid("ada"), line.channel());
    signal(channel, Signal::SIGKILL);
    line.fleet.health("ada", "unknown");
    let row = line.fleet.row("ada");
    assert_eq!((&row["lifecycle"], &row["pid"]), (&"running".into(), &claude.into()));
    let reason = row["health_reason"].as_str().unwrap();
    assert!(reason.contains("the channel to the runtime is lost"), "{reason}");
    assert!(row["heartbeat"]["channel"].is_null(), "{row}");
    assert!(is_alive(claude));
    let output = line.send_waits("are you there?");
    assert!(output.stderr.contains("its runtime has opened no channel"), "{output:?}");

    line.by_hand("❯", &["/mcp reconnect mosaic", "Enter"], |_| {
        line.fleet.row("ada")["health"] == "healthy"
    });
    line.hears("are you there?");
    assert_eq!(line.told("are you there?"), 1);
    assert_eq!(line.events("session.exited").len(), 0);
    assert_eq!(line.fleet.pid("ada"), claude);
}
