//! The command line: every verb, its options, its help. It reads arguments, nothing else.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::output::ColorChoice;
use super::table::{Column, Key, Which};
use crate::fleet::EVENT_TYPES;
use crate::roster::nearest;

const EXAMPLES: &str = "\
Examples:
  mosaic fleet init --write      write a first roster
  mosaic fleet up                start the supervisor and every agent of the roster
  mosaic ps                      who runs, and who answered a challenge a moment ago
  mosaic watch ada               look over ada's shoulder
  mosaic send ada --verify 'run the tests'
                                 0 only when ada's runtime says that it has the message

Exit codes: 0 done, 1 failed, 2 usage, 3 no supervisor; docs/exit-codes.md lists the others.
State lies in ~/.local/state/mosaic, the roster in ~/.config/mosaic; MOSAIC_HOME moves both.";

/// A fleet supervisor for AI agents: durable, observable, steerable.
#[derive(Debug, Parser)]
#[command(name = "mosaic", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Arguments {
    /// auto: on a terminal, unless NO_COLOR is set or TERM is dumb; always; never.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    #[arg(hide_possible_values = true)]
    pub color: ColorChoice,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// The fleet as a whole: roster, supervisor, table.
    #[command(subcommand, arg_required_else_help = true)]
    Fleet(FleetVerb),
    /// One agent: start, stop, look, steer.
    #[command(subcommand, arg_required_else_help = true)]
    Agent(AgentVerb),
    /// What happened, from the journal.
    Events(EventsAsked),
    /// Runs the supervisor in the foreground; log on standard error.
    Supervise(SuperviseAsked),
    /// The table of all agents; the same as `fleet ps`.
    #[command(after_help = COLUMNS)]
    Ps(PsAsked),
    /// Looks at an agent's screen, live; the same as `agent watch`.
    #[command(after_help = WATCHING)]
    Watch(WatchAsked),
    /// Takes an agent's keyboard; the same as `agent attach`.
    #[command(after_help = ATTACHING)]
    Attach(AttachAsked),
    /// Sends an agent a message; the same as `agent send`.
    #[command(after_help = SENDING)]
    Send(SendAsked),
}

/// Verbs of the fleet.
#[derive(Debug, Subcommand)]
pub enum FleetVerb {
    /// Shows a first roster; with --write, writes it where `fleet up` reads it.
    Init {
        /// Write it; a roster that is there is never overwritten.
        #[arg(long)]
        write: bool,
    },
    /// Reads a roster and tells every mistake in it at once.
    Check {
        /// The roster; ~/.config/mosaic/roster.yaml without it.
        file: Option<PathBuf>,
        /// The mistakes as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the JSON Schema of the roster, for editors that help while you write.
    #[command(
        after_help = "An editor with the YAML language server finds it by the first line of the roster:\n  \
                      mosaic fleet schema > ~/.config/mosaic/roster.schema.json\n  \
                      # yaml-language-server: $schema=roster.schema.json\n\n\
                      It sees less than `mosaic fleet check`: docs/roster.md says what."
    )]
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
    /// Installs the units, so that the fleet comes up with the host.
    Enable {
        /// Start them now.
        #[arg(long)]
        now: bool,
        /// Ask nothing.
        #[arg(long, short)]
        yes: bool,
    },
    /// Removes the units; agents that run are left alone.
    Disable {
        /// Stop what the units keep.
        #[arg(long)]
        now: bool,
        /// Ask nothing.
        #[arg(long, short)]
        yes: bool,
    },
}

