//! What keys and clicks come to.

use serde_json::json;

use super::{NOW_MS, kinds, many, model, press, reply, row, text, write};
use crate::surface::tui::model::{Effect, Errand, Model, Over, Part, Places};
use crate::table::Tone;
use crate::terminal::input::{Input, Key, Mouse};
use crate::wire::client::AgentVerb;
use crate::wire::{EventRecord, MessageReply, SendAsked};

fn selected(model: &Model) -> &str {
    model.list.selected().map_or("", |who| who.agent.as_str())
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |(text, _)| text)
}

#[test]
fn the_selection_follows_an_agent_and_not_a_place() {
    let mut model = model(&kinds(), (120, 24));
    press(&mut model, &[Key::Down, Key::Char('j')]);
    assert_eq!(selected(&model), "cyd");
    press(&mut model, &[Key::Char('P')]);
    assert_eq!(selected(&model), "cyd");
    let mut others = kinds();
    others.insert(0, row("aaa"));
    model.rows(reply(&others), NOW_MS);
    assert_eq!(selected(&model), "cyd");
    others.retain(|row| row["agent"] != "cyd");
    model.rows(reply(&others), NOW_MS);
    assert_ne!(selected(&model), "", "somebody else is selected in its place");
}

#[test]
fn a_page_holds_the_selected_row_wherever_it_goes() {
    let mut model = model(&many(200), (80, 24));
    for keys in [
        &[Key::End][..],
        &[Key::PageUp],
        &[Key::Home],
        &[Key::PageDown, Key::PageDown],
        &[Key::Up, Key::Up],
    ] {
        press(&mut model, keys);
        let name = selected(&model).to_owned();
        assert!(text(&model).contains(&format!("> {name}")), "{keys:?}: {}", text(&model));
    }
    let Places { body, .. } = Places::of(&model);
    model.take(Input::Mouse(Mouse::WheelDown, 5, 5));
    let name = selected(&model).to_owned();
    assert!(text(&model).contains(&format!("> {name}")) && body.rows > 10);
}

#[test]
fn a_filter_takes_words_columns_and_their_opposites() {
    let shown = |filter: &str| {
        let model = model(&kinds(), (120, 24)).narrowed(filter, Vec::new(), Vec::new());
        model.list.rows(&model.reply.rows).iter().map(|row| row.agent[..1].to_owned()).collect()
    };
    let shown = |filter: &str| -> Vec<String> { shown(filter) };
    assert_eq!(shown("CLAUDE"), ["d"]);
    assert_eq!(shown("team=web !stub"), ["d"]);
    assert_eq!(shown("health:unresponsive"), ["b"]);
    assert_eq!(shown("role:unmanaged"), ["x"]);
    assert_eq!(shown("health: busy"), ["a"], "a word that is not there yet hides nothing");
    assert!(shown("nobody at all").is_empty());
}

#[test]
fn a_filter_is_kept_by_enter_and_dropped_by_escape() {
    let mut model = model(&kinds(), (120, 24));
    press(&mut model, &[Key::Char('/')]);
    write(&mut model, "q?r");
    assert_eq!(model.list.filter.text(), "q?r", "what is typed is no key");
    press(&mut model, &[Key::Escape]);
    assert_eq!((model.list.filter.text(), model.list.len()), ("", 6));
    press(&mut model, &[Key::Char('/')]);
    write(&mut model, "bob");
    press(&mut model, &[Key::Enter]);
    assert_eq!((model.list.len(), selected(&model)), (1, "bob"));
    press(&mut model, &[Key::Escape]);
    assert_eq!(model.list.len(), 6);
}

