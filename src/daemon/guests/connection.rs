//! One guest: its hello, then its frames, until either side ends it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::{OUTGOING_MAX, heard};
use crate::daemon::hands::Hands;
use crate::fleet::AgentName;
use crate::protocol::{FRAME_BYTES_MAX, FromGuest, Hello, ToGuest, VERSION, decode, encode};

/// A guest says hello at once; who does not is none.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// A guest that takes no bytes for so long is cut off; it comes back when it lives.
const WRITE_WITHIN: Duration = Duration::from_secs(5);

/// Serves one connection.
pub async fn run(hands: Arc<Hands>, stream: UnixStream, mut leaving: watch::Receiver<bool>) {
    let Ok(peer) = stream.peer_cred() else { return };
    if peer.uid() != nix::unistd::getuid().as_raw() {
        return;
    }
    let (reader, writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let Ok(Ok(Some(FromGuest::Hello(hello)))) = timeout(HELLO_WITHIN, next(&mut reader)).await
    else {
        return;
    };
    let (outgoing, queue) = mpsc::channel(OUTGOING_MAX);
    let (connection, cut) = hands.guests.join(outgoing);
    let mut writing = tokio::spawn(write(writer, queue));
    let guest = heard::Guest {
        connection,
        hello,
        pid: peer.pid().and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0),
    };
    if let Some(agent) = greet(&hands, &guest).await {
        let serve = async {
            guest.came(&hands, &agent).await;
            while let Ok(Some(frame)) = next(&mut reader).await {
                guest.said(&hands, &agent, frame).await;
            }
        };
        tokio::select! {
            () = serve => {}
            _ = leaving.wait_for(|leaving| *leaving) => {}
            () = cut.notified() => {}
            // It takes no bytes.
            _ = &mut writing => {}
        }
        hands.guests.leave(connection);
        guest.went(&hands, &agent).await;
    } else {
        hands.guests.leave(connection);
    }
    // What was said last, a refusal say, still goes out.
    if !writing.is_finished() {
        drop(timeout(WRITE_WITHIN, writing).await);
    }
}

/// The name that it claims, when a fleet can have it and the version fits.
async fn greet(hands: &Hands, guest: &heard::Guest) -> Option<AgentName> {
    let Hello { v, agent, .. } = &guest.hello;
    let refuse = |reason: String| hands.guests.say(guest.connection, ToGuest::Refused { reason });
    match AgentName::parse(agent) {
        Ok(_) if *v == 0 || *v > VERSION => {
            refuse(format!("version {v} is not spoken here; {VERSION} is"));
            None
        }
        Ok(agent) => Some(agent),
        Err(mistake) => {
            refuse(format!("\"{agent}\" is no agent's name: {mistake}"));
            None
        }
    }
}

/// The next frame; `None` at the end. A line of a type that we do not know is skipped.
async fn next(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<FromGuest>> {
    loop {
        let mut line = Vec::new();
        let most = FRAME_BYTES_MAX as u64 + 1;
        if (&mut *reader).take(most).read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        if line.len() > FRAME_BYTES_MAX {
            return Err(io::Error::other("a frame longer than a frame may be"));
        }
        match decode(&line) {
            Ok(frame) => return Ok(Some(frame)),
            Err(mistake) => tracing::debug!(%mistake, "a guest's line was skipped"),
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<ToGuest>) {
    while let Some(frame) = queue.recv().await {
        let Ok(line) = encode(&frame) else { continue };
        match timeout(WRITE_WITHIN, writer.write_all(&line)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}
