//! A state directory that cannot be written: a start says so and loses nothing, a supervisor that
//! runs refuses commands, keeps its agents and goes on when it can.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Fleet, LONG, Output, Roster, inside, is_alive, need, signal, wait_until};

/// A disk of its own, on which what follows is mounted.
const DISK: &str = "mount -t tmpfs -o size=40m disk /mnt";

fn does(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// A directory or file that can only be read while this lives.
struct ReadOnly(PathBuf);

impl ReadOnly {
    fn of(path: &Path) -> Self {
        let text = path.to_str().unwrap();
        assert!(does("mount", &["--bind", text, text]), "{text}");
        let read_only = Self(path.to_owned());
        assert!(does("mount", &["-o", "remount,bind,ro", text]), "{text}");
        assert!(std::fs::OpenOptions::new().append(true).open(path.join("journal.db")).is_err());
        read_only
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        does("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

/// No seq is missing, and none is there twice.
fn seqs(fleet: &Fleet) -> u64 {
    let seqs: Vec<u64> =
        fleet.events().iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    let last = seqs.len() as u64;
    assert!(seqs.iter().copied().eq(1..=last), "{seqs:?}");
    last
}

#[test]
fn a_start_that_cannot_write_says_so_changes_nothing_and_works_when_it_can() {
    let test = "read_only::a_start_that_cannot_write_says_so_changes_nothing_and_works_when_it_can";
    if !inside(test, DISK) {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada"));
    let nothing_yet = ReadOnly::of(fleet.home());
    for verb in [&["fleet", "up"][..], &["supervise"]] {
        let said = fleet.mosaic(verb).ended(1).stderr;
        assert!(said.contains("state: Read-only file system"), "{verb:?}: {said}");
        assert!(said.contains("\nnext: ") && said.contains("MOSAIC_HOME"), "{verb:?}: {said}");
    }
    drop(nothing_yet);

    fleet.mosaic(&["fleet", "up"]).ended(0);
    let (ada, told) = (fleet.pid("ada"), seqs(&fleet));
    fleet.kill_supervisor();
    for (place, file) in [
        (fleet.home().join("state"), "state/supervisor."),
        (fleet.state("journal.db"), "state/journal.db cannot be written: "),
    ] {
        let read_only = ReadOnly::of(&place);
        for verb in [&["fleet", "up"][..], &["supervise"]] {
            let said = fleet.mosaic(verb).ended(1).stderr;
            assert!(said.contains(file), "{verb:?}: {said}");
            assert!(said.contains(": Read-only file system"), "{verb:?}: {said}");
            assert!(said.contains("\nnext: "), "{verb:?}: {said}");
        }
        let rows = fleet.mosaic(&["ps"]).ended(3).stdout;
        assert!(rows.contains("\nada "), "{rows}");
        drop(read_only);
        assert!(is_alive(ada), "nobody touched it");
    }

    fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!((fleet.pid("ada"), fleet.count("ada", "session.started")), (ada, 1));
    assert_eq!(fleet.count("ada", "session.adopted"), 1);
    assert!(seqs(&fleet) > told);
    fleet.mosaic(&["events", "verify"]).ended(0);
}

#[test]
fn a_supervisor_whose_disk_becomes_read_only_refuses_keeps_agents_and_goes_on_when_it_is_not() {
    let test = "read_only::a_supervisor_whose_disk_becomes_read_only_refuses_keeps_agents_and_goes_on_when_it_is_not";
    if !inside(test, DISK) {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    let (ada, bob) = (fleet.pid("ada"), fleet.pid("bob"));
    let read_only = ReadOnly::of(&fleet.home().join("state"));

    for verb in [&["send", "ada", "not now"][..], &["agent", "restart", "ada"], &["fleet", "up"]] {
        let said = fleet.mosaic(verb).ended(1).stderr;
        assert!(said.contains("state/journal.db cannot be written: "), "{verb:?}: {said}");
        assert!(said.contains("state: Read-only file system"), "{verb:?}: {said}");
        assert!(said.contains("mount its file system writable again"), "{verb:?}: {said}");
        assert!(said.contains("next: nothing was done; it works again once"), "{verb:?}: {said}");
    }
    let status = fleet.ps()["supervisor"].clone();
    let since = status["journal"].as_str().unwrap_or_else(|| panic!("{status}"));
    assert!(since.starts_with("read-only since 20"), "{since}");
    let table = fleet.mosaic(&["ps"]).ended(0).stdout;
    assert!(table.contains("journal read-only since 20"), "{table}");
    assert!(table.contains("make it writable again"), "{table}");
    let mut beats = BTreeSet::new();
    wait_until("answers of ada", LONG, || {
        beats.insert(fleet.row("ada")["heartbeat"]["rtt_us"].as_u64());
        beats.len() > 3
    });
    assert_eq!((fleet.row("ada")["health"].as_str(), fleet.pid("ada")), (Some("healthy"), ada));
    signal(bob, Signal::SIGKILL);
    wait_until("the end of bob", LONG, || !is_alive(bob));
    let head = fleet.ps()["as_of_seq"].as_u64().unwrap();

    drop(read_only);
    wait_until("events again", LONG, || fleet.ps()["supervisor"]["journal"].is_null());
    wait_until("bob again", LONG, || {
        let row = fleet.row("bob");
        row["health"] == "healthy" && row["pid"] != bob
    });
    fleet.mosaic(&["send", "ada", "now", "--verify"]).ended(0);
    assert_eq!((fleet.pid("ada"), fleet.count("bob", "session.exited")), (ada, 1));
    assert_eq!(fleet.count("ada", "message.queued"), 1, "what was refused was not kept");
    let events = fleet.events();
    let resumed: Vec<&Value> =
        events.iter().filter(|event| event["type"] == "journal.resumed").collect();
    assert_eq!((resumed.len(), resumed[0]["seq"].as_u64()), (1, Some(head + 1)), "{resumed:?}");
    let payload = &resumed[0]["payload"];
    assert!(payload["reason"].as_str().unwrap().contains("Read-only file system"), "{payload}");
    assert_eq!(payload["refused"], 3, "{payload}");
    seqs(&fleet);
    fleet.mosaic(&["events", "verify"]).ended(0);
}

/// The program as a user to whom files of others are closed: root without its privileges.
fn powerless(fleet: &Fleet, verb: &[&str]) -> Output {
    let plain = fleet.command(verb);
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-all", "--inh-caps=-all", "--"]);
    command.arg(plain.get_program()).args(plain.get_args()).env_clear();
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    fleet.finished(&mut command)
}

#[test]
fn what_another_user_owns_ends_supervise_and_up_with_one_code_and_is_left_alone() {
    if !need("tmux") || !need("root") || !need("setpriv") {
        return;
    }
    let other = Some(12_345);
    let mode = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode));
    let refused = |fleet: &Fleet, says: &[&str]| {
        for verb in [&["supervise"][..], &["fleet", "up"]] {
            let said = powerless(fleet, verb).ended(8).stderr;
            assert!(says.iter().all(|part| said.contains(part)), "{verb:?}: {said}");
            assert!(said.contains("\nnext: "), "{verb:?}: {said}");
        }
        fleet.mosaic(&["ps"]).ended(3);
    };
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada"));
    chown(fleet.home(), other, None).unwrap();
    mode(fleet.home(), 0o755).unwrap();
    refused(&fleet, &["state: Permission denied"]);
    chown(fleet.home(), Some(0), None).unwrap();

    let state = fleet.home().join("state");
    std::fs::create_dir(&state).unwrap();
    mode(&state, 0o700).unwrap();
    for (file, says) in [
        ("supervisor.lock", &["state/supervisor.lock: Permission denied"][..]),
        ("journal.db", &["state/journal.db belongs to uid 12345, not to you (uid 0)", "chown"]),
    ] {
        let path = fleet.state(file);
        std::fs::write(&path, "").unwrap();
        mode(&path, 0o644).unwrap();
        chown(&path, other, None).unwrap();
        refused(&fleet, says);
        let found = std::fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.mode() & 0o777), (12_345, 0o644), "{file}");
        std::fs::remove_file(&path).unwrap();
    }
    std::fs::write(fleet.state("journal.db"), "").unwrap();
    mode(&fleet.state("journal.db"), 0o400).unwrap();
    refused(&fleet, &["state/journal.db cannot be written: ", "make it writable for you"]);
    std::fs::remove_file(fleet.state("journal.db")).unwrap();

    powerless(&fleet, &["fleet", "up"]).ended(0);
    fleet.health("ada", "healthy");
}
