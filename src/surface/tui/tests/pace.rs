//! How long the screen may sleep.

use std::time::Duration;

use serde_json::{Value, json};

use super::{NOW_MS, model, press, row};
use crate::surface::tui::model::{Model, Pace};
use crate::table::Column;
use crate::terminal::input::Key;

fn paced(row: Value, columns: &[Column]) -> Pace {
    Pace::of(&model(&[row], (200, 24)).narrowed("", Vec::new(), columns.to_vec()))
}

const CALM: &[Column] = &[Column::Agent, Column::Session, Column::Activity, Column::Health];

#[test]
fn ages_in_minutes_wake_nobody_before_the_minute_is_over() {
    let pace = paced(row("ada"), CALM);
    assert_eq!(pace.redraw_ms, Some(59_500));
    assert_eq!(pace.rows_good_for, Duration::from_secs(60));
}

#[test]
fn an_age_that_is_not_shown_wakes_nobody() {
    let mut young = row("ada");
    young["activity"]["since_ms"] = json!(NOW_MS - 2500);
    assert_eq!(paced(young.clone(), CALM).redraw_ms, Some(500));
    assert_eq!(paced(young.clone(), &[Column::Agent, Column::Session]).redraw_ms, Some(59_500));
    assert_eq!(paced(young.clone(), &[Column::Agent, Column::Health]).redraw_ms, None);
    // Nor one of a row that is not on the page.
    let rows: Vec<Value> = (0..40).map(|at| row(&format!("a{at}"))).chain([young]).collect();
    let mut model = model(&rows, (200, 24)).narrowed("", Vec::new(), CALM.to_vec());
    assert_eq!(Pace::of(&model).redraw_ms, Some(59_500));
    press(&mut model, &[Key::End]);
    assert_eq!(Pace::of(&model).redraw_ms, Some(500));
}

#[test]
fn what_only_asking_tells_is_asked_for_at_the_step_that_it_is_shown_in() {
    let heartbeat = &[Column::Agent, Column::Heartbeat];
    assert_eq!(paced(row("ada"), heartbeat).rows_good_for, Duration::from_secs(1));
    let mut late = row("ada");
    late["heartbeat"]["age_ms"] = json!(61_000);
    assert_eq!(paced(late, heartbeat).rows_good_for, Duration::from_secs(60));
    let load = &[Column::Agent, Column::Proc];
    assert_eq!(paced(row("ada"), load).rows_good_for, Duration::from_secs(10));
}

#[test]
fn what_the_table_would_want_counts_for_nothing_while_something_else_is_shown() {
    let opened = |key| -> Model {
        let mut model = model(&[row("ada")], (200, 24));
        press(&mut model, &[key]);
        model
    };
    let help = Pace::of(&opened(Key::Char('?')));
    assert_eq!((help.redraw_ms, help.rows_good_for), (None, Duration::from_secs(60)));
    let closely = Pace::of(&opened(Key::Enter));
    assert_eq!(closely.evidence_good_for, Some(Duration::from_secs(5)));
}

#[test]
fn while_nobody_answers_only_the_age_of_the_rows_ticks() {
    let mut model = model(&[row("ada")], (200, 24));
    model.gone("it left", NOW_MS + 61_000);
    assert_eq!(Pace::of(&model).redraw_ms, Some(59_000));
}
