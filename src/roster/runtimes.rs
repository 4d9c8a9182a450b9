//! The `runtimes` of a roster: what agents with a built-in one start from, and those of the user's own.

use crate::fleet::RuntimeKind;

use super::fields::Fields;
use super::leaf;
use super::mistake::{Broken, Mistakes};
use super::names::read_name;
use super::rules;
use super::runtime_names::{Chosen, RuntimeNames};
use super::schema;
use super::setting::{Layer, Setting};
use super::settings::{Ground, Settings};
use super::source::Source;
use super::spot::Spot;

/// What the roster says of runtimes.
#[derive(Debug, Default)]
pub struct Runtimes {
    names: RuntimeNames,
    /// What agents with each start from, in the order of the names.
    settings: Vec<Settings>,
}

impl Runtimes {
    /// Reads `runtimes`.
    pub fn read(spot: Option<&Spot<'_>>, source: &Source<'_>, mistakes: &mut Mistakes) -> Self {
        let mut runtimes = Self::default();
        let Some(spot) = spot else { return runtimes };
        let fields = match Fields::any(spot, mistakes) {
            Ok(fields) => fields,
            Err(broken) => {
                return Self { names: RuntimeNames::broken(broken), settings: Vec::new() };
            }
        };
        for (name, entry) in fields.iter() {
            let built_in = schema::RUNTIMES.iter().find(|(word, _)| *word == name);
            if built_in.is_none() {
                // A wrong name is a mistake of its own, and known all the same: those who use it
                // are not wrong for it.
                let place = spot.place_of_key(name);
                drop(read_name(name, place, &entry.path, mistakes));
            }
            let built_in = built_in.map(|(_, kind)| *kind);
            let (kind, settings) = read_runtime(entry, built_in, source, mistakes);
            runtimes.names.add(name, kind);
            runtimes.settings.push(settings);
        }
        runtimes
    }

    /// Those that an agent may name.
    pub fn names(&self) -> &RuntimeNames {
        &self.names
    }

    /// What an agent with this runtime starts from: its own settings, over those of the built-in
    /// one that it extends.
    pub fn settings(&self, chosen: Result<Chosen, Broken>) -> Settings {
        let chosen = match chosen {
            Ok(chosen) => chosen,
            // Which program it is nobody knows, and without `runtimes` nothing else hangs on it.
            Err(broken) if self.names.are_built_in() => {
                return Settings { command: Setting::Broken(broken), ..Settings::default() };
            }
            Err(broken) => return of_runtime(Settings::unknown(broken)),
        };
        if let Some(broken) = self.names.why_broken() {
            return of_runtime(Settings::unknown(broken));
        }
        let built_in = self.names.position(chosen.kind.as_str());
        let built_in = built_in.and_then(|at| self.settings.get(at)).cloned().unwrap_or_default();
        match chosen.own.and_then(|at| self.settings.get(at)) {
            None => built_in,
            Some(own) => own.clone().over(&built_in),
        }
    }
}

/// Unknown settings without those that no runtime has.
fn of_runtime(settings: Settings) -> Settings {
    Settings {
        runtime: Setting::Unset,
        workspace: Setting::Unset,
        boot: Setting::Unset,
        lifecycle: Setting::Unset,
        ..settings
    }
}

fn read_runtime(
    spot: &Spot<'_>,
    built_in: Option<RuntimeKind>,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> (Result<RuntimeKind, Broken>, Settings) {
    let (section, layer) = match built_in {
        Some(_) => (&schema::BUILT_IN, Layer::Extended),
        None => (&schema::OWN_RUNTIME, Layer::Runtime),
    };
    let fields = match Fields::known(spot, section, mistakes) {
        Ok(fields) => fields,
        Err(broken) => {
            return (built_in.ok_or(broken), of_runtime(Settings::unknown(broken)));
        }
    };
    let kind = match (built_in, fields.get("extends")) {
        (Some(kind), _) => Ok(kind),
        (None, Some(spot)) => leaf::word(spot, &schema::RUNTIMES, mistakes),
        (None, None) => Ok(RuntimeKind::Command),
    };
    if let Some(spot) = fields.get("description") {
        drop(leaf::line(spot, mistakes));
    }
    // A runtime names no other one but by `extends`.
    let nothing = RuntimeNames::default();
    let ground = Ground { source, runtimes: &nothing, layer };
    let settings = Settings::read(&fields, ground, mistakes);
    rules::alone(&settings, mistakes);
    (kind, settings)
}
