//! Every cell has a line, in every phase of a life.

use std::collections::BTreeSet;

use super::{Shown, explain};
use crate::fleet::tests::world::definition;
use crate::fleet::view::{BootCell, DriftCell, LimitsCell, Seen, UnitCell, row};
use crate::fleet::{Agent, Beat, Counters, Evidence, Fleet, Lifecycle, Moment, Row};

/// Parts of a row that are no verdict: whose it is, and what belongs to another cell's line.
const NO_VERDICT: &[&str] = &[
    "tenant",
    "host",
    "agent",
    // The line of `attached` explains it.
    "keyboard",
    "managed",
    "role_description",
    "adapter",
    "lifecycle_detail",
    // Its hold says it.
    "boot_failures",
    "health_reason",
];

const NOW: Moment = Moment { wall_ms: 60_000, mono_ms: 60_000 };

fn shown(agent: &Agent, change: impl Fn(&mut Row)) -> (Row, Vec<Evidence>) {
    let seen = Seen {
        process: None,
        unit: UnitCell { name: None, state: "n/a".to_owned() },
        boot: BootCell { wanted: true, effective: None, missing: Vec::new() },
        drift: Vec::new(),
        counters: Counters::default(),
        turn: None,
    };
    let beat = Beat::default();
    let mut row = row(&Fleet::default(), agent, &beat, NOW, seen);
    change(&mut row);
    let lines = explain(&Shown { agent, beat: &beat, row: &row, now: NOW });
    (row, lines)
}

fn cells(lines: &[Evidence]) -> BTreeSet<&str> {
    lines.iter().map(|line| line.cell.as_str()).collect()
}

#[test]
fn every_cell_of_a_row_has_a_line_with_evidence_source_and_rule() {
    let mut agent = Agent::new(definition(1), NOW);
    let absent = shown(&agent, |_| {});
    agent.lifecycle = Lifecycle::Running { since: NOW };
    let running = shown(&agent, |row| {
        row.pid = Some(7);
        row.drift = ["args", "env"]
            .map(|field| DriftCell { field: field.into(), wanted: "a".into(), running: "b".into() })
            .to_vec();
    });
    for (row, lines) in [&absent, &running] {
        let value = serde_json::to_value(row).unwrap();
        let parts = value.as_object().unwrap().keys().map(String::as_str);
        let verdicts: BTreeSet<&str> = parts.filter(|part| !NO_VERDICT.contains(part)).collect();
        let explained: BTreeSet<&str> =
            cells(lines).into_iter().filter(|cell| verdicts.contains(cell)).collect();
        assert_eq!(explained, verdicts);
        for line in lines {
            let said = [&line.verdict, &line.evidence, &line.source, &line.rule];
            assert!(said.iter().all(|part| !part.is_empty()), "{line:?}");
        }
    }
    let drift = |lines: &[Evidence]| -> Vec<String> {
        let lines = lines.iter().filter(|line| line.cell == "drift");
        lines.map(|line| line.verdict.clone()).collect()
    };
    assert_eq!(drift(&absent.1), ["none"]);
    assert_eq!(drift(&running.1), ["args", "env"]);
}

#[test]
fn a_line_says_what_the_cell_says_and_unknown_is_never_none() {
    let agent = Agent::new(definition(1), NOW);
    let verdict = |lines: &[Evidence], cell: &str| {
        lines.iter().find(|line| line.cell == cell).unwrap().verdict.clone()
    };
    let (_, lines) = shown(&agent, |_| {});
    assert_eq!(
        (verdict(&lines, "process"), verdict(&lines, "limits")),
        ("none".into(), "none".into())
    );
    let (_, lines) = shown(&agent, |row| {
        row.pid = Some(7);
        row.labels.insert("team".to_owned(), "web".to_owned());
        row.adapter = Some("command".to_owned());
        row.role = Some("judge".to_owned());
        row.role_description = Some("weighs what others wrote".to_owned());
        row.limits = Some(LimitsCell {
            memory_bytes: Some(512 << 20),
            tasks: None,
            cpu_percent: None,
            enforced: false,
        });
    });
    assert_eq!(verdict(&lines, "process"), "unknown");
    assert_eq!(verdict(&lines, "labels"), "team=web");
    assert_eq!(verdict(&lines, "limits"), "not enforced");
    let evidence =
        |cell: &str| lines.iter().find(|line| line.cell == cell).unwrap().evidence.clone();
    assert!(evidence("runtime").ends_with("which behaves as command"));
    assert_eq!(evidence("role"), "its `role`: weighs what others wrote");
    let mut ended = agent;
    ended.starts = 2;
    let (_, lines) = shown(&ended, |_| {});
    let session = lines.iter().find(|line| line.cell == "session").unwrap();
    assert_eq!(session.evidence, "its life number 2 is over");
}
