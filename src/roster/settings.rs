//! What a roster sets of one agent, or of all in `defaults`; what is not set stays unset here.

use std::path::PathBuf;

use crate::fleet::{Approvals, EnvValue, Kind, RestartPolicy, RuntimeKind};

use super::fields::{Fields, Spot};
use super::leaf;
use super::mistake::{Broken, Mistakes, Place, quoted};
use super::read::Source;
use super::schema;
use super::secret::looks_secret;

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

/// Unset, or given, or given wrongly (and then recorded).
pub type Setting<T> = Option<Result<Given<T>, Broken>>;

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
            runtime: Some(Err(broken)),
            workspace: Some(Err(broken)),
            env: Vec::new(),
            boot: Some(Err(broken)),
            lifecycle: Some(Err(broken)),
            every: Some(Err(broken)),
            healthy_within: Some(Err(broken)),
            grace: Some(Err(broken)),
            policy: Some(Err(broken)),
            backoff_initial: Some(Err(broken)),
            backoff_max: Some(Err(broken)),
            give_up_after: Some(Err(broken)),
            stop_signal: Some(Err(broken)),
            stop_grace: Some(Err(broken)),
            columns: Some(Err(broken)),
            rows: Some(Err(broken)),
            approvals: Some(Err(broken)),
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
    spot.map(|spot| {
        let value = read(spot, mistakes)?;
        Ok(Given { value, place: spot.node.place, path: spot.path.clone() })
    })
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
        None => None,
        Some(Err(broken)) => Some(Err(*broken)),
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

fn read_env(
    spot: &Spot<'_>,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Vec<(String, EnvValue)> {
    let Ok(fields) = Fields::any(spot, mistakes) else {
        return Vec::new();
    };
    let mut env = Vec::new();
    for (key, value) in fields.iter() {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let formed = key.bytes().all(letters) && !key.starts_with(|c: char| c.is_ascii_digit());
        if key.is_empty() || !formed {
            let allowed = "a name of A-Z, a-z, 0-9 and _ that begins with no digit";
            mistakes.add(spot.place_of_key(key), &value.path, quoted(key), allowed);
        } else if key.starts_with("MOSAIC_") {
            let allowed = "another name: those that begin with `MOSAIC_` belong to mosaic itself";
            mistakes.add(spot.place_of_key(key), &value.path, quoted(key), allowed);
        }
        if let Ok(read) = read_env_value(key, value, source, mistakes) {
            env.push((key.to_owned(), read));
        }
    }
    env
}

fn read_env_value(
    key: &str,
    spot: &Spot<'_>,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Result<EnvValue, Broken> {
    if matches!(spot.node.content, super::tree::Content::Mapping(_)) {
        let fields = Fields::known(spot, &schema::FROM_FILE, mistakes)?;
        let file = fields.required("from_file", "`from_file: PATH`", mistakes)?;
        let path = leaf::path(file, source.home, mistakes)?;
        if (source.is_directory)(&path) {
            let found = format!("{}, which is a directory", quoted(&path.to_string_lossy()));
            return Err(mistakes.add(file.node.place, &file.path, found, "a file"));
        }
        return Ok(EnvValue::FromFile(path));
    }
    if !looks_secret(key) {
        return leaf::text(spot, mistakes).map(EnvValue::Value);
    }
    let found = "a secret in plain sight".to_owned();
    let allowed = "that, but it is journaled; `{from_file: PATH}` is not";
    match leaf::as_text(spot.node) {
        Some(_) if leaf::disguise(spot.node).is_none() => {
            mistakes.warn(spot.node.place, &spot.path, found, allowed);
            leaf::text(spot, mistakes).map(EnvValue::Value)
        }
        // The value itself stays out of the message.
        Some(_) | None => {
            let found = match leaf::disguise(spot.node) {
                Some(looks_like) => format!("a value that {looks_like}"),
                None => leaf::describe_kind(spot.node).to_owned(),
            };
            let allowed = "text in quotes, or `{from_file: PATH}`";
            Err(mistakes.add(spot.node.place, &spot.path, found, allowed))
        }
    }
}
