//! `fleet …`: the roster, the supervisor and all agents at once.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::table::{COLUMNS, PsAsked};
use super::top::{TOP, TopAsked};
use super::value::duration;
use super::waiting::Waiting;

/// Verbs of the fleet.
#[derive(Debug, Subcommand)]
pub enum FleetVerb {
    /// Shows a first roster; with --write, writes it where `fleet up` reads it.
    #[command(after_help = "Examples:\n  mosaic fleet init\n  mosaic fleet init --write")]
    Init {
        /// Write it; a roster that is there is never overwritten.
        #[arg(long)]
        write: bool,
    },
    /// Reads a roster and tells every mistake in it at once.
    #[command(
        after_help = "Examples:\n  mosaic fleet check\n  mosaic fleet check ./roster.yaml --json\n  git show HEAD:roster.yaml | mosaic fleet check -"
    )]
    Check {
        /// The roster; ~/.config/mosaic/roster.yaml without it, `-` is standard input.
        #[arg(value_name = "ROSTER")]
        file: Option<PathBuf>,
        /// The mistakes as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the JSON Schema of the roster, for editors that help while you write.
    #[command(after_help = "\
An editor with the YAML language server finds it by the first line of the roster, \
`# yaml-language-server: $schema=roster.schema.json`. It sees less than `mosaic fleet check`: \
docs/roster.md says what.

Examples:
  mosaic fleet schema > ~/.config/mosaic/roster.schema.json")]
    Schema,
    /// Starts the supervisor where none runs, applies the roster, waits for health, shows the table.
    ///
    /// Run it again after an edit: it starts what is new and tells what changed or went; it
    /// restarts nothing that lives (`fleet apply` does). An agent is up when it has answered, or, where
    /// nobody can ask, when it has stood for a second; one that fell once, for five. A roster with
    /// mistakes is told; a dead supervisor then comes back with the roster applied last. It refuses to start a supervisor from a cargo build
    /// directory, where the next build would replace the program under living panes.
    #[command(
        after_help = "Examples:\n  mosaic fleet up\n  mosaic fleet up --roster ./roster.yaml --wait 2m"
    )]
    Up(UpAsked),
    /// Brings what runs in line with the roster: shows what would change, asks, does exactly that.
    #[command(after_help = APPLYING)]
    Apply(ApplyAsked),
    /// Stops every agent and the supervisor.
    #[command(
        after_help = "Examples:\n  mosaic fleet down\n  mosaic fleet down --yes\n  mosaic fleet down --keep-agents --yes"
    )]
    Down(DownAsked),
    /// The table: one row for each agent, and for whatever else runs on our tmux socket.
    #[command(after_help = COLUMNS)]
    Ps(PsAsked),
    /// The table as a screen that lives: looks closely, filters, sorts, sends, attaches, restarts.
    #[command(after_help = TOP)]
    Top(TopAsked),
    /// Installs the units, so that the fleet comes up with the host.
    #[command(
        after_help = "Examples:\n  mosaic fleet enable --now\n  sudo loginctl enable-linger $USER   where enable says that linger lacks"
    )]
    Enable {
        /// Start them now.
        #[arg(long)]
        now: bool,
        /// Ask nothing.
        #[arg(long, short)]
        yes: bool,
    },
    /// Removes the units; agents that run are left alone.
    #[command(after_help = "Examples:\n  mosaic fleet disable\n  mosaic fleet disable --now --yes")]
    Disable {
        /// Stop what the units keep.
        #[arg(long)]
        now: bool,
        /// Ask nothing.
        #[arg(long, short)]
        yes: bool,
    },
}

const APPLYING: &str = "\
Agent by agent: start (new), stop (gone from the roster), restart (differs in what only a new \
session takes: command, args, env, workspace, runtime, approvals), update (everything else: in force \
at once, or with the next start of an agent at rest), unchanged (never touched).

Where an agent that lives would be stopped or restarted it asks first; --yes answers. With neither \
--yes nor a terminal nothing at all is done (exit code 9). An agent that is busy, awaits an approval \
or whose keyboard is taken is not restarted without --restart-busy: it shows as drift. An agent that \
was stopped by `agent stop` stays down. What was agreed to is exactly what is done: if the roster is \
edited meanwhile nothing is (exit code 5), and no agent that was not named is touched.

Without --wait it is done when the journal has it. With --wait each agent that was started, \
restarted, stopped or updated while it lives is waited for, and its end is told, as with \
`agent start --wait`: 0 all are as the roster has them; 1 one ended before it was up; 10 one has no \
verdict in time; 130 Ctrl-C ended the wait, and nothing else.

Examples:
  mosaic fleet apply --plan
  mosaic fleet apply
  mosaic fleet apply --yes --wait --timeout 2m
  mosaic fleet apply --yes --restart-busy";

/// `fleet up`.
#[derive(Debug, Clone, Args)]
pub struct UpAsked {
    /// The roster; ~/.config/mosaic/roster.yaml without it.
    #[arg(long, value_name = "ROSTER")]
    pub roster: Option<PathBuf>,
    /// How long to wait until every agent is healthy or has a verdict.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub wait: Duration,
}

/// `fleet apply`.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct ApplyAsked {
    /// The roster; ~/.config/mosaic/roster.yaml without it.
    #[arg(long, value_name = "ROSTER")]
    pub roster: Option<PathBuf>,
    /// Show what would change, and change nothing.
    #[arg(long, conflicts_with = "wait")]
    pub plan: bool,
    /// Ask nothing.
    #[arg(long, short)]
    pub yes: bool,
    /// Restart agents that differ even where that cuts off their work.
    #[arg(long)]
    pub restart_busy: bool,
    /// Whether to wait.
    #[command(flatten)]
    pub wait: Waiting,
    /// The reply of the API as it is: of the plan with --plan, else of the change.
    #[arg(long)]
    pub json: bool,
}

/// `fleet down`.
#[derive(Debug, Clone, Args)]
pub struct DownAsked {
    /// Ask nothing.
    #[arg(long, short)]
    pub yes: bool,
    /// End only the supervisor; agents and tmux live on.
    #[arg(long)]
    pub keep_agents: bool,
}
