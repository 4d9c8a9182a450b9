//! A real supervisor that is killed again and again while commands of every kind are on their way:
//! nothing that it acknowledged is lost, nothing is done twice, and no agent notices.
//!
//! `MOSAIC_KILLS=10000` runs it longer; `docs/reliability.md` has the result.

mod asking;
mod ledger;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use asking::{Asking, Kind};
use ledger::Ledger;
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, is_alive, marked, need, signal, wait_until};

const POINTS: [&str; 6] = ["append", "commit", "publish", "acknowledge", "acknowledged", "act"];

/// Two at each point, and two at no point; each is a whole life of a supervisor.
const KILLS: usize = 14;

/// A life takes some three quarters of a second: the journal alone is killed for the rest of a long
/// run.
const KILLS_MAX: usize = 300;

/// Messages that may wait: a full mailbox would refuse. What was on its way at a kill holds up those
/// behind it for a quarter of a minute, in which many supervisors are killed.
const WAITING_MAX: usize = 60;

/// How many answers of each asker are compared once more at the end.
const AGAIN: usize = 12;

/// How long after the first questions a kill from outside comes at the latest, milliseconds.
const OUTSIDE_MAX_MS: u64 = 120;

fn kills() -> usize {
    let asked = std::env::var("MOSAIC_KILLS").ok().and_then(|text| text.parse().ok());
    asked.map_or(KILLS, |kills: usize| kills.clamp(KILLS, KILLS_MAX))
}

/// Numbers as by chance, and the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        // The constants of Knuth's MMIX; its high bits are good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

/// The fleet, what is asked of it, and what must be so whatever is killed.
struct Bed {
    fleet: Fleet,
    ledger: Ledger,
    askers: Vec<Asking>,
    /// Those of whom nobody asks anything that ends them, and their processes.
    bystanders: BTreeMap<&'static str, u32>,
    by_point: BTreeMap<&'static str, usize>,
}

impl Bed {
    fn new() -> Self {
        let roster = Roster::new()
            .stub_with("ada", "{MOSAIC_STUB_TURN_MS: \"1\"}")
            .command("bob", "exec sleep 1000")
            .command("cyd", "trap 'exit 0' TERM; while :; do sleep 0.1; done")
            .command("dan", "exec sleep 1000");
        let fleet = Fleet::up(&roster);
        let text = roster.text(&fleet.workspace());
        for (file, label) in [("even.yaml", "even"), ("odd.yaml", "odd")] {
            let text = text.replace("name: dan,", &format!("name: dan, labels: {{is: {label}}},"));
            std::fs::write(fleet.home().join("config").join(file), text).unwrap();
        }
        let kinds =
            [Kind::Send("ada"), Kind::StopAndStart("bob"), Kind::StopAndStart("cyd"), Kind::Apply];
        let askers = kinds.into_iter().map(|kind| Asking::new(kind, fleet.home())).collect();
        let bystanders = ["ada", "dan"].map(|agent| (agent, fleet.pid(agent))).into();
        let (ledger, by_point) = (Ledger::default(), BTreeMap::new());
        Self { fleet, ledger, askers, bystanders, by_point }
    }

