//! One guest: its hello, then its frames, until either side ends it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::count_known;
use super::guest::Guest;
use super::pace::Pace;
use crate::clock;
use crate::daemon::guests::{OUTGOING_MAX, is_told};
use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, Counters};
use crate::protocol::{FRAME_BYTES_MAX, FrameMistake, FromGuest, Hello, ToGuest, VERSION, decode};

/// A guest says hello at once; who does not is none.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// A guest that takes no bytes for so long is cut off; it comes back when it lives.
const WRITE_WITHIN: Duration = Duration::from_secs(5);

/// A frame is a few hundred bytes, and a thousand agents have two connections each.
const READ_BYTES: usize = 1024;

/// Serves one connection.
pub async fn run(hands: Arc<Hands>, stream: UnixStream, mut leaving: watch::Receiver<bool>) {
    let Ok(peer) = stream.peer_cred() else { return };
    if peer.uid() != nix::unistd::getuid().as_raw() {
        return;
    }
    let (reader, writer) = stream.into_split();
    let mut reader = BufReader::with_capacity(READ_BYTES, reader);
    let first = timeout(HELLO_WITHIN, line(&mut reader)).await;
    let Some(hello) = first.ok().and_then(Result::ok).and_then(|first| hello(&first)) else {
        let count = hands.guests.count_nameless();
        if is_told(count) {
            let pid = peer.pid();
            tracing::warn!(?pid, count, "a guest was sent away: its first line was no hello");
        }
        return;
    };
    let (outgoing, queue) = mpsc::channel(OUTGOING_MAX);
    let pid = peer.pid().and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0);
    let (connection, cut) = hands.guests.join(outgoing, pid);
    let mut writing = tokio::spawn(write(writer, queue));
    let guest = Guest { connection, hello, pid };
    if let Some(agent) = greet(&hands, &guest).await {
        let serve = async {
            // A connection waits nearly always, and what it does then would lie in its task all the
            // time: two kibibytes for each of two thousand.
            Box::pin(guest.came(&hands, &agent)).await;
            let mut ear = Ear { hands: &hands, agent: &agent, pace: Pace::new(clock::mono_ms()) };
            while let Some(frame) = ear.next(&mut reader).await {
                if !Box::pin(guest.said(&hands, &agent, frame)).await {
                    return;
                }
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
        Box::pin(guest.went(&hands, &agent)).await;
    } else {
        hands.guests.leave(connection);
    }
    // What was said last, a refusal say, still goes out.
    if !writing.is_finished() {
        drop(timeout(WRITE_WITHIN, writing).await);
    }
}

/// The name that it claims, when a fleet can have it and the version fits.
async fn greet(hands: &Hands, guest: &Guest) -> Option<AgentName> {
    let Hello { v, agent, .. } = &guest.hello;
    let refuse = |reason: String| hands.guests.say(guest.connection, ToGuest::Refused { reason });
    match AgentName::parse(agent) {
        Ok(agent) if *v == 0 || *v > VERSION => {
            refuse(format!("version {v} is not spoken here; {VERSION} is"));
            count_known(hands, &agent, |counters| &mut counters.wrong_versions);
            None
        }
        Ok(agent) => Some(agent),
        Err(mistake) => {
            refuse(format!("\"{agent}\" is no agent's name: {mistake}"));
            None
        }
    }
}

/// What is read of a line.
enum Line {
    Whole(Vec<u8>),
    TooLong,
    End,
}

/// The next line. One that is too long is not read to its end.
async fn line(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<Line> {
    let mut line = Vec::new();
    let most = FRAME_BYTES_MAX as u64 + 1;
    if reader.take(most).read_until(b'\n', &mut line).await? == 0 {
        return Ok(Line::End);
    }
    Ok(if line.len() > FRAME_BYTES_MAX { Line::TooLong } else { Line::Whole(line) })
}

/// The hello of a first line, when it is one.
fn hello(first: &Line) -> Option<Hello> {
    let Line::Whole(first) = first else { return None };
    match decode(first) {
        Ok(FromGuest::Hello(hello)) => Some(hello),
        Ok(_) | Err(_) => None,
    }
}

/// Hears one guest, at its pace, and counts what is no frame.
struct Ear<'a> {
    hands: &'a Hands,
    agent: &'a AgentName,
    pace: Pace,
}

impl Ear<'_> {
    /// The next frame; `None` when nothing more is read of it.
    async fn next(&mut self, reader: &mut BufReader<OwnedReadHalf>) -> Option<FromGuest> {
        loop {
            let line = match line(reader).await {
                Ok(Line::Whole(line)) => line,
                Ok(Line::TooLong) => {
                    let count = self.count(|counters| &mut counters.long_lines);
                    self.tell(count, "a line longer than a line may be ended its connection");
                    return None;
                }
                Ok(Line::End) | Err(_) => return None,
            };
            let wait_ms = self.pace.take(line.len(), clock::mono_ms());
            if wait_ms > 0 {
                let count = self.count(|counters| &mut counters.slowed_frames);
                self.tell(count, "it says more than is read at once: it is read slowly");
                sleep(Duration::from_millis(wait_ms)).await;
            }
            match decode(&line) {
                Ok(frame) => return Some(frame),
                Err(FrameMistake::UnknownType(kind)) => {
                    self.count(|counters| &mut counters.unknown_types);
                    tracing::debug!(agent = %self.agent, kind, "a type of another version");
                }
                Err(FrameMistake::TooLong | FrameMistake::Form(_)) => {
                    let count = self.count(|counters| &mut counters.garbage_lines);
                    self.tell(count, "a line that is no frame was skipped");
                }
            }
        }
    }

    fn count(&self, which: fn(&mut Counters) -> &mut u64) -> Option<u64> {
        count_known(self.hands, self.agent, which)
    }

    fn tell(&self, count: Option<u64>, what: &str) {
        if count.is_some_and(is_told) {
            tracing::warn!(agent = %self.agent, count, "{what}");
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Vec<u8>>) {
    while let Some(line) = queue.recv().await {
        match timeout(WRITE_WITHIN, writer.write_all(&line)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}
