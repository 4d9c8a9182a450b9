//! A fleet in whose roster a claude may stand: its user's configuration, and a model of ours.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::ground::{answers, claude, environment};
use crate::model::Model;
use crate::start::tree;
use crate::support::{Fleet, LONG, Output, Roster, Terminal, wait_until};

/// Calmer than a stub's: claude shares two cores with its tests.
const HEARTBEAT: &str = "{every: 500ms, healthy_within: 3s, grace: 90s}";

/// A fleet, and what claude needs around it.
pub struct Line {
    pub fleet: Fleet,
    pub model: Model,
}

impl Line {
    /// Nothing runs yet. The user has answered claude's first dialogs, but for these.
    pub fn without(answers_missing: &[&str]) -> Self {
        let line = Self { fleet: Fleet::new(), model: Model::start() };
        let work = line.fleet.workspace().canonicalize().unwrap().display().to_string();
        let mut known = answers(&work);
        for answer in answers_missing {
            known.as_object_mut().unwrap().remove(*answer);
        }
        fs::create_dir(line.configuration()).unwrap();
        fs::write(line.configuration().join(".claude.json"), known.to_string()).unwrap();
        line
    }

    /// Nothing runs yet, and no dialog stands in the way.
    pub fn new() -> Self {
        Self::without(&[])
    }

    /// Claude runs as `ada`, healthy and idle.
    pub fn up() -> Self {
        let line = Self::new();
        line.fleet.roster(&line.roster());
        line.fleet.mosaic(&["fleet", "up"]).ended(0);
        line.fleet.health("ada", "healthy");
        line.is("idle");
        line
    }

    /// A roster with claude as `ada`.
    pub fn roster(&self) -> Roster {
        self.with_claude(Roster::new())
    }

    /// The same roster, and claude in it as `ada`.
    pub fn with_claude(&self, roster: Roster) -> Roster {
        let env = environment(&self.configuration(), &self.model);
        let env: serde_json::Map<_, _> =
            env.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        let keys = format!(
            "runtime: claude, command: {}, env: {}, heartbeat: {HEARTBEAT}, \
             size: {{columns: 120, rows: 40}}",
            json!(claude().display().to_string()),
            Value::Object(env),
        );
        roster.agent("ada", &keys)
    }

    /// Claude's configuration directory.
    pub fn configuration(&self) -> PathBuf {
        self.fleet.home().join("claude")
    }

    /// Waits until claude says that it does this.
    #[track_caller]
    pub fn is(&self, activity: &str) {
        wait_until(&format!("ada {activity}"), LONG, || self.activity()["state"] == activity);
    }

    /// What claude does.
    #[track_caller]
    pub fn activity(&self) -> Value {
        self.fleet.row("ada")["activity"].clone()
    }

    /// Sends a text that claude must accept; the message's id.
    #[track_caller]
    pub fn send(&self, text: &str) -> String {
        let output = self.fleet.mosaic(&["send", "ada", "--verify", "--json", "--", text]);
        let message: Value = serde_json::from_str(&output.ended(0).stdout).unwrap();
        message["id"].as_str().unwrap().to_owned()
    }

    /// Sends a text that waits.
    #[track_caller]
    pub fn send_waits(&self, text: &str) -> Output {
        let words = ["send", "ada", "--verify", "--timeout", "2s", "--", text];
        self.fleet.mosaic(&words).ended(10)
    }

    /// How often this stands in what the model was told last in each request.
    pub fn told(&self, text: &str) -> usize {
        let prompts = self.model.prompts();
        prompts.iter().map(|prompt| prompt.matches(text).count()).sum()
    }

    /// Waits until the model was told this.
    #[track_caller]
    pub fn hears(&self, text: &str) {
        wait_until(&format!("{text:?} at the model"), LONG, || self.told(text) > 0);
    }

    /// Waits until claude has this in a transcript, from which it can go on.
    #[track_caller]
    pub fn remembers(&self, text: &str) {
        let has = || {
            let files = tree(&self.configuration());
            let mut files = files.iter().filter(|(path, _)| path.contains("/projects/"));
            files.any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(text))
        };
        wait_until(&format!("{text:?} in a transcript"), LONG, has);
    }

    /// The screen of the agent's pane, as tmux has it.
    pub fn screen(&self) -> String {
        let row = self.fleet.row("ada");
        let pane = row["pane"]["id"].as_str().unwrap();
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(self.fleet.state("tmux.sock")).args(["-N", "capture-pane", "-p", "-t"]);
        self.fleet.finished(tmux.arg(pane).env_remove("TMUX")).ended(0).stdout
    }

    /// Keys into the agent's pane, past everybody, by their tmux names.
    pub fn keys(&self, keys: &[&str]) {
        let row = self.fleet.row("ada");
        let pane = row["pane"]["id"].as_str().unwrap();
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(self.fleet.state("tmux.sock")).args(["-N", "send-keys", "-t", pane]);
        self.fleet.finished(tmux.args(keys).env_remove("TMUX")).ended(0);
    }

    /// The screen from the line on in which this stands: claude's picture above it moves.
    pub fn screen_from(&self, text: &str) -> String {
        let screen = self.screen();
        let from = screen.find(text).unwrap_or_else(|| panic!("no {text:?} in:\n{screen}"));
        screen[from..].to_owned()
    }

    /// Waits until this stands on the agent's screen.
    #[track_caller]
    pub fn shows(&self, text: &str) {
        wait_until(&format!("{text:?} on the screen"), LONG, || self.screen().contains(text));
    }

    /// Takes the keyboard, presses keys once this stands on the screen, gives it back once they
    /// have done what they should: tmux takes keys that come with others for a paste.
    pub fn by_hand(&self, shown: &str, keys: &[&str], done: impl Fn(&str) -> bool) {
        let terminal = Terminal::running(self.fleet.home(), (120, 41), "", "attach ada");
        wait_until("the keyboard", LONG, || !self.fleet.row("ada")["attached"].is_null());
        terminal.shows(shown);
        terminal.press(keys);
        wait_until(&format!("what {keys:?} do"), LONG, || done(&terminal.screen()));
        terminal.press(&["C-b", "d"]);
        terminal.shows("[ended 0]");
    }

    /// The payloads of the events of this type about claude, oldest first.
    pub fn events(&self, kind: &str) -> Vec<Value> {
        let events = self.fleet.events().into_iter();
        let ours = events.filter(|event| event["type"] == kind && event["agent"] == "ada");
        ours.map(|event| event["payload"].clone()).collect()
    }

    /// The `mosaic mcp` that claude started.
    pub fn channel(&self) -> u32 {
        crate::heartbeat::mcp_server(self.fleet.pid("ada"))
    }
}
