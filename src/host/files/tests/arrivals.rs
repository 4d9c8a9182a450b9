//! Files that arrive: whatever is missing above them, and whatever is there already.

use std::fs;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use tokio::time::timeout;

use super::super::arrived;

/// Longer than anything takes; shorter than the look that a new directory gets in any case.
const SOON: Duration = Duration::from_secs(4);

#[tokio::test]
async fn what_arrives_is_told_at_once_though_everything_above_it_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = directory.path().join("user/1000");
    let socket = runtime.join("bus");
    let path = socket.clone();
    let (said, mut saying) = tokio::sync::mpsc::channel(1);
    let waiting = tokio::spawn(async move {
        arrived(&path).await.unwrap();
        said.send(()).await.unwrap();
    });
    tokio::task::yield_now().await;
    fs::create_dir_all(&runtime).unwrap();
    // Others come and go there, and the whole directory too, as with a log-out.
    fs::write(runtime.join("other"), "").unwrap();
    tokio::task::yield_now().await;
    fs::remove_dir_all(directory.path().join("user")).unwrap();
    tokio::task::yield_now().await;
    fs::create_dir_all(&runtime).unwrap();
    tokio::task::yield_now().await;
    assert!(saying.try_recv().is_err(), "nothing is there yet");
    let _listener = UnixListener::bind(&socket).unwrap();
    timeout(SOON, saying.recv()).await.expect("it was not told").unwrap();
    waiting.await.unwrap();
}

#[tokio::test]
async fn what_is_there_already_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("bus");
    fs::write(&file, "").unwrap();
    timeout(SOON, arrived(&file)).await.unwrap().unwrap();
}
