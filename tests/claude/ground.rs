//! One claude of the test: a user with a configuration of their own, a private tmux, a model.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fleet::{
    Address, AgentName, Approvals, Backoff, Conversation, Definition, EnvValue, HeartbeatPlan,
    Kind, Limits, MessageId, OutputPlan, RestartPlan, RestartPolicy, RuntimeKind, SessionId, Size,
    StopPlan,
};
use crate::model::Model;
use crate::runtime::{Composer, Launch, LaunchAsked, LaunchError, composer, launch};
use crate::supervisor::{DEADLINE, Supervisor};
use crate::support::end_marked;

pub const VERSION: &str = "2.1.330";
const KEY: &str = "sk-ant-api03-a-key-that-opens-nothing-mosaic0001";

/// Everything that one test needs.
pub struct Ground {
    pub model: Model,
    pub supervisor: Option<Supervisor>,
    pub definition: Definition,
    directory: TempDir,
}

impl Ground {
    /// A user who has run claude before: no dialog of a first run stands in the way.
    pub fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("mosaic").tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        for name in ["home", "configuration", "work", "spool"] {
            fs::create_dir(at(name)).unwrap();
        }
        let model = Model::start();
        let env = environment(&at("configuration"), &model);
        let env = env.map(|(name, value)| (name.to_owned(), EnvValue::Value(value)));
        let ground = Self {
            supervisor: Some(Supervisor::start(&at("guest.sock"))),
            definition: definition(at("work"), env.into()),
            model,
            directory,
        };
        ground.has_answered(&answers(&ground.work()));
        ground
    }

    /// What claude remembers of the user's answers to its first dialogs.
    pub fn has_answered(&self, answers: &Value) {
        fs::write(self.configuration().join(".claude.json"), answers.to_string()).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn configuration(&self) -> PathBuf {
        self.path("configuration")
    }

    pub fn work(&self) -> String {
        self.path("work").canonicalize().unwrap().display().to_string()
    }

    pub fn supervisor(&self) -> &Supervisor {
        self.supervisor.as_ref().unwrap()
    }

    /// How the adapter would start it.
    pub fn launch(&self, conversation: &Conversation) -> Result<Launch, LaunchError> {
        launch(&LaunchAsked {
            definition: &self.definition,
            address: &Address {
                agent: self.definition.name.clone(),
                host: "here".to_owned(),
                tenant: "test".to_owned(),
            },
            session: &SessionId("5e55".repeat(8)),
            token: "a-token",
            conversation,
            guest_socket: &self.path("guest.sock"),
            spool: &self.path("spool"),
            files: &self.path("runtime/ada"),
            mosaic: Path::new(env!("CARGO_BIN_EXE_mosaic")),
            traceparent: None,
            home: &self.path("home"),
            moved_to: None,
            user: "root",
        })
    }

    /// Starts it in a pane, below a shell: tmux wakes its own children when they are stopped.
    /// Its pid is the program's own.
    pub fn start(&self, launch: &Launch) -> u32 {
        let pairs = launch.env.iter().map(|(name, value)| format!("{name}={value}"));
        let cwd = launch.cwd.display().to_string();
        let mut words = vec!["new-session", "-d", "-s", "ada", "-x", "120", "-y", "40", "-c", &cwd];
        words.extend(["sh", "-c", "env -i \"$@\"; exit", "sh"]);
        let words = words.into_iter().map(str::to_owned);
        self.tmux(&words.chain(pairs).chain(launch.argv.clone()).collect::<Vec<_>>(), None);
        let shell = self.tmux(&["display-message", "-p", "-t", "ada", "#{pane_pid}"], None);
        let children = format!("/proc/{0}/task/{0}/children", shell.trim());
        self.wait_for("the program", || fs::read_to_string(&children).ok()?.trim().parse().ok())
    }

    /// Starts a new conversation, and waits until claude can be asked.
    pub fn start_ready(&self) -> u32 {
        let pid = self.start(&self.launch(&new_conversation()).unwrap());
        self.supervisor().ready();
        self.wait_for("an empty composer", || {
            (composer(RuntimeKind::Claude, &self.screen(), None, "") == Composer::Empty)
                .then_some(())
        });
        pid
    }

    pub fn screen(&self) -> Vec<String> {
        let text = self.tmux(&["capture-pane", "-p", "-t", "ada"], None);
        text.lines().map(|line| line.trim_end_matches(' ').to_owned()).collect()
    }

    pub fn paste(&self, text: &str) {
        self.tmux(&["load-buffer", "-"], Some(text.as_bytes()));
        self.tmux(&["paste-buffer", "-p", "-r", "-d", "-t", "ada"], None);
    }

    pub fn press(&self, keys: &[u8]) {
        let keys = keys.iter().map(|key| format!("{key:02x}"));
        let words = ["send-keys", "-t", "ada", "-H"].into_iter().map(str::to_owned).chain(keys);
        self.tmux(&words.collect::<Vec<_>>(), None);
    }

    /// Pastes a tagged text and waits until the composer holds it alone.
    pub fn type_message(&self, id: &str, body: &str) {
        let tag = MessageId(id.to_owned()).tag();
        let text = format!("{tag}{body}");
        self.paste(&text);
        self.wait_for("the message in the composer", || {
            let seen = composer(RuntimeKind::Claude, &self.screen(), None, &text);
            (seen == Composer::HoldsOnly).then_some(())
        });
    }

    /// Types a message and submits it.
    pub fn send(&self, id: &str, body: &str) {
        self.type_message(id, body);
        self.press(crate::runtime::submit(RuntimeKind::Claude));
    }

    /// Waits for a condition that no event tells of.
    pub fn wait_for<T>(&self, what: &str, mut seen: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(seen) = seen() {
                return seen;
            }
            let screen = || self.screen().join("\n");
            assert!(Instant::now() < until, "{what} did not come; the screen:\n{}", screen());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    fn tmux<W: AsRef<std::ffi::OsStr>>(&self, words: &[W], input: Option<&[u8]>) -> String {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.path("tmux.sock")).args(["-f", "/dev/null"]).args(words);
        command.env_remove("TMUX").env("LC_ALL", "C.UTF-8").stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tmux is installed");
        child.stdin.take().unwrap().write_all(input.unwrap_or_default()).unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.tmux(&["kill-server"], None);
        // Claude takes its time to leave, and writes into the directory that is removed next.
        end_marked(self.directory.path());
    }
}

