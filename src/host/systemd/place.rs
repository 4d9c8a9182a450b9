//! Where a process lives: the unit whose control group holds it. Only reads `/proc`.

use std::io;

/// The innermost unit that holds a process: `mosaic-tmux.service`, `session-3.scope`. `None`:
/// it lives in no unit. An error: it could not be seen, which is not the same.
pub fn unit_of(pid: u32) -> io::Result<Option<String>> {
    let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup"))?;
    Ok(unit_in(&groups))
}

/// The unit in the text of a `/proc/PID/cgroup`.
fn unit_in(groups: &str) -> Option<String> {
    let path_of = |hierarchy: &str| {
        groups.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (names, path) = rest.split_once(':')?;
            (names == hierarchy).then_some(path)
        })
    };
    // The unified hierarchy has no name; a host that still runs the old one names systemd's.
    let unit = |path: &str| path.rsplit('/').find(|part| is_unit(part)).map(str::to_owned);
    path_of("").and_then(unit).or_else(|| path_of("name=systemd").and_then(unit))
}

fn is_unit(part: &str) -> bool {
    part.ends_with(".service") || part.ends_with(".scope")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_in_the_innermost_unit() {
        let group = "0::/user.slice/user-1000.slice/user@1000.service/mosaic.slice/mosaic-tmux.service/agent\n";
        assert_eq!(unit_in(group).as_deref(), Some("mosaic-tmux.service"));
        let login = "0::/user.slice/user-1000.slice/session-3.scope\n";
        assert_eq!(unit_in(login).as_deref(), Some("session-3.scope"));
    }

    #[test]
    fn a_host_with_two_hierarchies_is_read_too() {
        let groups = "5:pids:/\n1:name=systemd:/system.slice/cron.service\n0::/\n";
        assert_eq!(unit_in(groups).as_deref(), Some("cron.service"));
    }

    #[test]
    fn a_process_outside_every_unit_has_none() {
        assert_eq!(unit_in("0::/\n"), None);
        assert_eq!(unit_in(""), None);
    }

    #[test]
    fn a_process_that_cannot_be_seen_is_an_error() {
        // No kernel gives a pid beyond 2^22.
        assert!(unit_of(u32::MAX).is_err());
    }
}
