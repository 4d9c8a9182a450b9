//! runit, pm2 and `systemd --user`, each fetched beside what cargo builds; who cannot be had is said.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{Peer, Victim};
use crate::bed::Bed;
use crate::host::Host;

/// Those that this machine can have.
pub fn all(bed: Result<&Bed, String>) -> Vec<Peer<'_>> {
    let systemd = bed.map(systemd);
    let peers = [("runit", runit()), ("pm2", pm2()), ("systemd --user", systemd)];
    let had = peers.into_iter().filter_map(|(name, peer)| {
        if let Err(why) = &peer {
            println!("SKIPPED: {name}: {why}");
        }
        peer.ok()
    });
    had.collect()
}

/// A directory of this bench that outlives it: what was fetched once.
fn fetched(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn fetch(directory: &Path, script: &str) -> Result<(), String> {
    let output = Command::new("sh").args(["-euc", script]).current_dir(directory).output();
    let output = output.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}

/// A process that ends with the value.
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        // runsv ends its program when it is asked to end; SIGKILL would leave it.
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.0.id()).unwrap());
        let _gone = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        let _reaped = self.0.wait();
    }
}

fn place() -> TempDir {
    tempfile::Builder::new().prefix("mo").tempdir_in("/tmp").unwrap()
}

fn runit<'any>() -> Result<Peer<'any>, String> {
    let there = fetched("runit");
    if !there.join("usr/bin/runsv").exists() {
        fetch(&there, "apt-get download runit && dpkg -x runit_*.deb .")?;
    }
    let place = place();
    let victim = Victim::new(place.path());
    let run = place.path().join("run");
    fs::write(&run, format!("#!/bin/sh\n{}\n", Victim::script(place.path()))).unwrap();
    fs::set_permissions(&run, PermissionsExt::from_mode(0o755)).unwrap();
    let runsv = Command::new(there.join("usr/bin/runsv")).arg(place.path()).spawn();
    let runsv = Kept(runsv.map_err(|error| error.to_string())?);
    Ok(Peer { name: "runit", victim, _keeps: Box::new((runsv, place)) })
}

/// pm2's daemon, ended by pm2 itself.
struct Pm2(PathBuf, TempDir);

impl Pm2 {
    fn run(&self, words: &[&str]) -> Result<(), String> {
        let output = Command::new("node")
            .arg(&self.0)
            .args(words)
            .env("PM2_HOME", self.1.path().join("pm2"))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said) }
    }
}

impl Drop for Pm2 {
    fn drop(&mut self) {
        let _told = self.run(&["kill"]);
    }
}

fn pm2<'any>() -> Result<Peer<'any>, String> {
    let there = fetched("pm2");
    let program = there.join("node_modules/pm2/bin/pm2");
    if !program.exists() {
        fetch(&there, "npm install --prefix . --no-fund --no-audit --ignore-scripts pm2@5")?;
    }
    let pm2 = Pm2(program, place());
    let victim = Victim::new(pm2.1.path());
    let script = pm2.1.path().join("victim.sh");
    fs::write(&script, Victim::script(pm2.1.path())).unwrap();
    pm2.run(&["start", script.to_str().unwrap(), "--interpreter", "sh", "--name", "victim"])?;
    Ok(Peer { name: "pm2", victim, _keeps: Box::new(pm2) })
}

/// The user's own manager on a host that systemd boots.
fn systemd(bed: &Bed) -> Peer<'_> {
    let host = Host::boot_new(bed, "peer");
    host.add_user("ada");
    host.root(&["loginctl", "enable-linger", "ada"]);
    let directory = "/home/ada/victim";
    host.user("ada", &["mkdir", "-p", directory, ".config/systemd/user"]);
    let victim = Victim::new(&host.path(directory));
    let unit = format!(
        "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=0\n\
         ExecStart=/bin/sh -c '{}'\n",
        Victim::script(Path::new(directory)).replace('$', "$$")
    );
    let write = "printf %s \"$1\" > .config/systemd/user/victim.service";
    host.user("ada", &["sh", "-euc", write, "sh", &unit]);
    let start = "XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user start victim";
    let started = "until sh -c \"$1\" 2>/dev/null; do sleep 0.1; done";
    host.user("ada", &["sh", "-euc", started, "sh", start]);
    Peer { name: "systemd --user", victim, _keeps: Box::new(host) }
}
