//! Who and where: `agent@host/tenant` stands in every record and message.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One machine: the machine-id is its identity, the hostname its label.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Host {
    /// `/etc/machine-id`, 32 hexadecimal digits.
    pub id: String,
    /// What people call it; the roster's `host`, else the hostname.
    pub label: String,
}

/// One Linux uid with its own supervisor, socket and roster.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tenant {
    /// The numeric uid: the identity.
    pub uid: u32,
    /// The label: the roster's `tenant`, else the user's name.
    pub label: String,
}

/// The name of an agent, shared by all who know it: `^[a-z][a-z0-9-]{0,30}[a-z0-9]$`, and no `mosaic-` in front.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AgentName(Arc<str>);

/// Why a text is not the name of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameMistake {
    /// Outside `^[a-z][a-z0-9-]{0,30}[a-z0-9]$`.
    Form,
    /// Begins with `mosaic-`, which belongs to the supervisor's own sessions.
    Reserved,
}

impl fmt::Display for NameMistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Form => {
                "a name has 2 to 32 characters: a lower-case letter first, then a-z, 0-9 and -, \
                 not ending in -"
            }
            Self::Reserved => "names that begin with `mosaic-` belong to mosaic itself",
        })
    }
}

impl std::error::Error for NameMistake {}

impl AgentName {
    /// Checks and wraps a name.
    pub fn parse(text: &str) -> Result<Self, NameMistake> {
        let bytes = text.as_bytes();
        let ends_well = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let inside = |byte: &u8| ends_well(byte) || *byte == b'-';
        let formed = (2..=32).contains(&bytes.len())
            && bytes.first().is_some_and(u8::is_ascii_lowercase)
            && bytes.last().is_some_and(ends_well)
            && bytes.iter().all(inside);
        if !formed {
            Err(NameMistake::Form)
        } else if text.starts_with("mosaic-") {
            Err(NameMistake::Reserved)
        } else {
            Ok(Self(Arc::from(text)))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for AgentName {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// An agent's full address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The agent.
    pub agent: AgentName,
    /// The host's label.
    pub host: String,
    /// The tenant's label.
    pub tenant: String,
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}/{}", self.agent, self.host, self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::{AgentName, NameMistake};

    #[test]
    fn names_keep_to_their_form() {
        for good in ["ab", "a1", "ada", "a-1", "a-10", &"a".repeat(32)] {
            assert!(AgentName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "1a", "Ada", "a_b", "a-", "-a", "a.b", "%1", &"a".repeat(33)] {
            assert_eq!(AgentName::parse(bad), Err(NameMistake::Form), "{bad}");
        }
        assert_eq!(AgentName::parse("mosaic-hub"), Err(NameMistake::Reserved));
    }
}
