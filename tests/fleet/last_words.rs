//! What an agent said last is in its record, however quickly it was gone.

use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, need, wait_until};

const AGENTS: usize = 20;
const LIVES: usize = 10;

/// Each life prints more than a terminal takes at once, an end mark without a newline, and is gone.
const BURST: &str = "n=$(cat $MOSAIC_AGENT.lives 2>/dev/null || echo 0); \
    [ $n -lt 10 ] || exec sleep 1000; echo $((n + 1)) >$MOSAIC_AGENT.lives; \
    seq 1 5000; printf 'END %s' $n; exit 3";

#[test]
fn the_last_words_of_two_hundred_bursty_exits_are_all_recorded() {
    if !need("tmux") {
        return;
    }
    let again =
        "restart: {policy: always, backoff: {initial: 10ms, max: 100ms}, give_up_after: 100}";
    let script = serde_json::to_string(BURST).unwrap();
    let keys = format!("runtime: command, command: sh, args: [\"-c\", {script}], {again}");
    let fleet = Fleet::new();
    let roster =
        (0..AGENTS).fold(Roster::new(), |roster, at| roster.agent(&format!("ada-{at}"), &keys));
    fleet.roster(&roster);
    // Agents that exit at once are no success of `up`; whether it looks before depends.
    fleet.mosaic(&["fleet", "up"]);
    let exits = || -> Vec<Value> {
        let events = fleet.events().into_iter();
        events.filter(|event| event["type"] == "session.exited").collect()
    };
    wait_until("every life's end", LONG, || exits().len() >= AGENTS * LIVES);
    let exits = exits();
    let ends = |exit: &Value| {
        let words = exit["payload"]["last_words"].as_array().unwrap();
        let last = words.last().and_then(Value::as_str).unwrap_or_default();
        last.starts_with("END ") && words.len() > 20
    };
    let lost: Vec<&Value> = exits.iter().filter(|exit| !ends(exit)).collect();
    assert!(lost.is_empty(), "{} of {}: {:#?}", lost.len(), exits.len(), lost[0]);
}

/// Each life prints another number of lines, more than its screen has at first, and fails at once;
/// each with another code, since the same failure again and again is held.
const FAILURES: &str = "n=$(cat lives 2>/dev/null || echo 0); echo $((n + 1)) >lives; \
    case $n in 0) lines=100;; 1) lines=5;; 2) lines=41;; 3) lines=40;; *) exec sleep 1000;; esac; \
    seq -f \"life $n line %g\" 1 $lines; exit $((n + 1))";

#[test]
fn of_a_boot_failure_exactly_the_last_forty_lines_are_kept_and_none_of_the_life_before() {
    if !need("tmux") {
        return;
    }
    let again =
        "restart: {policy: always, backoff: {initial: 10ms, max: 100ms}, give_up_after: 100}";
    let script = serde_json::to_string(FAILURES).unwrap();
    let keys = format!("runtime: command, command: sh, args: [\"-c\", {script}], {again}");
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().agent("ada", &keys));
    fleet.mosaic(&["fleet", "up", "--wait", "0s"]);
    let exits = || -> Vec<Value> {
        let events = fleet.events().into_iter();
        events.filter(|event| event["type"] == "session.exited").collect()
    };
    wait_until("four ends", LONG, || exits().len() >= 4);
    for ((life, exit), lines) in exits().iter().enumerate().zip([100, 5, 41, 40]) {
        let payload = &exit["payload"];
        assert_eq!(payload["exit"]["code"], life + 1, "{payload}");
        let first = if lines > 40 { lines - 39 } else { 1 };
        let kept: Vec<Value> =
            (first..=lines).map(|line| format!("life {life} line {line}").into()).collect();
        assert!(kept.len() <= 40);
        assert_eq!(payload["last_words"], Value::from(kept), "of {lines} lines");
    }
}
