//! `fleet up`: from a file to a healthy table, and again after an edit.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::{
    Fleet, LONG, Roster, is_alive, marked, need, signal, tmux_server, wait_until,
};

#[test]
fn up_ends_with_every_agent_healthy_on_the_screen() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada").stub("bob").command("cyd", "exec sleep 1000"));
    let output = fleet.mosaic(&["fleet", "up"]).ended(0);
    assert!(
        output.stdout.contains("ada: starting\nbob: starting\ncyd: starting\nAGENT"),
        "{output:?}"
    );
    assert!(output.stdout.contains("3 agents: 2 healthy, 1 unknown"), "{output:?}");
    let row = fleet.row("cyd");
    assert_eq!((&row["health"], &row["lifecycle"]), (&json!("unknown"), &json!("running")));
}

#[test]
fn the_first_two_commands_work_in_an_empty_home() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.mosaic(&["fleet", "init", "--write"]).ended(0);
    let output = fleet.mosaic(&["fleet", "up"]).ended(0);
    assert!(output.stdout.contains("2 agents: 2 healthy"), "{output:?}");
}

#[test]
fn up_again_starts_what_is_new_and_restarts_nothing_that_lives() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob").stub("cyd"));
    let before = (fleet.supervisor(), fleet.pid("ada"), fleet.pid("bob"), fleet.pid("cyd"));
    let edited = Roster::new().stub("ada").stub_with("bob", "{CHANGED: \"1\"}").stub("dee");
    fleet.roster(&edited);
    let output = fleet.mosaic(&["fleet", "up"]).ended(0);
    assert!(output.stdout.contains("bob: changed"), "{output:?}");
    assert!(output.stdout.contains("cyd: gone"), "{output:?}");
    assert!(output.stdout.contains("dee: starting"), "{output:?}");
    assert!(!output.stdout.contains("ada: "), "{output:?}");
    let after = (fleet.supervisor(), fleet.pid("ada"), fleet.pid("bob"), fleet.pid("cyd"));
    assert_eq!(before, after);
    assert!(!fleet.row("bob")["drift"].as_array().unwrap().is_empty());
    fleet.health("dee", "healthy");
}

#[test]
fn an_agent_that_crashes_at_its_start_is_held_and_up_says_so() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    // A stub gets its verdict by an answer, which this one never gives: `up` cannot come between
    // its start and its end.
    fleet.roster(&Roster::new().stub("ada").stub_with("cyd", "{MOSAIC_STUB_CRASH_AT_BOOT: \"3\"}"));
    let output = fleet.mosaic(&["fleet", "up"]).ended(1);
    assert!(output.stderr.contains("mosaic agent explain cyd"), "{output:?}");
    wait_until("cyd held", LONG, || fleet.row("cyd")["lifecycle"] == "held");
    let said = fleet.mosaic(&["agent", "explain", "cyd"]).ended(0);
    let last_words = "the stub crashes at its start";
    assert!(said.stdout.contains("code 3") && said.stdout.contains(last_words), "{said:?}");
}

#[test]
fn down_leaves_nothing_and_up_comes_back() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", "setsid sleep 1000 & exec sleep 1000"));
    let (supervisor, agent) = (fleet.supervisor(), fleet.pid("cyd"));
    fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    assert!(!is_alive(supervisor) && !is_alive(agent));
    assert!(marked(fleet.home()).is_empty(), "nothing of the fleet is left");
    fleet.mosaic(&["ps"]).ended(3);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_ne!(fleet.pid("cyd"), agent);
}

#[test]
fn down_can_keep_the_agents() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let (supervisor, agent) = (fleet.supervisor(), fleet.pid("ada"));
    fleet.mosaic(&["fleet", "down", "--yes", "--keep-agents"]).ended(0);
    assert!(!is_alive(supervisor) && is_alive(agent));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!(fleet.pid("ada"), agent, "it was adopted, not started again");
}