#[test]
fn rows_are_ordered_by_a_key_and_by_a_click_on_a_heading() {
    let first = |model: &Model| model.list.rows(&model.reply.rows)[0].agent.clone();
    let mut model = model(&kinds(), (160, 24));
    press(&mut model, &[Key::Char('P')]);
    assert_eq!(first(&model), "ada");
    press(&mut model, &[Key::Char('-')]);
    assert_ne!(first(&model), "ada");
    press(&mut model, &[Key::Char('<'), Key::Char('>')]);
    assert!(text(&model).contains("by proc"), "{}", text(&model));
    let heading = text(&model).find("HEALTH").unwrap();
    let column = u16::try_from(heading).unwrap();
    assert_eq!(model.take(Input::Mouse(Mouse::Press, column, 0)), []);
    assert_eq!(first(&model), "cyd", "the most urgent first");
    model.take(Input::Mouse(Mouse::Press, column, 0));
    assert!(text(&model).contains("by -health"));
}

#[test]
fn the_next_that_wants_somebody_is_found_all_around() {
    let mut model = model(&kinds(), (120, 24));
    let mut seen = Vec::new();
    for _ in 0..4 {
        press(&mut model, &[Key::Char('n')]);
        seen.push(selected(&model).to_owned());
    }
    assert_eq!(seen, ["bob", "cyd", "dee", "bob"]);
}

#[test]
fn a_click_selects_and_a_second_looks_closely() {
    let mut model = model(&kinds(), (120, 24));
    model.take(Input::Mouse(Mouse::Press, 20, 2));
    assert!(model.detail.is_none() && selected(&model) == "bob");
    model.take(Input::Mouse(Mouse::Press, 20, 2));
    assert_eq!(model.detail.as_ref().unwrap().agent, "bob");
    model.take(Input::Mouse(Mouse::Press, 20, 1));
    assert_eq!(model.detail.as_ref().unwrap().part, Part::Inbox);
    model.take(Input::Mouse(Mouse::Press, 5, 23));
    assert_eq!(press(&mut model, &[Key::Escape]), []);
    assert!(model.detail.is_none());
}

#[test]
fn a_click_moves_no_row() {
    let mut model = model(&many(50), (120, 14));
    let shown =
        |model: &Model| text(model).lines().skip(1).map(|row| row[2..11].to_owned()).collect();
    press(&mut model, &[Key::End, Key::Char('/')]);
    write(&mut model, "agent-00");
    press(&mut model, &[Key::Enter, Key::Escape]);
    let before: Vec<String> = shown(&model);
    model.take(Input::Mouse(Mouse::Press, 20, 4));
    let after: Vec<String> = shown(&model);
    assert_eq!(before[..10], after[..10]);
}

#[test]
fn what_cuts_off_work_asks_first_and_only_y_is_yes() {
    let mut model = model(&kinds(), (120, 24));
    for (key, verb) in [(Key::Char('r'), AgentVerb::Restart), (Key::Char('S'), AgentVerb::Stop)] {
        assert_eq!(press(&mut model, &[key]), []);
        for no in [Key::Enter, Key::Escape, Key::Char('n'), Key::Char(' ')] {
            assert_eq!(press(&mut model, &[no]), [], "{no:?}");
            assert_eq!((notice(&model), &model.over), ("nothing was done", &None));
            press(&mut model, &[key]);
        }
        // A click or a paste is no answer.
        assert_eq!(model.take(Input::Mouse(Mouse::Press, 3, 3)), []);
        assert_eq!(model.take(Input::Paste("y".to_owned())), []);
        let done = press(&mut model, &[Key::Char('y')]);
        assert_eq!(done, [Effect::Command(verb, "ada".to_owned())]);
    }
    press(&mut model, &[Key::Char('/')]);
    write(&mut model, "eve");
    let done = press(&mut model, &[Key::Enter, Key::Char('S'), Key::Char('y')]);
    assert_eq!(done, [Effect::Command(AgentVerb::Start, "eve".to_owned())]);
}

#[test]
fn what_is_not_ours_is_only_shown() {
    let mut model = model(&kinds(), (120, 24));
    press(&mut model, &[Key::End]);
    for key in ['w', 'a', 's', 'r', 'S'] {
        assert_eq!(press(&mut model, &[Key::Char(key)]), [], "{key}");
        assert!(notice(&model).contains("is not ours") && model.over.is_none(), "{key}");
    }
    press(&mut model, &[Key::Enter]);
    assert!(model.detail.is_none() && notice(&model).contains("is not ours"));
}

