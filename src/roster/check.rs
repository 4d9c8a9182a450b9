//! The rules across fields: makes definitions of settings, or says why not. It reads no YAML of its own.

use crate::fleet::{
    AgentName, Approvals, Backoff, Definition, HeartbeatPlan, Kind, Limits, OnUnresponsive,
    RestartPlan, RestartPolicy, RuntimeKind, Size, StopPlan,
};

use super::duration::written;
use super::fields::{Fields, Spot};
use super::leaf;
use super::mistake::{Broken, Mistakes, Place, quoted};
use super::names::read_name;
use super::roles::{Roles, Start};
use super::runtimes::{Chosen, Runtimes};
use super::schema;
use super::setting::{Layer, blame};
use super::settings::{Ground, Settings};
use super::source::Source;

/// A claude draws its first screen and starts its servers before it can answer.
const CLAUDE_GRACE_MS: u64 = 60_000;
/// Any other runtime: thirty seconds are enough for a loaded machine.
const GRACE_MS: u64 = 30_000;

/// What every agent is read on top of, and the names that are taken.
pub struct Agents<'a> {
    /// What an agent has that does not say otherwise.
    pub defaults: &'a Settings,
    /// What agents of each role start from.
    pub roles: &'a Roles,
    /// What agents with each runtime start from.
    pub runtimes: &'a Runtimes,
    /// The host, as far as a roster depends on it.
    pub source: &'a Source<'a>,
    /// The names so far, each with its line, whether its agent was right or not.
    pub names: Vec<(AgentName, usize)>,
}

