//! Parts that a machine may lack: a test that needs one is skipped visibly, and fails in CI.

use std::process::Command;

/// Whether the machine has this: a program in PATH, or `root`. `if !need("tmux") { return; }`
pub fn need(part: &str) -> bool {
    let is_there = match part {
        "root" => nix::unistd::getuid().is_root(),
        program => {
            let found = Command::new("sh").args(["-c", "command -v \"$0\"", program]).output();
            found.is_ok_and(|said| said.status.success())
        }
    };
    if !is_there {
        lacking(part);
    }
    is_there
}

/// Says that a test does not run for want of this. Where all is meant to be there, it fails.
pub fn lacking(part: &str) {
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!is_ci, "CI lacks {part}");
    println!("SKIPPED: no {part}; ./check installs what tests need, root is for `sudo`");
}
