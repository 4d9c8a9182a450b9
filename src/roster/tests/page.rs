//! `docs/roster.md` names every key of the tables, with what holds without it and what it may hold.

use super::super::duration::written;
use super::super::memory;
use super::super::schema::{self, Holds, Key, Section, Without};
use super::good;

const PAGE: &str = include_str!("../../../docs/roster.md");

/// The sections, each with the head of its table in the page.
const TABLES: [(&Section, &str); 11] = [
    (&schema::TOP, "| key | holds |\n"),
    (&schema::TMUX, "| `tmux` | holds"),
    (&schema::AGENT, "| key | holds | without it |\n|---|---|---|\n| `name`"),
    (&schema::OWN_RUNTIME, "| key | holds | without it |\n|---|---|---|\n| `extends`"),
    (&schema::HEARTBEAT, "| `heartbeat` | holds"),
    (&schema::RESTART, "| `restart` | holds"),
    (&schema::BACKOFF, "| `restart.backoff` | holds"),
    (&schema::STOP, "| `stop` | holds"),
    (&schema::SIZE, "| `size` | holds"),
    (&schema::LIMITS, "| `limits` | holds"),
    (&schema::OUTPUT, "| `output` | holds"),
];

/// The row of a key in the table with this head.
fn row(head: &str, key: &str) -> Option<&'static str> {
    let at = PAGE.find(head).unwrap_or_else(|| panic!("docs/roster.md has no table {head:?}"));
    let table = PAGE[at..].split("\n\n").next()?;
    let first = |line: &str| line.split('|').nth(1).unwrap_or_default().to_owned();
    table.lines().skip(2).find(|line| first(line).contains(&format!("`{key}`")))
}

/// What the row of a key has to say.
fn must_say(key: &Key) -> Vec<String> {
    let mut said = match key.without {
        Without::Required => vec!["required".to_owned()],
        Without::Value(value) => vec![format!("`{}`", value.replace('"', ""))],
        Without::Said => Vec::new(),
    };
    if let Holds::Whole(range) = &key.holds {
        said.push(format!("{} to {}", range.start(), range.end()));
    } else if let Holds::Duration(range) = &key.holds {
        said.push(format!("{} to {}", written(*range.start()), written(*range.end())));
    } else if let Holds::Memory(range) = &key.holds {
        let (least, most) = (memory::written(*range.start()), memory::written(*range.end()));
        said.push(format!("{least} to {most}"));
    } else if let Holds::Words(words) = &key.holds {
        said.extend(words.iter().map(|word| format!("`{word}`")));
    }
    said
}

#[test]
fn the_page_tells_every_key_with_its_values_and_its_default() {
    for (section, head) in TABLES {
        for key in section.keys {
            let row = row(head, key.name);
            // What an own runtime shares with an agent is told once, and named in its sentence.
            if section.name == "runtime" && row.is_none() {
                let sentence = PAGE.split("## A runtime").nth(1).expect("its part of the page");
                assert!(sentence.contains(&format!("`{}`", key.name)), "runtimes.*.{}", key.name);
                continue;
            }
            let row = row.unwrap_or_else(|| panic!("no row of {}.{}", section.name, key.name));
            for said in must_say(key) {
                assert!(row.contains(&said), "{}.{}: no {said:?} in {row}", section.name, key.name);
            }
        }
    }
}

#[test]
fn the_page_names_no_key_that_is_not_there() {
    for (section, head) in TABLES {
        let at = PAGE.find(head).expect("a table");
        for line in PAGE[at..].split("\n\n").next().expect("a table").lines().skip(2) {
            let first = line.split('|').nth(1).expect("a cell");
            for key in first.split(',').map(|key| key.trim().trim_matches('`')) {
                assert!(section.has(key), "{} has no key {key}", section.name);
            }
        }
    }
}

#[test]
fn the_example_of_the_page_is_right() {
    let example = PAGE.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    let example = example.expect("an example").replace("~/project", "~/");
    let roster = good(example.as_bytes()).roster;
    let runtimes: Vec<_> = roster.agents.iter().map(|agent| agent.runtime_word()).collect();
    assert_eq!(runtimes, ["aider", "aider", "claude"]);
}
