//! The bed: one process tree in which booted hosts live and with which they all die; leaves
//! nothing behind on this machine but an empty control group, removed here or by the next bed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What every bed is called, with the pid namespace and the pid of its test, and a number.
const PREFIX: &str = "mosaic-booted-";

/// Tests may be threads of one process.
static BEDS: AtomicU32 = AtomicU32::new(0);

/// No step of a test takes longer, a boot on a loaded machine included.
pub const STEP_WITHIN: Duration = Duration::from_secs(90);

/// The tools, and the Debian packages that bring them.
const TOOLS: [(&str, &str); 6] = [
    ("systemd-nspawn", "systemd-container"),
    ("xfs_io", "xfsprogs"),
    ("mkfs.ext4", "e2fsprogs"),
    ("dbus-daemon", "dbus-user-session"),
    ("tmux", "tmux"),
    ("unshare", "util-linux"),
];

/// The namespaces and the control group that hold the hosts of one test.
pub struct Bed {
    directory: PathBuf,
    cgroup: PathBuf,
    holder: Child,
    /// The bed ends when this does: however the test dies, its hosts die with it.
    _lifeline: ChildStdin,
    init: u32,
}

/// Why no host can be booted here; `None`: one can.
pub fn missing() -> Option<String> {
    if command("id", &["-u"]).output().is_ok_and(|id| id.stdout != b"0\n") {
        return Some("root is needed for mount and pid namespaces".to_owned());
    }
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let absent = |tool: &str| !path.split(':').any(|folder| Path::new(folder).join(tool).exists());
    if let Some((tool, package)) = TOOLS.iter().find(|(tool, _)| absent(tool)) {
        return Some(format!("{tool} is missing: apt-get install {package}"));
    }
    if unified().is_none() {
        return Some("no cgroup2 is mounted".to_owned());
    }
    let systems = fs::read_to_string("/proc/filesystems").unwrap_or_default();
    (!systems.contains("overlay")).then(|| "the kernel has no overlayfs".to_owned())
}

impl Bed {
    /// Makes a bed; panics where [`missing`] says nothing and yet it cannot be made.
    pub fn make() -> Self {
        sweep();
        let number = BEDS.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}{}-{number}", prefix(), std::process::id());
        let directory = std::env::temp_dir().join(&name);
        fs::create_dir_all(directory.join("bin")).unwrap();
        let script = "mount --make-rshared / && mount -t tmpfs bed /run && echo ready && exec cat";
        let mut unshare = Vec::new();
        // Where systemd rules the control groups, a part of the tree is asked of it.
        let ruled = Path::new("/run/systemd/system").is_dir();
        if ruled {
            unshare.extend([
                "systemd-run",
                "--quiet",
                "--scope",
                "--collect",
                "--property=Delegate=yes",
            ]);
        }
        unshare.extend(["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork"]);
        unshare.extend(["--kill-child=KILL", "--propagation=private", "--mount-proc"]);
        unshare.extend(["sh", "-c", script]);
        let mut holder = command(unshare[0], &unshare[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lifeline = holder.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "the bed did not come up");
        let holder_pid = holder.id();
        let children = format!("/proc/{holder_pid}/task/{holder_pid}/children");
        let init = fs::read_to_string(children).unwrap().trim().parse().unwrap();
        let unified = unified().unwrap();
        let cgroup = if ruled { own_cgroup(&unified, holder_pid) } else { unified.join(&name) };
        fs::create_dir_all(cgroup.join("bed")).unwrap();
        for pid in [holder_pid, init] {
            fs::write(cgroup.join("bed/cgroup.procs"), pid.to_string()).unwrap();
        }
        for controller in fs::read_to_string(cgroup.join("cgroup.controllers")).unwrap().split(' ')
        {
            // A controller that this machine cannot give is one that the hosts do without.
            drop(fs::write(
                cgroup.join("cgroup.subtree_control"),
                format!("+{}", controller.trim()),
            ));
        }
        Self { directory, cgroup, holder, _lifeline: lifeline, init }
    }

    /// Where the files of the bed lie; `bin` in it is `/opt/mosaic/bin` of every host.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The control group of a host.
    pub fn cgroup_of(&self, host: &str) -> PathBuf {
        self.cgroup.join(host)
    }

