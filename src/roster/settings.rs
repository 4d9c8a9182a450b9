//! What a roster sets of one agent, or of all in `defaults`, `roles` and `runtimes`; what is not set stays unset here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::fleet::{Approvals, EnvValue, Kind, OnUnresponsive, RestartPolicy};

use super::amount;
use super::environment::read_env;
use super::fields::Fields;
use super::labels::read_labels;
use super::leaf;
use super::mistake::{Broken, Mistakes};
use super::program::{read_args, read_program, read_workspace};
use super::runtime_names::{Chosen, RuntimeNames};
use super::schema::{self, Section};
use super::setting::{Given, Layer, Setting};
use super::source::Source;
use super::spot::Spot;

/// Declares the settings once; all of them are read, laid over others and declared unknown alike.
macro_rules! settings {
    ($($field:ident: $value:ty,)*) => {
        /// The settings that an agent and what it starts from share.
        #[derive(Debug, Clone, Default)]
        pub struct Settings {
            $(pub $field: Setting<$value>,)*
            pub env: Vec<(String, EnvValue)>,
            pub labels: BTreeMap<String, String>,
        }

        impl Settings {
            /// Settings that cannot be known: nothing that rests on them is called wrong for it.
            pub fn unknown(broken: Broken) -> Self {
                Self {
                    $($field: Setting::Broken(broken),)*
                    env: Vec::new(),
                    labels: BTreeMap::new(),
                }
            }

            /// These, and for what they do not say the settings below; maps are merged.
            pub fn over(self, below: &Self) -> Self {
                Self {
                    $($field: self.$field.over(&below.$field),)*
                    env: merged(&self.env, &below.env),
                    labels: below.labels.clone().into_iter().chain(self.labels).collect(),
                }
            }
        }
    };
}

settings! {
    runtime: Chosen,
    workspace: PathBuf,
    command: String,
    args: Vec<String>,
    boot: bool,
    lifecycle: Kind,
    every: u64,
    healthy_within: u64,
    grace: u64,
    on_unresponsive: OnUnresponsive,
    policy: RestartPolicy,
    backoff_initial: u64,
    backoff_max: u64,
    jitter: u8,
    give_up_after: u32,
    stop_signal: &'static str,
    stop_grace: u64,
    columns: u16,
    rows: u16,
    approvals: Approvals,
    memory: u64,
    tasks: u32,
    cpu: u32,
    record: bool,
    segment: u64,
    keep: u64,
}

/// What settings are read with.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The host, as far as a roster depends on it.
    pub source: &'a Source<'a>,
    /// The runtimes that an agent may name.
    pub runtimes: &'a RuntimeNames,
    /// Which settings these are.
    pub layer: Layer,
}

impl Settings {
    /// Reads them from the keys of an agent or of what it starts from.
    pub fn read(fields: &Fields<'_>, ground: Ground<'_>, mistakes: &mut Mistakes) -> Self {
        let mut reader = Reader { layer: ground.layer, mistakes };
        let mut settings = Self::default();
        settings.read_program(fields, ground, &mut reader);
        settings.read_heartbeat(fields, &mut reader);
        settings.read_restart(fields, &mut reader);
        settings.read_stop(fields, &mut reader);
        settings.read_size(fields, &mut reader);
        settings.read_limits(fields, &mut reader);
        settings.read_output(fields, &mut reader);
        settings
    }

    fn read_program(&mut self, fields: &Fields<'_>, ground: Ground<'_>, reader: &mut Reader<'_>) {
        let source = ground.source;
        let here = &Below::Here(fields);
        self.runtime =
            reader.read(here, "runtime", |spot, mistakes| ground.runtimes.choose(spot, mistakes));
        self.workspace =
            reader.read(here, "workspace", |spot, mistakes| read_workspace(spot, source, mistakes));
        self.command =
            reader.read(here, "command", |spot, mistakes| read_program(spot, source, mistakes));
        self.args = reader.read(here, "args", read_args);
        self.boot = reader.read(here, "boot", leaf::boolean);
        self.lifecycle = reader.word(here, "lifecycle", &schema::LIFECYCLES);
        self.approvals = reader.word(here, "approvals", &schema::APPROVALS);
        let mistakes = &mut *reader.mistakes;
        self.env = fields.get("env").map_or_else(Vec::new, |spot| read_env(spot, source, mistakes));
        self.labels =
            fields.get("labels").map_or_else(BTreeMap::new, |spot| read_labels(spot, mistakes));
    }

    fn read_heartbeat(&mut self, fields: &Fields<'_>, reader: &mut Reader<'_>) {
        let heartbeat = &reader.below(&Below::Here(fields), "heartbeat", &schema::HEARTBEAT);
        self.every = reader.duration(heartbeat, "every", schema::EVERY_MS);
        self.healthy_within = reader.duration(heartbeat, "healthy_within", schema::WITHIN_MS);
        self.grace = reader.duration(heartbeat, "grace", schema::WAIT_MS);
        self.on_unresponsive = reader.word(heartbeat, "on_unresponsive", &schema::DEEDS);
    }

