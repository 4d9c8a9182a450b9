//! `ps`: what it calls healthy has answered, and what died is not shown alive.

use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{Fleet, LONG, Roster, Terminal, need, signal, wait_until};

#[test]
fn a_frozen_agent_leaves_healthy_while_its_pane_and_process_live() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    let agent = fleet.pid("ada");
    signal(agent, Signal::SIGSTOP);
    wait_until("ada not healthy", LONG, || fleet.row("ada")["health"] != "healthy");
    let row = fleet.row("ada");
    assert_eq!((&row["pane"]["alive"], &row["process"]["state"]), (&json!(true), &json!("T")));
    assert_eq!(row["lifecycle"], "running");
    // One table shows both, if not at every moment of a busy machine.
    wait_until("bob healthy beside ada", LONG, || {
        let ps = fleet.ps();
        let is_healthy = |at: usize| ps["rows"][at]["health"] == "healthy";
        !is_healthy(0) && is_healthy(1)
    });
    signal(agent, Signal::SIGCONT);
    fleet.health("ada", "healthy");
    assert_eq!(fleet.pid("ada"), agent, "nobody restarted it");
}

#[test]
fn what_died_is_not_shown_alive_fifty_milliseconds_later() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().agent("ada", "runtime: stub, restart: {policy: never}"));
    let agent = fleet.pid("ada");
    signal(agent, Signal::SIGKILL);
    let killed = Instant::now();
    // The promise is about this moment, so that waiting for it is the test.
    std::thread::sleep(Duration::from_millis(50));
    let row = fleet.row("ada");
    assert!(row["pid"].is_null(), "after {:?}: {row}", killed.elapsed());
    assert_eq!(
        (&row["lifecycle"], &row["pane"]["alive"]),
        (&json!("exited"), &json!(false)),
        "{row}"
    );
}

#[test]
fn the_pid_is_the_agents_own_process() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let told = fleet.workspace().join("pid");
    fleet.roster(
        &Roster::new().command("cyd", &format!("echo $$ > {}; exec sleep 1000", told.display())),
    );
    fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("the pid", LONG, || {
        std::fs::read_to_string(&told).is_ok_and(|text| text.ends_with('\n'))
    });
    let own: u32 = std::fs::read_to_string(told).unwrap().trim().parse().unwrap();
    assert_eq!(fleet.pid("cyd"), own);
}

#[test]
fn the_reply_has_every_field_of_its_shape() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let ps = fleet.ps();
    assert_eq!(ps["schema_version"], 1);
    assert!(ps["as_of_seq"].as_u64().unwrap() > 0);
    assert_eq!(ps["supervisor"]["kept_by"], "detached");
    let row = fleet.row("ada");
    for path in [
        "tenant",
        "host",
        "agent",
        "managed",
        "role",
        "runtime",
        "lifecycle",
        "health",
        "pid",
        "session/id",
        "session/since",
        "pane/id",
        "pane/alive",
        "pane/exit",
        "unit/state",
        "process/state",
        "process/cpu",
        "process/memory",
        "activity/state",
        "heartbeat/age_ms",
        "heartbeat/rtt_ms",
        "heartbeat/within_ms",
        "drift",
        "boot/wanted",
        "boot/effective",
        "boot/missing",
    ] {
        assert!(row.pointer(&format!("/{path}")).is_some(), "{path} in {row}");
    }
    assert!(row["heartbeat"]["age_ms"].as_u64().unwrap() <= 1500);
    let sent = fleet.mosaic(&["send", "ada", "hello", "--verify", "--json"]).ended(0);
    let receipt: Value = serde_json::from_str(&sent.stdout).unwrap();
    for part in ["tenant", "host"] {
        assert!(row[part].as_str().is_some_and(|label| !label.is_empty()), "{part} in {row}");
        assert_eq!((&ps["supervisor"][part], &receipt[part]), (&row[part], &row[part]));
    }
}

