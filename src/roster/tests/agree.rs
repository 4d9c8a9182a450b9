//! The JSON Schema and the parser say the same, but for what only the parser can see.

use std::sync::OnceLock;

use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::json_schema;
use super::super::schema::{self, Holds, Section, Without};
use super::drawn::{Dice, changed, right, spots};
use super::{FULL, LEAST, ROLES, TOP, WRONG, good, lines, read_as};

fn validator() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| jsonschema::draft202012::new(&json_schema()).expect("a schema"))
}

fn is_valid(roster: &Value) -> bool {
    validator().is_valid(roster)
}

#[test]
fn the_schema_is_one() {
    jsonschema::draft202012::meta::validate(&json_schema()).expect("a schema of 2020-12");
}

#[test]
fn the_schema_takes_every_right_roster() {
    for text in [FULL, LEAST, ROLES, TOP] {
        let roster: Value = serde_yaml::from_slice(text).expect("YAML");
        let errors: Vec<_> = validator().iter_errors(&roster).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

/// What only the parser sees is listed in `parser-only.snap`, and by its kinds in `docs/roster.md`.
#[test]
fn the_schema_sees_each_mistake_of_the_wrong_rosters_but_those_of_the_list() {
    let mut unseen = String::new();
    for (name, text) in WRONG {
        // What is no YAML no editor gives to a schema.
        let Ok(roster) = serde_yaml::from_slice::<Value>(text) else { continue };
        let errors: Vec<(String, String)> = validator()
            .iter_errors(&roster)
            .map(|error| (error.instance_path().to_string(), error.to_string()))
            .collect();
        for mistake in read_as(text, name).expect_err(name) {
            let path = mistake.path.replace('[', ".").replace([']', '`'], "");
            let pointer = match path.as_str() {
                "" => String::new(),
                path => format!("/{}", path.replace('.', "/")),
            };
            let (above, key) = pointer.rsplit_once('/').unwrap_or_default();
            // What is too much or missing is an error of the mapping, and so is one of two forms.
            let of_mapping = |said: &str| {
                [
                    format!("'{key}'"),
                    format!("\"{key}\""),
                    "'anyOf'".to_owned(),
                    "under any of".to_owned(),
                ]
                .iter()
                .any(|sign| said.contains(sign))
            };
            let is_seen =
                errors.iter().any(|(at, said)| *at == pointer || (at == above && of_mapping(said)));
            if !is_seen {
                unseen += &lines(&[mistake]);
            }
        }
    }
    insta::with_settings!({
        snapshot_path => "../../../tests/fixtures/rosters",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("parser-only", unseen);
    });
}

#[test]
fn every_key_of_the_tables_is_read_and_checked_by_both() {
    let roster = right(&mut Dice::new(7), true);
    assert!(read_as(roster.to_string().as_bytes(), "f").is_ok(), "{roster:#}");
    for (pointer, _) in spots(&roster) {
        let mut wrong = roster.clone();
        *wrong.pointer_mut(&pointer).expect("it is there") = json!({"zz": [1]});
        assert!(!is_valid(&wrong), "the schema takes anything at {pointer}");
        let mistakes = read_as(wrong.to_string().as_bytes(), "f").expect_err(&pointer);
        let key = pointer.rsplit('/').next().expect("a key");
        assert!(mistakes.iter().any(|m| m.path.contains(key)), "{pointer}: {mistakes:#?}");
    }
}

#[test]
fn what_the_tables_call_a_default_is_one() {
    let silent = good(LEAST).roster;
    let mut said: Value = serde_yaml::from_slice(LEAST).expect("YAML");
    fill(&mut said["agents"][0], &schema::AGENT);
    fill(&mut said, &schema::TOP);
    let said = good(said.to_string().as_bytes()).roster;
    assert_eq!(said.agents, silent.agents);
    assert_eq!(said.tmux.socket(), silent.tmux.socket());
    assert_eq!(said.tmux.history(), silent.tmux.history());
}

/// Writes out every default of the tables that is not there.
fn fill(at: &mut Value, section: &Section) {
    for key in section.keys {
        match (&key.holds, key.without) {
            (_, Without::Value(value)) => {
                let value = serde_json::from_str::<Value>(value).expect("JSON");
                at.as_object_mut().expect("a mapping").entry(key.name).or_insert(value);
            }
            (Holds::Section(below), _) if below.name != "defaults" => {
                let mut filled = json!({});
                fill(&mut filled, below);
                at[key.name] = filled;
            }
            _ => {}
        }
    }
}

#[test]
fn whole_numbers_and_durations_keep_to_the_tables_ranges() {
    let roster = right(&mut Dice::new(7), true);
    let takes = |pointer: &str, value: Value| {
        let mut changed = roster.clone();
        *changed.pointer_mut(pointer).expect("it is there") = value;
        let path = pointer.rsplit('/').next().expect("a key").to_owned();
        let wrong = read_as(changed.to_string().as_bytes(), "f").err().unwrap_or_default();
        // Two values may be wrong together; here only the range counts.
        !wrong.iter().any(|m| m.path.ends_with(&path) && m.allowed.contains(" from "))
    };
    for (pointer, holds) in spots(&roster) {
        let (range, unit) = if let Holds::Whole(range) = holds {
            (range, "")
        } else if let Holds::Duration(range) = holds {
            (range, "ms")
        } else {
            continue;
        };
        let value = |number: u64| match unit {
            "" => json!(number),
            unit => json!(format!("{number}{unit}")),
        };
        assert!(takes(&pointer, value(*range.start())), "{pointer}");
        assert!(takes(&pointer, value(*range.end())), "{pointer}");
        assert!(!takes(&pointer, value(range.end() + 1)), "{pointer}");
        if let Some(below) = range.start().checked_sub(1) {
            assert!(!takes(&pointer, value(below)), "{pointer}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: super::any::cases(1000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn schema_and_parser_agree_on_rosters_of_any_kind(seed in any::<u64>(), changes in 0..3_u8) {
        let mut dice = Dice::new(seed);
        let mut roster = right(&mut dice, false);
        for _ in 0..changes {
            roster = changed(roster, &mut dice);
        }
        let read = read_as(roster.to_string().as_bytes(), "f");
        let errors: Vec<_> = validator().iter_errors(&roster).map(|e| e.to_string()).collect();
        prop_assert_eq!(errors.is_empty(), read.is_ok(), "{:#?}\n{:#?}\n{:#}", errors, read, roster);
        prop_assert!(changes > 0 || read.is_ok(), "{:#?}", read);
    }
}
