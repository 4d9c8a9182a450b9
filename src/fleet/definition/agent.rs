//! One agent as the roster defines it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::plans::{HeartbeatPlan, Limits, OutputPlan, RestartPlan, StopPlan};
use crate::fleet::AgentName;

/// One agent as the roster defines it; every default is already filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name.
    pub name: AgentName,
    /// What it is for: free text, or the name of one of the roster's `roles`.
    pub role: Option<String>,
    /// What the roster says of that role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_description: Option<String>,
    /// The program inside: how it is started, asked and read.
    pub runtime: RuntimeKind,
    /// The name of the runtime, when it is one of the roster's own; such a one behaves as
    /// `runtime` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_name: Option<String>,
    /// The directory it works in; absolute, `~` already replaced.
    pub workspace: PathBuf,
    /// The program to run; each runtime but `command` has a default.
    pub command: Option<String>,
    /// Arguments after the program's name.
    pub args: Vec<String>,
    /// Environment on top of the fixed base, in the order of the file.
    pub env: Vec<(String, EnvValue)>,
    /// Whether it comes up with the host.
    pub boot: bool,
    /// `core` (always on) or `ephemeral`.
    pub lifecycle: Kind,
    /// When it is asked whether it lives, and how long an answer counts.
    pub heartbeat: HeartbeatPlan,
    /// What follows an exit.
    pub restart: RestartPlan,
    /// How it is stopped.
    pub stop: StopPlan,
    /// The size its pane is born with.
    pub size: Size,
    /// Who answers the runtime's own dialogs.
    pub approvals: Approvals,
    /// What it may use of the host.
    #[serde(default, skip_serializing_if = "Limits::is_unlimited")]
    pub limits: Limits,
    /// The user's own words for it, to choose by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// How its output is kept.
    #[serde(default, skip_serializing_if = "OutputPlan::is_built_in")]
    pub output: OutputPlan,
}

impl Definition {
    /// The word of the roster for its runtime.
    pub fn runtime_word(&self) -> &str {
        self.runtime_name.as_deref().unwrap_or(self.runtime.as_str())
    }

    /// What a session that was started as `self` goes by when everything that needs no new session
    /// is taken from `wanted`.
    #[must_use]
    pub fn taking(&self, wanted: &Self) -> Self {
        // Named one by one, so that a new field is decided on here.
        let Self { name, role, role_description, boot, lifecycle, heartbeat, .. } = wanted.clone();
        let Self { restart, stop, size, limits, labels, output, .. } = wanted.clone();
        let Self { runtime, runtime_name, workspace, command, args, env, approvals, .. } =
            self.clone();
        Self {
            name,
            role,
            role_description,
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
            limits,
            labels,
            approvals,
            output,
        }
    }
}

/// The program inside a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuntimeKind {
    /// The dogfood runtime of this program.
    Stub,
    /// Claude Code.
    Claude,
    /// Any program; without the heartbeat protocol its health is unknown.
    Command,
}

impl RuntimeKind {
    /// The word of the roster.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stub => "stub",
            Self::Claude => "claude",
            Self::Command => "command",
        }
    }
}

/// A value of the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvValue {
    /// The text itself.
    Value(String),
    /// Read at each start from this file, without its last newline; never journaled.
    FromFile(PathBuf),
}

/// `core` agents are kept up; `ephemeral` ones end when their work ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Always on.
    Core,
    /// A worker for one lane.
    Ephemeral,
}

/// Columns and rows of a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Columns, 20 to 500.
    pub columns: u16,
    /// Rows, 5 to 200.
    pub rows: u16,
}

/// Who answers the runtime's own dialogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approvals {
    /// Whoever attaches.
    Runtime,
}
