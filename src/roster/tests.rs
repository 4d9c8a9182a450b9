//! Rosters of `tests/fixtures/rosters`, good and wrong, and any bytes at all.

mod agree;
mod any;
mod drawn;
mod layers;
mod page;

use std::path::{Path, PathBuf};

use crate::fleet::{Definition, EnvValue, Kind, RestartPolicy, RuntimeKind};

use super::{Checked, Mistake, Source, drift, example, read, snippet};

const FULL: &[u8] = include_bytes!("../../tests/fixtures/rosters/good/full.yaml");
const LEAST: &[u8] = include_bytes!("../../tests/fixtures/rosters/good/least.yaml");
const ROLES: &[u8] = include_bytes!("../../tests/fixtures/rosters/good/roles.yaml");
const TOP: &[u8] = include_bytes!("../../roster.yaml");

macro_rules! wrong {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../tests/fixtures/rosters/wrong/", $name)))),*]
    };
}

/// Every wrong roster; what each gets is in `wrong.snap` beside them.
const WRONG: &[(&str, &[u8])] = wrong![
    "across.yaml",
    "anchors.yaml",
    "bomb.yaml",
    "bracket.yaml",
    "carriage.yaml",
    "coerced.yaml",
    "colon.yaml",
    "comment.yaml",
    "control.yaml",
    "deep.yaml",
    "defaults-broken.yaml",
    "duplicates.yaml",
    "empty.yaml",
    "environment.yaml",
    "escaped.yaml",
    "indent.yaml",
    "jitter.yaml",
    "keys.yaml",
    "label-map.yaml",
    "labels.yaml",
    "limits.yaml",
    "list.yaml",
    "mark.yaml",
    "marker.yaml",
    "names.yaml",
    "no-roles.yaml",
    "no-runtime.yaml",
    "not-utf8.yaml",
    "nothing-there.yaml",
    "other-reader.yaml",
    "output.yaml",
    "places.yaml",
    "quote.yaml",
    "ranges.yaml",
    "roles.yaml",
    "runtimes.yaml",
    "scalar.yaml",
    "tab.yaml",
    "tag-at-end.yaml",
    "tmux-words.yaml",
    "tmux.yaml",
    "two-documents.yaml",
    "two-readers.yaml",
    "units.yaml",
    "unknown-keys.yaml",
    "version-text.yaml",
    "version.yaml",
    "words.yaml",
    "wrong-types.yaml",
];

fn read_as(text: &[u8], file: &str) -> Result<Checked, Vec<Mistake>> {
    let is_directory =
        |path: &Path| ["/home/ada", "/srv/work"].iter().any(|d| path == Path::new(d));
    read(&Source { text, file, home: Path::new("/home/ada"), is_directory: &is_directory })
}

fn good(text: &[u8]) -> Checked {
    match read_as(text, "roster.yaml") {
        Ok(checked) => checked,
        Err(mistakes) => panic!("a good roster has mistakes: {mistakes:#?}"),
    }
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(|mistake| format!("{mistake}\n")).collect()
}

#[test]
fn every_wrong_roster_gets_all_its_mistakes_in_order() {
    let mut said = String::new();
    for (name, text) in WRONG {
        let mistakes = read_as(text, name).expect_err(name);
        let places: Vec<_> = mistakes.iter().map(|m| (m.line, m.column)).collect();
        assert!(places.is_sorted(), "{name}: {places:?}");
        said += &lines(&mistakes);
        said.push('\n');
    }
    insta::with_settings!({
        snapshot_path => "../../tests/fixtures/rosters",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("wrong", said);
    });
}

#[test]
fn a_full_roster_is_read_key_by_key() {
    let Checked { roster, warnings } = good(FULL);
    assert_eq!(warnings, []);
    assert_eq!((roster.tenant.as_deref(), roster.host.as_deref()), (Some("ada.l"), Some("box-1")));
    let [plain, own, eve] = &roster.agents[..] else { panic!("{:#?}", roster.agents) };
    assert_eq!(plain.workspace, PathBuf::from("/home/ada"));
    assert_eq!(plain.heartbeat.grace_ms, 60_000);
    assert_eq!(plain.restart.policy, RestartPolicy::OnFailure);
    assert!(!plain.boot && own.boot);
    assert_eq!(own.command.as_deref(), Some("/home/ada/bin/agent"));
    assert_eq!(own.args, ["--port", "8080", "no", "a\nb", "it's", "--flag=5"]);
    let env = [
        ("EDITOR".to_owned(), EnvValue::Value("nano".to_owned())),
        ("PAGER".to_owned(), EnvValue::Value("less".to_owned())),
        ("ANTHROPIC_API_KEY".to_owned(), EnvValue::FromFile("/home/ada/.key".into())),
    ];
    assert_eq!(own.env, env);
    assert_eq!((own.heartbeat.every_ms, own.heartbeat.healthy_within_ms), (1000, 10_000));
    assert_eq!((own.restart.backoff.initial_ms, own.restart.backoff.max_ms), (0, 120_000));
    assert_eq!((own.stop.signal.as_str(), own.stop.grace_ms), ("USR2", 5000));
    assert_eq!((own.size.columns, own.size.rows), (100, 5));
    assert_eq!((own.lifecycle, own.runtime), (Kind::Ephemeral, RuntimeKind::Command));
    assert_eq!(eve.runtime, RuntimeKind::Claude);
}

