//! `ps`: the table at every width, without colour where none belongs, and without a supervisor.

use axum::routing::get;
use axum::{Json, Router};
use insta::assert_snapshot;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::fake::{Fake, ps, row, rows};
use crate::need::need;
use crate::terminal::Terminal;

fn fake(rows: Vec<Value>) -> Fake {
    Fake::serving(Router::new().route("/v1/ps", get(|| async move { Json(ps(&rows)) })))
}

fn at(columns: &str) -> String {
    let fake = fake(rows());
    let output = fake.finished(fake.command(&["ps"]).env("COLUMNS", columns));
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    output.stdout
}

#[test]
fn a_pipe_gets_the_whole_table_without_colour() {
    let fake = fake(rows());
    let output = fake.mosaic(&["fleet", "ps"]);
    assert_eq!(output.code, 0);
    assert!(!output.stdout.contains('\x1b'));
    assert_snapshot!(output.stdout);
}

#[test]
fn two_hundred_columns_hold_everything() {
    assert_snapshot!(at("200"));
}

#[test]
fn a_hundred_and_twenty_columns_lose_what_is_looked_at_least() {
    assert_snapshot!(at("120"));
}

#[test]
fn eighty_columns_keep_the_verdicts() {
    assert_snapshot!(at("80"));
}

#[test]
fn sixty_columns_keep_what_lives_and_who_answers() {
    assert_snapshot!(at("60"));
}

#[test]
fn however_narrow_the_name_and_the_health_stay() {
    let table = at("1");
    assert!(table.starts_with("AGENT    HEALTH\nada      healthy\n"), "{table}");
}

#[test]
fn wide_says_everything() {
    let fake = fake(rows());
    let output = fake.finished(fake.command(&["ps", "--wide"]).env("COLUMNS", "40"));
    assert_snapshot!(output.stdout);
}

#[test]
fn tenant_and_host_show_when_there_is_more_than_one() {
    let mut other = row("zoe");
    other["host"] = json!("vale");
    let output = fake(vec![row("ada"), other.clone()]).mosaic(&["ps"]);
    assert!(output.stdout.starts_with("AGENT  HOST  ROLE"), "{}", output.stdout);
    let mut third = row("yan");
    third["tenant"] = json!("tilda");
    third["host"] = json!("moor");
    let three = fake(vec![row("ada"), other, third]);
    assert_snapshot!(three.mosaic(&["ps"]).stdout);
}

/// Rows with labels, roles and figures to choose and order by.
fn labelled() -> Vec<Value> {
    let with = |name: &str, labels: Value, memory: u64, cpu: f64| {
        let mut row = row(name);
        row["labels"] = labels;
        row["process"]["memory"] = json!(memory);
        row["process"]["cpu"] = json!(cpu);
        row
    };
    let mut two = with("a-2", json!({"team": "web", "gpu": ""}), 3 << 20, 1.5);
    two["role"] = json!("reviewer");
    two["limits"] =
        json!({"memory_bytes": 512 << 20, "tasks": 64, "cpu_percent": 150, "enforced": false});
    let mut ten = with("a-10", json!({"team": "web"}), 1 << 30, 0.2);
    ten["health"] = json!("late");
    let one = with("a-1", json!({"team": "core"}), 2 << 20, 40.0);
    let mut none = row("a");
    none["process"] = Value::Null;
    none["pid"] = Value::Null;
    none["lifecycle"] = json!("absent");
    none["health"] = json!("unknown");
    vec![ten, none, two, one]
}

