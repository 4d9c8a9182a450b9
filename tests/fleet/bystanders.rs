//! A verb, a fault or a shell that concerns one agent concerns no other.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{
    Fleet, LONG, Roster, Terminal, Wire, is_alive, need, record, recording, signal, texts, tmux,
    tmux_server, wait_until,
};

#[test]
fn r09_a_verb_on_one_agent_touches_none_whose_name_begins_alike() {
    if !need("tmux") {
        return;
    }
    let names = ["aa", "aa-1", "aa-10"];
    let fleet = Fleet::new();
    let roster = names.iter().fold(Roster::new(), |roster, name| {
        roster.stub_with(name, &recording(&record(&fleet, name), ""))
    });
    fleet.roster(&roster);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let lives = || names.map(|name| fleet.row(name)["session"]["id"].clone());
    for (at, name) in names.into_iter().enumerate() {
        let before = lives();
        fleet.mosaic(&["send", name, name, "--verify"]).ended(0);
        fleet.mosaic(&["agent", "restart", name]).ended(0);
        wait_until("its next life", LONG, || {
            let row = fleet.row(name);
            row["health"] == "healthy" && row["session"]["id"] != before[at]
        });
        fleet.mosaic(&["agent", "stop", name]).ended(0);
        wait_until("its end", LONG, || fleet.row(name)["lifecycle"] == "exited");
        fleet.mosaic(&["agent", "start", name]).ended(0);
        fleet.health(name, "healthy");
        let after = lives();
        for other in (0..names.len()).filter(|other| *other != at) {
            assert_eq!(before[other], after[other], "{} by a verb on {name}", names[other]);
        }
        assert_eq!(texts(&record(&fleet, name)), [name]);
    }
    for name in names {
        assert_eq!(fleet.count(name, "pane.lost"), 1, "each was stopped once: {name}");
        assert_eq!(fleet.count(name, "session.started"), 3, "{name}");
    }
}

#[test]
fn r09_every_verb_takes_the_exact_name_and_tells_the_nearest() {
    if !need("tmux") {
        return;
    }
    let names = ["aa-1", "aa-10", "aa-100"];
    let fleet = Fleet::new();
    let says = |name: &str| format!("echo 'here sits {name}.'; exec cat");
    fleet.roster(
        &names.iter().fold(Roster::new(), |roster, name| roster.command(name, &says(name))),
    );
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let before = fleet.events().len();
    for verb in [
        &["agent", "start"][..],
        &["agent", "stop"],
        &["agent", "restart"],
        &["agent", "explain"],
        &["agent", "watch"],
        &["agent", "send", "--verify"],
        &["agent", "list"],
        &["ps"],
        &["watch"],
        &["send"],
    ] {
        // What a name begins with is not the name, and neither is the name with more.
        for (wrong, nearest) in [("aa", None), ("aa-1000", Some("aa-100")), ("aa-2", Some("aa-1"))]
        {
            let text = if verb.contains(&"send") { Some("hello") } else { None };
            let arguments: Vec<&str> = verb.iter().copied().chain([wrong]).chain(text).collect();
            let output = fleet.mosaic(&arguments).ended(4);
            let said = nearest.map_or(String::new(), |one| format!("did you mean \"{one}\"?"));
            assert!(output.stderr.contains(&said), "{arguments:?}: {output:?}");
        }
    }
    assert_eq!(fleet.events().len(), before, "a wrong name changes nothing");
    for name in names {
        let explained = fleet.mosaic(&["agent", "explain", name, "--json"]).ended(0);
        let explained: Value = serde_json::from_str(&explained.stdout).unwrap();
        assert_eq!(
            (&explained["row"]["agent"], &explained["row"]["pid"]),
            (&json!(name), &json!(fleet.pid(name)))
        );
        let own = format!("here sits {name}.");
        let watched = fleet.background(&["watch", name]);
        wait_until("its own screen", LONG, || watched.stdout().contains("here sits"));
        assert!(watched.stdout().contains(&own), "{}", watched.stdout());
        let terminal = Terminal::running(fleet.home(), (80, 24), "", &format!("attach {name}"));
        terminal.shows(&own);
        terminal.press(&["C-b", "d"]);
        terminal.shows("[ended 0]");
    }
    let terminal = Terminal::running(fleet.home(), (80, 24), "", "attach aa-1000");
    terminal.shows("did you mean \"aa-100\"?");
    terminal.shows("[ended 4]");
}