#[test]
fn the_callers_environment_does_not_reach_an_agent() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let seen = fleet.workspace().join("environment");
    let script = format!("env > {}.new; mv {0}.new {0}; exec sleep 1000", seen.display());
    fleet.roster(&Roster::new().command("cyd", &script));
    let mut command = fleet.command(&["fleet", "up"]);
    command
        .env("SECRET_OF_THE_CALLER", "1")
        .env("TMUX", "/nowhere,1,0")
        .env("MOSAIC_SESSION", "s0");
    fleet.finished(&mut command).ended(0);
    wait_until("the environment", LONG, || seen.exists());
    let text = std::fs::read_to_string(seen).unwrap();
    for line in text.lines() {
        let name = line.split('=').next().unwrap();
        assert!(!["SECRET_OF_THE_CALLER", "TMUX"].contains(&name), "{line}");
        assert_ne!(line, "MOSAIC_SESSION=s0");
    }
    // Nor those who outlive the caller: what carries the mark of a session is ended with it.
    for pid in [fleet.supervisor(), tmux_server(&fleet)] {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
        let environment = String::from_utf8_lossy(&environment).replace('\0', "\n");
        for word in ["SECRET_OF_THE_CALLER", "TMUX=", "MOSAIC_SESSION="] {
            assert!(!environment.contains(word), "{environment}");
        }
    }
    // Programs draw with more than ASCII, whatever the caller speaks.
    let language = text.lines().find_map(|line| line.strip_prefix("LANG=")).unwrap_or_default();
    assert!(language.to_lowercase().replace('-', "").ends_with(".utf8"), "{text}");
}

#[test]
fn up_after_a_killed_supervisor_waits_for_the_answers_of_those_that_lived() {
    if !need("tmux") {
        return;
    }
    let keys = "runtime: stub, heartbeat: {every: 300ms, healthy_within: 900ms, grace: 1s}";
    let fleet = Fleet::up(&Roster::new().agent("ada", keys).agent("bob", keys));
    let before = (fleet.pid("ada"), fleet.pid("bob"));
    // In its grace it would be starting, which is waited for anyhow.
    wait_until("the end of their grace", LONG, || {
        let since = fleet.row("bob")["session"]["since_ms"].as_u64().unwrap();
        std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() > u128::from(since) + 1_500
    });
    fleet.kill_supervisor();
    // It lives, and is late to find the new supervisor.
    signal(before.1, Signal::SIGSTOP);
    let up = fleet.background(&["fleet", "up"]);
    wait_until("the first to be healthy", LONG, || {
        let output = fleet.mosaic(&["ps"]);
        output.code == 0 && output.stdout.contains("1 healthy")
    });
    signal(before.1, Signal::SIGCONT);
    let output = up.end().ended(0);
    assert!(output.stdout.contains("2 agents: 2 healthy"), "{output:?}");
    assert_eq!((fleet.pid("ada"), fleet.pid("bob")), before);
}

#[test]
fn who_was_stopped_is_not_dead_and_who_is_gone_is_to_be_stopped() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    fleet.roster(&Roster::new().stub("ada"));
    let gone = fleet.mosaic(&["fleet", "up"]).ended(0).stdout;
    let next = "2 agents: 2 healthy; next: 1 in drift: mosaic agent stop bob\n";
    assert!(gone.ends_with(next), "{gone}");
    fleet.mosaic(&["agent", "stop", "bob"]).ended(0);
    wait_until("its end", LONG, || fleet.row("bob")["lifecycle"] == "exited");
    assert_eq!(fleet.row("bob")["wanted"], "down");
    let table = fleet.mosaic(&["ps"]).ended(0).stdout;
    assert!(table.ends_with("2 agents: 1 healthy, 1 stopped\n"), "{table}");
    assert!(!table.contains("dead"), "{table}");
    let said = fleet.mosaic(&["agent", "explain", "bob"]).ended(0).stdout;
    assert!(said.contains("it was stopped"), "{said}");
    let again = fleet.mosaic(&["fleet", "up"]).ended(0).stdout;
    assert!(again.ends_with("1 agent: 1 healthy\n"), "{again}");
}

#[test]
fn a_command_that_falls_again_and_again_is_a_failure_whenever_up_is_asked() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada").command("cyd", "sleep 0.3; exit 3"));
    for _ in 0..2 {
        let output = fleet.mosaic(&["fleet", "up"]).ended(1);
        assert!(output.stderr.contains("started and ended again: cyd"), "{output:?}");
        assert_eq!(fleet.row("cyd")["lifecycle"], "held", "its verdict was awaited");
    }
    // Not held, but never standing: the end of the wait is no success either.
    let patient = "runtime: command, command: sh, args: [\"-c\", \"sleep 0.3; exit 3\"], \
                   restart: {give_up_after: 50}";
    fleet.roster(&Roster::new().stub("ada").agent("cyd", patient));
    fleet.mosaic(&["fleet", "up", "--wait", "2s"]).ended(1);
}

