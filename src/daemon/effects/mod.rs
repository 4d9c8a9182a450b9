//! Effect to hand: each is begun at once and its outcome comes back as an observation.

mod examine;
mod interrupt;
mod keyboard;
mod leftover;
mod lives;
mod messages;
mod output;
mod panes;
mod screen;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::guests::Rhythm;
use super::hands::Hands;
use super::{AskError, Piece, heartbeats, keyboards};
use crate::fleet::{AgentName, ChannelKind, Effect, Fleet, Refusal};
use crate::host::process;
use crate::host::tmux::{Look, WatchPiece};
use crate::protocol::ToGuest;

/// Does what must be done; waits for nothing here.
pub fn act(hands: &Arc<Hands>, effect: Effect) {
    let hands = Arc::clone(hands);
    match effect {
        // Without a connection to tmux nobody has failed: with the next one a pane is asked for again
        // for whoever still lacks it.
        Effect::CreatePane { .. } if hands.tmux().is_none() => {}
        Effect::CreatePane { agent, definition, after_ms } => {
            tokio::spawn(panes::create(hands, agent, *definition, after_ms));
        }
        Effect::ClosePane { agent, window, server_pid, pane_pid } => {
            tokio::spawn(panes::close(hands, agent, window, server_pid, pane_pid));
        }
        Effect::CloseWindow { window, server_pid } => {
            tokio::spawn(async move { panes::close_window(&hands, &window, server_pid).await });
        }
        Effect::Go { agent, session, token, definition, conversation, pane, pane_pid: _ } => {
            hands.starts.begin(&session);
            let go = lives::Go { agent, session, token, definition, conversation, pane };
            tokio::spawn(lives::go(hands, go));
        }
        Effect::StopSession { agent, session, signal, grace_ms, pane_pid: _ } => {
            lives::stop(&hands, &agent, &session, &signal, grace_ms);
        }
        Effect::EndLeftovers { session } => {
            tokio::task::spawn_blocking(move || process::end_marked(&session.0));
        }
        Effect::ForgetExit { agent, session } => lives::forget_exit(&hands, &agent, &session),
        Effect::WatchPane { agent, pane_pid } => {
            tokio::spawn(panes::watch(hands, agent, pane_pid));
        }
        Effect::AcceptChannel { kind, agent, session, connection, every_ms, deadline_ms } => {
            let rhythm = Rhythm { every_ms, deadline_ms };
            if kind == ChannelKind::Native {
                hands.guests.say(connection, ToGuest::Welcome { v: crate::protocol::VERSION });
            }
            tokio::spawn(heartbeats::ask(hands, agent, session, connection, rhythm));
        }
        Effect::ChangeRhythm { connection, every_ms, deadline_ms } => {
            let rhythm = Rhythm { every_ms, deadline_ms };
            hands.guests.change_rhythm(connection, rhythm);
        }
        Effect::RefuseChannel { connection, reason } => {
            hands.guests.say(connection, ToGuest::Refused { reason });
            hands.guests.send_away(connection);
        }
        Effect::Examine { agent, session, pid, pane, over_ms } => {
            tokio::spawn(examine::examine(hands, agent, session, (pid, pane), over_ms));
        }
        Effect::ReplaceChannel { agent, connection } => {
            let reason = "a newer connection of this session has taken its place".to_owned();
            hands.guests.say(connection, ToGuest::Refused { reason });
            hands.guests.send_away(connection);
            hands.guests.count(&agent, |counters| &mut counters.replaced);
        }
        Effect::Deliver { agent, message, way, interrupts } => {
            tokio::spawn(messages::deliver(hands, agent, *message, way, interrupts));
        }
        Effect::LookAgain { agent, message, pane, last: false } => {
            tokio::spawn(messages::look_again(hands, agent, *message, pane));
        }
        Effect::LookAgain { agent, message, pane, last: true } => {
            tokio::spawn(messages::last_look(hands, agent, *message, pane));
        }
        Effect::FollowRuntime { agent, session, pid, definition, pane: _ } => {
            lives::follow_runtime(&hands, agent, session, pid, *definition);
        }
        Effect::LookAtScreen { agent, session, pane: _ } => {
            tokio::spawn(screen::follow(hands, agent, session));
        }
        Effect::RestoreSize { window, columns, rows } => {
            tokio::spawn(panes::resize(hands, window, Some((columns, rows))));
        }
        Effect::FollowSize { window } => {
            tokio::spawn(panes::resize(hands, window, None));
        }
        Effect::FollowHolder { agent, lease, pid, tty } => {
            tokio::spawn(keyboards::follow_holder(hands, (agent, lease), pid, tty));
        }
        Effect::Notify { session, notice } => {
            tokio::spawn(keyboards::notify(hands, session, notice));
        }
        Effect::LetGo { session, window, client } => {
            tokio::spawn(keyboards::let_go(hands, (session, window), client));
        }
        Effect::AcknowledgeOutput { connection, id } => {
            hands.guests.say(connection, ToGuest::OutputRecorded { id });
        }
        Effect::TapPane { agent, pane } => {
            tokio::spawn(async move { output::tap(&hands, &agent, &pane).await });
        }
        Effect::ChangeOutput { agent, session, pane, output } => {
            tokio::spawn(output::change(hands, agent, session, pane, output));
        }
        // The dispatcher's own: it ends its loop.
        Effect::LeaveSupervisor { .. } => {}
    }
}

/// Gives a live look at an agent's pane to whoever asked.
pub fn watch(
    hands: &Arc<Hands>,
    fleet: &Fleet,
    name: &AgentName,
    look: Look,
    reply: oneshot::Sender<Result<mpsc::Receiver<Piece>, AskError>>,
) {
    let lifecycle = fleet.agent(name).map(|agent| agent.lifecycle.word().to_owned());
    let pane = fleet.agent(name).and_then(|agent| agent.pane.clone());
    let (Some(pane), Some(tmux)) = (pane, hands.tmux()) else {
        let refusal = Refusal::NothingToAttach {
            agent: name.to_string(),
            lifecycle: lifecycle.unwrap_or_else(|| "unknown".to_owned()),
        };
        drop(reply.send(Err(AskError::Refused(refusal))));
        return;
    };
    tokio::spawn(async move {
        let watched =
            tmux.watch(&pane, look).await.map_err(|error| AskError::Host(error.to_string()));
        drop(reply.send(watched.map(pieces)));
    });
}

/// A few, as each may be a whole screen: the watch repaints a watcher that falls behind.
const PIECES_MAX: usize = 4;

fn pieces(mut watched: mpsc::Receiver<WatchPiece>) -> mpsc::Receiver<Piece> {
    let (say, pieces) = mpsc::channel(PIECES_MAX);
    tokio::spawn(async move {
        loop {
            let piece = tokio::select! {
                piece = watched.recv() => piece,
                () = say.closed() => return,
            };
            let piece = match piece {
                Some(WatchPiece::Screen { columns, rows, paint, tmux }) => {
                    Piece::Screen { columns, rows, paint, tmux }
                }
                Some(WatchPiece::Output(bytes)) => Piece::Output(bytes),
                Some(WatchPiece::Title(title)) => Piece::Title(title),
                Some(WatchPiece::Gone(reason)) => Piece::Gone(reason),
                None => return,
            };
            if say.send(piece).await.is_err() {
                return;
            }
        }
    });
    pieces
}