#[test]
fn r12_a_tmux_server_that_does_not_answer_is_no_absence_and_costs_no_agent() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    let before = [fleet.pid("ada"), fleet.pid("bob")];
    let server = tmux_server(&fleet);
    signal(server, Signal::SIGSTOP);
    fleet.mosaic(&["send", "ada", "by its channel", "--verify"]).ended(0);
    let unasked = |ps: &Value| {
        let incomplete = ps["incomplete"][0].as_str().unwrap_or_default();
        incomplete.contains("tmux did not answer within 1 s")
    };
    // Until then a row may be that of the last answer.
    wait_until("a look that tmux does not answer", LONG, || unasked(&fleet.ps()));
    for _ in 0..3 {
        let ps = fleet.ps();
        for row in ps["rows"].as_array().unwrap() {
            assert_eq!(row["lifecycle"], "running", "{row}");
        }
        assert!(unasked(&ps), "{ps}");
    }
    fleet.kill_supervisor();
    let up = fleet.background(&["fleet", "up"]);
    wait_until("the next supervisor", LONG, || fleet.mosaic(&["ps"]).code == 0);
    wait_until("ada adopted", LONG, || fleet.count("ada", "session.adopted") == 1);
    wait_until("a question without an answer", LONG, || {
        fleet.ps()["supervisor"]["tmux"].as_str().unwrap().contains("did not answer")
    });
    signal(server, Signal::SIGCONT);
    up.end().ended(0);
    fleet.health("ada", "healthy");
    fleet.health("bob", "healthy");
    assert_eq!([fleet.pid("ada"), fleet.pid("bob")], before);
    for agent in ["ada", "bob"] {
        assert_eq!(fleet.count(agent, "session.started"), 1, "{agent} was not started again");
        assert_eq!(fleet.count(agent, "session.exited"), 0, "{agent}");
    }
    assert_eq!(tmux_server(&fleet), server);
    let events = fleet.events();
    assert!(!events.iter().any(|event| event["type"] == "tmux.lost"), "silence is no loss");
}

#[test]
fn nobody_waits_for_the_rows_of_all_who_asked_before_while_tmux_does_not_answer() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let server = tmux_server(&fleet);
    signal(server, Signal::SIGSTOP);
    wait_until("a look that tmux does not answer", LONG, || {
        fleet.ps()["incomplete"].as_array().is_some_and(|why| !why.is_empty())
    });
    let asked = Instant::now();
    let mut callers: Vec<Wire> = (0..8).map(|_| Wire::to(&fleet)).collect();
    callers.iter_mut().for_each(|caller| caller.request("GET", "/v1/ps", "", ""));
    for caller in &mut callers {
        let ps = caller.reply().json();
        assert_eq!(ps["rows"][0]["lifecycle"], "running", "{ps}");
        assert!(ps["incomplete"][0].as_str().unwrap().contains("tmux did not answer"), "{ps}");
    }
    // A client gives it 5 s.
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    signal(server, Signal::SIGCONT);
}

#[test]
fn r13_a_bare_kill_server_from_inside_an_agent_does_not_reach_the_fleet() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let said = fleet.workspace().join("said");
    // Where a bare tmux looks for its server is moved: it must not find one of this machine.
    let script =
        format!("tmux kill-server > {0}.new 2>&1; mv {0}.new {0}; exec sleep 1000", said.display());
    let script = serde_json::to_string(&script).unwrap();
    fleet.roster(&Roster::new().stub("ada").agent(
        "cyd",
        &format!(
            "runtime: command, command: sh, args: [\"-c\", {script}], env: {{TMUX_TMPDIR: \"{}\"}}",
            fleet.workspace().display()
        ),
    ));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("what tmux said", LONG, || said.exists());
    let text = std::fs::read_to_string(&said).unwrap();
    assert!(text.contains("no server running") || text.contains("error connecting"), "{text}");
    assert_eq!(fleet.count("ada", "session.started"), 1);
    fleet.health("ada", "healthy");
    assert_eq!(fleet.row("cyd")["lifecycle"], "running");
    let events = fleet.events();
    assert!(!events.iter().any(|event| event["type"] == "tmux.lost"));
}

