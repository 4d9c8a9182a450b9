//! A fleet that fails on purpose, who sends to it, and what is kept for the verdict.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::saboteur::Saboteur;
use super::sender::{self, Acknowledged};
use super::verdict;
use crate::support::{Dice, Fleet, Roster, ask, record};

/// Sends for each agent, and how many agents there are at least and at most.
const SENDS_AN_AGENT: u64 = 12;
const AGENTS: (u64, u64) = (8, 40);

/// A receipt is given up after 15 s; many may stand one behind another.
const DRAINED_WITHIN: Duration = Duration::from_secs(1500);

/// In a short run, who still waits after this is restarted: what is on its way ends by that.
const PATIENCE: Duration = Duration::from_secs(4);

/// A campaign that is longer than this waits until everything ends by itself.
const SHORT: u64 = 1000;

/// What is to happen.
pub struct Plan {
    pub sends: u64,
    /// How long things are broken at least.
    pub fire_for: Duration,
    /// Whether the supervisor, tmux and agents are killed.
    pub kills: bool,
    pub keystrokes_only: bool,
}

/// The fleet and what was said to it.
pub struct Arena {
    pub fleet: Fleet,
    pub agents: Vec<String>,
    pub plan_sends: u64,
    plan_fire_for: Duration,
    kills: bool,
    /// The number of the next send.
    pub next: AtomicU64,
    /// Every send has its answer.
    pub all_sent: AtomicBool,
    pub acknowledged: Mutex<Vec<Acknowledged>>,
    /// How often a mailbox was full.
    pub full: AtomicU64,
}

impl Arena {
    /// The fleet, up.
    pub fn new(plan: &Plan, dice: &mut Dice) -> Self {
        let fleet = Fleet::new();
        let count = (plan.sends / SENDS_AN_AGENT).clamp(AGENTS.0, AGENTS.1);
        let agents: Vec<String> = (0..count).map(|at| format!("a{at}")).collect();
        let mut roster = Roster::new();
        for (at, agent) in agents.iter().enumerate() {
            let keystrokes = plan.keystrokes_only || at % 2 == 0;
            let environment = environment(&fleet, agent, at, keystrokes, plan, dice);
            roster = roster.agent(
                agent,
                &format!(
                    "runtime: stub, restart: {{policy: always, backoff: {{initial: 20ms, max: \
                     200ms}}, give_up_after: 50}}, env: {environment}"
                ),
            );
        }
        fleet.roster(&roster);
        fleet.mosaic(&["fleet", "up"]).ended(0);
        Self {
            fleet,
            agents,
            plan_sends: plan.sends,
            plan_fire_for: plan.fire_for,
            kills: plan.kills,
            next: AtomicU64::new(0),
            all_sent: AtomicBool::new(false),
            acknowledged: Mutex::default(),
            full: AtomicU64::new(0),
        }
    }

    /// Whether all of it is to take some twenty seconds.
    pub fn is_short(&self) -> bool {
        self.plan_sends < SHORT
    }

    /// What was pasted or delivered to an agent, by its stub's own word.
    pub fn heard(&self, agent: &str) -> std::path::PathBuf {
        heard(&self.fleet, agent)
    }

    /// Sends under fire, lets everything end, and compares.
    pub fn campaign(&self, dice: &mut Dice) {
        let began = Instant::now();
        let mut saboteur = Saboteur::new(self, dice.split());
        std::thread::scope(|scope| {
            let senders: Vec<_> = (0..8)
                .map(|at| (at, dice.split()))
                .map(|(at, dice)| scope.spawn(move || sender::run(self, at < 6, dice)))
                .collect();
            let fire = scope.spawn(|| {
                let until = Instant::now() + self.plan_fire_for;
                while !self.all_sent.load(Ordering::Relaxed) || Instant::now() < until {
                    if self.kills {
                        saboteur.strike();
                    } else {
                        std::thread::sleep(Duration::from_millis(20));
                    }
                }
                saboteur.end();
            });
            let sent: Vec<_> = senders.into_iter().map(|sender| sender.join()).collect();
            // First, so that a failure ends the fire too.
            self.all_sent.store(true, Ordering::Relaxed);
            fire.join().unwrap();
            assert!(sent.iter().all(Result::is_ok), "a sender failed");
        });
        println!("{} sends in {:?}; {}", self.plan_sends, began.elapsed(), saboteur.told());
        self.drain(&mut saboteur);
        println!("all ended after {:?}", began.elapsed());
        verdict::compare(self);
    }

    /// Waits until no message is open any more.
    fn drain(&self, saboteur: &mut Saboteur<'_>) {
        let began = Instant::now();
        let mut is_patient = true;
        loop {
            saboteur.expect_supervisor();
            let waiting: Vec<&String> =
                self.agents.iter().filter(|agent| !self.is_drained(agent)).collect();
            if waiting.is_empty() {
                return;
            }
            assert!(began.elapsed() < DRAINED_WITHIN, "not ended: {waiting:#?}");
            if is_patient && self.is_short() && began.elapsed() > PATIENCE {
                is_patient = false;
                for agent in waiting {
                    self.fleet.mosaic(&["agent", "restart", agent]).ended(0);
                }
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Whether nothing waits for an agent, and nothing is on its way; not so when nobody answers.
    fn is_drained(&self, agent: &str) -> bool {
        let what = format!("GET /v1/agents/{agent}/inbox");
        let reply = ask(self.fleet.home(), &what, "", &serde_json::Value::Null, true);
        reply.is_some_and(|(status, inbox)| status == 200 && inbox["messages"] == json!([]))
    }
}

fn heard(fleet: &Fleet, agent: &str) -> std::path::PathBuf {
    fleet.workspace().join(format!("{agent}.heard"))
}

/// What an agent is told to do wrong: each kind of fault has agents that have it alone.
fn environment(
    fleet: &Fleet,
    agent: &str,
    at: usize,
    keystrokes: bool,
    plan: &Plan,
    dice: &mut Dice,
) -> String {
    let faults = match (keystrokes, at / 2 % 5) {
        (_, 0) => "silent=15 late=30",
        (true, 1) => "enters=300 pastes=10",
        (true, 2) => "enters=100 drafts=15 empties=60",
        (true, 3) => "freezes=20 enters=50 silent=5",
        (true, _) => "enters=50 drafts=5 pastes=5 silent=5 late=10 freezes=5 crashes=10 losses=20",
        (false, 1) => "deliveries=20 losses=50",
        (false, 2) => "crashes=20 losses=50",
        (false, 3) => "freezes=30 deliveries=5 silent=5",
        (false, _) => "deliveries=5 silent=5 late=10 freezes=10 crashes=10 losses=20",
    };
    // In a short run the faults end with the fire, so that the rest is not waited for.
    let until = if plan.sends < SHORT {
        format!(" for={}", plan.fire_for.as_millis())
    } else {
        String::new()
    };
    let (record, heard) = (record(fleet, agent), heard(fleet, agent));
    format!(
        "{{MOSAIC_STUB_RECORD: \"{}\", MOSAIC_STUB_HEARD: \"{}\", MOSAIC_STUB_KEYSTROKES: \"{}\", \
         MOSAIC_STUB_TURN_MS: \"{}\", MOSAIC_STUB_CHAOS: \"seed={} {faults}{until}\"}}",
        record.display(),
        heard.display(),
        u8::from(keystrokes),
        dice.pick(&[1, 20, 100]),
        dice.below(1 << 40),
    )
}
