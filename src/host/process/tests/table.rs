//! Trees of real processes and what they use.

use nix::libc::{SIGCONT, SIGSTOP};

use super::{Process, program, read, until};
use crate::host::process::PidFd;

#[test]
fn a_tree_has_every_descendant_and_nobody_else() {
    let other = Process::start(program("sleep").arg("600"));
    let shell = Process::shell("sh -c 'sleep 600 & sleep 600; :' & sleep 600; :");
    let tree = || read().tree(shell.pid());
    until("five processes", || tree().len() == 5);
    let found = tree();
    assert_eq!(found[0], shell.pid());
    assert!(!found.contains(&other.pid()) && !found.contains(&std::process::id()));
    let own = read().tree(std::process::id());
    assert!(found.iter().chain([&other.pid()]).all(|pid| own.contains(pid)));
    assert_eq!(read().usage(shell.pid()).unwrap().count, 5);
    for pid in &found[1..] {
        PidFd::open(*pid).unwrap().signal(nix::libc::SIGKILL).unwrap();
    }
}

#[test]
fn a_stopped_process_and_a_missing_one_are_told_apart() {
    let mut child = Process::start(program("sleep").arg("600"));
    let state = |pid| read().usage(pid).map(|usage| usage.state);
    until("it sleeps", || state(child.pid()) == Some('S'));
    let held = PidFd::open(child.pid()).unwrap();
    held.signal(SIGSTOP).unwrap();
    until("it is stopped", || state(child.pid()) == Some('T'));
    held.signal(SIGCONT).unwrap();
    until("it goes on", || state(child.pid()) == Some('S'));
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    assert_eq!(state(child.pid()), None);
    assert_eq!(read().tree(child.pid()), Vec::<u32>::new());
}

#[test]
fn cpu_time_is_that_of_the_living_and_of_the_ended() {
    let spin = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
    let living = Process::shell(&format!("{spin}; sleep 600; :"));
    let ended = Process::shell(&format!("sh -c '{spin}'; sleep 600; :"));
    let usage = |pid| read().usage(pid).unwrap();
    let sleeps = |pid| {
        let tree = read().tree(pid);
        let name = |pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        tree.len() == 2 && name(tree[1]) == "sleep\n"
    };
    for shell in [&living, &ended] {
        until("it is done and sleeps", || sleeps(shell.pid()));
        let spent = usage(shell.pid()).cpu_ms;
        assert!((20..60_000).contains(&spent), "{spent} ms");
        assert_eq!(usage(shell.pid()).cpu_ms / 100, spent / 100, "a sleeper spends nothing");
        let sleeper = read().tree(shell.pid())[1];
        PidFd::open(sleeper).unwrap().signal(nix::libc::SIGKILL).unwrap();
    }
}

#[test]
fn memory_is_what_lies_in_ram() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    };
    // To read the table takes memory too, the more the more processes there are.
    let before = resident();
    let memory = read().usage(std::process::id()).unwrap().memory_bytes;
    let (least, most) = (before / 2, resident() * 2);
    assert!((least..most).contains(&memory), "{memory} is not between {least} and {most}");
}