/// What claude gets by its environment: a configuration of its own, and our model.
pub fn environment(configuration: &Path, model: &Model) -> [(&'static str, String); 5] {
    [
        ("CLAUDE_CONFIG_DIR", configuration.display().to_string()),
        ("ANTHROPIC_BASE_URL", model.url.clone()),
        ("ANTHROPIC_API_KEY", KEY.to_owned()),
        ("DISABLE_AUTOUPDATER", "1".to_owned()),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1".to_owned()),
    ]
}

/// What a user has answered who has run claude before in this directory.
pub fn answers(work: &str) -> Value {
    json!({
        "hasCompletedOnboarding": true,
        "customApiKeyResponses": {"approved": [&KEY[KEY.len() - 20..]], "rejected": []},
        "projects": {work: {"hasTrustDialogAccepted": true}},
    })
}

pub fn new_conversation() -> Conversation {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    Conversation::New(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn definition(workspace: PathBuf, env: Vec<(String, EnvValue)>) -> Definition {
    Definition {
        name: AgentName::parse("ada").unwrap(),
        role: None,
        role_description: None,
        runtime: RuntimeKind::Claude,
        runtime_name: None,
        workspace,
        command: Some(claude().display().to_string()),
        args: Vec::new(),
        env,
        boot: false,
        lifecycle: Kind::Core,
        heartbeat: HeartbeatPlan {
            every_ms: 1000,
            healthy_within_ms: 3000,
            grace_ms: 30_000,
            on_unresponsive: crate::fleet::OnUnresponsive::Notify,
        },
        restart: RestartPlan {
            policy: RestartPolicy::Always,
            backoff: Backoff { initial_ms: 0, max_ms: 1000, jitter_percent: 10 },
            give_up_after: 5,
        },
        stop: StopPlan { signal: "TERM".to_owned(), grace_ms: 5000 },
        size: Size { columns: 120, rows: 40 },
        approvals: Approvals::Runtime,
        limits: Limits::default(),
        labels: [].into(),
        output: OutputPlan::default(),
    }
}

/// The pinned program, as `tests/claude/install.sh` installs it.
pub fn claude() -> PathBuf {
    let cache = || Path::new(&std::env::var_os("HOME").unwrap()).join(".cache/mosaic-test");
    let directory = std::env::var_os("MOSAIC_TEST_CLAUDE")
        .map_or_else(|| cache().join(format!("claude-{VERSION}")), PathBuf::from);
    let packages = fs::read_dir(directory.join("node_modules/@anthropic-ai"));
    let programs =
        packages.into_iter().flatten().flatten().map(|entry| entry.path().join("claude"));
    let runs = |program: &PathBuf| {
        let said = Command::new(program).arg("--version").output();
        said.is_ok_and(|said| said.stdout.starts_with(VERSION.as_bytes()))
    };
    programs.filter(|program| program.is_file()).find(runs).unwrap_or_else(|| {
        panic!("no claude {VERSION} in {}; run tests/claude/install.sh", directory.display())
    })
}
