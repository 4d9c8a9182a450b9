//! The manual: shown by a real `man`, written for packages, and what happens where there is none.

use crate::fake::Fake;
use crate::need::need;
use crate::pager::leave;
use crate::terminal::Terminal;

#[test]
fn a_page_is_shown_by_man_on_a_terminal_and_as_text_into_a_pipe() {
    if !need("man") {
        return;
    }
    let fake = Fake::absent();
    let output = fake.mosaic(&["man", "agent", "watch"]);
    assert_eq!(output.code, 0, "{output:?}");
    for text in ["MOSAIC-AGENT-WATCH(1)", "EXIT STATUS", "mosaic watch ada", "mosaic-watch(1)"] {
        let is_there = output.stdout.to_lowercase().contains(&text.to_lowercase());
        assert!(is_there, "{text}: {}", output.stdout);
    }
    if !need("tmux") || !need("less") {
        return;
    }
    let terminal =
        Terminal::running(fake.home.path(), (80, 20), "trap : INT; MANPAGER=less", "man send");
    terminal.shows("SYNOPSIS");
    // The key would end what still formats; at its end nothing does.
    terminal.press(&["G"]);
    terminal.shows("SEE ALSO");
    terminal.press(&["C-c"]);
    leave(&terminal, "[ended 0]");
}

#[test]
fn every_page_is_written_for_a_package() {
    let fake = Fake::absent();
    let pages = fake.home.path().join("share/man1");
    let output = fake.mosaic(&["man", "--write", pages.to_str().unwrap()]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:?}");
    let count = std::fs::read_dir(&pages).unwrap().count();
    assert_eq!(output.stdout, format!("{count} pages written to HOME/share/man1\n"));
    for page in ["mosaic.1", "mosaic-top.1", "mosaic-fleet-top.1", "mosaic-events-verify.1"] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.contains(".SH EXAMPLES"), "{page}");
    }
    let output = fake.mosaic(&["man", "--write", "/proc/none"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("write /proc/none: ") && output.stderr.contains("next: "));
}

#[test]
fn where_there_is_no_man_the_help_is_shown() {
    let fake = Fake::absent();
    let output = fake.finished(fake.command(&["man", "watch"]).env("PATH", fake.home.path()));
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stdout.contains("Usage: mosaic watch"), "{output:?}");
    assert!(output.stderr.contains("`man` cannot be run"), "{output:?}");
    let output = fake.mosaic(&["man", "wacth"]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.stderr.contains("next: did you mean `mosaic man watch`?"), "{output:?}");
}

#[test]
fn help_in_words_is_help_behind_options_of_every_verb_too() {
    let fake = Fake::absent();
    for (before, verb) in [
        (&["--no-pager"][..], &["send"][..]),
        (&["--color", "never"], &["agent", "watch"]),
        (&["--color=never", "--no-pager"], &["hook"]),
        (&["--no-pager"], &[]),
    ] {
        let asked = fake.mosaic(&[before, &["help"], verb].concat());
        let wanted = fake.mosaic(&[&["help"], verb].concat());
        assert_eq!((asked.code, asked.stderr.as_str()), (0, ""), "{before:?} {verb:?}");
        assert_eq!(asked.stdout, wanted.stdout, "{before:?} {verb:?}");
    }
    let output = fake.mosaic(&["--color", "never", "sned"]);
    assert_eq!(output.code, 2, "{output:?}");
}

#[test]
fn a_man_that_fails_is_told_unless_its_reader_has_left() {
    let fake = Fake::absent();
    let bin = fake.home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let man = |end: &str| {
        let path = bin.join("man");
        std::fs::write(&path, format!("#!/bin/sh\n{end}\n")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).unwrap();
        let mut command = fake.command(&["man", "send"]);
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        command
    };
    let output = fake.finished(&mut man("echo 'no nroff' >&2; exit 3"));
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("`man` did not show the page: exit status: 3"), "{output:?}");
    for end in ["kill -PIPE $$", "exit 141"] {
        let output = fake.finished(&mut man(end));
        assert_eq!((output.code, output.stderr.as_str()), (141, ""), "{end}");
    }
    // Whatever it makes of it.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = fake.finished(man("exit 3").stdout(writer));
    assert_eq!((output.code, output.stderr.as_str()), (141, ""), "{output:?}");
}
