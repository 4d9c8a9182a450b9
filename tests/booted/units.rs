//! The units with a supervisor of a few lines in place of ours: what survives what is theirs.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;

use crate::bed::{self, Bed, STEP_WITHIN, until};
use crate::host::{Host, unit_tests};

/// What is installed as `mosaic`: a unit test that speaks to systemd as the supervisor does.
const SUPERVISOR: &str = "#!/bin/sh\nexec /opt/mosaic/bin/unit-tests --exact \
    host::systemd::inside::serves_as_supervisor --ignored --nocapture --test-threads=1\n";

const ENABLES: &str = "local::enable::inside::enables";
const DISABLES: &str = "local::enable::inside::disables";
const BOOT: &str = "local::enable::inside::is_ready_for_boot";

/// A tenant with units on a booted host.
struct Tenant<'host> {
    host: &'host Host<'host>,
    uid: String,
}

impl<'host> Tenant<'host> {
    fn add(host: &'host Host<'host>) -> Self {
        host.add_user("ada");
        let install = "mkdir -p .local/bin && printf %s \"$1\" > .local/bin/mosaic && \
                       chmod 755 .local/bin/mosaic && sync -f .";
        host.user("ada", &["sh", "-euc", install, "sh", SUPERVISOR]);
        Self { host, uid: host.user("ada", &["id", "-u"]).trim().to_owned() }
    }

    /// Asks the supervisor; panics when it is refused or does not answer.
    fn ask(&self, word: &str) -> String {
        self.heard(word).unwrap()
    }

    /// The same; an error when it ends before it answers.
    fn heard(&self, word: &str) -> io::Result<String> {
        let mut connection = self.connect("control.sock");
        writeln!(connection, "{word}")?;
        let mut answer = String::new();
        if BufReader::new(connection).read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        assert!(answer.starts_with("pid "), "{answer:?}\n{}", self.log());
        Ok(answer)
    }

    /// The supervisor's pid in the host.
    fn supervisor(&self) -> String {
        self.ask("who").split(' ').nth(1).unwrap().to_owned()
    }

    fn connect(&self, socket: &str) -> UnixStream {
        let path = self.host.path(&format!("/run/user/{}/mosaic/{socket}", self.uid));
        let connection = UnixStream::connect(&path);
        let connection = connection.unwrap_or_else(|error| panic!("{error}\n{}", self.log()));
        connection.set_read_timeout(Some(STEP_WITHIN)).unwrap();
        connection
    }

    /// A command to the tmux server, which must never start one.
    fn tmux(&self, words: &[&str]) -> String {
        let socket = format!("/run/user/{}/mosaic/tmux.sock", self.uid);
        let mut all = vec!["tmux", "-N", "-S", &socket];
        all.extend(words);
        self.host.user("ada", &all).trim().to_owned()
    }

    /// An agent that does not leave when tmux hangs up; its pid.
    fn agent(&self, name: &str) -> String {
        self.tmux(&["new-session", "-d", "-s", name, "trap '' HUP; exec sleep infinity"]);
        let target = format!("={name}:");
        let pid = self.tmux(&["list-panes", "-t", &target, "-F", "#{pane_pid}"]);
        // The shell becomes the agent, which then ignores the hang-up.
        until("the agent to run", || self.runs(&pid, "sleep"));
        pid
    }

    /// Whether a process of the host runs this program.
    fn runs(&self, pid: &str, program: &str) -> bool {
        self.host.read(&format!("/proc/{pid}/comm")).is_some_and(|comm| comm.trim() == program)
    }

    fn unit_file(&self, unit: &str) -> Option<String> {
        self.host.read(&format!("/home/ada/.config/systemd/user/{unit}"))
    }

    fn systemctl(&self, words: &[&str]) -> String {
        let runtime = format!("XDG_RUNTIME_DIR=/run/user/{}", self.uid);
        let mut all = vec!["env", &runtime, "systemctl", "--user"];
        all.extend(words);
        self.host.user("ada", &all)
    }

