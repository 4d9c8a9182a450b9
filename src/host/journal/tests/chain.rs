//! Checkpoints name the one before them: none is taken out, put in or exchanged unseen.

use std::path::Path;

use super::proof::{outside, tamper, with_events};
use super::verify::{look, said, signed, write_outside};
use crate::host::journal::checkpoint::{Checkpoint, Follows};
use crate::host::journal::key;

/// The file of checkpoints and the table with these of the three alone.
fn keep(path: &Path, kept: &[usize], in_table: &[usize]) {
    let all = outside(path);
    let text = |at: &usize| all[*at].text();
    write_outside(path, &kept.iter().map(text).collect::<Vec<_>>());
    let sizes: Vec<String> = in_table.iter().map(|at| all[*at].size.to_string()).collect();
    tamper(path, &format!("DELETE FROM checkpoints WHERE size NOT IN ({})", sizes.join(",")));
}

#[tokio::test]
async fn checkpoints_that_were_taken_out_are_named_by_those_behind_them() {
    let front = "the file begins with the checkpoint of event 5, which was written behind that of \
                 event 3: its beginning was taken out";
    let late = "the file begins with the checkpoint of event 8, which was written behind that of \
                event 5: its beginning was taken out";
    let amid = "the checkpoint of event 8 was written behind that of event 5 and stands behind that \
                of event 3";
    let missing = "the table's checkpoint of event 5 is missing in the file beside it";
    let cases: [(&[usize], &[usize], &str); 5] = [
        (&[1, 2], &[0, 1, 2], front),
        (&[1, 2], &[1, 2], front),
        (&[2], &[], late),
        (&[0, 2], &[0, 2], amid),
        (&[0, 2], &[0, 1, 2], missing),
    ];
    for (kept, in_table, expected) in cases {
        let (_directory, path) = signed().await;
        keep(&path, kept, in_table);
        let verified = look(&path);
        let found = said(&verified.findings);
        assert_eq!(found.len(), 1, "{kept:?} {in_table:?}: {found:?}");
        assert!(found[0].1.ends_with(expected), "{kept:?} {in_table:?}: {found:?}");
        assert!(verified.notes.is_empty(), "{:?}", verified.notes);
    }
}

#[tokio::test]
async fn a_checkpoint_that_was_signed_anew_is_not_the_one_that_the_next_was_written_behind() {
    let (_directory, path) = signed().await;
    let all = outside(&path);
    let key = key::read(&key::place(&path)).unwrap().unwrap();
    let Checkpoint { origin, size, root, at_ms, follows, .. } = &all[1];
    let anew = Checkpoint::sign(&key, origin, (*size, *root), at_ms + 1, *follows);
    tamper(&path, "DELETE FROM checkpoints");
    write_outside(&path, &[all[0].text(), anew.text(), all[2].text()]);
    let verified = look(&path);
    let found = said(&verified.findings);
    let what = "the checkpoint of event 8 was written behind another one of event 5 than stands";
    assert!(found.len() == 1 && found[0].1.contains(what), "{found:?}");
    // One that begins a file stands behind no other.
    let begins = Checkpoint::sign(&key, origin, (*size, *root), *at_ms, Follows::Nothing);
    write_outside(&path, &[all[0].text(), begins.text()]);
    let verified = look(&path);
    let what = "the checkpoint of event 5 began its file, and that of event 3 stands before it";
    assert!(said(&verified.findings)[0].1.contains(what), "{verified:?}");
}

#[tokio::test]
async fn a_file_that_was_begun_anew_and_checkpoints_that_name_none_before_them_are_no_finding() {
    let (_directory, path) = signed().await;
    std::fs::remove_file(path.with_extension("checkpoints")).unwrap();
    with_events(&path, 1).await;
    with_events(&path, 1).await;
    let verified = look(&path);
    assert_eq!(said(&verified.findings), []);
    assert!(verified.notes[0].contains("older than the file beside the journal"), "{verified:?}");

    // As an earlier version wrote them; the first of this one is written behind them.
    let (_directory, path) = signed().await;
    let key = key::read(&key::place(&path)).unwrap().unwrap();
    let unsaid = |one: &Checkpoint| {
        Checkpoint::sign(&key, &one.origin, (one.size, one.root), one.at_ms, Follows::Unsaid).text()
    };
    let older: Vec<String> = outside(&path).iter().map(unsaid).collect();
    tamper(&path, "DELETE FROM checkpoints");
    write_outside(&path, &older);
    std::fs::write(path.with_extension("checkpoints"), older.join("\n") + "\n").unwrap();
    with_events(&path, 1).await;
    assert_eq!(said(&look(&path).findings), []);
    let all: Vec<String> = outside(&path).iter().map(Checkpoint::text).collect();
    assert_eq!(all[..3], older);
    write_outside(&path, &all[1..]);
    assert_eq!(said(&look(&path).findings), [], "nobody said what stood there");
    write_outside(&path, &all[3..]);
    let verified = look(&path);
    let what = "begins with the checkpoint of event 9, which was written behind that of event 8";
    assert!(said(&verified.findings)[0].1.contains(what), "{verified:?}");
}
