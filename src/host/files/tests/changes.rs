//! Files that are written, in a directory that comes and goes.

use std::fs;
use std::time::Duration;

use tokio::time::timeout;

use super::super::Changes;

/// Longer than anything takes; shorter than the look that a new directory gets in any case.
const SOON: Duration = Duration::from_secs(4);

#[tokio::test]
async fn what_is_written_is_told_also_after_the_directory_went_and_came_again() {
    let above = tempfile::tempdir().unwrap();
    let directory = above.path().join("output/ada");
    let mut changes = Changes::of(&directory).unwrap();
    for round in ["first", "again"] {
        fs::create_dir_all(&directory).unwrap();
        timeout(SOON, changes.came()).await.expect(round).unwrap();
        if round == "again" {
            // That was the end of the first one.
            timeout(SOON, changes.came()).await.expect("the new one is there").unwrap();
        }
        fs::write(directory.join("1"), round).unwrap();
        timeout(SOON, changes.came()).await.expect(round).unwrap();
        fs::remove_dir_all(above.path().join("output")).unwrap();
    }
}
