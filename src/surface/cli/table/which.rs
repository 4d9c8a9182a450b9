//! Which rows are shown: by name, label, role, health, lifecycle. Names are exact, never a prefix.

use clap::Args;

use super::super::{Exit, Failure};
use crate::fleet::nearest;
use crate::wire::Row;

/// The words of a health.
const HEALTHS: [&str; 5] = ["starting", "healthy", "late", "unresponsive", "unknown"];

/// The words of a lifecycle.
const LIFECYCLES: [&str; 7] =
    ["absent", "starting", "running", "stopping", "exited", "held", "unknown"];

/// Which rows. Different options must all hold; of the values of one, any may, but of labels all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Which {
    /// Only these agents; exact names.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Only with this label, of this value if one is given; again for more, all must hold.
    #[arg(long = "label", value_name = "KEY[=VALUE]", value_parser = LabelAsked::parse)]
    pub labels: Vec<LabelAsked>,
    /// Only of this role; again for more.
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// Only of this health: starting, healthy, late, unresponsive, unknown; several with commas.
    #[arg(long = "health", value_name = "HEALTH", value_delimiter = ',', value_parser = HEALTHS)]
    #[arg(hide_possible_values = true)]
    pub healths: Vec<String>,
    /// Only in this lifecycle: absent, starting, running, stopping, exited, held, unknown; several
    /// with commas.
    #[arg(long = "lifecycle", value_name = "LIFECYCLE", value_delimiter = ',')]
    #[arg(value_parser = LIFECYCLES, hide_possible_values = true)]
    pub lifecycles: Vec<String>,
}

/// A label that a row must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelAsked {
    key: String,
    value: Option<String>,
}

impl LabelAsked {
    /// `key` or `key=value`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (text, None),
        };
        if key.is_empty() {
            return Err(format!("\"{text}\" names no label; write key or key=value"));
        }
        Ok(Self { key: key.to_owned(), value })
    }

    fn is_on(&self, row: &Row) -> bool {
        let value = row.labels.get(&self.key);
        value.is_some_and(|value| self.value.as_ref().is_none_or(|wanted| wanted == value))
    }
}

impl Which {
    /// Whether all rows are asked for.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this row is asked for.
    pub fn takes(&self, row: &Row) -> bool {
        let any =
            |words: &[String], word: &str| words.is_empty() || words.iter().any(|w| w == word);
        any(&self.names, &row.agent)
            && any(&self.roles, row.role.as_deref().unwrap_or_default())
            && any(&self.healths, &row.health)
            && any(&self.lifecycles, &row.lifecycle)
            && self.labels.iter().all(|label| label.is_on(row))
    }

    /// Names that no row has are a mistake: a table without them would look like an absence.
    pub fn known<'a>(&self, rows: impl Iterator<Item = &'a Row> + Clone) -> Result<(), Failure> {
        let is_there = |name: &str| rows.clone().any(|row| row.agent == name);
        let Some(missing) = self.names.iter().find(|name| !is_there(name)) else {
            return Ok(());
        };
        let hint = match nearest(missing, rows.clone().map(|row| row.agent.as_str())) {
            Some(nearest) => format!("did you mean \"{nearest}\"?"),
            None => "`mosaic agent list` names them all".to_owned(),
        };
        Err(Failure::new(Exit::NotFound, format!("no agent is named \"{missing}\""), &hint))
    }
}