    fn log(&self) -> String {
        let uid = format!("_UID={}", self.uid);
        self.host.root(&["journalctl", "--no-pager", "-n", "60", &uid])
    }
}

#[test]
fn enabled_units_keep_the_fleet_through_power_loss_log_out_and_kill() {
    if let Some(reason) = bed::missing() {
        return bed::skip(&reason);
    }
    let bed = Bed::make();
    bed.push(&unit_tests(), "unit-tests");
    let host = Host::boot_new(&bed, "units");
    let ada = Tenant::add(&host);

    // Only root grants linger here: nothing is changed, and the command is told.
    let said = host.inside("ada", ENABLES, "now");
    assert!(said.contains("run \"sudo loginctl enable-linger ada\""), "{said}");
    assert_eq!(ada.unit_file("mosaic-tmux.service"), None);

    // The manager comes up while `enable` already waits for it.
    host.root(&["loginctl", "enable-linger", "ada"]);
    let said = host.inside("ada", ENABLES, "");
    assert!(said.contains("DONE enabled mosaic-supervisor.socket"), "{said}");
    assert!(said.contains("starts at the next boot"), "{said}");

    // What was said is durable: not one more sync, and the power goes.
    host.power_cut();
    host.boot();
    let supervisor = ada.supervisor();
    assert_eq!(ada.tmux(&["show-options", "-gv", "status"]), "off", "our configuration is read");
    let said = host.inside("ada", BOOT, "");
    assert!(said.contains("BOOT Some(true) []"), "{said}");

    let agent = ada.agent("ada");
    let place = host.read(&format!("/proc/{agent}/cgroup")).unwrap();
    assert!(place.trim().ends_with("/mosaic.slice/mosaic-tmux.service"), "{place}");
    let limit = host.read(&format!("/proc/{agent}/status")).unwrap();
    assert!(limit.contains("NoNewPrivs:\t0"), "hardening of the supervisor reached an agent");

    ada.ask("work");

    host.session("ada", &["true"]);
    assert_eq!(ada.supervisor(), supervisor);
    assert!(ada.runs(&agent, "sleep"), "log-out ended the agent");

    killed_supervisors_lose_nothing(&ada, &supervisor, &agent);
    a_supervisor_that_hangs_is_replaced(&ada, &agent);
    a_dead_tmux_server_leaves_no_agent_behind(&ada, &agent);
    disable_reverses(&ada);
}

fn killed_supervisors_lose_nothing(ada: &Tenant<'_>, supervisor: &str, agent: &str) {
    ada.host.kill(supervisor);
    // A connection that the dying one still took would say nothing of the next.
    until("the supervisor to die", || ada.host.read(&format!("/proc/{supervisor}/stat")).is_none());
    // Both sockets outlive it, so nobody is refused in between.
    drop(ada.connect("guest.sock"));
    let answer = ada.ask("who");
    assert!(answer.contains("inherited true"), "{answer}");
    assert!(!answer.contains(&format!("pid {supervisor} ")), "{answer}");
    assert!(ada.runs(agent, "sleep"), "the kill reached the agent");
}

fn a_supervisor_that_hangs_is_replaced(ada: &Tenant<'_>, agent: &str) {
    let folder = ".config/systemd/user/mosaic-supervisor.service.d";
    let dropped =
        format!("mkdir -p {folder} && printf '[Service]\nWatchdogSec=1s\n' > {folder}/t.conf");
    ada.host.user("ada", &["sh", "-euc", &dropped]);
    ada.systemctl(&["daemon-reload"]);
    ada.systemctl(&["restart", "mosaic-supervisor.service"]);
    let hung = ada.ask("hang");
    let pid = hung.split(' ').nth(1).unwrap();
    // Whoever waits at the hung one's socket while it is killed is told so by a reset.
    until("systemd to replace the supervisor", || {
        ada.heard("who").is_ok_and(|answer| answer.split(' ').nth(1) != Some(pid))
    });
    assert!(ada.runs(agent, "sleep"), "the restart reached the agent");
}

