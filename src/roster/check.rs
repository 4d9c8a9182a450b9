//! The rules across fields: makes definitions of settings, or says why not. It reads no YAML of its own.

use crate::fleet::{
    AgentName, Approvals, Backoff, Definition, EnvValue, HeartbeatPlan, Kind, RestartPlan,
    RestartPolicy, RuntimeKind, Size, StopPlan,
};

use super::duration::written;
use super::fields::{Fields, Spot, join};
use super::leaf;
use super::mistake::{Broken, Mistakes, Place, quoted};
use super::read::Source;
use super::schema;
use super::settings::{Given, Setting, Settings, setting};
use super::tree::Content;

/// A claude draws its first screen and starts its servers before it can answer.
const CLAUDE_GRACE_MS: u64 = 60_000;
/// Any other runtime: thirty seconds are enough for a loaded machine.
const GRACE_MS: u64 = 30_000;

/// Reads one agent on top of the defaults.
pub fn agent(
    spot: &Spot<'_>,
    defaults: &Settings,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Result<Given<Definition>, Broken> {
    let fields = Fields::known(spot, &schema::AGENT, mistakes)?;
    let own = Settings::read(&fields, source, mistakes);
    let name = fields.required("name", "`name: NAME`", mistakes).cloned();
    let name = name.and_then(|spot| {
        let value = read_name(&spot, mistakes)?;
        Ok(Given { value, place: spot.node.place, path: spot.path })
    });
    let role = setting(fields.get("role"), mistakes, leaf::line);
    let args = fields.get("args").map_or(Ok(Vec::new()), |spot| read_args(spot, mistakes));
    let command = read_command(&fields, &own, defaults, source, mistakes);
    let heartbeat = heartbeat(&own, defaults, mistakes);
    let restart = restart(&own, defaults, mistakes);
    let workspace = match own.workspace.as_ref().or(defaults.workspace.as_ref()) {
        Some(given) => given.as_ref().map(|given| given.value.clone()).map_err(|broken| *broken),
        None => {
            let path = join(&fields.path, "workspace");
            let allowed = "`workspace: DIRECTORY`, here or in `defaults`";
            Err(mistakes.add(fields.place, &path, "nothing".to_owned(), allowed))
        }
    };
    let Given { value: name, place, path } = name?;
    let value = Definition {
        name,
        role: role.transpose()?.map(|given| given.value),
        runtime: value(&own.runtime, &defaults.runtime, RuntimeKind::Stub)?,
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
    };
    Ok(Given { value, place, path })
}

/// The rules that `defaults` can break by themselves.
pub fn defaults(defaults: &Settings, mistakes: &mut Mistakes) {
    let nothing = Settings::default();
    // What they return is an agent's; what they record counts.
    let (Ok(_) | Err(_)) = heartbeat(&nothing, defaults, mistakes);
    let (Ok(_) | Err(_)) = restart(&nothing, defaults, mistakes);
}

/// No two agents have one name.
pub fn unique(agents: &[Given<Definition>], mistakes: &mut Mistakes) {
    for (at, agent) in agents.iter().enumerate() {
        let same = |other: &&Given<Definition>| other.value.name == agent.value.name;
        if let Some(first) = agents[..at].iter().find(same) {
            let name = quoted(agent.value.name.as_str());
            let found = format!("{name}, the name of the agent in line {} too", first.place.line);
            mistakes.add(agent.place, &agent.path, found, "a name of its own");
        }
    }
}

/// The agent's own value, else the defaults', else the built-in one.
fn value<T: Clone>(own: &Setting<T>, defaults: &Setting<T>, built_in: T) -> Result<T, Broken> {
    match own.as_ref().or(defaults.as_ref()) {
        None => Ok(built_in),
        Some(Ok(given)) => Ok(given.value.clone()),
        Some(Err(broken)) => Err(*broken),
    }
}

fn heartbeat(
    own: &Settings,
    defaults: &Settings,
    mistakes: &mut Mistakes,
) -> Result<HeartbeatPlan, Broken> {
    let every_ms = value(&own.every, &defaults.every, 5000)?;
    let healthy_within_ms = value(&own.healthy_within, &defaults.healthy_within, 15_000)?;
    let runtime = value(&own.runtime, &defaults.runtime, RuntimeKind::Stub)?;
    let built_in = match runtime {
        RuntimeKind::Claude => CLAUDE_GRACE_MS,
        RuntimeKind::Stub | RuntimeKind::Command => GRACE_MS,
    };
    let grace_ms = value(&own.grace, &defaults.grace, built_in)?;
    if healthy_within_ms >= 2 * every_ms {
        return Ok(HeartbeatPlan { every_ms, healthy_within_ms, grace_ms });
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
    [own_first, own_second, first, second]
        .into_iter()
        .find_map(|setting| setting.as_ref()?.as_ref().ok())
        .map(|given| (given.place, given.path.clone()))
}

fn read_name(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<AgentName, Broken> {
    let text = leaf::text(spot, mistakes)?;
    AgentName::parse(&text).map_err(|mistake| {
        let folded = text.to_ascii_lowercase().replace(['_', ' ', '.'], "-");
        let meant = AgentName::parse(&folded).ok().map(|name| quoted(name.as_str()));
        let allowed = mistake.to_string();
        mistakes.propose(spot.node.place, &spot.path, quoted(&text), &allowed, meant)
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
    own: &Settings,
    defaults: &Settings,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Result<Option<String>, Broken> {
    let Some(spot) = fields.get("command") else {
        let runtime = value(&own.runtime, &defaults.runtime, RuntimeKind::Stub)?;
        if runtime != RuntimeKind::Command {
            return Ok(None);
        }
        let path = join(&fields.path, "command");
        let allowed = "`command: PROGRAM`: the runtime `command` has no program of its own";
        return Err(mistakes.add(fields.place, &path, "nothing".to_owned(), allowed));
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
