//! The tmux server itself: started detached, asked whether it answers, attached to.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

use super::TmuxError;

/// How long a fresh server may take to answer: it takes some 10 ms, on a machine that thrashes
/// a second.
const START_DEADLINE: Duration = Duration::from_secs(10);

/// How long one question may take. A server with 2000 busy panes answers within half a second;
/// ten seconds is a server that hangs.
pub(super) const REPLY_DEADLINE: Duration = Duration::from_secs(10);

/// The longest path of a socket that the kernel takes, without the final NUL.
const SOCKET_PATH_MAX: usize = 107;

/// A program from the PATH, with nothing of tmux in its environment and no directory held busy.
#[expect(clippy::disallowed_methods, reason = "the one place where this hand starts children")]
pub(super) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_remove("TMUX").env_remove("TMUX_PANE").current_dir("/").stdin(Stdio::null());
    command
}

/// A client of the server on this socket; it never starts one.
pub(super) fn client(socket: &Path) -> Command {
    let mut command = program("tmux");
    command.args(["-N", "-u", "-S"]).arg(socket);
    command
}

/// The command that takes over the keyboard of a session, by its id.
pub fn attach_argv(socket: &Path, session: &str) -> Vec<String> {
    let socket = socket.to_string_lossy().into_owned();
    // UTF-8 whatever the locale says: without one tmux would draw `_` for every other character.
    let words = ["tmux", "-u", "-N", "-S", &socket, "attach-session", "-t", session];
    words.map(str::to_owned).to_vec()
}

/// Starts the tmux server in a session of its own, so that it outlives us, and waits until it
/// answers. A server that lives is left as it is; of two that start at once one survives.
pub async fn start_detached(socket: &Path, configuration: &Path) -> Result<(), TmuxError> {
    let not_started = |why: String| TmuxError::NotStarted { socket: socket.to_owned(), why };
    if socket.as_os_str().len() > SOCKET_PATH_MAX {
        return Err(not_started(format!("its path is longer than {SOCKET_PATH_MAX} bytes")));
    }
    if answers(socket).await?.is_some() {
        return Ok(());
    }
    let spawned = timeout(START_DEADLINE, server(socket, configuration).status()).await;
    match spawned {
        Ok(Ok(status)) if status.success() => {}
        Ok(Ok(status)) => return Err(not_started(format!("`setsid` ended with {status}"))),
        Ok(Err(source)) => {
            return Err(TmuxError::Host { attempt: "run `setsid tmux -D`".into(), source });
        }
        Err(_) => return Err(not_started("`setsid` did not return".into())),
    }
    answers_soon(socket).await
}

/// Waits until a server that was just started answers.
pub async fn answers_soon(socket: &Path) -> Result<(), TmuxError> {
    // Nobody tells when the server listens: tmux in the foreground reports to no one, and its
    // socket is there a moment before it listens. So we ask until it answers.
    let answered = async {
        let mut pause = Duration::from_millis(2);
        while !matches!(answers(socket).await, Ok(Some(_))) {
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    };
    timeout(START_DEADLINE, answered).await.map_err(|_| TmuxError::NotStarted {
        socket: socket.to_owned(),
        why: format!(
            "it did not answer within {} s; run `tmux -D -S {}` to see why",
            START_DEADLINE.as_secs(),
            socket.display()
        ),
    })
}

/// The server in the foreground (`-D`), made a daemon by `setsid`: a session of its own, no
/// terminal, a clean environment.
fn server(socket: &Path, configuration: &Path) -> tokio::process::Command {
    let mut command = program("setsid");
    command.args(["--fork", "tmux", "-D", "-S"]).arg(socket).arg("-f").arg(configuration);
    command.stdout(Stdio::null()).stderr(Stdio::null()).env_clear();
    for name in ["HOME", "PATH", "LANG"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    // A tmux that finds a user manager moves each pane into a scope of its own, out of ours.
    command.env("DBUS_SESSION_BUS_ADDRESS", "disabled:");
    tokio::process::Command::from(command)
}

/// The pid of the server on this socket, once it has answered a question. `None` only when
/// nothing listens there; a question without an answer is an error.
pub async fn answers(socket: &Path) -> Result<Option<u32>, TmuxError> {
    answers_within(socket, REPLY_DEADLINE).await
}

pub(super) async fn answers_within(
    socket: &Path,
    within: Duration,
) -> Result<Option<u32>, TmuxError> {
    if !listens(socket).await? {
        return Ok(None);
    }
    let attempt = format!("ask the tmux server on {}", socket.display());
    let mut question = client(socket);
    question.args(["display-message", "-p", "#{pid}"]);
    let mut question = tokio::process::Command::from(question);
    let output = match timeout(within, question.kill_on_drop(true).output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            return Err(TmuxError::Missing);
        }
        Ok(Err(source)) => return Err(TmuxError::Host { attempt, source }),
        Err(_) => return Err(TmuxError::Unanswered { attempt, within }),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    match said.trim().parse() {
        Ok(pid) if output.status.success() => Ok(Some(pid)),
        // It may have ended between the two questions.
        _ if !listens(socket).await? => Ok(None),
        _ => {
            let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(TmuxError::Said { attempt, text })
        }
    }
}

/// Whether anything listens on the socket; a socket file that a dead server left does not.
#[expect(clippy::wildcard_enum_match_arm, reason = "only three kinds say that nobody listens")]
pub(super) async fn listens(socket: &Path) -> Result<bool, TmuxError> {
    let attempt = format!("connect to {}", socket.display());
    match timeout(REPLY_DEADLINE, UnixStream::connect(socket)).await {
        Ok(Ok(_)) => Ok(true),
        Ok(Err(error)) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(false),
            // Who listened has closed its socket while we stood in its queue.
            io::ErrorKind::ConnectionReset => Ok(false),
            _ => Err(TmuxError::Host { attempt, source: error }),
        },
        Err(_) => Err(TmuxError::Unanswered { attempt, within: REPLY_DEADLINE }),
    }
}
