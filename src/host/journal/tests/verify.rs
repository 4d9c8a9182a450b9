//! Whatever is changed is found and named, and nothing else is.

use std::path::Path;
use std::process::Command;

use super::proof::{another_key, outside, rewrite, tamper, with_events};
use super::{open, place, sqlite, stamp, starting};
use crate::host::journal::{Finding, Verified, notes, verify};

/// Eight events, signed up to 3, 5 and 8.
pub async fn signed() -> (tempfile::TempDir, std::path::PathBuf) {
    let (directory, path) = place();
    for count in [3, 2, 3] {
        with_events(&path, count).await;
    }
    (directory, path)
}

pub fn look(path: &Path) -> Verified {
    verify(path, &[], |_, _| Ok(())).unwrap()
}

pub fn said(findings: &[Finding]) -> Vec<(Option<u64>, &str, Option<u64>)> {
    findings.iter().map(|one| (one.seq, one.what.as_str(), one.covered_by)).collect()
}

/// The file of checkpoints, with its notes as they are given.
pub fn write_outside(path: &Path, notes: &[String]) {
    std::fs::write(path.with_extension("checkpoints"), notes.join("\n")).unwrap();
}

#[tokio::test]
async fn a_journal_as_it_was_signed_has_no_finding_with_and_without_a_writer() {
    let (_directory, path) = signed().await;
    let mut given = Vec::new();
    let verified = verify(&path, &[], |event, _| {
        given.push(event.seq);
        Ok(())
    })
    .unwrap();
    assert_eq!(said(&verified.findings), []);
    assert_eq!((verified.events, verified.checkpoints, given.len()), (8, 3, 8));
    assert_eq!(verified.notes, Vec::<String>::new());
    assert_eq!(verified.last.unwrap().note, outside(&path)[2].text());
    assert!(verified.verifier_key.unwrap().starts_with("mosaic/journal/0+"));

    let (journal, _) = open(&path);
    journal.append(&stamp(), vec![starting("ada", "new")], None).await.unwrap();
    let verified = look(&path);
    assert_eq!((said(&verified.findings), verified.events), (vec![], 9));
    assert_eq!(verified.notes, ["not signed yet: events 9 to 9"]);
}

#[tokio::test]
async fn every_change_of_a_row_is_named_with_its_event_and_checkpoint() {
    type Change = fn(&Path);
    let leaf = "(agent.starting) is not the one that its leaf was made of";
    let cases: [(Change, Option<u64>, &str, Option<u64>); 6] = [
        (
            |path| tamper(path, "UPDATE events SET actor = 'x' WHERE seq = 4"),
            Some(4),
            leaf,
            Some(5),
        ),
        (
            |path| tamper(path, "DELETE FROM events WHERE seq = 2"),
            Some(2),
            "event 2 is missing",
            Some(3),
        ),
        (
            |path| tamper(path, "DELETE FROM events WHERE seq > 6"),
            Some(7),
            "events 7 to 8 are missing at the end: ",
            Some(8),
        ),
        (|path| rewrite(path, 4), Some(4), "events 4 to 5 are not those that ", Some(5)),
        (
            |path| tamper(path, "UPDATE events SET stream = 'bob' WHERE seq = 6"),
            Some(6),
            "event 6 is number 6 of stream bob, after number 0",
            Some(8),
        ),
        (
            |path| {
                tamper(path, "UPDATE events SET payload = CAST(x'7bff7d' AS TEXT) WHERE seq = 7");
            },
            Some(7),
            "event 7 cannot be read: ",
            Some(8),
        ),
    ];
    for (change, seq, what, covered) in cases {
        let (_directory, path) = signed().await;
        change(&path);
        let verified = look(&path);
        let found = said(&verified.findings);
        assert!(
            found.iter().any(|one| one.0 == seq && one.1.contains(what) && one.2 == covered),
            "{what}: {found:?}"
        );
        assert!(found.iter().all(|one| one.0.is_some()), "{what}: {found:?}");
    }
}

