//! `fleet check` and `fleet schema`: for people, for machines, for editors.

use serde_json::{Value, json};

use crate::fake::Fake;
use crate::need::need;
use crate::terminal::Terminal;

const WRONG: &str = "version: 1\nagents:\n  - name: ada\n    runtime: stubb\n    workspace: ~/\n";

/// A roster at the place where verbs look for it.
fn with_roster(text: &[u8]) -> Fake {
    let fake = Fake::absent();
    std::fs::create_dir_all(fake.home.path().join("config")).unwrap();
    std::fs::write(fake.home.path().join("config/roster.yaml"), text).unwrap();
    fake
}

fn told(fake: &Fake) -> (i32, Value) {
    let output = fake.mosaic(&["fleet", "check", "--json"]);
    (output.code, serde_json::from_str(&output.stdout).unwrap())
}

#[test]
fn a_machine_gets_each_mistake_with_its_place_key_and_sentence() {
    let fake = with_roster(WRONG.as_bytes());
    let file = "HOME/config/roster.yaml";
    let (code, told) = told(&fake);
    assert_eq!(code, 6);
    let allowed = "one of `stub`, `claude`, `command`";
    let mistake = json!({
        "file": file,
        "line": 4,
        "column": 14,
        "key": "agents[0].runtime",
        "path": "agents[0].runtime",
        "found": "the text `stubb`",
        "allowed": allowed,
        "nearest": "`stub`",
        "message": format!(
            "{file}:4:14: agents[0].runtime: found the text `stubb`; allowed {allowed}; \
             did you mean `stub`?"
        ),
    });
    let whole = json!({
        "schema_version": 1, "file": file, "ok": false, "mistakes": [mistake], "warnings": []
    });
    assert_eq!(told, whole);
}

#[test]
fn a_machine_gets_the_warnings_of_a_roster_that_is_right() {
    let text = "version: 1\nagents:\n  - name: ada\n    runtime: stub\n    workspace: ~/\n    \
                args: [--key=ghp_0123456789abcdef0123]\n    env: {PLACE: \"sk-ant-0123456789abcdef\"}\n";
    let (code, told) = told(&with_roster(text.as_bytes()));
    assert_eq!((code, &told["ok"], &told["mistakes"]), (0, &json!(true), &json!([])));
    let keys: Vec<_> =
        told["warnings"].as_array().unwrap().iter().map(|warning| &warning["key"]).collect();
    assert_eq!(keys, [&json!("agents[0].args[0]"), &json!("agents[0].env.PLACE")]);
    let said = told.to_string();
    assert!(!said.contains("sk-ant") && !said.contains("ghp_"), "{said}");
}

#[test]
fn a_person_at_a_terminal_sees_the_line_and_where_in_it() {
    if !need("tmux") {
        return;
    }
    let fake = with_roster(WRONG.as_bytes());
    let terminal = Terminal::running(fake.home.path(), (200, 20), "", "fleet check");
    terminal.shows("[ended 6]");
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let at = lines.iter().position(|line| line.contains("4 |     runtime: stubb")).expect(&screen);
    assert_eq!(lines[at + 1].find('^'), lines[at].find("stubb"), "{screen}");
    assert!(screen.contains("did you mean `stub`?"), "{screen}");
}

#[test]
fn ten_megabytes_and_bytes_that_are_no_text_are_mistakes_like_any_other() {
    let (code, large) = told(&with_roster(&b"# a line\n".repeat(10 * 1024 * 1024 / 9)));
    assert_eq!((code, &large["mistakes"][0]["allowed"]), (6, &json!("at most 1 MiB")));
    let (code, bytes) = told(&with_roster(b"version: 1\ntenant: \xff\n"));
    let mistake = &bytes["mistakes"][0];
    assert_eq!((code, &mistake["line"], &mistake["column"]), (6, &json!(2), &json!(9)));
}

#[test]
fn the_schema_is_printed_for_editors() {
    let output = Fake::absent().mosaic(&["fleet", "schema"]);
    assert_eq!(output.code, 0, "{output:?}");
    let schema: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["additionalProperties"], false);
    let every = &schema["$defs"]["heartbeat"]["properties"]["every"];
    assert_eq!((&every["default"], &every["type"]), (&json!("5s"), &json!("string")));
    assert_eq!(every["description"], "How often it is asked. From 100ms to 1h.");
}