#[test]
fn what_runs_on_our_socket_and_is_not_ours_is_shown() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let made = Command::new("tmux")
        .args(["-N", "-S"])
        .arg(fleet.state("tmux.sock"))
        .args(["new-session", "-d", "-s", "scratch", "sleep 1000"])
        .env_remove("TMUX")
        .status();
    assert!(made.unwrap().success());
    wait_until("the foreign session", LONG, || {
        fleet.ps()["rows"].as_array().unwrap().iter().any(|row| row["agent"] == "scratch")
    });
    let row = fleet.row("scratch");
    assert_eq!((&row["managed"], &row["health"]), (&json!(false), &json!("unknown")));
    let output = fleet.mosaic(&["ps"]).ended(0);
    assert!(output.stdout.contains("unmanaged"), "{output:?}");
}

#[test]
fn when_our_tmux_server_dies_every_row_flips_and_every_agent_comes_back() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    let before = (fleet.pid("ada"), fleet.pid("bob"));
    let ended = Command::new("tmux")
        .args(["-N", "-S"])
        .arg(fleet.state("tmux.sock"))
        .arg("kill-server")
        .env_remove("TMUX")
        .status();
    assert!(ended.unwrap().success());
    for (agent, pid) in [("ada", before.0), ("bob", before.1)] {
        wait_until("a new life", LONG, || {
            let row = fleet.row(agent);
            row["health"] == "healthy" && row["pid"].as_u64() != Some(u64::from(pid))
        });
    }
}

#[test]
fn why_nothing_was_started_does_not_fill_the_table() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let never = "runtime: command, command: no-such-program, restart: {policy: never}";
    fleet.roster(&Roster::new().stub("ada").agent("eve", never));
    fleet.mosaic(&["fleet", "up"]).ended(1);
    let table = fleet.finished(fleet.command(&["ps"]).env("COLUMNS", "100")).ended(0).stdout;
    assert!(table.contains("dead (not started)") && table.contains("HEARTBEAT"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let wide = fleet.mosaic(&["ps", "--wide"]).ended(0).stdout;
    assert!(wide.contains("no-such-program"), "{wide}");
}

#[test]
fn a_table_that_stays_hears_of_starts_stops_and_the_next_supervisor() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let terminal = Terminal::running(fleet.home(), (120, 10), "", "ps --watch");
    terminal.shows("1 agent: 1 healthy");
    fleet.roster(&Roster::new().stub("ada").stub("bob"));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    terminal.shows("2 agents: 2 healthy");
    fleet.mosaic(&["agent", "stop", "bob"]).ended(0);
    terminal.shows("1 healthy, 1 stopped");
    let supervisor = fleet.supervisor();
    fleet.kill_supervisor();
    terminal.shows("the supervisor does not answer");
    fleet.mosaic(&["fleet", "up"]).ended(0);
    terminal.shows("2 agents: 2 healthy");
    assert_ne!(fleet.supervisor(), supervisor);
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
}

#[test]
fn the_table_that_the_supervisor_draws_is_that_of_its_rows() {
    if !need("tmux") {
        return;
    }
    let roster = Roster::new().stub("ada").command("cyd", "exec sleep 1000");
    let fleet = Fleet::up(&roster);
    // Ages and figures differ from one look to the next, and with them the widths of columns.
    let words = |text: &str| -> Vec<String> {
        let is_figure = |c: char| c.is_ascii_digit() || c == '.';
        let line = |line: &str| line.replace(is_figure, "").split_whitespace().collect();
        text.lines().map(line).collect()
    };
    for options in [&["--color", "never"][..], &["--color", "always"]] {
        wait_until("the same twice", LONG, || {
            let drawn = fleet.mosaic(&[options, &["ps"]].concat()).ended(0).stdout;
            // In the order of the roster, and drawn by who asks.
            let here =
                fleet.mosaic(&[options, &["ps", "--sort", "agent"]].concat()).ended(0).stdout;
            assert!(drawn.contains("ada") && drawn.contains("agents: "), "{drawn}");
            words(&drawn) == words(&here)
        });
    }
}
