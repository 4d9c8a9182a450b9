//! What a roster may say beyond a name and a program, seen in a fleet that runs.

use std::fs;

use serde_json::json;

use crate::support::{Fleet, LONG, Roster, need, pane, tmux, tmux_server, wait_until};

const OWN: &str = "\
roles:
  builder: {description: builds things, runtime: fake, labels: {team: core}}
runtimes:
  fake: {extends: stub, env: {FROM: runtime}, limits: {memory: 1GiB}}
  sleeper: {command: sleep, args: [\"1000\"]}";

#[test]
fn roles_and_runtimes_of_the_rosters_own_start_agents_and_stand_in_their_rows() {
    if !need("tmux") {
        return;
    }
    let keys = "role: builder, labels: {tier/kind: back}, limits: {tasks: 50, cpu: 1.5}";
    let roster = Roster::new().section(OWN).agent("ada", keys).agent("bob", "runtime: sleeper");
    let fleet = Fleet::new();
    fleet.roster(&roster);
    let output = fleet.mosaic(&["fleet", "up"]).ended(0);
    assert!(output.stdout.contains("2 agents: 1 healthy, 1 unknown"), "{output:?}");
    let ada = fleet.row("ada");
    assert_eq!((&ada["role"], &ada["runtime"]), (&json!("builder"), &json!("fake")));
    assert_eq!((&ada["adapter"], &ada["health"]), (&json!("stub"), &json!("healthy")));
    assert_eq!(ada["role_description"], json!("builds things"));
    assert_eq!(ada["labels"], json!({"team": "core", "tier/kind": "back"}));
    let limits = json!({
        "memory_bytes": 1 << 30, "tasks": 50, "cpu_percent": 150, "enforced": false
    });
    assert_eq!(ada["limits"], limits);
    let bob = fleet.row("bob");
    assert_eq!((&bob["runtime"], &bob["adapter"]), (&json!("sleeper"), &json!("command")));
    assert_eq!((&bob["role"], &bob["limits"]), (&json!(null), &json!(null)));
    let environment = fs::read(format!("/proc/{}/environ", fleet.pid("ada"))).unwrap();
    assert!(String::from_utf8_lossy(&environment).contains("\0FROM=runtime\0"));
}

#[test]
fn the_first_tmux_server_has_the_rosters_socket_and_panes_its_history() {
    if !need("tmux") {
        return;
    }
    let named = |socket: &str, history: u32| {
        Roster::new().section(&format!("tmux: {{socket: {socket}, history: {history}}}"))
    };
    let fleet = Fleet::up(&named("agents.sock", 123).stub("ada"));
    let socket = || fs::read_link(fleet.state("tmux.sock")).unwrap();
    assert_eq!(socket().file_name().unwrap(), "agents.sock");
    let history = |agent: &str| {
        let pane = pane(&fleet, agent);
        tmux(&fleet, &["display-message", "-p", "-t", &pane, "#{history_limit}"])
    };
    assert_eq!(history("ada"), "123");
    let server = tmux_server(&fleet);

    fleet.roster(&named("others.sock", 456).stub("ada").stub("bob"));
    let output = fleet.mosaic(&["fleet", "up"]).ended(0);
    assert!(output.stderr.contains("listens on `agents.sock`"), "{output:?}");
    assert_eq!(
        (tmux_server(&fleet), socket().file_name().unwrap().to_str()),
        (server, Some("agents.sock"))
    );
    assert_eq!((history("ada"), history("bob")), ("123".to_owned(), "456".to_owned()));
    let noted = || fs::read_to_string(fleet.state("tmux.env")).unwrap_or_default();
    wait_until("the name for the next server", LONG, || noted().contains("=others.sock\n"));

    tmux(&fleet, &["kill-server"]);
    wait_until("a server on the other socket", LONG, || {
        socket().file_name().is_some_and(|name| name == "others.sock")
    });
    fleet.health("ada", "healthy");
}
