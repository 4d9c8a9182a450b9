//! What an agent gets from its pane, and what the supervisor hears of it.

use std::fs;

use serde_json::{Value, json};

use super::place::{Place, go, shell, state_of, with};
use super::supervisor::{wait_for, wait_until};

#[test]
fn hello_names_the_pane_and_go_runs_the_agent() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    assert_eq!(guest.hello["agent"], "ada");
    assert_eq!(guest.hello["v"], 1);
    assert_eq!(guest.hello["running_pid"], Value::Null);
    guest.say(&shell("life-hntpagrta", "echo born; exec sleep 100"));
    let started = guest.expect("started");
    assert_eq!(started["session"], "life-hntpagrta");
    pane.shows("born");
    let pid = u32::try_from(started["pid"].as_u64().unwrap()).unwrap();
    let name = || fs::read_to_string(format!("/proc/{pid}/comm")).unwrap();
    wait_until("the agent's own process", || name() == "sleep\n");
}

#[test]
fn an_exit_is_on_disk_and_told_with_its_code_until_the_journal_has_it() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    for code in [0, 3, 255] {
        let session = format!("life-aeiodatwicutjhi-{code}");
        let file = place.path(&format!("exits/{session}.json"));
        guest.say(&shell(&session, &format!("exit {code}")));
        guest.expect("started");
        let exited = guest.expect("exited");
        let on_disk: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!((&exited["code"], &on_disk["code"]), (&json!(code), &json!(code)));
        assert_eq!(exited["signal"], Value::Null);
        assert_eq!(on_disk["at_ms"], exited["at_ms"]);
        guest.say(&json!({"type": "exit_recorded", "session": session}));
        wait_until("the record to go", || !file.exists());
    }
}

#[test]
fn a_death_by_signal_is_told_with_the_signal() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    // 40 is a real-time signal, which has no name in most tables.
    for signal in [9, 11, 15, 40] {
        guest.say(&shell(&format!("life-adbsitwts-{signal}"), &format!("kill -{signal} $$")));
        let exited = guest.expect("exited");
        assert_eq!(exited["signal"], json!(signal));
        assert_eq!(exited["code"], Value::Null);
    }
}

#[test]
fn what_cannot_start_says_why_and_the_pane_takes_the_next_go() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    let mut nowhere = shell("nowhere-wcsswatpttng", "true");
    nowhere["cwd"] = json!("/no/such/place");
    let cases = [
        (go("missing-wcsswatpttng", &["no-such-program"]), "run no-such-program: No such file"),
        (go("path-wcsswatpttng", &["/etc/passwd"]), "run /etc/passwd: Permission denied"),
        (nowhere, "enter /no/such/place: No such file"),
        (go("empty-wcsswatpttng", &[]), "GO names no program"),
        (with(shell("nul-wcsswatpttng", "true"), &[("BAD", "a\0b")]), "start a child process"),
        (shell("../escape", "true"), ""),
    ];
    for (go, why) in cases {
        guest.say(&go);
        let exited = guest.expect("exited");
        assert_eq!(exited["session"], go["session"]);
        if !why.is_empty() {
            assert!(exited["error"].as_str().unwrap().contains(why), "{exited}");
            assert_eq!((&exited["code"], &exited["signal"]), (&Value::Null, &Value::Null));
        }
    }
    assert!(!place.path("escape.json").exists(), "a session's id left the directory");
    guest.say(&shell("after-wcsswatpttng", "exit 5"));
    assert_eq!(guest.expect("exited")["code"], 5);
}

#[test]
fn the_environment_is_exactly_what_go_gives() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    let copy = place.text("environment");
    guest.say(&with(go("life-teiewgg", &["cp", "/proc/self/environ", &copy]), &[("KEY", "a b=ü")]));
    guest.expect("exited");
    let text = place.read("environment").unwrap();
    let mut pairs: Vec<&str> = text.split_terminator('\0').collect();
    pairs.sort_unstable();
    let path = "PATH=/usr/local/bin:/usr/bin:/bin";
    assert_eq!(
        pairs,
        ["KEY=a b=ü", "LANG=C.UTF-8", "MOSAIC_SESSION=life-teiewgg", path, "TERM=tmux-256color"]
    );
}

#[test]
fn secrets_of_go_never_stand_in_arguments() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&with(shell("life-sognsia", "sleep 100"), &[("TOKEN", "s3cr3t")]));
    guest.expect("started");
    for entry in fs::read_dir("/proc").unwrap() {
        let arguments = fs::read(entry.unwrap().path().join("cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&arguments).contains("s3cr3t"));
    }
    assert!(!pane.all_lines().contains("s3cr3t"));
}

#[test]
fn the_agent_leads_the_foreground_with_every_signal_at_its_default() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    let (status, stat) = (place.text("status"), place.text("stat"));
    let copy = format!("cp /proc/self/status {status}; exec cp /proc/self/stat {stat}");
    guest.say(&shell("life-taltfwesaid", &copy));
    let pid = guest.expect("started")["pid"].to_string();
    guest.expect("exited");
    let status = place.read("status").unwrap();
    for word in ["SigBlk:", "SigIgn:"] {
        let line = status.lines().find_map(|line| line.strip_prefix(word)).unwrap();
        let set = u64::from_str_radix(line.trim(), 16).unwrap();
        // Beyond 31 are those that the C library keeps for itself and always ignores in a spawn.
        assert_eq!(set & 0x7fff_ffff, 0, "{word} {set:x}");
    }
    let stat = place.read("stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let (group, foreground) = (fields[2], fields[5]);
    assert_eq!((group, foreground), (pid.as_str(), pid.as_str()));
}

#[test]
fn ctrl_c_reaches_the_agent_and_not_the_pane() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell(
        "life-ccrtaantp",
        "trap 'exit 42' INT; echo ready; while :; do sleep 0.05; done",
    ));
    pane.shows("ready");
    pane.keys(&["C-c"]);
    assert_eq!(guest.expect("exited")["code"], 42);
    // Nothing runs now: the same keys must not end the pane.
    pane.keys(&["C-c", "C-\\", "C-z"]);
    guest.say(&shell("next-ccrtaantp", "exit 1"));
    assert_eq!(guest.expect("exited")["code"], 1);
}