#[tokio::test]
async fn every_flipped_byte_of_every_row_is_found() {
    let (directory, path) = signed().await;
    let bytes = std::fs::read(&path).unwrap();
    let copy = directory.path().join("copy.db");
    for part in ["key", "checkpoints"] {
        std::fs::copy(path.with_extension(part), copy.with_extension(part)).unwrap();
    }
    // Where the payloads, ids and labels lie; free bytes of a page mean nothing to anybody.
    let words: [&[u8]; 3] = [b"{\"agent\":\"ada\"}", b"supervisor", b"alice"];
    let mut tried = 0;
    for word in words {
        let places = (0..bytes.len() - word.len()).filter(|at| bytes[*at..].starts_with(word));
        for at in places.collect::<Vec<_>>() {
            for bit in [0x01, 0x20, 0x80] {
                let mut flipped = bytes.clone();
                flipped[at + tried % word.len()] ^= bit;
                std::fs::write(&copy, flipped).unwrap();
                assert!(!look(&copy).findings.is_empty(), "byte {at} with {bit:#x}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 72, "{tried}");
}

#[tokio::test]
async fn every_splice_of_a_checkpoint_is_named() {
    let (_directory, path) = signed().await;
    let own: Vec<String> = outside(&path).iter().map(|one| one.text()).collect();
    let (_other_directory, other) = place();
    let (journal, _) = open(&other);
    journal.append(&stamp(), vec![starting("bob", "other")], None).await.unwrap();
    journal.close().await.unwrap();
    let foreign = outside(&other)[0].text();
    let with = |more: String| [own.clone(), vec![more]].concat();
    let edited = own[2].replace("time 1", "time 2");
    let cases = [
        (with(own[0].clone()), "the checkpoint of event 3 stands behind that of event 8"),
        (
            with(foreign),
            "is of another journal: mosaic/journal/other, and this is mosaic/journal/0",
        ),
        (vec![own[0].clone(), own[1].clone(), edited], "has a signature that does not fit"),
        (own[..2].to_vec(), "the table's checkpoint of event 8 is missing in the file beside it"),
        (vec![], "the file beside the journal none: it was taken away"),
        (
            vec![own[0].replace("time", "tame"), own[1].clone(), own[2].clone()],
            "this is no checkpoint",
        ),
    ];
    for (notes, expected) in cases {
        write_outside(&path, &notes);
        let verified = look(&path);
        let found = said(&verified.findings);
        assert!(found.iter().any(|one| one.1.contains(expected)), "{expected}: {found:?}");
    }
    write_outside(&path, &own);
    assert_eq!(said(&look(&path).findings), []);
}

#[tokio::test]
async fn a_checkpoint_that_is_put_into_the_table_is_named() {
    let (_directory, path) = signed().await;
    let own = outside(&path)[0].text();
    let put = |size: i64, note: &str| {
        sqlite(&path)
            .execute("INSERT OR REPLACE INTO checkpoints (size, note) VALUES (?, ?)", (size, note))
            .unwrap();
    };
    tamper(&path, "DROP TRIGGER checkpoints_follow_each_other");
    put(4, &own);
    put(8, &outside(&path)[2].text().replace("time 1", "time 2"));
    put(7, "nonsense");
    let verified = look(&path);
    let found: Vec<&str> = verified.findings.iter().map(|one| one.what.as_str()).collect();
    for expected in [
        "the table's checkpoint of event 4 was signed over 3 events",
        "the table's checkpoint of event 7 is none",
        "the table's checkpoint of event 8 is not the one at ",
        "the table's checkpoint of event 8 has a signature that does not fit",
    ] {
        assert!(found.iter().any(|what| what.contains(expected)), "{expected}: {found:?}");
    }
}

#[tokio::test]
async fn another_key_is_named() {
    let (_directory, path) = signed().await;
    another_key(&path);
    let verified = look(&path);
    let found = said(&verified.findings);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].1.contains("was signed by key ") && found[0].1.contains("the one beside"));
    std::fs::remove_file(path.with_extension("key")).unwrap();
    let verified = look(&path);
    assert!(verified.findings[2].what.contains("which is not beside the journal"));
    assert_eq!(verified.last, None);
}

#[tokio::test]
async fn a_checkpoint_that_was_kept_finds_a_journal_that_was_cut_and_signed_anew() {
    let (_directory, path) = signed().await;
    let kept = outside(&path)[2].text();
    let shell = notes(kept.trim_end()).unwrap();
    assert_eq!(said(&verify(&path, &shell, |_, _| Ok(())).unwrap().findings), []);
    // What one could do who has the key: cut everything, and sign what is left.
    tamper(&path, "DELETE FROM events WHERE seq > 4; DELETE FROM checkpoints");
    std::fs::remove_file(path.with_extension("checkpoints")).unwrap();
    with_events(&path, 1).await;
    assert_eq!(said(&look(&path).findings), [], "by itself it is whole");
    let verified = verify(&path, &shell, |_, _| Ok(())).unwrap();
    let what = "events 6 to 8 are missing at the end: the checkpoint of event 8 that was kept";
    assert!(verified.findings[0].what.starts_with(what), "{:?}", verified.findings);
    rewrite(&path, 5);
    std::fs::remove_file(path.with_extension("checkpoints")).unwrap();
    with_events(&path, 5).await;
    let verified = verify(&path, &shell, |_, _| Ok(())).unwrap();
    assert!(
        verified.findings[0]
            .what
            .starts_with("events 1 to 8 are not those that the checkpoint of event 8 that"),
        "{verified:?}"
    );
    for (text, expected) in [("", "there is no checkpoint"), ("a\nb\n", "no checkpoint at line 1")]
    {
        assert!(notes(text).unwrap_err().contains(expected));
    }
}

#[tokio::test]
async fn an_event_that_nobody_can_fold_is_named_and_the_rest_is_still_looked_at() {
    let (_directory, path) = signed().await;
    tamper(&path, "UPDATE events SET actor = 'x' WHERE seq = 7");
    let mut given = 0;
    let verified = verify(&path, &[], |event, _| {
        given += 1;
        if event.seq == 2 { Err("no such thing".into()) } else { Ok(()) }
    })
    .unwrap();
    let found = said(&verified.findings);
    assert_eq!(found[0], (Some(2), "event 2 cannot be folded: no such thing", Some(3)));
    assert_eq!((found.len(), found[1].0, given), (2, Some(7), 2));
}

const READ_ONLY: &str = "MOSAIC_TEST_READ_ONLY_JOURNAL";

#[tokio::test]
async fn a_look_changes_nothing_and_needs_no_place_to_write() {
    const NAME: &str =
        "host::journal::tests::verify::a_look_changes_nothing_and_needs_no_place_to_write";
    if let Some(path) = std::env::var_os(READ_ONLY) {
        let path = Path::new(&path);
        assert!(std::fs::write(path.with_extension("new"), "").is_err(), "it is read only");
        let verified = look(path);
        assert_eq!((said(&verified.findings), verified.events), (vec![], 8));
        return;
    }
    let (directory, path) = signed().await;
    let before = std::fs::read(&path).unwrap();
    look(&path);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    for name in ["journal.db-wal", "journal.db-shm"] {
        std::fs::remove_file(directory.path().join(name)).ok();
    }
    let script =
        "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && shift && exec \"$@\"";
    #[expect(clippy::disallowed_methods, reason = "a mount namespace needs a process of its own")]
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(directory.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", NAME])
        .env(READ_ONLY, &path)
        .output();
    let said = output.as_ref().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !said.as_ref().is_ok_and(|said| said.contains("running 1 test")) {
        assert!(std::env::var_os("CI").is_none(), "CI lacks a mount namespace: {output:?}");
        eprintln!("SKIPPED: no read-only mount in a namespace of our own: {output:?}");
        return;
    }
    assert!(said.unwrap().contains("1 passed"), "{output:?}");
}
