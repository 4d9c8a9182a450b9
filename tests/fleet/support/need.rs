//! Parts that a machine may lack: a test that needs one is skipped visibly, and fails in CI.

use std::process::Command;

/// Whether the machine has this: a program in PATH, or `root`. `if !need("tmux") { return; }`
pub fn need(part: &str) -> bool {
    let is_there = match part {
        "root" => nix::unistd::getuid().is_root(),
        program => which(program).is_some(),
    };
    if !is_there {
        lacking(part);
    }
    is_there
}

/// Where a program lies, if it is in PATH.
pub fn which(program: &str) -> Option<String> {
    let found = Command::new("sh").args(["-c", "command -v \"$0\"", program]).output().ok()?;
    found.status.success().then(|| String::from_utf8_lossy(&found.stdout).trim().to_owned())
}

/// Says that a test does not run for want of this. Where all is meant to be there, it fails.
pub fn lacking(part: &str) {
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!is_ci, "CI lacks {part}");
    println!("SKIPPED: no {part}; ./check installs what tests need, root is for `sudo`");
}
