//! A full disk: the append fails, nothing of it is stored, and with space back all goes on.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::groups::{commit, request, writer};
use super::{answer, open, place, stamp, starting};
use crate::host::journal::{Filter, JournalError, NewEvent};

const DIRECTORY: &str = "MOSAIC_TEST_SMALL_DISK";

/// About a third of a megabyte, more than any free rest of a page.
fn large(prefix: &str) -> Vec<NewEvent> {
    (0..1_000).map(|at| starting("ada", &format!("{prefix}.{at}"))).collect()
}

#[test]
fn a_database_at_its_limit_stores_nothing_and_recovers() {
    let (_directory, path) = place();
    let mut writer = writer(&path);
    commit(&mut writer, [request(vec![starting("ada", "first")])])[0].as_ref().unwrap();
    let pages = |writer: &crate::host::journal::writer::Writer, limit: i64| -> i64 {
        let set = |row: &rusqlite::Row<'_>| row.get(0);
        writer.connection.pragma_update_and_check(None, "max_page_count", limit, set).unwrap()
    };
    let now: i64 =
        writer.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    assert_eq!(pages(&writer, now), now);

    let mut group = vec![request(vec![starting("ada", "small")]), request(large("x"))];
    group[0].remember = vec![answer("k")];
    for outcome in writer.commit(&mut group, &mut || None) {
        assert!(matches!(outcome, Err(JournalError::Full { .. })), "{outcome:?}");
    }
    assert_eq!(*writer.head.borrow(), 1);
    let sql = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM remembered)";
    let stored: i64 = super::sqlite(&path).query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(stored, 1, "neither event nor answer of a failed group");

    pages(&writer, 1_000_000);
    let outcomes: Vec<_> = commit(&mut writer, group).into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes, [2, 1_002]);
}

#[test]
fn a_full_disk_stores_nothing_and_recovers() {
    let mount = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=2m small \"$1\" && shift && exec \"$@\"";
    #[expect(clippy::disallowed_methods, reason = "a mount namespace needs a process of its own")]
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(mount.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "host::journal::tests::full::fills_the_small_disk"])
        .args(["--ignored", "--nocapture"])
        .env(DIRECTORY, mount.path())
        .output();
    let (said, complained) = match &output {
        Ok(output) => (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ),
        Err(error) => (String::new(), error.to_string()),
    };
    if !said.contains("running 1 test") {
        assert!(std::env::var_os("CI").is_none(), "CI lacks a mount namespace: {complained}");
        eprintln!("SKIPPED: no tmpfs in a mount namespace of our own: {complained}");
        return;
    }
    assert!(output.unwrap().status.success(), "{said}\n{complained}");
    assert!(said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "the child of a_full_disk_stores_nothing_and_recovers"]
async fn fills_the_small_disk() {
    let directory = std::env::var_os(DIRECTORY).unwrap();
    let path = Path::new(&directory).join("journal.db");
    let (journal, _) = open(&path);
    journal.append(&stamp(), vec![starting("ada", "first")], None).await.unwrap();
    let filler = Path::new(&directory).join("filler");
    fill(&filler);

    let mut stored = 1;
    let error = loop {
        // Single events go in until the room that the WAL has already is used up.
        let one = vec![starting("ada", &format!("one.{stored}"))];
        match journal.append(&stamp(), one, Some(answer(&stored.to_string()))).await {
            Ok(seq) => stored = seq,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Full { .. }), "{error:?}");
    let error = journal.append(&stamp(), large("x"), None).await.unwrap_err();
    assert!(matches!(error, JournalError::Full { .. }), "{error:?}");
    assert_eq!(*journal.head().borrow(), stored);
    let seen = journal.read(0, 10_000, &Filter::default()).await.unwrap();
    assert_eq!(seen.last().unwrap().seq, stored, "a full disk can be read");
    assert_eq!(journal.remembered(&stored.to_string()).await.unwrap(), None);

    std::fs::remove_file(&filler).unwrap();
    assert_eq!(journal.append(&stamp(), large("y"), None).await.unwrap(), stored + 1_000);
    journal.close().await.unwrap();
    assert_eq!(open(&path).1.len() as u64, stored + 1_000);
}

/// Writes until nothing more fits.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [4096, 1] {
        while file.write_all(&vec![b'x'; size]).is_ok() {}
    }
}
