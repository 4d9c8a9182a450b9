//! A release with a newer systemd and a tmux that moves its panes to scopes of their own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bed::{self, Bed, command};
use crate::host::Host;
use crate::tenant::{ALL, Tenant};

/// Its tmux is 3.5 and knows systemd; the oldest release of that kind.
const SUITE: &str = "trixie";

/// What a tenant's host needs.
const PACKAGES: &str =
    "--include=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,procps,tmux";

/// The slowest mirror that is waited for, in seconds.
const FETCHED_WITHIN: &str = "200";

/// Why the release cannot be had here.
fn missing() -> Option<String> {
    let there = !output("mmdebstrap", &["--version"]).is_empty() || knows_systemd();
    (!there).then(|| "mmdebstrap is missing: apt-get install mmdebstrap".to_owned())
}

/// Whether this machine's own tmux is of that kind.
fn knows_systemd() -> bool {
    output("sh", &["-c", "ldd \"$(command -v tmux)\""]).contains("libsystemd")
}

/// The root tree of the release: this machine's, or one that is made once and kept with what
/// cargo builds.
fn base() -> PathBuf {
    if knows_systemd() {
        return "/".into();
    }
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("root-{SUITE}"));
    if base.is_dir() {
        return base;
    }
    let (fresh, settings) = (base.with_extension("new"), base.with_extension("apt"));
    if fresh.exists() {
        fs::remove_dir_all(&fresh).unwrap();
    }
    // A proxy of this machine's apt is the way out for this one too.
    let said = output("apt-config", &["dump"]);
    let acquire: Vec<_> = said.lines().filter(|line| line.starts_with("Acquire::")).collect();
    fs::write(&settings, acquire.join("\n") + "\n").unwrap();
    let (directory, settings) = (fresh.to_str().unwrap(), settings.to_str().unwrap());
    let settings = format!("--aptopt={settings}");
    let words = [FETCHED_WITHIN, "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase"];
    let mut made = command("timeout", &words);
    let made = made.args([&settings, PACKAGES, SUITE, directory]).output().unwrap();
    let complained = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "mmdebstrap {SUITE}: {}\n{complained}", made.status);
    fs::rename(&fresh, &base).unwrap();
    base
}

/// What a command says; nothing, where there is none.
fn output(program: &str, words: &[&str]) -> String {
    let output = command(program, words).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

#[test]
fn a_newer_tmux_leaves_the_agents_where_they_belong() {
    if let Some(reason) = bed::missing().or_else(missing) {
        return bed::skip(&reason);
    }
    let bed = Bed::make();
    let host = Host::boot_on(&bed, "newer", base());
    let ada = Tenant::add(&bed, &host);
    ada.linger();

    // What it does unless it is kept from it: without this the rest would prove nothing.
    let theirs = "tmux -S theirs new-session -d 'exec sleep infinity'; \
                  cat /proc/$(tmux -S theirs list-panes -F '#{pane_pid}')/cgroup; \
                  tmux -S theirs kill-server";
    let theirs = host.session("ada", &["sh", "-euc", theirs]);
    assert!(theirs.contains("/tmux-spawn-"), "{theirs}");

    ada.session(&["fleet up"]);
    for row in ada.healthy(&ALL, "in no unit") {
        let place = ada.place(&row["pid"]);
        assert!(!place.contains("/tmux-spawn-"), "{place}");
    }
    ada.mosaic("fleet enable --now --yes");
    for row in ada.healthy(&ALL, "in its unit") {
        let place = ada.place(&row["pid"]);
        assert!(place.ends_with("/mosaic.slice/mosaic-tmux.service"), "{place}");
        assert_eq!(row["unit"]["name"], "mosaic-tmux.service", "{row}");
    }
    ada.mosaic("fleet down --yes");
}
