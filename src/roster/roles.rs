//! The `roles` of a roster: names, and what an agent of each starts from.

use super::fields::Fields;
use super::leaf;
use super::mistake::{Broken, Mistakes};
use super::names::read_name;
use super::rules;
use super::runtime_names::RuntimeNames;
use super::schema;
use super::setting::Layer;
use super::settings::{Ground, Settings};
use super::source::Source;
use super::spot::Spot;

/// What the roster says of roles.
#[derive(Debug)]
pub enum Roles {
    /// Nothing: a role is a line of text.
    Free,
    /// These; a role is one of them.
    Known(Vec<Role>),
    /// Something wrong: any name may be one of them.
    Broken(Broken),
}

/// One of `roles`.
#[derive(Debug)]
pub struct Role {
    name: String,
    description: Option<String>,
    settings: Settings,
}

/// The role of an agent, and what it starts from by it.
#[derive(Debug)]
pub struct Start {
    pub role: Result<Option<String>, Broken>,
    pub description: Option<String>,
    pub settings: Settings,
}

impl Roles {
    /// Reads `roles`.
    pub fn read(
        spot: Option<&Spot<'_>>,
        source: &Source<'_>,
        runtimes: &RuntimeNames,
        mistakes: &mut Mistakes,
    ) -> Self {
        let Some(spot) = spot else { return Self::Free };
        let fields = match Fields::any(spot, mistakes) {
            Ok(fields) => fields,
            Err(broken) => return Self::Broken(broken),
        };
        let ground = Ground { source, runtimes, layer: Layer::Role };
        let mut known = Vec::new();
        for (name, entry) in fields.iter() {
            drop(read_name(name, spot.place_of_key(name), &entry.path, mistakes));
            known.push(read_role(name, entry, ground, mistakes));
        }
        Self::Known(known)
    }

    /// The role that an agent names, if it names one, and what it starts from by it.
    pub fn choose(&self, spot: Option<&Spot<'_>>, mistakes: &mut Mistakes) -> Start {
        let Some(spot) = spot else { return Start::default() };
        let roles = match self {
            Self::Free => {
                let role = leaf::line(spot, mistakes).map(Some);
                return Start { role, ..Start::default() };
            }
            Self::Known(roles) => roles,
            Self::Broken(broken) => return Start::unknown(*broken),
        };
        let words: Vec<_> = roles.iter().map(|role| (role.name.as_str(), role)).collect();
        match leaf::word(spot, &words, mistakes) {
            Ok(role) => Start {
                role: Ok(Some(role.name.clone())),
                description: role.description.clone(),
                settings: role.settings.clone(),
            },
            Err(broken) => Start::unknown(broken),
        }
    }
}

impl Start {
    fn unknown(broken: Broken) -> Self {
        Self { role: Err(broken), description: None, settings: Settings::unknown(broken) }
    }
}

impl Default for Start {
    fn default() -> Self {
        Self { role: Ok(None), description: None, settings: Settings::default() }
    }
}

fn read_role(name: &str, spot: &Spot<'_>, ground: Ground<'_>, mistakes: &mut Mistakes) -> Role {
    let name = name.to_owned();
    let fields = match Fields::known(spot, &schema::ROLE, mistakes) {
        Ok(fields) => fields,
        Err(broken) => {
            return Role { name, description: None, settings: Settings::unknown(broken) };
        }
    };
    let description = fields.get("description").and_then(|spot| leaf::line(spot, mistakes).ok());
    let settings = Settings::read(&fields, ground, mistakes);
    rules::alone(&settings, mistakes);
    Role { name, description, settings }
}