impl Agents<'_> {
    /// Reads one agent.
    pub fn read(&mut self, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<Definition, Broken> {
        let fields = Fields::known(spot, &schema::AGENT, mistakes)?;
        let name = fields
            .required("name", "`name: NAME`", mistakes)
            .and_then(|spot| self.name(spot, mistakes));
        let Start { role, description, settings: start } =
            self.roles.choose(fields.get("role"), mistakes);
        let ground = Ground { source: self.source, runtimes: self.runtimes, layer: Layer::Agent };
        let own = Settings::read(&fields, ground, mistakes).over(&start);
        let (settings, runtime) = self.on_runtime(own, &fields, mistakes);
        define(
            Who { name, role, description, runtime },
            &settings,
            &fields,
            self.runtimes,
            mistakes,
        )
    }

    /// An agent's settings over those of its runtime and of all.
    fn on_runtime(
        &self,
        own: Settings,
        fields: &Fields<'_>,
        mistakes: &mut Mistakes,
    ) -> (Settings, Result<Chosen, Broken>) {
        let runtime = own.runtime.clone().over(&self.defaults.runtime).optional();
        let runtime = runtime.and_then(|runtime| {
            let allowed = "`runtime: stub`, `claude` or `command`, here or in `defaults`";
            runtime.ok_or_else(|| fields.missing("runtime", allowed, mistakes))
        });
        (own.over(&self.runtimes.settings(runtime)).over(self.defaults), runtime)
    }

    /// A name that no other agent has.
    fn name(&mut self, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<AgentName, Broken> {
        let place = spot.node.place;
        let text = leaf::text(spot, mistakes)?;
        let name = read_name(&text, place, &spot.path, mistakes)?;
        if let Some((_, line)) = self.names.iter().find(|(taken, _)| *taken == name) {
            let found = format!("{}, as in line {line}", quoted(name.as_str()));
            return Err(mistakes.add(place, &spot.path, found, "a name of its own"));
        }
        self.names.push((name.clone(), place.line));
        Ok(name)
    }
}

/// What an agent is, beside its settings.
struct Who {
    name: Result<AgentName, Broken>,
    role: Result<Option<String>, Broken>,
    description: Option<String>,
    runtime: Result<Chosen, Broken>,
}

/// Settings and built-in values as one definition. Everything is read before the first `?`, so
/// that one mistake hides no other.
fn define(
    who: Who,
    settings: &Settings,
    fields: &Fields<'_>,
    runtimes: &Runtimes,
    mistakes: &mut Mistakes,
) -> Result<Definition, Broken> {
    let kind = who.runtime.map(|runtime| runtime.kind);
    let workspace = settings.workspace.optional().and_then(|workspace| {
        let allowed = "`workspace: DIRECTORY`, here or in `defaults`";
        workspace.ok_or_else(|| fields.missing("workspace", allowed, mistakes))
    });
    let command = settings.command.optional().and_then(|command| {
        if command.is_some() || kind != Ok(RuntimeKind::Command) {
            return Ok(command);
        }
        let allowed = "`command: PROGRAM`: the runtime `command` has no program of its own";
        Err(fields.missing("command", allowed, mistakes))
    });
    let heartbeat = heartbeat(settings, kind, mistakes);
    let restart = restart(settings, mistakes);
    Ok(Definition {
        name: who.name?,
        role: who.role?,
        role_description: who.description,
        runtime: kind?,
        runtime_name: runtimes.name(who.runtime?),
        workspace: workspace?,
        command: command?,
        args: settings.args.or(Vec::new())?,
        env: settings.env.clone(),
        boot: settings.boot.or(true)?,
        lifecycle: settings.lifecycle.or(Kind::Core)?,
        heartbeat: heartbeat?,
        restart: restart?,
        stop: StopPlan {
            signal: settings.stop_signal.or("TERM")?.to_owned(),
            grace_ms: settings.stop_grace.or(10_000)?,
        },
        size: Size { columns: settings.columns.or(120)?, rows: settings.rows.or(40)? },
        approvals: settings.approvals.or(Approvals::Runtime)?,
        limits: Limits {
            memory_bytes: settings.memory.optional()?,
            tasks: settings.tasks.optional()?,
            cpu_percent: settings.cpu.optional()?,
        },
        labels: settings.labels.clone(),
    })
}

/// The rules that `defaults` can break by themselves.
pub fn defaults(defaults: &Settings, mistakes: &mut Mistakes) {
    // The plans are an agent's; what counts here is what is recorded on the way.
    let _ = heartbeat(defaults, Ok(RuntimeKind::Stub), mistakes);
    let _ = restart(defaults, mistakes);
}

/// The rules that a role or a runtime can break whoever uses it: both values are its own.
pub fn alone(settings: &Settings, mistakes: &mut Mistakes) {
    if settings.every.is_given() && settings.healthy_within.is_given() {
        let _ = heartbeat(settings, Ok(RuntimeKind::Stub), mistakes);
    }
    if settings.backoff_initial.is_given() && settings.backoff_max.is_given() {
        let _ = restart(settings, mistakes);
    }
}

fn heartbeat(
    settings: &Settings,
    runtime: Result<RuntimeKind, Broken>,
    mistakes: &mut Mistakes,
) -> Result<HeartbeatPlan, Broken> {
    let every_ms = settings.every.or(5000)?;
    let healthy_within_ms = settings.healthy_within.or(15_000)?;
    let built_in = match runtime {
        Ok(RuntimeKind::Claude) => CLAUDE_GRACE_MS,
        Ok(RuntimeKind::Stub | RuntimeKind::Command) | Err(_) => GRACE_MS,
    };
    let grace_ms = settings.grace.or(built_in)?;
    let on_unresponsive = settings.on_unresponsive.or(OnUnresponsive::Notify)?;
    if healthy_within_ms >= 2 * every_ms {
        return Ok(HeartbeatPlan { every_ms, healthy_within_ms, grace_ms, on_unresponsive });
    }
    // One lost answer must not end health, so an answer counts for two rounds at least.
    let (every, within) = (written(every_ms), written(healthy_within_ms));
    let blamed = blame(&settings.healthy_within, &settings.every);
    let (place, path) = blamed.unwrap_or((Place::START, "heartbeat".to_owned()));
    Err(if path.ends_with("every") {
        let found = format!("`{every}`, more than half of `healthy_within` ({within})");
        let most = written(healthy_within_ms / 2);
        let allowed = format!("at most `{most}`, or a longer `healthy_within`");
        mistakes.add(place, &path, found, &allowed)
    } else {
        let found = format!("`{within}`, less than twice `every` ({every})");
        let allowed = format!("at least `{}`, or a shorter `every`", written(2 * every_ms));
        mistakes.add(place, &path, found, &allowed)
    })
}

fn restart(settings: &Settings, mistakes: &mut Mistakes) -> Result<RestartPlan, Broken> {
    // A worker's end is its result; an agent that is always on has no end.
    let built_in = match settings.lifecycle.or(Kind::Core)? {
        Kind::Core => RestartPolicy::Always,
        Kind::Ephemeral => RestartPolicy::Never,
    };
    let policy = settings.policy.or(built_in)?;
    let give_up_after = settings.give_up_after.or(5)?;
    let initial_ms = settings.backoff_initial.or(1000)?;
    let max_ms = settings.backoff_max.or(60_000)?;
    let jitter_percent = settings.jitter.or(Backoff::JITTER_PERCENT)?;
    if initial_ms <= max_ms {
        let backoff = Backoff { initial_ms, max_ms, jitter_percent };
        return Ok(RestartPlan { policy, backoff, give_up_after });
    }
    let blamed = blame(&settings.backoff_max, &settings.backoff_initial);
    let (place, path) = blamed.unwrap_or((Place::START, "restart.backoff".to_owned()));
    let found =
        format!("a first wait of {} and a longest of {}", written(initial_ms), written(max_ms));
    Err(mistakes.add(place, &path, found, "`initial` no longer than `max`"))
}