    /// A command in the namespaces of the bed.
    pub fn command(&self, words: &[&str]) -> Command {
        let init = self.init.to_string();
        let mut all = vec!["-t", &init, "-m", "-p", "-u", "-i", "--"];
        all.extend(words);
        command("nsenter", &all)
    }

    /// Runs a command in the bed; panics when it fails.
    pub fn run(&self, words: &[&str]) {
        succeeded(self.command(words), words);
    }

    /// Puts a program where every host finds it, under `/opt/mosaic/bin`.
    pub fn push(&self, program: &Path, name: &str) {
        let target = self.directory.join("bin").join(name);
        // Hosts may run the old one: it is replaced, not overwritten.
        let fresh = target.with_extension("new");
        fs::copy(program, &fresh).unwrap();
        fs::rename(&fresh, &target).unwrap();
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        // The kernel ends every process, mount and namespace below with the first of them.
        drop(self.holder.kill());
        drop(self.holder.wait());
        remove_cgroup(&self.cgroup);
        drop(fs::remove_dir_all(&self.directory));
    }
}

/// How the beds of this pid namespace are called: those of another one share the control groups
/// with us, and their pids say nothing here.
fn prefix() -> String {
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap();
    let digits = namespace.to_str().unwrap().replace(|c: char| !c.is_ascii_digit(), "");
    format!("{PREFIX}{digits}-")
}

/// Removes what the beds of tests left that were killed themselves.
fn sweep() {
    let prefix = prefix();
    let is_left = |name: &str| {
        let own = name.strip_prefix(&prefix).and_then(|own| own.split_once('-'));
        let pid = own.and_then(|(pid, _)| pid.parse::<u32>().ok());
        pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists())
    };
    for folder in [unified().unwrap(), std::env::temp_dir()] {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.file_name().to_str().is_some_and(is_left) {
                remove_cgroup(&entry.path());
                drop(fs::remove_dir_all(entry.path()));
            }
        }
    }
}

/// Kills what is in a control group and removes it with all below it.
pub fn remove_cgroup(cgroup: &Path) {
    if !cgroup.join("cgroup.procs").exists() {
        return;
    }
    drop(fs::write(cgroup.join("cgroup.kill"), "1"));
    until("a control group to empty", || populated(cgroup) != Some(true));
    remove_tree(cgroup);
}

fn remove_tree(cgroup: &Path) {
    for entry in fs::read_dir(cgroup).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove_tree(&entry.path());
        }
    }
    drop(fs::remove_dir(cgroup));
}

/// Whether a control group has processes; `None` once it is gone.
fn populated(cgroup: &Path) -> Option<bool> {
    Some(fs::read_to_string(cgroup.join("cgroup.events")).ok()?.contains("populated 1"))
}

/// Where cgroup2 is mounted.
fn unified() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    mounts.lines().find_map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        (words[2] == "cgroup2").then(|| PathBuf::from(words[1]))
    })
}

fn own_cgroup(unified: &Path, pid: u32) -> PathBuf {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap();
    unified.join(path)
}

/// A command with an end: `timeout` before it, nothing of our terminal in it.
pub fn command(program: &str, words: &[&str]) -> Command {
    #[expect(clippy::disallowed_methods, reason = "a test starts what it tests with")]
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null());
    command
}

/// Runs a command to its end; panics with all that it said when it fails or takes too long.
pub fn succeeded(command: Command, what: &[&str]) -> String {
    let output = ended(command, what);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{what:?}: {}\n{text}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// Runs a command to its end; panics when it takes too long.
pub fn ended(mut command: Command, what: &[&str]) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let (done, ended) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if ended.recv_timeout(STEP_WITHIN) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            drop(self::command("kill", &["-KILL", &pid.to_string()]).status());
            return true;
        }
        false
    });
    let output = child.wait_with_output().unwrap();
    drop(done);
    assert!(!watch.join().unwrap(), "{what:?} took longer than {STEP_WITHIN:?}");
    output
}

/// Waits until something is so; panics when it is not so in time.
#[expect(clippy::disallowed_methods, reason = "a test keeps its own deadline")]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + STEP_WITHIN;
    while !is_so() {
        assert!(Instant::now() < end, "waited {STEP_WITHIN:?} for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Says aloud that a test did not run. Where everything is meant to be there, it fails instead.
pub fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "no host can be booted: {reason}");
    drop(writeln!(std::io::stderr(), "SKIPPED: no host can be booted: {reason}"));
}
