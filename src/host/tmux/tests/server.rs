//! The server: started once, never by accident, attached to without harm.

use std::fs;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getsid};
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{DEADLINE, Fixture, end, eventually};
use crate::fleet::Pane;
use crate::host::tmux::server::answers_within;
use crate::host::tmux::{
    Pasted, Tmux, TmuxError, answers, attach_argv, start_detached, write_configuration,
};

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

#[tokio::test]
async fn a_client_never_starts_a_server() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("tmux.sock");
    assert_eq!(answers(&socket).await.unwrap(), None);
    let error = Tmux::connect(&socket).await.err().unwrap();
    assert!(matches!(error, TmuxError::NotListening { .. }), "{error}");
    // Not even one that runs the command that makes sessions.
    let mut client = crate::host::tmux::server::client(&socket);
    let status = client.args(["new-session", "-d"]).status().unwrap();
    assert!(!status.success());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "something was started");
}

#[tokio::test]
async fn a_socket_that_a_dead_server_left_is_an_absence() {
    let fixture = Fixture::new().await;
    end(fixture.tmux.server_pid());
    eventually("no server", async || answers(&fixture.socket()).await.unwrap().is_none()).await;
    assert!(fixture.socket().exists());
}

#[tokio::test]
async fn a_server_that_hangs_is_an_error_and_not_an_absence() {
    let fixture = Fixture::new().await;
    let pid = Pid::from_raw(fixture.tmux.server_pid().try_into().unwrap());
    kill(pid, Signal::SIGSTOP).unwrap();
    let asked = answers_within(&fixture.socket(), Duration::from_millis(300)).await;
    kill(pid, Signal::SIGCONT).unwrap();
    assert!(matches!(asked, Err(TmuxError::Unanswered { .. })), "{asked:?}");
}

#[tokio::test]
async fn two_starts_at_once_make_one_server_in_a_session_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("tmux.sock");
    let configuration = directory.path().join("tmux.conf");
    write_configuration(&configuration).unwrap();
    let (one, other) = tokio::join!(
        start_detached(&socket, &configuration),
        start_detached(&socket, &configuration)
    );
    one.unwrap();
    other.unwrap();
    let pid = answers(&socket).await.unwrap().unwrap();
    start_detached(&socket, &configuration).await.unwrap();
    assert_eq!(answers(&socket).await.unwrap(), Some(pid), "a second server took the socket");
    let process = Pid::from_raw(pid.try_into().unwrap());
    let session = getsid(Some(process)).unwrap();
    let environment = fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
    end(pid);
    assert_eq!(session, process, "it would get our terminal's hangup");
    let names = environment.split('\0').filter_map(|pair| pair.split_once('=').map(|pair| pair.0));
    let known = ["HOME", "PATH", "LANG", "DBUS_SESSION_BUS_ADDRESS"];
    assert!(names.clone().all(|name| known.contains(&name)), "{:?}", names.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_socket_path_that_is_too_long_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("x".repeat(100));
    let error = start_detached(&socket, &directory.path().join("conf")).await.unwrap_err();
    assert!(error.to_string().contains("longer than 107 bytes"), "{error}");
}

#[tokio::test]
async fn the_end_of_the_server_is_told_at_once() {
    let mut fixture = Fixture::new().await;
    end(fixture.tmux.server_pid());
    let reason = timeout(DEADLINE, &mut fixture.ended).await.unwrap().unwrap();
    assert!(!reason.is_empty());
    let error = fixture.tmux.panes().await.unwrap_err();
    assert!(!error.may_have_acted(), "{error:?}");
}

#[tokio::test]
async fn two_connections_share_the_hub() {
    let fixture = Fixture::new().await;
    let (second, _ended) = Tmux::connect(&fixture.socket()).await.unwrap();
    assert_eq!(second.version(), fixture.tmux.version());
    let panes = second.panes().await.unwrap();
    assert_eq!(panes.len(), 1, "{panes:?}");
    assert_eq!(panes[0].role.as_deref(), Some("hub"));
    assert_eq!(panes[0].session_name, "mosaic-hub");
}

#[tokio::test]
async fn no_key_leads_out_of_an_agents_session() {
    let fixture = Fixture::new().await;
    let keys = fixture.client(&["list-keys", "-T", "prefix"]).await;
    let mut keys: Vec<&str> = keys.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    // Each tmux has an order of its own.
    keys.sort_unstable();
    assert_eq!(keys, ["copy-mode", "detach-client", "send-prefix"]);
    let mut root = crate::host::tmux::server::client(&fixture.socket());
    let root = root.args(["list-keys", "-T", "root"]).output().unwrap();
    assert!(root.stdout.is_empty(), "{}", String::from_utf8_lossy(&root.stdout));
    // While somebody looks back, tmux itself has the keys: none runs a command of their own, pipes
    // text to a program or turns to another session.
    let looking_back = fixture.client(&["list-keys", "-T", "copy-mode"]).await;
    let commands = looking_back.lines().map(|line| {
        let bound = line.split_once("copy-mode").unwrap().1.trim_start();
        bound.split_once(' ').unwrap().1.trim_start()
    });
    for command in commands {
        let is_safe = ["send-keys -", "command-prompt -", "select-pane"].iter().any(|safe| {
            let prompt_is_safe = !command.starts_with("command-prompt")
                || command.contains("{ send-keys -")
                || command.contains("\"send-keys -");
            command.starts_with(safe) && prompt_is_safe
        });
        assert!(is_safe && !command.contains("pipe\""), "{command}");
    }
}

