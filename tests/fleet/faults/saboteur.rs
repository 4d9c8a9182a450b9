//! Who breaks things: the supervisor at any moment and at named points, tmux, agents, keyboards.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::arena::Arena;
use crate::support::{Dice, Ending, Fleet, Terminal, signal};

const POINTS: [&str; 6] = ["append", "commit", "publish", "acknowledge", "acknowledged", "act"];

/// So many sends for each tmux server that is killed.
const SENDS_A_SERVER: u64 = 2000;

/// Who breaks things.
pub struct Saboteur<'a> {
    arena: &'a Arena,
    dice: Dice,
    supervisor: Ending,
    servers_left: u64,
    /// Between two deeds at most: each supervisor of a long run has a long journal to read.
    pause_ms: u64,
    kills: u64,
    points: u64,
    restarts: u64,
    deaths: u64,
    freezes: u64,
    servers: u64,
    leases: u64,
}

impl<'a> Saboteur<'a> {
    /// Takes the place of the supervisor that is there.
    pub fn new(arena: &'a Arena, dice: Dice) -> Self {
        arena.fleet.kill_supervisor();
        let supervisor = Ending(supervise(&arena.fleet, None));
        let servers_left = arena.plan_sends / SENDS_A_SERVER;
        let [kills, points, restarts, deaths, freezes, servers, leases] = [0; 7];
        Self {
            arena,
            dice,
            supervisor,
            servers_left,
            pause_ms: if arena.is_short() { 800 } else { 2500 },
            kills,
            points,
            restarts,
            deaths,
            freezes,
            servers,
            leases,
        }
    }

    /// Breaks one thing, and waits for a random while.
    pub fn strike(&mut self) {
        let agent = self.dice.pick(&self.arena.agents).clone();
        match self.dice.below(100) {
            0..25 => {
                let _gone = self.supervisor.0.kill();
            }
            25..40 => {
                self.restarts += 1;
                self.arena.fleet.mosaic(&["agent", "restart", &agent]);
            }
            40..55 => {
                self.deaths += 1;
                self.pid(&agent).into_iter().for_each(|pid| signal(pid, Signal::SIGKILL));
            }
            55..70 => self.freeze(&agent),
            70..75 => self.take_keyboard(&agent),
            75..80 if self.servers_left > 0 => {
                self.servers_left -= 1;
                self.servers += u64::from(self.kill_server());
            }
            _ => {}
        }
        let until = Instant::now() + Duration::from_millis(self.dice.below(self.pause_ms));
        while Instant::now() < until {
            self.keep_supervisor();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Leaves a supervisor that is not armed.
    pub fn end(&mut self) {
        if self.arena.plan_sends == 0 {
            return;
        }
        let _gone = self.supervisor.0.kill();
        let _reaped = self.supervisor.0.wait();
        self.supervisor.0 = supervise(&self.arena.fleet, None);
        self.wait_for_supervisor();
    }

    /// What was done.
    pub fn told(&self) -> String {
        let Self { kills, points, restarts, deaths, freezes, servers, leases, .. } = self;
        format!(
            "supervisor killed {kills} times and at named points {points} times, tmux {servers} \
             times; agents restarted {restarts}, killed {deaths}, frozen {freezes} times; {leases} \
             leases"
        )
    }

    fn keep_supervisor(&mut self) {
        let Some(status) = self.supervisor.0.try_wait().unwrap() else { return };
        assert_eq!(status.signal(), Some(9), "the supervisor ended by itself: {status}");
        let armed = self.dice.strikes(500).then(|| {
            let point = self.dice.pick(&POINTS);
            format!("{point}:{}", 20 + self.dice.below(300))
        });
        self.kills += 1;
        self.points += u64::from(armed.is_some());
        self.supervisor.0 = supervise(&self.arena.fleet, armed);
    }

    /// Fails when the supervisor has ended by itself.
    pub fn expect_supervisor(&mut self) {
        let Some(status) = self.supervisor.0.try_wait().unwrap() else { return };
        let log = std::fs::read_to_string(self.arena.fleet.home().join("log")).unwrap();
        let lines: Vec<&str> = log.lines().rev().take(60).collect();
        panic!("the supervisor ended by itself: {status}; its log, backwards:\n{lines:#?}");
    }

    fn wait_for_supervisor(&self) {
        let began = Instant::now();
        while self.arena.fleet.mosaic(&["ps"]).code != 0 {
            assert!(began.elapsed() < Duration::from_secs(120), "no supervisor comes up");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Its process, where somebody can be asked.
    fn pid(&self, agent: &str) -> Option<u32> {
        let output = self.arena.fleet.mosaic(&["ps", "--json"]);
        let ps: serde_json::Value = serde_json::from_str(&output.stdout).ok()?;
        let row = ps["rows"].as_array()?.iter().find(|row| row["agent"] == agent)?.clone();
        u32::try_from(row["pid"].as_u64()?).ok()
    }

    /// Whether there was a tmux server to be killed: one may just be starting.
    fn kill_server(&self) -> bool {
        let socket = self.arena.fleet.state("tmux.sock");
        let mut command = Command::new("tmux");
        command.args(["-N", "-S"]).arg(socket).args(["display-message", "-p", "#{pid}"]);
        let said = self.arena.fleet.finished(command.env_remove("TMUX")).stdout;
        let pid = said.trim().parse().ok();
        pid.into_iter().for_each(|pid| signal(pid, Signal::SIGKILL));
        pid.is_some()
    }

    /// From outside: nothing of it runs for a while.
    fn freeze(&mut self, agent: &str) {
        self.freezes += 1;
        let Some(pid) = self.pid(agent) else { return };
        let time = Duration::from_millis(self.dice.below(10_000));
        signal(pid, Signal::SIGSTOP);
        // It may outlast the fire.
        std::thread::spawn(move || {
            std::thread::sleep(time);
            signal(pid, Signal::SIGCONT);
        });
    }

    /// Somebody sits down at an agent, and leaves again.
    fn take_keyboard(&mut self, agent: &str) {
        self.leases += 1;
        let fleet = &self.arena.fleet;
        let terminal = Terminal::running(
            fleet.home(),
            (100, 30),
            "MOSAIC_ALLOW_TARGET=1",
            &format!("attach {agent}"),
        );
        let until = Instant::now() + Duration::from_millis(300 + self.dice.below(1500));
        while Instant::now() < until {
            self.keep_supervisor();
            std::thread::sleep(Duration::from_millis(5));
        }
        if self.dice.strikes(500) {
            terminal.press(&["C-b", "d"]);
        }
        // Else their terminal is gone.
    }
}

fn supervise(fleet: &Fleet, armed: Option<String>) -> Child {
    let mut command = fleet.command(&["supervise"]);
    if let Some(armed) = armed {
        command.env("MOSAIC_KILL_AT", armed);
    }
    let log = std::fs::File::options().create(true).append(true).open(fleet.home().join("log"));
    command.stdout(Stdio::null()).stderr(log.unwrap()).spawn().unwrap()
}