fn a_dead_tmux_server_leaves_no_agent_behind(ada: &Tenant<'_>, agent: &str) {
    let server = ada.tmux(&["display-message", "-p", "#{pid}"]);
    ada.host.kill(&server);
    until("systemd to end the agent", || !ada.runs(agent, "sleep"));
    let active = || {
        let shown = ada.systemctl(&["show", "-p", "SubState,MainPID", "mosaic-tmux.service"]);
        shown.contains("SubState=running") && !shown.contains(&format!("MainPID={server}\n"))
    };
    until("the tmux server to be back", active);
}

fn disable_reverses(ada: &Tenant<'_>) {
    let agent = ada.agent("bea");
    let said = ada.host.inside("ada", DISABLES, "");
    assert!(said.contains("run on in their units"), "{said}");
    assert!(ada.runs(&agent, "sleep"));
    let said = ada.host.inside("ada", BOOT, "");
    assert!(said.contains("BOOT Some(false)") && said.contains("is not enabled"), "{said}");

    let said = ada.host.inside("ada", DISABLES, "now");
    assert!(said.contains("NOT this stops") && said.contains("--yes"), "{said}");
    assert!(ada.runs(&agent, "sleep"));

    let said = ada.host.inside("ada", DISABLES, "now yes");
    assert!(said.contains("DONE stopped the supervisor"), "{said}");
    assert!(!ada.runs(&agent, "sleep"), "stop means stopped");
    assert_eq!(ada.unit_file("mosaic-tmux.service"), None);
    let active = ada.systemctl(&[
        "list-units",
        "--all",
        "--no-legend",
        "mosaic-*.service",
        "mosaic-*.socket",
    ]);
    assert_eq!(active.trim(), "");
}

#[test]
fn a_fleet_that_was_started_detached_moves_into_the_units_only_when_asked() {
    if let Some(reason) = bed::missing() {
        return bed::skip(&reason);
    }
    let bed = Bed::make();
    bed.push(&unit_tests(), "unit-tests");
    let host = Host::boot_new(&bed, "moves");
    let ada = Tenant::add(&host);
    host.root(&["loginctl", "enable-linger", "ada"]);
    let detached = "mkdir -p .local/state/mosaic/run && cd .local/state/mosaic && \
                    ln -s run/tmux.sock tmux.sock && \
                    tmux -S run/tmux.sock -f /dev/null new-session -d 'exec sleep infinity' && \
                    tmux -S run/tmux.sock list-panes -F '#{pane_pid}'";
    let agent = host.session("ada", &["sh", "-euc", detached]).trim().to_owned();
    assert!(ada.runs(&agent, "sleep"), "a detached fleet outlives the login");

    let said = host.inside("ada", ENABLES, "now");
    assert!(said.contains("NOT to leave the login session, the tmux server (pid "), "{said}");
    assert!(said.contains(", in session-") && said.contains("--yes"), "{said}");
    assert_eq!(ada.unit_file("mosaic-tmux.service"), None, "nothing was changed");

    let said = host.inside("ada", ENABLES, "");
    assert!(said.contains("until the next boot nothing changes"), "{said}");
    assert!(ada.runs(&agent, "sleep"), "enable alone touches no agent");

    let said = host.inside("ada", ENABLES, "now yes");
    assert!(said.contains("DONE ended the detached tmux server"), "{said}");
    assert!(said.contains("DONE started mosaic-supervisor.service"), "{said}");
    assert!(!ada.runs(&agent, "sleep"));
    ada.supervisor();

    // A second time there is nothing to do, and `up` finds the units running.
    let said = host.inside("ada", ENABLES, "now");
    assert!(said.contains("everything runs already"), "{said}");
    let said = host.inside("ada", "local::enable::inside::starts_what_is_enabled", "");
    assert!(said.contains("everything runs already"), "{said}");
}
