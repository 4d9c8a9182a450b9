//! Panes: what is made is what was asked for, what is seen is what is there.

use std::fs;

use proptest::prelude::{ProptestConfig, any};
use proptest::test_runner::TestRunner;

use super::{Fixture, eventually};
use crate::fleet::{AgentName, SeenPane};
use crate::host::tmux::line::{Line, quote};
use crate::host::tmux::{Look, NewPane, TmuxError};

#[tokio::test]
async fn a_pane_is_made_marked_and_listed_once() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("zoe", "exec cat").await;
    assert_eq!(pane.server_pid, fixture.tmux.server_pid());
    assert!(!pane.connected);
    // A watched window is in two sessions, and tmux lists our view before this one.
    let mut pieces = fixture.tmux.watch(&pane, Look::Bytes).await.unwrap();
    pieces.recv().await.unwrap();
    let listed = fixture.client(&["list-panes", "-a", "-F", "#{pane_id}"]).await;
    assert_eq!(listed.lines().filter(|id| *id == pane.id).count(), 2, "{listed}");
    let panes = fixture.tmux.panes().await.unwrap();
    let seen: Vec<_> = panes.iter().filter(|seen| seen.id == pane.id).collect();
    assert_eq!(seen.len(), 1, "{panes:?}");
    let seen = seen[0];
    assert_eq!((&seen.window, &seen.session, seen.pid), (&pane.window, &pane.session, pane.pid));
    assert_eq!((seen.agent.as_deref(), seen.role.as_deref()), (Some("zoe"), None));
    assert_eq!((seen.session_name.as_str(), seen.dead), ("zoe", false));
    eventually("cat", async || {
        let panes = fixture.tmux.panes().await.unwrap();
        panes.iter().any(|seen| seen.id == pane.id && seen.command == "cat")
    })
    .await;
    let format = "#{pane_width}x#{pane_height} #{history_limit} #{window-size}";
    let made = fixture.client(&["display-message", "-p", "-t", &pane.id, format]).await;
    assert_eq!(made, "80x24 500 manual");
}

#[tokio::test]
async fn arguments_and_directory_reach_the_program_as_they_are() {
    let fixture = Fixture::new().await;
    let cwd = fixture.path("a#{pane_id} b;#c");
    fs::create_dir(&cwd).unwrap();
    let wild = ["", ";", "a;", "$HOME `id` \"q\" 'q' \\ ~ {x} #{pane_id} %1", "é\n\t\x7f", "-d"];
    let script = "pwd >../pwd; printf '%s\\0' \"$@\" >../words.new; mv ../words.new ../words; \
                  exec cat";
    let mut argv = ["sh", "-c", script, "sh"].map(str::to_owned).to_vec();
    argv.extend(wild.map(str::to_owned));
    let agent = AgentName::parse("ada").unwrap();
    let new = NewPane { agent: &agent, argv: &argv, cwd: &cwd, columns: 80, rows: 24, history: 10 };
    fixture.tmux.create_pane(&new).await.unwrap();
    eventually("the words", async || fixture.path("words").exists()).await;
    let words = fs::read_to_string(fixture.path("words")).unwrap();
    assert_eq!(words, wild.map(|word| format!("{word}\0")).concat());
    let directory = fs::read_to_string(fixture.path("pwd")).unwrap();
    assert!(directory.trim_end().ends_with("a#{pane_id} b;#c"), "{directory}");
}

#[tokio::test]
async fn what_a_shell_would_read_is_refused() {
    let fixture = Fixture::new().await;
    let (agent, cwd) = (AgentName::parse("ada").unwrap(), fixture.path(""));
    for (argv, columns) in [(vec!["cat"], 80), (vec!["cat", "\0"], 80), (vec!["cat", "-"], 0)] {
        let argv: Vec<String> = argv.into_iter().map(str::to_owned).collect();
        let new = NewPane { agent: &agent, argv: &argv, cwd: &cwd, columns, rows: 24, history: 10 };
        let error = fixture.tmux.create_pane(&new).await.unwrap_err();
        assert!(matches!(error, TmuxError::Unfit { .. }), "{error}");
    }
    assert_eq!(fixture.tmux.panes().await.unwrap().len(), 1, "something was made");
}

#[tokio::test]
async fn panes_beside_those_of_agents_are_listed_as_they_are() {
    let fixture = Fixture::new().await;
    let ada = fixture.pane("ada", "exec cat").await;
    fixture.pane("zoe", "exec cat").await;
    // Somebody's own pane beside an agent's, in the session of that agent's name.
    fixture.client(&["split-window", "-d", "-t", &ada.id, "cat", "-"]).await;
    // A new pane's process is a tmux until it becomes another program.
    eventually("all programs", async || {
        let panes = fixture.tmux.panes().await.unwrap();
        panes.iter().all(|pane| ["cat", "tail"].contains(&pane.command.as_str()))
    })
    .await;
    let all = fixture.tmux.panes().await.unwrap();
    let beside = |agents: &'static [&'static str]| {
        let tmux = fixture.tmux.clone();
        async move { tmux.panes_beside(|name| agents.contains(&name)).await.unwrap() }
    };
    let is_plain = |pane: &&SeenPane| pane.agent.is_some();
    let others: Vec<_> = all.iter().filter(|pane| !is_plain(pane)).cloned().collect();
    assert_eq!(others.len() + 2, all.len(), "{all:?}");
    assert_eq!(beside(&["ada", "zoe"]).await, others);
    assert_eq!(beside(&["ada"]).await, all, "zoe is nobody's: everything is told");
}

