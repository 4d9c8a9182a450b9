//! The rules of the keyboard: one lease at a time, over at the latest when tmux says so.

use super::{Draft, messages};
use crate::fleet::lease::{COME_WITHIN_MS, holder};
use crate::fleet::{
    Agent, AgentName, Answer, Beside, Effect, Event, Lease, LeaseEnd, LeaseId, Lifecycle, Pane,
    Refusal, SeenClient,
};

/// Who asks for a keyboard, and how.
pub struct Asked<'a> {
    /// Their name.
    pub who: &'a str,
    /// Their terminal.
    pub tty: Option<&'a str>,
    /// The process that asks.
    pub pid: Option<u32>,
    /// Whether the agent takes the size of the terminal.
    pub resize: bool,
    /// Why whoever has it loses it.
    pub steal: Option<&'a str>,
}

/// Lends the keyboard, or says who has it.
pub fn attach(
    draft: &mut Draft<'_>,
    name: &AgentName,
    asked: &Asked<'_>,
) -> Result<Answer, Refusal> {
    let Some(agent) = draft.agent(name) else { return Ok(Answer::Done) };
    let noticed = notice(agent);
    let Some(pane) = pane_to_type_into(agent) else {
        let lifecycle = agent.lifecycle.word().to_owned();
        return Err(Refusal::NothingToAttach { agent: name.to_string(), lifecycle });
    };
    match (&agent.lease, asked.steal) {
        (Some(lease), None) => {
            return Err(Refusal::Attached {
                agent: name.to_string(),
                lease: Box::new(lease.clone()),
            });
        }
        (Some(lease), Some(reason)) => {
            let beside = lease.beside.clone();
            let thief = holder(asked.who, asked.tty);
            end(draft, name, LeaseEnd::Stolen, Some((thief, reason.to_owned())));
            // Who takes a keyboard wants it alone.
            for other in beside {
                draft.act(let_go(&pane, other.client));
            }
        }
        (None, _) => {}
    }
    let lease = LeaseId(draft.fresh.message_id());
    draft.say(Event::AttachStarted {
        agent: name.clone(),
        who: asked.who.to_owned(),
        resize: asked.resize,
        lease: Some(lease.clone()),
        tty: asked.tty.map(str::to_owned),
        pid: asked.pid,
        by_hand: false,
        client: None,
        come_within_ms: COME_WITHIN_MS,
    });
    if asked.resize {
        draft.act(Effect::FollowSize { window: pane.window });
    }
    follow_holder(draft, name);
    tell(draft, name, noticed);
    let come_within_ms = COME_WITHIN_MS;
    Ok(Answer::AttachTo { session: pane.session, lease, come_within_ms })
}

/// The pane of an agent that reads what is typed, or will in a moment.
fn pane_to_type_into(agent: &Agent) -> Option<Pane> {
    let reads = match agent.lifecycle {
        Lifecycle::Starting { .. } | Lifecycle::Running { .. } | Lifecycle::Stopping { .. } => true,
        Lifecycle::Absent | Lifecycle::Exited { .. } | Lifecycle::Held { .. } => false,
    };
    agent.pane.clone().filter(|_| reads)
}

/// The keyboard comes back, when it is this lease that is held; any, when none is named.
pub fn detach(draft: &mut Draft<'_>, name: &AgentName, lease: Option<&LeaseId>, why: LeaseEnd) {
    let Some(held) = draft.agent(name).and_then(|agent| agent.lease.as_ref()) else { return };
    if lease.is_none() || held.id.as_ref() == lease {
        let (noticed, beside) = (held.notice(), held.beside.clone());
        // Whose client tmux showed once and not since was not seen for too long, and so were those
        // beside: who is still there has it when tmux says so.
        let is_unseen = why == LeaseEnd::Expired && held.client.is_some();
        end(draft, name, why, None);
        if why != LeaseEnd::AgentEnded {
            if !is_unseen {
                succeed(draft, name, &beside);
            }
            tell(draft, name, noticed);
        }
        messages::advance(draft, name);
    }
}

