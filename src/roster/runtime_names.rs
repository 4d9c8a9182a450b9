//! The runtimes that an agent may name: the built-in ones and the roster's own; not what they set.

use crate::fleet::RuntimeKind;

use super::leaf;
use super::mistake::{Broken, Mistakes};
use super::schema;
use super::spot::Spot;

/// The runtime of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// What it behaves as.
    pub kind: RuntimeKind,
    /// Which of the roster's own it is, if it is one.
    pub(super) own: Option<usize>,
}

/// One of `runtimes`.
#[derive(Debug)]
struct Runtime {
    name: String,
    /// What it behaves as.
    kind: Result<RuntimeKind, Broken>,
}

/// The names that the roster gives to runtimes, in its order.
#[derive(Debug, Default)]
pub struct RuntimeNames {
    known: Vec<Runtime>,
    /// Set when the section as a whole is wrong: then any name may be one of it.
    broken: Option<Broken>,
}

impl RuntimeNames {
    /// Those of a section that nobody could read.
    pub fn broken(broken: Broken) -> Self {
        Self { known: Vec::new(), broken: Some(broken) }
    }

    /// One more.
    pub fn add(&mut self, name: &str, kind: Result<RuntimeKind, Broken>) {
        self.known.push(Runtime { name: name.to_owned(), kind });
    }

    /// Why the section could not be read, if it could not.
    pub fn why_broken(&self) -> Option<Broken> {
        self.broken
    }

    /// Whether the roster says nothing of runtimes.
    pub fn are_built_in(&self) -> bool {
        self.known.is_empty() && self.broken.is_none()
    }

    /// Which of the roster's entries has this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.known.iter().position(|runtime| runtime.name == name)
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

    fn own(&self) -> impl Iterator<Item = (usize, &Runtime)> {
        let is_own = |name: &str| schema::RUNTIMES.iter().all(|(word, _)| *word != name);
        self.known.iter().enumerate().filter(move |(_, runtime)| is_own(&runtime.name))
    }
}
