//! A host of empty files, with one thing after the other missing.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// A host on which everything is ready for ada.
fn ready(root: &Path) -> Host {
    let host = Host {
        unit_files: root.join("home/.config/systemd/user"),
        global: root.join("etc"),
        linger: root.join("linger"),
        systemd: root.join("run"),
        user: "ada".to_owned(),
    };
    for folder in [&host.linger, &host.systemd] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(host.linger.join("ada"), "").unwrap();
    let mosaic = root.join("mosaic");
    fs::write(&mosaic, "").unwrap();
    let filling = units::Filling { mosaic: &mosaic, tmux: &mosaic, state: root };
    let wants =
        [("sockets", units::CONTROL), ("default", units::TMUX), ("default", units::SUPERVISOR)];
    for ((unit, text), (target, name)) in units::texts(filling).unwrap().into_iter().zip(wants) {
        assert_eq!(unit, name);
        let folder = host.unit_files.join(format!("{target}.target.wants"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(host.unit_files.join(unit), text).unwrap();
        symlink(host.unit_files.join(unit), folder.join(unit)).unwrap();
    }
    host
}

fn only_sentence(seen: &BootReadiness) -> &str {
    assert_eq!(seen.missing.len(), 1, "{:?}", seen.missing);
    &seen.missing[0]
}

#[test]
fn a_fleet_with_linger_and_enabled_units_comes_back() {
    let root = tempfile::tempdir().unwrap();
    let seen = look(&ready(root.path()));
    assert_eq!(seen.missing, Vec::<String>::new());
    assert_eq!(seen.effective(), Some(true));
}

#[test]
fn without_linger_it_does_not_come_back_and_the_cure_is_named() {
    let root = tempfile::tempdir().unwrap();
    let host = ready(root.path());
    fs::remove_file(host.linger.join("ada")).unwrap();
    let seen = look(&host);
    assert_eq!((seen.linger, seen.units_enabled), (Some(false), Some(true)));
    assert_eq!(seen.effective(), Some(false));
    assert!(only_sentence(&seen).contains("sudo loginctl enable-linger ada"));
}

#[test]
fn a_link_that_is_missing_is_named() {
    let root = tempfile::tempdir().unwrap();
    let host = ready(root.path());
    fs::remove_file(host.unit_files.join("default.target.wants").join(units::TMUX)).unwrap();
    let seen = look(&host);
    assert_eq!(seen.effective(), Some(false));
    assert_eq!(
        only_sentence(&seen),
        "mosaic-tmux.service is not enabled; run \"mosaic fleet enable\""
    );
}

#[test]
fn a_masked_unit_and_a_program_that_is_gone_do_not_come_back() {
    let root = tempfile::tempdir().unwrap();
    let host = ready(root.path());
    let unit = host.unit_files.join(units::SUPERVISOR);
    fs::remove_file(&unit).unwrap();
    symlink("/dev/null", &unit).unwrap();
    let seen = look(&host);
    assert_eq!(seen.effective(), Some(false));
    assert!(only_sentence(&seen).contains("unmask"));

    fs::remove_file(&unit).unwrap();
    fs::write(&unit, "[Service]\nExecStart=/nowhere/mosaic supervise\n").unwrap();
    assert!(only_sentence(&look(&host)).contains("/nowhere/mosaic, which is gone"));
}

#[test]
fn linger_that_cannot_be_seen_is_unknown_and_not_missing() {
    let root = tempfile::tempdir().unwrap();
    let mut host = ready(root.path());
    // A file where a directory should be: looking below it fails.
    host.linger = root.path().join("mosaic");
    let seen = look(&host);
    assert_eq!((seen.linger, seen.effective()), (None, None));
    assert!(only_sentence(&seen).contains("cannot be looked at"));
}

#[test]
fn a_host_without_systemd_says_so() {
    let root = tempfile::tempdir().unwrap();
    let mut host = ready(root.path());
    host.systemd = root.path().join("nowhere");
    let seen = look(&host);
    assert_eq!(seen.effective(), Some(false));
    assert!(only_sentence(&seen).contains("not booted by systemd"));
}