/// The first words of the rows of a table, in their order.
fn names(arguments: &[&str]) -> Vec<String> {
    let output = fake(labelled()).mosaic(&[&["ps"], arguments].concat());
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:?}");
    let lines: Vec<&str> = output.stdout.lines().collect();
    let rows = lines[..lines.len() - 1].iter().skip(1);
    rows.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn filters_choose_rows_and_labels_must_all_hold() {
    assert_eq!(names(&["--label", "team=web"]), ["a-10", "a-2"]);
    assert_eq!(names(&["--label", "team"]), ["a-10", "a-2", "a-1"]);
    assert_eq!(names(&["--label", "team=web", "--label", "gpu"]), ["a-2"]);
    assert_eq!(names(&["--role", "reviewer"]), ["a-2"]);
    assert_eq!(names(&["--health", "late,unknown"]), ["a-10", "a"]);
    assert_eq!(names(&["--lifecycle", "absent"]), ["a"]);
    assert_eq!(names(&["--label", "team", "--health", "healthy"]), ["a-2", "a-1"]);
    let nothing = fake(labelled()).mosaic(&["ps", "--label", "team=none"]);
    assert_eq!(nothing.stdout, "none of 4 rows is of this kind; `mosaic ps` shows all\n");
}

#[test]
fn rows_go_by_any_column_both_ways_and_what_has_no_value_goes_last() {
    assert_eq!(names(&["--sort", "agent"]), ["a", "a-1", "a-2", "a-10"]);
    assert_eq!(names(&["--sort", "-agent"]), ["a-10", "a-2", "a-1", "a"]);
    assert_eq!(names(&["--sort", "memory"]), ["a-1", "a-2", "a-10", "a"]);
    assert_eq!(names(&["--sort", "-memory"]), ["a-10", "a-2", "a-1", "a"]);
    assert_eq!(names(&["--sort", "-cpu"]), ["a-1", "a-2", "a-10", "a"]);
    assert_eq!(names(&["--sort", "health,-agent"]), ["a-10", "a-2", "a-1", "a"]);
}

#[test]
fn named_columns_come_in_their_order_and_none_is_lost() {
    let fake = fake(labelled());
    let asked = &["ps", "--columns", "labels,agent,limits,boot"];
    let output = fake.finished(fake.command(asked).env("COLUMNS", "10"));
    assert_snapshot!(output.stdout);
    let output = fake.mosaic(&["ps", "--columns", "agent,helth"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("did you mean \"health\"?"), "{output:?}");
    let output = fake.mosaic(&["ps", "--sort", "-memroy"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("did you mean \"memory\"?"), "{output:?}");
    for wrong in
        [&["--health", "helthy"][..], &["--label", "=x"], &["--json", "--columns", "agent"]]
    {
        assert_eq!(fake.mosaic(&[&["ps"], wrong].concat()).code, 2, "{wrong:?}");
    }
}

#[test]
fn filters_and_order_hold_for_json_and_every_field_of_a_row_stays() {
    let mut rows = labelled();
    rows[0]["of_a_later_version"] = json!({"deep": [1, 2]});
    let fake = fake(rows.clone());
    let output = fake.mosaic(&["ps", "--json", "--label", "team=web", "--sort", "agent"]);
    assert_eq!(output.code, 0);
    let reply: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&reply["as_of_seq"], &reply["supervisor"]), (&json!(42), &crate::fake::status()));
    let shown = reply["rows"].as_array().unwrap();
    assert_eq!((shown.len(), &shown[0]["agent"]), (2, &json!("a-2")));
    assert_eq!(shown[1], rows[0]);
}

#[test]
fn r09_a_name_is_exact_and_the_nearest_is_told() {
    assert_eq!(names(&["a-1"]), ["a-1"]);
    assert_eq!(names(&["a", "a-10"]), ["a-10", "a"]);
    for verb in [&["ps", "a-100"][..], &["ps", "--json", "a-100"], &["agent", "list", "a-100"]] {
        let output = fake(labelled()).mosaic(verb);
        assert_eq!((output.code, output.stdout.as_str()), (4, ""), "{verb:?}");
        assert!(output.stderr.contains("did you mean \"a-10\"?"), "{output:?}");
    }
    // What all names begin with is the name of none.
    let numbered: Vec<Value> = labelled().into_iter().filter(|row| row["agent"] != "a").collect();
    let output = fake(numbered).mosaic(&["ps", "a"]);
    assert_eq!((output.code, output.stdout.as_str()), (4, ""), "{output:?}");
}

