//! What a roster sets of one agent, or of all in `defaults`; what is not set stays unset here.

use std::path::PathBuf;

use crate::fleet::{Approvals, EnvValue, Kind, OnUnresponsive, RestartPolicy, RuntimeKind};

use super::environment::read_env;
use super::fields::{Fields, Spot};
use super::leaf;
use super::mistake::{Broken, Mistakes, Place, quoted};
use super::schema;
use super::source::Source;

/// Below 100 ms the challenges themselves would be the load; above an hour nothing is watched.
const EVERY_MS: std::ops::RangeInclusive<u64> = 100..=3_600_000;
/// Twice `EVERY_MS` at least, and a day at most.
const WITHIN_MS: std::ops::RangeInclusive<u64> = 200..=86_400_000;
/// Waiting times: none at all, up to an hour.
const WAIT_MS: std::ops::RangeInclusive<u64> = 0..=3_600_000;
/// A longest wait of none would be a busy loop of starts.
const LONGEST_WAIT_MS: std::ops::RangeInclusive<u64> = 100..=86_400_000;

/// A value that the roster gives, and where.
#[derive(Debug, Clone)]
pub struct Given<T> {
    pub value: T,
    pub place: Place,
    pub path: String,
}

/// What the roster says of one value.
#[derive(Debug, Default)]
pub enum Setting<T> {
    /// Nothing.
    #[default]
    Unset,
    /// This.
    Given(Given<T>),
    /// Something wrong, which is recorded.
    Broken(Broken),
}

impl<T: Clone> Setting<T> {
    /// This value, else the defaults'.
    pub fn over(&self, defaults: &Self) -> Option<Result<T, Broken>> {
        match (self, defaults) {
            (Self::Given(given), _) | (Self::Unset, Self::Given(given)) => {
                Some(Ok(given.value.clone()))
            }
            (Self::Broken(broken), _) | (Self::Unset, Self::Broken(broken)) => Some(Err(*broken)),
            (Self::Unset, Self::Unset) => None,
        }
    }

    /// The value, if there is one.
    pub fn optional(self) -> Result<Option<T>, Broken> {
        self.over(&Self::Unset).transpose()
    }
}

/// The settings that `defaults` and an agent share.
#[derive(Debug, Default)]
pub struct Settings {
    pub runtime: Setting<RuntimeKind>,
    pub workspace: Setting<PathBuf>,
    pub env: Vec<(String, EnvValue)>,
    pub boot: Setting<bool>,
    pub lifecycle: Setting<Kind>,
    pub every: Setting<u64>,
    pub healthy_within: Setting<u64>,
    pub grace: Setting<u64>,
    pub on_unresponsive: Setting<OnUnresponsive>,
    pub policy: Setting<RestartPolicy>,
    pub backoff_initial: Setting<u64>,
    pub backoff_max: Setting<u64>,
    pub give_up_after: Setting<u32>,
    pub stop_signal: Setting<&'static str>,
    pub stop_grace: Setting<u64>,
    pub columns: Setting<u16>,
    pub rows: Setting<u16>,
    pub approvals: Setting<Approvals>,
}

/// A mapping below another: unset, there, or wrong as a whole.
type Below<'n> = Option<Result<Fields<'n>, Broken>>;

impl Settings {
    /// Settings that cannot be known: nothing that rests on them is called wrong for it.
    pub fn unknown(broken: Broken) -> Self {
        Self {
            runtime: Setting::Broken(broken),
            workspace: Setting::Broken(broken),
            env: Vec::new(),
            boot: Setting::Broken(broken),
            lifecycle: Setting::Broken(broken),
            every: Setting::Broken(broken),
            healthy_within: Setting::Broken(broken),
            grace: Setting::Broken(broken),
            on_unresponsive: Setting::Broken(broken),
            policy: Setting::Broken(broken),
            backoff_initial: Setting::Broken(broken),
            backoff_max: Setting::Broken(broken),
            give_up_after: Setting::Broken(broken),
            stop_signal: Setting::Broken(broken),
            stop_grace: Setting::Broken(broken),
            columns: Setting::Broken(broken),
            rows: Setting::Broken(broken),
            approvals: Setting::Broken(broken),
        }
    }

    /// Reads them from the keys of an agent or of `defaults`.
    pub fn read(fields: &Fields<'_>, source: &Source<'_>, mistakes: &mut Mistakes) -> Self {
        let mut settings = Self::default();
        settings.read_place(fields, source, mistakes);
        settings.read_heartbeat(fields, mistakes);
        settings.read_restart(fields, mistakes);
        settings.read_stop(fields, mistakes);
        settings.read_size(fields, mistakes);
        settings
    }

    fn read_place(&mut self, fields: &Fields<'_>, source: &Source<'_>, mistakes: &mut Mistakes) {
        let runtimes = [RuntimeKind::Stub, RuntimeKind::Claude, RuntimeKind::Command]
            .map(|runtime| (runtime.as_str(), runtime));
        let kinds = [("core", Kind::Core), ("ephemeral", Kind::Ephemeral)];
        let approvals = [("runtime", Approvals::Runtime)];
        self.runtime = setting(fields.get("runtime"), mistakes, |spot, mistakes| {
            leaf::word(spot, &runtimes, mistakes)
        });
        self.workspace = setting(fields.get("workspace"), mistakes, |spot, mistakes| {
            read_workspace(spot, source, mistakes)
        });
        self.env = fields.get("env").map_or_else(Vec::new, |spot| read_env(spot, source, mistakes));
        self.boot = setting(fields.get("boot"), mistakes, leaf::boolean);
        self.lifecycle = setting(fields.get("lifecycle"), mistakes, |spot, mistakes| {
            leaf::word(spot, &kinds, mistakes)
        });
        self.approvals = setting(fields.get("approvals"), mistakes, |spot, mistakes| {
            leaf::word(spot, &approvals, mistakes)
        });
    }

