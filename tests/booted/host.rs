//! One host that systemd really boots: an overlay of this machine's root, or of a tree that
//! `MOSAIC_BOOTED_BASE` names, on a disk of its own that can lose power.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::bed::{Bed, STEP_WITHIN, command, ended, remove_cgroup, succeeded, until};

/// Slow, periodic or reaching outside: nothing that a test is about.
const MASKED: [&str; 15] = [
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
    "systemd-networkd.service",
    "systemd-resolved.service",
    "systemd-timesyncd.service",
    "systemd-firstboot.service",
    "systemd-update-utmp.service",
    "systemd-random-seed.service",
    "systemd-modules-load.service",
    "console-getty.service",
    "getty.target",
    "dev-hugepages.mount",
];

/// What of a root file system belongs to the operating system; the rest stays hidden.
const OPERATING_SYSTEM: [&str; 18] = [
    "bin",
    "boot",
    "dev",
    "etc",
    "home",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "opt",
    "proc",
    "run",
    "sbin",
    "srv",
    "sys",
    "usr",
    "var",
    "lost+found",
];

/// The program path of a login on it.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// A host in a bed.
pub struct Host<'bed> {
    bed: &'bed Bed,
    name: String,
    directory: PathBuf,
    base: PathBuf,
}

impl<'bed> Host<'bed> {
    /// Makes a host with an empty disk and boots it.
    pub fn boot_new(bed: &'bed Bed, name: &str) -> Self {
        let base = std::env::var_os("MOSAIC_BOOTED_BASE").map_or_else(|| "/".into(), PathBuf::from);
        Self::boot_on(bed, name, base)
    }

    /// The same, over another root tree.
    pub fn boot_on(bed: &'bed Bed, name: &str, base: PathBuf) -> Self {
        let directory = bed.directory().join(name);
        let host = Self { bed, name: name.to_owned(), directory, base };
        for folder in ["disk", "root"] {
            fs::create_dir_all(host.directory.join(folder)).unwrap();
        }
        let image = host.file("disk.img");
        fs::File::create(&image).unwrap().set_len(4 << 30).unwrap();
        bed.run(&["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1", &image]);
        host.mount();
        bed.run(&["sh", "-euc", PREPARE, "sh", &host.file("root"), name, &MASKED.join(" ")]);
        host.start();
        host
    }

    /// Cuts the power: what was not synced to the disk is lost.
    pub fn power_cut(&self) {
        let cgroup = self.bed.cgroup_of(&self.name);
        fs::write(cgroup.join("cgroup.freeze"), "1").unwrap();
        let events = cgroup.join("cgroup.events");
        until("the host to freeze", || fs::read_to_string(&events).unwrap().contains("frozen 1"));
        self.bed.run(&["xfs_io", "-x", "-c", "shutdown", &self.file("disk")]);
        remove_cgroup(&cgroup);
        self.bed.run(&["umount", &self.file("root")]);
        self.bed.run(&["umount", &self.file("disk")]);
    }

    /// Boots it again after [`Self::power_cut`].
    pub fn boot(&self) {
        self.mount();
        self.start();
    }

    /// Runs a command as root; panics when it fails.
    pub fn root(&self, words: &[&str]) -> String {
        let mut all = vec!["env", "-i", "HOME=/root", "LANG=C.UTF-8"];
        let path = format!("PATH={PATH}");
        all.push(&path);
        all.extend(words);
        succeeded(self.enter(&all), words)
    }

    /// Runs a command as a user with nothing of a session in the environment, as `sudo -u` and
    /// cron do; tells how it ended.
    pub fn bare(&self, user: &str, words: &[&str]) -> Output {
        let home = format!("/home/{user}");
        let (home_variable, path) = (format!("HOME={home}"), format!("PATH={PATH}"));
        let mut all = vec!["setpriv", "--reuid", user, "--regid", user, "--init-groups"];
        all.extend(["env", "-i", "-C", &home, &home_variable, &path, "LANG=C.UTF-8"]);
        all.extend(words);
        ended(self.enter(&all), words)
    }

    /// The same, where it has to succeed.
    pub fn user(&self, user: &str, words: &[&str]) -> String {
        let output = self.bare(user, words);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {}\n{said}{complained}", output.status);
        said
    }

    /// Logs a user in, runs a command in that session, and logs out again.
    pub fn session(&self, user: &str, words: &[&str]) -> String {
        let run = format!("--property=User={user}");
        let mut all = vec!["systemd-run", "--quiet", "--pipe", "--wait", "--collect", &run];
        all.extend(["--property=PAMName=login", "--property=WorkingDirectory=~", "--"]);
        all.extend(words);
        self.root(&all)
    }

    /// Kills a process of the host with SIGKILL.
    pub fn kill(&self, pid: &str) {
        self.root(&["sh", "-c", "kill -KILL \"$0\"", pid]);
    }

    /// Makes a user, who does not linger.
    pub fn add_user(&self, user: &str) {
        self.root(&["useradd", "-m", "-K", "HOME_MODE=0700", "-s", "/bin/sh", user]);
    }

