//! A tenant with the installed program and a roster of stubs on a booted host.

use std::path::Path;

use serde_json::Value;

use crate::bed::{Bed, until};
use crate::host::Host;

const MOSAIC: &str = "/home/ada/.local/bin/mosaic";

/// The socket of its tmux server is the roster's. `cid` does not come up with the host.
const ROSTER: &str = "\
version: 1
tmux: {socket: agents.sock}
agents:
  - {name: ada, runtime: stub, workspace: ~/, boot: true}
  - {name: bea, runtime: stub, workspace: ~/, boot: true}
  - {name: cid, runtime: stub, workspace: ~/, boot: false}
";

/// Every agent, in the order of their names.
pub const ALL: [&str; 3] = ["ada", "bea", "cid"];

/// Those that come up with the host.
pub const AT_BOOT: [&str; 2] = ["ada", "bea"];

/// What a unit of the fleet is called.
pub const UNITS: [&str; 3] =
    ["mosaic-supervisor.service", "mosaic-supervisor.socket", "mosaic-tmux.service"];

/// The user ada, who does not linger, with mosaic in `~/.local/bin`.
pub struct Tenant<'host> {
    pub host: &'host Host<'host>,
    uid: String,
}

impl<'host> Tenant<'host> {
    /// Makes the user and installs the program and the roster, durably.
    pub fn add(bed: &Bed, host: &'host Host<'host>) -> Self {
        bed.push(Path::new(env!("CARGO_BIN_EXE_mosaic")), "mosaic");
        host.add_user("ada");
        let install = "mkdir -p .local/bin .config/mosaic && cp /opt/mosaic/bin/mosaic .local/bin/ \
                       && printf %s \"$1\" > .config/mosaic/roster.yaml && sync -f .";
        host.user("ada", &["sh", "-euc", install, "sh", ROSTER]);
        Self { host, uid: host.user("ada", &["id", "-u"]).trim().to_owned() }
    }

    /// Runs a verb with neither a terminal nor a session; what it printed, when it succeeds.
    pub fn mosaic(&self, words: &str) -> String {
        let mut all = vec![MOSAIC];
        all.extend(words.split(' '));
        self.host.user("ada", &all)
    }

    /// The same, where it must end with this exit code; what it complained about.
    pub fn fails(&self, words: &str, code: i32) -> String {
        let mut all = vec![MOSAIC];
        all.extend(words.split(' '));
        let output = self.host.bare("ada", &all);
        let complained = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{words}: {complained}");
        complained
    }

    /// Logs in, runs verbs, logs out again; what they printed.
    pub fn session(&self, verbs: &[&str]) -> String {
        let verbs: Vec<_> = verbs.iter().map(|words| format!("{MOSAIC} {words}")).collect();
        self.host.session("ada", &["sh", "-euc", &verbs.join("\n")])
    }

    /// Does something while the user is logged in.
    pub fn logged_in<T>(&self, what: impl FnOnce() -> T) -> T {
        self.host.user("ada", &["mkfifo", "logout"]);
        std::thread::scope(|scope| {
            let session = scope.spawn(|| self.host.session("ada", &["cat", "logout"]));
            let list = ["loginctl", "--no-legend", "list-sessions"];
            until("the log-in", || self.host.root(&list).contains(" ada "));
            // Logged out in any case: the session would hold a failed test up.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(what));
            self.host.user("ada", &["sh", "-c", "echo > logout"]);
            session.join().unwrap();
            done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Lets the user linger, as root does.
    pub fn linger(&self) {
        self.host.root(&["loginctl", "enable-linger", "ada"]);
    }

    /// What `ps --json` says.
    pub fn ps(&self) -> Value {
        let output = self.host.bare("ada", &[MOSAIC, "ps", "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// What `ps` says of the supervisor.
    pub fn supervisor(&self) -> Value {
        self.ps()["supervisor"].clone()
    }

    /// The rows of these agents.
    pub fn rows(&self, agents: &[&str]) -> Vec<Value> {
        let mut rows = self.ps()["rows"].as_array().cloned().unwrap_or_default();
        rows.retain(|row| agents.iter().any(|agent| row["agent"] == *agent));
        rows.sort_by_key(|row| row["agent"].as_str().unwrap_or_default().to_owned());
        rows
    }

    /// Waits until these agents are healthy; their rows.
    pub fn healthy(&self, agents: &[&str], after: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        until(&format!("{agents:?} to be healthy {after}"), || {
            rows = self.rows(agents);
            rows.len() == agents.len() && rows.iter().all(|row| row["health"] == "healthy")
        });
        rows
    }

    /// The state of each of our units that systemd knows.
    pub fn units(&self) -> Vec<(String, String)> {
        let listed = self.systemctl(&["list-units", "--all", "--plain", "--no-legend", "mosaic-*"]);
        let mut units: Vec<_> = listed
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|words| UNITS.contains(&words[0]))
            .map(|words| (words[0].to_owned(), words[2].to_owned()))
            .collect();
        units.sort();
        units
    }

    /// Whether a file is in the directory of the user's units.
    pub fn has_unit_file(&self, file: &str) -> bool {
        // A link to what is gone is there.
        let path = self.host.path(&format!("/home/ada/.config/systemd/user/{file}"));
        std::fs::symlink_metadata(path).is_ok()
    }

    /// Whether a process of the host lives.
    pub fn lives(&self, pid: &Value) -> bool {
        self.host.read(&format!("/proc/{pid}/stat")).is_some_and(|stat| !stat.contains(") Z "))
    }

    /// The control group of a process.
    pub fn place(&self, pid: &Value) -> String {
        let groups = self.host.read(&format!("/proc/{pid}/cgroup")).unwrap();
        groups.lines().find_map(|line| line.strip_prefix("0::")).unwrap().to_owned()
    }

    /// Where a socket of the fleet lies while it is in its units, for this machine.
    pub fn socket(&self, name: &str) -> std::path::PathBuf {
        self.host.path(&self.socket_inside(name))
    }

    /// The same, for the host.
    pub fn socket_inside(&self, name: &str) -> String {
        format!("/run/user/{}/mosaic/{name}", self.uid)
    }

    /// The control group of a unit, for the host.
    pub fn cgroup(&self, unit: &str) -> String {
        self.systemctl(&["show", "--value", "-p", "ControlGroup", unit]).trim().to_owned()
    }

    fn systemctl(&self, words: &[&str]) -> String {
        let runtime = format!("XDG_RUNTIME_DIR=/run/user/{}", self.uid);
        let mut all = vec!["env", &runtime, "systemctl", "--user"];
        all.extend(words);
        self.host.user("ada", &all)
    }
}

/// The lives and processes of rows: the same ones, or not.
pub fn lives_of(rows: &[Value]) -> Vec<(Value, Value)> {
    rows.iter().map(|row| (row["session"]["id"].clone(), row["pid"].clone())).collect()
}
