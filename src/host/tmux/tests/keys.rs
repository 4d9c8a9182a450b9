//! Text and keys: exact, or refused before anything goes out.

use std::fs;

use super::{Fixture, eventually};
use crate::fleet::Pane;
use crate::host::tmux::Pasted;

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
    assert_eq!(fixture.tmux.press(&pane.id, b"\r").await.unwrap(), dead);
    let gone = Pasted::Refused("pane %99 is gone".to_owned());
    assert_eq!(fixture.tmux.paste("%99", "text").await.unwrap(), gone);
    assert_eq!(fixture.tmux.press("%99", b"\r").await.unwrap(), gone);
    let off = fixture.pane("bob", "exec cat").await;
    fixture.client(&["select-pane", "-d", "-t", &off.id]).await;
    let refused = Pasted::Refused(format!("the input of pane {} is switched off", off.id));
    assert_eq!(fixture.tmux.paste(&off.id, "text").await.unwrap(), refused);
    assert_eq!(fixture.tmux.press(&off.id, b"\r").await.unwrap(), refused);
    assert_eq!(fixture.client(&["list-buffers"]).await, "", "a text was left in a buffer");
    assert_eq!(fixture.tmux.panes().await.unwrap().len(), 3);
}

#[tokio::test]
async fn keys_reach_the_program_as_bytes_also_while_a_human_looks_back() {
    let fixture = Fixture::new().await;
    let pane = recorder(&fixture).await;
    fixture.client(&["copy-mode", "-t", &pane.id]).await;
    let keys: Vec<u8> = (0..=255).collect();
    assert_eq!(fixture.tmux.press(&pane.id, &keys).await.unwrap(), Pasted::Done);
    gets(&fixture, &keys).await;
    for bad in [&b""[..], &[b'x'; 1025]] {
        let pressed = fixture.tmux.press(&pane.id, bad).await.unwrap();
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
