//! Why what the runtime says counts as it does: health, heartbeat, activity, messages, keyboard.

use super::{Shown, line, span};
use crate::fleet::decide::{way, way_for};
use crate::fleet::{Activity, Evidence, Lifecycle, MISSES_MAX, rfc3339};

/// Whether its runtime answers.
pub fn health(shown: &Shown<'_>) -> Evidence {
    let Shown { agent, beat, row, now } = shown;
    let plan = agent.started_as().heartbeat;
    let answered = beat.answer.map(|answer| {
        format!(
            "the challenge sent {} ago was answered after {}.{} ms",
            span(now.since_ms(answer.sent_at())),
            answer.rtt_us() / 1000,
            answer.rtt_us() % 1000 / 100
        )
    });
    let evidence = match (&row.health_reason, answered) {
        (Some(reason), Some(answered)) => format!("{reason}; {answered}"),
        (Some(reason), None) => reason.clone(),
        (None, Some(answered)) => answered,
        (None, None) => "no challenge was answered yet".to_owned(),
    };
    Evidence {
        cell: "health".to_owned(),
        verdict: row.health.clone(),
        evidence: format!("{evidence}; {} missed in a row", beat.misses),
        source: "heartbeat".to_owned(),
        age_ms: beat.answer.map(|answer| now.since_ms(answer.sent_at())),
        rule: format!(
            "healthy while the last answered challenge was sent at most {} ago (asked every {}); \
             unresponsive after {MISSES_MAX} misses, then {}; starting for {} after a start",
            span(plan.healthy_within_ms),
            span(plan.every_ms),
            plan.on_unresponsive.as_str(),
            span(plan.grace_ms)
        ),
    }
}

/// Its last challenge.
pub fn heartbeat(shown: &Shown<'_>) -> Evidence {
    let Shown { beat, row, now, .. } = shown;
    let rule = "the age is that of the challenge: an answer says nothing about later";
    let Some(cell) = &row.heartbeat else {
        let evidence = "no channel into its runtime is open".to_owned();
        return line("heartbeat", "none".to_owned(), evidence, "heartbeat", rule);
    };
    let verdict = cell
        .age_ms
        .map_or_else(|| "no answer yet".to_owned(), |age_ms| format!("{} ago", span(age_ms)));
    let by = cell.channel.as_ref().map_or_else(
        || "the channel is lost".to_owned(),
        |channel| format!("over the {channel} channel"),
    );
    let asked = beat.asked_at.map_or_else(
        || "nothing was asked yet".to_owned(),
        |at| format!("last asked {} ago", span(now.since_ms(at))),
    );
    let evidence = format!("{by}, {asked}, {} missed in a row", cell.misses);
    Evidence { age_ms: cell.age_ms, ..line("heartbeat", verdict, evidence, "heartbeat", rule) }
}

/// What was counted on its channels, where anything was.
pub fn counters(shown: &Shown<'_>) -> Option<Evidence> {
    let told = shown.row.heartbeat.as_ref()?.counters.told();
    let is_fault = |name: &str| !["challenges", "answers", "unknown types"].contains(&name);
    let faults: u64 = told.iter().filter(|(name, _)| is_fault(name)).map(|(_, count)| count).sum();
    let listed: Vec<String> = told.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let verdict = if faults == 0 { "in order".to_owned() } else { format!("{faults} faults") };
    let rule = "counted since the supervisor's start; what is no answer to an open challenge, or \
                shows another token, counts for nothing";
    (!told.is_empty()).then(|| line("heartbeat", verdict, listed.join(", "), "heartbeat", rule))
}

/// What its runtime does.
pub fn activity(shown: &Shown<'_>) -> Evidence {
    let said = match &shown.agent.activity.0 {
        _ if !matches!(shown.agent.lifecycle, Lifecycle::Running { .. }) => "it does not run",
        Activity::Unknown => "its runtime has said nothing",
        Activity::Idle
        | Activity::Busy
        | Activity::AwaitingInput { .. }
        | Activity::AwaitingApproval { .. }
        | Activity::Limited { .. } => "what the runtime itself, or its own files, said last",
    };
    Evidence {
        cell: "activity".to_owned(),
        verdict: shown.row.activity.state.clone(),
        evidence: shown.row.activity.detail.clone().unwrap_or_else(|| said.to_owned()),
        source: "runtime".to_owned(),
        age_ms: Some(shown.now.since_ms(shown.agent.activity.1)),
        rule: "the runtime's word; nothing is read into its screen while it has a channel"
            .to_owned(),
    }
}

/// Whether a message would reach it.
pub fn inbox(shown: &Shown<'_>) -> Evidence {
    let next = shown.agent.mailbox.front();
    let way = next.map_or_else(|| way(shown.agent), |message| way_for(shown.agent, message));
    let returned = next.and_then(|message| message.returned.as_ref().map(|why| (&message.id, why)));
    let (verdict, evidence) = match (way, returned) {
        (Err(why), _) => ("waits".to_owned(), why),
        (Ok(_), Some((id, why))) => {
            ("waits".to_owned(), format!("nothing of message {id} went out: {why}"))
        }
        (Ok(_), None) => ("open".to_owned(), "a message would be delivered now".to_owned()),
    };
    Evidence {
        cell: "inbox".to_owned(),
        verdict,
        evidence: format!("{evidence}; {} in the mailbox", shown.agent.mailbox.len()),
        source: "journal".to_owned(),
        age_ms: None,
        rule: "one message on its way at a time; nothing is typed into a dialog or beside a person"
            .to_owned(),
    }
}

/// Who has its keyboard.
pub fn attached(shown: &Shown<'_>) -> Evidence {
    let rule = "one person at a time; messages wait meanwhile; who comes by a tmux client of their \
                own is shown and told, and `agent attach --steal` has everybody leave";
    let Some(lease) = &shown.agent.lease else {
        let (nobody, evidence) = ("nobody".to_owned(), "nobody is attached".to_owned());
        return line("attached", nobody, evidence, "journal", rule);
    };
    let (source, seen) = match (lease.client, lease.expires_at) {
        (Some(client), None) => ("tmux", format!("their client is process {client}")),
        (seen, Some(at)) => {
            let left = span(at.since_ms(shown.now));
            let what = if seen.is_some() { "shown again" } else { "shown" };
            ("journal", format!("tmux has not {what} their client; it is over in {left}"))
        }
        (None, None) => ("journal", "they attached and have not detached".to_owned()),
    };
    let how = if lease.by_hand { " by a tmux client of their own" } else { "" };
    let size = if lease.resize { "; the agent has the size of their terminal" } else { "" };
    let since = rfc3339(lease.since.wall_ms);
    let beside = lease.beside.iter().map(|beside| {
        let since = rfc3339(beside.since.wall_ms);
        format!("; {} can type too, by a tmux client of their own, since {since}", beside.holder())
    });
    let beside: String = beside.collect();
    let evidence = format!("{seen}; they have the keyboard since {since}{how}{size}{beside}");
    let age_ms = Some(shown.now.since_ms(lease.since));
    Evidence { age_ms, ..line("attached", lease.holder(), evidence, source, rule) }
}
