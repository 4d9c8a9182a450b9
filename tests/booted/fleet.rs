//! The whole program on a booted host: a fleet of stubs that is healthy again after each blow.

use std::path::Path;

use serde_json::Value;

use crate::bed::{self, Bed, until};
use crate::host::Host;

const MOSAIC: &str = "/home/ada/.local/bin/mosaic";

const ROSTER: &str = "\
version: 1
agents:
  - {name: ada, runtime: stub, workspace: ~/, boot: true}
  - {name: bea, runtime: stub, workspace: ~/, boot: true}
";

/// What `mosaic ps --json` says.
fn ps(host: &Host<'_>) -> Value {
    let output = host.bare("ada", &[MOSAIC, "ps", "--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

/// Waits until every agent of the roster is healthy; their rows in the order of the roster.
fn healthy(host: &Host<'_>, after: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    until(&format!("the fleet to be healthy {after}"), || {
        let seen = ps(host);
        rows = seen["rows"].as_array().cloned().unwrap_or_default();
        rows.sort_by_key(|row| row["agent"].as_str().unwrap_or_default().to_owned());
        let names: Vec<_> = rows.iter().map(|row| row["agent"].as_str()).collect();
        names == [Some("ada"), Some("bea")] && rows.iter().all(|row| row["health"] == "healthy")
    });
    rows
}

/// The lives and processes of rows: the same ones, or not.
fn lives(rows: &[Value]) -> Vec<(Value, Value)> {
    rows.iter().map(|row| (row["session"]["id"].clone(), row["pid"].clone())).collect()
}

fn supervisor(host: &Host<'_>) -> Value {
    ps(host)["supervisor"].clone()
}

#[test]
fn an_enabled_fleet_is_healthy_after_log_out_kill_and_power_loss() {
    if let Some(reason) = bed::missing() {
        return bed::skip(&reason);
    }
    let bed = Bed::make();
    bed.push(Path::new(env!("CARGO_BIN_EXE_mosaic")), "mosaic");
    let host = Host::boot_new(&bed, "fleet");
    host.add_user("ada");
    host.root(&["loginctl", "enable-linger", "ada"]);
    let install = "mkdir -p .local/bin .config/mosaic && cp /opt/mosaic/bin/mosaic .local/bin/ && \
                   printf %s \"$1\" > .config/mosaic/roster.yaml && sync -f .";
    host.user("ada", &["sh", "-euc", install, "sh", ROSTER]);

    // Started by hand in a login session, then moved into the units and logged out.
    let up = format!("{MOSAIC} fleet up && {MOSAIC} fleet enable --now --yes");
    host.session("ada", &["sh", "-euc", &up]);
    let rows = healthy(&host, "after log-out");
    assert_eq!(supervisor(&host)["kept_by"], "systemd");
    for row in &rows {
        assert_eq!(row["unit"]["name"], "mosaic-tmux.service", "{row}");
        assert_eq!(row["unit"]["state"], "active", "{row}");
        assert_eq!(row["boot"]["effective"], true, "{row}");
    }

    let killed = supervisor(&host)["pid"].clone();
    host.kill(&killed.to_string());
    until("the next supervisor", || {
        let next = supervisor(&host)["pid"].clone();
        next.is_u64() && next != killed
    });
    let after_kill = healthy(&host, "after the kill of the supervisor");
    assert_eq!(lives(&after_kill), lives(&rows), "an agent was lost or doubled");

    host.power_cut();
    host.boot();
    let after_loss = healthy(&host, "after the power cut");
    let (old, new) = (lives(&rows), lives(&after_loss));
    assert!(old.iter().zip(&new).all(|(old, new)| old.0 != new.0), "a reboot begins new lives");
}