#[test]
fn what_an_agent_is_called_moves_no_cursor_and_no_column() {
    let mut plain = row("plain");
    plain["role"] = json!("r");
    let mut wide = row("wide");
    wide["role"] = json!("\u{4f5c}\u{5bb6} \u{1f600} e\u{301}");
    let mut evil = row("evil");
    evil["role"] = json!("\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\r\n");
    evil["labels"] = json!({"a\u{1b}[1m": "\u{8}"});
    evil["activity"]["detail"] = json!("\u{1b}[5n");
    evil["attached"] = json!("\u{1b}[6n");
    let mut long = row("long");
    long["role"] = json!("x".repeat(300));
    let mut foreign = row(&format!("\u{1b}[31m{}", "s".repeat(300)));
    foreign["managed"] = json!(false);
    let fake = fake(vec![plain, wide, evil, long, foreign]);
    let short = fake.mosaic(&["ps"]).stdout;
    for table in [&short, &fake.mosaic(&["ps", "--wide"]).stdout] {
        let moves = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!table.contains(moves), "{table:?}");
    }
    assert!(!short.contains(&"x".repeat(29)) && short.contains('\u{2026}'), "{short}");
    assert_snapshot!(short);
}

#[test]
fn limits_that_nothing_enforces_are_said() {
    let output = fake(labelled()).mosaic(&["ps"]);
    let said = "limits of 1 agent are not enforced";
    assert!(output.stdout.lines().last().unwrap().contains(said), "{output:?}");
    let mut held_to = labelled();
    held_to[2]["limits"]["enforced"] = json!(true);
    assert!(!fake(held_to).mosaic(&["ps"]).stdout.contains("not enforced"));
}

#[test]
fn the_most_urgent_is_named_first_and_counted() {
    let next = |rows: Vec<Value>| {
        let said = fake(rows).mosaic(&["ps"]).stdout;
        said.lines().last().unwrap().split_once("next: ").map(|(_, next)| next.to_owned())
    };
    let is = |name: &str, key: &str, word: &str| {
        let mut row = row(name);
        row[key] = json!(word);
        row
    };
    let mut asks = row("asks");
    asks["activity"]["state"] = json!("awaiting_approval");
    let mut drifts = row("drifts");
    drifts["drift"] = json!([{"field": "args", "wanted": "a", "running": "b"}]);
    let mut unready = row("unready");
    unready["boot"]["missing"] = json!(["no unit: `mosaic fleet enable` makes it"]);
    let mut rows = vec![row("well")];
    assert_eq!(next(rows.clone()), None);
    let steps = [
        (unready, "1 would not come back after a reboot: mosaic fleet enable"),
        (drifts, "1 in drift: mosaic agent restart drifts"),
        (asks, "1 awaiting: mosaic attach asks"),
        (is("slow", "health", "late"), "1 late: mosaic agent explain slow"),
        (is("mute", "health", "unresponsive"), "1 unresponsive: mosaic agent explain mute"),
        (is("dead", "lifecycle", "exited"), "1 exited: mosaic agent explain dead"),
        (is("held", "lifecycle", "held"), "1 held: mosaic agent explain held"),
    ];
    for (row, said) in steps {
        rows.push(row);
        assert_eq!(next(rows.clone()).as_deref(), Some(said));
    }
    rows.insert(0, is("also", "lifecycle", "held"));
    assert_eq!(next(rows).as_deref(), Some("2 held: mosaic agent explain also"));
}

#[test]
fn a_thousand_rows_are_drawn_in_one_width() {
    let many: Vec<Value> = (0..1000).map(|at| row(&format!("agent-{at}"))).collect();
    let output = fake(many).mosaic(&["ps"]);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 1002);
    let starts = |line: &str| line.find("tester");
    assert!(lines[1..1001].iter().all(|line| starts(line) == starts(lines[1])));
    assert_eq!(lines[1001], "1000 agents: 1000 healthy");
}

