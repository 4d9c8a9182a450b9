//! `ps --watch`: the table, drawn again when something changes. It asks; it touches no agent.
//!
//! An event has the rows asked for at once. What no event tells (ages, processor, memory, sessions
//! that are not ours) is asked again at the pace of the finest age that stands on the screen.

mod board;

use std::io::IsTerminal as _;
use std::time::Duration;

use super::arguments::PsAsked;
use super::output::Paint;
use super::ps;
use super::table::age;
use super::watch::keys::{Wish, wishes};
use super::{Desk, Exit, Failure, Machine, output};
use crate::clock;
use crate::terminal::screen::{self, Taken};
use crate::terminal::signals::{Signals, Told};
use crate::wire::PsReply;
use crate::wire::client::{Fresh, News};
use board::Board;

/// While an age in seconds is shown.
const SECOND: Duration = Duration::from_secs(1);

/// While every age that is shown is in minutes or more.
const SLOW: Duration = Duration::from_secs(10);

/// A supervisor that is away for longer was not just restarted.
const ABSENCE_MAX: Duration = Duration::from_secs(60);

/// Shows the table until somebody quits or nothing can be shown any more.
pub async fn show(desk: &Desk<impl Machine>, asked: &PsAsked) -> Result<(), Failure> {
    if !std::io::stdout().is_terminal() {
        let message = "`ps --watch` draws on a terminal, and standard output is none";
        let hint = "`mosaic events --follow` tells what happens line by line, into a pipe as well";
        return Err(Failure::new(Exit::NotATerminal, message, hint));
    }
    output::drawable("ps --watch", "`mosaic ps` shows the table once")?;
    // Asked before the terminal is taken: a wrong name leaves no trace on it.
    let (fresh, reply) = Fresh::open(desk.client.clone(), SLOW).await?;
    asked.which.known(reply.rows.iter())?;
    let taken = Taken::take().map_err(|why| {
        let hint = "`mosaic ps` shows the table once";
        Failure::new(Exit::NotATerminal, format!("take the terminal: {why}"), hint)
    })?;
    let ended = perform(fresh, reply, asked, desk.paint, &taken).await;
    drop(taken);
    ended
}

async fn perform(
    mut fresh: Fresh,
    mut reply: PsReply,
    asked: &PsAsked,
    paint: Paint,
    taken: &Taken,
) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let mut board = Board::new(screen::room());
    loop {
        let page = ps::page(&reply, asked, paint, Some(board.columns()));
        let drawn = board.draw(page, notice(&fresh), paint);
        if !drawn.is_empty() {
            screen::paint(&drawn)?;
        }
        fresh.good_for(pace(&reply));
        tokio::select! {
            news = fresh.next() => match news? {
                News::Rows(rows) => reply = *rows,
                News::Away(why) if fresh.away_for() > Some(ABSENCE_MAX) => return Err(why.into()),
                News::Happened(_) | News::Away(_) => {}
            },
            pressed = taken.keys() => if let Some(end) = press(&pressed?, &mut board) {
                return end;
            },
            told = signals.next() => match told {
                Told::Resized => board = Board::new(screen::room()),
                Told::Interrupt => return Err(Failure::silent(Exit::Interrupted)),
                Told::Leave => return Err(Failure::silent(Exit::Terminated)),
            },
        }
    }
}

/// Takes keys; how it ends, when one ends it.
fn press(bytes: &[u8], board: &mut Board) -> Option<Result<(), Failure>> {
    if bytes.is_empty() {
        return Some(Err(Failure::silent(Exit::Terminated)));
    }
    for wish in wishes(bytes) {
        match wish {
            Wish::Quit => return Some(Ok(())),
            Wish::Interrupt => return Some(Err(Failure::silent(Exit::Interrupted))),
            Wish::Pan(_, rows) => board.scroll(rows),
            Wish::Follow => board.scroll(i32::MIN),
            Wish::Suspend | Wish::Page(_) | Wish::Top | Wish::Live | Wish::Help | Wish::Other => {}
        }
    }
    None
}

/// How long rows are good for while nothing happens.
fn pace(reply: &PsReply) -> Duration {
    let now = clock::now().wall_ms;
    let since = |at: u64| now.saturating_sub(at);
    let youngest = reply.rows.iter().filter(|row| row.lifecycle == "running").flat_map(|row| {
        [
            row.session.as_ref().map(|session| since(session.since_ms)),
            row.activity.since_ms.map(since),
            row.heartbeat.as_ref().and_then(|beat| beat.age_ms),
        ]
    });
    let in_seconds = |age_ms: u64| age_ms < 60_000;
    if youngest.flatten().any(in_seconds) { SECOND } else { SLOW }
}

/// What is said instead of the summary while nobody answers: how old the rows are.
fn notice(fresh: &Fresh) -> Option<String> {
    let away = age(u64::try_from(fresh.away_for()?.as_millis()).unwrap_or(u64::MAX));
    Some(format!("the supervisor does not answer: rows of {away} ago; looking for it"))
}
