//! The columns: their names, their order, and which of them a narrow terminal loses first.

use crate::fleet::nearest;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The agent's name.
    Agent,
    /// The tenant's label.
    Tenant,
    /// The host's label.
    Host,
    /// What it is for.
    Role,
    /// The program inside.
    Runtime,
    /// What systemd says.
    Unit,
    /// Its pane, and the lifecycle where that says more.
    Session,
    /// Its own process.
    Pid,
    /// What the kernel says of its processes.
    Proc,
    /// What the runtime says it does.
    Activity,
    /// Its last answer.
    Heartbeat,
    /// The verdict.
    Health,
    /// Fields that differ from the roster.
    Drift,
    /// Whether it comes back after a reboot.
    Boot,
    /// Messages that wait for it.
    Inbox,
    /// Who has its keyboard.
    Keyboard,
    /// The roster's labels.
    Labels,
    /// The roster's limits.
    Limits,
}

/// When a column is shown that nobody has named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Always.
    Always,
    /// When there is more than one tenant, and in a wide table.
    ForTenants,
    /// When there is more than one host, and in a wide table.
    ForHosts,
    /// In a wide table.
    Wide,
}

impl Column {
    /// Every column, in the order of the table.
    pub const ALL: &'static [Self] = &[
        Self::Agent,
        Self::Tenant,
        Self::Host,
        Self::Role,
        Self::Runtime,
        Self::Unit,
        Self::Session,
        Self::Pid,
        Self::Proc,
        Self::Activity,
        Self::Heartbeat,
        Self::Health,
        Self::Drift,
        Self::Boot,
        Self::Inbox,
        Self::Keyboard,
        Self::Labels,
        Self::Limits,
    ];

    /// What a narrow terminal loses, first to last: what is looked at least often goes first.
    /// The name and the verdict always stay; the session stays longest, since it alone tells one
    /// that ended from one that nobody can ask.
    pub const LOST: &'static [Self] = &[
        Self::Unit,
        Self::Boot,
        Self::Role,
        Self::Host,
        Self::Tenant,
        Self::Pid,
        Self::Drift,
        Self::Runtime,
        Self::Proc,
        Self::Heartbeat,
        Self::Activity,
        Self::Session,
    ];

    /// The heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Agent => "AGENT",
            Self::Tenant => "TENANT",
            Self::Host => "HOST",
            Self::Role => "ROLE",
            Self::Runtime => "RUNTIME",
            Self::Unit => "UNIT",
            Self::Session => "SESSION",
            Self::Pid => "PID",
            Self::Proc => "PROC",
            Self::Activity => "ACTIVITY",
            Self::Heartbeat => "HEARTBEAT",
            Self::Health => "HEALTH",
            Self::Drift => "DRIFT",
            Self::Boot => "BOOT",
            Self::Inbox => "INBOX",
            Self::Keyboard => "KEYBOARD",
            Self::Labels => "LABELS",
            Self::Limits => "LIMITS",
        }
    }

    /// When it is shown that nobody has named it.
    pub fn shows(self) -> Shows {
        match self {
            Self::Tenant => Shows::ForTenants,
            Self::Host => Shows::ForHosts,
            Self::Inbox | Self::Keyboard | Self::Labels | Self::Limits => Shows::Wide,
            Self::Agent
            | Self::Role
            | Self::Runtime
            | Self::Unit
            | Self::Session
            | Self::Pid
            | Self::Proc
            | Self::Activity
            | Self::Heartbeat
            | Self::Health
            | Self::Drift
            | Self::Boot => Shows::Always,
        }
    }

    /// The most that a short cell of it takes: free text does not push the verdicts out.
    pub fn columns_max(self) -> usize {
        match self {
            Self::Agent => 32,
            Self::Role | Self::Activity | Self::Session => 28,
            Self::Tenant | Self::Host | Self::Runtime | Self::Drift => 20,
            Self::Keyboard | Self::Labels => 40,
            Self::Limits => 48,
            Self::Unit
            | Self::Pid
            | Self::Proc
            | Self::Heartbeat
            | Self::Health
            | Self::Boot
            | Self::Inbox => 24,
        }
    }

    /// The column of this name, in any case; else what is wrong with it.
    pub fn parse(name: &str) -> Result<Self, String> {
        let is_it = |column: &&Self| column.heading().eq_ignore_ascii_case(name.trim());
        Self::ALL.iter().find(is_it).copied().ok_or_else(|| {
            let names = Self::ALL.iter().map(|column| column.heading().to_ascii_lowercase());
            unknown("column", name, &names.collect::<Vec<_>>())
        })
    }
}

/// What is said of a word that is none of these.
pub fn unknown(what: &str, found: &str, words: &[String]) -> String {
    let nearest = nearest(found, words.iter().map(String::as_str));
    let meant = nearest.map_or_else(String::new, |word| format!("did you mean \"{word}\"? "));
    format!("no {what} is named \"{found}\"; {meant}there are {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::Column;

    #[test]
    fn a_column_is_named_in_any_case_and_a_wrong_name_gets_the_nearest() {
        assert_eq!(Column::parse("Health"), Ok(Column::Health));
        let wrong = Column::parse("helth").unwrap_err();
        assert!(wrong.contains("did you mean \"health\"?"), "{wrong}");
        assert!(!Column::parse("colour").unwrap_err().contains("did you mean"));
    }
}
