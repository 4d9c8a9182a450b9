//! `agent attach`: real tmux in our terminal, with the keyboard lent by the supervisor.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use super::arguments::AttachAsked;
use super::{Desk, Exit, Failure, Machine, output};
use crate::places;
use crate::terminal::{self, screen};
use crate::wire::client::EventQuery;
use crate::wire::{self, AttachReply};

/// Putting a terminal in order takes milliseconds; a terminal that is gone may block for ever.
const LEAVE_DEADLINE: Duration = Duration::from_secs(2);

/// Ends of leases of one agent since ours began: a handful, of which one is ours.
const ENDS_MAX: usize = 100;

/// How tmux and we come apart.
enum Parted {
    /// tmux ended by itself: detached, or its session is gone.
    Ended(ExitStatus),
    /// Our terminal is gone.
    Hangup,
    /// We are told to leave.
    Told,
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
            interrupt: terminal::signals::interrupts()?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }
}

/// Takes the keyboard until tmux lets go.
pub async fn run(desk: &Desk<impl Machine>, asked: &AttachAsked) -> Result<(), Failure> {
    let agent = &asked.agent;
    if !output::has_terminal() {
        return Err(Failure::new(
            Exit::NotATerminal,
            "`attach` needs a terminal on its input and output",
            &format!("`mosaic send {agent} -` sends text from a pipe"),
        ));
    }
    let body = wire::AttachAsked {
        who: places::user_name(),
        tty: screen::name(),
        resize: asked.resize,
        steal: asked.reason.clone().filter(|_| asked.steal),
    };
    // From before the keyboard is lent: whatever ends us later, it is given back.
    let mut told = Told::listen().map_err(|why| {
        Failure::new(Exit::Failed, format!("listen for signals: {why}"), "try once more")
    })?;
    let asked_at = Instant::now();
    let lent = tokio::select! {
        lent = desk.client.attach(agent, &body) => lent?,
        // Our end is heard by the supervisor, which ends what it may have lent.
        _ = told.interrupt.recv() => return Err(Failure::silent(Exit::Interrupted)),
    };
    // A process that was stopped in between comes to a keyboard that is another's by now.
    let is_late = asked_at.elapsed() >= Duration::from_millis(lent.come_within_ms);
    let parted = if is_late && lent.come_within_ms > 0 {
        return Err(expired(agent));
    } else {
        match start(&lent.argv) {
            Ok(child) => wait(child, &mut told).await,
            Err(why) => Err(why),
        }
    };
    // Whatever happened: the keyboard goes back, and with it the agent's size.
    let back = wire::DetachAsked {
        lease: Some(lent.lease.clone()).filter(|lease| !lease.is_empty()),
        lost_terminal: matches!(parted, Ok(Parted::Hangup)),
    };
    let returned = desk.client.detach(agent, &back).await;
    match parted {
        Err(why) => Err(Failure::new(
            Exit::Failed,
            format!("run {}: {why}", lent.argv.join(" ")),
            "`mosaic agent explain` says whether the pane is there",
        )),
        Ok(Parted::Hangup | Parted::Told) => Err(Failure::silent(Exit::Terminated)),
        Ok(Parted::Ended(status)) => {
            if returned.is_ok()
                && let Some(taken) = taken(desk, agent, &lent).await
            {
                return Err(taken);
            }
            if !status.success() {
                return Err(Failure::new(
                    Exit::Failed,
                    format!("tmux ended with {status}"),
                    &format!("`mosaic watch {agent}` looks without the keyboard"),
                ));
            }
            returned.map(drop).map_err(|error| not_returned(agent, error.into()))
        }
    }
}

/// The supervisor is out of reach: its successor asks tmux, which shows nobody.
fn not_returned(agent: &str, failure: Failure) -> Failure {
    let message = format!("give the keyboard of \"{agent}\" back: {}", failure.message);
    let hint = "it is free as soon as a supervisor runs again: `mosaic fleet up`";
    Failure::new(failure.exit, message, hint)
}

fn expired(agent: &str) -> Failure {
    Failure::new(
        Exit::Timeout,
        format!("the keyboard of \"{agent}\" was lent and not taken in time"),
        &format!("`mosaic attach {agent}` asks for it again"),
    )
}

/// Why the keyboard was taken from us, if it was: the journal names the end of our lease.
async fn taken(desk: &Desk<impl Machine>, agent: &str, lent: &AttachReply) -> Option<Failure> {
    let query = EventQuery {
        from: lent.seq,
        agent: Some(agent.to_owned()),
        kinds: vec!["attach.ended".to_owned()],
    };
    let ends = desk.client.events(&query, ENDS_MAX).await.ok()?;
    let ours = |payload: &serde_json::Value| payload["lease"] == lent.lease.as_str();
    let end = ends.events.into_iter().map(|event| event.payload).find(ours)?;
    let text = |key: &str| end[key].as_str().unwrap_or("somebody").to_owned();
    let watch = format!("`mosaic watch {agent}` looks without the keyboard");
    match end["end"].as_str()? {
        "stolen" => Some(Failure::new(
            Exit::KeyboardTaken,
            format!(
                "{} has taken the keyboard of \"{agent}\" from you: {}",
                text("by"),
                text("reason")
            ),
            &watch,
        )),
        "agent_ended" => Some(Failure::new(
            Exit::Failed,
            format!("\"{agent}\" was stopped, and its pane is gone"),
            &format!(
                "`mosaic events --agent {agent}` says who stopped it; `mosaic agent start {agent}` \
                 starts it"
            ),
        )),
        "expired" => Some(expired(agent)),
        _ => None,
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
    let parted = loop {
        tokio::select! {
            biased;
            _ = told.hangup.recv() => break Parted::Hangup,
            _ = told.terminate.recv() => break Parted::Told,
            status = child.wait() => {
                let status = status?;
                // Its end may be told before the signal that we both got.
                let is_lost = !output::has_terminal();
                return Ok(if is_lost { Parted::Hangup } else { Parted::Ended(status) });
            }
            _ = told.interrupt.recv() => {}
        }
    };
    // Without its client the session lives on; this ends the client only, which puts the terminal
    // in order first when it still can.
    if let Some(pid) = child.id() {
        screen::ask_back(pid);
    }
    if tokio::time::timeout(LEAVE_DEADLINE, child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(parted)
}
