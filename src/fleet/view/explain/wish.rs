//! Why the row says what is wanted: the roster, drift from it, and a boot.

use super::{Shown, line};
use crate::fleet::{DriftCell, Evidence};

const AS_STARTED: &str = "the roster's word; it takes effect with the next start";

const AS_APPLIED: &str = "the roster's word; it takes effect when the roster is applied";

/// Whether somebody wants it up.
pub fn wanted(shown: &Shown<'_>) -> Evidence {
    let verdict = shown.row.wanted.clone().unwrap_or_else(|| "unknown".to_owned());
    let evidence = if shown.agent.in_roster {
        "the last of `fleet up`, `agent start`, `agent stop` and `fleet down` said so"
    } else {
        "the roster does not name it any more; it lives until it is stopped"
    };
    let rule = "what is wanted up is started again by its restart policy; what is wanted down stays \
                down";
    line("wanted", verdict, evidence.to_owned(), "journal", rule)
}

/// What it is for.
pub fn role(shown: &Shown<'_>) -> Evidence {
    let said = shown.row.role.clone();
    let evidence = match (&said, &shown.row.role_description) {
        (None, _) => "it names no `role`".to_owned(),
        (Some(_), None) => "its `role`".to_owned(),
        (Some(_), Some(description)) => format!("its `role`: {description}"),
    };
    line("role", said.unwrap_or_else(|| "none".to_owned()), evidence, "roster", AS_APPLIED)
}

/// The program inside.
pub fn runtime(shown: &Shown<'_>) -> Evidence {
    let verdict = shown.row.runtime.clone().unwrap_or_else(|| "unknown".to_owned());
    let evidence = match &shown.row.adapter {
        Some(adapter) if *adapter != verdict => {
            format!("its `runtime`, one of the roster's own, which behaves as {adapter}")
        }
        Some(_) | None => "its `runtime`".to_owned(),
    };
    line("runtime", verdict, evidence, "roster", AS_STARTED)
}

/// The user's own words for it.
pub fn labels(shown: &Shown<'_>) -> Evidence {
    let labels = &shown.row.labels;
    if labels.is_empty() {
        let evidence = "it has no `labels`".to_owned();
        return line("labels", "none".to_owned(), evidence, "roster", AS_APPLIED);
    }
    let all: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    line("labels", all.join(","), "its `labels`".to_owned(), "roster", AS_APPLIED)
}

/// What it may use of the host.
pub fn limits(shown: &Shown<'_>) -> Evidence {
    let rule = "a limit holds once a control group of its own holds the agent to it";
    let Some(limits) = &shown.row.limits else {
        let evidence = "it has no `limits`".to_owned();
        return line("limits", "none".to_owned(), evidence, "roster", rule);
    };
    let parts = [
        limits.memory_bytes.map(|bytes| format!("memory {} MiB", bytes >> 20)),
        limits.tasks.map(|tasks| format!("{tasks} tasks")),
        limits.cpu_percent.map(|percent| format!("{percent} % of a core")),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    let verdict = if limits.enforced { "enforced" } else { "not enforced" };
    line("limits", verdict.to_owned(), format!("its `limits`: {}", said.join(", ")), "roster", rule)
}

/// A line for each difference; one that says so when there is none.
pub fn drift(shown: &Shown<'_>) -> Vec<Evidence> {
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

/// Whether it comes back after a reboot.
pub fn boot(shown: &Shown<'_>) -> Evidence {
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
        age_ms: Some(0),
        rule: "linger on, units enabled, nothing of the fleet in a login session".to_owned(),
    }
}