#[test]
fn ctrl_z_does_not_leave_the_agent_stopped() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell(
        "life-czdnltas",
        "trap 'echo back' CONT; echo ready; while :; do read line && echo got $line; done",
    ));
    let pid = u32::try_from(guest.expect("started")["pid"].as_u64().unwrap()).unwrap();
    pane.shows("ready");
    pane.keys(&["C-z"]);
    pane.shows("back");
    // It is in the foreground again, so it can read its terminal.
    pane.keys(&["hello", "Enter"]);
    pane.shows("got hello");
    assert_ne!(state_of(pid), Some('T'));
}

#[test]
fn a_frozen_agent_stays_frozen() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    guest.say(&shell("life-afasf", "while :; do sleep 0.05; done"));
    let pid = guest.expect("started")["pid"].to_string();
    std::process::Command::new("kill").args(["-STOP", &pid]).status().unwrap();
    wait_until("the agent to freeze", || state_of(pid.parse().unwrap()) == Some('T'));
    // The pane has looked at its children again when it has answered this.
    guest.say(&shell("other-afasf", "true"));
    let refused = guest.expect("exited");
    assert!(
        refused["error"].as_str().unwrap().contains("session life-afasf still runs"),
        "{refused}"
    );
    assert_eq!(state_of(pid.parse().unwrap()), Some('T'));
}

#[test]
fn the_size_of_the_window_and_its_changes_reach_the_agent() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell(
        "life-tsotwaicrta",
        "trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done",
    ));
    pane.shows("24 80");
    place.tmux(&["resize-window", "-t", &pane.id, "-x", "61", "-y", "19"]);
    pane.shows("19 61");
}

#[test]
fn a_new_life_finds_a_clean_terminal_and_no_keys_of_the_last_one() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    let mess = r"stty raw -echo; printf '\033[?1049h\033[?1003h\033[?2004h\033[?1h\033=\033[?25l\033[3;5r\033[41mred'; kill -9 $$";
    guest.say(&shell("first-anlfactankotlo", mess));
    guest.expect("exited");
    assert_eq!(pane.ask("#{alternate_on}"), "1", "the last screen stays as it is");
    pane.shows("[mosaic] ada was ended by signal 9; waiting");
    pane.shows("red");
    pane.keys(&["stale", "Enter"]);
    // The server has written them when it has answered this.
    pane.ask("#{pane_id}");
    guest.say(&shell(
        "second-anlfactankotlo",
        "stty -a; echo heard:$(timeout --foreground 0.3 head -n 1).; sleep 100",
    ));
    let screen = pane.shows("heard:.");
    for mode in ["isig icanon", " echo ", "\nopost", " icrnl"] {
        assert!(screen.contains(mode), "{mode} is off:\n{screen}");
    }
    let flags = "#{alternate_on}#{mouse_any_flag}#{keypad_cursor_flag}#{keypad_flag}#{cursor_flag}";
    assert_eq!(pane.ask(flags), "00001");
    assert_eq!(pane.ask("#{scroll_region_upper} #{scroll_region_lower}"), "0 23");
    assert!(!screen.contains("red") && !screen.contains("[mosaic]"), "{screen}");
}

#[test]
fn a_death_is_told_before_what_it_left_behind_is_gone() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    let server = place.tmux(&["display-message", "-p", "#{pid}"]);
    let to_server = |signal: &str| {
        std::process::Command::new("kill").args([signal, &server]).status().unwrap();
    };
    // With a server that reads, and with one that does not: the news wait for what it reads.
    for (session, reads) in [("life-aditbwilbig", true), ("hung-aditbwilbig", false)] {
        let up = place.path(session);
        let stubborn = format!("trap '' TERM; echo up > {session}; while :; do sleep 0.05; done");
        let waits = format!("while [ ! -e {session}.go ]; do sleep 0.01; done");
        let mut leaves = shell(session, &format!("setsid sh -c \"{stubborn}\" & {waits}; exit 4"));
        leaves["cwd"] = json!(place.text(""));
        guest.say(&leaves);
        wait_until("what it will leave behind", || up.exists());
        if !reads {
            to_server("-STOP");
        }
        fs::write(place.path(&format!("{session}.go")), "").unwrap();
        let lives = || !super::place::marked(session).is_empty();
        let exited = wait_for("its death", || {
            // In this order: who is seen gone was told of, and the news lie there already.
            let lived = lives();
            let told = guest.poll().filter(|frame| frame["type"] == "exited");
            assert!(lived || told.is_some(), "the leftovers were ended before the death was told");
            told
        });
        to_server("-CONT");
        assert_eq!((&exited["session"], &exited["code"]), (&json!(session), &json!(4)));
        assert!(exited["left_behind"].as_u64().unwrap() >= 1, "{exited}");
        wait_until("the leftovers to go", || !lives());
    }
    // The next life waits for that and then starts.
    guest.say(&shell("next-aditbwilbig", "exit 0"));
    let next = wait_for("next", || guest.poll().filter(|frame| frame["type"] == "exited"));
    assert_eq!(next["session"], "next-aditbwilbig");
}