/// Verbs of one agent.
#[derive(Debug, Subcommand)]
pub enum AgentVerb {
    /// The agents by name, runtime and lifecycle.
    #[command(after_help = LISTING)]
    List(ListAsked),
    /// Brings agents up.
    Start(AgentAsked),
    /// Brings agents down, with everything they have started; they stay down until `agent start` or
    /// `fleet up`.
    Stop(AgentAsked),
    /// Ends the agents' sessions and begins the next.
    Restart(AgentAsked),
    /// Why each cell of an agent's row says what it says.
    Explain {
        /// The agent.
        #[arg(value_name = "NAME")]
        agent: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Looks at an agent's screen, live, without touching it.
    #[command(after_help = WATCHING)]
    Watch(WatchAsked),
    /// Takes an agent's keyboard; C-b d gives it back and leaves the agent running.
    #[command(after_help = ATTACHING)]
    Attach(AttachAsked),
    /// Sends an agent a message.
    #[command(after_help = SENDING)]
    Send(SendAsked),
}

const COLUMNS: &str = "\
Columns:
  UNIT       the systemd unit that holds it; n/a without a user manager
  SESSION    its pane, and whether its process lives and since when, or why it does not run
  PROC       the kernel's word on its process; processor and memory of all it has started
  ACTIVITY   the runtime's word: idle, busy, awaits input, awaits approval, limited
  HEARTBEAT  how long ago the last answered challenge was sent, and how long the answer took
  HEALTH     healthy, late, unresponsive, starting; unknown where nobody can be asked
  DRIFT      the fields in which what runs differs from the roster
  BOOT       yes: it comes back after a reboot; no: the roster does not want it;
             missing: the roster wants it and something lacks; `agent explain` says what
  TENANT and HOST show when there is more than one; INBOX, KEYBOARD, LABELS, LIMITS with --wide.

Examples:
  mosaic ps --label team=web --health late,unresponsive
  mosaic ps --sort -memory --columns agent,proc,labels
  mosaic ps --watch

- says that there is nothing, n/a that this machine cannot say, unknown that asking failed. A narrow
terminal loses columns. Without a supervisor the rows are what direct probing sees, and the exit
code is 3. docs/ps.md says all of it, --json included.";

const LISTING: &str = "\
Examples:
  mosaic agent list --label team=web
  for agent in $(mosaic agent list --names-only --health healthy); do mosaic send $agent hello; done";

const AWAITING: &str = "\
Without --wait it is done when the journal has it. With --wait: an agent is up when its runtime has
answered a challenge or waits for a person; one that nobody can ask, when it has stood for a second,
or for five after it has fallen once. It is down when nothing of it runs.

Exit codes with --wait: 0 each is up, or down; 1 one ended before it was up; 10 one has no verdict
in time; 130 Ctrl-C ended the wait, and nothing else.

Examples:
  mosaic agent restart ada bob --wait
  mosaic agent stop ada --wait=2m --json";

const APPLYING: &str = "\
Agent by agent: start (new), stop (gone from the roster), restart (differs in what only a new
session takes: command, args, env, workspace, runtime, approvals), update (everything else: in force
at once, or with the next start of an agent at rest), unchanged (never touched).

Where an agent that lives would be stopped or restarted it asks first; --yes answers. With neither
--yes nor a terminal nothing at all is done (exit code 9). An agent that is busy, awaits an approval
or whose keyboard is taken is not restarted without --restart-busy: it shows as drift. An agent that
was stopped by `agent stop` stays down. What was agreed to is exactly what is done: if the roster is
edited meanwhile nothing is (exit code 5), and no agent that was not named is touched.

Examples:
  mosaic fleet apply --plan
  mosaic fleet apply
  mosaic fleet apply --yes --restart-busy";

const WATCHING: &str = "\
Nothing that is pressed reaches the agent: q quits. Where the agent's screen is larger than the
terminal, the view follows its cursor; the arrows move it, and f has it follow again. A supervisor
that restarts is waited for.
Piped, the output is the raw stream of the pane, until the supervisor ends (exit code 3).";

const ATTACHING: &str = "\
This is real tmux: C-b d gives the keyboard back and leaves the agent running. One person has a
keyboard at a time, and messages wait meanwhile. The agent keeps its size unless --resize is given,
and has it again afterwards.";

const SENDING: &str = "\
Examples:
  mosaic send ada 'run the tests'
  mosaic send ada --verify --timeout 2m < task.md
  git diff | mosaic send ada -

Exit codes with --verify: 0 accepted, 10 not yet, 11 rejected, 12 unknown, 13 expired, 14 cancelled.";

/// `fleet up`.
#[derive(Debug, Clone, Args)]
pub struct UpAsked {
    /// The roster; ~/.config/mosaic/roster.yaml without it.
    #[arg(long, value_name = "FILE")]
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
    #[arg(long, value_name = "FILE")]
    pub roster: Option<PathBuf>,
    /// Show what would change, and change nothing.
    #[arg(long)]
    pub plan: bool,
    /// Ask nothing.
    #[arg(long, short)]
    pub yes: bool,
    /// Restart agents that differ even where that cuts off their work.
    #[arg(long)]
    pub restart_busy: bool,
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

/// `fleet ps`.
#[derive(Debug, Clone, Args)]
pub struct PsAsked {
    /// Which rows.
    #[command(flatten)]
    pub which: Which,
    /// Order: columns, `cpu` or `memory`, separated by commas; -KEY has the greatest first.
    #[arg(long, value_name = "KEY[,-KEY]", value_delimiter = ',', value_parser = Key::parse)]
    #[arg(allow_hyphen_values = true)]
    pub sort: Vec<Key>,
    /// These columns in this order, whatever the width; separated by commas.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', value_parser = Column::parse)]
    #[arg(conflicts_with = "json")]
    pub columns: Vec<Column>,
    /// Every column and every cell in full, whatever the width.
    #[arg(long, conflicts_with = "json")]
    pub wide: bool,
    /// Stay, and draw again what changes; q quits. Needs a terminal.
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
    /// The reply of the API as it is; with filters or an order only its rows are others.
    #[arg(long)]
    pub json: bool,
}

/// `agent list`.
#[derive(Debug, Clone, Args)]
pub struct ListAsked {
    /// Which agents.
    #[command(flatten)]
    pub which: Which,
    /// Only the names, one a line.
    #[arg(long, conflicts_with = "json")]
    pub names_only: bool,
    /// As JSON: the rows of `ps`.
    #[arg(long)]
    pub json: bool,
}

/// `agent start|stop|restart`.
#[derive(Debug, Clone, Args)]
#[command(after_help = AWAITING)]
pub struct AgentAsked {
    /// The agents, by their exact names; a name that nobody has stops all of it.
    #[arg(value_name = "NAME", required = true)]
    pub agents: Vec<String>,
    /// Wait until each is up, or has stopped; for so long, a minute without a time.
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "60s", value_parser = duration)]
    pub wait: Option<Duration>,
    /// Why, for the journal.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// As JSON: an object for each agent.
    #[arg(long)]
    pub json: bool,
}

