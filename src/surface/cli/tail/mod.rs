//! `agent tail`: what an agent wrote, as lines; read through the supervisor, or from the files.

mod line;
mod page;
mod source;
#[cfg(test)]
mod tests;
mod verified;
mod written;

use std::io::IsTerminal as _;

use super::arguments::TailAsked;
use super::output::Paint;
use super::{Desk, Exit, Failure, Machine, interrupted, output};
use crate::clock;
use crate::terminal::screen;
use crate::wire::OutputFrame;
use crate::wire::client::{OutputFrom, OutputQuery};
use source::Source;
use written::{Form, Written};

/// What is shown without a word about how much.
const LINES: usize = 100;

/// Lines are looked for so many further back, so that what a program draws over them is seen drawn.
const LINES_BEFORE: u64 = 1000;

/// Shows what an agent wrote.
pub async fn run(desk: &Desk<impl Machine>, asked: &TailAsked) -> Result<(), Failure> {
    if asked.verify {
        return verified::run(desk, &asked.agent, asked.json).await;
    }
    tokio::select! {
        // The end of the reader counts before what cannot be written to it.
        biased;
        () = screen::reader_left(), if asked.follow => Err(Failure::silent(Exit::BrokenPipe)),
        shown = show(desk, asked) => shown,
        () = interrupted() => Err(Failure::silent(Exit::Interrupted)),
    }
}

async fn show(desk: &Desk<impl Machine>, asked: &TailAsked) -> Result<(), Failure> {
    let is_terminal = std::io::stdout().is_terminal();
    let form = Form {
        // Who wants no colours anywhere wants none here.
        is_coloured: asked.ansi || (!asked.plain && is_terminal && desk.paint == Paint::Coloured),
        has_rules: is_terminal,
    };
    let most = asked.lines.or(asked.since.is_none().then_some(LINES));
    let from = match asked.since {
        Some(since) => {
            let since_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
            OutputFrom::SinceMs(clock::now().wall_ms.saturating_sub(since_ms))
        }
        None if most == Some(0) => OutputFrom::Lines(0),
        None => OutputFrom::Lines(most.unwrap_or(LINES) as u64 + LINES_BEFORE),
    };
    let query = OutputQuery { from, follow: asked.follow };
    let mut source = Source::open(desk, &asked.agent, query).await?;
    let mut written = Written::new(form, most, asked.follow);
    while let Some(frame) = source.next(desk).await? {
        if let OutputFrame::Head { recorded, stopped } = &frame {
            if let Some(note) = head(&asked.agent, *recorded, stopped.as_deref()) {
                tell(desk, asked, &note).await;
            }
            continue;
        }
        let text = written.take(frame);
        if !text.is_empty() {
            write(desk, asked, &text).await?;
        }
        for note in written.notes() {
            tell(desk, asked, &note).await;
        }
    }
    write(desk, asked, &written.rest()).await?;
    if written.is_empty() {
        let note = format!("nothing of \"{}\" is kept for this time", asked.agent);
        tell(desk, asked, &note).await;
    }
    Ok(())
}

/// What is still to come is shown when it comes; all else may be paged.
async fn write(desk: &Desk<impl Machine>, asked: &TailAsked, text: &str) -> Result<(), Failure> {
    if asked.follow { output::write(text) } else { desk.pages.write(text).await }
}

async fn tell(desk: &Desk<impl Machine>, asked: &TailAsked, note: &str) {
    if asked.follow { output::note(note) } else { desk.pages.note(note).await }
}

/// What has to be known of output that is not there.
fn head(agent: &str, recorded: Option<bool>, stopped: Option<&str>) -> Option<String> {
    if recorded == Some(false) {
        let why = "the roster says `output: {record: false}`";
        return Some(format!("the output of \"{agent}\" is not recorded: {why}"));
    }
    let reason = stopped?;
    Some(format!("the output of \"{agent}\" is not recorded now: {reason}"))
}
