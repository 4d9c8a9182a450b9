//! Health on strange clocks: walls that jump, supervisors that stand still, runtimes that hang.

use proptest::prelude::*;

use super::world::{World, definition, name};
use crate::fleet::*;

/// How often the world's agents are asked, and for how long an answer counts.
const EVERY_MS: u64 = 1_000;
const WITHIN_MS: u64 = 3_000;

/// An agent with an open channel, and the moment of its start.
fn asked_agent() -> (Agent, Moment) {
    let mut world = World::new(1);
    world.settle();
    world.step(4, 0);
    (world.fleet.agent(&name(0)).unwrap().clone(), world.now)
}

/// A supervisor that asks in its rhythm, and a runtime that answers after a while or not at all.
struct Bed {
    agent: Agent,
    now: Moment,
    beat: Beat,
    due: u64,
    /// Challenges that wait for the runtime.
    open: Vec<Moment>,
    hangs: bool,
}

impl Bed {
    fn new() -> Self {
        let (agent, now) = asked_agent();
        let due = now.mono_ms;
        Self { agent, now, beat: Beat::default(), due, open: Vec::new(), hangs: false }
    }

    fn word(&self) -> &'static str {
        judge(&self.agent, &self.beat, self.now).word()
    }

    /// One tenth of a second, in which everybody is awake.
    fn tick(&mut self) {
        self.now = self.now.after(100);
        if !self.hangs {
            for sent_at in std::mem::take(&mut self.open) {
                self.beat.answered(sent_at, 100_000);
            }
        }
        self.ask();
    }

    fn ask(&mut self) {
        if self.due <= self.now.mono_ms {
            self.beat.asked(self.now, EVERY_MS);
            self.open.push(self.now);
            self.due = (self.now.mono_ms / EVERY_MS + 1) * EVERY_MS;
        }
    }
}

proptest! {
    #[test]
    fn r10_a_wall_clock_that_jumps_changes_no_verdict(
        steps in proptest::collection::vec((any::<bool>(), 0_u64..2_000, any::<u32>()), 1..60),
    ) {
        let (agent, start) = asked_agent();
        let (mut beat, mut jumping, mut now) = (Beat::default(), Beat::default(), start);
        let mut last_asked = [None, None];
        for (asks, ms, wall) in steps {
            now = now.after(ms);
            let jumped = Moment { wall_ms: u64::from(wall), ..now };
            if asks {
                beat.asked(now, EVERY_MS);
                jumping.asked(jumped, EVERY_MS);
                last_asked = [Some(now), Some(jumped)];
            } else if let [Some(plain), Some(strange)] = last_asked {
                beat.answered(plain, 1);
                jumping.answered(strange, 1);
            }
            let words = [judge(&agent, &beat, now).word(), judge(&agent, &jumping, jumped).word()];
            prop_assert_eq!(words[0], words[1]);
            prop_assert_eq!(beat.misses, jumping.misses);
        }
    }

    #[test]
    fn r10_a_supervisor_that_stands_still_makes_nobody_late(
        pauses in proptest::collection::vec((1_u32..80, 0_u64..100_000), 1..12),
        asked_first in any::<bool>(),
    ) {
        let mut bed = Bed::new();
        for (ticks, pause_ms) in pauses {
            for _ in 0..ticks {
                bed.tick();
                prop_assert!(!["late", "unresponsive"].contains(&bed.word()), "{:?}", bed.beat);
            }
            bed.now = bed.now.after(pause_ms);
            // The first to wake may be the deadline, before anybody is asked.
            prop_assert!(!["late", "unresponsive"].contains(&bed.word()), "{:?}", bed.beat);
            if asked_first {
                // The runtime stood still as well, and wakes last.
                bed.ask();
                prop_assert!(!["late", "unresponsive"].contains(&bed.word()), "{:?}", bed.beat);
            }
        }
    }

    #[test]
    fn r11_a_runtime_that_hangs_is_found_out_in_the_time_in_which_it_was_asked(
        healthy in 20_u32..60,
        pauses in proptest::collection::vec((1_u32..20, 0_u64..50_000), 0..4),
    ) {
        let mut bed = Bed::new();
        (0..healthy).for_each(|_| bed.tick());
        prop_assert_eq!(bed.word(), "healthy");
        bed.hangs = true;
        let mut awake_ms = 0;
        for (ticks, pause_ms) in pauses {
            for _ in 0..ticks {
                bed.tick();
                awake_ms += 100;
            }
            bed.now = bed.now.after(pause_ms);
        }
        while bed.word() != "unresponsive" {
            bed.tick();
            awake_ms += 100;
            let most = WITHIN_MS + 10 * EVERY_MS;
            prop_assert!(awake_ms <= most, "{} after {awake_ms}: {:?}", bed.word(), bed.beat);
        }
    }
}

#[test]
fn a_challenge_that_had_no_time_yet_is_not_missed() {
    let (mut beat, start) = (Beat::default(), Moment::default());
    beat.asked(start, EVERY_MS);
    beat.asked(start.after(EVERY_MS / 2 - 1), EVERY_MS);
    assert_eq!(beat.misses, 0);
    beat.asked(start.after(EVERY_MS + EVERY_MS / 2), EVERY_MS);
    assert_eq!(beat.misses, 1);
}

#[test]
fn r11_the_verdict_changes_in_the_moment_in_which_the_last_answer_is_too_old() {
    let mut world = World::new(1);
    world.settle();
    world.step(4, 0);
    world.step(5, 0);
    let word = |world: &World| world.fleet.agent(&name(0)).unwrap().health.word();
    for _ in 0..WITHIN_MS / EVERY_MS {
        assert_eq!(word(&world), "healthy");
        world.pass(EVERY_MS);
        world.step(6, 0);
    }
    assert_eq!(word(&world), "healthy", "just as old as it may be");
    world.pass(1);
    assert_eq!(word(&world), "late", "no question, answer or other news came");
}

#[test]
fn r11_the_grace_of_one_that_opens_no_channel_ends_by_itself() {
    let mut world = World::new(1);
    world.settle();
    let health = |world: &World| world.fleet.agent(&name(0)).unwrap().health.clone();
    world.pass(definition(0).heartbeat.grace_ms);
    assert_eq!(health(&world), Health::Starting);
    world.pass(1);
    assert_eq!(health(&world), Health::unknown("the runtime has opened no channel"));
}
