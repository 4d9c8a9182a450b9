//! What lives on our socket and is not ours: shown, and never touched.

use std::process::Command;

use serde_json::json;

use crate::support::{Fleet, LONG, Roster, is_alive, need, wait_until};

/// Asks the fleet's tmux server, as its user might.
fn tmux(fleet: &Fleet, arguments: &[&str]) -> String {
    let mut command = Command::new("tmux");
    command.args(["-N", "-S"]).arg(fleet.state("tmux.sock")).args(arguments).env_remove("TMUX");
    let output = fleet.finished(&mut command).ended(0);
    output.stdout.trim_end().to_owned()
}

/// Makes a session of a stranger; its pane and its process.
fn stranger(fleet: &Fleet, name: &str) -> (String, u32) {
    let format = "#{pane_id} #{pane_pid}";
    let said =
        tmux(fleet, &["new-session", "-d", "-P", "-F", format, "-s", name, "exec sleep 1000"]);
    let (pane, pid) = said.split_once(' ').unwrap();
    (pane.to_owned(), pid.parse().unwrap())
}

/// All that tmux says of a session, but for what changes by itself.
fn picture(fleet: &Fleet, session: &str) -> String {
    let format = "#{session_id} #{session_name} #{session_windows} #{session_attached} \
        #{window_id} #{window_name} #{window_size} #{window_width}x#{window_height} \
        #{window_panes} #{pane_id} #{pane_pid} #{pane_dead} #{pane_in_mode} #{pane_input_off} \
        #{pane_pipe} #{history_limit} #{@mosaic_agent} #{@mosaic_role}";
    let said = tmux(fleet, &["list-panes", "-s", "-t", session, "-F", format]);
    said + &tmux(fleet, &["capture-pane", "-p", "-t", session])
}

#[test]
fn a_strangers_session_is_shown_and_no_verb_touches_it() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").command("cyd", "exec sleep 1000"));
    let (pane, pid) = stranger(&fleet, "scratch");
    let row = fleet.row("scratch");
    assert_eq!(row["managed"], false);
    assert_eq!((&row["health"], &row["lifecycle"]), (&json!("unknown"), &json!("unknown")));
    assert_eq!((&row["pid"], &row["pane"]["id"]), (&json!(pid), &json!(pane)));
    assert_eq!(fleet.row("ada")["managed"], true);
    let before = picture(&fleet, "scratch");

    fleet.roster(&Roster::new().stub("ada").command("cyd", "exec sleep 1001").stub("dee"));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet.mosaic(&["agent", "restart", "ada"]).ended(0);
    fleet.health("ada", "healthy");
    fleet.mosaic(&["agent", "stop", "cyd"]).ended(0);
    wait_until("cyd exited", LONG, || fleet.row("cyd")["lifecycle"] == "exited");
    fleet.mosaic(&["send", "ada", "hello", "--verify"]).ended(0);
    for verb in [
        &["agent", "stop", "scratch"][..],
        &["agent", "restart", "scratch"],
        &["send", "scratch", "hello"],
        &["watch", "scratch"],
        &["attach", "scratch"],
    ] {
        assert_ne!(fleet.mosaic(verb).code, 0, "{verb:?} is for agents only");
    }
    assert_eq!(picture(&fleet, "scratch"), before);

    fleet.kill_supervisor();
    fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!(fleet.row("scratch")["managed"], false);
    assert_eq!(picture(&fleet, "scratch"), before);
    assert_eq!(fleet.count("scratch", "pane.created"), 0);
}

#[test]
fn down_ends_what_is_ours_and_leaves_a_stranger_with_its_server() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let agent = fleet.pid("ada");
    let (_, pid) = stranger(&fleet, "scratch");
    let before = picture(&fleet, "scratch");
    let server = tmux(&fleet, &["display-message", "-p", "#{pid}"]);
    fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    assert!(!is_alive(agent) && is_alive(pid));
    assert_eq!(picture(&fleet, "scratch"), before);
    let left = tmux(&fleet, &["list-sessions", "-F", "#{session_name}"]);
    assert!(left.lines().all(|name| ["mosaic-hub", "scratch"].contains(&name)), "{left}");

    fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!(tmux(&fleet, &["display-message", "-p", "#{pid}"]), server, "no second server");
    fleet.health("ada", "healthy");
    assert_eq!(fleet.row("scratch")["managed"], false);
    assert_eq!(picture(&fleet, "scratch"), before);
}

#[test]
fn a_stranger_with_the_name_of_an_agent_is_not_that_agent() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let (pane, pid) = stranger(&fleet, "bob");
    let before = picture(&fleet, "bob");
    fleet.roster(&Roster::new().stub("ada").stub("bob"));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let rows = fleet.ps()["rows"].as_array().unwrap().clone();
    let bobs: Vec<_> = rows.iter().filter(|row| row["agent"] == "bob").collect();
    let [ours, strange] = bobs[..] else { panic!("{bobs:?}") };
    assert_eq!((&ours["managed"], &ours["health"]), (&json!(true), &json!("healthy")));
    assert_eq!((&strange["managed"], &strange["pid"]), (&json!(false), &json!(pid)));
    assert_ne!(ours["pane"]["id"], json!(pane));
    fleet.mosaic(&["send", "bob", "hello", "--verify"]).ended(0);
    fleet.mosaic(&["agent", "stop", "bob"]).ended(0);
    wait_until("bob exited", LONG, || {
        let rows = fleet.ps()["rows"].as_array().unwrap().clone();
        rows.iter().any(|row| row["agent"] == "bob" && row["lifecycle"] == "exited")
    });
    assert_eq!(picture(&fleet, "=bob:"), before);
    assert!(is_alive(pid));
}
