//! Reads the roster where nobody is there to answer: at SIGHUP, and at the first start in a unit.
//! What is wrong with it, and what it changes, goes into the log.

use std::path::Path;

use super::reads::read_roster;
use super::{Caller, Dispatcher};
use crate::fleet::{Answer, Command, Consent};
use crate::places::Places;

/// Takes the roster that was applied last, else the one in its usual place. A roster with mistakes
/// changes nothing.
pub async fn reread(places: Places, dispatcher: Dispatcher, consent: Consent) {
    let applied = dispatcher.snapshot().fleet.roster_path.clone();
    let path = applied.unwrap_or_else(|| places.roster().display().to_string());
    let (roster, warnings) = match read_roster(Path::new(&path)) {
        Ok(read) => read,
        Err(error) => {
            let body = error.body();
            for mistake in &body.details {
                tracing::warn!(mistake, "the roster");
            }
            let next = body.hint.as_deref().unwrap_or_default();
            return tracing::warn!(path, next, "{}", body.message);
        }
    };
    for warning in warnings {
        tracing::warn!(warning, "the roster");
    }
    let caller = Caller { actor: "supervisor".to_owned(), ..Caller::default() };
    let command = Command::ApplyRoster { path: path.clone(), roster, consent };
    match dispatcher.command(command, caller).await {
        Ok(done) => tell(&path, done.answer),
        Err(error) => tracing::warn!(path, ?error, "apply the roster"),
    }
}

fn tell(path: &str, answer: Answer) {
    let Answer::Changes(changes) = answer else { return };
    let mut differs = 0;
    for change in changes.iter().filter(|change| change.what != "unchanged") {
        tracing::info!(agent = change.agent, what = change.what, why = change.detail, "the roster");
        differs += 1;
    }
    let next = if differs == 0 { "" } else { "mosaic fleet apply" };
    tracing::info!(path, differs, next, "the roster was read again");
}
