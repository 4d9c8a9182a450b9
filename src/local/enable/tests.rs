//! What `enable` refuses, and how it writes; what needs a manager is in `inside`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use super::*;

fn places_in(root: &Path, moved: bool) -> Places {
    Places { config: root.join(".config/mosaic"), state: root.join("state"), moved }
}

fn refusal<T: std::fmt::Debug>(ended: Result<T, EnableError>) -> String {
    match ended {
        Err(EnableError::Refused(sentence)) => sentence,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_second_fleet_gets_no_units() {
    let root = tempfile::tempdir().unwrap();
    let places = places_in(root.path(), true);
    let ended = enable(&places, EnableOptions::default(), &mut async |_: &str| true).await;
    assert!(refusal(ended).contains("MOSAIC_HOME"));
    let ended = disable(&places, DisableOptions::default(), &mut async |_: &str| true).await;
    assert!(refusal(ended).contains("MOSAIC_HOME"));
    assert!(!root.path().join(".config").exists(), "nothing is written");
}

#[test]
fn units_never_run_what_cargo_builds() {
    // This test itself is such a program.
    assert!(refusal(installed(None)).contains("is where cargo builds"));
    let root = tempfile::tempdir().unwrap();
    let elsewhere = root.path().join("mosaic");
    assert!(refusal(installed(Some(elsewhere.clone()))).contains("is not there"));
    fs::write(&elsewhere, "").unwrap();
    assert_eq!(installed(Some(elsewhere.clone())).unwrap(), elsewhere);
    // A build directory of another name is known by cargo's own mark.
    fs::write(root.path().join(".rustc_info.json"), "").unwrap();
    assert!(refusal(installed(Some(elsewhere))).contains("is where cargo builds"));
}

#[test]
fn a_foreign_unit_file_stays_as_it_is_and_nothing_is_written_beside_it() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("systemd/user");
    fs::create_dir_all(&directory).unwrap();
    let foreign = directory.join(units::SUPERVISOR);
    fs::write(&foreign, "[Service]\nExecStart=/bin/true\n").unwrap();
    let ours = "# Written by `mosaic fleet enable`. …\n".to_owned();
    let texts = [(units::TMUX, ours.clone()), (units::SUPERVISOR, ours)];
    assert!(refusal(files::write_units(&directory, &texts)).contains("was not written by mosaic"));
    assert_eq!(fs::read_to_string(foreign).unwrap(), "[Service]\nExecStart=/bin/true\n");
    assert!(!directory.join(units::TMUX).exists());
    assert!(files::written_units(&directory).unwrap().is_empty());
}

#[test]
fn only_units_that_differ_are_told_and_only_ours_are_removed() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("systemd/user");
    let text = |end: &str| format!("# Written by `mosaic fleet enable`. {end}\n");
    let texts = [(units::TMUX, text("one")), (units::SUPERVISOR, text("one"))];
    let differing = files::write_units(&directory, &texts).unwrap();
    assert_eq!(differing, [units::TMUX, units::SUPERVISOR]);
    let texts = [(units::TMUX, text("one")), (units::SUPERVISOR, text("two"))];
    assert_eq!(files::write_units(&directory, &texts).unwrap(), [units::SUPERVISOR]);
    let written = files::written_units(&directory).unwrap();
    files::remove_units(&directory, &written).unwrap();
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}

#[test]
fn the_tmux_configuration_is_for_this_user_alone() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("state/tmux.conf");
    files::write_configuration(&path).unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains("set -s exit-empty off\n"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
}

#[test]
fn the_unit_is_told_the_socket_that_the_roster_names() {
    let root = tempfile::tempdir().unwrap();
    let places = places_in(root.path(), false);
    fs::create_dir_all(&places.state).unwrap();
    fs::create_dir_all(&places.config).unwrap();
    let told = |roster: &str| {
        fs::write(places.roster(), roster).unwrap();
        files::write_socket(&places).unwrap();
        fs::read_to_string(places.tmux_environment()).ok()
    };
    assert_eq!(told("version: 1\nagents: []\n"), None, "nobody named one");
    let text = told("version: 1\ntmux: {socket: agents.sock}\nagents: []\n").unwrap();
    assert!(text.ends_with("\nMOSAIC_TMUX_SOCKET=agents.sock\n"), "{text}");
    let kept = told("version: 1\ntmux: {socket: ../x}\nagents: []\n").unwrap();
    assert_eq!(kept, text, "a wrong roster changes nothing");
}

#[tokio::test]
async fn what_listens_outside_its_unit_is_named_and_asked_for() {
    let root = tempfile::tempdir().unwrap();
    let places = places_in(root.path(), false);
    fs::create_dir_all(&places.state).unwrap();
    assert!(detached::find(&places, &[]).await.unwrap().is_empty());
    // A socket whose owner is gone is nobody's.
    drop(UnixListener::bind(places.control()).unwrap());
    let _tmux = UnixListener::bind(places.tmux()).unwrap();
    let found = detached::find(&places, &[]).await.unwrap();
    let sentence = detached::sentence(&found);
    let pid = std::process::id();
    assert!(sentence.contains(&format!("the tmux server (pid {pid}, in ")), "{sentence}");
    assert!(sentence.ends_with("with every agent in it must restart"), "{sentence}");
    assert!(!sentence.contains("supervisor"), "{sentence}");

    let mut asked = Vec::new();
    let no = may_restart(&found, &mut async |question: &str| {
        asked.push(question.to_owned());
        false
    })
    .await;
    assert_eq!(asked, std::slice::from_ref(&sentence));
    assert!(refusal(no).contains("--yes"));
    may_restart(&found, &mut async |_: &str| true).await.unwrap();

    // In its own unit it is not detached.
    let up = UnitSeen {
        name: units::TMUX.to_owned(),
        load: "loaded".to_owned(),
        active: "active".to_owned(),
        sub: "running".to_owned(),
        job: String::new(),
    };
    assert!(detached::find(&places, &[up]).await.unwrap().is_empty());
}
