//! A control socket with a server of the test behind it, and the real program in front of it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// What a program said, and how it ended as a shell tells it.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A home of its own, and the server in it.
pub struct Fake {
    pub home: TempDir,
    runtime: Handle,
    _ending: oneshot::Sender<()>,
}

impl Fake {
    /// A home without a server.
    pub fn absent() -> Self {
        let home = tempfile::Builder::new().prefix("mo").tempdir_in("/tmp").unwrap();
        std::fs::create_dir_all(home.path().join("state")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        let (ending, ended) = oneshot::channel::<()>();
        // Ends, and the server in it, when the fake is dropped.
        std::thread::spawn(move || drop(runtime.block_on(ended)));
        Self { home, runtime: handle, _ending: ending }
    }

    /// A home in which these routes are served.
    pub fn serving(router: Router) -> Self {
        let fake = Self::absent();
        fake.serve(router);
        fake
    }

    /// Serves routes on the control socket from now on.
    pub fn serve(&self, router: Router) {
        let _inside = self.runtime.enter();
        let listener = UnixListener::bind(self.socket()).unwrap();
        self.runtime.spawn(async move { axum::serve(listener, router).await });
    }

    /// The control socket.
    pub fn socket(&self) -> PathBuf {
        self.home.path().join("state/control.sock")
    }

    /// The program with these arguments, in this home, with an empty input.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path())
            .env("MOSAIC_HOME", self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn mosaic(&self, arguments: &[&str]) -> Output {
        self.finished(&mut self.command(arguments))
    }

    /// Runs it to its end, with this input.
    pub fn mosaic_reading(&self, arguments: &[&str], input: &[u8]) -> Output {
        let path = self.home.path().join("input");
        std::fs::write(&path, input).unwrap();
        let file = std::fs::File::open(path).unwrap();
        self.finished(self.command(arguments).stdin(file))
    }

    /// Runs a command to its end.
    pub fn finished(&self, command: &mut Command) -> Output {
        self.told(command.output().unwrap())
    }

    /// Waits for a child.
    pub fn ended(&self, child: Child) -> Output {
        self.told(child.wait_with_output().unwrap())
    }

    /// The output with the home's path taken out.
    fn told(&self, output: std::process::Output) -> Output {
        use std::os::unix::process::ExitStatusExt as _;
        let home = self.home.path().to_string_lossy().into_owned();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&home, "HOME");
        let code = output.status.code().or_else(|| output.status.signal().map(|by| 128 + by));
        Output { code: code.unwrap(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// A request that a server has seen.
#[derive(Clone)]
struct Request {
    line: String,
    body: Value,
    headers: HashMap<String, String>,
}

/// What requests a server has seen.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<Request>>>);

impl Seen {
    /// Routes that also note each request.
    pub fn noting(&self, router: Router) -> Router {
        let seen = self.clone();
        router.layer(axum::middleware::from_fn(
            move |request: axum::extract::Request, next: axum::middleware::Next| {
                let seen = seen.clone();
                async move { next.run(seen.note(request).await).await }
            },
        ))
    }

    async fn note(&self, request: axum::extract::Request) -> axum::extract::Request {
        let (head, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let headers = head.headers.iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        self.0.lock().unwrap().push(Request {
            line: format!("{} {}", head.method, head.uri),
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            headers,
        });
        axum::extract::Request::from_parts(head, bytes.into())
    }

    /// Method and path of each request so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|request| request.line.clone()).collect()
    }

    /// The body of the first request with this beginning.
    pub fn body(&self, line: &str) -> Value {
        self.first(line).body
    }

    /// The headers of the first request with this beginning.
    pub fn headers(&self, line: &str) -> HashMap<String, String> {
        self.first(line).headers
    }

    fn first(&self, line: &str) -> Request {
        let seen = self.0.lock().unwrap();
        seen.iter().find(|request| request.line.starts_with(line)).unwrap().clone()
    }
}

/// Waits until something is so; says what did not come.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "did not come: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Milliseconds since 1970, so long ago.
pub fn ago(ms: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap() - ms
}

/// The body of an error.
pub fn error(code: &str, message: &str, hint: Option<&str>) -> Value {
    json!({"error": {"code": code, "message": message, "hint": hint}})
}

/// A healthy stub, to be changed.
pub fn row(agent: &str) -> Value {
    json!({
        "tenant": "tess", "host": "hill", "agent": agent, "managed": true,
        "role": "tester", "runtime": "stub", "wanted": "up", "lifecycle": "running", "lifecycle_detail": null,
        "health": "healthy", "health_reason": null, "pid": 4242,
        "session": {"id": "s1", "since": "2026-11-27T09:00:00.000Z", "since_ms": ago(12 * 60_000 + 500), "starts": 1, "conversation": null},
        "pane": {"id": "%3", "alive": true, "exit": null},
        "unit": {"name": null, "state": "n/a"},
        "process": {"state": "S", "cpu": 0.31, "cpu_ms": 40, "memory": 12_600_000, "count": 2},
        "activity": {"state": "idle", "since_ms": ago(3 * 60_000 + 500), "detail": null},
        "heartbeat": {"age_ms": 2100, "rtt_us": 430, "rtt_ms": 1, "within_ms": 10_000, "channel": "native", "misses": 0},
        "drift": [], "boot": {"wanted": true, "effective": true, "missing": []},
        "inbox": 0, "attached": null
    })
}

/// A table with one of each kind.
pub fn rows() -> Vec<Value> {
    let mut frozen = row("bob");
    frozen["health"] = json!("unresponsive");
    frozen["process"]["state"] = json!("T");
    frozen["heartbeat"]["age_ms"] = json!(41_000);
    let mut held = row("cyd");
    held["lifecycle"] = json!("held");
    held["lifecycle_detail"] = json!("crash loop: 5 deaths in a row, the last one: code 3");
    held["health"] = json!("unknown");
    held["health_reason"] = json!("it does not run");
    held["pid"] = Value::Null;
    held["process"] = Value::Null;
    held["heartbeat"] = Value::Null;
    held["pane"] = json!({"id": "%5", "alive": false, "exit": "code 3"});
    let mut asking = row("dee");
    asking["runtime"] = json!("claude");
    asking["role"] = json!("écrivain 世界");
    asking["activity"] =
        json!({"state": "awaiting_approval", "since_ms": ago(9500), "detail": "Bash(rm)"});
    asking["drift"] = json!([{"field": "args", "wanted": "[-v]", "running": "[]"}]);
    asking["boot"] = json!({"wanted": true, "effective": false, "missing": ["linger is off: `loginctl enable-linger`"]});
    let mut absent = row("eve");
    for key in ["pid", "session", "pane", "process", "heartbeat", "role"] {
        absent[key] = Value::Null;
    }
    absent["lifecycle"] = json!("absent");
    absent["health"] = json!("unknown");
    absent["boot"]["wanted"] = json!(false);
    let mut foreign = row("scratch");
    for key in ["session", "role", "runtime", "heartbeat"] {
        foreign[key] = Value::Null;
    }
    foreign["managed"] = json!(false);
    foreign["health"] = json!("unknown");
    foreign["activity"] = json!({"state": "unknown", "since_ms": null, "detail": null});
    vec![row("ada"), frozen, held, asking, absent, foreign]
}

/// `GET /v1/status`.
pub fn status() -> Value {
    json!({
        "schema_version": 1, "pid": 77, "version": env!("CARGO_PKG_VERSION"), "since_ms": 1, "kept_by": "detached",
        "tmux_socket": "/t", "tmux": "running", "roster": null, "head_seq": 42
    })
}

/// `GET /v1/ps` with these rows.
pub fn ps(rows: &[Value]) -> Value {
    json!({"schema_version": 1, "as_of_seq": 42, "supervisor": status(), "rows": rows})
}