#[test]
fn while_nobody_answers_nothing_is_done_and_a_text_is_kept() {
    let mut model = model(&kinds(), (120, 24));
    model.gone("it left", NOW_MS);
    for key in ['w', 'a', 'r', 'S'] {
        assert_eq!(press(&mut model, &[Key::Char(key)]), [], "{key}");
        assert!(notice(&model).contains("no supervisor answers"), "{key}");
    }
    press(&mut model, &[Key::Char('s')]);
    write(&mut model, "hello");
    assert_eq!(press(&mut model, &[Key::Control('s')]), []);
    assert_eq!(model.drafts["ada"].text(), "hello");
}

#[test]
fn watch_and_attach_leave_the_screen() {
    let mut model = model(&kinds(), (120, 24));
    let ada = || "ada".to_owned();
    assert_eq!(press(&mut model, &[Key::Char('w')]), [Effect::Errand(Errand::Watch, ada())]);
    press(&mut model, &[Key::Enter]);
    assert_eq!(press(&mut model, &[Key::Char('a')]), [Effect::Errand(Errand::Attach, ada())]);
}

fn message(state: &str, is_final: bool) -> MessageReply {
    serde_json::from_value(json!({
        "as_of_seq": 1, "id": "m1", "agent": "ada", "state": state, "reason": null,
        "position": 0, "at_ms": 1, "is_final": is_final
    }))
    .unwrap()
}

#[test]
fn a_message_goes_once_and_is_lost_never() {
    let mut model = model(&kinds(), (120, 24));
    press(&mut model, &[Key::Char('s')]);
    assert_eq!(press(&mut model, &[Key::Control('s')]), []);
    assert_eq!(notice(&model), "nothing is written yet");
    write(&mut model, "first");
    press(&mut model, &[Key::Enter]);
    model.take(Input::Paste("second\r".to_owned()));
    let text = "first\nsecond\r".to_owned();
    let asked = || SendAsked { text: "first\nsecond\r".to_owned(), ..SendAsked::default() };
    let sent = press(&mut model, &[Key::Control('s'), Key::Control('s'), Key::Char('x')]);
    assert_eq!(sent, [Effect::Send("ada".to_owned(), asked())], "once, whatever is pressed");
    model.sent("ada", Err("the mailbox is full".to_owned()));
    assert!(notice(&model).contains("the text is kept: the mailbox is full"));
    assert_eq!(model.drafts["ada"].text(), text);
    press(&mut model, &[Key::Escape]);
    assert!(model.over.is_none());
    press(&mut model, &[Key::Char('s')]);
    assert_eq!(model.drafts["ada"].text(), text, "it is there again");
    let sent = press(&mut model, &[Key::AltEnter]);
    assert_eq!(sent, [Effect::Send("ada".to_owned(), asked())]);
    model.sent("ada", Ok(&message("queued", false)));
    assert!(model.drafts.is_empty() && model.over.is_none());
    model.followed(&message("unknown", true));
    assert!(
        notice(&model).contains("nobody can say") && model.notice.as_ref().unwrap().1 == Tone::Bad
    );
}

