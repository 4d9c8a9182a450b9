//! Spans over a real OTLP receiver: what is told, whose it is, and whose trace it belongs to.

use std::net::TcpListener;
use std::process::Command;

use serde_json::Value;

use crate::receiver::{Receiver, Seen};
use crate::support::{Fleet, LONG, Output, Roster, need, signal, wait_until};

/// The trace of a caller, the caller's span in it, and both as a `TRACEPARENT`.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A verb whose supervisor, if it starts one, exports there at once.
fn exporting(fleet: &Fleet, verb: &[&str], endpoint: &str) -> Command {
    let mut command = fleet.command(verb);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).env("OTEL_BSP_SCHEDULE_DELAY", "20");
    command
}

/// A fleet with this roster that is up and exports there.
fn up(roster: &Roster, endpoint: &str) -> Fleet {
    let fleet = Fleet::new();
    fleet.roster(roster);
    fleet.finished(&mut exporting(&fleet, &["fleet", "up"], endpoint)).ended(0);
    fleet
}

/// A verb as part of the caller's trace.
fn traced(fleet: &Fleet, verb: &[&str]) -> Output {
    fleet.finished(fleet.command(verb).env("TRACEPARENT", TRACEPARENT))
}

/// The first span that came and is so.
#[track_caller]
fn span(receiver: &Receiver, is_it: impl Fn(&Seen) -> bool) -> Seen {
    let seen = receiver.wait_until(LONG, |spans| spans.iter().any(&is_it));
    seen.into_iter().find(is_it).unwrap()
}

fn is(name: &'static str, key: &'static str, value: &str) -> impl Fn(&Seen) -> bool {
    let value = value.to_owned();
    move |span| span.name == name && span.attributes.get(key) == Some(&value)
}

/// The `traceparent` of the first event of a type about an agent.
fn stored(fleet: &Fleet, agent: &str, kind: &str) -> String {
    let events = fleet.events();
    let event = events.iter().find(|event| event["type"] == kind && event["agent"] == agent);
    event.unwrap()["traceparent"].as_str().unwrap().to_owned()
}

fn traceparent(span: &Seen) -> String {
    format!("00-{}-{}-01", span.trace_id, span.span_id)
}

/// Whether a supervisor has a thread that exports.
fn has_exporter(supervisor: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{supervisor}/task")).unwrap();
    let names = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("comm")));
    names.flatten().any(|name| name.starts_with("OpenTelemetry"))
}

#[test]
fn every_span_says_whose_it_is_and_stands_in_the_journal() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let fleet = up(&Roster::new().stub("ada"), &receiver.endpoint());
    fleet.mosaic(&["send", "ada", "hello", "--verify"]).ended(0);
    let session = fleet.row("ada")["session"]["id"].as_str().unwrap().to_owned();
    fleet.mosaic(&["agent", "stop", "ada"]).ended(0);
    wait_until("ada exited", LONG, || fleet.row("ada")["lifecycle"] == "exited");

    let start = span(&receiver, is("mosaic.lifecycle.start", "mosaic.agent", "ada"));
    let healthy = span(&receiver, is("mosaic.heartbeat.transition", "mosaic.health.to", "healthy"));
    let send = span(&receiver, is("mosaic.send", "mosaic.message.state", "accepted"));
    let stop = span(&receiver, is("mosaic.lifecycle.stop", "mosaic.agent", "ada"));
    let command = span(&receiver, is("mosaic.command", "mosaic.command", "stop_agent"));
    let row = fleet.row("ada");
    for seen in [&start, &healthy, &send, &stop, &command] {
        for (key, value) in [
            ("mosaic.tenant", &row["tenant"]),
            ("mosaic.host", &row["host"]),
            ("mosaic.agent", &row["agent"]),
            ("mosaic.session", &Value::from(session.as_str())),
        ] {
            let said = seen.attributes.get(key).map(String::as_str);
            assert_eq!(said, value.as_str(), "{key} of {seen:?}");
        }
        assert_eq!(seen.resource["service.name"], "mosaic");
        assert_eq!(seen.error, None, "{seen:?}");
    }
    for (kind, seen) in
        [("session.starting", &start), ("message.queued", &send), ("session.stopping", &stop)]
    {
        assert_eq!(stored(&fleet, "ada", kind), traceparent(seen), "{kind}");
    }
    assert_eq!(healthy.parent_span_id, "", "nobody asked for it");
    assert_eq!(stop.parent_span_id, command.span_id);
}

