//! Text and keys: exact, or refused before anything goes out.

use std::fs;

use super::{Fixture, eventually};
use crate::fleet::Pane;
use crate::host::tmux::{Pasted, Unless};

/// A program that asks for brackets and writes all that it gets into `keys`.
async fn recorder(fixture: &Fixture) -> Pane {
    let script = "stty raw -echo; printf '\\033[?2004hready'; exec cat >keys";
    let pane = fixture.pane("ada", script).await;
    fixture.shows(&pane, "ready").await;
    pane
}

async fn gets(fixture: &Fixture, wanted: &[u8]) {
    eventually("every key", async || fs::read(fixture.path("keys")).unwrap().len() >= wanted.len())
        .await;
    assert!(fs::read(fixture.path("keys")).unwrap() == wanted, "other keys came");
}

fn bracketed(text: &str) -> Vec<u8> {
    format!("\x1b[200~{text}\x1b[201~").into_bytes()
}

#[tokio::test]
async fn a_paste_comes_in_brackets_and_byte_for_byte() {
    let fixture = Fixture::new().await;
    let pane = recorder(&fixture).await;
    let text = "-d $HOME `id` \"q\" 'q' \\ ~ {x} #{pane_id} %1;\n\ttwo é 日本 🦀;";
    assert_eq!(fixture.tmux.paste(&pane.id, text).await.unwrap(), Pasted::Done);
    gets(&fixture, &bracketed(text)).await;
    assert_eq!(fixture.client(&["list-buffers"]).await, "", "a text was left in a buffer");
}

#[tokio::test]
async fn a_paste_of_64_kib_is_exact() {
    let fixture = Fixture::new().await;
    let pane = recorder(&fixture).await;
    let text: String = (0..).map(|n| format!("{n} é;\n")).take(9000).collect();
    let text = &text[..64 * 1024];
    assert_eq!(fixture.tmux.paste(&pane.id, text).await.unwrap(), Pasted::Done);
    gets(&fixture, &bracketed(text)).await;
}

#[tokio::test]
async fn a_program_without_brackets_gets_the_bare_text() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "stty raw -echo; echo ready; exec cat >keys").await;
    fixture.shows(&pane, "ready").await;
    assert_eq!(fixture.tmux.paste(&pane.id, "a\nb").await.unwrap(), Pasted::Done);
    gets(&fixture, b"a\nb").await;
}

#[tokio::test]
async fn control_characters_are_refused_before_anything_goes_out() {
    let fixture = Fixture::new().await;
    let pane = recorder(&fixture).await;
    for bad in ["a\x1b[201~b", "\r", "\x00", "x\x7f", "\u{9b}201~", "", &"x".repeat(300_000)] {
        let pasted = fixture.tmux.paste(&pane.id, bad).await.unwrap();
        assert!(matches!(pasted, Pasted::Refused(_)), "{bad:?}");
    }
    fixture.tmux.paste(&pane.id, "good").await.unwrap();
    gets(&fixture, &bracketed("good")).await;
}

#[tokio::test]
async fn a_dead_pane_refuses_and_the_server_lives() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "exit 3").await;
    fixture.is_dead(&pane).await;
    let dead = Pasted::Refused(format!("the process in pane {} is gone", pane.id));
    assert_eq!(fixture.tmux.paste(&pane.id, "text").await.unwrap(), dead);
    assert_eq!(fixture.tmux.press(&pane.id, b"\r", None).await.unwrap(), dead);
    let gone = Pasted::Refused("pane %99 is gone".to_owned());
    assert_eq!(fixture.tmux.paste("%99", "text").await.unwrap(), gone);
    assert_eq!(fixture.tmux.press("%99", b"\r", None).await.unwrap(), gone);
    let off = fixture.pane("bob", "exec cat").await;
    fixture.client(&["select-pane", "-d", "-t", &off.id]).await;
    let refused = Pasted::Refused(format!("the input of pane {} is switched off", off.id));
    assert_eq!(fixture.tmux.paste(&off.id, "text").await.unwrap(), refused);
    assert_eq!(fixture.tmux.press(&off.id, b"\r", None).await.unwrap(), refused);
    assert_eq!(fixture.client(&["list-buffers"]).await, "", "a text was left in a buffer");
    assert_eq!(fixture.tmux.panes().await.unwrap().len(), 3);
}

