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
    let claude = |screen: &[String]| composer(RuntimeKind::Claude, screen, "[m-a] ");
    assert_eq!(claude(&between("❯\u{a0}")), Composer::Empty);
    assert_eq!(claude(&between("❯")), Composer::Empty);
    assert_eq!(claude(&between("❯\u{a0}[m-a] new\n  line 2")), Composer::HoldsOnly);
    assert_eq!(claude(&between("❯\u{a0}[Pasted text #3 +9 lines]")), Composer::HoldsOnly);
    let two = "❯\u{a0}[Pasted text #3] [Pasted text #4]";
    for other in
        ["❯\u{a0}draft [m-a] new", "❯\u{a0}\n  draft", "! [m-a] new", two, "❯\u{a0}[m-b] x"]
    {
        assert_eq!(claude(&between(other)), Composer::HoldsOther, "{other}");
    }
    let menu = screen(&format!("{rule}\n Pick?\n❯ 1. A\n{rule}\n  4. Chat\nEnter to select"));
    assert_eq!(
        claude(&menu),
        Composer::Dialog("Pick? · ❯ 1. A · 4. Chat · Enter to select".to_owned())
    );
    assert!(matches!(claude(&screen("\n\n")), Composer::Unclear(_)));

    let stub = |rows: &str| {
        let text = format!("> older\n{rule}\n{rows}\n ada · idle");
        composer(RuntimeKind::Stub, &screen(&text), "[m-a] ")
    };
    assert_eq!(stub("> [m-a] x\n| > y"), Composer::HoldsOnly);
    assert_eq!(stub(">"), Composer::Empty);
    for other in ["> draft [m-a] x", ">\n| [m-a] x", "> > [m-a] x"] {
        assert_eq!(stub(other), Composer::HoldsOther, "{other}");
    }
    let dialog = stub("May I go on?\n  1. Yes\n> [m-a] x");
    assert_eq!(dialog, Composer::Dialog("May I go on? · 1. Yes".to_owned()));
    assert!(matches!(composer(RuntimeKind::Stub, &screen("$ >"), ""), Composer::Unclear(_)));
}