#[test]
fn r20_a_supervisor_without_language_path_or_bus_serves_the_same_rows() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let environment = recording(&record(&fleet, "ada"), ", MOSAIC_STUB_KEYSTROKES: \"1\"");
    fleet.roster(&Roster::new().stub_with("ada", &environment));
    let bare = |verb: &[&str]| {
        let mut command = fleet.command(verb);
        command.env_remove("LANG").env("PATH", "/usr/bin:/bin");
        fleet.finished(&mut command)
    };
    bare(&["fleet", "up"]).ended(0);
    tmux(&fleet, &["new-session", "-d", "-s", "no\ttab", "exec sleep 1000"]);
    bare(&["send", "ada", "\u{4e16}\u{754c} \u{e9} \u{2713}", "--verify"]).ended(0);
    assert_eq!(texts(&record(&fleet, "ada")), ["\u{4e16}\u{754c} \u{e9} \u{2713}"]);
    let still = |ps: &Value| -> Vec<Value> {
        let rows = ps["rows"].as_array().unwrap().iter();
        rows.map(|row| json!([row["agent"], row["managed"], row["pid"], row["pane"]])).collect()
    };
    let there: Value = serde_json::from_str(&bare(&["ps", "--json"]).ended(0).stdout).unwrap();
    assert_eq!(still(&there), still(&fleet.ps()));
    assert_eq!(still(&there).len(), 2, "the stranger's row is read whole: {there}");
}

/// Each message goes out when the one before it has its end: whoever asks is decided upon with all that
/// was decided before.
fn one_at_a_time(fleet: &Fleet) {
    let mut on_its_way = Value::Null;
    for event in fleet.events() {
        let id = &event["payload"]["id"];
        match event["type"].as_str().unwrap() {
            "message.typing" => {
                assert_eq!(on_its_way, Value::Null, "with {id}");
                on_its_way = id.clone();
            }
            "message.accepted" if *id == on_its_way => on_its_way = Value::Null,
            _ => {}
        }
    }
}

#[test]
fn r23_twenty_callers_at_once_lose_nothing_and_a_restart_between_them_neither() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let environment = recording(&record(&fleet, "ada"), ", MOSAIC_STUB_TURN_MS: \"1\"");
    fleet.roster(&Roster::new().stub_with("ada", &environment).stub("bob"));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let bob = fleet.pid("bob");
    let follow = fleet.background(&["events", "--from", "1", "--follow", "--json"]);
    let mut callers: Vec<_> = (0..20)
        .map(|at| fleet.background(&["send", "ada", &format!("caller {at}"), "--verify"]))
        .collect();
    let restarts: Vec<_> = (0..3).map(|_| fleet.background(&["agent", "restart", "bob"])).collect();
    for caller in callers.drain(..) {
        caller.end().ended(0);
    }
    for restart in restarts {
        restart.end().ended(0);
    }
    let mut texts = texts(&record(&fleet, "ada"));
    texts.sort();
    let mut expected: Vec<String> = (0..20).map(|at| format!("caller {at}")).collect();
    expected.sort();
    assert_eq!(texts, expected);
    one_at_a_time(&fleet);
    wait_until("bob's next life", LONG, || {
        fleet.row("bob")["health"] == "healthy" && fleet.pid("bob") != bob
    });
    assert!(!is_alive(bob));
    fleet.kill_supervisor();
    let starts: Vec<_> = (0..3).map(|_| fleet.background(&["fleet", "up"])).collect();
    for start in starts {
        start.end().ended(0);
    }
    let head = fleet.events().len();
    wait_until("every event at the follower", LONG, || follow.stdout().lines().count() >= head);
    let rows = fleet.ps()["rows"].as_array().unwrap().clone();
    let names: Vec<&Value> = rows.iter().map(|row| &row["agent"]).collect();
    assert_eq!(names, [&json!("ada"), &json!("bob")]);
}
