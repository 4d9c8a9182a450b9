//! A test in a mount namespace of its own: what it mounts is seen by nobody else.

use std::process::Command;

use super::{lacking, need};

const INSIDE: &str = "MOSAIC_TEST_IN_A_NAMESPACE";

/// Runs a test again, by its full name, in a mount namespace that a shell script has prepared; the
/// caller is inside when this says so. What is mounted on /mnt holds its fleets: the programs
/// themselves may lie below /tmp.
pub fn inside(test: &str, script: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    if !need("tmux") {
        return false;
    }
    let script = format!("set -e; {script}; exec \"$@\"");
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .env("MOSAIC_TEST_PLACE", "/mnt")
        .env("TMPDIR", "/dev/shm")
        .output();
    let said = output.as_ref().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !said.as_ref().is_ok_and(|said| said.contains("running 1 test")) {
        lacking(&format!("mount namespace of our own: {output:?}"));
        return false;
    }
    let complained = String::from_utf8_lossy(&output.as_ref().unwrap().stderr).into_owned();
    assert!(said.unwrap().contains("1 passed"), "{complained}");
    false
}
