//! Why its life says what it says: process, pane, unit, and what follows an end.

use super::{Shown, line, span};
use crate::fleet::{Evidence, Lifecycle};

/// What happens to its process.
pub fn lifecycle(shown: &Shown<'_>) -> Evidence {
    let Shown { agent, row, now, .. } = shown;
    let (since, evidence) = match &agent.lifecycle {
        Lifecycle::Absent => (None, "it was never started".to_owned()),
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

/// Its own process.
pub fn pid(shown: &Shown<'_>) -> Evidence {
    let (verdict, evidence) = match shown.row.pid {
        Some(pid) => (pid.to_string(), "pane-exec started it, and holds its pidfd".to_owned()),
        None => ("none".to_owned(), "no process of it lives".to_owned()),
    };
    line("pid", verdict, evidence, "journal", "the agent's own process, not the one in its pane")
}

/// Its current life.
pub fn session(shown: &Shown<'_>) -> Evidence {
    let Shown { agent, row, now, .. } = shown;
    let Some(session) = &row.session else {
        let evidence = match agent.starts {
            0 => "it was never started".to_owned(),
            starts => format!("its life number {starts} is over"),
        };
        return line("session", "none".to_owned(), evidence, "journal", SESSION);
    };
    let conversation = session.conversation.as_ref();
    let conversation = conversation.map_or_else(String::new, |id| format!(", conversation {id}"));
    let evidence = format!("life number {}, begun {}{conversation}", session.starts, session.since);
    Evidence {
        age_ms: agent.session.as_ref().map(|session| now.since_ms(session.since)),
        ..line("session", session.id.clone(), evidence, "journal", SESSION)
    }
}

const SESSION: &str = "one life, from its start to its exit; the id is never used again";

/// Its tmux place, and whether its process in it lives.
pub fn pane(shown: &Shown<'_>) -> Evidence {
    let Some(pane) = &shown.row.pane else {
        let evidence = "nothing of it lies in tmux".to_owned();
        return line("pane", "none".to_owned(), evidence, "journal", PANE);
    };
    let (word, evidence) = match (pane.alive, &pane.exit) {
        (Some(true), _) => ("alive", "its process has not ended".to_owned()),
        (Some(false), Some(exit)) => ("dead", format!("its last process ended: {exit}")),
        (Some(false), None) => ("dead", "no process of it lives".to_owned()),
        (None, _) => ("unknown", "nobody can say whether its process lives".to_owned()),
    };
    line("pane", format!("{} {word}", pane.id), evidence, "journal", PANE)
}

const PANE: &str = "tmux's own id; death comes from a pidfd and the record of pane-exec, never from \
                    a list that lacks it";

/// What the kernel says of its processes.
pub fn process(shown: &Shown<'_>) -> Evidence {
    let rule = "the state is that of the agent's own process, the sums are of its tree";
    let Some(process) = &shown.row.process else {
        let (verdict, evidence) = match shown.row.pid {
            None => ("none", "no process of it lives"),
            Some(_) => ("unknown", "the kernel does not tell of it"),
        };
        return line("process", verdict.to_owned(), evidence.to_owned(), "kernel", rule);
    };
    let noun = if process.count == 1 { "process" } else { "processes" };
    let share = process.cpu_percent.map_or_else(
        || "no share of a core measured yet".to_owned(),
        |percent| format!("{percent:.1} % of a core"),
    );
    let evidence = format!(
        "{} {noun}, {} KiB resident, {} of processor time, {share}",
        process.count,
        process.memory_bytes / 1024,
        span(process.cpu_ms)
    );
    Evidence { age_ms: Some(0), ..line("process", process.state.clone(), evidence, "kernel", rule) }
}

/// The unit that holds it.
pub fn unit(shown: &Shown<'_>) -> Evidence {
    let unit = &shown.row.unit;
    Evidence {
        cell: "unit".to_owned(),
        verdict: unit.state.clone(),
        evidence: match (&unit.name, unit.state.as_str()) {
            (Some(name), _) => name.clone(),
            (None, "n/a") => "no user manager runs here".to_owned(),
            (None, "none") => "it has no pane, so that no unit can hold it".to_owned(),
            (None, "unknown") => "systemd or the kernel did not answer".to_owned(),
            (None, _) => "no unit of ours holds it".to_owned(),
        },
        source: "systemd".to_owned(),
        age_ms: None,
        rule: "the unit whose cgroup holds its pane; n/a where no user manager runs".to_owned(),
    }
}

/// Whether what it writes is kept.
pub fn output(shown: &Shown<'_>) -> Evidence {
    let recording = &shown.agent.recording;
    let is_wanted = shown.agent.started_as().output.record;
    let (verdict, why) = match &recording.stopped {
        _ if !is_wanted => ("not recorded", "the roster says `output: {record: false}`"),
        Some(reason) => ("not recorded now", reason.as_str()),
        None if shown.agent.session.is_none() => ("not recorded now", "it does not run"),
        None => ("recorded", "no trouble was told"),
    };
    let kept = match recording.segment {
        0 => "no segment is closed yet".to_owned(),
        last => format!("{last} segments are closed, {} bytes in all", recording.position),
    };
    let rule = "tmux gives the pane's output to `mosaic tap`, that to the pane's first process, and \
                that to the disk; while one of them is missing the others are asked again, the \
                agent runs on, and `agent tail` says where output may be missing";
    line("output", verdict.to_owned(), format!("{why}; {kept}"), "journal", rule)
}
