//! Waits until every agent that is awaited has its verdict. It asks only after an event.

use std::time::Duration;

use super::LocalError;
use super::verdict::{Goal, Told, Verdict};
use crate::clock;
use crate::wire::client::{Client, EventQuery, Follow};
use crate::wire::{PsReply, Row};

/// What is waited for.
#[derive(Debug, Clone)]
pub struct Awaited {
    /// The last event of the command: what follows belongs to it.
    pub seq: u64,
    /// Who, and what of each.
    pub whom: Whom,
    /// How long.
    pub wait: Duration,
}

/// Who is awaited.
#[derive(Debug, Clone)]
pub enum Whom {
    /// That every agent is up.
    All,
    /// These agents, and nobody else.
    Named {
        /// They are to be up.
        up: Vec<String>,
        /// Nothing of them is to run.
        down: Vec<String>,
    },
}

impl Whom {
    fn goal(&self, row: &Row) -> Option<Goal> {
        match self {
            _ if !row.managed => None,
            Self::All => Some(Goal::Up),
            Self::Named { up, .. } if up.contains(&row.agent) => Some(Goal::Up),
            Self::Named { down, .. } => down.contains(&row.agent).then_some(Goal::Down),
        }
    }

    /// Named agents that the fleet does not know any more, with what was awaited of them.
    fn gone<'w>(&'w self, rows: &'w [Row]) -> impl Iterator<Item = (&'w String, Goal)> {
        let (up, down): (&[String], &[String]) = match self {
            Self::All => (&[], &[]),
            Self::Named { up, down } => (up, down),
        };
        let is_known = |name: &String| rows.iter().any(|row| row.managed && row.agent == *name);
        let up = up.iter().map(|name| (name, Goal::Up));
        let down = down.iter().map(|name| (name, Goal::Down));
        up.chain(down).filter(move |(name, _)| !is_known(name))
    }
}

/// The fleet when the waiting was over.
#[derive(Debug, Clone)]
pub struct Settled {
    /// All rows: those that were judged.
    pub rows: Vec<Row>,
    /// Awaited agents that came up, or went down, as they should.
    pub reached: Vec<String>,
    /// Awaited agents that ended before they were up.
    pub over: Vec<String>,
    /// Awaited agents without a verdict.
    pub pending: Vec<String>,
}

/// Follows events from the command on until all rows have their verdict, or the wait is over. An
/// agent that ends and is started again rests only for moments: a second look at the fleet would
/// tell of another one, so the rows that were judged are what is told.
pub async fn settle(client: &Client, awaited: &Awaited) -> Result<Settled, LocalError> {
    let mut told = Told::default();
    if let Ok(settled) = tokio::time::timeout(awaited.wait, wait(client, awaited, &mut told)).await
    {
        return settled;
    }
    let reply = client.ps().await?;
    Ok(judged(&reply, awaited, &mut told).settled)
}

/// A guest finds a new supervisor within a second, on a busy machine later; what has no channel
/// then has lost it.
const ADOPTION: Duration = Duration::from_secs(5);

async fn wait(client: &Client, awaited: &Awaited, told: &mut Told) -> Result<Settled, LocalError> {
    let query = EventQuery { from: awaited.seq + 1, ..EventQuery::default() };
    // Opened before the first look, so that nothing falls between the two.
    let mut events = client.follow(query).await?;
    let mut noted = awaited.seq;
    loop {
        let reply = client.ps().await?;
        // A verdict on a row that knows of an exit that was not noted would be a guess.
        while noted < reply.as_of_seq {
            noted = note(&mut events, told).await?;
        }
        let judged = judged(&reply, awaited, told);
        if judged.is_over {
            return Ok(judged.settled);
        }
        tokio::select! {
            heard = note(&mut events, told) => noted = heard?,
            () = tokio::time::sleep(judged.again_in.unwrap_or_default()),
                if judged.again_in.is_some() => {}
        }
    }
}

async fn note(events: &mut Follow, told: &mut Told) -> Result<u64, LocalError> {
    let event = events.next().await?;
    told.note(&event);
    Ok(event.seq)
}

struct Judged {
    settled: Settled,
    is_over: bool,
    /// When a verdict comes without an event.
    again_in: Option<Duration>,
}

fn judged(reply: &PsReply, awaited: &Awaited, told: &mut Told) -> Judged {
    let now_ms = clock::now().wall_ms;
    let mut settled = Settled {
        rows: reply.rows.clone(),
        reached: Vec::new(),
        over: Vec::new(),
        pending: Vec::new(),
    };
    let adoption = adoption_left(reply, now_ms);
    let mut again_in: Option<Duration> = None;
    let mut is_over = true;
    for row in &reply.rows {
        let Some(goal) = awaited.whom.goal(row) else { continue };
        let adopts = goal == Goal::Up && !adoption.is_zero() && is_adopted(row);
        let verdict = if adopts {
            Verdict::Pending(Some(u64::try_from(adoption.as_millis()).unwrap_or(u64::MAX)))
        } else {
            told.judge(row, goal, now_ms)
        };
        let agent = row.agent.clone();
        match verdict {
            Verdict::Reached => settled.reached.push(agent),
            Verdict::Over => settled.over.push(agent),
            Verdict::Pending(within_ms) => {
                is_over = false;
                let within = within_ms.map(Duration::from_millis);
                again_in = again_in.into_iter().chain(within).min();
                let fell = told.has_fallen(&agent);
                let place = if fell { &mut settled.over } else { &mut settled.pending };
                place.push(agent);
            }
        }
    }
    for (agent, goal) in awaited.whom.gone(&reply.rows) {
        // Whoever took it from the roster meanwhile has decided that it does not come up.
        let place = match goal {
            Goal::Up => &mut settled.over,
            Goal::Down => &mut settled.reached,
        };
        place.push(agent.clone());
    }
    Judged { settled, is_over, again_in }
}

/// How long a supervisor that has just started may still find what lived before it.
fn adoption_left(reply: &PsReply, now_ms: u64) -> Duration {
    let since_ms = reply.supervisor.as_ref().map_or(0, |supervisor| supervisor.since_ms);
    ADOPTION.saturating_sub(Duration::from_millis(now_ms.saturating_sub(since_ms)))
}

/// Whether it lives, could answer, and was not heard by this supervisor yet.
fn is_adopted(row: &Row) -> bool {
    let is_asked = row.activity.state.starts_with("awaiting_");
    let speaks = row
        .adapter
        .as_deref()
        .or(row.runtime.as_deref())
        .is_some_and(|adapter| adapter != "command");
    let has_answered = row.heartbeat.as_ref().is_some_and(|beat| beat.age_ms.is_some());
    let is_unheard = row.lifecycle == "running" && row.health == "unknown" && !has_answered;
    is_unheard && speaks && !is_asked
}
