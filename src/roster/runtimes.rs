//! The `runtimes` of a roster: what agents with a built-in one start from, and those of the user's own.

use crate::fleet::RuntimeKind;

use super::check;
use super::fields::{Fields, Spot};
use super::leaf;
use super::mistake::{Broken, Mistakes};
use super::names::read_name;
use super::schema;
use super::setting::{Layer, Setting};
use super::settings::{Ground, Settings};
use super::source::Source;

/// The runtime of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// What it behaves as.
    pub kind: RuntimeKind,
    /// Which of the roster's own it is, if it is one.
    own: Option<usize>,
}

/// One of `runtimes`.
#[derive(Debug)]
struct Runtime {
    name: String,
    /// What it behaves as.
    kind: Result<RuntimeKind, Broken>,
    settings: Settings,
}

/// What the roster says of runtimes.
#[derive(Debug, Default)]
pub struct Runtimes {
    known: Vec<Runtime>,
    /// Set when the section as a whole is wrong: then any name may be one of it.
    broken: Option<Broken>,
}

impl Runtimes {
    /// Reads `runtimes`.
    pub fn read(spot: Option<&Spot<'_>>, source: &Source<'_>, mistakes: &mut Mistakes) -> Self {
        let mut runtimes = Self::default();
        let Some(spot) = spot else { return runtimes };
        let fields = match Fields::any(spot, mistakes) {
            Ok(fields) => fields,
            Err(broken) => return Self { known: Vec::new(), broken: Some(broken) },
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
            runtimes.known.push(Runtime { name: name.to_owned(), kind, settings });
        }
        runtimes
    }

    /// The runtime that a value names.
    pub fn choose(&self, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<Chosen, Broken> {
        let built_in = schema::RUNTIMES.iter().map(|(word, kind)| (*word, Ok((*kind, None))));
        let own = self.own().map(|(at, runtime)| {
            (runtime.name.as_str(), runtime.kind.map(|kind| (kind, Some(at))))
        });
        let words: Vec<_> = built_in.chain(own).collect();
        let text = leaf::as_text(spot.node);
        if let Some(broken) = self.broken
            && !words.iter().any(|(word, _)| Some(*word) == text)
        {
            return Err(broken);
        }
        let (kind, own) = leaf::word(spot, &words, mistakes)??;
        Ok(Chosen { kind, own })
    }

    /// The name of a runtime of the roster's own.
    pub fn name(&self, chosen: Chosen) -> Option<String> {
        Some(self.known.get(chosen.own?)?.name.clone())
    }

    /// What an agent with this runtime starts from: its own settings, over those of the built-in
    /// one that it extends.
    pub fn settings(&self, chosen: Result<Chosen, Broken>) -> Settings {
        let chosen = match chosen {
            Ok(chosen) => chosen,
            // Which program it is nobody knows, and without `runtimes` nothing else hangs on it.
            Err(broken) if self.known.is_empty() && self.broken.is_none() => {
                return Settings { command: Setting::Broken(broken), ..Settings::default() };
            }
            Err(broken) => return of_runtime(Settings::unknown(broken)),
        };
        if let Some(broken) = self.broken {
            return of_runtime(Settings::unknown(broken));
        }
        let word = chosen.kind.as_str();
        let built_in = self.known.iter().find(|runtime| runtime.name == word);
        let built_in = built_in.map(|runtime| runtime.settings.clone()).unwrap_or_default();
        match chosen.own.and_then(|at| self.known.get(at)) {
            None => built_in,
            Some(own) => own.settings.clone().over(&built_in),
        }
    }

    fn own(&self) -> impl Iterator<Item = (usize, &Runtime)> {
        let is_own = |name: &str| schema::RUNTIMES.iter().all(|(word, _)| *word != name);
        self.known.iter().enumerate().filter(move |(_, runtime)| is_own(&runtime.name))
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
    let nothing = Runtimes::default();
    let ground = Ground { source, runtimes: &nothing, layer };
    let settings = Settings::read(&fields, ground, mistakes);
    check::alone(&settings, mistakes);
    (kind, settings)
}
