//! What somebody asks for, and what follows from it, or why not.

use super::known::known;
use super::wishes::{begin, want};
use super::{Draft, apply, keyboard, lives, mail};
use crate::fleet::{AgentName, Answer, Command, Event, Lifecycle, Refusal, Wanted};

/// Does what was asked, or refuses with a reason. Asking twice does no harm.
pub fn obey(draft: &mut Draft<'_>, command: &Command) -> Result<Answer, Refusal> {
    let stops = matches!(command, Command::StopFleet { .. } | Command::Detach { .. });
    if draft.fleet().leaving.is_some() && !stops {
        return Err(Refusal::Leaving);
    }
    match command {
        Command::ApplyRoster { path, roster, consent } => {
            Ok(apply::apply(draft, path, roster, consent))
        }
        Command::StartAgent { agent, reason } => {
            known(draft, agent)?;
            start_agent(draft, agent, reason)
        }
        Command::StopAgent { agent, reason } => {
            known(draft, agent)?;
            Ok(stop_agent(draft, agent, reason))
        }
        Command::RestartAgent { agent, reason } => {
            known(draft, agent)?;
            restart_agent(draft, agent, reason)
        }
        Command::Send { .. } => mail::send(draft, command),
        Command::CancelMessage { id } => mail::cancel(draft, id),
        Command::Attach { agent, who, tty, pid, resize, steal } => {
            known(draft, agent)?;
            let (tty, steal) = (tty.as_deref(), steal.as_deref());
            let asked = keyboard::Asked { who, tty, pid: *pid, resize: *resize, steal };
            keyboard::attach(draft, agent, &asked)
        }
        Command::Detach { agent, lease, end } => {
            known(draft, agent)?;
            keyboard::detach(draft, agent, lease.as_ref(), *end);
            Ok(Answer::Done)
        }
        Command::StopFleet { keep_agents } => Ok(stop_fleet(draft, *keep_agents)),
    }
}

fn start_agent(draft: &mut Draft<'_>, name: &AgentName, reason: &str) -> Result<Answer, Refusal> {
    let Some(agent) = draft.agent(name) else { return Ok(Answer::Done) };
    let said = match &agent.lifecycle {
        Lifecycle::Running { .. } => format!("{name} runs already"),
        Lifecycle::Starting { .. } => format!("{name} is starting already"),
        Lifecycle::Stopping { .. } => format!("{name} is stopping; it starts when it has stopped"),
        Lifecycle::Absent | Lifecycle::Exited { .. } | Lifecycle::Held { .. } => {
            format!("{name} starts")
        }
    };
    begin(draft, name, reason);
    Ok(Answer::Said(said))
}

fn stop_agent(draft: &mut Draft<'_>, name: &AgentName, reason: &str) -> Answer {
    want(draft, name, Wanted::Down, reason);
    let Some(agent) = draft.agent(name) else { return Answer::Done };
    let said = if agent.session.is_some() {
        format!("{name} stops")
    } else {
        format!("{name} does not run; it stays down until it is started")
    };
    lives::lower(draft, name, reason);
    lives::advance(draft, name);
    Answer::Said(said)
}

fn restart_agent(draft: &mut Draft<'_>, name: &AgentName, reason: &str) -> Result<Answer, Refusal> {
    want(draft, name, Wanted::Up, reason);
    let Some(agent) = draft.agent(name) else { return Ok(Answer::Done) };
    if matches!(agent.lifecycle, Lifecycle::Stopping { .. }) || agent.session.is_none() {
        return start_agent(draft, name, reason);
    }
    lives::stop_session(draft, name, reason);
    Ok(Answer::Said(format!("{name} stops and starts again")))
}

fn stop_fleet(draft: &mut Draft<'_>, keep_agents: bool) -> Answer {
    if draft.fleet().leaving.is_none() {
        draft.say(Event::SupervisorStopping { keep_agents });
    }
    if !keep_agents {
        for name in draft.names() {
            want(draft, &name, Wanted::Down, "fleet down");
            lives::lower(draft, &name, "fleet down");
        }
    }
    Answer::Said(if keep_agents {
        "the supervisor leaves, its agents stay".to_owned()
    } else {
        "the fleet goes down".to_owned()
    })
}
