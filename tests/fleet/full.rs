//! A full disk: said once, told by every surface, no agent harmed, and over when there is room.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, inside, is_alive, signal, wait_until};

/// A disk of its own, small and soon full.
const SMALL_DISK: &str = "mount -t tmpfs -o size=6m small /mnt";

/// Writes until nothing more fits.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [4096, 1] {
        loop {
            match file.write_all(&vec![b'x'; size]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Fills the disk, and what the journal has of it already; the refusal.
fn fill_up(fleet: &Fleet) -> String {
    fill(&fleet.home().join("filler"));
    for _ in 0..2_000 {
        let output = fleet.mosaic(&["agent", "stop", "bob"]);
        if output.code != 0 {
            assert_eq!(output.code, 1, "{output:?}");
            return output.stderr;
        }
        let output = fleet.mosaic(&["send", "bob", &"x".repeat(2_000)]);
        if output.code != 0 {
            assert_eq!(output.code, 1, "{output:?}");
            return output.stderr;
        }
    }
    panic!("the disk takes all of it");
}

fn make_room(fleet: &Fleet) {
    std::fs::remove_file(fleet.home().join("filler")).unwrap();
    wait_until("room", LONG, || fleet.ps()["supervisor"]["journal"].is_null());
}

#[test]
fn a_full_disk_refuses_commands_keeps_agents_and_is_over_when_there_is_room() {
    let test = "full::a_full_disk_refuses_commands_keeps_agents_and_is_over_when_there_is_room";
    if !inside(test, SMALL_DISK) {
        return;
    }
    let fleet = Fleet::new();
    let supervising = fleet.background(&["supervise"]);
    fleet.roster(&Roster::new().stub("ada").stub("bob").stub("cyd").stub("dan"));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let (ada, cyd, dan) = (fleet.pid("ada"), fleet.pid("cyd"), fleet.pid("dan"));

    let refused = fill_up(&fleet);
    assert!(refused.contains("the disk is full: no space left for the journal"), "{refused}");
    assert!(refused.contains("next: nothing was done; it works again once"), "{refused}");
    let status = fleet.ps()["supervisor"].clone();
    let since = status["journal"].as_str().unwrap_or_else(|| panic!("{status}"));
    assert!(since.starts_with("full since 20"), "{since}");
    let table = fleet.mosaic(&["ps"]).ended(0).stdout;
    assert!(
        table.contains("journal full since 20") && table.contains("make room on its disk"),
        "{table}"
    );

    // A deadline that comes, and of which nothing can be written.
    signal(dan, Signal::SIGSTOP);
    let age = || fleet.row("dan")["heartbeat"]["age_ms"].as_u64();
    wait_until("dan late", LONG, || age() > Some(2_000));

    // Agents live, and are asked and answer: a challenge that was sent after this is answered.
    let sent = || fleet.row("ada")["heartbeat"]["rtt_us"].as_u64();
    let before = sent();
    let beats = std::cell::RefCell::new(std::collections::BTreeSet::from([before]));
    wait_until("eight other answers of ada", LONG, || {
        beats.borrow_mut().insert(sent());
        beats.borrow().len() > 8
    });
    assert_eq!((fleet.row("ada")["health"].as_str(), fleet.pid("ada")), (Some("healthy"), ada));

    // What dies meanwhile is known by its process, and told once there is room.
    signal(cyd, Signal::SIGKILL);
    wait_until("the end of cyd", LONG, || !is_alive(cyd));
    let still = fleet.mosaic(&["send", "ada", "not now"]).ended(1);
    assert!(still.stderr.contains("the disk is full"), "{still:?}");
    let head = fleet.ps()["as_of_seq"].as_u64().unwrap();
    assert_eq!(fleet.events().last().unwrap()["seq"].as_u64().unwrap(), head, "it can be read");

    make_room(&fleet);
    wait_until("dan told late", LONG, || fleet.count("dan", "health.changed") > 1);
    signal(dan, Signal::SIGCONT);
    wait_until("cyd again", LONG, || {
        let row = fleet.row("cyd");
        row["health"] == "healthy" && row["pid"] != cyd
    });
    fleet.mosaic(&["send", "ada", "now", "--verify"]).ended(0);
    assert_eq!((fleet.pid("ada"), fleet.count("cyd", "session.exited")), (ada, 1));
    let events = fleet.events();
    let resumed: Vec<&Value> =
        events.iter().filter(|event| event["type"] == "journal.resumed").collect();
    assert_eq!(resumed.len(), 1, "{resumed:?}");
    assert_eq!(resumed[0]["seq"].as_u64(), Some(head + 1), "before anything else");
    assert!(resumed[0]["payload"]["refused"].as_u64() >= Some(2), "{resumed:?}");
    assert!(resumed[0]["payload"]["reason"].as_str().unwrap().contains("the disk is full"));
    fleet.mosaic(&["events", "verify"]).ended(0);
    fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    let log = supervising.end().ended(0).stderr;
    assert_eq!(log.matches("the journal takes no events").count(), 1, "{log}");
    assert_eq!(log.matches("the journal takes events again").count(), 1, "{log}");
}

#[test]
fn what_a_hook_says_on_a_full_disk_is_not_acknowledged() {
    let test = "full::what_a_hook_says_on_a_full_disk_is_not_acknowledged";
    if !inside(test, SMALL_DISK) {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    let spool = tempfile::tempdir_in("/dev/shm").unwrap();
    // A hook that is not told spools: the file is there when it has ended, or was taken.
    let say = || {
        let environ = std::fs::read(format!("/proc/{}/environ", fleet.pid("ada"))).unwrap();
        let mut hook = fleet.command(&["hook", "UserPromptSubmit"]);
        for line in environ.split(|byte| *byte == 0) {
            let line = String::from_utf8_lossy(line).into_owned();
            match line.split_once('=') {
                Some((name, value)) if name.starts_with("MOSAIC_") => hook.env(name, value),
                _ => continue,
            };
        }
        hook.env("MOSAIC_SPOOL", spool.path());
        let payload = spool.path().join("payload");
        std::fs::write(&payload, "{\"prompt\":\"hello\"}").unwrap();
        hook.stdin(File::open(&payload).unwrap());
        fleet.finished(&mut hook).ended(0);
        std::fs::remove_file(&payload).unwrap();
        std::fs::read_dir(spool.path()).unwrap().count()
    };
    assert_eq!(say(), 0, "it is taken while there is room");
    fill_up(&fleet);
    assert_eq!(say(), 1, "nobody said that it is journaled");
    make_room(&fleet);
    assert_eq!(say(), 1, "and it is taken again");
}
