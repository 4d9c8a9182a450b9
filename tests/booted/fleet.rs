//! The whole program on a booted host: a fleet of stubs that is healthy again after each blow.

use std::os::unix::fs::MetadataExt as _;

use serde_json::Value;

use crate::bed::{self, Bed, until};
use crate::host::Host;
use crate::tenant::{ALL, AT_BOOT, Tenant, lives_of};

#[test]
fn an_enabled_fleet_is_healthy_after_log_out_kill_and_power_loss() {
    if let Some(reason) = bed::missing() {
        return bed::skip(&reason);
    }
    let bed = Bed::make();
    let host = Host::boot_new(&bed, "fleet");
    let ada = Tenant::add(&bed, &host);
    ada.linger();

    // Started by hand in a login session, then moved into the units and logged out.
    ada.session(&["fleet up", "fleet enable --now --yes"]);
    let rows = ada.healthy(&ALL, "after log-out");
    assert_eq!(ada.supervisor()["kept_by"], "systemd");
    for (row, wanted) in rows.iter().zip([true, true, false]) {
        assert_eq!(row["unit"]["name"], "mosaic-tmux.service", "{row}");
        assert_eq!(row["unit"]["state"], "active", "{row}");
        assert_eq!(row["boot"]["wanted"], wanted, "{row}");
        assert_eq!(row["boot"]["effective"], wanted, "{row}");
        nothing_of_the_unit_reaches_the_agent(&ada, &row["pid"]);
    }
    the_tmux_server_has_our_configuration(&ada);

    let guests = inode(&ada, "guest.sock");
    let killed = ada.supervisor()["pid"].clone();
    host.kill(&killed.to_string());
    until("the next supervisor", || {
        let next = ada.supervisor()["pid"].clone();
        next.is_u64() && next != killed
    });
    let after_kill = ada.healthy(&ALL, "after the kill of the supervisor");
    assert_eq!(lives_of(&after_kill), lives_of(&rows), "an agent was lost or doubled");
    assert_eq!(inode(&ada, "guest.sock"), guests, "a guest could have been refused meanwhile");

    host.power_cut();
    host.boot();
    let after_loss = ada.healthy(&AT_BOOT, "after the power cut");
    assert_eq!(ada.supervisor()["kept_by"], "systemd");
    let (old, new) = (lives_of(&rows), lives_of(&after_loss));
    assert!(old.iter().zip(&new).all(|(old, new)| old.0 != new.0), "a reboot begins new lives");
    let cid = &ada.rows(&["cid"])[0];
    assert_eq!(cid["pid"], Value::Null, "boot: false stays down: {cid}");
}

/// An agent lives in the tmux unit and has none of what only the unit's own programs need.
fn nothing_of_the_unit_reaches_the_agent(ada: &Tenant<'_>, pid: &Value) {
    let place = ada.place(pid);
    assert!(place.ends_with("/mosaic.slice/mosaic-tmux.service"), "{place}");
    let environment = ada.host.read(&format!("/proc/{pid}/environ")).unwrap();
    assert!(environment.contains("\0MOSAIC_AGENT="), "{environment:?}");
    for foreign in ["DBUS_SESSION_BUS_ADDRESS=", "INVOCATION_ID=", "NOTIFY_SOCKET=", "LISTEN_"] {
        assert!(!environment.contains(foreign), "{foreign}: {environment:?}");
    }
    let status = ada.host.read(&format!("/proc/{pid}/status")).unwrap();
    assert!(status.contains("NoNewPrivs:\t0"), "hardening of the supervisor reached an agent");
}

/// A server without it would end with its last pane, and lose what an agent said last.
fn the_tmux_server_has_our_configuration(ada: &Tenant<'_>) {
    let socket = ada.socket_inside("agents.sock");
    for (scope, option, value) in [("-sv", "exit-empty", "off"), ("-gwv", "remain-on-exit", "on")] {
        let words = ["tmux", "-N", "-S", &socket, "show-options", scope, option];
        assert_eq!(ada.host.user("ada", &words).trim(), value, "{option}");
    }
}

fn inode(ada: &Tenant<'_>, socket: &str) -> u64 {
    std::fs::metadata(ada.socket(socket)).unwrap().ino()
}