#[test]
fn what_is_not_said_has_its_default() {
    let ada = &good(LEAST).roster.agents[0];
    assert_eq!((ada.heartbeat.every_ms, ada.heartbeat.healthy_within_ms), (5000, 15_000));
    assert_eq!(ada.heartbeat.grace_ms, 30_000);
    assert_eq!((ada.restart.policy, ada.restart.give_up_after), (RestartPolicy::Always, 5));
    assert_eq!((ada.restart.backoff.initial_ms, ada.restart.backoff.max_ms), (1000, 60_000));
    assert_eq!((ada.stop.signal.as_str(), ada.stop.grace_ms), ("TERM", 10_000));
    assert_eq!((ada.size.columns, ada.size.rows), (120, 40));
    assert!(ada.boot);
    let claude = "version: 1\nagents: [{name: eve, workspace: ~/, runtime: claude}]";
    assert_eq!(good(claude.as_bytes()).roster.agents[0].heartbeat.grace_ms, 60_000);
    let worker =
        "version: 1\nagents: [{name: eve, runtime: stub, workspace: ~/, lifecycle: ephemeral}]";
    assert_eq!(good(worker.as_bytes()).roster.agents[0].restart.policy, RestartPolicy::Never);
}

#[test]
fn the_example_and_the_roster_at_the_top_are_right_as_they_stand() {
    let example = example(Path::new("/home/ada"), "ada");
    for text in [example.as_bytes(), TOP] {
        let Checked { roster, warnings } = good(text);
        assert_eq!(warnings, []);
        let names: Vec<_> = roster.agents.iter().map(|agent| agent.name.as_str()).collect();
        assert_eq!(names, ["ada", "bob"]);
    }
    assert!(!example.contains("\u{1b}"));
}

#[test]
fn an_example_for_a_strange_user_is_still_one_roster() {
    let text = example(Path::new("/home/ada\nversion: 2"), "ada\nagents: []\u{1b}[31m");
    assert_eq!(good(text.as_bytes()).roster.agents.len(), 2);
}

#[test]
fn a_secret_in_plain_sight_is_a_warning_that_does_not_show_it() {
    let text = "version: 1\nagents: [{name: eve, runtime: stub, workspace: ~/, env: {API_TOKEN: hunter2}}]";
    let checked = good(text.as_bytes());
    assert_eq!(
        lines(&checked.warnings),
        "roster.yaml:2:69: agents[0].env.API_TOKEN: found a secret in plain sight; allowed that, \
         but it is journaled; `{from_file: PATH}` is not\n"
    );
}

#[test]
fn too_many_mistakes_are_counted_and_too_large_a_file_is_not_read() {
    let mut text = "version: 1\nagents:\n".to_owned();
    text.extend(std::iter::repeat_n("- {name: A, runtime: stub}\n", 150));
    let mistakes = read_as(text.as_bytes(), "roster.yaml").expect_err("150 wrong names");
    assert_eq!(mistakes.len(), 101);
    assert_eq!(mistakes[100].found, "200 more mistakes from here on");
    let large = "#".repeat(1024 * 1024 + 1);
    let mistakes = read_as(large.as_bytes(), "roster.yaml").expect_err("too large");
    assert_eq!(
        lines(&mistakes),
        "roster.yaml:1:1: found a file of 1048577 bytes; allowed at most 1 MiB\n"
    );
}

#[test]
fn the_deepest_nesting_of_the_largest_size_is_refused_at_once() {
    for bomb in ["[", "{a: ", "- ", "? "] {
        let text = bomb.repeat(1024 * 1024 / bomb.len());
        assert!(read_as(text.as_bytes(), "roster.yaml").is_err(), "{bomb}");
    }
}

#[test]
fn drift_names_each_field_as_the_roster_would_write_it_and_hides_secrets() {
    let roster = |agent: &str| -> Definition {
        let text = format!("version: 1\nagents: [{{name: ada, runtime: stub, {agent}}}]");
        good(text.as_bytes()).roster.agents.remove(0)
    };
    let one = roster("workspace: ~/, args: [a, 'b c', 'no'], env: {A: x, API_TOKEN: old, C: c}");
    let two = roster(
        "workspace: /srv/work, role: 'it: is', heartbeat: {every: 1500ms}, size: {rows: 50}, \
         restart: {policy: on-failure}, env: {C: c, API_TOKEN: new, B: {from_file: /k}, A: x}",
    );
    assert_eq!(drift(&one, &one), []);
    let shown: Vec<_> = drift(&two, &one)
        .iter()
        .map(|drift| format!("{}: {} → {}", drift.field, drift.running, drift.wanted))
        .collect();
    assert_eq!(
        shown,
        [
            "role: not set → \"it: is\"",
            "workspace: /home/ada → /srv/work",
            "args: [a, \"b c\", \"no\"] → []",
            "heartbeat.every: 5s → 1500ms",
            "restart.policy: always → on-failure",
            "size.rows: 40 → 50",
            "env.API_TOKEN: … → …",
            "env.B: not set → {from_file: /k}",
        ]
    );
    let gone: Vec<_> = drift(&one, &two).into_iter().filter(|d| d.field == "env.B").collect();
    assert_eq!(gone[0].wanted, "not set");
}

#[test]
fn a_snippet_points_at_the_place() {
    let text = "version: 1\nagents:\n  - name: 日本\n    runtime: stub\n".as_bytes();
    let mut mistakes = read_as(text, "roster.yaml").expect_err("a name of other letters");
    let mistake = mistakes.remove(1);
    assert_eq!((mistake.line, mistake.column), (3, 11));
    assert_eq!(snippet(text, &mistake), "2 | agents:\n3 |   - name: 日本\n  |           ^\n");
    let behind = Mistake { column: 13, ..mistake };
    assert_eq!(snippet(text, &behind), "2 | agents:\n3 |   - name: 日本\n  |               ^\n");
}
