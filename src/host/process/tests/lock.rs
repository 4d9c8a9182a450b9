//! One supervisor, and who it is.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::{Process, this_program, until};
use crate::host::process::{Holder, KeptBy, Lock, LockError, holder, started};

const PATH: &str = "MOSAIC_TEST_LOCK";
const CHILD: &str = "host::process::tests::lock::holds_the_lock_until_it_is_killed";

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("supervisor.lock");
    (directory, path)
}

fn this() -> Holder {
    Holder::this_process(KeptBy::Foreground, 1_764_000_000_000, "0.1.0")
}

/// Another process that holds the lock, once it has said so.
fn other(path: &Path) -> Process {
    let mut command = this_program(CHILD);
    let mut child = Process::start(command.env(PATH, path).stdout(Stdio::piped()));
    let output = BufReader::new(child.0.stdout.take().unwrap());
    let held = output.lines().map_while(Result::ok).any(|line| line.ends_with("the lock is held"));
    assert!(held, "the child did not take the lock");
    child
}

#[test]
#[ignore = "the child of the other tests"]
fn holds_the_lock_until_it_is_killed() {
    let path = PathBuf::from(std::env::var_os(PATH).unwrap());
    let mine = Holder::this_process(KeptBy::Detached, 1_764_000_000_000, "0.1.0");
    let _lock = Lock::take(&path, &mine).unwrap();
    println!("the lock is held");
    loop {
        std::thread::park();
    }
}

#[test]
fn the_second_is_told_who_the_first_is() {
    let (_directory, path) = place();
    assert_eq!(holder(&path).unwrap(), None);
    let first = other(&path);
    let error = Lock::take(&path, &this()).unwrap_err();
    let expected = format!(
        "a supervisor already runs: pid {}, since 2025-11-24T16:00:00.000Z, detached, version 0.1.0",
        first.pid()
    );
    assert_eq!(error.to_string(), expected);
    let LockError::Held(found) = error else { panic!("{error:?}") };
    assert_eq!((found.pid, found.how), (first.pid(), KeptBy::Detached));
    assert_eq!(holder(&path).unwrap(), Some(found));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(r#""how":"detached""#) && text.ends_with("}\n"), "{text}");
}

#[test]
fn a_killed_holder_leaves_the_lock_free_whatever_the_file_says() {
    let (_directory, path) = place();
    let mut first = other(&path);
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().contains(&first.pid().to_string()));
    assert_eq!(holder(&path).unwrap(), None);
    let lock = Lock::take(&path, &this()).unwrap();
    assert_eq!(holder(&path).unwrap(), Some(this()));
    drop(lock);
    assert_eq!(holder(&path).unwrap(), None);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
}

#[test]
fn one_of_many_gets_it_and_lookers_take_it_from_nobody() {
    let (_directory, path) = place();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looker = scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                holder(&path).unwrap();
            }
        });
        for _ in 0..200 {
            // Nobody holds it, however often it is looked at.
            drop(Lock::take(&path, &this()).unwrap());
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        looker.join().unwrap();
    });
    let gate = std::sync::Barrier::new(8);
    let takers = || {
        gate.wait();
        Lock::take(&path, &this())
    };
    let taken: Vec<_> = std::thread::scope(|scope| {
        let takers: Vec<_> = (0..8).map(|_| scope.spawn(takers)).collect();
        takers.into_iter().map(|taker| taker.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 1);
    for refused in taken.iter().filter_map(|taken| taken.as_ref().err()) {
        assert!(matches!(refused, LockError::Held(found) if *found == this()), "{refused:?}");
    }
}

/// A holder that was killed, and whose pid a process has that lives now.
fn recycled() -> (Process, Holder) {
    let process = Process::shell("read line");
    let later = Holder { pid: process.pid(), started: 1, ..this() };
    assert!(started(process.pid()).is_some_and(|started| started != later.started));
    (process, later)
}

#[test]
fn a_pid_that_lives_again_as_another_process_holds_nothing() {
    let (_directory, path) = place();
    let (_process, old) = recycled();
    std::fs::write(&path, serde_json::to_string(&old).unwrap()).unwrap();
    assert_eq!(holder(&path).unwrap(), None);
    let lock = Lock::take(&path, &this()).unwrap();
    assert_eq!(holder(&path).unwrap(), Some(this()));
    drop(lock);
}

#[test]
fn the_text_of_a_killed_holder_is_not_taken_for_that_of_the_next() {
    let (_process, recycled) = recycled();
    for old in [Holder { pid: i32::MAX.unsigned_abs(), ..this() }, recycled] {
        the_next_is_waited_for(&old);
    }
}

/// As if the next one had the lock and had not written yet.
fn the_next_is_waited_for(old: &Holder) {
    let (_directory, path) = place();
    let lock = Lock::take(&path, &this()).unwrap();
    std::fs::write(&path, serde_json::to_string(old).unwrap()).unwrap();
    let new = serde_json::to_string(&this()).unwrap();
    let found = std::thread::scope(|scope| {
        let looker = scope.spawn(|| holder(&path));
        let tasks = || std::fs::read_dir("/proc/self/task").unwrap();
        let waits = |task: std::fs::DirEntry| {
            std::fs::read_to_string(task.path().join("syscall")).unwrap_or_default()
        };
        // 7 is poll, 271 ppoll: the looker waits for the text.
        until("the looker waits", || {
            looker.is_finished()
                || tasks().any(|task| {
                    let call = waits(task.unwrap());
                    call.starts_with("7 ") || call.starts_with("271 ")
                })
        });
        std::fs::write(&path, &new).unwrap();
        looker.join().unwrap()
    });
    assert_eq!(found.unwrap(), Some(this()));
    drop(lock);
}

#[test]
fn a_holder_that_never_says_who_it_is_is_not_called_absent() {
    let (_directory, path) = place();
    let lock = Lock::take(&path, &this()).unwrap();
    std::fs::write(&path, "").unwrap();
    let error = holder(&path).unwrap_err();
    assert!(matches!(error, LockError::HeldUnnamed(_)), "{error:?}");
    assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    let error = Lock::take(&path, &this()).unwrap_err();
    assert!(matches!(error, LockError::HeldUnnamed(_)), "{error:?}");
    drop(lock);
}

#[test]
fn the_lock_is_private_and_no_link_is_followed() {
    use std::os::unix::fs::PermissionsExt as _;
    let (directory, path) = place();
    let _lock = Lock::take(&path, &this()).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let link = directory.path().join("link.lock");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let error = Lock::take(&link, &this()).unwrap_err();
    assert!(matches!(error, LockError::Io { attempt: "open", .. }), "{error:?}");
    let error = Lock::take(&directory.path().join("no/such.lock"), &this()).unwrap_err();
    assert!(error.to_string().starts_with("cannot open the lock"), "{error}");
}