    fn read_heartbeat(&mut self, fields: &Fields<'_>, mistakes: &mut Mistakes) {
        let heartbeat = below(fields, "heartbeat", &schema::HEARTBEAT, mistakes);
        self.every = duration(&heartbeat, "every", EVERY_MS, mistakes);
        self.healthy_within = duration(&heartbeat, "healthy_within", WITHIN_MS, mistakes);
        self.grace = duration(&heartbeat, "grace", WAIT_MS, mistakes);
        let deeds = [OnUnresponsive::Notify, OnUnresponsive::Restart, OnUnresponsive::Hold]
            .map(|deed| (deed.as_str(), deed));
        self.on_unresponsive =
            setting_below(&heartbeat, "on_unresponsive", mistakes, |spot, mistakes| {
                leaf::word(spot, &deeds, mistakes)
            });
    }

    fn read_restart(&mut self, fields: &Fields<'_>, mistakes: &mut Mistakes) {
        let policies = [
            ("always", RestartPolicy::Always),
            ("on-failure", RestartPolicy::OnFailure),
            ("never", RestartPolicy::Never),
        ];
        let restart = below(fields, "restart", &schema::RESTART, mistakes);
        self.policy = setting_below(&restart, "policy", mistakes, |spot, mistakes| {
            leaf::word(spot, &policies, mistakes)
        });
        self.give_up_after =
            setting_below(&restart, "give_up_after", mistakes, |spot, mistakes| {
                leaf::whole(spot, 1..=1000, mistakes)
            });
        let backoff = match &restart {
            None => None,
            Some(Err(broken)) => Some(Err(*broken)),
            Some(Ok(restart)) => below(restart, "backoff", &schema::BACKOFF, mistakes),
        };
        self.backoff_initial = duration(&backoff, "initial", WAIT_MS, mistakes);
        self.backoff_max = duration(&backoff, "max", LONGEST_WAIT_MS, mistakes);
    }

    fn read_stop(&mut self, fields: &Fields<'_>, mistakes: &mut Mistakes) {
        let signals = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"].map(|name| (name, name));
        let stop = below(fields, "stop", &schema::STOP, mistakes);
        self.stop_signal = setting_below(&stop, "signal", mistakes, |spot, mistakes| {
            leaf::word(spot, &signals, mistakes)
        });
        self.stop_grace = duration(&stop, "grace", WAIT_MS, mistakes);
    }

    fn read_size(&mut self, fields: &Fields<'_>, mistakes: &mut Mistakes) {
        let size = below(fields, "size", &schema::SIZE, mistakes);
        self.columns = setting_below(&size, "columns", mistakes, |spot, mistakes| {
            leaf::whole(spot, 20..=500, mistakes)
        });
        self.rows = setting_below(&size, "rows", mistakes, |spot, mistakes| {
            leaf::whole(spot, 5..=200, mistakes)
        });
    }
}

/// Reads one setting, if it is there.
pub fn setting<T>(
    spot: Option<&Spot<'_>>,
    mistakes: &mut Mistakes,
    read: impl FnOnce(&Spot<'_>, &mut Mistakes) -> Result<T, Broken>,
) -> Setting<T> {
    let Some(spot) = spot else {
        return Setting::Unset;
    };
    match read(spot, mistakes) {
        Ok(value) => {
            Setting::Given(Given { value, place: spot.node.place, path: spot.path.clone() })
        }
        Err(broken) => Setting::Broken(broken),
    }
}

fn below<'n>(
    fields: &Fields<'n>,
    key: &str,
    section: &schema::Section,
    mistakes: &mut Mistakes,
) -> Below<'n> {
    fields.get(key).map(|spot| Fields::known(spot, section, mistakes))
}

fn setting_below<T>(
    below: &Below<'_>,
    key: &str,
    mistakes: &mut Mistakes,
    read: impl FnOnce(&Spot<'_>, &mut Mistakes) -> Result<T, Broken>,
) -> Setting<T> {
    match below {
        None => Setting::Unset,
        Some(Err(broken)) => Setting::Broken(*broken),
        Some(Ok(fields)) => setting(fields.get(key), mistakes, read),
    }
}

fn duration(
    below: &Below<'_>,
    key: &str,
    range: std::ops::RangeInclusive<u64>,
    mistakes: &mut Mistakes,
) -> Setting<u64> {
    setting_below(below, key, mistakes, |spot, mistakes| leaf::duration(spot, range, mistakes))
}

fn read_workspace(
    spot: &Spot<'_>,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Result<PathBuf, Broken> {
    let path = leaf::path(spot, source.home, mistakes)?;
    if (source.is_directory)(&path) {
        return Ok(path);
    }
    let shown = quoted(&path.to_string_lossy());
    let found = format!("{shown}, which is not a directory");
    Err(mistakes.add(spot.node.place, &spot.path, found, "a directory that exists"))
}
