//! Tab in real shells: what each offers, and that it asks nobody who would be started by it.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use serde_json::{Value, json};

use crate::fake::{Fake, status, wait_until};
use crate::need::need;
use crate::terminal::Terminal;

const ROSTER: &str = "\
version: 1
defaults: {workspace: /}
agents:
  - {name: ada, runtime: stub, role: reviews changes, labels: {team: core}}
  - {name: bob, runtime: stub, role: tests green, labels: {team: web}}
  - {name: bot-2, runtime: stub}
";

/// The last event of a journal of many.
const HEAD: usize = 8001;

/// Longer than a shell takes for a Tab on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// A home with a roster, a program in PATH and no supervisor.
fn home() -> Fake {
    let fake = Fake::absent();
    let home = fake.home.path();
    for directory in ["config", "bin", "work", "work/manual"] {
        std::fs::create_dir_all(home.join(directory)).unwrap();
    }
    std::fs::write(home.join("config/roster.yaml"), ROSTER).unwrap();
    std::fs::write(home.join("work/plan.yaml"), "").unwrap();
    std::fs::write(home.join("work/plain.txt"), "").unwrap();
    symlink(env!("CARGO_BIN_EXE_mosaic"), home.join("bin/mosaic")).unwrap();
    fake
}

/// A shell at its prompt, with completions as its user loads them.
fn shell(home: &Path, start: &str) -> Terminal {
    let path = std::env::var("PATH").unwrap();
    let home = home.display();
    let line = format!(
        "cd '{home}/work'; env -i HOME='{home}' MOSAIC_HOME='{home}' PATH='{home}/bin:{path}' \
         TERM=screen LC_ALL=C.UTF-8 ZDOTDIR='{home}' {start}"
    );
    let terminal = Terminal::with(Path::new(&home.to_string()), (100, 24), &line);
    ends(&terminal, |line| line == ">", "a prompt");
    terminal
}

fn last(terminal: &Terminal) -> String {
    terminal.screen().lines().last().unwrap_or_default().trim_end().to_owned()
}

