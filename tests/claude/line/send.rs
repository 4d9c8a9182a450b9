//! Messages to claude through the whole line: each taken once, byte for byte.

use super::Line;

/// Plain ones, ones that are commands to somebody on the way, and ones of many lines.
fn text(number: usize) -> String {
    match number % 5 {
        0 => format!("message {number}"),
        1 => format!("!echo {number}"),
        2 => format!("two\n\tlines of {number}"),
        3 => format!("/help {number} 世界 é"),
        _ => (0..6).map(|line| format!("line {line} of {number}\n")).collect::<String>() + "end",
    }
}

#[test]
fn twenty_of_twenty_are_accepted_by_an_idle_claude_and_reach_its_model_once() {
    let line = Line::up();
    let mut sent = Vec::new();
    for number in 0..20 {
        line.is("idle");
        let text = text(number);
        sent.push(format!("[m-{}] {}", line.send(&text), text.replace('\t', "    ")));
    }
    line.is("idle");
    for text in &sent {
        line.hears(text);
    }
    for text in &sent {
        assert_eq!(line.told(text), 1, "{text:?} in {:?}", line.model.prompts());
        let (tag, _) = text.split_once(' ').unwrap();
        assert_eq!(line.told(tag), 1, "{tag}");
    }
    assert_eq!(line.events("message.typing").len(), 20, "each is typed once");
    assert_eq!(line.events("message.accepted").len(), 20);
}

#[test]
fn what_claude_would_not_submit_is_refused_with_the_reason_and_never_typed() {
    let line = Line::up();
    let output = line.fleet.mosaic(&["send", "ada", "--verify", "--", "to be continued \\"]);
    let output = output.ended(11);
    assert!(output.stderr.contains("it ends with `\\`"), "{output:?}");
    let output = line.fleet.mosaic_reading(&["send", "ada", "--verify", "-"], b"a\x1b[201~\rb");
    assert!(output.ended(2).stderr.contains("U+001B"));
    let before = line.send("the next one");
    line.hears(&format!("[m-{before}] the next one"));
    assert_eq!((line.told("continued"), line.told("201~")), (0, 0));
    assert!(!line.screen().contains("continued"), "{}", line.screen());
}

#[test]
fn a_message_to_a_busy_claude_is_accepted_behind_its_turn() {
    let line = Line::up();
    line.send("[[hold]]");
    line.is("busy");
    let words = ["send", "ada", "--verify", "--json", "wait for it"];
    let output = line.fleet.mosaic(&words).ended(0);
    assert!(output.stdout.contains("accepted_queued"), "{output:?}");
    assert_eq!(line.told("wait for it"), 0);
    line.model.release();
    line.hears("wait for it");
    assert_eq!(line.told("wait for it"), 1);
}

#[test]
fn an_interrupt_that_is_asked_for_ends_claudes_turn_and_its_message_is_the_next() {
    let line = Line::up();
    line.send("[[hold]]");
    line.is("busy");
    let words = ["send", "ada", "--interrupt", "--verify", "--json", "stop and say why"];
    let output = line.fleet.mosaic(&words).ended(0);
    assert!(output.stdout.contains("\"accepted\""), "a turn of its own: {output:?}");
    line.shows("Interrupted");
    line.hears("stop and say why");
    line.is("idle");
    assert_eq!(line.told("stop and say why"), 1);
    assert_eq!(line.events("session.started").len(), 1, "the same claude");
    // Into nothing but work: an idle claude gets the text and no Escape.
    let words = ["send", "ada", "--interrupt", "--verify", "nothing to stop"];
    line.fleet.mosaic(&words).ended(0);
    line.hears("nothing to stop");
    let typing = line.events("message.typing");
    let interrupts: Vec<bool> = typing.iter().map(|event| event["interrupts"] == true).collect();
    assert_eq!(interrupts, [false, true, false]);
}

/// What claude suggests in an empty composer looks the same, but for the cursor.
#[test]
fn a_draft_that_reads_like_a_suggestion_of_claude_is_put_aside_as_any_other() {
    let line = Line::up();
    let draft = "Try \"half a thought\"";
    line.keys(&["-l", draft]);
    line.shows(draft);
    line.send("past the draft");
    line.hears("past the draft");
    line.is("idle");
    line.shows(draft);
    assert_eq!((line.told("past the draft"), line.told("half a thought")), (1, 0));
    // The cursor stands where it stands over a suggestion; only that is dim.
    line.keys(&["C-a"]);
    line.send("past it again");
    line.hears("past it again");
    line.is("idle");
    line.shows(draft);
    assert_eq!((line.told("past it again"), line.told("half a thought")), (1, 0));
}

#[test]
fn odd_and_long_texts_reach_claude_once_each() {
    let line = Line::up();
    let texts = [
        "press Esc to cancel, or Enter to confirm".to_owned(),
        "  [m-abcdefghijkl] > [Pasted text #1]  ".to_owned(),
        // What claude makes of these is told to the model: composed, and without what nothing shows.
        "e\u{301} \u{1112}\u{1161}\u{11ab} a\u{202e}b\u{202c}\u{ad}\u{200b}c".to_owned(),
        "\u{e000} \u{1f468}\u{200d}\u{1f469} \u{2764}\u{fe0f} \u{20000} \u{10fffd}".to_owned(),
        format!("{}{}", "0123456789abcde\n".repeat(4095), "the last one"),
    ];
    for text in &texts {
        let id = line.send(text);
        line.is("idle");
        let given = match text.starts_with('e') {
            true => "\u{e9} \u{d55c} abc",
            false => text.trim_end(),
        };
        line.hears(&format!("[m-{id}] {given}"));
        assert_eq!(line.told(&format!("[m-{id}]")), 1, "{text:.40}");
    }
    assert_eq!(line.events("message.typing").len(), texts.len());
}
