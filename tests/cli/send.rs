//! `send`: each end of a message has its own code and one sentence.

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::fake::{Fake, Output, Seen, error, wait_until};

fn message(state: &str, reason: Option<&str>) -> Value {
    let is_final = !matches!(state, "queued" | "typing" | "typed");
    json!({
        "as_of_seq": 9, "id": "k3x9", "agent": "ada", "state": state, "reason": reason,
        "position": if state == "queued" { Some(0) } else { None }, "at_ms": 1, "is_final": is_final
    })
}

/// A server that queues, and then answers a wait with this.
fn becoming(state: &'static str, reason: Option<&'static str>, seen: &Seen) -> Fake {
    let routes = Router::new()
        .route("/v1/agents/ada/messages", post(|| async { Json(message("queued", None)) }))
        .route("/v1/messages/k3x9", get(move || async move { Json(message(state, reason)) }));
    Fake::serving(seen.noting(routes))
}

fn verified(state: &'static str, reason: Option<&'static str>) -> Output {
    let fake = becoming(state, reason, &Seen::default());
    // Only what is no end is waited for in vain.
    let timeout = if matches!(state, "queued" | "typed") { "200ms" } else { "20s" };
    fake.mosaic(&["send", "ada", "hello", "--verify", "--timeout", timeout])
}

#[test]
fn a_send_is_queued_under_a_key_with_the_callers_trace() {
    let seen = Seen::default();
    let fake = becoming("queued", None, &seen);
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let output =
        fake.finished(fake.command(&["agent", "send", "ada", "hello"]).env("TRACEPARENT", trace));
    assert_eq!((output.code, output.stdout.as_str()), (0, "message k3x9 for ada is queued\n"));
    assert_eq!(seen.body("POST")["text"], "hello");
    let headers = seen.headers("POST");
    assert_eq!(headers["traceparent"], trace);
    assert_eq!(headers["idempotency-key"].len(), 32);
    assert_eq!(seen.lines().len(), 1, "nothing is waited for");
}

#[test]
fn verified_is_zero_only_when_the_runtime_has_it() {
    for (state, code, says) in [
        ("accepted", 0, "accepted by ada after"),
        ("accepted_queued", 0, "behind its running turn"),
        ("queued", 10, "is still queued after 0 s: it does not run"),
        ("typed", 10, "is still typed after 0 s: it does not run"),
        ("rejected", 11, "did not take message k3x9: it does not run"),
        ("typed_not_submitted", 16, "was typed and ada has not taken it: it does not run"),
        ("unknown", 12, "nobody can say whether ada has message k3x9: it does not run"),
        ("expired", 13, "waited too long"),
        ("cancelled", 14, "was taken back"),
    ] {
        let output = verified(state, Some("it does not run"));
        let said = format!("{}{}", output.stdout, output.stderr);
        assert_eq!(output.code, code, "{state}: {said}");
        assert!(said.contains(says), "{state}: {said}");
    }
}

#[test]
fn json_tells_the_message_whatever_became_of_it() {
    let fake = becoming("unknown", Some("why"), &Seen::default());
    let output = fake.mosaic(&["send", "ada", "hello", "--verify", "--json"]);
    let told: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((output.code, &told["state"]), (12, &json!("unknown")));
}

#[test]
fn standard_input_goes_out_byte_for_byte_but_for_its_last_newline() {
    for (input, text) in [("a\n\tb\n\n", "a\n\tb\n"), ("!x", "!x"), ("é\n", "é")] {
        let seen = Seen::default();
        let fake = becoming("queued", None, &seen);
        assert_eq!(fake.mosaic_reading(&["send", "ada", "-"], input.as_bytes()).code, 0);
        assert_eq!(seen.body("POST")["text"], text);
    }
}

