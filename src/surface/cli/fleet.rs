//! `fleet up`, `down`, `enable`, `disable`: asks where something would stop, then has it done.

use super::arguments::{DownAsked, UpAsked};
use super::{Desk, Exit, Failure, Machine, Upped, output, ps, roster_file};
use crate::wire::{ApplyReply, Row};

/// Brings the fleet up and shows the table.
pub async fn up(desk: &Desk<impl Machine>, asked: &UpAsked) -> Result<(), Failure> {
    let roster = roster_file::checked(desk, asked.roster.as_deref())?;
    let mut say = |text: &str| output::note(text);
    let Upped { applied, rows, pending } = desk.machine.up(&roster, asked.wait, &mut say).await?;
    tell(&applied)?;
    ps::draw(desk, &rows)?;
    if !pending.is_empty() {
        let message =
            format!("no verdict after {} s on {}", asked.wait.as_secs(), pending.join(", "));
        let hint = format!("`mosaic agent explain {}` says what it waits for", pending[0]);
        return Err(Failure::new(Exit::Timeout, message, &hint));
    }
    let ended = ended(&applied, &rows);
    match ended.first() {
        None => Ok(()),
        Some(first) => {
            let message = format!("started and ended again: {}", ended.join(", "));
            let hint = format!("`mosaic agent explain {first}` shows its last lines");
            Err(Failure::new(Exit::Failed, message, &hint))
        }
    }
}

/// One line for each agent that is not as before.
fn tell(applied: &ApplyReply) -> Result<(), Failure> {
    for warning in &applied.warnings {
        output::note(warning);
    }
    for change in &applied.changes {
        let what = match change.what.as_str() {
            "unchanged" => continue,
            "changed" => "changed; it lives on as it was started".to_owned(),
            "updated" => "updated; its next start uses it".to_owned(),
            "gone" => "gone from the roster; it lives on until it is stopped".to_owned(),
            other => other.to_owned(),
        };
        let fields = match change.fields.as_slice() {
            [] => String::new(),
            fields => format!(" ({})", fields.join(", ")),
        };
        output::line(&format!("{}: {what}{fields}", change.agent))?;
    }
    Ok(())
}

/// The agents that this `up` started and that run no more.
fn ended(applied: &ApplyReply, rows: &[Row]) -> Vec<String> {
    let is_over = |agent: &str| {
        rows.iter().any(|row| {
            row.managed && row.agent == agent && matches!(row.lifecycle.as_str(), "exited" | "held")
        })
    };
    applied
        .changes
        .iter()
        .filter(|change| change.what == "starting" && is_over(&change.agent))
        .map(|change| change.agent.clone())
        .collect()
}

/// Stops the fleet, after asking.
pub async fn down(desk: &Desk<impl Machine>, asked: &DownAsked) -> Result<(), Failure> {
    let question = if asked.keep_agents {
        "End the supervisor and leave the agents running?"
    } else {
        "Stop every agent and the supervisor?"
    };
    if !asked.yes {
        if !output::can_ask() {
            return Err(Failure::new(
                Exit::NotATerminal,
                "`fleet down` asks first, and nobody can answer here",
                "`mosaic fleet down --yes` asks nothing",
            ));
        }
        // Somebody to ask about nothing is bothered for nothing.
        desk.client.status().await?;
        if !output::agrees(question).await {
            return Err(Failure::new(Exit::Refused, "nothing was stopped", ""));
        }
    }
    let said = desk.machine.down(asked.keep_agents).await?;
    output::line(&said)
}

/// Installs the units.
pub async fn enable(desk: &Desk<impl Machine>, now: bool, yes: bool) -> Result<(), Failure> {
    let done =
        desk.machine.enable(now, &mut async |question: &str| asks(question, yes).await).await?;
    done.iter().try_for_each(|sentence| output::line(sentence))
}

/// Removes the units.
pub async fn disable(desk: &Desk<impl Machine>, now: bool, yes: bool) -> Result<(), Failure> {
    let done =
        desk.machine.disable(now, &mut async |question: &str| asks(question, yes).await).await?;
    done.iter().try_for_each(|sentence| output::line(sentence))
}

async fn asks(question: &str, yes: bool) -> bool {
    yes || (output::can_ask() && output::agrees(question).await)
}