#[test]
fn colour_follows_the_choice_and_moves_nothing() {
    let fake = fake(rows());
    let coloured = fake.mosaic(&["ps", "--color", "always"]).stdout;
    assert!(coloured.contains("\x1b[32mhealthy\x1b[0m") && coloured.contains("\x1b[31m"));
    let mut plain = String::new();
    for (at, part) in coloured.split('\x1b').enumerate() {
        plain.push_str(if at == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(plain, fake.mosaic(&["ps", "--color", "never"]).stdout);
}

#[test]
fn a_terminal_gets_colour_in_its_width_and_no_color_is_honoured() {
    if !need("tmux") {
        return;
    }
    let fake = fake(rows());
    let terminal = Terminal::running(fake.home.path(), (80, 20), "", "ps");
    terminal.shows("[ended 0]");
    let screen = terminal.screen();
    assert!(screen.contains("HEARTBEAT") && !screen.contains("UNIT"), "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() <= 80));
    assert!(terminal.coloured().contains("\x1b[32mhealthy"), "{:?}", terminal.coloured());
    drop(terminal);
    let terminal = Terminal::running(fake.home.path(), (80, 20), "NO_COLOR=1", "ps");
    terminal.shows("[ended 0]");
    assert!(!terminal.coloured().contains("\x1b["), "{:?}", terminal.coloured());
}

#[test]
fn json_is_the_reply_byte_for_byte() {
    let fake =
        Fake::serving(Router::new().route("/v1/ps", get(|| async { "{\"later\": [1,  2]}" })));
    let output = fake.mosaic(&["ps", "--json"]);
    assert_eq!((output.code, output.stdout.as_str()), (0, "{\"later\": [1,  2]}\n"));
}

#[test]
fn the_usual_table_is_drawn_by_the_supervisor_and_every_other_here() {
    let asked = |uri: axum::http::Uri| async move { format!("{}\n", uri.query().unwrap_or("-")) };
    let rows = rows();
    let router = Router::new()
        .route("/v1/ps", get(|| async move { Json(ps(&rows)) }))
        .route("/v1/ps/table", get(asked));
    let fake = Fake::serving(router);
    let said = |words: &[&str], columns: &str| {
        let output = fake.finished(fake.command(words).env("COLUMNS", columns));
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{words:?}");
        output.stdout
    };
    assert_eq!(said(&["ps"], ""), "coloured=false\n");
    assert_eq!(said(&["fleet", "ps"], "80"), "coloured=false&columns=80\n");
    assert_eq!(said(&["--color", "always", "ps"], "80"), "coloured=true&columns=80\n");
    for words in [&["ps", "--wide"][..], &["ps", "ada"], &["ps", "--sort", "pid"]] {
        assert!(said(words, "").starts_with("AGENT "), "{words:?}");
    }
}

#[test]
fn why_the_supervisor_draws_nothing_is_told_once() {
    let refuses = || async {
        let error = json!({"code": "shutting_down", "message": "it leaves", "hint": null});
        (axum::http::StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": error})))
    };
    let fake = Fake::serving(Router::new().route("/v1/ps/table", get(refuses)));
    let output = fake.mosaic(&["ps"]);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", "mosaic: it leaves\n"));
    assert_ne!(output.code, 0);
}

#[test]
fn an_empty_fleet_says_what_to_do() {
    let output = fake(Vec::new()).mosaic(&["ps"]);
    assert_eq!(output.code, 0);
    assert_snapshot!(output.stdout);
}

#[test]
fn without_a_supervisor_the_panes_that_live_are_shown_and_nobody_is_healthy() {
    if !need("tmux") {
        return;
    }
    let fake = Fake::absent();
    let terminal = Terminal::running(fake.home.path(), (80, 20), "", "--version");
    terminal.shows("[ended 0]");
    std::os::unix::fs::symlink(terminal.socket(), fake.home.path().join("state/tmux.sock"))
        .unwrap();
    let output = fake.mosaic(&["ps"]);
    assert_eq!(output.code, 3, "{output:?}");
    assert!(
        output.stdout.contains("%0 alive") && output.stdout.contains("unmanaged"),
        "{output:?}"
    );
    assert!(!output.stdout.contains("healthy"));
    assert!(output.stderr.contains("1 row by direct probing, its health unknown"), "{output:?}");
    let output = fake.mosaic(&["ps", "--json"]);
    let reply: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((output.code, &reply["supervisor"]), (3, &Value::Null));
    assert_eq!(reply["rows"][0]["health"], "unknown");
    terminal.hang_up();
    let output = fake.mosaic(&["ps"]);
    assert_eq!((output.code, output.stdout.as_str()), (3, ""), "{output:?}");
}

#[test]
fn what_could_not_be_asked_stands_below_the_table() {
    let reply = |change: fn(&mut Value)| {
        let mut reply = ps(&[row("ada")]);
        change(&mut reply);
        let fake = Fake::serving(Router::new().route("/v1/ps", get(|| async move { Json(reply) })));
        fake.mosaic(&["ps"]).stdout
    };
    let lacks =
        reply(|reply| reply["incomplete"] = json!(["strangers are not shown: \u{1b}[1mno"]));
    let lines: Vec<&str> = lacks.lines().skip(2).collect();
    assert_eq!(lines, ["strangers are not shown:  [1mno", "1 agent: 1 healthy"]);
    let lost = reply(|reply| reply["supervisor"]["tmux"] = json!("it was killed"));
    assert!(lost.contains("\nour tmux server is out of reach: it was killed\n1 agent"), "{lost}");
}

#[test]
fn without_a_supervisor_the_roster_names_who_should_be_there_and_nothing_is_guessed() {
    let fake = Fake::absent();
    let config = fake.home.path().join("config");
    std::fs::create_dir_all(&config).unwrap();
    let roster = "version: 1\nhost: moor\nagents:\n  - {name: ada, role: tester, runtime: stub, workspace: /, labels: {team: web}}\n";
    std::fs::write(config.join("roster.yaml"), roster).unwrap();
    let output = fake.mosaic(&["ps"]);
    assert_eq!(output.code, 3, "{output:?}");
    let row = output.stdout.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>();
    let unknown = "unknown";
    assert_eq!(row[..5], ["ada", "tester", "stub", unknown, unknown], "{output:?}");
    // SESSION, UNIT, HEARTBEAT, HEALTH, DRIFT and BOOT are known to nobody.
    assert_eq!(row.iter().filter(|cell| **cell == unknown).count(), 6, "{output:?}");
    let reply: Value = serde_json::from_str(&fake.mosaic(&["ps", "--json"]).stdout).unwrap();
    assert_eq!(
        (&reply["rows"][0]["host"], &reply["rows"][0]["pane"]),
        (&json!("moor"), &Value::Null)
    );
    let output = fake.mosaic(&["agent", "list", "--names-only", "--label", "team=web"]);
    assert_eq!((output.code, output.stdout.as_str()), (3, "ada\n"));
    if !need("tmux") {
        return;
    }
    let terminal = Terminal::running(fake.home.path(), (80, 20), "", "--version");
    terminal.shows("[ended 0]");
    std::os::unix::fs::symlink(terminal.socket(), fake.home.path().join("state/tmux.sock"))
        .unwrap();
    let reply: Value = serde_json::from_str(&fake.mosaic(&["ps", "--json"]).stdout).unwrap();
    let stranger = &reply["rows"][1];
    assert_eq!((&stranger["managed"], &stranger["process"]["count"]), (&json!(false), &json!(1)));
    // A server that hangs is a question without an answer: the rows say so, and are still there.
    let server = terminal.server();
    kill(Pid::from_raw(server), Signal::SIGSTOP).unwrap();
    let output = fake.mosaic(&["ps"]);
    kill(Pid::from_raw(server), Signal::SIGCONT).unwrap();
    assert_eq!(output.code, 3, "{output:?}");
    assert!(output.stdout.contains("sessions are not shown: ask tmux on"), "{output:?}");
    assert!(output.stdout.starts_with("AGENT") && output.stdout.contains("\nada "), "{output:?}");
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let many: Vec<Value> = (0..4000).map(|at| row(&format!("agent-{at}"))).collect();
    let fake = fake(many);
    let mut child = fake
        .command(&["ps"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = fake.ended(child);
    assert_eq!((output.code, output.stderr.as_str()), (141, ""));
}