#[test]
fn what_cannot_be_sent_is_not_sent() {
    let long = "x".repeat(64 * 1024 + 1);
    for input in [&b""[..], b"\n", b"\xff\n", long.as_bytes()] {
        let seen = Seen::default();
        let fake = becoming("queued", None, &seen);
        let output = fake.mosaic_reading(&["send", "ada", "-"], input);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(seen.lines().is_empty());
    }
    let seen = Seen::default();
    let fake = becoming("queued", None, &seen);
    let output = fake.mosaic_reading(&["send", "ada", "-"], &long.as_bytes()[1..]);
    assert_eq!(output.code, 0, "64 KiB are taken: {output:?}");
}

#[test]
fn ctrl_c_leaves_the_message_alone_and_says_how_to_follow_it() {
    let seen = Seen::default();
    let routes = Router::new()
        .route("/v1/agents/ada/messages", post(|| async { Json(message("queued", None)) }))
        .route("/v1/messages/k3x9", get(std::future::pending::<Json<Value>>));
    let fake = Fake::serving(seen.noting(routes));
    let child = fake
        .command(&["send", "ada", "hello", "--verify"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the wait for the message", || seen.lines().len() == 2);
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let output = fake.ended(child);
    assert_eq!(output.code, 130, "{output:?}");
    assert!(output.stderr.contains("message k3x9 is left alone"), "{output:?}");
    assert!(output.stderr.contains("mosaic events --agent ada --follow"), "{output:?}");
    assert!(!seen.lines().iter().any(|line| line.starts_with("DELETE")));
}

/// A server that says this once, and then hangs up on everybody until the next one.
fn hanging_up_after(fake: &Fake, reply: Option<Value>) -> std::thread::JoinHandle<Vec<String>> {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::os::unix::net::UnixListener::bind(fake.socket()).unwrap();
    let socket = fake.socket();
    std::thread::spawn(move || {
        let mut reply = reply;
        let mut keys = Vec::new();
        for _ in 0..2 {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).unwrap() > 2 {
                let lower = line.to_ascii_lowercase();
                let field = |name| lower.strip_prefix(name).map(str::trim);
                length = field("content-length:").map_or(length, |text| text.parse().unwrap());
                keys.extend(field("idempotency-key:").map(str::to_owned));
                line.clear();
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            let Some(reply) = reply.take().map(|reply| reply.to_string()) else { break };
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", reply.len());
            reader.get_mut().write_all(format!("{head}{reply}").as_bytes()).unwrap();
        }
        std::fs::remove_file(socket).unwrap();
        keys
    })
}

#[test]
fn a_verified_send_outlasts_a_supervisor_that_leaves_and_says_so() {
    let fake = Fake::absent();
    let first = hanging_up_after(&fake, Some(message("queued", None)));
    let child = fake
        .command(&["send", "ada", "hello", "--verify"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    first.join().unwrap();
    let seen = Seen::default();
    let accepted = || async { Json(message("accepted", None)) };
    fake.serve(seen.noting(Router::new().route("/v1/messages/k3x9", get(accepted))));
    let output = fake.ended(child);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stdout.starts_with("accepted by ada after"), "{output:?}");
    assert!(output.stderr.contains("message k3x9 is queued, and is waited for"), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1, "it is said once: {output:?}");
    assert!(seen.lines().iter().all(|line| line.starts_with("GET")), "{:?}", seen.lines());
}

#[test]
fn a_verified_send_that_outlasts_nobody_ends_in_time_with_the_id() {
    let fake = Fake::absent();
    let first = hanging_up_after(&fake, Some(message("queued", None)));
    let verify = ["send", "ada", "hello", "--verify", "--json", "--timeout", "700ms"];
    let began = std::time::Instant::now();
    let output = fake.mosaic(&verify);
    first.join().unwrap();
    assert!(began.elapsed() >= std::time::Duration::from_millis(700), "{:?}", began.elapsed());
    assert_eq!(output.code, 3, "{output:?}");
    assert!(output.stderr.contains("message k3x9 was queued, then: no supervisor"), "{output:?}");
    let told: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&told["id"], &told["is_final"]), (&json!("k3x9"), &json!(false)));
}

#[test]
fn a_verified_send_on_which_everybody_hangs_up_ends_as_with_nobody() {
    let fake = Fake::absent();
    let first = hanging_up_after(&fake, Some(message("queued", None)));
    let child = fake
        .command(&["send", "ada", "hello", "--verify", "--timeout", "1500ms"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    first.join().unwrap();
    let listener = std::os::unix::net::UnixListener::bind(fake.socket()).unwrap();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let output = fake.ended(child);
    assert_eq!(output.code, 3, "{output:?}");
    assert!(
        output.stderr.contains("message k3x9 was queued, then: the supervisor left"),
        "{output:?}"
    );
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again_with_the_same_key() {
    let fake = Fake::absent();
    let first = hanging_up_after(&fake, None);
    let child = fake
        .command(&["send", "ada", "hello"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let keys = first.join().unwrap();
    let seen = Seen::default();
    let queued = || async { Json(message("queued", None)) };
    fake.serve(seen.noting(Router::new().route("/v1/agents/ada/messages", post(queued))));
    let output = fake.ended(child);
    assert_eq!((output.code, keys.len()), (0, 1), "{output:?}");
    assert!(output.stderr.contains("asking again"), "{output:?}");
    assert_eq!(seen.headers("POST")["idempotency-key"], keys[0]);
    let absent = Fake::absent().mosaic(&["send", "ada", "hello"]);
    assert_eq!(absent.code, 3, "where nobody ever listened nothing is queued: {absent:?}");
    assert!(!absent.stderr.contains("asking again"), "{absent:?}");
}

#[test]
fn a_wrong_name_is_told_with_the_nearest() {
    let body = error("not_found", "no agent is named \"adda\"", Some("did you mean \"ada\"?"));
    let refuse = move || async move { (axum::http::StatusCode::NOT_FOUND, Json(body)) };
    let fake = Fake::serving(Router::new().route("/v1/agents/adda/messages", post(refuse)));
    let output = fake.mosaic(&["send", "adda", "hello"]);
    assert_eq!(output.code, 4);
    assert_eq!(output.stderr, "mosaic: no agent is named \"adda\"\nnext: did you mean \"ada\"?\n");
}

#[test]
fn words_are_one_text_and_without_a_name_nothing_is_sent() {
    let seen = Seen::default();
    let fake = becoming("queued", None, &seen);
    fake.mosaic(&["send", "ada", "run", "the  tests", "--expires", "30m", "--", "-v"]);
    let body = seen.body("POST");
    assert_eq!(
        (&body["text"], &body["expires_ms"]),
        (&json!("run the  tests -v"), &json!(1_800_000))
    );
    let (nameless, seen) = (fake.mosaic(&["send"]), seen.lines().len());
    assert_eq!((nameless.code, seen), (2, 1), "{nameless:?}");
    assert!(nameless.stderr.contains("no agent is named"), "{nameless:?}");
    let both = fake.mosaic(&["send", "ada", "hello", "--interrupt", "--wait-idle"]);
    assert_eq!(both.code, 2, "{both:?}");
    let class = fake.mosaic(&["send", "ada", "hello", "--class", "urgent"]);
    assert!(class.code == 2 && class.stderr.contains("terminal-log"), "{class:?}");
}

#[test]
fn inside_an_agent_a_message_is_sent_in_its_name_unless_another_is_given() {
    let from = |arguments: &[&str], inside: &[(&str, &str)]| {
        let seen = Seen::default();
        let fake = becoming("queued", None, &seen);
        let mut command = fake.command(arguments);
        command.envs(inside.iter().copied());
        fake.finished(&mut command);
        seen.body("POST")["from"].clone()
    };
    let plain = ["send", "ada", "hello"];
    let bob = [("MOSAIC_AGENT", "bob"), ("MOSAIC_HOST", "mill"), ("MOSAIC_TENANT", "max")];
    assert_eq!(from(&plain, &[]), json!(null), "the supervisor says who it is by the kernel");
    assert_eq!(from(&plain, &bob), "bob@mill/max");
    assert_eq!(from(&plain, &bob[..1]), "bob");
    assert_eq!(from(&["send", "ada", "hello", "--from", "ci"], &bob), "ci");
}