    fn supervise(&self, armed: Option<String>) -> Child {
        let mut command = self.fleet.command(&["supervise"]);
        if let Some(armed) = armed {
            command.env("MOSAIC_KILL_AT", armed);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Reads on in the journal; false when nobody serves it.
    fn read(&mut self) -> bool {
        let from = (self.ledger.seq + 1).to_string();
        let output = self.fleet.mosaic(&["events", "--json", "--from", &from]);
        let events: Vec<Value> =
            output.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        self.ledger.read(&events);
        output.code == 0
    }

    /// Waits until the fleet is as it should be after whatever was killed; false when the
    /// supervisor is killed before.
    fn settles(&mut self, supervisor: &mut Child) -> bool {
        let started = Instant::now();
        loop {
            if supervisor.try_wait().unwrap().is_some() {
                return false;
            }
            if self.is_as_wanted() && self.read() && self.ledger.all_seen() {
                self.holds();
                return true;
            }
            let ps = || self.fleet.mosaic(&["ps", "--wide"]).stdout;
            assert!(started.elapsed() < LONG, "it does not settle: {}", ps());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether everybody runs or rests as was asked for last.
    fn is_as_wanted(&self) -> bool {
        let output = self.fleet.mosaic(&["ps", "--json"]);
        let Ok(ps) = serde_json::from_str::<Value>(&output.stdout) else { return false };
        let rows = ps["rows"].as_array().unwrap();
        output.code == 0
            && rows.iter().all(|row| {
                let is_up = row["wanted"] == "up" && row["lifecycle"] == "running";
                let is_down = row["wanted"] == "down" && row["lifecycle"] == "exited";
                is_up || is_down
            })
    }

    /// What holds whenever the fleet is at rest.
    fn holds(&self) {
        for (agent, pid) in &self.bystanders {
            assert!(is_alive(*pid), "{agent} died of it");
        }
        let ledger = &self.ledger;
        let living = ledger.living().into_iter();
        let journaled: BTreeMap<_, _> =
            living.map(|(agent, session)| (agent, BTreeSet::from([session]))).collect();
        wait_until(&format!("just what the journal says: {journaled:?}"), LONG, || {
            lives(&self.fleet) == journaled
        });
        for asker in &self.askers {
            for (key, answer) in &asker.told {
                let head = answer["seq"].as_u64().or(answer["as_of_seq"].as_u64()).unwrap();
                assert!(head <= ledger.seq, "{key} is lost: {answer}");
                let id = answer["id"].as_str().map(|id| vec![id.to_owned()]);
                assert!(id.is_none() || ledger.queued.get(key) == id.as_ref(), "{key}: {answer}");
            }
        }
        // Each wish is another than the one before: one that was lost or done twice shows.
        let [send, bob, cyd, apply] = &self.askers[..] else { unreachable!() };
        let is_done = |done: usize, asker: &Asking, what: &str| {
            let more = done.checked_sub(asker.answered);
            assert!(more <= Some(1) && more.is_some(), "{what}: {done} of {}", asker.answered);
        };
        is_done(ledger.queued.len(), send, "messages");
        assert!(ledger.queued.values().all(|ids| ids.len() == 1), "a message twice");
        for (agent, asker) in [("bob", bob), ("cyd", cyd)] {
            let wanted = &ledger.wanted[agent];
            assert!(wanted.windows(2).all(|pair| pair[0] != pair[1]), "{agent}: {wanted:?}");
            // The first is of the start of the fleet.
            is_done(wanted.len() - 1, asker, agent);
        }
        is_done(ledger.rosters - 1, apply, "rosters");
    }

    /// One life of a supervisor, up to its kill.
    fn life(&mut self, round: usize, chance: &mut Chance) {
        let point = POINTS.get(round % (POINTS.len() + 1));
        // The first commits of a life are its start; behind them come the commands.
        let armed = point.map(|point| format!("{point}:{}", 1 + chance.below(14)));
        let mut supervisor = self.supervise(armed);
        if self.settles(&mut supervisor) {
            let outside = Duration::from_millis(chance.below(OUTSIDE_MAX_MS));
            let pid = supervisor.id();
            let room = WAITING_MAX.saturating_sub(self.ledger.waiting());
            self.askers[0].most = self.askers[0].answered + room;
            std::thread::scope(|scope| {
                for asker in &mut self.askers {
                    scope.spawn(|| while asker.ask() {});
                }
                if point.is_none() {
                    std::thread::sleep(outside);
                    signal(pid, Signal::SIGKILL);
                }
                wait_until("the end of a supervisor", LONG, || {
                    supervisor.try_wait().unwrap().is_some()
                });
            });
        }
        let status = supervisor.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "{status}");
        *self.by_point.entry(point.unwrap_or(&"outside")).or_default() += 1;
    }
}

/// The sessions of each agent that processes carry, whatever anybody says of them.
fn lives(fleet: &Fleet) -> BTreeMap<String, BTreeSet<String>> {
    let mut lives: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for pid in marked(fleet.home()) {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let value = |name: &str| environment.split('\0').find_map(|pair| pair.strip_prefix(name));
        if let (Some(agent), Some(session)) = (value("MOSAIC_AGENT="), value("MOSAIC_SESSION=")) {
            lives.entry(agent.to_owned()).or_default().insert(session.to_owned());
        }
    }
    lives
}

#[test]
fn a_supervisor_killed_anywhere_amid_commands_loses_nothing_and_does_nothing_twice() {
    if !need("tmux") {
        return;
    }
    let seed = std::env::var("MOSAIC_KILLS_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("MOSAIC_KILLS_SEED={seed}");
    let mut bed = Bed::new();
    bed.read();
    bed.fleet.kill_supervisor();
    let mut chance = Chance(seed);
    for round in 0..kills() {
        bed.life(round, &mut chance);
    }
    let mut last = bed.supervise(None);
    assert!(bed.settles(&mut last));
    for asker in &mut bed.askers {
        asker.most = usize::MAX;
        // What was on its way at the last kill.
        assert!(asker.ask());
        asker.ask_again(AGAIN);
    }
    assert!(bed.settles(&mut last));
    bed.fleet.mosaic(&["events", "verify"]).ended(0);
    let (ledger, answered) =
        (&bed.ledger, bed.askers.iter().map(|a| a.answered).collect::<Vec<_>>());
    println!(
        "{:?}; answered {answered:?} (sends, stops and starts of two, applies); {} supervisors \
         adopted {} times; {} events",
        bed.by_point, ledger.supervisors, ledger.adopted, ledger.seq
    );
    signal(last.id(), Signal::SIGTERM);
    last.wait().unwrap();
}