#[test]
fn a_command_that_fell_before_up_is_asked_has_to_stand_as_long_as_one_that_falls_then() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let falls = "runtime: command, command: sh, args: [\"-c\", \"sleep 2; exit 3\"], \
                 restart: {backoff: {initial: 60s, max: 60s}, give_up_after: 50}";
    fleet.roster(&Roster::new().agent("cyd", falls));
    // Nobody knows yet that it falls.
    fleet.mosaic(&["fleet", "up"]).ended(0);
    for falls_again in [false, true] {
        wait_until("its fall", LONG, || fleet.row("cyd")["lifecycle"] == "exited");
        // It is started at once, and what waits for the next start is no verdict.
        let wait = if falls_again { "10s" } else { "1500ms" };
        let ended = fleet.mosaic(&["fleet", "up", "--wait", wait]);
        assert_eq!(ended.code, if falls_again { 1 } else { 10 }, "{ended:?}");
    }
}

#[test]
fn who_falls_once_and_then_stands_is_up_and_whose_work_is_done_is_no_failure() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let mark = fleet.workspace().join("fell");
    let once = format!("test -e {0} || {{ touch {0}; exit 3; }}; exec sleep 1000", mark.display());
    let done =
        "runtime: command, lifecycle: ephemeral, restart: {policy: never}, command: \"true\"";
    fleet.roster(&Roster::new().command("cyd", &once).agent("dee", done));
    let output = fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!(fleet.count("cyd", "session.exited"), 1, "{output:?}");
    assert_eq!(fleet.row("dee")["lifecycle"], "exited");
}

#[test]
fn a_wrong_roster_brings_a_dead_supervisor_back_with_the_last_one() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let (supervisor, agent) = (fleet.supervisor(), fleet.pid("ada"));
    fleet.roster_text("version: 1\nagents:\n  - name: Ada\n");
    let output = fleet.mosaic(&["fleet", "up"]).ended(6);
    assert!(!output.stderr.contains("is back"), "{output:?}");
    assert_eq!(fleet.supervisor(), supervisor, "one that lives needs nobody");
    fleet.kill_supervisor();
    let output = fleet.mosaic(&["fleet", "up"]).ended(6);
    assert!(output.stderr.contains("roster.yaml:3:11"), "{output:?}");
    assert!(output.stderr.contains("with the roster that was applied last"), "{output:?}");
    fleet.health("ada", "healthy");
    assert_eq!(fleet.pid("ada"), agent);
    let none = Fleet::new();
    none.roster_text("version: 1\nagents:\n  - name: Ada\n");
    none.mosaic(&["fleet", "up"]).ended(6);
    none.mosaic(&["ps"]).ended(3);
}

#[test]
fn an_agent_of_a_moved_fleet_looks_at_its_own_fleet() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let seen = fleet.workspace().join("seen");
    let program = env!("CARGO_BIN_EXE_mosaic");
    let script =
        format!("{program} ps --json > {0}.new; mv {0}.new {0}; exec sleep 1000", seen.display());
    fleet.roster(&Roster::new().command("cyd", &script));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("what it sees", LONG, || seen.exists());
    let rows: serde_json::Value = serde_json::from_slice(&std::fs::read(seen).unwrap()).unwrap();
    assert_eq!(rows["supervisor"]["pid"], json!(fleet.supervisor()), "{rows}");
}

#[test]
fn an_agent_gets_the_limit_of_open_files_that_the_supervisor_was_started_with() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let seen = fleet.workspace().join("limits");
    let script = format!("ulimit -Sn > {0}.new; mv {0}.new {0}; exec sleep 1000", seen.display());
    fleet.roster(&Roster::new().command("cyd", &script));
    let up = fleet.command(&["fleet", "up"]);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -Sn 300; exec \"$0\" fleet up"]).arg(up.get_program()).env_clear();
    limited.envs(up.get_envs().filter_map(|(name, value)| Some((name, value?))));
    fleet.finished(&mut limited).ended(0);
    wait_until("its limit", LONG, || seen.exists());
    assert_eq!(std::fs::read_to_string(seen).unwrap().trim(), "300");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", fleet.supervisor())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<&str> = files.split_whitespace().skip(3).take(2).collect();
    assert_eq!(numbers[0], numbers[1], "the supervisor has all that it may: {files}");
}
