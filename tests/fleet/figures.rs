//! Figures over a real OTLP receiver: what is measured, whose it is, and what a bad collector costs.

use std::net::TcpListener;

use crate::receiver::{Figure, Receiver};
use crate::support::{Fleet, LONG, Roster, Wire, need, wait_until};

/// A fleet with this roster that is up and tells its figures there, often.
fn measured(roster: &Roster, endpoint: &str) -> Fleet {
    let fleet = Fleet::new();
    fleet.roster(roster);
    let mut up = fleet.command(&["fleet", "up"]);
    up.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_METRIC_EXPORT_INTERVAL", "50")
        .env("OTEL_BSP_SCHEDULE_DELAY", "20");
    fleet.finished(&mut up);
    fleet
}

/// The last of a series that is so.
#[track_caller]
fn figure(receiver: &Receiver, name: &str, is_it: impl Fn(&Figure) -> bool) -> Figure {
    let found = |figure: &Figure| figure.name == name && is_it(figure);
    let seen = receiver.wait_for_figures(LONG, |figures| figures.iter().any(found));
    seen.into_iter().rfind(|figure| found(figure)).unwrap()
}

fn has<'a>(key: &'a str, value: &'a str) -> impl Fn(&Figure) -> bool + 'a {
    move |figure| figure.attributes.get(key).is_some_and(|said| said == value)
}

#[test]
fn every_figure_of_a_fleet_comes_with_its_tenant_and_host() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let roster = Roster::new().stub("ada").command("cyd", "exit 3");
    let fleet = measured(&roster, &receiver.endpoint());
    fleet.mosaic(&["send", "ada", "hello", "--verify"]).ended(0);
    wait_until("cyd held", LONG, || fleet.row("cyd")["lifecycle"] == "held");
    let row = fleet.row("ada");
    let restarts = fleet.count("cyd", "agent.restart_scheduled");
    assert!(restarts > 0, "otherwise this test proves nothing");

    let of_ada = has("mosaic.agent", "ada");
    let of_cyd = has("mosaic.agent", "cyd");
    let ps = |figure: &Figure| {
        has("http.route", "/v1/ps")(figure) && has("http.response.status_code", "200")(figure)
    };
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let all_restarts = |figure: &Figure| of_cyd(figure) && figure.value >= restarts as f64;
    let healthy = has("mosaic.health", "healthy");
    let held = has("mosaic.lifecycle", "held");
    for seen in [
        figure(&receiver, "mosaic.heartbeat.rtt", &of_ada),
        figure(&receiver, "mosaic.heartbeat.age", &of_ada),
        figure(&receiver, "mosaic.agent.restarts", all_restarts),
        figure(&receiver, "mosaic.agent.holds", &of_cyd),
        figure(&receiver, "mosaic.agents", healthy),
        figure(&receiver, "mosaic.agents", held),
        figure(&receiver, "mosaic.send.duration", has("mosaic.message.state", "accepted")),
        figure(&receiver, "mosaic.lifecycle.start.duration", &of_ada),
        figure(&receiver, "mosaic.command.duration", has("mosaic.command", "send")),
        figure(&receiver, "mosaic.journal.commit.duration", |figure| figure.count > 0),
        figure(&receiver, "http.server.request.duration", ps),
    ] {
        for (key, label) in [("mosaic.tenant", &row["tenant"]), ("mosaic.host", &row["host"])] {
            let said = seen.attributes.get(key).map(String::as_str);
            assert_eq!(said, label.as_str(), "{key} of {seen:?}");
        }
        assert!(seen.value >= 0.0 && seen.value < 60.0, "seconds and small counts: {seen:?}");
    }
    let age = figure(&receiver, "mosaic.heartbeat.age", |figure| figure.value > 0.0);
    assert!(age.value < 30.0, "it counts from the last answer: {age:?}");
    let none = receiver.wait_for_figures(LONG, |_| true);
    let of_none = none.iter().find(|f| f.name == "mosaic.heartbeat.age" && of_cyd(f));
    assert!(of_none.is_none(), "who was never answered has no age: {of_none:?}");
}

#[test]
fn a_collector_that_takes_nothing_costs_a_counter_that_status_shows() {
    if !need("tmux") {
        return;
    }
    // Bound and never accepted: connections are half open, and nothing is answered.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    // Bound and dropped: nobody listens there.
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, fails) in [(mute.local_addr().unwrap(), false), (dead, true)] {
        let fleet = measured(&Roster::new().stub("ada"), &format!("http://{address}"));
        for at in 0..10 {
            fleet.mosaic(&["send", "ada", &format!("message {at}"), "--verify"]).ended(0);
        }
        let told = || Wire::to(&fleet).ask("GET", "/v1/status", "").json()["telemetry"].clone();
        wait_until("an export was tried", LONG, || told()["metric_exports"].as_u64() > Some(0));
        if fails {
            wait_until("one failed", LONG, || told()["metric_exports_failed"].as_u64() > Some(0));
        }
        let told = told();
        assert!(told["spans"].as_u64() >= Some(20), "a command and a send ten times: {told}");
        assert_eq!(told["spans_taken"], 0, "{told}");
        assert_eq!(fleet.row("ada")["health"], "healthy");
        fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
        let log = std::fs::read_to_string(fleet.state("supervisor.log")).unwrap();
        assert!(log.contains("the last figures did not reach the collector"), "{log}");
    }
}

#[test]
fn each_signal_has_its_own_switch() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let roster = Roster::new().stub("ada");
    let up = |variables: &[(&str, &str)]| {
        let fleet = Fleet::new();
        fleet.roster(&roster);
        let mut up = fleet.command(&["fleet", "up"]);
        up.envs(variables.iter().copied());
        fleet.finished(&mut up).ended(0);
        let status = Wire::to(&fleet).ask("GET", "/v1/status", "").json();
        let told = status["telemetry"].clone();
        fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
        told
    };
    let (all, metrics) = (receiver.endpoint(), receiver.metrics_endpoint());
    assert!(up(&[]).is_null(), "off without an endpoint");
    assert!(!up(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &metrics)]).is_null());
    assert!(!receiver.wait_for_figures(LONG, |figures| !figures.is_empty()).is_empty());
    assert!(receiver.wait_until(LONG, |_| true).is_empty(), "figures alone");
    let before = receiver.wait_for_figures(LONG, |_| true).len();
    up(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &all), ("OTEL_METRICS_EXPORTER", "none")]);
    // Who leaves tells the figures first.
    receiver.wait_until(LONG, |spans| !spans.is_empty());
    assert_eq!(receiver.wait_for_figures(LONG, |_| true).len(), before, "spans alone");
}
