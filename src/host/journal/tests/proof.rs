//! What is signed, when, and what a start refuses because of it.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::time::Duration;

use ed25519_dalek::SigningKey;

use super::groups::{commit, request, writer};
use super::{open, place, sqlite, stamp, starting, try_open};
use crate::clock;
use crate::host::journal::checkpoint::{Checkpoint, Follows, pieces, verifier_key};
use crate::host::journal::checkpoints::Checkpoints;
use crate::host::journal::leaf::leaf;
use crate::host::journal::signer::{Pace, Signing};
use crate::host::journal::stored::{COLUMNS, Columns};
use crate::host::journal::tree::Tree;
use crate::host::journal::{JournalError, key};

const LONG: Duration = Duration::from_secs(20);

pub fn outside(path: &Path) -> Vec<Checkpoint> {
    let text = std::fs::read_to_string(path.with_extension("checkpoints")).unwrap();
    pieces(&text).iter().map(|piece| Checkpoint::parse(piece.text).unwrap()).collect()
}

fn inside(path: &Path) -> Vec<Checkpoint> {
    let connection = sqlite(path);
    let mut rows = connection.prepare("SELECT note FROM checkpoints ORDER BY size").unwrap();
    let rows = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|note| Checkpoint::parse(&note.unwrap()).unwrap()).collect()
}

/// A journal of so many events, closed.
pub async fn with_events(path: &Path, count: usize) {
    let (journal, before) = open(path);
    for at in before.len()..before.len() + count {
        let events = vec![starting("ada", &at.to_string())];
        journal.append(&stamp(), events, None).await.unwrap();
    }
    journal.close().await.unwrap();
}