    fn read_restart(&mut self, fields: &Fields<'_>, reader: &mut Reader<'_>) {
        let restart = &reader.below(&Below::Here(fields), "restart", &schema::RESTART);
        self.policy = reader.word(restart, "policy", &schema::POLICIES);
        self.give_up_after = reader.whole(restart, "give_up_after", schema::GIVE_UP_AFTER);
        let backoff = &reader.below(restart, "backoff", &schema::BACKOFF);
        self.backoff_initial = reader.duration(backoff, "initial", schema::WAIT_MS);
        self.backoff_max = reader.duration(backoff, "max", schema::LONGEST_WAIT_MS);
        self.jitter = reader.read(backoff, "jitter", amount::share);
    }

    fn read_stop(&mut self, fields: &Fields<'_>, reader: &mut Reader<'_>) {
        let stop = &reader.below(&Below::Here(fields), "stop", &schema::STOP);
        self.stop_signal = reader.word(stop, "signal", &schema::SIGNALS);
        self.stop_grace = reader.duration(stop, "grace", schema::WAIT_MS);
    }

    fn read_size(&mut self, fields: &Fields<'_>, reader: &mut Reader<'_>) {
        let size = &reader.below(&Below::Here(fields), "size", &schema::SIZE);
        self.columns = reader.whole(size, "columns", schema::COLUMNS);
        self.rows = reader.whole(size, "rows", schema::ROWS);
    }

    fn read_limits(&mut self, fields: &Fields<'_>, reader: &mut Reader<'_>) {
        let limits = &reader.below(&Below::Here(fields), "limits", &schema::LIMITS);
        self.memory = reader.size(limits, "memory", schema::MEMORY_BYTES);
        self.tasks = reader.whole(limits, "tasks", schema::TASKS);
        self.cpu = reader.read(limits, "cpu", amount::cpu);
    }

    fn read_output(&mut self, fields: &Fields<'_>, reader: &mut Reader<'_>) {
        let output = &reader.below(&Below::Here(fields), "output", &schema::OUTPUT);
        self.record = reader.read(output, "record", leaf::boolean);
        self.segment = reader.size(output, "segment", schema::SEGMENT_BYTES);
        self.keep = reader.size(output, "keep", schema::KEEP_BYTES);
    }
}

/// A mapping in which settings stand.
enum Below<'a, 'n> {
    /// The one that is read.
    Here(&'a Fields<'n>),
    /// One below it.
    There(Fields<'n>),
    /// It is not there.
    Absent,
    /// It is wrong as a whole.
    Broken(Broken),
}

/// Reads settings of one layer.
struct Reader<'m> {
    layer: Layer,
    mistakes: &'m mut Mistakes,
}

impl Reader<'_> {
    fn below<'n>(&mut self, above: &Below<'_, 'n>, key: &str, section: &Section) -> Below<'n, 'n> {
        let fields = match above {
            Below::Here(fields) => *fields,
            Below::There(fields) => fields,
            Below::Absent => return Below::Absent,
            Below::Broken(broken) => return Below::Broken(*broken),
        };
        match fields.get(key).map(|spot| Fields::known(spot, section, self.mistakes)) {
            None => Below::Absent,
            Some(Ok(fields)) => Below::There(fields),
            Some(Err(broken)) => Below::Broken(broken),
        }
    }

    fn read<T>(
        &mut self,
        below: &Below<'_, '_>,
        key: &str,
        read: impl FnOnce(&Spot<'_>, &mut Mistakes) -> Result<T, Broken>,
    ) -> Setting<T> {
        let fields = match below {
            Below::Here(fields) => *fields,
            Below::There(fields) => fields,
            Below::Absent => return Setting::Unset,
            Below::Broken(broken) => return Setting::Broken(*broken),
        };
        let Some(spot) = fields.get(key) else { return Setting::Unset };
        let (layer, place, path) = (self.layer, spot.node.place, spot.path.clone());
        match read(spot, self.mistakes) {
            Ok(value) => Setting::Given(Given { value, layer, place, path }),
            Err(broken) => Setting::Broken(broken),
        }
    }

    fn duration(
        &mut self,
        below: &Below<'_, '_>,
        key: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Setting<u64> {
        self.read(below, key, |spot, mistakes| leaf::duration(spot, range, mistakes))
    }

    fn size(
        &mut self,
        below: &Below<'_, '_>,
        key: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Setting<u64> {
        self.read(below, key, |spot, mistakes| amount::memory(spot, &range, mistakes))
    }

    /// Every range is one of the number's type.
    fn whole<T: TryFrom<u64>>(
        &mut self,
        below: &Below<'_, '_>,
        key: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Setting<T> {
        self.read(below, key, |spot, mistakes| leaf::whole(spot, range, mistakes))
    }

    fn word<T: Copy>(
        &mut self,
        below: &Below<'_, '_>,
        key: &str,
        words: &[(&str, T)],
    ) -> Setting<T> {
        self.read(below, key, |spot, mistakes| leaf::word(spot, words, mistakes))
    }
}

/// The variables below, then these; a value of these wins in the place of the one below.
fn merged(own: &[(String, EnvValue)], below: &[(String, EnvValue)]) -> Vec<(String, EnvValue)> {
    let mut env = below.to_vec();
    for (key, value) in own {
        match env.iter_mut().find(|(name, _)| name == key) {
            Some(entry) => entry.1 = value.clone(),
            None => env.push((key.clone(), value.clone())),
        }
    }
    env
}
