//! The rules across fields: makes definitions of settings, or says why not. It reads no YAML of its own.

use crate::fleet::{
    AgentName, Approvals, Backoff, Definition, EnvValue, HeartbeatPlan, Kind, NameMistake,
    OnUnresponsive, RestartPlan, RestartPolicy, RuntimeKind, Size, StopPlan,
};

use super::duration::written;
use super::fields::{Fields, Spot};
use super::leaf;
use super::mistake::{Broken, Mistakes, Place, quoted};
use super::schema;
use super::settings::{Setting, Settings, setting};
use super::source::Source;
use super::tree::Content;

/// A claude draws its first screen and starts its servers before it can answer.
const CLAUDE_GRACE_MS: u64 = 60_000;
/// Any other runtime: thirty seconds are enough for a loaded machine.
const GRACE_MS: u64 = 30_000;

/// What every agent is read on top of, and the names that are taken.
pub struct Agents<'a> {
    /// What an agent has that does not say otherwise.
    pub defaults: &'a Settings,
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
        define(name, &fields, self, mistakes)
    }

    /// A name that no other agent has.
    fn name(&mut self, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<AgentName, Broken> {
        let name = read_name(spot, mistakes)?;
        let place = spot.node.place;
        if let Some((_, line)) = self.names.iter().find(|(taken, _)| *taken == name) {
            let found = format!("{}, as in line {line}", quoted(name.as_str()));
            return Err(mistakes.add(place, &spot.path, found, "a name of its own"));
        }
        self.names.push((name.clone(), place.line));
        Ok(name)
    }
}

/// Settings and built-in values as one definition. Everything is read before the first `?`, so
/// that one mistake hides no other.
fn define(
    name: Result<AgentName, Broken>,
    fields: &Fields<'_>,
    agents: &Agents<'_>,
    mistakes: &mut Mistakes,
) -> Result<Definition, Broken> {
    let (defaults, source) = (agents.defaults, agents.source);
    let own = Settings::read(fields, source, mistakes);
    let role = setting(fields.get("role"), mistakes, leaf::line);
    let args = fields.get("args").map_or(Ok(Vec::new()), |spot| read_args(spot, mistakes));
    let runtime = own.runtime.over(&defaults.runtime).unwrap_or_else(|| {
        let allowed = "`runtime: stub`, `claude` or `command`, here or in `defaults`";
        Err(fields.missing("runtime", allowed, mistakes))
    });
    let workspace = own.workspace.over(&defaults.workspace).unwrap_or_else(|| {
        let allowed = "`workspace: DIRECTORY`, here or in `defaults`";
        Err(fields.missing("workspace", allowed, mistakes))
    });
    let command = read_command(fields, runtime, source, mistakes);
    let heartbeat = heartbeat(&own, defaults, runtime, mistakes);
    let restart = restart(&own, defaults, mistakes);
    Ok(Definition {
        name: name?,
        role: role.optional()?,
        runtime: runtime?,
        workspace: workspace?,
        command: command?,
        args: args?,
        env: merged_env(&own.env, defaults),
        boot: value(&own.boot, &defaults.boot, true)?,
        lifecycle: value(&own.lifecycle, &defaults.lifecycle, Kind::Core)?,
        heartbeat: heartbeat?,
        restart: restart?,
        stop: StopPlan {
            signal: value(&own.stop_signal, &defaults.stop_signal, "TERM")?.to_owned(),
            grace_ms: value(&own.stop_grace, &defaults.stop_grace, 10_000)?,
        },
        size: Size {
            columns: value(&own.columns, &defaults.columns, 120)?,
            rows: value(&own.rows, &defaults.rows, 40)?,
        },
        approvals: value(&own.approvals, &defaults.approvals, Approvals::Runtime)?,
    })
}

/// The rules that `defaults` can break by themselves.
pub fn defaults(defaults: &Settings, mistakes: &mut Mistakes) {
    let nothing = Settings::default();
    // The plans are an agent's; what counts here is what is recorded on the way.
    let _ = heartbeat(&nothing, defaults, Ok(RuntimeKind::Stub), mistakes);
    let _ = restart(&nothing, defaults, mistakes);
}

/// The agent's own value, else the defaults', else the built-in one.
fn value<T: Clone>(own: &Setting<T>, defaults: &Setting<T>, built_in: T) -> Result<T, Broken> {
    own.over(defaults).unwrap_or(Ok(built_in))
}

