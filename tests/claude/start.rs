//! Claude's own configuration and dialogs: left alone, and named.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::fleet::RuntimeKind;
use crate::ground::{Ground, new_conversation};
use crate::runtime::{Composer, composer, dialog};

/// Every file below a directory with its bytes.
pub fn tree(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        if entry.path().is_dir() {
            files.extend(tree(&entry.path()));
        } else if let Ok(bytes) = fs::read(entry.path()) {
            // A claude that runs writes files aside and renames them: such a one may be gone.
            files.insert(entry.path().display().to_string(), bytes);
        }
    }
    files
}

#[test]
fn the_users_configuration_stays_byte_for_byte() {
    let ground = Ground::new();
    let own = "{\n  \"permissions\": {\"allow\": [\"Bash(ls)\"]},\t\"hooks\": {}\n}\n";
    for file in ["settings.json", "settings.local.json"] {
        fs::write(ground.configuration().join(file), own).unwrap();
    }
    fs::create_dir_all(ground.path("work/.claude")).unwrap();
    fs::write(ground.path("work/.claude/settings.json"), own).unwrap();
    let all =
        || (tree(&ground.configuration()), tree(&ground.path("home")), tree(&ground.path("work")));
    let before = all();
    let launch = ground.launch(&new_conversation()).unwrap();
    assert_eq!(all(), before, "a launch writes only into our own directory");

    ground.start(&launch);
    ground.supervisor().ready();
    ground.send("s1", "hello");
    ground
        .wait_for("the prompt at the model", || (!ground.model.prompts().is_empty()).then_some(()));
    let after = all();
    assert_eq!(after.2, before.2, "nothing of ours in the workspace");
    for (path, bytes) in before.0.iter().filter(|(path, _)| !path.ends_with("/.claude.json")) {
        assert_eq!(after.0.get(path), Some(bytes), "{path}");
    }
    let ours = |tree: &BTreeMap<String, Vec<u8>>| {
        let names = tree.iter().filter(|(path, _)| !path.contains("/projects/"));
        let mosaic = env!("CARGO_BIN_EXE_mosaic").as_bytes();
        names.filter(|(_, bytes)| bytes.windows(mosaic.len()).any(|part| part == mosaic)).count()
    };
    assert_eq!(ours(&after.0), 0, "our hooks stand in no file of claude");
}

#[test]
fn dialogs_of_a_first_run_are_named() {
    let cases = [
        ("projects", "claude asks whether this directory is trusted", "Yes, I trust this folder"),
        ("hasCompletedOnboarding", "claude's first run", "Dark mode"),
        ("customApiKeyResponses", "claude asks whether it may use the API key", "No (recommended)"),
    ];
    for (missing, name, text) in cases {
        let ground = Ground::new();
        let file = ground.configuration().join(".claude.json");
        let mut known: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        known.as_object_mut().unwrap().remove(missing);
        ground.has_answered(&known);
        let pid = ground.start(&ground.launch(&new_conversation()).unwrap());
        let said = ground.wait_for(name, || {
            let said = dialog(RuntimeKind::Claude, &ground.screen());
            said.filter(|said| said.contains(text))
        });
        assert!(said.starts_with(name), "{said}");
        let seen = composer(RuntimeKind::Claude, &ground.screen(), None, "[m-a] ");
        assert!(matches!(seen, Composer::Dialog(_)), "{seen:?}");
        assert!(!ground.supervisor().frames().iter().any(|frame| frame["type"] == "ready"));
        let sessions = ground.configuration().join(format!("sessions/{pid}.json"));
        assert!(!sessions.exists(), "no file says what claude does");
    }
}
