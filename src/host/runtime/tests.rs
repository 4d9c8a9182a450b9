//! Starts and texts that need no program of anybody else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::speech::MESSAGE_BYTES_MAX;
use super::*;
use crate::fleet::{
    Address, AgentName, Approvals, Backoff, Conversation, Definition, EnvValue, HeartbeatPlan,
    Kind, Limits, OutputPlan, RestartPlan, RestartPolicy, RuntimeKind, SessionId, Size, StopPlan,
};

fn definition(runtime: RuntimeKind, workspace: &Path) -> Definition {
    Definition {
        name: AgentName::parse("ada").unwrap(),
        role: None,
        role_description: None,
        runtime,
        runtime_name: None,
        workspace: workspace.to_owned(),
        command: None,
        args: Vec::new(),
        env: Vec::new(),
        boot: false,
        lifecycle: Kind::Core,
        heartbeat: HeartbeatPlan {
            every_ms: 1,
            healthy_within_ms: 2,
            grace_ms: 3,
            on_unresponsive: crate::fleet::OnUnresponsive::Notify,
        },
        restart: RestartPlan {
            policy: RestartPolicy::Never,
            backoff: Backoff { initial_ms: 0, max_ms: 0, jitter_percent: 10 },
            give_up_after: 1,
        },
        stop: StopPlan { signal: "TERM".to_owned(), grace_ms: 1 },
        size: Size { columns: 80, rows: 24 },
        approvals: Approvals::Runtime,
        limits: Limits::default(),
        labels: [].into(),
        output: OutputPlan::default(),
    }
}

fn launched(definition: &Definition, home: &Path) -> Result<Launch, LaunchError> {
    launch(&LaunchAsked {
        definition,
        address: &Address {
            agent: definition.name.clone(),
            host: "here".to_owned(),
            tenant: "me".to_owned(),
        },
        session: &SessionId("s1".to_owned()),
        token: "a-token",
        conversation: &Conversation::New("0123456789abcdef0123456789abcdef".to_owned()),
        guest_socket: Path::new("/run/guest.sock"),
        spool: Path::new("/spool"),
        files: &home.join("files"),
        mosaic: Path::new("/opt/mosaic"),
        traceparent: Some("00-trace"),
        home,
        moved_to: None,
        user: "nobody-here",
    })
}

/// A home directory with a `claude` that is only found, never run.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let program = home.path().join(".local/bin/claude");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    fs::write(&program, "").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    home
}

#[test]
fn the_environment_is_the_fixed_base_and_the_rosters() {
    let home = home();
    let mut definition = definition(RuntimeKind::Stub, home.path());
    let secret = home.path().join("secret");
    fs::write(&secret, "two\nlines\n").unwrap();
    definition.env = vec![
        ("SECRET".to_owned(), EnvValue::FromFile(secret)),
        ("TERM".to_owned(), EnvValue::Value("dumb".to_owned())),
        ("MOSAIC_SESSION_TOKEN".to_owned(), EnvValue::Value("forged".to_owned())),
    ];
    let launch = launched(&definition, home.path()).unwrap();
    let names: Vec<_> = launch.env.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "PATH",
        "LANG",
        "TERM",
        "COLORTERM",
        "SECRET",
        "MOSAIC_SESSION_TOKEN",
        "MOSAIC_AGENT",
        "MOSAIC_TENANT",
        "MOSAIC_HOST",
        "MOSAIC_SESSION",
        "MOSAIC_HEARTBEAT_SOCKET",
        "TRACEPARENT",
    ];
    assert_eq!(names, expected, "nothing of this process's own environment");
    let value = |name: &str| {
        let pair = launch.env.iter().find(|(other, _)| other == name);
        pair.map(|(_, value)| value.as_str()).unwrap()
    };
    assert_eq!(value("SECRET"), "two\nlines");
    assert_eq!(value("TERM"), "dumb");
    assert_eq!(value("MOSAIC_SESSION_TOKEN"), "a-token");
    assert_eq!(value("SHELL"), "/bin/sh", "a user without a passwd entry has no other");
    assert_eq!(launch.argv, ["/opt/mosaic", "runtime", "stub"]);
}

