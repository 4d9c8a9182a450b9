//! What stands on the screen, at the sizes that people have.

use ratatui_core::style::{Color, Modifier};

use super::{NOW_MS, cells, explained, inbox, kinds, many, model, press, row, screen, text, write};
use crate::surface::tui::model::Model;
use crate::table::{Column, Paint};
use crate::terminal::input::Key;

/// Looks closely at the first agent, with everything answered.
fn closely(size: (u16, u16)) -> Model {
    let mut model = model(&kinds(), size);
    assert_eq!(press(&mut model, &[Key::Enter]), []);
    assert_eq!(model.asks_about().as_deref(), Some("ada"));
    model.explained("ada", Ok((explained(), inbox())));
    let paint = "\x1b[1;32mada>\x1b[0m cargo test\r\n\u{4e16}\u{754c} \x1b[7mok\x1b[0m\r\n> ";
    model.watched(Ok(screen(200, 50, paint)));
    model
}

#[test]
fn the_table_at_80_by_24() {
    insta::assert_snapshot!(text(&model(&kinds(), (80, 24))));
}

#[test]
fn the_table_at_300_by_100() {
    insta::assert_snapshot!(text(&model(&many(200), (300, 100))));
}

#[test]
fn the_table_at_40_by_10() {
    insta::assert_snapshot!(text(&model(&many(30), (40, 10))));
}

#[test]
fn nothing_is_drawn_beyond_the_smallest_terminals() {
    for size in [(1, 1), (1, 30), (30, 1), (2, 2), (12, 3), (20, 4)] {
        let mut small = model(&many(30), size);
        text(&small);
        for keys in [&[Key::Char('?')][..], &[Key::Escape, Key::Enter], &[Key::Char('s')]] {
            press(&mut small, keys);
            text(&small);
        }
    }
}

#[test]
fn a_filter_while_it_is_typed() {
    let mut model = model(&kinds(), (80, 24));
    press(&mut model, &[Key::Char('/')]);
    write(&mut model, "stub !healthy");
    insta::assert_snapshot!(text(&model));
}

#[test]
fn all_keys() {
    let mut model = model(&kinds(), (80, 40));
    press(&mut model, &[Key::Char('?')]);
    insta::assert_snapshot!(text(&model));
}

#[test]
fn one_agent_closely_at_80_by_24() {
    let mut model = closely((80, 24));
    let why = text(&model);
    press(&mut model, &[Key::Tab]);
    let events = text(&model);
    press(&mut model, &[Key::Char('4')]);
    insta::assert_snapshot!(format!("{why}\n=====\n{events}\n=====\n{}", text(&model)));
}

#[test]
fn one_agent_closely_at_200_by_40() {
    insta::assert_snapshot!(text(&closely((200, 40))));
}

#[test]
fn a_question_says_what_would_be_lost() {
    let mut model = model(&kinds(), (80, 12));
    press(&mut model, &[Key::Char('r')]);
    insta::assert_snapshot!(text(&model));
}

#[test]
fn a_message_while_it_is_written() {
    let mut model = model(&kinds(), (80, 24));
    press(&mut model, &[Key::Char('s')]);
    write(&mut model, "run the tests");
    press(&mut model, &[Key::Enter]);
    write(&mut model, "and \u{1b}say what fails");
    insta::assert_snapshot!(text(&model));
}

#[test]
fn a_connection_that_is_lost_leaves_grey_rows_with_their_date() {
    let mut model = model(&kinds(), (80, 24));
    model.gone("no supervisor listens on /s", NOW_MS + 14_000);
    insta::assert_snapshot!(text(&model));
    let cells = cells(&model);
    assert!((0..6).all(|y| cells[(2, y + 1)].modifier.contains(Modifier::DIM)));
    model.rows(super::reply(&kinds()), NOW_MS + 15_000);
    assert!(!text(&model).contains("NO ANSWER"));
}

#[test]
fn a_fleet_without_agents_says_how_to_have_some() {
    assert!(text(&model(&[], (80, 24))).contains("mosaic fleet init"));
}

#[test]
fn no_sequence_of_a_name_or_of_a_screen_reaches_the_terminal() {
    let mut shown = vec![text(&model(&kinds(), (300, 30)))];
    let mut closely = closely((200, 40));
    closely.say("it said \u{1b}[2J\u{9b}5n\u{202e}", crate::table::Tone::Bad);
    closely.gone("why \u{1b}]52;c;aGk=\u{7}", NOW_MS);
    shown.push(text(&closely));
    for text in shown {
        let bad = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
        assert_eq!(text.chars().find(bad), None, "{text}");
    }
}

#[test]
fn no_colour_is_alone_and_without_colours_everything_is_still_said() {
    let coloured = model(&kinds(), (160, 24));
    let mut plain = model(&kinds(), (160, 24));
    plain.paint = Paint::Plain;
    assert_eq!(text(&coloured), text(&plain));
    let cells = cells(&plain);
    assert!(cells.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    // Rows that differ in a colour differ in a word.
    let text = text(&coloured);
    for word in ["healthy", "unresponsive", "held", "stopped", "awaits approval", "unmanaged"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(text.contains("\n> ada"), "the selected row has a mark: {text}");
    assert!(cells[(4, 1)].modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_cell_says_what_the_table_of_ps_says() {
    let model = model(&kinds(), (300, 24));
    let text = text(&model);
    for row in &model.reply.rows {
        for (column, _) in model.list.shape() {
            let (cell, _) = column.cell(row, NOW_MS, crate::table::Detail::Short);
            assert!(text.contains(&cell), "{}: {cell} in\n{text}", column.heading());
        }
    }
    assert!(model.list.shape().iter().any(|(column, _)| *column == Column::Proc));
}

#[test]
fn a_column_that_became_wide_stays_so() {
    let mut wide = row("ada");
    wide["process"]["cpu"] = serde_json::json!(100.0);
    let mut model = model(&[wide], (120, 10));
    let before = model.list.shape().to_vec();
    model.rows(super::reply(&[row("ada")]), NOW_MS);
    assert_eq!(model.list.shape(), before);
    model.resize((121, 10));
    assert_ne!(model.list.shape(), before);
}
