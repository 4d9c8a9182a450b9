//! Trees that are looked at again: what is remembered of the last look hides nothing.

use std::collections::BTreeSet;

use super::{Process, program, until};
use crate::host::process::{PidFd, Trees};

fn roots(pids: &[u32]) -> BTreeSet<u32> {
    pids.iter().copied().collect()
}

#[test]
fn a_tree_that_grows_is_seen_whole() {
    let shell = Process::shell("read line; sh -c 'sleep 600 & sleep 600; :' & sleep 600; :");
    let mut trees = Trees::default();
    let mut look = || trees.look(roots(&[shell.pid()])).unwrap();
    until("the shell alone", || look().tree(shell.pid()).len() == 1);
    let other = Process::start(program("sleep").arg("600"));
    shell.say("go");
    until("five processes", || look().tree(shell.pid()).len() == 5);
    let tree = look().tree(shell.pid());
    assert!(!look().has(other.pid()) && !look().has(std::process::id()));
    PidFd::open(tree[4]).unwrap().signal(nix::libc::SIGKILL).unwrap();
    until("one is gone", || look().usage(shell.pid()).unwrap().count == 4);
    for pid in &tree[1..4] {
        PidFd::open(*pid).unwrap().signal(nix::libc::SIGKILL).unwrap();
    }
}

#[test]
fn a_stranger_who_becomes_a_root_brings_its_tree() {
    let first = Process::start(program("sleep").arg("600"));
    let second = Process::shell("sleep 600 & sleep 600; :");
    let mut trees = Trees::default();
    let all = || Trees::default().look(roots(&[second.pid()])).unwrap().tree(second.pid());
    until("three processes", || all().len() == 3);
    let before = trees.look(roots(&[first.pid()])).unwrap();
    assert!(before.has(first.pid()) && !before.has(second.pid()));
    assert!(trees.hold(&roots(&[first.pid()])) && !trees.hold(&roots(&[second.pid()])));
    let after = trees.look(roots(&[first.pid(), second.pid()])).unwrap();
    assert_eq!(after.tree(second.pid()), all());
    for pid in &all()[1..] {
        PidFd::open(*pid).unwrap().signal(nix::libc::SIGKILL).unwrap();
    }
}

#[test]
fn who_lives_and_who_waits_to_be_buried_are_told_apart() {
    let mut child = Process::start(program("sleep").arg("600"));
    let mut trees = Trees::default();
    let mut look = || trees.look(roots(&[child.pid()])).unwrap();
    assert!(look().lives(child.pid()));
    PidFd::open(child.pid()).unwrap().signal(nix::libc::SIGKILL).unwrap();
    until("it is dead", || !look().lives(child.pid()));
    assert!(look().has(child.pid()), "nobody waited for it yet");
    child.0.wait().unwrap();
    let after = trees.look(roots(&[child.pid()])).unwrap();
    assert!(!after.has(child.pid()) && !after.lives(child.pid()));
}

#[test]
fn who_comes_between_two_looks_is_seen_and_a_thread_is_nobody() {
    let parent = std::os::unix::process::parent_id();
    let mut trees = Trees::default();
    let mut look = || trees.look(roots(&[parent])).unwrap();
    assert!(look().tree(parent).contains(&std::process::id()));
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let (say, said) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let own = std::fs::read_link("/proc/thread-self").unwrap();
        let own: u32 = own.file_name().unwrap().to_str().unwrap().parse().unwrap();
        say.send(own).unwrap();
        // The other end is dropped when all was looked at.
        ended.recv().ok();
    });
    let thread_number = said.recv().unwrap();
    let children: Vec<Process> =
        (0..20).map(|_| Process::start(program("sleep").arg("600"))).collect();
    let after = look();
    let tree = after.tree(parent);
    assert!(children.iter().all(|child| tree.contains(&child.pid())), "{tree:?}");
    assert!(!after.has(thread_number), "a thread is no process");
    let stranger = Process::shell("true");
    until("it has ended", || !look().lives(stranger.pid()));
    let gone: Vec<u32> = children.iter().map(Process::pid).collect();
    drop(children);
    // Others come below the same parent meanwhile: each of these is asked for by itself.
    let left = look();
    assert!(!gone.iter().any(|pid| left.tree(parent).contains(pid)), "{gone:?}");
    drop(end);
    thread.join().unwrap();
}
