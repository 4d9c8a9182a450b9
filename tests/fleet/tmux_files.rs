//! No configuration of tmux but ours reaches our server, wherever a user or the host has one.

use std::process::Command;

use crate::support::{Fleet, Roster, inside, tmux};

/// An /etc of its own, so that a file can lie in it.
const ETC: &str = "mount -t tmpfs -o size=200m etc /mnt; mkdir /mnt/etc; \
                   cp -RP /etc/. /mnt/etc 2>/dev/null || true; mount --bind /mnt/etc /etc";

/// What each file sets: an option of its own, one that we set otherwise, and one that we leave alone.
fn configuration(from: &str) -> String {
    format!("set -g @from_{from} yes\nset -g status on\nset -g display-time 4321\n")
}

/// What came of it, as tmux says it.
const ASKED: &str = "#{@from_etc}|#{@from_home}|#{@from_config}";

#[test]
fn no_configuration_of_the_user_or_the_host_reaches_our_server() {
    let test = "tmux_files::no_configuration_of_the_user_or_the_host_reaches_our_server";
    if !inside(test, ETC) {
        return;
    }
    let fleet = Fleet::new();
    std::fs::create_dir_all(fleet.home().join(".config/tmux")).unwrap();
    for (from, file) in [
        ("etc", std::path::PathBuf::from("/etc/tmux.conf")),
        ("home", fleet.home().join(".tmux.conf")),
        ("config", fleet.home().join(".config/tmux/tmux.conf")),
    ] {
        std::fs::write(file, configuration(from)).unwrap();
    }
    // A server that anybody starts here reads them: else this would prove nothing.
    let plain = fleet.home().join("plain.sock");
    let asks = |arguments: &[&str]| {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&plain).args(arguments).env("HOME", fleet.home());
        command.env_remove("TMUX").env_remove("XDG_CONFIG_HOME").env("LANG", "C.UTF-8");
        String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
    };
    asks(&["new-session", "-d"]);
    let plain_says = asks(&["display-message", "-p", ASKED]);
    asks(&["kill-server"]);
    // A tmux takes one file of the user, the first that it finds, or both.
    assert!(plain_says.starts_with("yes|yes|"), "{plain_says:?}");

    fleet.roster(&Roster::new().stub("ada"));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!(tmux(&fleet, &["display-message", "-p", ASKED]), "||");
    let files = tmux(&fleet, &["display-message", "-p", "#{config_files}"]);
    assert_eq!(files, fleet.state("tmux.conf").to_str().unwrap());
    assert_eq!(tmux(&fleet, &["show-options", "-gv", "status"]), "off");
    assert_ne!(tmux(&fleet, &["show-options", "-gv", "display-time"]), "4321");
}