#[tokio::test]
async fn keys_reach_the_program_as_bytes_also_while_a_human_looks_back() {
    let fixture = Fixture::new().await;
    let pane = recorder(&fixture).await;
    fixture.client(&["copy-mode", "-t", &pane.id]).await;
    let keys: Vec<u8> = (0..=255).collect();
    assert_eq!(fixture.tmux.press(&pane.id, &keys, None).await.unwrap(), Pasted::Done);
    gets(&fixture, &keys).await;
    for bad in [&b""[..], &[b'x'; 1025]] {
        let pressed = fixture.tmux.press(&pane.id, bad, None).await.unwrap();
        assert!(matches!(pressed, Pasted::Refused(_)), "{}", bad.len());
    }
}

#[tokio::test]
async fn a_paste_keeps_its_brackets_while_a_human_looks_back() {
    let fixture = Fixture::new().await;
    let pane = recorder(&fixture).await;
    fixture.client(&["copy-mode", "-t", &pane.id]).await;
    assert_eq!(fixture.tmux.paste(&pane.id, "one\ntwo").await.unwrap(), Pasted::Done);
    gets(&fixture, &bracketed("one\ntwo")).await;
}

#[tokio::test]
async fn keys_stay_away_when_a_phrase_has_come_up_since_the_glance() {
    let fixture = Fixture::new().await;
    let script =
        "stty raw -echo; printf ready; head -c 1 >keys; printf '\\nMay I (y, n)?'; exec cat >>keys";
    let pane = fixture.pane("ada", script).await;
    fixture.shows(&pane, "ready").await;
    let glance = fixture.tmux.glance(&pane.id).await.unwrap();
    assert_eq!(glance.screen, ["ready"]);
    let unless = Some(Unless { since: &glance, shows: &["Esc to cancel", "May I (y"] });
    assert_eq!(fixture.tmux.press(&pane.id, b"a", unless).await.unwrap(), Pasted::Done);
    fixture.shows(&pane, "May I").await;
    assert_eq!(fixture.tmux.press(&pane.id, b"b", unless).await.unwrap(), Pasted::Changed);
    let unless = Some(Unless { since: &glance, shows: &["Esc to cancel"] });
    assert_eq!(fixture.tmux.press(&pane.id, b"c", unless).await.unwrap(), Pasted::Done);
    gets(&fixture, b"ac").await;
}

#[tokio::test]
async fn keys_stay_away_when_somebody_has_typed_since_the_glance() {
    let fixture = Fixture::new().await;
    let pane = recorder(&fixture).await;
    let terminal = Fixture::new().await;
    let socket = fixture.socket();
    let attach = format!("exec tmux -S '{}' attach -t '{}'", socket.display(), pane.session);
    let person = terminal.pane("person", &format!("unset TMUX; {attach}")).await;
    terminal.shows(&person, "ready").await;
    // Whoever has come has used it; tmux counts whole seconds.
    let second = || crate::clock::now().wall_ms / 1_000;
    let came = second();
    eventually("another second", async || second() > came).await;
    let glance = fixture.tmux.glance(&pane.id).await.unwrap();
    let unless = Some(Unless { since: &glance, shows: &[] });
    assert_eq!(fixture.tmux.press(&pane.id, b"a", unless).await.unwrap(), Pasted::Done);
    terminal.tmux.press(&person.id, b"x", None).await.unwrap();
    gets(&fixture, b"ax").await;
    assert_eq!(fixture.tmux.press(&pane.id, b"b", unless).await.unwrap(), Pasted::Changed);
    let glance = fixture.tmux.glance(&pane.id).await.unwrap();
    let unless = Some(Unless { since: &glance, shows: &[] });
    assert_eq!(fixture.tmux.press(&pane.id, b"c", unless).await.unwrap(), Pasted::Done);
    gets(&fixture, b"axc").await;
}

#[tokio::test]
async fn what_would_be_typed_into_other_panes_too_is_refused() {
    let fixture = Fixture::new().await;
    let pane = recorder(&fixture).await;
    let other = format!("exec cat >'{}'", fixture.path("other").display());
    fixture.client(&["split-window", "-t", &pane.id, &other]).await;
    fixture.client(&["set", "-w", "-t", &pane.id, "synchronize-panes", "on"]).await;
    let why = format!("what is typed into pane {} goes to the panes beside it, too", pane.id);
    let refused = Pasted::Refused(why);
    assert_eq!(fixture.tmux.paste(&pane.id, "text").await.unwrap(), refused);
    assert_eq!(fixture.tmux.press(&pane.id, b"\r", None).await.unwrap(), refused);
    fixture.client(&["set", "-w", "-t", &pane.id, "synchronize-panes", "off"]).await;
    assert_eq!(fixture.tmux.press(&pane.id, b"a", None).await.unwrap(), Pasted::Done);
    gets(&fixture, b"a").await;
    assert_eq!(fs::read(fixture.path("other")).unwrap(), b"");
}