#[tokio::test]
async fn a_clean_stop_signs_what_is_not_signed_and_nothing_twice() {
    let (_directory, path) = place();
    with_events(&path, 3).await;
    with_events(&path, 0).await;
    with_events(&path, 2).await;
    let outside = outside(&path);
    assert_eq!(outside.iter().map(|one| one.size).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(inside(&path), outside);
    let key = key::read(&key::place(&path)).unwrap().unwrap().verifying_key();
    assert!(outside.iter().all(|one| one.is_signed_by(&key)));
    assert!(outside.iter().all(|one| one.origin == "mosaic/journal/0"));
    let mut tree = Tree::default();
    let connection = sqlite(&path);
    let mut rows = connection.prepare("SELECT leaf FROM events ORDER BY seq").unwrap();
    let leaves = rows.query_map([], |row| row.get::<_, [u8; 32]>(0)).unwrap();
    leaves.for_each(|leaf| tree.push(leaf.unwrap()));
    assert_eq!((outside[1].size, outside[1].root), (tree.size(), tree.root()));
}

/// Checkpoints outside, once there are so many; their sizes.
fn sizes_once(path: &Path, count: usize) -> Vec<u64> {
    let started = clock::instant();
    loop {
        let sizes: Vec<u64> = outside(path).iter().map(|one| one.size).collect();
        if sizes.len() >= count {
            return sizes;
        }
        assert!(started.elapsed() < LONG, "{sizes:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_checkpoint_is_due_after_so_many_events_or_so_long_after_the_first() {
    let far = Duration::from_secs(3600);
    for (events, after) in [(3, far), (u64::MAX, Duration::from_millis(50))] {
        let (_directory, path) = place();
        let pace = Pace { events, after };
        let signing = Signing::of(Tree::default(), String::new(), 0, Vec::new(), pace);
        let (checkpoints, last) = Checkpoints::open(&path).unwrap();
        assert_eq!(last, None);
        let key = SigningKey::from_bytes(&[7; 32]);
        let signer = signing.start(&path, key, checkpoints).unwrap();
        signing.take(&[[1; 32]; 2], "first");
        signing.take(&[[1; 32]], "second");
        let first = sizes_once(&path, 1)[0];
        assert!(first == 3 || (events == u64::MAX && first == 2), "{first}");
        signing.take(&[[1; 32]; 4], "third");
        assert_eq!(sizes_once(&path, 2).last(), Some(&7));
        signing.end();
        signer.join().unwrap();
        assert_eq!(outside(&path).last().unwrap().size, 7, "nothing was left to sign");
        assert_eq!(signing.rows(), outside(&path), "for the table, with the next transaction");
    }
}

#[tokio::test]
async fn a_checkpoint_that_the_table_lacks_comes_with_the_next_transaction() {
    let (_directory, path) = place();
    with_events(&path, 2).await;
    sqlite(&path)
        .execute_batch("DROP TRIGGER checkpoints_are_never_deleted; DELETE FROM checkpoints")
        .unwrap();
    let (journal, _) = open(&path);
    journal.append(&stamp(), vec![starting("ada", "next")], None).await.unwrap();
    assert_eq!(inside(&path), outside(&path));
}

#[tokio::test]
async fn no_statement_changes_or_deletes_a_checkpoint() {
    let (_directory, path) = place();
    with_events(&path, 2).await;
    let statements = [
        "UPDATE checkpoints SET note = ''",
        "DELETE FROM checkpoints",
        "INSERT OR REPLACE INTO checkpoints (size, note) VALUES (2, '')",
        "INSERT INTO checkpoints (size, note) VALUES (1, '')",
    ];
    for statement in statements {
        let refused = sqlite(&path).execute(statement, []).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn what_a_crash_left_of_a_note_is_cut_off_and_the_next_one_follows_the_last_whole() {
    let (_directory, path) = place();
    with_events(&path, 2).await;
    let file = path.with_extension("checkpoints");
    let whole = std::fs::read(&file).unwrap();
    for length in 0..whole.len() - 1 {
        std::fs::write(&file, [&whole[..], &whole[..length], &[0; 9]].concat()).unwrap();
        assert_eq!(Checkpoints::open(&path).unwrap().1.unwrap().size, 2, "{length}");
        assert_eq!(std::fs::read(&file).unwrap(), whole, "{length}");
    }
    with_events(&path, 1).await;
    assert_eq!(outside(&path).iter().map(|one| one.size).collect::<Vec<_>>(), [2, 3]);
}

/// Takes the triggers away, as one could who wants to change the file.
pub fn tamper(path: &Path, statement: &str) {
    let triggers = "DROP TRIGGER IF EXISTS events_are_never_changed; \
                    DROP TRIGGER IF EXISTS events_are_never_deleted; \
                    DROP TRIGGER IF EXISTS checkpoints_are_never_changed; \
                    DROP TRIGGER IF EXISTS checkpoints_are_never_deleted;";
    sqlite(path).execute_batch(&format!("{triggers} {statement}")).unwrap();
}

/// Changes an event and makes its leaf anew, so that the rows agree with each other again.
pub fn rewrite(path: &Path, seq: i64) {
    tamper(path, &format!("UPDATE events SET actor = 'nobody' WHERE seq = {seq}"));
    let connection = sqlite(path);
    let text = format!("SELECT {COLUMNS} FROM events WHERE seq = ?");
    let made = |row: &rusqlite::Row<'_>| Ok(leaf(&Columns::read(row)?));
    let leaf = connection.query_row(&text, [seq], made).unwrap();
    connection.execute("UPDATE events SET leaf = ? WHERE seq = ?", (leaf, seq)).unwrap();
}

#[tokio::test]
async fn a_journal_that_was_signed_otherwise_is_not_started_with() {
    type Change = fn(&Path);
    let changes: [(Change, &str); 5] = [
        (|path| tamper(path, "DELETE FROM events WHERE seq > 3"), "ends at event 3, and its last"),
        (|path| tamper(path, "DELETE FROM events"), "it ends at event 0"),
        (|path| rewrite(path, 2), "the events up to 4 are not those that"),
        (another_key, "is not signed by the key beside it"),
        (begun_anew, "is of mosaic/journal/0, and it is mosaic/journal/anew"),
    ];
    for (change, expected) in changes {
        let (_directory, path) = place();
        with_events(&path, 4).await;
        change(&path);
        let error = try_open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Unproven { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
        // The way out that the error names.
        let moved = path.with_extension("old");
        std::fs::rename(path.with_extension("checkpoints"), moved).unwrap();
        assert!(try_open(&path).is_ok());
    }
}

/// Another key in the place of ours.
pub fn another_key(path: &Path) {
    key::make(&key::place(path)).unwrap();
}

/// A journal begun anew in the place of another.
fn begun_anew(path: &Path) {
    std::fs::remove_file(path).unwrap();
    let outcomes = commit(&mut writer(path), [request(vec![starting("ada", "anew")])]);
    assert_eq!(outcomes[0].as_ref().unwrap(), &1);
}

#[tokio::test]
async fn a_key_that_others_could_have_used_is_refused() {
    let (_directory, path) = place();
    with_events(&path, 2).await;
    let key = path.with_extension("key");
    let refused = |expected: &str| {
        let error = try_open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Key { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    };
    let text = std::fs::read(&key).unwrap();
    std::fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    refused("others may open it (mode 640)");
    std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    if nix::unistd::getuid().is_root() {
        chown(&key, Some(12_345), None).unwrap();
        refused("it belongs to uid 12345 and not to us (0)");
        chown(&key, Some(0), None).unwrap();
    } else {
        println!("SKIPPED: no root, to give the key to another user; `sudo` is for that");
    }
    std::fs::write(&key, "mosaic-journal-key ed25519 c2hvcnQ=\n").unwrap();
    refused("it is not in the form of a key");
    std::fs::rename(&key, path.with_extension("moved")).unwrap();
    std::os::unix::fs::symlink(path.with_extension("moved"), &key).unwrap();
    refused("Too many levels of symbolic links");
    std::fs::remove_file(&key).unwrap();
    refused("it is gone, and checkpoints were signed with it");
    std::fs::write(&key, text).unwrap();
    std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    assert!(try_open(&path).is_ok());
}

#[tokio::test]
async fn a_last_checkpoint_that_is_none_is_told() {
    let (_directory, path) = place();
    with_events(&path, 2).await;
    let file = path.with_extension("checkpoints");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\ntime ", "\ntame ")).unwrap();
    let error = try_open(&path).unwrap_err().to_string();
    assert!(error.contains("is none: its fourth line is no time"), "{error}");
}

/// Signed by another program (Python's cryptography) from the form in `docs/journal.md`.
#[test]
fn the_notes_are_those_of_the_document() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let origin = "mosaic/journal/00000000000000000000000000000001";
    let time = 1_764_000_000_000;
    // One from before notes named the one before them, and one that is written behind it.
    let first = Checkpoint::sign(&key, origin, (1, [9; 32]), time, Follows::Unsaid);
    let behind = Follows::after(Some(&first));
    let second = Checkpoint::sign(&key, origin, (3, [8; 32]), time + 10_000, behind);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/journal.md");
    let document = std::fs::read_to_string(path).unwrap();
    for (checkpoint, known) in [(first, KNOWN), (second, KNOWN_BEHIND)] {
        assert_eq!(checkpoint.text(), known);
        assert_eq!(Checkpoint::parse(known), Ok(checkpoint.clone()));
        assert!(checkpoint.is_signed_by(&key.verifying_key()));
    }
    let shown = KNOWN_BEHIND.lines().all(|line| document.contains(line));
    assert!(shown, "docs/journal.md has another one");
    assert_eq!(verifier_key(origin, &key.verifying_key()), KNOWN_KEY);
    for changed in [
        KNOWN.replacen("\n1\n", "\n2\n", 1),
        KNOWN.replace("time 1", "time 2"),
        KNOWN_BEHIND.replace("follows 1", "follows 2"),
        KNOWN_BEHIND.replacen("follows 1 p", "follows 1 A", 1),
    ] {
        let changed = Checkpoint::parse(&changed).unwrap();
        assert!(!changed.is_signed_by(&key.verifying_key()), "{changed:?}");
    }
    for none in ["follows", "follows x", "follows -1", "after 1"] {
        let wrong = KNOWN_BEHIND.replacen("follows 1", none, 1);
        assert_eq!(Checkpoint::parse(&wrong), Err("its fifth line names no checkpoint before it"));
    }
}

const KNOWN: &str = "\
mosaic/journal/00000000000000000000000000000001\n\
1\n\
CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n\
time 1764000000000\n\
\n\
\u{2014} mosaic/journal/00000000000000000000000000000001 Z3QO5kiFrQ6VbXQwpYHHtmIDvfmJRDM5Gf6FveVGXH4r8NhSfrdixFEjtPrxx+e+UJ8W0dheb8bdlGRa0NNfQKcPzw4=\n";
const KNOWN_BEHIND: &str = "\
mosaic/journal/00000000000000000000000000000001\n\
3\n\
CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=\n\
time 1764000010000\n\
follows 1 pGbQjYWfjOhn5xO6+y/zKzPDrSvK3Egywd9HbkLsFNw=\n\
\n\
\u{2014} mosaic/journal/00000000000000000000000000000001 Z3QO5iWsq5lq2FwQAIWFgVsFPhv5Yb5skm1VD5LlbN+v1mJuqdjNUIbTEncU2kMql40eEdKWsj3jv8uMiGBrRou8VAI=\n";
const KNOWN_KEY: &str = "mosaic/journal/00000000000000000000000000000001+67740ee6+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
