//! `fleet up`, `down`, `enable`, `disable`: asks where something would stop, then has it done.

use super::arguments::{DownAsked, UpAsked};
use super::{
    Desk, Exit, Failure, Machine, Upped, apply, interrupted, output, ps, roster_file, waiting,
};

/// Brings the fleet up and shows the table.
pub async fn up(desk: &Desk<impl Machine>, asked: &UpAsked) -> Result<(), Failure> {
    let mut say = |text: &str| output::note(text);
    let roster = match roster_file::checked(desk, asked.roster.as_deref()) {
        Ok(roster) => roster,
        Err(wrong) => {
            if wrong.exit == Exit::WrongRoster {
                revive(desk, &mut say).await;
            }
            return Err(wrong);
        }
    };
    let upped = tokio::select! {
        upped = desk.machine.up(&roster, asked.wait, &mut say) => upped?,
        () = interrupted() => return Err(Failure::new(
            Exit::Interrupted,
            "nobody waits any more; what has begun goes on",
            "`mosaic ps --watch` shows how it ends, `mosaic fleet up` does what is left",
        )),
    };
    let Upped { applied, rows, over, pending } = upped;
    apply::tell(&applied)?;
    ps::draw(desk, &rows)?;
    waiting::verdict(&over, &pending, asked.wait)
}

/// A roster with mistakes is no reason to leave a fleet alone that was there before them.
async fn revive(desk: &Desk<impl Machine>, say: &mut dyn FnMut(&str)) {
    match desk.machine.revive(say).await {
        Ok(true) => output::note("the supervisor is back, with the roster that was applied last"),
        Ok(false) => {}
        Err(why) => drop(why.tell()),
    }
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
