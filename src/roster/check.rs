//! Makes definitions of settings, or says why not. It reads no YAML of its own.

use crate::fleet::{AgentName, Approvals, Definition, Kind, Limits, RuntimeKind, Size, StopPlan};

use super::fields::Fields;
use super::leaf;
use super::mistake::{Broken, Mistakes, quoted};
use super::names::read_name;
use super::roles::{Roles, Start};
use super::rules;
use super::runtime_names::Chosen;
use super::runtimes::Runtimes;
use super::schema;
use super::setting::Layer;
use super::settings::{Ground, Settings};
use super::source::Source;
use super::spot::Spot;

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
        let ground =
            Ground { source: self.source, runtimes: self.runtimes.names(), layer: Layer::Agent };
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
    let heartbeat = rules::heartbeat(settings, kind, mistakes);
    let restart = rules::restart(settings, mistakes);
    let output = rules::output(settings, mistakes);
    Ok(Definition {
        name: who.name?,
        role: who.role?,
        role_description: who.description,
        runtime: kind?,
        runtime_name: runtimes.names().name(who.runtime?),
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
        output: output?,
    })
}
