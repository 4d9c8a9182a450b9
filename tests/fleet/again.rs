//! SIGHUP: the roster is read again, what differs shows as drift, and nobody is touched.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::{Fleet, LONG, Roster, need, signal, wait_until};

#[test]
fn a_hangup_shows_the_roster_as_drift_and_touches_nobody() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob").stub("cyd"));
    let before = [fleet.pid("ada"), fleet.pid("bob"), fleet.pid("cyd")];
    let supervisor = fleet.supervisor();
    let quick = "runtime: stub, heartbeat: {every: 100ms}";
    fleet.roster(&Roster::new().stub_with("ada", "{A: \"1\"}").agent("bob", quick).stub("dee"));
    signal(supervisor, Signal::SIGHUP);
    let fields = |agent: &str| {
        let row = fleet.row(agent);
        let drift = row["drift"].as_array().unwrap().iter();
        drift.map(|one| one["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    wait_until("the drift", LONG, || fields("ada") == ["env.A"]);
    assert_eq!(fields("bob"), ["heartbeat.every"], "nothing is put into force");
    assert_eq!(fields("cyd"), ["agent"]);
    assert_eq!([fleet.pid("ada"), fleet.pid("bob"), fleet.pid("cyd")], before);
    assert_eq!(
        (&fleet.row("dee")["lifecycle"], fleet.supervisor()),
        (&json!("absent"), supervisor)
    );
    let log = std::fs::read_to_string(fleet.state("supervisor.log")).unwrap();
    assert!(log.contains("mosaic fleet apply"), "{log}");
    // What was shown is what an apply then does.
    fleet.mosaic(&["fleet", "apply", "--yes"]).ended(0);
    fleet.health("dee", "healthy");
    wait_until("no drift", LONG, || fields("ada").is_empty() && fields("bob").is_empty());
    assert_eq!((fleet.pid("bob"), fleet.pid("ada") == before[0]), (before[1], false));
}

#[test]
fn a_hangup_over_a_wrong_roster_logs_its_mistakes_and_changes_nothing() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let (agent, head) = (fleet.pid("ada"), fleet.events().len());
    fleet.roster_text("version: 1\nagents:\n  - name: Ada\n    runtime: stubb\n");
    signal(fleet.supervisor(), Signal::SIGHUP);
    let log = || std::fs::read_to_string(fleet.state("supervisor.log")).unwrap();
    wait_until("the mistakes", LONG, || log().contains("nothing was changed"));
    for mistake in ["roster.yaml:3:11", "roster.yaml:4:14", "mosaic fleet check"] {
        assert!(log().contains(mistake), "{mistake} in {}", log());
    }
    assert_eq!((fleet.pid("ada"), fleet.events().len()), (agent, head));
}
