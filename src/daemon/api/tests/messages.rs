//! A message is queued, waited for and taken back; nobody polls.

use serde_json::json;

use super::client::soon;
use super::support::{Served, name};
use crate::fleet::{
    Activity, ChannelKind, Command, Event, Grade, LeaseId, Manner, MessageId, SessionId,
};

fn running(served: &Served) {
    let session = SessionId("5e".to_owned());
    served.fake.happen(Event::SessionStarting {
        agent: name("ada"),
        session: session.clone(),
        token_hash: String::new(),
        conversation: String::new(),
        resumes: false,
    });
    served.fake.happen_to("ada", |agent| Event::SessionStarted {
        agent,
        session: session.clone(),
        pid: 1,
    });
    served.fake.happen_to("ada", |agent| Event::ActivityChanged {
        agent,
        session: session.clone(),
        activity: Activity::Idle,
        in_answer: false,
    });
}

#[tokio::test]
async fn a_sent_message_has_an_id_a_place_and_the_reason_why_it_waits() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let (status, reply) = client.post("/v1/agents/ada/messages", r#"{"text":"hello"}"#).await;
    let wanted = json!({
        "as_of_seq": 2, "id": "m1", "tenant": "", "host": "", "agent": "ada", "state": "queued",
        "reason": "the agent is absent", "position": 0, "at_ms": 1, "is_final": false,
        "from": format!("cli:uid={}", nix::unistd::geteuid()), "class": "human", "queued_at_ms": 1,
        "expires_at_ms": 86_400_001,
    });
    assert_eq!((status.as_u16(), reply), (200, wanted));
    let uid = nix::unistd::geteuid();
    let sent = served.fake.commands.lock().unwrap().remove(0).0;
    let wanted = Command::Send {
        agent: name("ada"),
        text: "hello".to_owned(),
        from: format!("cli:uid={uid}"),
        expires_ms: 24 * 60 * 60 * 1000,
        manner: Manner::default(),
    };
    assert_eq!(sent, wanted);
    let (_, second) =
        client.post("/v1/agents/ada/messages", r#"{"text":"again","from":"bob"}"#).await;
    assert_eq!((&second["position"], &second["reason"]), (&1.into(), &"1 queued before it".into()));
}

#[tokio::test]
async fn the_nearest_obstacle_is_the_reason() {
    let served = Served::new().await;
    let mut client = served.client().await;
    running(&served);
    client.post("/v1/agents/ada/messages", r#"{"text":"hello"}"#).await;
    let session = SessionId("5e".to_owned());
    let activity = |activity: Activity| {
        let session = session.clone();
        move |agent| Event::ActivityChanged {
            agent,
            session: session.clone(),
            activity: activity.clone(),
            in_answer: false,
        }
    };
    let mut reason = async || client.get("/v1/messages/m4").await.1["reason"].clone();
    assert_eq!(reason().await, "its runtime has opened no channel");
    let opened = session.clone();
    served.fake.happen_to("ada", move |agent| Event::ChannelOpened {
        agent,
        session: opened.clone(),
        kind: ChannelKind::Native,
        delivers: true,
        software: String::new(),
        connection: 1,
        capabilities: Vec::new(),
    });
    assert_eq!(reason().await, json!(null), "nothing is in its way");
    served.fake.happen_to("ada", activity(Activity::Busy));
    assert_eq!(reason().await, json!(null), "it takes messages while it works");
    let detail = "trust this folder?".to_owned();
    served.fake.happen_to("ada", activity(Activity::AwaitingInput { detail }));
    assert_eq!(reason().await, "the agent is awaiting_input: trust this folder?");
    served.fake.happen(Event::AttachStarted {
        agent: name("ada"),
        who: "ann".to_owned(),
        resize: false,
        lease: Some(LeaseId("l1".to_owned())),
        tty: Some("/dev/pts/3".to_owned()),
        pid: None,
        by_hand: false,
        client: None,
        come_within_ms: 10_000,
    });
    let said = reason().await;
    let said = said.as_str().unwrap();
    assert!(said.starts_with("ann on /dev/pts/3 has the keyboard since "), "{said}");
    let id = MessageId("m4".to_owned());
    served.fake.happen(Event::MessageTyped { agent: name("ada"), id });
    assert_eq!(reason().await, "the runtime has not said yet that it has it");
}

#[tokio::test]
async fn a_wait_ends_with_the_message_and_not_before() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let mut waiting = served.client().await;
    client.post("/v1/agents/ada/messages", r#"{"text":"hello"}"#).await;
    let waiter = tokio::spawn(async move { waiting.get("/v1/messages/m1?wait_ms=600000").await });
    let id = || MessageId("m1".to_owned());
    served.fake.happen_to("ada", |agent| Event::MessageTyped { agent, id: id() });
    // Another request is answered in the meantime, and the waiter still waits.
    assert_eq!(client.get("/v1/messages/m1").await.1["state"], "typed");
    assert!(!waiter.is_finished());
    let accepted = |agent| Event::MessageAccepted { agent, id: id(), grade: Grade::Accepted };
    served.fake.happen_to("ada", accepted);
    let (_, reply) = soon(waiter).await.unwrap();
    assert_eq!((&reply["state"], &reply["is_final"]), (&"accepted".into(), &true.into()));
    assert_eq!((&reply["reason"], &reply["position"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn a_wait_ends_when_the_time_is_up_or_the_supervisor_leaves() {
    let served = Served::new().await;
    let mut client = served.client().await;
    client.post("/v1/agents/ada/messages", r#"{"text":"hello"}"#).await;
    let (status, reply) = client.get("/v1/messages/m1?wait_ms=30").await;
    assert_eq!((status.as_u16(), &reply["state"]), (200, &"queued".into()));
    let mut waiting = served.client().await;
    let before = served.fake.snapshots.receiver_count();
    let waiter = tokio::spawn(async move { waiting.get("/v1/messages/m1?wait_ms=600000").await });
    // The request is in once it waits for snapshots, too.
    soon(async {
        while served.fake.snapshots.receiver_count() <= before {
            tokio::task::yield_now().await;
        }
    })
    .await;
    served.leaving.send_replace(true);
    assert_eq!(soon(waiter).await.unwrap().1["state"], "queued");
}

#[tokio::test]
async fn a_message_that_is_on_its_way_is_not_taken_back() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let (status, reply) = client.ask("DELETE", "/v1/messages/zz", &[], "").await;
    assert_eq!(status, 200, "{reply}");
    client.post("/v1/agents/ada/messages", r#"{"text":"hello"}"#).await;
    let (status, reply) = client.ask("DELETE", "/v1/messages/m1", &[], "").await;
    assert_eq!((status.as_u16(), &reply["error"]["code"]), (409, &"refused".into()));
    for path in ["/v1/messages/zz", "/v1/messages/..", "/v1/messages/A%20b"] {
        assert_eq!(client.get(path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_text_has_bounds_and_a_body_too() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let path = "/v1/agents/ada/messages";
    let send = |bytes: usize| json!({"text": "x".repeat(bytes)}).to_string();
    assert_eq!(client.post(path, &send(65_536)).await.0, 200);
    for body in [send(0), send(65_537), "{".to_owned(), r#"{"no":"text"}"#.to_owned()] {
        let (status, reply) = client.post(path, &body).await;
        assert_eq!((status.as_u16(), &reply["error"]["code"]), (400, &"bad_request".into()));
    }
    let mut other = served.client().await;
    let (status, reply) = other.post(path, &send(300_000)).await;
    assert_eq!(status, 413, "{reply}");
    assert!(reply["error"]["message"].as_str().unwrap().contains("262144 bytes"), "{reply}");
    assert_eq!(served.fake.commands.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_message_is_found_by_the_beginning_of_its_id_and_taken_back_only_by_all_of_it() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let queue = |id: &str| {
        let message = serde_json::from_value(json!({
            "id": id, "text": "two\nlines", "from": "max", "receipt": {"state": "queued"},
            "queued_at": {"wall_ms": 1, "mono_ms": 1}, "expires_at": {"wall_ms": 9, "mono_ms": 9},
            "receipt_at": {"wall_ms": 1, "mono_ms": 1},
        }));
        served.fake.happen(Event::MessageQueued { agent: name("ada"), message: message.unwrap() });
    };
    queue("k3x9a0b1c2d3");
    queue("k3yyyyyyyyyy");
    let (status, reply) = client.get("/v1/messages/k3x").await;
    assert_eq!((status.as_u16(), &reply["id"]), (200, &"k3x9a0b1c2d3".into()));
    assert_eq!(reply["text"], json!(null), "the text comes with the ladder");
    for (asked, hint) in [("k3x9a0b1c2dd", "did you mean k3x9a0b1c2d3?"), ("k3", "k3x9")] {
        let (status, reply) = client.get(&format!("/v1/messages/{asked}")).await;
        let told = reply["error"]["hint"].as_str().unwrap();
        assert_eq!(status, 404, "{reply}");
        assert!(told.contains(hint), "{asked}: {told}");
    }
    queue("k3x9zzzzzzzz");
    let (status, reply) = client.get("/v1/messages/k3x9").await;
    assert_eq!(status, 404, "two begin so: {reply}");
    assert!(reply["error"]["hint"].as_str().unwrap().contains(" or "), "{reply}");
}

#[tokio::test]
async fn a_ladder_is_told_long_after_the_end_and_such_a_message_is_not_taken_back() {
    let served = Served::new().await;
    let mut client = served.client().await;
    client.post("/v1/agents/ada/messages", r#"{"text":"hello"}"#).await;
    let id = || MessageId("m1".to_owned());
    served.fake.happen_to("ada", |agent| Event::MessageTyping {
        agent,
        id: id(),
        channel: "keystrokes".to_owned(),
        interrupts: true,
    });
    let accepted = |agent| Event::MessageAccepted { agent, id: id(), grade: Grade::Accepted };
    served.fake.happen_to("ada", accepted);
    served.fake.forget_ended();
    let (status, reply) = client.get("/v1/messages/m1?ladder=true").await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!((&reply["text"], &reply["state"]), (&"hello".into(), &"accepted".into()));
    let rungs = reply["ladder"].as_array().unwrap().iter().map(|rung| rung["rung"].clone());
    let wanted = ["queued", "interrupting", "typing", "accepted"];
    assert_eq!(rungs.collect::<Vec<_>>(), wanted);
    assert_eq!(client.get("/v1/messages/m1").await.1["state"], "accepted");
    let (status, reply) = client.ask("DELETE", "/v1/messages/m1", &[], "").await;
    assert_eq!(status, 409, "{reply}");
    assert!(reply["error"]["message"].as_str().unwrap().contains("it is accepted"), "{reply}");
}

#[tokio::test]
async fn an_inbox_lists_what_waits_in_its_order_and_what_ended() {
    let served = Served::new().await;
    let mut client = served.client().await;
    for text in ["one", "two"] {
        let body = json!({"text": text, "class": "reaction"}).to_string();
        client.post("/v1/agents/ada/messages", &body).await;
    }
    let cancelled = |agent| Event::MessageCancelled { agent, id: MessageId("m1".to_owned()) };
    served.fake.happen_to("ada", cancelled);
    let (_, inbox) = client.get("/v1/agents/ada/inbox?ended=5").await;
    assert_eq!((&inbox["waits"], &inbox["room"]), (&"the agent is absent".into(), &100.into()));
    let messages = inbox["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1, "{inbox}");
    assert_eq!((&messages[0]["begins"], &messages[0]["position"]), (&"two".into(), &0.into()));
    assert_eq!(messages[0]["class"], "reaction");
    assert_eq!(inbox["ended"][0]["state"], "cancelled");
    assert_eq!(client.get("/v1/agents/ada/inbox").await.1["ended"], json!([]));
    assert_eq!(client.get("/v1/agents/adda/inbox").await.0, 404);
}

#[tokio::test]
async fn a_class_a_sender_and_two_manners_that_exclude_each_other_are_looked_at() {
    let served = Served::new().await;
    let mut client = served.client().await;
    for (field, word) in [
        (r#""class":"urgent""#, "actionable, terminal-log, human, reaction"),
        (r#""from":"a\nb""#, "on one line"),
        (r#""from":"""#, "on one line"),
        (r#""interrupt":true,"wait_idle":true"#, "exclude each other"),
    ] {
        let body = format!(r#"{{"text":"hello",{field}}}"#);
        let (status, reply) = client.post("/v1/agents/ada/messages", &body).await;
        assert_eq!(status, 400, "{field}: {reply}");
        assert!(reply["error"]["message"].as_str().unwrap().contains(word), "{field}: {reply}");
    }
    assert!(served.fake.commands.lock().unwrap().is_empty());
}
