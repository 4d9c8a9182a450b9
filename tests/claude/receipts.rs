//! Accepted means that claude's own hook said so, with the id and the text.

use serde_json::Value;

use crate::fleet::{MessageId, RuntimeKind};
use crate::ground::Ground;
use crate::runtime::{Composer, Heard, composer, heard, prelude, same_text, sendable};
use crate::supervisor::Supervisor;

const CLAUDE: RuntimeKind = RuntimeKind::Claude;

/// What the prompt hook said of this message: the body and the turn.
fn receipt(supervisor: &Supervisor, id: &str) -> (String, String) {
    let of = |frame: &Value| match frame["event"].as_str() {
        Some(event) => match heard(CLAUDE, event, &frame["payload"]) {
            Heard::Submitted { text, turn, .. } => MessageId::of_tagged(&text)
                .filter(|(tagged, _)| tagged.0 == id)
                .map(|(_, body)| (body.to_owned(), turn.unwrap())),
            Heard::Conversation(_) | Heard::Nothing => None,
        },
        None => None,
    };
    let frame = supervisor.frame(&format!("the receipt of {id}"), |frame| of(frame).is_some());
    of(&frame).unwrap()
}

#[test]
fn claude_accepts_every_kind_of_text_as_it_was_sent() {
    let ground = Ground::new();
    ground.start_ready();
    let lines = (1..=10).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    let bodies = [
        "a short one".to_owned(),
        lines,
        "\ttabs\there\n\tand there".to_owned(),
        "!rm -rf nothing".to_owned(),
        "/help me".to_owned(),
        "#note @ ? $(x) `y` \"z\" ;".to_owned(),
        "look at @".to_owned(),
        "  blanks before, and after  \n\n".to_owned(),
        "\nan empty line first".to_owned(),
        "日本語 עברית 👩‍👩‍👧 ünï é".to_owned(),
        "<pasted_content id=\"55fd\">\nnot a paste\n</pasted_content id=\"55fd\">".to_owned(),
        "a backslash \\ inside".to_owned(),
        "word ".repeat(400),
        "one word of a line ".repeat(60),
        "0123456789abcde\n".repeat(4096),
    ];
    for (number, body) in bodies.iter().enumerate() {
        sendable(CLAUDE, true, body).unwrap();
        let id = format!("m{number}");
        ground.send(&id, body);
        let (submitted, _) = receipt(ground.supervisor(), &id);
        assert!(same_text(CLAUDE, body, &submitted), "sent {body:?}\nsubmitted {submitted:?}");
        assert!(!same_text(CLAUDE, &format!("{body}x"), &submitted));
        ground.wait_for("an empty composer", || {
            (composer(CLAUDE, &ground.screen(), None, "") == Composer::Empty).then_some(())
        });
    }
    ground.wait_for("every prompt at the model", || {
        (ground.model.prompts().len() >= bodies.len()).then_some(())
    });
}

#[test]
fn a_text_sent_to_a_busy_claude_names_the_turn_that_it_waits_for() {
    let ground = Ground::new();
    ground.start_ready();
    ground.send("first", "[[hold]]");
    let (_, running) = receipt(ground.supervisor(), "first");
    ground.send("second", "wait for it");
    let (body, turn) = receipt(ground.supervisor(), "second");
    assert_eq!((body.as_str(), &turn), ("wait for it", &running));
    // Claude's hint to edit what waits stands in the composer now; it is no draft.
    ground.wait_for("an empty composer", || {
        let screen = ground.screen();
        let hints = screen.iter().any(|line| line.contains("edit queued messages"));
        (hints && composer(CLAUDE, &screen, None, "") == Composer::Empty).then_some(())
    });

    ground.model.release();
    ground.wait_for("the second prompt at the model", || {
        ground.model.prompts().iter().any(|prompt| prompt.contains("wait for it")).then_some(())
    });
    ground.send("third", "a turn of its own");
    let (_, turn) = receipt(ground.supervisor(), "third");
    assert_ne!(turn, running);
}

#[test]
fn a_persons_draft_is_put_aside_and_comes_back() {
    let ground = Ground::new();
    ground.start_ready();
    for (id, draft) in [("d1", "half a thought"), ("d2", "!ls -la")] {
        ground.press(draft.as_bytes());
        let composed = |screen: &[String]| composer(CLAUDE, screen, None, "");
        ground.wait_for("the draft", || {
            (composed(&ground.screen()) == Composer::HoldsOther).then_some(())
        });
        ground.press(prelude(CLAUDE));
        ground.wait_for("an empty composer", || {
            (composed(&ground.screen()) == Composer::Empty).then_some(())
        });
        ground.send(id, "past the draft");
        assert_eq!(receipt(ground.supervisor(), id).0, "past the draft");
        let shown = draft.trim_start_matches('!');
        ground.wait_for("the draft again", || {
            let screen = ground.screen();
            let is_back = screen.iter().rev().take(6).any(|line| line.contains(shown));
            (composed(&screen) == Composer::HoldsOther && is_back).then_some(())
        });
        ground.press(&[0x15, 0x7f]);
        ground.wait_for("an empty composer", || {
            (composed(&ground.screen()) == Composer::Empty).then_some(())
        });
    }
}

#[test]
fn a_message_behind_a_draft_is_seen_and_not_ours_to_submit() {
    let ground = Ground::new();
    ground.start_ready();
    let ours = "[m-x1] ours";
    ground.type_message("x1", "ours");
    ground.press(b" and mine");
    let shows = |text: &str| {
        let screen = ground.screen();
        screen.iter().any(|line| line.contains(text)).then_some(())
    };
    ground.wait_for("both texts", || shows("[m-x1] ours and mine"));
    assert_eq!(composer(CLAUDE, &ground.screen(), None, ours), Composer::HoldsOther);
    ground.press(&[0x15]);
    ground.wait_for("an empty composer", || {
        (composer(CLAUDE, &ground.screen(), None, "") == Composer::Empty).then_some(())
    });
    ground.press(b"a draft ");
    ground.paste(ours);
    ground.wait_for("both texts", || shows("a draft [m-x1] ours"));
    assert_eq!(composer(CLAUDE, &ground.screen(), None, ours), Composer::HoldsOther);
}