/// Ends what is held: the window gets its size back, and a client that still sits there leaves.
pub fn end(
    draft: &mut Draft<'_>,
    name: &AgentName,
    why: LeaseEnd,
    stolen: Option<(String, String)>,
) {
    let Some(agent) = draft.agent(name) else { return };
    let Some(lease) = agent.lease.clone() else { return };
    let (size, pane) = (agent.started_as().size, agent.pane.clone());
    let (by, reason) = stolen.unzip();
    draft.say(Event::AttachEnded {
        agent: name.clone(),
        who: lease.who,
        lease: lease.id,
        end: why,
        by,
        reason,
    });
    let Some(pane) = pane.filter(|_| why != LeaseEnd::AgentEnded) else { return };
    if lease.resize {
        let (columns, rows) = (size.columns, size.rows);
        let window = pane.window.clone();
        draft.act(Effect::RestoreSize { window, columns, rows });
    }
    if let Some(client) = lease.client {
        draft.act(let_go(&pane, client));
    }
}

fn let_go(pane: &Pane, client: u32) -> Effect {
    Effect::LetGo { session: pane.session.clone(), window: pane.window.clone(), client }
}

/// Time alone ends a lease whose holder has not come.
pub fn advance(draft: &mut Draft<'_>, name: &AgentName) {
    let now = draft.now;
    if draft.agent(name).and_then(due).is_some_and(|at| at <= now.mono_ms) {
        detach(draft, name, None, LeaseEnd::Expired);
    }
}

/// When it does, on the monotonic clock.
pub fn due(agent: &Agent) -> Option<u64> {
    agent.lease.as_ref()?.expires_at.map(|at| at.mono_ms)
}

/// Everybody who sits at a keyboard by a terminal, as tmux says, and the terminals of holders that
/// are gone.
pub fn clients_seen(
    draft: &mut Draft<'_>,
    server_pid: u32,
    clients: &[SeenClient],
    lost_ttys: &[String],
) {
    for name in draft.names() {
        let Some(pane) = draft.agent(&name).and_then(|agent| agent.pane.clone()) else { continue };
        if pane.server_pid != server_pid {
            continue;
        }
        let noticed = draft.agent(&name).and_then(notice);
        let is_here =
            |client: &&SeenClient| client.session == pane.session || client.window == pane.window;
        let here: Vec<&SeenClient> = clients.iter().filter(is_here).collect();
        let left = settle(draft, &name, &here, lost_ttys);
        part(draft, &name, &here);
        admit(draft, &name, &pane, &here, left);
        tell(draft, &name, noticed);
        messages::advance(draft, &name);
    }
}

/// What tmux says of the holder; gives the process of a client that was just told to leave.
fn settle(
    draft: &mut Draft<'_>,
    name: &AgentName,
    here: &[&SeenClient],
    lost_ttys: &[String],
) -> Option<u32> {
    let lease = draft.agent(name)?.lease.clone()?;
    let Some(client) = lease.client else {
        let came = here.iter().find(|seen| is_of(&lease, seen));
        came.inspect(|seen| seat(draft, name, &lease, seen));
        return None;
    };
    match here.iter().find(|seen| seen.pid == client) {
        Some(seen) if is_of(&lease, seen) => {
            if lease.expires_at.is_some() {
                seat(draft, name, &lease, seen);
            }
        }
        // Its `agent attach` is gone, and nobody else would end it.
        Some(_) => end(draft, name, LeaseEnd::Died, None),
        None => {
            let is_lost = lease.tty.as_ref().is_some_and(|tty| lost_ttys.contains(tty));
            let why = if is_lost { LeaseEnd::LostTerminal } else { LeaseEnd::Detached };
            end(draft, name, why, None);
        }
    }
    Some(client)
}

/// Whether a client is the holder's: a child of their `agent attach`, else on their terminal.
fn is_of(lease: &Lease, seen: &SeenClient) -> bool {
    match (lease.pid, seen.parent) {
        (Some(pid), Some(parent)) => pid == parent,
        _ => lease.tty.as_deref() == Some(seen.tty.as_str()),
    }
}