#[tokio::test]
async fn a_strangers_session_is_listed_without_an_agent() {
    let fixture = Fixture::new().await;
    // The newest tmux refuses control letters in a name by itself.
    let mut is_there = false;
    for name in ["a b|c\td #{pane_id} é", "a b|c d #{pane_id} é"] {
        if !is_there {
            let mut client = super::super::server::client(&fixture.socket());
            client.args(["new-session", "-d", "-s", name, "cat", "-"]);
            is_there = tokio::process::Command::from(client).status().await.unwrap().success();
        }
    }
    assert!(is_there, "a session of another");
    fixture.client(&["set-option", "-s", "@mosaic_agent", "ada\n%end 1 2 1"]).await;
    let panes = fixture.tmux.panes().await.unwrap();
    let seen = panes.iter().find(|seen| seen.role.is_none()).unwrap();
    let agent = seen.agent.as_deref().unwrap();
    assert!(AgentName::parse(agent).is_err(), "{agent} would pass for one of ours");
    fixture.client(&["set-option", "-su", "@mosaic_agent"]).await;
    let panes = fixture.tmux.panes().await.unwrap();
    let seen = panes.iter().find(|seen| seen.role.is_none()).unwrap();
    assert_eq!(seen.agent, None);
    assert!(seen.session_name.starts_with("a b|c"), "{seen:?}");
}

#[tokio::test]
async fn a_name_that_is_taken_takes_no_pane_away() {
    let fixture = Fixture::new().await;
    fixture.client(&["new-session", "-d", "-s", "ada", "cat", "-"]).await;
    let pane = fixture.pane("ada", "exec cat").await;
    let panes = fixture.tmux.panes().await.unwrap();
    let agents: Vec<_> = panes.iter().filter(|seen| seen.agent.is_some()).collect();
    assert_eq!(agents.len(), 1, "{panes:?}");
    assert_eq!((&agents[0].id, agents[0].session_name.as_str()), (&pane.id, "ada+2"));
}

#[tokio::test]
async fn a_window_is_closed_once_and_again() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "exec cat").await;
    fixture.tmux.close_window(&pane.window).await.unwrap();
    fixture.tmux.close_window(&pane.window).await.unwrap();
    assert_eq!(fixture.tmux.panes().await.unwrap().len(), 1);
}

#[tokio::test]
async fn screen_and_last_lines_show_the_text() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "seq 1 100; echo '%end 1 2 1'; echo; exec cat").await;
    fixture.shows(&pane, "%end").await;
    let screen = fixture.tmux.screen(&pane.id).await.unwrap();
    assert_eq!(screen.len(), 22, "{screen:?}");
    assert_eq!((screen[0].as_str(), screen[21].as_str()), ("80", "%end 1 2 1"));
    let last = fixture.tmux.last_lines(&pane.id, 40).await.unwrap();
    assert_eq!(last.len(), 40);
    assert_eq!((last[0].as_str(), last[39].as_str()), ("62", "%end 1 2 1"));
    let all = fixture.tmux.last_lines(&pane.id, 4000).await.unwrap();
    assert_eq!((all.len(), all[0].as_str()), (101, "1"));
    assert!(fixture.tmux.screen("%99").await.is_err());
}

#[tokio::test]
async fn a_cleared_pane_is_empty_and_its_modes_are_off() {
    let fixture = Fixture::new().await;
    let script = "seq 1 100; printf '\\033[?1000h\\033[3;5r\\033[?25l'; echo ready; exec cat";
    let pane = fixture.pane("ada", script).await;
    fixture.shows(&pane, "ready").await;
    fixture.tmux.clear(&pane.id).await.unwrap();
    assert_eq!(fixture.tmux.last_lines(&pane.id, 1000).await.unwrap(), [""; 0]);
    let format = "#{mouse_any_flag} #{scroll_region_upper} #{cursor_flag} #{cursor_y}";
    let modes = fixture.client(&["display-message", "-p", "-t", &pane.id, format]).await;
    assert_eq!(modes, "0 0 1 0");
    // Of a dead pane at least the history goes; the server lives.
    let dead = fixture.pane("bob", "seq 1 100").await;
    fixture.is_dead(&dead).await;
    fixture.tmux.clear(&dead.id).await.unwrap();
    assert!(fixture.tmux.last_lines(&dead.id, 1000).await.unwrap().len() <= 24);
}

#[test]
fn every_byte_survives_quoting() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fixture = runtime.block_on(Fixture::new());
    let file = fixture.path("buffer");
    let round_trip = |bytes: Vec<u8>| {
        let bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0).collect();
        if bytes.is_empty() {
            return;
        }
        let mut text = b"set-buffer -b quoted -- ".to_vec();
        quote(&mut text, &bytes);
        text.extend_from_slice(b" ; save-buffer -b quoted ");
        quote(&mut text, file.to_str().unwrap().as_bytes());
        let line = Line::raw(text);
        runtime.block_on(fixture.tmux.connection.must("round trip", line)).unwrap();
        assert_eq!(fs::read(&file).unwrap(), bytes);
    };
    round_trip((1..=255).collect());
    let mut runner = TestRunner::new(ProptestConfig { cases: 200, ..ProptestConfig::default() });
    runner
        .run(&proptest::collection::vec(any::<u8>(), 0..80), |bytes| {
            round_trip(bytes);
            Ok(())
        })
        .unwrap();
}