/// Waits for what stands on the last line.
fn ends(terminal: &Terminal, wanted: impl Fn(&str) -> bool, what: &str) {
    let started = Instant::now();
    while !wanted(&last(terminal)) {
        assert!(started.elapsed() < DEADLINE, "{what}:\n{}", terminal.screen());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Each line that is typed becomes, at a Tab, that one.
fn becomes(terminal: &Terminal, lines: &[(&str, &str)]) {
    for (typed, wanted) in lines {
        terminal.type_bytes("\x15");
        ends(terminal, |line| line == ">", "an empty line");
        terminal.type_bytes(typed);
        ends(terminal, |line| line.ends_with(typed.trim_end()), typed);
        terminal.press(&["Tab"]);
        ends(terminal, |line| line == format!("> {wanted}"), &format!("{typed} → {wanted}"));
    }
}

/// What both bash and zsh make of it.
const LINES: &[(&str, &str)] = &[
    ("mosaic wat", "mosaic watch"),
    ("mosaic watch ad", "mosaic watch ada"),
    ("mosaic agent restart ada bot", "mosaic agent restart ada bot-2"),
    ("mosaic ps --rol", "mosaic ps --role"),
    ("mosaic ps --role te", "mosaic ps --role tests\\ green"),
    ("mosaic ps --role=te", "mosaic ps --role=tests\\ green"),
    ("mosaic ps --role 'te", "mosaic ps --role 'tests green'"),
    ("mosaic ps --label team=w", "mosaic ps --label team=web"),
    ("mosaic ps --label=team=w", "mosaic ps --label=team=web"),
    ("mosaic ps --health healthy,la", "mosaic ps --health healthy,late"),
    ("mosaic ps --sort health,-mem", "mosaic ps --sort health,-memory"),
    (
        "mosaic events --type agent.held,session.stopp",
        "mosaic events --type agent.held,session.stopping",
    ),
    ("mosaic fleet up --roster pl", "mosaic fleet up --roster plan.yaml"),
    ("mosaic fleet up --roster=pl", "mosaic fleet up --roster=plan.yaml"),
    ("mosaic send ada --file plai", "mosaic send ada --file plain.txt"),
    ("mosaic man --write ma", "mosaic man --write manual/"),
    ("mosaic --color al", "mosaic --color always"),
    ("mosaic help agent wat", "mosaic help agent watch"),
    ("echo x | mosaic send b", "echo x | mosaic send bo"),
    ("mosaic send bob", "mosaic send bob"),
];

#[test]
fn bash_completes_verbs_options_names_and_what_must_be_quoted() {
    if !need("tmux") || !need("bash") {
        return;
    }
    let fake = home();
    let rc = fake.home.path().join("bashrc");
    std::fs::write(&rc, "PS1='> '\nsource <(mosaic completions bash)\n").unwrap();
    let terminal = shell(fake.home.path(), &format!("bash --rcfile '{}' -i", rc.display()));
    becomes(&terminal, LINES);
    becomes(&terminal, &[("mosaic ps --role \"te", "mosaic ps --role \"tests green\"")]);
    becomes(&terminal, &[("mosaic watch ", "mosaic watch")]);
    terminal.press(&["Tab"]);
    terminal.shows("ada    reviews changes");
    terminal.shows("bob    tests green");
}

#[test]
fn zsh_completes_verbs_options_names_and_what_must_be_quoted() {
    if !need("tmux") || !need("zsh") {
        return;
    }
    let fake = home();
    let rc = "PS1='> '\nautoload -Uz compinit; compinit -D -u\nsource <(mosaic completions zsh)\n";
    std::fs::write(fake.home.path().join(".zshrc"), rc).unwrap();
    let terminal = shell(fake.home.path(), "zsh -i");
    becomes(&terminal, LINES);
    terminal.type_bytes("\x15");
    terminal.type_bytes("mosaic watch b");
    terminal.press(&["Tab", "Tab"]);
    terminal.shows("bob    tests green");
    // As a file of $fpath, too.
    let functions = fake.home.path().join("functions");
    std::fs::create_dir(&functions).unwrap();
    let script = fake.mosaic(&["completions", "zsh"]).stdout;
    std::fs::write(functions.join("_mosaic"), script).unwrap();
    let rc = "PS1='> '\nfpath=(~/functions $fpath)\nautoload -Uz compinit; compinit -D -u\n";
    std::fs::write(fake.home.path().join(".zshrc"), rc).unwrap();
    let terminal = shell(fake.home.path(), "zsh -i");
    becomes(&terminal, &[("mosaic watch ad", "mosaic watch ada"), ("mosaic wat", "mosaic watch")]);
}

#[test]
fn fish_completes_verbs_options_names_and_what_must_be_quoted() {
    if !need("tmux") || !need("fish") {
        return;
    }
    let fake = home();
    let script = fake.home.path().join("mosaic.fish");
    std::fs::write(&script, fake.mosaic(&["completions", "fish"]).stdout).unwrap();
    let offered = |line: &str| {
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", fake.home.path().join("bin").display());
        let ask = format!("source '{}'; complete -C \"{line}\"", script.display());
        let mut command = std::process::Command::new("fish");
        command.args(["--no-config", "-c", &ask]).current_dir(fake.home.path().join("work"));
        command
            .env("PATH", path)
            .env("MOSAIC_HOME", fake.home.path())
            .env("HOME", fake.home.path());
        let output = command.output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(offered("mosaic watch a"), ["ada\treviews changes"]);
    assert_eq!(offered("mosaic ps --role t"), ["tests green\tbob"]);
    assert_eq!(offered("mosaic ps --role=t"), ["--role=tests green\tbob"]);
    assert_eq!(offered("mosaic ps --health healthy,la"), ["healthy,late"]);
    assert_eq!(offered("mosaic fleet check p"), ["plan.yaml"]);
    assert_eq!(offered("mosaic fleet up --roster=p"), ["--roster=plan.yaml"]);
    assert_eq!(offered("mosaic send ada --file plai"), ["plain.txt"]);
    assert_eq!(offered("mosaic send ada --file=plai"), ["--file=plain.txt"]);
    assert_eq!(offered("mosaic man --write m"), ["manual/"]);
    assert_eq!(offered("mosaic man --write=m"), ["--write=manual/"]);
    assert_eq!(offered("mosaic wat"), ["watch\tLooks at an agent's screen, live"]);
    assert_eq!(offered("mosaic watch zz"), [""; 0]);
    let start = format!(
        "fish --no-config -i -C 'source {}; function fish_prompt; printf \"> \"; end'",
        script.display()
    );
    let terminal = shell(fake.home.path(), &start);
    terminal.type_bytes("mosaic ps --role te");
    terminal.press(&["Tab"]);
    terminal.shows("mosaic ps --role tests\\ green");
}

/// A socket that systemd holds while no supervisor runs would start one at the first connection.
#[test]
fn no_tab_connects_to_a_socket_without_a_supervisor_behind_it() {
    let fake = home();
    let socket = UnixListener::bind(fake.socket()).unwrap();
    socket.set_nonblocking(true).unwrap();
    for line in ["watch ", "message cancel ", "message show ", "ps --label "] {
        let words =
            [&["complete", "fish", "--", "mosaic"][..], &line.split(' ').collect::<Vec<_>>()];
        let output = fake.mosaic(&words.concat());
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{line}");
    }
    let came = socket.accept();
    assert!(came.is_err_and(|why| why.kind() == ErrorKind::WouldBlock), "somebody connected");
    assert!(fake.mosaic(&["complete", "fish", "--", "mosaic", "watch", ""]).stdout.contains("ada"));
}

/// This process holds the lock of the supervisor, as long as the file lives.
fn held(path: &Path) -> std::fs::File {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let behind_name = stat.rsplit(')').next().unwrap();
    let started: u64 = behind_name.split_whitespace().nth(19).unwrap().parse().unwrap();
    let text = json!({"pid": std::process::id(), "since_ms": 1, "how": "detached", "version": "1", "started": started});
    std::fs::write(path, text.to_string()).unwrap();
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let [kind, whence] =
        [libc::F_WRLCK, libc::SEEK_SET].map(|constant| i16::try_from(constant).unwrap());
    let whole = libc::flock { l_type: kind, l_whence: whence, l_start: 0, l_len: 0, l_pid: 0 };
    fcntl(&file, FcntlArg::F_OFD_SETLK(&whole)).unwrap();
    file
}

#[test]
fn of_many_messages_the_newest_are_offered_first() {
    async fn page(Query(asked): Query<HashMap<String, String>>) -> Json<Value> {
        let of = |name: &str| -> usize { asked[name].parse().unwrap() };
        // Each third event of the journal is of this kind.
        let seqs = (of("from")..=HEAD).filter(|seq| seq % 3 == 0).take(of("limit"));
        let events: Vec<Value> = seqs
            .map(|seq| {
                json!({"seq": seq, "id": format!("{seq:032x}"), "ts_ms": 1_764_000_000_000_u64,
                    "tenant": "t", "host": "h", "agent": "ada", "session": null,
                    "type": "message.queued", "schema_version": 1, "actor": "cli", "cause": null,
                    "traceparent": null, "payload": {"message": {"id": format!("m{seq}"), "text": "go on"}}})
            })
            .collect();
        Json(json!({"schema_version": 1, "as_of_seq": HEAD, "events": events}))
    }
    let mut said = status();
    said["head_seq"] = json!(HEAD);
    let router = Router::new()
        .route("/v1/status", get(|| async { Json(said) }))
        .route("/v1/events", get(page));
    let fake = Fake::serving(router);
    let _lock = held(&fake.home.path().join("state/supervisor.lock"));
    let words = ["complete", "fish", "--", "mosaic", "message", "show", ""];
    // A busy machine may not answer within the moment that a Tab waits.
    let mut offered = String::new();
    wait_until("messages", || {
        offered = fake.mosaic(&words).stdout;
        !offered.is_empty()
    });
    let first: Vec<&str> =
        offered.lines().take(2).filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(first, ["m8001", "m7998"], "{offered}");
    assert_eq!(offered.lines().count(), 50);
}

#[test]
fn a_roster_that_is_being_mended_still_names_its_agents() {
    let fake = home();
    let ask = || fake.mosaic(&["complete", "fish", "--", "mosaic", "agent", "start", ""]).stdout;
    let whole =
        "version: 1\nagents:\n  - {name: ada, runtime: stub}\n  - {name: bob, runtime: stub}\n";
    for (told, wanted) in [
        (whole.replace("version: 1", "version: 1\nroles: 7"), ["ada", "bob"].as_slice()),
        (whole.replace("runtime: stub", "runtime: sutb"), &["ada", "bob"]),
        (whole.replace("name: bob", "name: Bob"), &["ada"]),
        (whole.replace("bob", "ada"), &["ada"]),
        (format!("{whole}  - {{name: cyd, [\n"), &["ada", "bob"]),
        ("version: 1\nagents: {ada: 1}\n".to_owned(), &[]),
    ] {
        std::fs::write(fake.home.path().join("config/roster.yaml"), &told).unwrap();
        assert_ne!(fake.mosaic(&["fleet", "check"]).code, 0, "{told}");
        let offered = ask();
        let names: Vec<&str> = offered.lines().map(|line| line.trim_end()).collect();
        assert_eq!(names, wanted, "{told}");
    }
}

#[test]
fn a_tab_is_silent_whatever_is_wrong() {
    let fake = home();
    let ask = |line: &str| fake.mosaic(&["complete", "bash", "--", line]);
    for roster in ["version: 1\nagents: {", "", "no roster at all"] {
        std::fs::write(fake.home.path().join("config/roster.yaml"), roster).unwrap();
        let output = ask("mosaic watch a");
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "", ""));
    }
    std::fs::remove_dir_all(fake.home.path().join("config")).unwrap();
    for line in
        ["mosaic watch ", "mosaic nope ", "mosaic ps --none=", "", "mosaic ps \"", "mosaic ps \\"]
    {
        let output = ask(line);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{line}");
    }
}