fn seat(draft: &mut Draft<'_>, name: &AgentName, lease: &Lease, seen: &SeenClient) {
    let is_anew = lease.client.is_some();
    let (agent, lease) = (name.clone(), lease.id.clone());
    draft.say(Event::AttachSeated { agent, lease, client: seen.pid });
    if is_anew {
        // Whoever followed the process before was of a former supervisor.
        follow_holder(draft, name);
    }
}

/// Whoever sat beside the holder and is there no more.
fn part(draft: &mut Draft<'_>, name: &AgentName, here: &[&SeenClient]) {
    let Some(lease) = draft.agent(name).and_then(|agent| agent.lease.clone()) else { return };
    for Beside { who, tty, client, .. } in lease.beside {
        if !here.iter().any(|seen| seen.pid == client) {
            draft.say(Event::AttachLeft { agent: name.clone(), who, tty, client });
        }
    }
}

/// Who came by hand has the keyboard when nobody else has it, and else sits beside the holder; who
/// came by `agent attach` without the lease, since it was over by then, leaves.
fn admit(
    draft: &mut Draft<'_>,
    name: &AgentName,
    pane: &Pane,
    here: &[&SeenClient],
    left: Option<u32>,
) {
    for seen in here.iter().filter(|seen| Some(seen.pid) != left) {
        let lease = draft.agent(name).and_then(|agent| agent.lease.clone());
        match lease {
            None => begin_by_hand(draft, name, &seen.user, &seen.tty, seen.pid),
            Some(lease) if is_of(&lease, seen) || lease.client == Some(seen.pid) => {}
            Some(_) if seen.by_attach => {
                draft.act(let_go(pane, seen.pid));
            }
            Some(lease) => {
                if !lease.beside.iter().any(|beside| beside.client == seen.pid) {
                    join(draft, name, &seen.user, &seen.tty, seen.pid);
                }
            }
        }
    }
}

fn begin_by_hand(draft: &mut Draft<'_>, name: &AgentName, who: &str, tty: &str, client: u32) {
    let lease = Some(LeaseId(draft.fresh.message_id()));
    draft.say(Event::AttachStarted {
        agent: name.clone(),
        who: who.to_owned(),
        resize: false,
        lease,
        tty: Some(tty.to_owned()),
        pid: None,
        by_hand: true,
        client: Some(client),
        come_within_ms: 0,
    });
}

fn join(draft: &mut Draft<'_>, name: &AgentName, who: &str, tty: &str, client: u32) {
    let (agent, who, tty) = (name.clone(), who.to_owned(), tty.to_owned());
    draft.say(Event::AttachJoined { agent, who, tty, client });
}

/// Whoever sat beside a holder who has left is the next one, and no message goes in between.
fn succeed(draft: &mut Draft<'_>, name: &AgentName, beside: &[Beside]) {
    for (at, Beside { who, tty, client, .. }) in beside.iter().enumerate() {
        if at == 0 {
            begin_by_hand(draft, name, who, tty, *client);
        } else {
            join(draft, name, who, tty, *client);
        }
    }
}

fn notice(agent: &Agent) -> Option<String> {
    agent.lease.as_ref().and_then(Lease::notice)
}

/// Tells who sits there what is otherwise than it was noticed before.
fn tell(draft: &mut Draft<'_>, name: &AgentName, noticed: Option<String>) {
    let Some(agent) = draft.agent(name) else { return };
    let (now, pane) = (notice(agent), agent.pane.clone());
    if let Some(pane) = pane.filter(|_| now != noticed) {
        draft.act(Effect::Notify { session: pane.session, notice: now });
    }
}

/// The holder's process is told by its end.
fn follow_holder(draft: &mut Draft<'_>, name: &AgentName) {
    let Some(lease) = draft.agent(name).and_then(|agent| agent.lease.clone()) else { return };
    if let (Some(id), Some(pid)) = (lease.id, lease.pid) {
        draft.act(Effect::FollowHolder { agent: name.clone(), lease: id, pid, tty: lease.tty });
    }
}
