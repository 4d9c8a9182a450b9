//! The shape of roster version 1: which keys stand in which mapping, and what each may hold. It
//! reads no values. The parser, the JSON Schema and the test of the page all use these tables.

mod json;
mod keys;
mod plans;
mod range;

use std::ops::RangeInclusive;

pub use json::json_schema;
pub use keys::*;
pub use plans::*;
pub use range::*;

/// One kind of mapping.
#[derive(Debug)]
pub struct Section {
    /// What it is called in the JSON Schema.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What its value may be.
    pub holds: Holds,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// What holds without it.
    pub without: Without,
}

/// What holds when a key is not there.
#[derive(Debug, Clone, Copy)]
pub enum Without {
    /// It must be there.
    Required,
    /// This value, as JSON.
    Value(&'static str),
    /// What its `about` says.
    Said,
}

/// What a value may be.
#[derive(Debug)]
pub enum Holds {
    /// The number of the format.
    Version,
    /// A word of `agent@host/tenant`.
    Label,
    /// The name of an agent, which begins with no `mosaic-`.
    Name,
    /// One line of text.
    Line,
    /// A list of texts.
    Texts,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Whole(RangeInclusive<u64>),
    /// A duration, in milliseconds.
    Duration(RangeInclusive<u64>),
    /// One of these.
    Words(&'static [&'static str]),
    /// The path of a directory.
    Directory,
    /// The path of a file.
    File,
    /// A program: a name on the `PATH`, or a path.
    Program,
    /// The name of a socket.
    Socket,
    /// A size of memory or of files, in bytes.
    Memory(RangeInclusive<u64>),
    /// Processor time: percent of a core, or cores.
    Cpu,
    /// A part of a whole: percent, or a fraction.
    Share,
    /// A name of `runtimes`, or one that is built in.
    Runtime,
    /// A line of text; with `roles`, one of their names.
    Role,
    /// Variables.
    Environment,
    /// Labels.
    Labels,
    /// A mapping of known keys.
    Section(&'static Section),
    /// Names, and what an agent of each role starts from.
    Roles,
    /// Names, and what an agent with each runtime starts from.
    Runtimes,
    /// The list of agents.
    Agents,
}

/// One key, as a line of a table.
const fn key(name: &'static str, holds: Holds, without: Without, about: &'static str) -> Key {
    Key { name, holds, about, without }
}

impl Section {
    /// Whether it has this key.
    pub fn has(&self, key: &str) -> bool {
        self.names().any(|name| name == key)
    }

    /// The names of its keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        let keys = self.keys;
        keys.iter().map(|key| key.name)
    }
}

/// Where below this section a key would be right: `every` of an agent is `heartbeat.every`.
pub fn found_below(key: &str, at: &Section) -> Option<String> {
    at.keys.iter().find_map(|outer| {
        let Holds::Section(section) = &outer.holds else { return None };
        if section.has(key) {
            return Some(format!("{}.{key}", outer.name));
        }
        found_below(key, section).map(|path| format!("{}.{path}", outer.name))
    })
}
