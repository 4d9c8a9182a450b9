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