#[test]
fn claude_gets_everything_by_flag() {
    let home = home();
    let mut definition = definition(RuntimeKind::Claude, home.path());
    definition.args = vec!["--model".to_owned(), "opus".to_owned()];
    let launch = launched(&definition, home.path()).unwrap();
    let at = |name: &str| home.path().join(name).display().to_string();
    let expected = [
        at(".local/bin/claude"),
        "--settings".to_owned(),
        at("files/settings.json"),
        "--mcp-config".to_owned(),
        at("files/mcp.json"),
        "--permission-mode".to_owned(),
        "manual".to_owned(),
        "--session-id".to_owned(),
        "01234567-89ab-cdef-0123-456789abcdef".to_owned(),
        "--model".to_owned(),
        "opus".to_owned(),
    ];
    assert_eq!(launch.argv, expected);
    let mode = |path: String| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(at("files")), mode(at("files/mcp.json"))), (0o700, 0o600));
    for file in ["files/settings.json", "files/mcp.json"] {
        let text = fs::read_to_string(at(file)).unwrap();
        assert!(text.contains("/opt/mosaic") && !text.contains("a-token"), "{text}");
    }

    definition.args = vec!["--permission-mode=plan".to_owned()];
    let argv = launched(&definition, home.path()).unwrap().argv;
    assert!(!argv.contains(&"manual".to_owned()), "{argv:?}");
}

#[test]
fn a_start_that_cannot_be_says_what_to_do() {
    let home = home();
    let broken = |change: &dyn Fn(&mut Definition)| {
        let mut definition = definition(RuntimeKind::Claude, home.path());
        change(&mut definition);
        launched(&definition, home.path()).unwrap_err().to_string()
    };
    let nowhere = home.path().join("nowhere");
    let cases: [(String, &[&str]); 7] = [
        (
            broken(&|definition| definition.command = Some("claude-from-nowhere".to_owned())),
            &["claude-from-nowhere", "/usr/local/bin", "npm install -g @anthropic-ai/claude-code"],
        ),
        (broken(&|definition| definition.workspace = nowhere.clone()), &["nowhere", "make it"]),
        (
            broken(&|definition| {
                definition.env = vec![("KEY".to_owned(), EnvValue::FromFile(nowhere.clone()))];
            }),
            &["KEY", "nowhere", "No such file"],
        ),
        (
            broken(&|definition| {
                definition.env = vec![("KEY".to_owned(), EnvValue::Value("a\0b".to_owned()))];
            }),
            &["KEY", "NUL"],
        ),
        (broken(&|definition| definition.args = vec!["--resume=x".to_owned()]), &["remove it"]),
        (broken(&|definition| definition.args = vec!["-p".to_owned()]), &["does not stay"]),
        (broken(&|definition| definition.runtime = RuntimeKind::Command), &["set `command`"]),
    ];
    for (text, words) in cases {
        for word in words {
            assert!(text.contains(word), "{text:?} does not say {word:?}");
        }
    }
}

