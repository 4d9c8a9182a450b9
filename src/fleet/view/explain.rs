//! Why each cell says what it says: the evidence, who saw it, how old it is, and the rule.

use super::{DriftCell, Evidence, Row};
use crate::fleet::decide::way;
use crate::fleet::{Activity, Agent, Beat, Lifecycle, MISSES_MAX, Moment};

/// What an explanation looks at.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The agent.
    pub agent: &'a Agent,
    /// Its probes.
    pub beat: &'a Beat,
    /// Its row.
    pub row: &'a Row,
    /// Now.
    pub now: Moment,
}

/// A line of evidence for each verdict of a row.
pub fn explain(shown: &Shown<'_>) -> Vec<Evidence> {
    let mut lines = vec![lifecycle(shown), health(shown), activity(shown)];
    lines.extend(counters(shown));
    lines.extend(process(shown));
    lines.push(inbox(shown));
    lines.extend(drift(shown));
    lines.push(unit(shown));
    lines.push(boot(shown));
    lines
}

/// A line for each difference; one that says so when there is none.
fn drift(shown: &Shown<'_>) -> Vec<Evidence> {
    let line = |verdict: &str, evidence: String| Evidence {
        cell: "drift".to_owned(),
        verdict: verdict.to_owned(),
        evidence,
        source: "roster".to_owned(),
        age_ms: None,
        rule: "what lives keeps what it was started with until it is restarted".to_owned(),
    };
    if shown.row.drift.is_empty() {
        return vec![line("none", "the roster says nothing else".to_owned())];
    }
    let differs = |drift: &DriftCell| {
        let DriftCell { field, wanted, running } = drift;
        let said = if shown.agent.in_roster {
            format!("the roster says {wanted}, it was started with {running}")
        } else {
            "the roster does not name it any more".to_owned()
        };
        line(field, said)
    };
    shown.row.drift.iter().map(differs).collect()
}

fn lifecycle(shown: &Shown<'_>) -> Evidence {
    let Shown { agent, row, now, .. } = shown;
    let (since, evidence) = match &agent.lifecycle {
        Lifecycle::Absent => {
            (None, "no session of it was ever started, or it was stopped".to_owned())
        }
        Lifecycle::Starting { since } => {
            (Some(since), "it was asked for; no process yet".to_owned())
        }
        Lifecycle::Running { since } => {
            let pid = row.pid.map_or_else(String::new, |pid| format!(" with pid {pid}"));
            (Some(since), format!("pane-exec reported its process{pid}"))
        }
        Lifecycle::Stopping { since } => (Some(since), "it was asked to leave".to_owned()),
        Lifecycle::Exited { exit, at, .. } => (Some(at), format!("its last process ended: {exit}")),
        Lifecycle::Held { reason, since, .. } => (Some(since), reason.to_string()),
    };
    Evidence {
        cell: "lifecycle".to_owned(),
        verdict: row.lifecycle.clone(),
        evidence: row.lifecycle_detail.clone().unwrap_or(evidence),
        source: "journal".to_owned(),
        age_ms: since.map(|since| now.since_ms(*since)),
        rule: format!(
            "restart {}, give up after {} deaths in a row; {} so far",
            agent.definition.restart.policy.as_str(),
            agent.definition.restart.give_up_after,
            agent.deaths
        ),
    }
}

fn health(shown: &Shown<'_>) -> Evidence {
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

fn activity(shown: &Shown<'_>) -> Evidence {
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

/// What was counted on its channels, where anything was.
fn counters(shown: &Shown<'_>) -> Option<Evidence> {
    let told = shown.row.heartbeat.as_ref()?.counters.told();
    let is_fault = |name: &str| !["challenges", "answers", "unknown types"].contains(&name);
    let faults: u64 = told.iter().filter(|(name, _)| is_fault(name)).map(|(_, count)| count).sum();
    let listed: Vec<String> = told.iter().map(|(name, count)| format!("{count} {name}")).collect();
    (!told.is_empty()).then(|| Evidence {
        cell: "channel".to_owned(),
        verdict: if faults == 0 { "in order".to_owned() } else { format!("{faults} faults") },
        evidence: listed.join(", "),
        source: "heartbeat".to_owned(),
        age_ms: None,
        rule: "counted since the supervisor's start; what is no answer to an open challenge, or \
               shows another token, counts for nothing"
            .to_owned(),
    })
}

fn process(shown: &Shown<'_>) -> Option<Evidence> {
    let process = shown.row.process.as_ref()?;
    Some(Evidence {
        cell: "process".to_owned(),
        verdict: process.state.clone(),
        evidence: format!(
            "{} {}, {} KiB resident, {} of processor time",
            process.count,
            if process.count == 1 { "process" } else { "processes" },
            process.memory_bytes / 1024,
            span(process.cpu_ms)
        ),
        source: "kernel".to_owned(),
        age_ms: Some(0),
        rule: "the state is that of the agent's own process, the sums are of its tree".to_owned(),
    })
}

fn inbox(shown: &Shown<'_>) -> Evidence {
    let (verdict, evidence) = match way(shown.agent) {
        Ok(_) => ("open".to_owned(), "a message would be delivered now".to_owned()),
        Err(why) => ("waits".to_owned(), why),
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

fn unit(shown: &Shown<'_>) -> Evidence {
    let unit = &shown.row.unit;
    Evidence {
        cell: "unit".to_owned(),
        verdict: unit.state.clone(),
        evidence: unit.name.clone().unwrap_or_else(|| "no unit of ours holds it".to_owned()),
        source: "systemd".to_owned(),
        age_ms: None,
        rule: "the unit whose cgroup holds its pane; n/a where no user manager runs".to_owned(),
    }
}

fn boot(shown: &Shown<'_>) -> Evidence {
    let boot = &shown.row.boot;
    let verdict = match (boot.wanted, boot.effective) {
        (false, _) => "no",
        (true, Some(true)) => "yes",
        (true, Some(false)) => "missing",
        (true, None) => "unknown",
    };
    Evidence {
        cell: "boot".to_owned(),
        verdict: verdict.to_owned(),
        evidence: match (boot.wanted, boot.missing.as_slice()) {
            (false, _) => "the roster does not want it".to_owned(),
            (true, []) => "nothing is missing".to_owned(),
            (true, missing) => missing.join("; "),
        },
        source: "systemd".to_owned(),
        age_ms: None,
        rule: "linger on, units enabled, nothing of the fleet in a login session".to_owned(),
    }
}

/// A time in the unit that reads best: `180 ms`, `4.2 s`, `15 s`, `5 min`.
fn span(ms: u64) -> String {
    match ms {
        0..=999 => format!("{ms} ms"),
        1000..=119_999 if ms % 1000 < 100 => format!("{} s", ms / 1000),
        1000..=119_999 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min", ms / 60_000),
    }
}