    /// Runs one unit test of the library as a user; `told` is what it shall do. Tells what it
    /// printed.
    pub fn inside(&self, user: &str, test: &str, told: &str) -> String {
        let told = format!("TOLD={told}");
        let mut words = vec!["env", &told, "RUST_BACKTRACE=0", "/opt/mosaic/bin/unit-tests"];
        words.extend(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
        let said = self.user(user, &words);
        assert!(said.contains("1 passed"), "no unit test is called {test}");
        said
    }

    /// What is in a file of the host; `None` when there is none.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    /// Where a file of the host lies for this machine.
    pub fn path(&self, path: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.leader().expect("the host runs")));
        root.join(path.trim_start_matches('/'))
    }

    fn file(&self, name: &str) -> String {
        self.directory.join(name).to_str().unwrap().to_owned()
    }

    fn mount(&self) {
        let disk = self.file("disk");
        self.bed.run(&["mount", "-o", "loop", &self.file("disk.img"), &disk]);
        self.bed.run(&["mkdir", "-p", &format!("{disk}/up"), &format!("{disk}/work")]);
        let base = self.base.display();
        let layers = format!("lowerdir={base},upperdir={disk}/up,workdir={disk}/work");
        self.bed.run(&["mount", "-t", "overlay", "host", "-o", &layers, &self.file("root")]);
    }

    /// Starts the container, and waits until its systemd says that it is up.
    fn start(&self) {
        let cgroup = self.bed.cgroup_of(&self.name);
        fs::create_dir_all(&cgroup).unwrap();
        let notify = self.file("notify");
        drop(fs::remove_file(&notify));
        let ready = UnixDatagram::bind(&notify).unwrap();
        ready.set_read_timeout(Some(STEP_WITHIN)).unwrap();
        let (procs, bin) = (cgroup.join("cgroup.procs"), self.bed.directory().join("bin"));
        let binding = format!("--bind-ro={}:/opt/mosaic/bin", bin.display());
        let hidden = self.hidden();
        let (directory, machine) = (self.file("root"), format!("--machine={}", self.name));
        let notify_variable = format!("NOTIFY_SOCKET={notify}");
        // Two hosts in one control group would collide: each goes into its own first.
        let mut words = vec!["sh", "-c", "echo 0 > \"$0\" && exec \"$@\"", procs.to_str().unwrap()];
        words.extend(["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", &notify_variable]);
        words.extend(["SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1", "SYSTEMD_NSPAWN_LOCK=0"]);
        words.extend(["systemd-nspawn", "--quiet", "--boot", "--notify-ready=yes", &machine]);
        words.extend(["--register=no", "--keep-unit", "--private-network", "--link-journal=no"]);
        words.extend(["--console=read-only", "--resolv-conf=off", "--timezone=off"]);
        words.extend(["--directory", &directory, &binding]);
        words.extend(hidden.iter().map(String::as_str));
        let console = fs::File::create(self.file("console.log")).unwrap();
        let mut nspawn = self.bed.command(&words);
        nspawn.stdout(console.try_clone().unwrap()).stderr(console).stdin(Stdio::null());
        // Its end is seen by the control group; the bed outlives nobody.
        let mut nspawn = nspawn.spawn().unwrap();
        std::thread::spawn(move || nspawn.wait());
        let mut message = [0; 4096];
        loop {
            let Ok(length) = ready.recv(&mut message) else {
                panic!("{} did not boot:\n{}", self.name, self.console());
            };
            if message[..length].windows(7).any(|word| word == b"READY=1") {
                break;
            }
        }
    }

    /// What the host wrote on its console.
    fn console(&self) -> String {
        fs::read_to_string(self.file("console.log")).unwrap_or_default()
    }

    /// Folders of this machine that a host must not see.
    fn hidden(&self) -> Vec<String> {
        let folders = fs::read_dir(&self.base).unwrap().flatten();
        let folders = folders.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
        let foreign = names.filter(|name| !OPERATING_SYSTEM.contains(&name.as_str()));
        foreign.map(|name| format!("--tmpfs=/{name}:mode={}", mode_of(&name))).collect()
    }

    /// The pid of its PID 1, as this machine sees it.
    fn leader(&self) -> Option<String> {
        let procs = self.bed.cgroup_of(&self.name).join("payload/init.scope/cgroup.procs");
        Some(fs::read_to_string(procs).ok()?.lines().next()?.to_owned())
    }

    /// A command in the namespaces of the host, outside every unit of it.
    fn enter(&self, words: &[&str]) -> Command {
        let leader = self.leader().expect("the host runs");
        let outside = self.bed.cgroup_of(&self.name).join("payload/test");
        fs::create_dir_all(&outside).unwrap();
        let procs = outside.join("cgroup.procs");
        let mut all = vec!["-c", "echo 0 > \"$0\" && exec \"$@\"", procs.to_str().unwrap()];
        all.extend([
            "nsenter", "-t", &leader, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--",
        ]);
        all.extend(words);
        command("sh", &all)
    }
}

fn mode_of(folder: &str) -> &'static str {
    if folder == "tmp" { "1777" } else { "0700" }
}

/// Makes an operating system of the overlay that has nothing enabled and an identity of its own.
const PREPARE: &str = r#"
cd "$1"/etc
rm -rf systemd/system/*.wants systemd/system/*.requires systemd/user/*.wants ../var/log/journal
rm -rf ../var/lib/systemd/linger
# As on a bare host: without polkit, logind lets nobody but root grant linger.
rm -f ../usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service
for unit in $3; do ln -sf /dev/null "systemd/system/$unit"; done
mkdir -p ../var/log/journal ../opt/mosaic/bin systemd/journald.conf.d
printf '[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\n' > systemd/journald.conf.d/booted.conf
tr -d - < /proc/sys/kernel/random/uuid > machine-id
echo "$2" > hostname
printf '127.0.0.1 localhost %s\n' "$2" > hosts
"#;

/// Finds the unit tests of the library, which know its private parts.
pub fn unit_tests() -> PathBuf {
    let words = ["test", "--lib", "--no-run", "--message-format=json", "--quiet"];
    let mut cargo = command(env!("CARGO"), &words);
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let messages = succeeded(cargo, &words);
    let executable = messages.lines().rev().find_map(|line| {
        let (_, rest) = line.split_once("\"executable\":\"")?;
        rest.split('"').next().map(PathBuf::from)
    });
    executable.expect("cargo names the unit tests")
}
