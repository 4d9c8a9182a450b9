//! What keeps a table from being the whole truth, a sentence each. It repairs nothing.

use crate::wire::SupervisorStatus;

/// What could not be asked, what cannot be written, and what the supervisor is short of. A table
/// without it would look like an absence.
pub fn trouble(
    supervisor: Option<&SupervisorStatus>,
    incomplete: &[String],
) -> impl Iterator<Item = String> {
    let tmux = supervisor.map(|supervisor| supervisor.tmux.as_str());
    let tmux = tmux.filter(|state| *state != "running");
    let tmux = tmux.map(|state| format!("our tmux server is out of reach: {state}"));
    let journal = supervisor.and_then(|supervisor| supervisor.journal.as_deref());
    let journal = journal.map(|since| {
        let cure = cure(since);
        format!("journal {since}: commands are refused, agents live on; {cure}")
    });
    let strained = supervisor.and_then(|supervisor| supervisor.strained.as_deref());
    let strained = strained.map(|limit| {
        format!(
            "the supervisor is at a limit of this host: {limit}: who comes now waits, agents live \
             on; raise that limit (`ulimit -n`), or end what takes so much"
        )
    });
    incomplete.iter().cloned().chain(tmux).chain(journal).chain(strained)
}

/// What has the journal take events again; by the first word of why it does not.
fn cure(since: &str) -> &'static str {
    match since.split(' ').next() {
        Some("full") => "make room on its disk",
        Some("read-only") => "make it writable again",
        Some("locked") => "end the other program",
        Some(_) | None => "its supervisor's log says why",
    }
}
