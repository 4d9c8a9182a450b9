//! The journal against what senders were told and what the runtimes themselves wrote down.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::arena::Arena;
use super::ends::{Told, told};
use crate::support::{given, record};

/// What a runtime wrote down of one message.
#[derive(Debug, Default)]
struct Taken {
    times: usize,
    queued: bool,
}

/// Compares, prints the table of ends, and fails with every violation there is.
pub fn compare(arena: &Arena) {
    // The journal first: what is accepted later is in a record that is read later.
    let told = told(&arena.fleet);
    let mut wrong: Vec<String> = Vec::new();
    let mut taken: BTreeMap<String, Taken> = BTreeMap::new();
    let mut heard: BTreeMap<String, usize> = BTreeMap::new();
    for agent in &arena.agents {
        let mut before = 0;
        for (id, text, line) in lines(&record(&arena.fleet, agent)) {
            let Some(one) = told.get(&id) else {
                wrong.push(format!("{agent} took {id}, which the journal does not know"));
                continue;
            };
            // An Enter that a runtime took for a new line is part of the text that the next one submits.
            let is_same = one.whole() == text;
            let is_longer =
                one.end() == Some("unknown") && one.whole() == text.trim_end_matches('\n');
            if one.agent != *agent || !(is_same || is_longer) {
                wrong.push(format!("{agent} took {id} as {text:?}: {one:?}"));
            }
            if one.queued <= before {
                wrong.push(format!("{agent} took {id} after one that was queued later"));
            }
            before = one.queued;
            let taken = taken.entry(id).or_default();
            taken.times += 1;
            taken.queued = line["queued"] == true;
        }
        for (id, ..) in lines(&arena.heard(agent)) {
            *heard.entry(id).or_default() += 1;
        }
    }
    let none = Taken::default();
    for (id, one) in &told {
        let taken = taken.get(id).unwrap_or(&none);
        let heard = heard.get(id).copied().unwrap_or_default();
        wrong.extend(rules(one, taken, heard).map(|rule| {
            format!("{id}: {rule}; taken {}, heard {heard} times: {one:?}", taken.times)
        }));
    }
    wrong.extend(replies(arena, &told));
    print!("{}", table(&told, &taken));
    println!("a mailbox was full {} times", arena.full.load(Ordering::Relaxed));
    arena.fleet.mosaic(&["events", "verify"]).ended(0);
    assert!(wrong.is_empty(), "{} violations:\n{}", wrong.len(), wrong.join("\n"));
}

/// What was written down of each text that has an id; a person's has none.
fn lines(path: &Path) -> Vec<(String, String, Value)> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let given = given(path).into_iter().zip(lines);
    given.filter_map(|((id, text), line)| Some((id?, text, line))).collect()
}

/// The rules that a message breaks.
fn rules<'a>(
    one: &'a Told,
    taken: &Taken,
    heard: usize,
) -> impl Iterator<Item = &'static str> + use<'a> {
    let end = one.end();
    let accepted = end == Some("accepted");
    let untyped = matches!(end, Some("expired" | "cancelled"));
    let rules = [
        (end.is_none(), "it has no end"),
        (taken.times > 1, "it was taken more than once"),
        (accepted && taken.times != 1, "it is said accepted, and its runtime does not have it"),
        (heard > 1, "it was typed more than once"),
        (untyped && heard > 0, "nothing was to be typed"),
        (end == Some("rejected") && taken.times > 0, "it is said rejected, and was taken"),
        (
            end == Some("typed_not_submitted") && taken.times > 0,
            "it is said not submitted, and was taken",
        ),
        (one.count("queued") != 1, "it was queued more than once"),
        (
            one.count("typing") > 1 + one.count("returned"),
            "it went out again, and nobody says that nothing had",
        ),
        (!matches!(one.behind_end()[..], [] | ["accepted"]), "something happened behind its end"),
        (one.count("cleared") > 0 && taken.times > 0, "it was taken, and its text taken away"),
        (
            accepted && (one.grade.as_deref() == Some("accepted_queued")) != taken.queued,
            "its grade is not what its runtime says",
        ),
    ];
    rules.into_iter().filter_map(|(is_broken, rule)| is_broken.then_some(rule))
}

/// What senders were told, against the journal.
fn replies(arena: &Arena, told: &BTreeMap<String, Told>) -> Vec<String> {
    let mut wrong = Vec::new();
    let acknowledged = arena.acknowledged.lock().unwrap();
    if acknowledged.len() as u64 != arena.plan_sends {
        wrong.push(format!("{} of {} have an answer", acknowledged.len(), arena.plan_sends));
    }
    let mut marks: BTreeMap<&str, usize> = BTreeMap::new();
    for one in told.values() {
        *marks.entry(one.text.split(' ').next().unwrap()).or_default() += 1;
    }
    wrong.extend(marks.iter().filter(|(_, count)| **count > 1).map(|(mark, count)| {
        format!("{mark} is {count} messages: its key, or its sender, made more than one")
    }));
    for sent in acknowledged.iter() {
        let Some(one) = told.get(&sent.id) else {
            wrong.push(format!("{} was acknowledged as {} and is lost", sent.mark, sent.id));
            continue;
        };
        if one.text != sent.text || one.agent != sent.agent {
            wrong.push(format!("{} is not what was sent: {one:?}", sent.mark));
        }
        let (said, is) = (sent.state.as_str(), one.state());
        let is_open = matches!(said, "queued" | "typing" | "typed");
        let was_late =
            matches!(said, "unknown" | "typed_not_submitted") && one.end() == Some("accepted");
        if !is_open && said != is && !was_late {
            wrong.push(format!("{}: its sender was told {said}, and it is {is}", sent.mark));
        }
    }
    wrong
}

/// How many ended how, and how many of them their runtime has.
fn table(told: &BTreeMap<String, Told>, taken: &BTreeMap<String, Taken>) -> String {
    let mut ends: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (id, one) in told {
        let row = ends.entry(one.state()).or_default();
        row.0 += 1;
        row.1 += usize::from(taken.contains_key(id));
        if let Some(reason) = &one.reason {
            *reasons.entry(format!("{}: {reason}", one.state())).or_default() += 1;
        }
    }
    let mut text = String::from("| end | messages | the runtime has them |\n|---|---|---|\n");
    for (end, (count, taken)) in ends {
        writeln!(text, "| {end} | {count} | {taken} |").unwrap();
    }
    for (reason, count) in reasons {
        writeln!(text, "{count:>6} {reason}").unwrap();
    }
    text
}