/// A client of the command line with a terminal of its own, which `script` gives it.
fn on_a_terminal(line: &str) -> tokio::process::Child {
    let mut script = crate::host::tmux::server::program("script");
    script.args(["-qec", line, "/dev/null"]).env("TERM", "xterm");
    script.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    tokio::process::Command::from(script).kill_on_drop(true).spawn().unwrap()
}

#[tokio::test]
async fn who_comes_and_goes_is_told_by_tmux_and_only_who_can_type_is_listed() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (fixture.pane("ada", "exec cat").await, fixture.pane("bob", "exec cat").await);
    let mut arrivals = fixture.tmux.arrivals();
    arrivals.mark_unchanged();
    let line = attach_argv(&fixture.socket(), &ada.session).join(" ").replace('$', "\\$");
    let mut typist = on_a_terminal(&line);
    timeout(DEADLINE, arrivals.changed()).await.expect("its coming is told").unwrap();
    eventually("a client", async || fixture.tmux.clients().await.unwrap().len() == 1).await;
    let reader = on_a_terminal(&format!("{line} -r"));
    let three = async || {
        let all = fixture.client(&["list-clients", "-F", "#{client_readonly}"]).await;
        all.lines().any(|is_readonly| is_readonly == "1")
    };
    eventually("a reader", three).await;
    let client = fixture.tmux.clients().await.unwrap();
    assert_eq!(client.len(), 1, "our own clients and a reader do not type: {client:?}");
    let client = client[0].clone();
    assert_eq!(client.session, ada.session);
    assert!(client.tty.starts_with("/dev/"), "{client:?}");
    assert_eq!(client.user, crate::places::user_name());
    // Only who sits where it is said to sit leaves.
    fixture.tmux.let_go(&bob.session, &bob.window, client.pid).await.unwrap();
    fixture.tmux.let_go(&ada.session, &ada.window, 1).await.unwrap();
    assert_eq!(fixture.tmux.clients().await.unwrap(), std::slice::from_ref(&client));
    arrivals.mark_unchanged();
    fixture.tmux.let_go(&ada.session, &ada.window, client.pid).await.unwrap();
    timeout(DEADLINE, arrivals.changed()).await.expect("its going is told").unwrap();
    timeout(DEADLINE, typist.wait()).await.unwrap().unwrap();
    assert_eq!(fixture.tmux.clients().await.unwrap(), []);
    drop(reader);
}

#[tokio::test]
async fn who_turns_to_another_window_of_their_own_session_is_told_by_tmux() {
    let fixture = Fixture::new().await;
    let ada = fixture.pane("ada", "exec cat").await;
    let made =
        ["new-session", "-d", "-P", "-F", "#{session_id}", "-s", "own", "-n", "mine", "exec cat"];
    let own = fixture.client(&made).await;
    fixture.client(&["link-window", "-d", "-s", &ada.window, "-t", &format!("{own}:7")]).await;
    let line = attach_argv(&fixture.socket(), &own).join(" ").replace('$', "\\$");
    let _typist = on_a_terminal(&line);
    eventually("a client", async || fixture.tmux.clients().await.unwrap().len() == 1).await;
    assert_ne!(fixture.tmux.clients().await.unwrap()[0].window, ada.window);
    let mut arrivals = fixture.tmux.arrivals();
    for (window, is_hers) in [("7", true), ("mine", false)] {
        arrivals.mark_unchanged();
        fixture.client(&["select-window", "-t", &format!("{own}:{window}")]).await;
        timeout(DEADLINE, arrivals.changed()).await.expect("its turning is told").unwrap();
        let shown = fixture.tmux.clients().await.unwrap()[0].window.clone();
        assert_eq!(shown == ada.window, is_hers, "{shown}");
    }
}