fn heartbeat(
    own: &Settings,
    defaults: &Settings,
    runtime: Result<RuntimeKind, Broken>,
    mistakes: &mut Mistakes,
) -> Result<HeartbeatPlan, Broken> {
    let every_ms = value(&own.every, &defaults.every, 5000)?;
    let healthy_within_ms = value(&own.healthy_within, &defaults.healthy_within, 15_000)?;
    let built_in = match runtime {
        Ok(RuntimeKind::Claude) => CLAUDE_GRACE_MS,
        Ok(RuntimeKind::Stub | RuntimeKind::Command) | Err(_) => GRACE_MS,
    };
    let grace_ms = value(&own.grace, &defaults.grace, built_in)?;
    let on_unresponsive =
        value(&own.on_unresponsive, &defaults.on_unresponsive, OnUnresponsive::Notify)?;
    if healthy_within_ms >= 2 * every_ms {
        return Ok(HeartbeatPlan { every_ms, healthy_within_ms, grace_ms, on_unresponsive });
    }
    // One lost answer must not end health, so an answer counts for two rounds at least.
    let (every, within) = (written(every_ms), written(healthy_within_ms));
    let blamed = blame(&own.healthy_within, &own.every, &defaults.healthy_within, &defaults.every);
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

fn restart(
    own: &Settings,
    defaults: &Settings,
    mistakes: &mut Mistakes,
) -> Result<RestartPlan, Broken> {
    // A worker's end is its result; an agent that is always on has no end.
    let built_in = match value(&own.lifecycle, &defaults.lifecycle, Kind::Core)? {
        Kind::Core => RestartPolicy::Always,
        Kind::Ephemeral => RestartPolicy::Never,
    };
    let policy = value(&own.policy, &defaults.policy, built_in)?;
    let give_up_after = value(&own.give_up_after, &defaults.give_up_after, 5)?;
    let initial_ms = value(&own.backoff_initial, &defaults.backoff_initial, 1000)?;
    let max_ms = value(&own.backoff_max, &defaults.backoff_max, 60_000)?;
    if initial_ms <= max_ms {
        let backoff = Backoff { initial_ms, max_ms };
        return Ok(RestartPlan { policy, backoff, give_up_after });
    }
    let blamed = blame(
        &own.backoff_max,
        &own.backoff_initial,
        &defaults.backoff_max,
        &defaults.backoff_initial,
    );
    let (place, path) = blamed.unwrap_or((Place::START, "restart.backoff".to_owned()));
    let found =
        format!("a first wait of {} and a longest of {}", written(initial_ms), written(max_ms));
    Err(mistakes.add(place, &path, found, "`initial` no longer than `max`"))
}

/// The place of the first of two settings that is given: the agent's own, else the defaults'.
fn blame<T>(
    own_first: &Setting<T>,
    own_second: &Setting<T>,
    first: &Setting<T>,
    second: &Setting<T>,
) -> Option<(Place, String)> {
    [own_first, own_second, first, second].into_iter().find_map(|setting| match setting {
        Setting::Given(given) => Some((given.place, given.path.clone())),
        Setting::Unset | Setting::Broken(_) => None,
    })
}

fn read_name(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<AgentName, Broken> {
    let text = leaf::text(spot, mistakes)?;
    AgentName::parse(&text).map_err(|mistake| {
        let allowed = match mistake {
            NameMistake::Form => {
                "2 to 32 characters: a lower-case letter first, then a-z, 0-9 and `-`, not ending \
                 in `-`"
            }
            NameMistake::Reserved => {
                "another name: those that begin with `mosaic-` belong to mosaic itself"
            }
        };
        let folded = text.to_ascii_lowercase().replace(['_', ' ', '.'], "-");
        let meant = AgentName::parse(&folded).ok().map(|name| quoted(name.as_str()));
        mistakes.propose(spot.node.place, &spot.path, quoted(&text), allowed, meant)
    })
}

fn read_args(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<Vec<String>, Broken> {
    let Content::List(items) = &spot.node.content else {
        let found = leaf::describe(spot.node);
        return Err(mistakes.add(spot.node.place, &spot.path, found, "a list of texts"));
    };
    let mut args = Ok(Vec::new());
    for (at, node) in items.iter().enumerate() {
        let item = Spot { node, path: format!("{}[{at}]", spot.path) };
        let read = leaf::text(&item, mistakes);
        args = args.and_then(|mut args: Vec<String>| {
            args.push(read?);
            Ok(args)
        });
    }
    args
}

fn read_command(
    fields: &Fields<'_>,
    runtime: Result<RuntimeKind, Broken>,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Result<Option<String>, Broken> {
    let Some(spot) = fields.get("command") else {
        if runtime != Ok(RuntimeKind::Command) {
            return Ok(None);
        }
        let allowed = "`command: PROGRAM`: the runtime `command` has no program of its own";
        return Err(fields.missing("command", allowed, mistakes));
    };
    let text = leaf::line(spot, mistakes)?;
    if !text.contains('/') && !text.starts_with('~') && !text.contains(char::is_whitespace) {
        return Ok(Some(text));
    }
    let expanded = leaf::expand(&text, source.home);
    let written = expanded.to_str().filter(|_| expanded.is_absolute()).map(str::to_owned);
    written.map(Some).ok_or_else(|| {
        let allowed = "one program: a name on the PATH, an absolute path, or one that begins with \
                       `~/`; its arguments go into `args`";
        mistakes.add(spot.node.place, &spot.path, quoted(&text), allowed)
    })
}

/// The defaults' variables, then the agent's; the agent's value wins in the place of the defaults'.
fn merged_env(own: &[(String, EnvValue)], defaults: &Settings) -> Vec<(String, EnvValue)> {
    let mut env = defaults.env.clone();
    for (key, value) in own {
        match env.iter_mut().find(|(name, _)| name == key) {
            Some(entry) => entry.1 = value.clone(),
            None => env.push((key.clone(), value.clone())),
        }
    }
    env
}
