//! Who sends: programs over the API, which ask again with their key until they have an answer, and
//! people by the command line.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use super::arena::Arena;
use crate::support::{Dice, Output, ask};

/// A longer one would not show whole in a composer, and could not be told from a person's draft.
const BODIES: [&str; 6] = [
    "look at the build",
    "two\nlines; and \t a tab",
    "\u{4e16}\u{754c} gr\u{fc}\u{df}e \u{1f44b} e\u{301}",
    "$(this) \"is\" 'text' #{pane_id} \\ not a command",
    "a line that is so long that it does not fit into a row of eighty columns and is wrapped there",
    "/exit 3 is no command here",
];

/// A send that was acknowledged.
pub struct Acknowledged {
    /// What no other text holds.
    pub mark: String,
    pub text: String,
    pub agent: String,
    pub id: String,
    /// The last that its sender was told of it.
    pub state: String,
}

/// Sends until there is nothing more to send.
pub fn run(arena: &Arena, by_api: bool, mut dice: Dice) {
    loop {
        let number = arena.next.fetch_add(1, Ordering::Relaxed);
        if number >= arena.plan_sends {
            return;
        }
        let mut again = 0;
        loop {
            let mark = format!("<{number}.{again}>");
            let agent = dice.pick(&arena.agents).clone();
            let text = text(&mark, &mut dice);
            let sent = match by_api {
                true => send(arena, &agent, &mark, &text, &mut dice),
                false => send_by_hand(arena, &agent, &text, &mut dice),
            };
            if let Some((id, state)) = sent {
                let one = Acknowledged { mark, text, agent, id, state };
                arena.acknowledged.lock().unwrap().push(one);
                break;
            }
            again += 1;
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

fn text(mark: &str, dice: &mut Dice) -> String {
    let body = dice.pick(&BODIES);
    match dice.below(100) {
        0 => format!("{mark} {}", format!("{body} ").repeat(200).trim_end()),
        _ => format!("{mark} {body}"),
    }
}

/// Over the API; nothing when the mailbox is full.
fn send(
    arena: &Arena,
    agent: &str,
    mark: &str,
    text: &str,
    dice: &mut Dice,
) -> Option<(String, String)> {
    let mut body = json!({"text": text});
    match dice.below(100) {
        0..5 => body["wait_idle"] = json!(true),
        5..10 => body["interrupt"] = json!(true),
        10..20 => body["expires_ms"] = json!(1 + dice.below(3000)),
        20..30 => body["from"] = json!(dice.pick(&arena.agents)),
        _ => {}
    }
    let what = format!("POST /v1/agents/{agent}/messages");
    let reply = answered(arena, &what, mark, &body, dice);
    let id = match reply {
        (200, reply) => reply["id"].as_str().unwrap().to_owned(),
        (409, _) => {
            arena.full.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        (status, reply) => panic!("{mark}: {status} {reply}"),
    };
    let mut state = "queued".to_owned();
    match dice.below(100) {
        0..8 => {
            let (status, again) = answered(arena, &what, mark, &body, dice);
            assert_eq!((status, &again["id"]), (200, &json!(id)), "a key has one answer: {mark}");
        }
        8..14 => {
            let what = format!("DELETE /v1/messages/{id}");
            let (status, reply) =
                answered(arena, &what, &format!("cancel-{mark}"), &json!({}), dice);
            assert!(matches!(status, 200 | 409), "{mark}: {status} {reply}");
            if status == 200 {
                "cancelled".clone_into(&mut state);
            }
        }
        14..24 => {
            let what = format!("GET /v1/messages/{id}?wait_ms={}", dice.below(1000));
            let (status, reply) = answered(arena, &what, "", &Value::Null, dice);
            assert_eq!((status, &reply["id"]), (200, &json!(id)), "{mark}: {reply}");
            reply["state"].as_str().unwrap().clone_into(&mut state);
        }
        _ => {}
    }
    Some((id, state))
}

/// The answer, which is asked for with the same key until it comes.
fn answered(arena: &Arena, what: &str, key: &str, body: &Value, dice: &mut Dice) -> (u16, Value) {
    loop {
        let listens = !dice.strikes(50);
        match ask(arena.fleet.home(), what, key, body, listens) {
            Some((status, reply)) if status < 500 => return (status, reply),
            _ => std::thread::sleep(Duration::from_millis(10 + dice.below(30))),
        }
    }
}

/// By the command line; nothing when it was not acknowledged.
fn send_by_hand(
    arena: &Arena,
    agent: &str,
    text: &str,
    dice: &mut Dice,
) -> Option<(String, String)> {
    let mut words = vec!["send", agent, text, "--json"];
    match dice.below(10) {
        0..4 => words.extend(["--verify", "--timeout", "3s"]),
        4 => words.push("--wait-idle"),
        5 => words.push("--interrupt"),
        6 => words.extend(["--expires", "500ms"]),
        _ => {}
    }
    let output = arena.fleet.mosaic(&words);
    if output.code == 5 {
        arena.full.fetch_add(1, Ordering::Relaxed);
    }
    let reply: Value = serde_json::from_str(&output.stdout).ok()?;
    let (id, state) = (reply["id"].as_str()?, reply["state"].as_str()?);
    fits(&output, state, words.contains(&"--verify"));
    Some((id.to_owned(), state.to_owned()))
}

/// The exit code is that of the state.
fn fits(output: &Output, state: &str, verifies: bool) {
    let expected = match state {
        _ if !verifies => 0,
        "accepted" | "accepted_queued" => 0,
        // The supervisor was away when the time was over.
        "queued" | "typing" | "typed" if output.code == 3 => 3,
        "queued" | "typing" | "typed" => 10,
        "rejected" => 11,
        "unknown" => 12,
        "expired" => 13,
        "cancelled" => 14,
        "typed_not_submitted" => 16,
        other => panic!("{other}: {output:?}"),
    };
    assert_eq!(output.code, expected, "{state}: {output:?}");
}