#[test]
fn a_send_is_one_span_with_an_event_for_each_rung_below_the_callers_own() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let roster = Roster::new().stub_with("ada", "{MOSAIC_STUB_KEYSTROKES: \"1\"}").stub("bob");
    let fleet = up(&roster, &receiver.endpoint());
    for (agent, channel) in [("ada", "keystrokes"), ("bob", "structured")] {
        let output = traced(&fleet, &["send", agent, "secret words", "--verify", "--json"]);
        let message: Value = serde_json::from_str(&output.ended(0).stdout).unwrap();
        let id = message["id"].as_str().unwrap();
        let send = span(&receiver, is("mosaic.send", "mosaic.message", id));
        let command = span(&receiver, |span| {
            is("mosaic.command", "mosaic.command", "send")(span)
                && span.span_id == send.parent_span_id
        });
        assert_eq!((&*send.trace_id, &*command.trace_id), (TRACE, TRACE));
        assert_eq!(command.parent_span_id, SPAN, "the caller's span is above the command");
        let rungs: Vec<&str> = send.events.iter().map(|(name, _)| name.as_str()).collect();
        // A receipt may be here before it is known that all is out.
        let quick = rungs == ["queued", "typing", "accepted"];
        assert!(quick || rungs == ["queued", "typing", "typed", "accepted"], "{rungs:?}");
        assert!(send.events.is_sorted_by_key(|(_, at)| *at), "{send:?}");
        assert_eq!(send.attributes["mosaic.message.channel"], channel);
        let all = receiver.wait_until(LONG, |_| true);
        let of_it = all
            .iter()
            .filter(|span| span.attributes.get("mosaic.message").is_some_and(|m| m == id));
        assert_eq!(of_it.count(), 1);
        assert!(!format!("{all:?}").contains("secret"), "the text of a message is in no span");
    }
}

#[test]
fn a_refused_command_is_an_error_in_the_callers_trace() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let fleet = up(&Roster::new().command("cyd", "exec sleep 1000"), &receiver.endpoint());
    let output = traced(&fleet, &["send", "nobody", "hello"]);
    assert_ne!(output.code, 0, "{output:?}");
    let command = span(&receiver, is("mosaic.command", "mosaic.command", "send"));
    assert_eq!((&*command.trace_id, &*command.parent_span_id), (TRACE, SPAN));
    assert!(command.error.unwrap().contains("nobody"));
}

#[test]
fn an_agent_is_born_with_the_trace_of_its_start() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let fleet = Fleet::new();
    let told = fleet.workspace().join("told");
    let script = format!("echo \"$TRACEPARENT\" >> {}; exec sleep 1000", told.display());
    fleet.roster(&Roster::new().command("cyd", &script));
    fleet.finished(&mut exporting(&fleet, &["fleet", "up"], &receiver.endpoint())).ended(0);
    let lines = || -> Vec<String> {
        let text = std::fs::read_to_string(&told).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    wait_until("the first life", LONG, || lines().len() == 1);
    assert_eq!(lines()[0], stored(&fleet, "cyd", "session.starting"));
    fleet.mosaic(&["agent", "stop", "cyd"]).ended(0);
    wait_until("cyd exited", LONG, || fleet.row("cyd")["lifecycle"] == "exited");
    traced(&fleet, &["agent", "start", "cyd"]).ended(0);
    wait_until("the second life", LONG, || lines().len() == 2);
    let second = lines().remove(1);
    let start = span(&receiver, |span| traceparent(span) == second);
    assert_eq!((&*start.name, &*start.trace_id), ("mosaic.lifecycle.start", TRACE));
    traced(&fleet, &["agent", "restart", "cyd"]).ended(0);
    wait_until("the third life", LONG, || lines().len() == 3);
    let third = lines().remove(2);
    let start = span(&receiver, |span| traceparent(span) == third);
    let restart = span(&receiver, is("mosaic.command", "mosaic.command", "restart_agent"));
    assert_eq!((&*start.trace_id, &start.parent_span_id), (TRACE, &restart.span_id));
}

#[test]
fn a_send_over_a_killed_supervisor_keeps_its_ids_and_its_place() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let fleet = up(&Roster::new().stub("ada"), &receiver.endpoint());
    fleet.mosaic(&["agent", "stop", "ada"]).ended(0);
    wait_until("ada exited", LONG, || fleet.row("ada")["lifecycle"] == "exited");
    traced(&fleet, &["send", "ada", "later"]).ended(0);
    let queued = stored(&fleet, "ada", "message.queued");
    fleet.kill_supervisor();
    fleet.finished(&mut exporting(&fleet, &["fleet", "up"], &receiver.endpoint()));
    fleet.mosaic(&["agent", "start", "ada"]).ended(0);
    let send = span(&receiver, is("mosaic.send", "mosaic.message.state", "accepted"));
    assert_eq!((traceparent(&send), &*send.trace_id), (queued, TRACE));
    let cause = fleet.events().into_iter().find(|event| event["type"] == "message.queued").unwrap();
    let above = cause["cause"].as_str().unwrap().split('-').nth(2).unwrap().to_owned();
    assert_eq!(send.parent_span_id, above, "the command of the former supervisor");
}

