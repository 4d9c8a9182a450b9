//! `agent attach`: real tmux in our terminal, with the keyboard lent by the supervisor.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::arguments::AttachAsked;
use super::{Desk, Exit, Failure, Machine, output};
use crate::places;
use crate::terminal::{self, screen};
use crate::wire;

/// Putting a terminal in order takes milliseconds; a terminal that is gone may block for ever.
const LEAVE_DEADLINE: Duration = Duration::from_secs(2);

/// How tmux and we come apart.
enum Parted {
    /// tmux ended by itself: detached, or its session is gone.
    Ended(ExitStatus),
    /// Our terminal is gone, or we are told to leave.
    Hangup,
}

/// What may be told to us while tmux has our terminal.
struct Told {
    interrupt: Signal,
    hangup: Signal,
    terminate: Signal,
}

impl Told {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: terminal::interrupts()?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }
}

/// Takes the keyboard until tmux lets go.
pub async fn run(desk: &Desk<impl Machine>, asked: &AttachAsked) -> Result<(), Failure> {
    if !output::has_terminal() {
        return Err(Failure::new(
            Exit::NotATerminal,
            "`attach` needs a terminal on its input and output",
            &format!("`mosaic send {} -` sends text from a pipe", asked.agent),
        ));
    }
    let terminal = screen::name().unwrap_or_else(|| "a terminal".to_owned());
    let who = format!("{} on {terminal}", places::user_name());
    let body = wire::AttachAsked { who, resize: asked.resize };
    // From before the keyboard is lent: whatever ends us later, it is given back.
    let mut told = Told::listen().map_err(|why| {
        Failure::new(Exit::Failed, format!("listen for signals: {why}"), "try once more")
    })?;
    let lent = desk.client.attach(&asked.agent, &body).await?;
    let parted = match start(&lent.argv) {
        Ok(child) => wait(child, &mut told).await,
        Err(why) => Err(why),
    };
    // Whatever happened: the keyboard goes back, and with it the agent's size.
    let returned = desk.client.detach(&asked.agent).await;
    match parted {
        Err(why) => Err(Failure::new(
            Exit::Failed,
            format!("run {}: {why}", lent.argv.join(" ")),
            "`mosaic agent explain` says whether the pane is there",
        )),
        Ok(Parted::Hangup) => Err(Failure::silent(Exit::Terminated)),
        Ok(Parted::Ended(status)) if !status.success() => Err(Failure::new(
            Exit::Failed,
            format!("tmux ended with {status}"),
            &format!("`mosaic watch {}` looks without the keyboard", asked.agent),
        )),
        Ok(Parted::Ended(_)) => returned.map(drop).map_err(Failure::from),
    }
}

fn start(argv: &[String]) -> io::Result<Child> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(io::Error::other("the supervisor named no program"));
    };
    #[expect(clippy::disallowed_methods, reason = "this is surface::cli::attach")]
    let mut command = Command::new(program);
    // Inside another tmux this is a client of ours, not a nested session of that one.
    command.args(arguments).env_remove("TMUX").env_remove("TMUX_PANE").spawn()
}

/// Waits for tmux. Keys are tmux's: Ctrl-C reaches the agent, and us only without a terminal mode.
async fn wait(mut child: Child, told: &mut Told) -> io::Result<Parted> {
    loop {
        tokio::select! {
            status = child.wait() => return status.map(Parted::Ended),
            _ = told.interrupt.recv() => {}
            _ = told.hangup.recv() => break,
            _ = told.terminate.recv() => break,
        }
    }
    // Without its client the session lives on; this ends the client only, which puts the terminal
    // in order first when it still can.
    if let Some(pid) = child.id() {
        screen::ask_back(pid);
    }
    if tokio::time::timeout(LEAVE_DEADLINE, child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(Parted::Hangup)
}
