//! Which cgroup a process is in, as systemd sees it; it never changes one.

/// The path of its cgroup, `/user.slice/…`; `None` when there is no such process or no cgroups.
pub fn cgroup_of(pid: u32) -> Option<String> {
    pick(&std::fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?)
}

/// On v1 and hybrid hosts systemd keeps its own hierarchy, which is the one that names units;
/// on v2 there is one hierarchy for all.
fn pick(text: &str) -> Option<String> {
    let path = |wanted: &str| {
        text.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            (controllers == wanted).then(|| path.to_owned())
        })
    };
    path("name=systemd").or_else(|| path(""))
}

#[cfg(test)]
mod tests {
    use super::{cgroup_of, pick};

    #[test]
    fn systemd_names_the_cgroup_on_every_kind_of_host() {
        let unified = "0::/user.slice/user-1000.slice/a:b.scope\n";
        assert_eq!(pick(unified).unwrap(), "/user.slice/user-1000.slice/a:b.scope");
        let hybrid = "12:pids:/x\n1:name=systemd:/user.slice/mosaic.service\n0::/\n";
        assert_eq!(pick(hybrid).unwrap(), "/user.slice/mosaic.service");
        let legacy = "4:cpu,cpuacct:/x\n1:name=systemd:/system.slice\n";
        assert_eq!(pick(legacy).unwrap(), "/system.slice");
        assert_eq!(pick("4:cpu,cpuacct:/x\n"), None);
        assert_eq!(pick(""), None);
        assert_eq!(cgroup_of(u32::MAX), None);
    }

    #[test]
    fn this_process_has_the_cgroup_that_the_kernel_says() {
        let text = std::fs::read_to_string("/proc/self/cgroup").unwrap();
        assert_eq!(cgroup_of(std::process::id()), pick(&text));
    }
}
