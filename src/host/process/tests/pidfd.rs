//! A held process: its end is an event.

use std::time::Duration;

use nix::libc::{SIGCONT, SIGKILL, SIGSTOP, SIGTERM};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::time::timeout;

use super::{Process, program, read, until};
use crate::host::process::PidFd;

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_end_of_a_process_wakes_all_who_wait() {
    let child = Process::start(program("sleep").arg("600"));
    let held = std::sync::Arc::new(PidFd::open(child.pid()).unwrap());
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            let held = held.clone();
            tokio::spawn(async move { held.gone().await })
        })
        .collect();
    held.signal(SIGSTOP).unwrap();
    let state = || read().usage(child.pid()).unwrap().state;
    until("it is stopped", || state() == 'T');
    assert!(timeout(Duration::from_millis(50), held.gone()).await.is_err(), "stopped is not gone");
    held.signal(SIGCONT).unwrap();
    held.signal(SIGTERM).unwrap();
    for waiter in waiters {
        timeout(SOON, waiter).await.unwrap().unwrap().unwrap();
    }
    // Its parent has not taken it yet, and the one who asks late is answered at once.
    assert_eq!(state(), 'Z');
    timeout(SOON, held.gone()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_process_that_was_taken_by_its_parent_cannot_be_signalled() {
    let mut child = Process::start(&mut program("true"));
    let held = PidFd::open(child.pid()).unwrap();
    child.0.wait().unwrap();
    let error = held.signal(SIGKILL).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(nix::libc::ESRCH));
    timeout(SOON, held.gone()).await.unwrap().unwrap();
    assert!(PidFd::open(child.pid()).is_err());
}

#[test]
fn what_is_no_pid_or_no_signal_is_an_error() {
    for pid in [0, u32::MAX, i32::MAX.unsigned_abs()] {
        assert!(PidFd::open(pid).is_err(), "{pid}");
    }
    let own = PidFd::open(std::process::id()).unwrap();
    for signal in [0, -1, 4_000] {
        assert!(own.signal(signal).is_err(), "{signal}");
    }
}

#[tokio::test]
async fn r12_a_process_that_cannot_be_held_for_want_of_descriptors_is_not_taken_for_gone() {
    let child = Process::start(program("sleep").arg("600"));
    let (pid, files) = (child.pid(), Resource::RLIMIT_NOFILE);
    let (soft, hard) = getrlimit(files).unwrap();
    setrlimit(files, 0, hard).unwrap();
    let refused = PidFd::open(pid).unwrap_err();
    let mut waits = tokio::spawn(PidFd::until_gone(pid));
    let waited = timeout(Duration::from_millis(100), &mut waits).await;
    setrlimit(files, soft, hard).unwrap();
    assert_eq!(refused.raw_os_error(), Some(nix::libc::EMFILE), "it was out of descriptors");
    assert!(waited.is_err(), "it was taken for gone");
    drop(child);
    timeout(SOON, waits).await.unwrap().unwrap();
    timeout(SOON, PidFd::until_gone(pid)).await.unwrap();
}
