//! What stands over what: the agent over its role, over its runtime, over `defaults`.

use crate::fleet::{Definition, EnvValue, Kind, Limits, RuntimeKind};

use super::super::drift;
use super::{ROLES, good};

fn agents() -> [Definition; 5] {
    good(ROLES).roster.agents.try_into().expect("five agents")
}

fn env(agent: &Definition) -> Vec<(&str, &str)> {
    let pairs = agent.env.iter().map(|(key, value)| match value {
        EnvValue::Value(text) => (key.as_str(), text.as_str()),
        EnvValue::FromFile(_) => (key.as_str(), "a file"),
    });
    pairs.collect()
}

fn labels(agent: &Definition) -> Vec<(&str, &str)> {
    agent.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

#[test]
fn the_agent_stands_over_its_role_over_its_runtime_over_the_defaults() {
    let [ada, bob, ..] = agents();
    assert_eq!((ada.size.columns, ada.size.rows), (100, 31), "defaults, then the role");
    let heartbeat = (ada.heartbeat.every_ms, ada.heartbeat.healthy_within_ms);
    assert_eq!(heartbeat, (3000, 20_000), "the runtime, then the defaults");
    assert_eq!(bob.heartbeat.healthy_within_ms, 30_000, "the agent");
    assert_eq!(ada.heartbeat.grace_ms, 8000, "the own runtime over the one that it extends");
    assert_eq!(ada.stop.signal, "INT", "the runtime that it extends");
    assert_eq!((ada.restart.backoff.initial_ms, ada.restart.backoff.jitter_percent), (0, 25));
    assert_eq!((bob.restart.backoff.max_ms, bob.restart.backoff.jitter_percent), (1000, 0));
    assert_eq!(ada.command.as_deref(), Some("/home/ada/bin/aider"));
    assert_eq!(
        (ada.args.as_slice(), bob.args.as_slice()),
        (&["--no-git".to_owned()][..], &["--dark".to_owned()][..])
    );
}

#[test]
fn variables_and_labels_are_merged_key_by_key() {
    let [ada, bob, eve, ..] = agents();
    let shared = [("EDITOR", "vi"), ("PAGER", "less")];
    let of = |from| [&shared[..], &[("FROM", from), ("BUILT_IN", "yes"), ("AIDER", "1")]].concat();
    assert_eq!(env(&ada), of("role"));
    assert_eq!(env(&bob), of("agent"));
    assert_eq!(labels(&ada), [("from", "role"), ("team", "core"), ("tier/kind", "back-end")]);
    assert_eq!(labels(&bob), [("from", "agent"), ("team", "core"), ("tier/kind", "back-end")]);
    assert_eq!(labels(&eve), [("from", "defaults"), ("team", "core"), ("vendor", "them")]);
    let limits = |memory: u64, tasks, cpu| Limits {
        memory_bytes: Some(memory << 20),
        tasks,
        cpu_percent: cpu,
    };
    assert_eq!(ada.limits, limits(1024, Some(64), Some(150)));
    assert_eq!(bob.limits, limits(512, Some(64), Some(50)));
    assert_eq!(eve.limits, limits(1024, None, None));
}

#[test]
fn an_own_runtime_is_shown_by_its_name_and_behaves_as_what_it_extends() {
    let [ada, _, eve, fay, gus] = agents();
    assert_eq!((ada.runtime, ada.runtime_word()), (RuntimeKind::Command, "aider"));
    assert_eq!((fay.runtime, fay.runtime_word()), (RuntimeKind::Stub, "fake"));
    assert_eq!((gus.runtime, gus.runtime_name.as_deref()), (RuntimeKind::Command, None));
    assert_eq!((eve.runtime, eve.runtime_word()), (RuntimeKind::Claude, "claude"));
    assert_eq!(eve.command.as_deref(), Some("/opt/claude"), "an override of a built-in one");
    assert_eq!(eve.heartbeat.grace_ms, 60_000, "what claude needs");
    assert_eq!((eve.lifecycle, eve.boot), (Kind::Ephemeral, false));
}

#[test]
fn a_role_is_free_text_until_there_are_roles() {
    let [ada, ..] = agents();
    assert_eq!(ada.role.as_deref(), Some("builder"));
    assert_eq!(ada.role_description.as_deref(), Some("builds what others have thought of"));
    let free =
        b"version: 1\nagents: [{name: ada, role: 'any, text', runtime: stub, workspace: ~/}]";
    assert_eq!(good(free).roster.agents[0].role.as_deref(), Some("any, text"));
}

#[test]
fn the_tmux_plan_is_read_and_has_its_defaults() {
    let tmux = good(ROLES).roster.tmux;
    assert_eq!((tmux.socket(), tmux.history()), ("agents.sock", 50_000));
    let tmux = good(b"version: 1\ntmux: {history: 0}\nagents: []").roster.tmux;
    assert_eq!((tmux.socket(), tmux.history()), ("tmux.sock", 0));
    let tmux = good(b"version: 1\nagents: []").roster.tmux;
    assert_eq!((tmux.socket(), tmux.history()), ("tmux.sock", 2000));
}

#[test]
fn drift_names_limits_labels_jitter_and_runtimes() {
    let [ada, bob, _, fay, gus] = agents();
    let shown = |wanted: &Definition, running: &Definition| -> Vec<String> {
        let drifts = drift(wanted, running);
        drifts.iter().map(|d| format!("{}: {} → {}", d.field, d.running, d.wanted)).collect()
    };
    assert_eq!(
        shown(&bob, &ada),
        [
            "args: [\"--no-git\"] → [\"--dark\"]",
            "heartbeat.healthy_within: 20s → 30s",
            "restart.backoff.max: 1m → 1s",
            "restart.backoff.jitter: 25% → 0%",
            "limits.memory: 1GiB → 512MiB",
            "limits.cpu: 150% → 50%",
            "labels.from: role → agent",
            "env.FROM: role → agent",
        ]
    );
    let of_runtime: Vec<_> =
        shown(&gus, &fay).into_iter().filter(|line| line.starts_with("runtime")).collect();
    assert_eq!(of_runtime, ["runtime: fake → command", "runtime.extends: stub → not set"]);
    let reworded = Definition { role_description: Some("other words".to_owned()), ..ada.clone() };
    assert_eq!(drift(&reworded, &ada), [], "a description changes no agent");
}

#[test]
fn a_definition_of_the_first_version_is_still_read() {
    let [_, _, _, _, gus] = agents();
    let mut old = serde_json::to_value(&gus).expect("a definition is JSON");
    let fields = old.as_object_mut().expect("an object");
    for new in ["runtime_name", "role_description", "labels", "limits"] {
        fields.remove(new);
    }
    let read: Definition = serde_json::from_value(old).expect("an old definition");
    assert_eq!(read.restart.backoff.jitter_percent, 10);
    assert_eq!((read.limits, read.labels.len()), (Limits::default(), 0));
}