#[test]
fn a_message_is_sent_as_it_is_asked_for_and_that_is_seen_before() {
    let mut model = model(&kinds(), (120, 24));
    press(&mut model, &[Key::Char('s')]);
    write(&mut model, "go");
    press(&mut model, &[Key::Alt('w'), Key::Alt('i'), Key::Alt('c'), Key::Alt('c')]);
    let bar =
        " message for ada  waits until idle, INTERRUPTS its turn, class terminal-log  2 bytes";
    assert!(text(&model).contains(bar), "{}", text(&model));
    let sent = press(&mut model, &[Key::Control('s')]);
    let class = Some("terminal-log".to_owned());
    let text = "go".to_owned();
    let asked = SendAsked { text, class, interrupt: true, wait_idle: true, ..SendAsked::default() };
    assert_eq!(sent, [Effect::Send("ada".to_owned(), asked)]);
    // All of it is taken back by the same keys.
    model.sent("ada", Err("no".to_owned()));
    press(&mut model, &[Key::Alt('w'), Key::Alt('i'), Key::Alt('c'), Key::Alt('c'), Key::Alt('c')]);
    let sent = press(&mut model, &[Key::Control('s')]);
    let asked = SendAsked { text: "go".to_owned(), ..SendAsked::default() };
    assert_eq!(sent, [Effect::Send("ada".to_owned(), asked)]);
}

#[test]
fn the_ladder_of_a_message_grows_as_its_events_come() {
    let mut model = model(&kinds(), (120, 24));
    model.sent("ada", Ok(&message("queued", false)));
    assert_eq!(notice(&model), "message m1 for ada: waits in its mailbox");
    let event = |kind: &str, id: &str, more: (&str, &str)| -> EventRecord {
        serde_json::from_value(json!({
            "seq": 50, "id": "e", "ts_ms": 1, "tenant": "tess", "host": "hill", "agent": "ada",
            "session": null, "type": kind, "schema_version": 1, "actor": "supervisor",
            "cause": null, "traceparent": null, "payload": {"id": id, more.0: more.1}
        }))
        .unwrap()
    };
    model.happened(&event("message.typing", "m1", ("channel", "keystrokes")));
    model.happened(&event("message.typed", "m1", ("", "")));
    assert_eq!(notice(&model), "message m1 for ada: queued → typing → on its way");
    model.happened(&event("message.rejected", "other", ("reason", "no")));
    model.happened(&event("message.accepted", "m1", ("grade", "accepted_queued")));
    let end = "message m1 for ada: queued → typing → typed → accepted, behind its running turn";
    assert_eq!(notice(&model), end);
    model.followed(&message("accepted_queued", true));
    assert_eq!((notice(&model), model.notice.as_ref().unwrap().1), (end, Tone::Good));
}

#[test]
fn a_paste_outside_a_text_presses_no_keys() {
    let mut model = model(&kinds(), (120, 24));
    assert_eq!(model.take(Input::Paste("ry\nq".to_owned())), []);
    assert!(model.over.is_none() && notice(&model).contains("pasted"));
}

#[test]
fn what_ends_it_ends_it_everywhere() {
    for before in [&[][..], &[Key::Enter], &[Key::Char('?')], &[Key::Char('s')], &[Key::Char('/')]]
    {
        let mut model = model(&kinds(), (120, 24));
        press(&mut model, before);
        assert_eq!(press(&mut model, &[Key::Control('c')]), [Effect::Interrupt], "{before:?}");
        assert_eq!(press(&mut model, &[Key::Control('z')]), [Effect::Suspend], "{before:?}");
    }
    let mut model = model(&kinds(), (120, 24));
    assert_eq!(
        press(&mut model, &[Key::Char('?'), Key::Char('q')]),
        [],
        "it closes the page first"
    );
    assert_eq!(press(&mut model, &[Key::Char('q')]), [Effect::Quit]);
}

#[test]
fn the_page_of_keys_goes_no_further_than_its_end() {
    let mut model = model(&kinds(), (80, 10));
    press(&mut model, &[Key::Char('?'), Key::PageDown, Key::PageDown, Key::PageDown]);
    for _ in 0..50 {
        press(&mut model, &[Key::Down]);
    }
    assert!(text(&model).contains("q, Ctrl-C"), "{}", text(&model));
    let Some(Over::Help(last)) = model.over else { panic!("it is open") };
    let end = text(&model);
    press(&mut model, &[Key::Up]);
    assert_eq!(model.over, Some(Over::Help(last - 1)));
    assert_ne!(text(&model), end, "one step up is one step up");
}