#[tokio::test]
async fn whoever_attaches_types_without_resizing_and_leaves_with_the_prefix() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "exec cat").await;
    assert_eq!(fixture.tmux.humans(&pane.session).await.unwrap(), []);
    // `script` gives the client a terminal, which has another size than the pane.
    let line = attach_argv(&fixture.socket(), &pane.session)
        .iter()
        .map(|word| format!("'{word}'"))
        .collect::<Vec<_>>()
        .join(" ");
    let mut script = crate::host::tmux::server::program("script");
    script.args(["-qec", &format!("stty rows 10 cols 40; exec {line}"), "/dev/null"]);
    script.env("TERM", "xterm").stdin(std::process::Stdio::piped());
    script.stdout(std::process::Stdio::null());
    let mut script = tokio::process::Command::from(script).kill_on_drop(true).spawn().unwrap();
    let mut keyboard = script.stdin.take().unwrap();
    eventually("a human", async || fixture.tmux.humans(&pane.session).await.unwrap().len() == 1)
        .await;
    let human = fixture.tmux.humans(&pane.session).await.unwrap().remove(0);
    assert!(human.tty.starts_with("/dev/"), "{human:?}");
    assert!(human.activity_ms_ago < 60_000, "{human:?}");
    // `C-b c` and `C-b :` are nothing now; what follows the latter is text for the agent.
    keyboard.write_all(b"\x02c\x02:kill-server\rhello\r").await.unwrap();
    fixture.shows(&pane, "hello").await;
    let size = ["display-message", "-p", "-t", &pane.id, "#{pane_width}x#{pane_height}"];
    assert_eq!(fixture.client(&size).await, "80x24");
    assert_eq!(fixture.tmux.panes().await.unwrap().len(), 2, "a key made a window");
    fixture.tmux.follow_size(&pane.window).await.unwrap();
    eventually("the human's size", async || fixture.client(&size).await == "40x10").await;
    fixture.tmux.set_size(&pane.window, 80, 24).await.unwrap();
    assert_eq!(fixture.client(&size).await, "80x24");
    keyboard.write_all(b"\x02d").await.unwrap();
    timeout(DEADLINE, script.wait()).await.unwrap().unwrap();
    assert_eq!(fixture.tmux.humans(&pane.session).await.unwrap(), []);
    assert!(!fixture.tmux.panes().await.unwrap().iter().any(|pane| pane.dead));
}

/// The client of a role: the one that sits in our session of that name.
async fn client_pid(fixture: &Fixture, session: &str) -> u32 {
    let said = fixture.client(&["list-clients", "-F", "#{client_session} #{client_pid}"]).await;
    let line = said.lines().find_map(|line| line.strip_prefix(&format!("{session} ")));
    line.unwrap().parse().unwrap()
}

/// Three keys for a pane whose server is stopped: asked, and not answered yet.
async fn pressed(fixture: &Fixture, pane: &Pane) -> Vec<JoinHandle<Result<Pasted, TmuxError>>> {
    signal(fixture.tmux.server_pid(), Signal::SIGSTOP);
    let press = || {
        let (tmux, pane) = (fixture.tmux.clone(), pane.id.clone());
        tokio::spawn(async move { tmux.press(&pane, b"x", None).await })
    };
    let asked = (0..3).map(|_| press()).collect();
    // They and the connection run on this one thread, and each needs a turn or two of it.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    asked
}

#[tokio::test]
async fn what_was_on_its_way_when_the_server_died_is_in_doubt() {
    let mut fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "exec cat").await;
    let asked = pressed(&fixture, &pane).await;
    end(fixture.tmux.server_pid());
    for asked in asked {
        let error = timeout(DEADLINE, asked).await.unwrap().unwrap().unwrap_err();
        assert!(matches!(error, TmuxError::Interrupted { .. }), "{error:?}");
        assert!(error.may_have_acted());
    }
    timeout(DEADLINE, &mut fixture.ended).await.unwrap().unwrap();
    let error = fixture.tmux.press(&pane.id, b"y", None).await.unwrap_err();
    assert!(!error.may_have_acted(), "nobody was there to ask: {error:?}");
}

#[tokio::test]
async fn after_a_broken_connection_to_a_living_server_the_next_one_serves_the_same_panes() {
    let mut fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "stty raw -echo; echo ready; exec cat >keys").await;
    fixture.shows(&pane, "ready").await;
    let (server, client) = (fixture.tmux.server_pid(), client_pid(&fixture, "mosaic-hub").await);
    let asked = pressed(&fixture, &pane).await;
    end(client);
    signal(server, Signal::SIGCONT);
    let mut done = 0;
    for asked in asked {
        match timeout(DEADLINE, asked).await.unwrap().unwrap() {
            Ok(pressed) => {
                assert_eq!(pressed, Pasted::Done);
                done += 1;
            }
            Err(error) => assert!(error.may_have_acted(), "{error:?}"),
        }
    }
    let reason = timeout(DEADLINE, &mut fixture.ended).await.unwrap().unwrap();
    assert!(!reason.is_empty());
    let (again, _ended) = Tmux::connect(&fixture.socket()).await.unwrap();
    assert_eq!(again.server_pid(), server);
    assert!(again.panes().await.unwrap().iter().any(|seen| seen.pid == pane.pid && !seen.dead));
    assert_eq!(again.press(&pane.id, b"y", None).await.unwrap(), Pasted::Done);
    let keys = || fs::read_to_string(fixture.path("keys")).unwrap();
    eventually("the last key", async || keys().ends_with('y')).await;
    // What was said to be done was done, and nothing more often than it was asked.
    assert!((done..=3).contains(&keys().matches('x').count()), "{:?} for {done}", keys());
}
