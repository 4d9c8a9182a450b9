//! `agent watch`: an agent's screen, live. It sends nothing to the agent, whatever is pressed.

mod canvas;
pub mod keys;
mod stage;

use std::io::IsTerminal as _;

use super::arguments::WatchAsked;
use super::{Desk, Exit, Failure, Machine, interrupted, output};
use crate::terminal::screen;
use crate::wire::client::ClientError;

/// Draws on a terminal; into a pipe goes the raw stream.
pub async fn run(desk: &Desk<impl Machine>, asked: &WatchAsked) -> Result<(), Failure> {
    if !asked.raw && std::io::stdout().is_terminal() {
        output::drawable("watch", "piped, it is the raw stream: `mosaic watch NAME | cat -v`")?;
        return stage::show(&desk.client, &asked.agent).await;
    }
    tokio::select! {
        streamed = stream(desk, &asked.agent) => streamed,
        () = interrupted() => Err(Failure::silent(Exit::Interrupted)),
        () = screen::reader_left() => Err(Failure::silent(Exit::BrokenPipe)),
    }
}

/// The bytes of the pane until the supervisor ends them, or nobody reads them any more.
async fn stream(desk: &Desk<impl Machine>, agent: &str) -> Result<(), Failure> {
    let mut chunks = desk.client.watch_raw(agent).await?;
    loop {
        match chunks.next().await {
            Ok(Some(bytes)) => output::write_bytes(&bytes)?,
            // A supervisor that was killed ends it in the middle.
            Ok(None) | Err(ClientError::Left { .. }) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new(
        Exit::NoSupervisor,
        format!("the supervisor ended the stream of \"{agent}\""),
        "`mosaic ps` says whether it still runs",
    ))
}