#[test]
fn a_frozen_agent_is_told_as_a_transition() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let fleet = up(&Roster::new().stub("ada"), &receiver.endpoint());
    signal(fleet.pid("ada"), nix::sys::signal::Signal::SIGSTOP);
    let left = span(&receiver, is("mosaic.heartbeat.transition", "mosaic.health.from", "healthy"));
    assert_ne!(left.attributes["mosaic.health.to"], "healthy");
    assert_eq!(left.attributes["mosaic.agent"], "ada");
}

#[test]
fn without_an_endpoint_or_with_the_switch_off_nothing_is_sent_and_nothing_runs_for_it() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let with = up(&Roster::new().stub("ada"), &receiver.endpoint());
    assert!(has_exporter(with.supervisor()), "otherwise this test proves nothing");
    let without = Fleet::up(&Roster::new().stub("ada"));
    assert!(!has_exporter(without.supervisor()));
    let silent = Receiver::start();
    let off = Fleet::new();
    off.roster(&Roster::new().stub("ada"));
    let mut command = exporting(&off, &["fleet", "up"], &silent.endpoint());
    off.finished(command.env("OTEL_SDK_DISABLED", "true")).ended(0);
    assert!(!has_exporter(off.supervisor()));
    off.mosaic(&["send", "ada", "hello", "--verify"]).ended(0);
    off.mosaic(&["fleet", "down", "--yes"]).ended(0);
    assert!(silent.wait_until(LONG, |_| true).is_empty(), "a supervisor that left has sent all");
}

#[test]
fn a_dead_collector_costs_only_spans_and_the_log_says_how_many() {
    if !need("tmux") {
        return;
    }
    // Bound and dropped: nobody listens there.
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fleet = up(&Roster::new().stub("ada").stub("bob"), &format!("http://{dead}"));
    for at in 0..20 {
        fleet.mosaic(&["send", "ada", &format!("message {at}"), "--verify"]).ended(0);
    }
    fleet.health("bob", "healthy");
    let log = || std::fs::read_to_string(fleet.state("supervisor.log")).unwrap();
    wait_until("the first failure in the log", LONG, || {
        log().contains("the collector does not take spans")
    });
    fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    let log = log();
    assert_eq!(log.matches("the collector does not take spans").count(), 1, "{log}");
    let line = log.lines().find(|line| line.contains("spans did not reach the collector"));
    let lost = line.and_then(|line| line.split_once("lost=")?.1.split(' ').next()?.parse().ok());
    assert!(lost.is_some_and(|lost: u32| lost > 40), "a command and a send twenty times: {log}");
}

#[test]
fn every_verb_hands_on_the_trace_of_its_caller_and_ignores_one_that_is_none() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let roster = Roster::new().stub("ada").command("cyd", "exec sleep 1000");
    let fleet = up(&roster, &receiver.endpoint());
    let exited = || {
        wait_until("cyd exited", LONG, || fleet.row("cyd")["lifecycle"] == "exited");
    };
    let verbs: [(&[&str], &str); 7] = [
        (&["fleet", "up"], "apply_roster"),
        (&["fleet", "apply", "--yes"], "apply_roster"),
        (&["agent", "restart", "cyd"], "restart_agent"),
        (&["agent", "stop", "cyd"], "stop_agent"),
        (&["agent", "start", "cyd"], "start_agent"),
        (&["send", "ada", "hello", "--verify"], "send"),
        (&["fleet", "down", "--yes"], "stop_fleet"),
    ];
    for (at, (verb, command)) in verbs.into_iter().enumerate() {
        if command == "start_agent" {
            exited();
        }
        // A trace of its own for each, so that no other's span is taken for it.
        let trace = format!("{:032x}", at + 1);
        let mut asked = fleet.command(verb);
        fleet.finished(asked.env("TRACEPARENT", format!("00-{trace}-{SPAN}-01"))).ended(0);
        let seen = span(&receiver, |span| span.name == "mosaic.command" && span.trace_id == trace);
        assert_eq!(seen.attributes["mosaic.command"], command, "{verb:?}");
        assert_eq!(seen.parent_span_id, SPAN, "{verb:?}: the caller's span is above it");
        if command == "stop_agent" {
            // Neither a trace nor an error.
            for none in ["", "what", "00-0-0-00", &format!("{TRACEPARENT}-more")] {
                let mut asked = fleet.command(&["agent", "stop", "cyd"]);
                fleet.finished(asked.env("TRACEPARENT", none)).ended(0);
            }
            let stops = receiver.wait_until(LONG, |spans| {
                spans.iter().filter(|s| is("mosaic.command", "mosaic.command", command)(s)).count()
                    == 5
            });
            let own = stops.iter().filter(|span| {
                is("mosaic.command", "mosaic.command", command)(span)
                    && span.parent_span_id.is_empty()
            });
            assert_eq!(own.count(), 4, "each began a trace of its own");
        }
    }
}