/// `agent watch`.
#[derive(Debug, Clone, Args)]
pub struct WatchAsked {
    /// The agent.
    #[arg(value_name = "NAME")]
    pub agent: String,
}

/// `agent attach`.
#[derive(Debug, Clone, Args)]
pub struct AttachAsked {
    /// The agent.
    #[arg(value_name = "NAME")]
    pub agent: String,
    /// Let the agent take the size of this terminal until the end.
    #[arg(long)]
    pub resize: bool,
}

/// `agent send`.
#[derive(Debug, Clone, Args)]
pub struct SendAsked {
    /// The agent.
    #[arg(value_name = "NAME")]
    pub agent: String,
    /// The text; `-`, or nothing with a pipe, reads standard input up to its last newline.
    #[arg(value_name = "TEXT|-", allow_hyphen_values = false)]
    pub text: Option<String>,
    /// Wait for the runtime's own receipt; 0 only when it has the message.
    #[arg(long)]
    pub verify: bool,
    /// How long --verify waits; the message stays where it is after that.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    #[arg(requires = "verify")]
    pub timeout: Duration,
    /// The message as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `events`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Examples:\n  mosaic events --agent ada --follow\n  mosaic events --type session.exited,agent.held\n  mosaic events --from 1200 --json\n  mosaic events verify"
)]
pub struct EventsAsked {
    /// Something else than showing events.
    #[command(subcommand)]
    pub verb: Option<EventsVerb>,
    /// The first seq; without it everything there is, with --follow only what is new. One that is
    /// not there yet is waited for by --follow, and said otherwise.
    #[arg(long, value_name = "SEQ", value_parser = seq)]
    pub from: Option<u64>,
    /// Only of this agent.
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Only of these types, separated by commas; docs/events.md has all.
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = kind)]
    pub kinds: Vec<String>,
    /// Go on with what happens from now on.
    #[arg(long, short)]
    pub follow: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Verbs of the journal.
#[derive(Debug, Clone, Subcommand)]
pub enum EventsVerb {
    /// Looks whether the journal is what was signed: every event, every checkpoint, every mistake.
    ///
    /// It changes nothing, and needs no supervisor; one that runs is asked whether it holds the
    /// same. 15 is the exit code when something is wrong.
    Verify {
        /// Also against checkpoints that were kept elsewhere: a file of them, or one itself.
        #[arg(long, value_name = "FILE|CHECKPOINT")]
        against: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the last signed checkpoint, to be kept elsewhere for `verify --against`.
    Checkpoint,
}

/// `supervise`.
#[derive(Debug, Clone, Args)]
pub struct SuperviseAsked {
    /// The first half of `fleet up`'s start: leaves the session, starts the supervisor, ends.
    #[arg(long, hide = true)]
    pub detach: bool,
    /// Who keeps it; for the lock and the status.
    #[arg(long, hide = true, value_name = "WHO", default_value = "foreground")]
    pub kept_by: String,
}

/// The number of an event.
fn seq(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("\"{text}\" is no seq; write a whole number, as in `events`"))
}

/// A type of events. One that there is not would be waited for in vain.
fn kind(text: &str) -> Result<String, String> {
    if EVENT_TYPES.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(match nearest(text, EVENT_TYPES.iter().copied()) {
        Some(known) => format!("no event has this type; did you mean {known}?"),
        None => "no event has this type; docs/events.md has all of them".to_owned(),
    })
}

/// `30s`, `2m`, `1h`, `500ms`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong(text))?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" | "" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong(text)),
    };
    number.checked_mul(unit_ms).map(Duration::from_millis).ok_or_else(|| wrong(text))
}

fn wrong(text: &str) -> String {
    format!("\"{text}\" is no time; write 500ms, 30s, 2m or 1h")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Arguments, duration};

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn times_have_a_unit() {
        let ms = |text| duration(text).map(|time| time.as_millis()).ok();
        assert_eq!(ms("500ms"), Some(500));
        assert_eq!(ms("30s"), Some(30_000));
        assert_eq!(ms("7"), Some(7000));
        assert_eq!(ms("2m"), Some(120_000));
        for bad in ["", "s", "-1s", "1d", "99999999999999999999s", "18446744073709551615h"] {
            assert_eq!(ms(bad), None, "{bad}");
        }
    }
}
