//! `docs/events.md` is made of the samples: every type, its fields, one of each as it is stored.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde::Serialize;
use serde_json::{Value, json};

use super::in_repository;
use super::samples::samples;
use crate::fleet::{Activity, Beat, ChannelKind, Exit, Grade, Health, HoldReason, Moment, Wanted};

const HEAD: &str = "\
# Events, for machines

What `payload` holds in `GET /v1/events`, `mosaic events --json` and the journal, type by type. What
stands around it is in [journal.md](journal.md) and, as a schema, in `GET /v1/openapi.json`. This page
is made of the samples that the tests store and read; do not edit it.

Payloads only ever gain fields, and types are only ever added: skip what you do not know. A field
with `?` may be null. Times are milliseconds; `wall_ms` counts since 1970 UTC, `mono_ms` since the
boot of the host.
";

/// Fields that one sample cannot show to be null at times.
const NULLABLE: &[(&str, &str)] = &[("health.changed", "session")];

/// The kind of a value; what is inside of an object is told under *Values*.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// What each type means, as the page of the journal says it.
fn meanings() -> BTreeMap<String, String> {
    let page = fs::read_to_string(in_repository("docs/journal.md")).unwrap();
    let rows = page.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        name.contains('.').then(|| (name.to_owned(), rest.trim_end_matches(" |").to_owned()))
    });
    rows.collect()
}

fn types(page: &mut String) {
    let meanings = meanings();
    page.push_str("\n## Types\n");
    for event in samples() {
        let (name, payload) = event.to_parts();
        let mut payload: Value = serde_json::from_str(&payload).unwrap();
        let meaning = meanings.get(&name).unwrap_or_else(|| panic!("docs/journal.md: no {name}"));
        writeln!(page, "\n### `{name}`\n\n{}.\n", capital(meaning)).unwrap();
        page.push_str("| field | is |\n|---|---|\n");
        for (field, value) in payload.as_object().unwrap() {
            let mark = if NULLABLE.contains(&(&name, field)) { "?" } else { "" };
            writeln!(page, "| `{field}` | {}{mark} |", kind(value)).unwrap();
        }
        // The definitions stand in docs/roster.md; here they would only be long.
        if let Some(agents) = payload.pointer_mut("/roster/agents") {
            *agents = json!([]);
        }
        writeln!(page, "\n```json\n{payload}\n```").unwrap();
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Every variant of what stands in a payload.
fn values(page: &mut String) {
    let moment = Moment { wall_ms: 1_764_000_000_000, mono_ms: 5_000 };
    let mut beat = Beat::default();
    beat.answered(moment, 1_500);
    let exits = [
        Exit::Code(3),
        Exit::Signal(9),
        Exit::NotStarted("no such file".to_owned()),
        Exit::Lost("the host went down".to_owned()),
    ];
    let holds = [false, true].map(|hung| {
        let (deaths, last) = (5, Exit::Signal(11));
        HoldReason::CrashLoop { deaths, last, hung }
    });
    let healths = [
        Health::Starting,
        Health::Healthy { proof: beat.answer.unwrap() },
        Health::Late,
        Health::Unresponsive,
        Health::unknown("no channel"),
    ];
    let activities = [
        Activity::Unknown,
        Activity::Idle,
        Activity::Busy,
        Activity::AwaitingInput { detail: "Trust this folder?".to_owned() },
        Activity::AwaitingApproval { detail: "Bash: ls".to_owned() },
    ];
    page.push_str("\n## Values\n\nEach line is one that the field may have.\n");
    one(page, "`exit`", &exits);
    one(page, "`reason` of `agent.held`", &holds);
    one(page, "`health`", &healths);
    one(page, "`activity`", &activities);
    one(page, "`grade`", &[Grade::Accepted, Grade::AcceptedQueued]);
    one(page, "`wanted`", &[Wanted::Up, Wanted::Down]);
    one(page, "`kind` of `channel.opened`", &[ChannelKind::Native, ChannelKind::Mcp]);
}

fn one(page: &mut String, name: &str, variants: &[impl Serialize]) {
    writeln!(page, "\n### {name}\n\n```json").unwrap();
    for variant in variants {
        writeln!(page, "{}", serde_json::to_string(variant).unwrap()).unwrap();
    }
    page.push_str("```\n");
}

#[test]
fn the_page_of_events_shows_every_type_with_its_fields() {
    let mut page = HEAD.to_owned();
    types(&mut page);
    values(&mut page);
    let path = in_repository("docs/events.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        fs::write(&path, &page).unwrap();
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stands == page,
        "docs/events.md is not what the samples say; write it anew with INSTA_UPDATE=always"
    );
}