#[test]
fn keys_carry_text_and_nothing_else() {
    let keys = |kind, text: &str| sendable(kind, true, text);
    for good in ["hi", "a\n\tb", "日本語", "ends in \\ blank ", &"x".repeat(MESSAGE_BYTES_MAX)] {
        assert_eq!(keys(RuntimeKind::Claude, good), Ok(()), "{good}");
    }
    let bad = [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a\0", "U+0000 at byte 1"),
        ("a\x1b[201~", "U+001B"),
        ("a\r\nb", "U+000D"),
        ("\u{9b}31m", "U+009B"),
        ("a\x7f", "U+007F"),
        (&"x".repeat(MESSAGE_BYTES_MAX + 1), "at most 65536"),
        ("ends in \\", "new line"),
        ("ends in \\\u{200b}", "new line"),
        ("\u{200b}\u{202e} ", "nothing but white space"),
    ];
    for (text, why) in bad {
        let said = keys(RuntimeKind::Claude, text).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(sendable(RuntimeKind::Stub, false, "a\x1b\0\r"), Ok(()), "a channel carries all");
    assert_eq!(keys(RuntimeKind::Stub, "ends in \\"), Ok(()));
}

#[test]
fn only_claude_changes_a_text() {
    let claude = |sent, submitted| same_text(RuntimeKind::Claude, sent, submitted);
    assert!(claude("a\tb \n", "a    b"));
    assert!(claude("<pasted_content>", "<\\pasted_content>"));
    assert!(
        claude("e\u{301}\u{34f}x", "\u{e9}x") && claude("\u{1112}\u{1161}\u{11ab}", "\u{d55c}")
    );
    assert!(claude("a\u{202e}b\u{200b}\u{feff}\u{ad}c\u{2028}d", "abc\nd"));
    assert!(claude(
        "\u{2764}\u{fe0f} \u{1f468}\u{200d}\u{1f469}",
        "\u{2764}\u{fe0f} \u{1f468}\u{200d}\u{1f469}"
    ));
    assert!(!claude("e", "\u{e9}") && !claude("a\u{301}", "a") && !claude("\u{fb01}", "fi"));
    assert!(!claude("a b", "a  b"));
    assert!(!claude(" a", "a"));
    assert!(same_text(RuntimeKind::Stub, "a\t", "a\t"));
    assert!(!same_text(RuntimeKind::Stub, "a\t", "a"));
}

fn screen(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_composer_is_read_and_never_guessed() {
    let rule = "─".repeat(40);
    let between =
        |lines: &str| screen(&format!("❯ [m-a] older\n{rule}\n{lines}\n{rule}\n  footer"));
    let of = |text: &str, lines: &str| composer(RuntimeKind::Claude, &between(lines), None, text);
    let ours = "[m-a] new\n\tline 2";
    assert_eq!(of(ours, "❯\u{a0}"), Composer::Empty);
    assert_eq!(of(ours, "❯"), Composer::Empty);
    assert_eq!(of(ours, "❯\u{a0}[m-a] new\n      line 2"), Composer::HoldsOnly);
    // A low screen shows its first lines.
    assert_eq!(of(ours, "❯\u{a0}[m-a] new"), Composer::HoldsOnly);
    assert_eq!(of(ours, "❯\u{a0}[Pasted text #3 +9 lines]"), Composer::HoldsOnly);
    let two = "❯\u{a0}[Pasted text #3] [Pasted text #4]";
    let others = [
        "❯\u{a0}draft [m-a] new\n  line 2",
        "❯\u{a0}[m-a] new\n  line 2 and a draft",
        "❯\u{a0}  [m-a] new\n  line 2",
        "❯\u{a0}\n  draft",
        "! [m-a] new\n  line 2",
        "❯\u{a0}[m-b] new\n  line 2",
        two,
    ];
    for other in others {
        assert_eq!(of(ours, other), Composer::HoldsOther, "{other}");
    }
    assert_eq!(of("", "❯\u{a0}[m-a] new\n  line 2"), Composer::HoldsOther);
    let speaks = "[m-a] press Esc to cancel";
    assert_eq!(of(speaks, &format!("❯\u{a0}{speaks}")), Composer::HoldsOnly);
    let menu = screen(&format!("{rule}\n Pick?\n❯ 1. A\n{rule}\n  4. Chat\nEnter to select"));
    assert_eq!(
        composer(RuntimeKind::Claude, &menu, None, ours),
        Composer::Dialog("Pick? · ❯ 1. A · 4. Chat · Enter to select".to_owned())
    );
    let nothing = composer(RuntimeKind::Claude, &screen("\n\n"), None, ours);
    assert!(matches!(nothing, Composer::Unclear(_)));

    let stub = |text: &str, rows: &str| {
        let shown = format!("> older\n{rule}\n{rows}\n ada · idle");
        composer(RuntimeKind::Stub, &screen(&shown), None, text)
    };
    assert_eq!(stub("[m-a] x\n> y", "> [m-a] x\n| > y"), Composer::HoldsOnly);
    assert_eq!(stub("[m-a] x", ">"), Composer::Empty);
    let others =
        ["> d [m-a] x", "> [m-a] xd", "> [m-a]", ">\n| [m-a] x", "> > [m-a] x", ">   [m-a] x"];
    for other in others {
        assert_eq!(stub("[m-a] x", other), Composer::HoldsOther, "{other}");
    }
    assert_eq!(stub("[m-a] x", "> [m-a] x\n|"), Composer::HoldsOther, "Enter was a new line");
    assert_eq!(stub("[m-a] x\n", "> [m-a] x\n|"), Composer::HoldsOnly);
    let dialog = stub("[m-a] x", "May I go on?\n  1. Yes\n> [m-a] x");
    assert_eq!(dialog, Composer::Dialog("May I go on? · 1. Yes".to_owned()));
    assert!(matches!(composer(RuntimeKind::Stub, &screen("$ >"), None, ""), Composer::Unclear(_)));
}

#[test]
fn a_composer_that_hides_rows_or_shows_odd_letters_is_read_as_far_as_it_goes() {
    let stub = |text: &str, rows: &[&str]| {
        let shown = format!("────────\n> {}\n ada · idle", rows.join("\n| "));
        composer(RuntimeKind::Stub, &screen(&shown), None, text)
    };
    let long = format!("[m-a] {}end", "line\n".repeat(30));
    let folded = ["[m-a] line", "line", "… 27 more rows …", "line", "end"];
    assert_eq!(stub(&long, &folded), Composer::HoldsOnly);
    let mut mixed = folded;
    mixed[4] = "end, and a draft";
    assert_eq!(stub(&long, &mixed), Composer::HoldsOther);
    // A mark may be drawn with its letter, behind it, or not at all; what precedes it is compared.
    let odd = "[m-a] e\u{301}\u{200d}x";
    for shown in ["[m-a] é\u{200d}x", "[m-a] ex", "[m-a] e\u{301}x"] {
        assert_eq!(stub(odd, &[shown]), Composer::HoldsOnly, "{shown}");
    }
    assert_eq!(stub(odd, &["draft [m-a] ex"]), Composer::HoldsOther);
    // The tag of a narrow pane goes over rows.
    assert_eq!(stub("[m-abc] x y", &["[m-", "abc]", "x y"]), Composer::HoldsOnly);
}

#[test]
fn signs_of_a_dialog_that_stand_there_already_are_none() {
    let signs = dialog_signs(RuntimeKind::Claude, &screen("x\n  press Esc to cancel it"));
    assert!(!signs.contains(&"Esc to cancel") && signs.contains(&"Enter to confirm"));
    // Formats and patterns of tmux would read these.
    for kind in [RuntimeKind::Claude, RuntimeKind::Stub] {
        for sign in dialog_signs(kind, &[]) {
            assert!(!sign.contains(['#', ',', '{', '}', '[', ']', '*', '?', '\\']), "{sign}");
        }
    }
}

#[test]
fn the_cursor_tells_a_draft_from_what_is_suggested_and_from_nothing() {
    let rule = "─".repeat(40);
    for (first, ghost) in [("❯\u{a0}Try \"fix a bug\"", true), ("❯\u{a0}half a thought", false)]
    {
        let shown = screen(&format!("{rule}\n{first}\n{rule}\n  footer"));
        let at = |column| composer(RuntimeKind::Claude, &shown, Some((column, 1)), "");
        let without = if ghost { Composer::Empty } else { Composer::HoldsOther };
        assert_eq!((at(2), at(17)), (without, Composer::HoldsOther), "{first}");
        // Somewhere else it tells nothing: claude may just be drawing.
        let elsewhere = composer(RuntimeKind::Claude, &shown, Some((17, 3)), "");
        assert_eq!(elsewhere, at(2));
    }
    let shown = screen(&format!("{rule}\n>\n ada · idle"));
    let at = |cursor| composer(RuntimeKind::Stub, &shown, Some(cursor), "");
    assert_eq!((at((2, 1)), at((5, 1))), (Composer::Empty, Composer::HoldsOther));
}
