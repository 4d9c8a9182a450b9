//! Wanted minus running: the fields in which an agent that runs differs from its roster. It changes neither.

use crate::fleet::{Approvals, Definition, EnvValue, Kind, Limits, RestartPolicy};

use super::duration::written;
use super::memory;
use super::secret::{is_secret, looks_secret};

/// What stands for a value that is not set.
const UNSET: &str = "not set";

/// One field that differs, with both values as the roster would write them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The key, from the agent: `heartbeat.every`.
    pub field: String,
    /// What the roster says.
    pub wanted: String,
    /// What runs.
    pub running: String,
}

/// Every field in which the two differ, in the order of the roster's keys.
pub fn drift(wanted: &Definition, running: &Definition) -> Vec<Drift> {
    // The common case, at each look at each agent: nothing is written out for it.
    if wanted == running {
        return Vec::new();
    }
    let (wanted, running) = (fields(wanted), fields(running));
    let mut drifts = Vec::new();
    for field in &wanted {
        let other = running.iter().find(|other| other.key == field.key);
        if other.is_none_or(|other| other.value != field.value) {
            drifts.push(Drift {
                field: field.key.clone(),
                wanted: field.shown(),
                running: other.map_or_else(|| UNSET.to_owned(), Field::shown),
            });
        }
    }
    for field in running {
        if !wanted.iter().any(|other| other.key == field.key) {
            let running = field.shown();
            drifts.push(Drift { field: field.key, wanted: UNSET.to_owned(), running });
        }
    }
    drifts
}

struct Field {
    key: String,
    value: String,
    is_secret: bool,
}

impl Field {
    fn shown(&self) -> String {
        if self.is_secret { "…".to_owned() } else { self.value.clone() }
    }
}

/// Everything that a roster can say of an agent but its name, key by key.
fn fields(definition: &Definition) -> Vec<Field> {
    // Named one by one, so that a new field cannot be forgotten here.
    let Definition {
        name: _,
        role,
        // Words for people: whoever edits them changes no agent.
        role_description: _,
        runtime,
        runtime_name,
        workspace,
        command,
        args,
        env,
        boot,
        lifecycle,
        heartbeat,
        restart,
        stop,
        size,
        approvals,
        limits,
        labels,
        output,
    } = definition;
    let mut fields = Vec::new();
    let mut field = |key: &str, value: String| {
        fields.push(Field { key: key.to_owned(), value, is_secret: false });
    };
    field("role", role.as_deref().map_or_else(|| UNSET.to_owned(), scalar));
    field("runtime", definition.runtime_word().to_owned());
    if runtime_name.is_some() {
        field("runtime.extends", runtime.as_str().to_owned());
    }
    field("workspace", scalar(&workspace.to_string_lossy()));
    field("command", command.as_deref().map_or_else(|| UNSET.to_owned(), scalar));
    let items: Vec<String> = args.iter().map(|arg| scalar(arg)).collect();
    field("args", format!("[{}]", items.join(", ")));
    field("boot", boot.to_string());
    field("lifecycle", lifecycle_word(*lifecycle).to_owned());
    field("heartbeat.every", written(heartbeat.every_ms));
    field("heartbeat.healthy_within", written(heartbeat.healthy_within_ms));
    field("heartbeat.grace", written(heartbeat.grace_ms));
    field("heartbeat.on_unresponsive", heartbeat.on_unresponsive.as_str().to_owned());
    field("restart.policy", policy_word(restart.policy).to_owned());
    field("restart.backoff.initial", written(restart.backoff.initial_ms));
    field("restart.backoff.max", written(restart.backoff.max_ms));
    field("restart.backoff.jitter", format!("{}%", restart.backoff.jitter_percent));
    field("restart.give_up_after", restart.give_up_after.to_string());
    field("stop.signal", stop.signal.clone());
    field("stop.grace", written(stop.grace_ms));
    field("size.columns", size.columns.to_string());
    field("size.rows", size.rows.to_string());
    field("approvals", approvals_word(*approvals).to_owned());
    let Limits { memory_bytes, tasks, cpu_percent } = limits;
    let limited = [
        ("limits.memory", memory_bytes.map(memory::written)),
        ("limits.tasks", tasks.map(|tasks| tasks.to_string())),
        ("limits.cpu", cpu_percent.map(|percent| format!("{percent}%"))),
    ];
    for (key, value) in limited {
        if let Some(value) = value {
            field(key, value);
        }
    }
    field("output.record", output.record.to_string());
    field("output.segment", memory::written(output.segment_bytes));
    field("output.keep", memory::written(output.keep_bytes));
    for (key, value) in labels {
        field(&format!("labels.{key}"), scalar(value));
    }
    fields.extend(env.iter().map(|(key, value)| env_field(key, value)));
    fields
}

fn env_field(name: &str, value: &EnvValue) -> Field {
    let (value, is_secret) = match value {
        EnvValue::Value(value) => (scalar(value), looks_secret(name) || is_secret(value)),
        EnvValue::FromFile(path) => {
            (format!("{{from_file: {}}}", scalar(&path.to_string_lossy())), false)
        }
    };
    Field { key: format!("env.{name}"), value, is_secret }
}

fn lifecycle_word(lifecycle: Kind) -> &'static str {
    match lifecycle {
        Kind::Core => "core",
        Kind::Ephemeral => "ephemeral",
    }
}

fn policy_word(policy: RestartPolicy) -> &'static str {
    match policy {
        RestartPolicy::Always => "always",
        RestartPolicy::OnFailure => "on-failure",
        RestartPolicy::Never => "never",
    }
}

fn approvals_word(approvals: Approvals) -> &'static str {
    match approvals {
        Approvals::Runtime => "runtime",
    }
}

/// A text as the roster would write it: bare when it cannot be taken for anything else.
fn scalar(text: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-+@%".contains(&byte);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_word = word.contains(&text.to_ascii_lowercase().as_str());
    if begins && !is_word && text.bytes().all(bare) {
        text.to_owned()
    } else {
        // JSON's strings are YAML's double-quoted ones.
        serde_json::Value::from(text).to_string()
    }
}
