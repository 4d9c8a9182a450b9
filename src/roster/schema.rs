//! The shape of roster version 1: which keys stand in which mapping. It reads no values.

/// One kind of mapping.
#[derive(Debug)]
pub struct Section {
    /// The key under which it stands; empty for those that are not one key's value.
    name: &'static str,
    /// Its keys.
    pub keys: &'static [&'static str],
}

/// The file.
pub const TOP: Section =
    Section { name: "", keys: &["version", "tenant", "host", "defaults", "agents"] };

/// What every agent has that does not say otherwise: an agent's keys without those that only
/// make sense for one.
pub const DEFAULTS: Section = Section {
    name: "",
    keys: &[
        "runtime",
        "workspace",
        "env",
        "boot",
        "lifecycle",
        "heartbeat",
        "restart",
        "stop",
        "size",
        "approvals",
    ],
};

/// One agent.
pub const AGENT: Section = Section {
    name: "",
    keys: &[
        "name",
        "role",
        "runtime",
        "workspace",
        "command",
        "args",
        "env",
        "boot",
        "lifecycle",
        "heartbeat",
        "restart",
        "stop",
        "size",
        "approvals",
    ],
};

/// `heartbeat`.
pub const HEARTBEAT: Section =
    Section { name: "heartbeat", keys: &["every", "healthy_within", "grace", "on_unresponsive"] };

/// `restart`.
pub const RESTART: Section =
    Section { name: "restart", keys: &["policy", "backoff", "give_up_after"] };

/// `restart.backoff`.
pub const BACKOFF: Section = Section { name: "restart.backoff", keys: &["initial", "max"] };

/// `stop`.
pub const STOP: Section = Section { name: "stop", keys: &["signal", "grace"] };

/// `size`.
pub const SIZE: Section = Section { name: "size", keys: &["columns", "rows"] };

/// An environment value that is not text.
pub const FROM_FILE: Section = Section { name: "env.KEY", keys: &["from_file"] };

/// The sections below an agent in which a key would be right: `every` is `heartbeat.every`.
pub fn sections_with(key: &str, at: &Section) -> impl Iterator<Item = String> {
    let below: &[&Section] = if at.keys.contains(&"heartbeat") {
        &[&HEARTBEAT, &RESTART, &BACKOFF, &STOP, &SIZE]
    } else {
        &[]
    };
    below
        .iter()
        .filter(move |section| section.keys.contains(&key))
        .map(move |section| format!("{}.{key}", section.name))
}
