//! Rosters for tests: quick heartbeats, quick restarts, one line an agent.

use std::path::Path;

/// A roster that grows by agents.
#[derive(Debug, Clone)]
pub struct Roster {
    agents: Vec<String>,
    sections: String,
}

/// Quick, and still twice as long as a beat.
const DEFAULTS: &str = "\
version: 1
defaults:
  heartbeat: {every: 250ms, healthy_within: 1500ms, grace: 20s}
  restart: {policy: always, backoff: {initial: 50ms, max: 1s}, give_up_after: 3}
  stop: {signal: TERM, grace: 2s}
  size: {columns: 80, rows: 24}
";

impl Roster {
    /// Without agents.
    pub fn new() -> Self {
        Self { agents: Vec::new(), sections: String::new() }
    }

    /// One more section of the file, as it stands there.
    #[must_use]
    pub fn section(mut self, text: &str) -> Self {
        self.sections.push_str(text);
        self.sections.push('\n');
        self
    }

    /// One more stub.
    #[must_use]
    pub fn stub(self, name: &str) -> Self {
        self.agent(name, "runtime: stub")
    }

    /// One more stub with an environment, as a flow mapping: `{A: "1"}`.
    #[must_use]
    pub fn stub_with(self, name: &str, environment: &str) -> Self {
        self.agent(name, &format!("runtime: stub, env: {environment}"))
    }

    /// One more shell script as a `command` runtime.
    #[must_use]
    pub fn command(self, name: &str, script: &str) -> Self {
        let script = serde_json::to_string(script).unwrap();
        self.agent(name, &format!("runtime: command, command: sh, args: [\"-c\", {script}]"))
    }

    /// One more agent with these keys.
    #[must_use]
    pub fn agent(mut self, name: &str, keys: &str) -> Self {
        self.agents.push(format!("  - {{name: {name}, {keys}, workspace: WORKSPACE}}\n"));
        self
    }

    /// Its text; every agent works in this directory.
    pub fn text(&self, workspace: &Path) -> String {
        let workspace = serde_json::to_string(&workspace.to_string_lossy()).unwrap();
        let agents = self.agents.concat().replace("WORKSPACE", &workspace);
        format!("{DEFAULTS}{}agents:\n{agents}", self.sections)
    }
}
