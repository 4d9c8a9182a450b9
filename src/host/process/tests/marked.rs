//! The mark of a session is found wherever its processes went.

use super::{Process, program, read, session, until};
use crate::host::process::end_marked;
use crate::host::process::marked::marked;

fn marked_shell(session: &str, script: &str) -> Process {
    Process::start(program("sh").args(["-c", script]).env("MOSAIC_SESSION", session))
}

#[test]
fn every_marked_process_is_ended_and_no_other() {
    let session = session();
    let longer = format!("{session}x");
    let (mut sibling, mut liar) = (
        marked_shell(&longer, "exec sleep 600"),
        Process::start(program("sleep").arg("600").env("NOT_MOSAIC_SESSION", &session)),
    );
    liar.0.try_wait().unwrap();
    // A child, one in a session of its own, and a double fork whose parent is gone.
    let script = "sleep 600 & setsid sleep 600 & (setsid sh -c 'sleep 600 & wait' &) ; wait";
    let shell = marked_shell(&session, script);
    until("five processes", || marked(&session).len() == 5);
    assert!(marked(&session).contains(&shell.pid()));
    assert_eq!(end_marked(&session), 5);
    assert_eq!(marked(&session), Vec::<u32>::new());
    assert_eq!(end_marked(&session), 0, "a second time there is nothing to do");
    assert_eq!(marked(&longer), [sibling.pid()]);
    for alive in [&mut sibling.0, &mut liar.0] {
        assert!(alive.try_wait().unwrap().is_none());
    }
}

#[test]
fn what_is_forked_in_the_last_moment_is_ended_too() {
    let session = session();
    let script = "i=0; while [ $i -lt 300 ]; do (setsid sleep 600 &); i=$((i+1)); done; wait";
    let _shell = marked_shell(&session, script);
    until("some of them", || marked(&session).len() > 40);
    // Some of those that were counted were subshells and are gone by themselves.
    assert!(end_marked(&session) > 10);
    assert_eq!(marked(&session), Vec::<u32>::new());
}

#[test]
fn a_stopped_process_is_ended_and_a_dead_one_is_not_counted() {
    let session = session();
    let stopped = marked_shell(&session, "kill -STOP $$; :");
    let mut dead = marked_shell(&session, "exit 0");
    until("one is dead, and its parent has not taken it", || marked(&session) == [stopped.pid()]);
    until("the other is stopped", || read().usage(stopped.pid()).unwrap().state == 'T');
    assert_eq!(end_marked(&session), 1);
    assert!(dead.0.wait().unwrap().success());
}

#[test]
fn a_process_whose_first_thread_has_ended_is_still_found() {
    let session = session();
    let script = "import ctypes, threading, time\n\
                  threading.Thread(target=time.sleep, args=(600,)).start()\n\
                  ctypes.CDLL(None).pthread_exit(None)";
    let python = program("python3")
        .args(["-c", script])
        .env("MOSAIC_SESSION", &session)
        .stdin(std::process::Stdio::null())
        .spawn();
    let Ok(python) = python else {
        assert!(std::env::var_os("CI").is_none(), "CI lacks python3");
        eprintln!("SKIPPED: no python3 to end a first thread with");
        return;
    };
    let python = Process(python);
    until("its first thread is gone", || read().usage(python.pid()).unwrap().state == 'Z');
    assert_eq!(marked(&session), [python.pid()]);
    assert_eq!(end_marked(&session), 1);
    assert_eq!(marked(&session), Vec::<u32>::new());
}

#[test]
fn the_caller_and_an_empty_mark_are_left_alone() {
    let session = session();
    let mut command = super::this_program("host::process::tests::marked::looks_for_its_own_mark");
    let output = command.env("MOSAIC_SESSION", &session).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert_eq!(end_marked(""), 0);
}

#[test]
#[ignore = "the child of the_caller_and_an_empty_mark_are_left_alone"]
fn looks_for_its_own_mark() {
    let session = std::env::var("MOSAIC_SESSION").unwrap();
    assert_eq!((marked(&session), end_marked(&session)), (vec![], 0));
}
