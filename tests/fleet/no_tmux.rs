//! A supervisor before there is a tmux: it says so once, asks nobody again and again, and begins when
//! one comes.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use crate::support::{Ending, Fleet, LONG, Roster, need, wait_until, which};

/// Puts a script where a program is looked for, whole.
fn put(script: &str, path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let draft = path.with_extension("draft");
    std::fs::write(&draft, script).unwrap();
    std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(draft, path).unwrap();
}

#[test]
fn a_supervisor_without_tmux_says_so_once_and_begins_when_one_comes() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada"));
    let programs = fleet.home().join("bin");
    std::fs::create_dir(&programs).unwrap();
    let (log, asked) = (fleet.home().join("log"), fleet.home().join("asked"));
    let mut command = fleet.command(&["supervise"]);
    command.env("PATH", &programs).stdout(Stdio::null());
    command.stderr(std::fs::File::create(&log).unwrap());
    let _supervisor = Ending(command.spawn().unwrap());
    let said = |part: &str| std::fs::read_to_string(&log).unwrap().matches(part).count();
    let out_of_reach = || said("our tmux server is out of reach");
    wait_until("a word about it", LONG, || out_of_reach() == 1);
    let applied = fleet.background(&["fleet", "up"]);
    wait_until("ada is known", LONG, || {
        fleet.ps()["rows"].as_array().is_some_and(|rows| !rows.is_empty())
    });

    // One that is no use is another thing to tell of, once, however often it is tried.
    put(
        &format!("#!/bin/sh\necho >> {}\necho tmux 1.8\n", asked.display()),
        &programs.join("tmux"),
    );
    let tries = || std::fs::read_to_string(&asked).unwrap_or_default().lines().count();
    wait_until("tries of it", LONG, || tries() >= 4);
    assert_eq!((out_of_reach(), said("1.8")), (2, 1), "{}", std::fs::read_to_string(&log).unwrap());

    let real = programs.join("real");
    symlink(which("tmux").unwrap(), &real).unwrap();
    std::fs::rename(real, programs.join("tmux")).unwrap();
    // What the system said is told with it.
    let missing = "run `setsid tmux -D`: No such file or directory";
    wait_until("what else is missing", LONG, || said(missing) == 1);
    symlink(which("setsid").unwrap(), programs.join("setsid")).unwrap();
    applied.end().ended(0);
    fleet.health("ada", "healthy");
    assert_eq!(out_of_reach(), 3);
}
