//! `up`, `down`, `enable` and `disable` where systemd keeps the fleet, and where it cannot.

use serde_json::Value;

use crate::bed::{self, Bed, until};
use crate::host::Host;
use crate::tenant::{ALL, AT_BOOT, Tenant, UNITS, lives_of};

/// Every unit in this state.
fn all(state: &str) -> Vec<(String, String)> {
    UNITS.iter().map(|unit| ((*unit).to_owned(), state.to_owned())).collect()
}

#[test]
fn a_fleet_moves_into_its_units_only_when_asked_and_out_again() {
    if let Some(reason) = bed::missing() {
        return bed::skip(&reason);
    }
    let bed = Bed::make();
    let host = Host::boot_new(&bed, "verbs");
    let ada = Tenant::add(&bed, &host);

    ada.session(&["fleet up"]);
    let detached = ada.healthy(&ALL, "after log-out of a detached fleet");
    without_linger_root_is_asked_for(&ada);
    ada.linger();
    moving_asks_first(&ada, &detached);
    enabled_it_stays_outside_while_its_agents_do(&ada, &detached);

    ada.mosaic("fleet enable --now --yes");
    let moved = ada.healthy(&ALL, "in its units");
    assert_eq!(ada.supervisor()["kept_by"], "systemd");
    for row in &detached {
        assert!(!ada.lives(&row["pid"]), "an agent lives beside its next life: {row}");
    }

    down_keeps_agents_when_told(&ada, &moved);
    the_units_sockets_are_found_when_linger_is_gone(&ada, &moved);
    down_is_for_good_until_up_or_boot(&ada);
    disable_undoes_all(&ada);
}

fn without_linger_root_is_asked_for(ada: &Tenant<'_>) {
    let said = ada.fails("fleet enable --now --yes", 5);
    assert!(said.contains("run \"sudo loginctl enable-linger ada\""), "{said}");
    assert!(!ada.has_unit_file("mosaic-tmux.service"), "nothing was changed");
    let row = &ada.rows(&["ada"])[0];
    assert_eq!(row["boot"]["effective"], false, "{row}");
    let missing = row["boot"]["missing"].to_string();
    assert!(missing.contains("sudo loginctl enable-linger ada"), "{missing}");
    assert!(missing.contains("mosaic-tmux.service is not enabled"), "{missing}");
}

fn moving_asks_first(ada: &Tenant<'_>, before: &[Value]) {
    let said = ada.fails("fleet enable --now", 5);
    assert!(said.contains("to leave the login session, the supervisor (pid "), "{said}");
    assert!(said.contains("with every agent in it must restart"), "{said}");
    assert!(said.contains("run it again with --yes"), "{said}");
    assert!(!ada.has_unit_file("mosaic-tmux.service"), "nothing was changed");
    assert_eq!(lives_of(&ada.rows(&ALL)), lives_of(before));
}

fn enabled_it_stays_outside_while_its_agents_do(ada: &Tenant<'_>, before: &[Value]) {
    let said = ada.mosaic("fleet enable");
    assert!(said.contains("until the next boot nothing changes"), "{said}");
    let row = &ada.rows(&["ada"])[0];
    assert_eq!(row["unit"]["state"], "detached", "{row}");
    assert_eq!(row["boot"]["effective"], true, "{row}");

    // A supervisor in the units would not find what lives outside of them.
    let killed = ada.supervisor()["pid"].clone();
    ada.host.kill(&killed.to_string());
    ada.mosaic("fleet up");
    assert_eq!(ada.supervisor()["kept_by"], "detached");
    let rows = ada.healthy(&ALL, "under the next detached supervisor");
    assert_eq!(lives_of(&rows), lives_of(before), "an agent was lost or doubled");
}

fn down_keeps_agents_when_told(ada: &Tenant<'_>, before: &[Value]) {
    ada.mosaic("fleet down --keep-agents --yes");
    let units = ada.units();
    assert_eq!(units[0].1, "inactive", "{units:?}");
    assert_eq!(units[1].1, "inactive", "{units:?}");
    assert_eq!(units[2].1, "active", "{units:?}");
    ada.fails("ps", 3);
    ada.mosaic("fleet up");
    assert_eq!(ada.supervisor()["kept_by"], "systemd");
    let rows = ada.healthy(&ALL, "after the supervisor was away");
    assert_eq!(lives_of(&rows), lives_of(before), "an agent was lost or doubled");
}

/// Sockets of a fleet without units would then lie elsewhere.
fn the_units_sockets_are_found_when_linger_is_gone(ada: &Tenant<'_>, before: &[Value]) {
    let while_logged_in = || {
        ada.host.root(&["loginctl", "disable-linger", "ada"]);
        let killed = ada.supervisor()["pid"].clone();
        ada.host.kill(&killed.to_string());
        until("the next supervisor", || {
            let next = ada.supervisor()["pid"].clone();
            next.is_u64() && next != killed
        });
        let rows = ada.healthy(&ALL, "under a supervisor that began without linger");
        ada.linger();
        rows
    };
    let rows = ada.logged_in(while_logged_in);
    assert_eq!(lives_of(&rows), lives_of(before), "an agent was lost or doubled");
}

fn down_is_for_good_until_up_or_boot(ada: &Tenant<'_>) {
    let rows = ada.rows(&ALL);
    leaves_slowly(ada);
    ada.mosaic("fleet down --yes");
    assert_eq!(ada.units(), all("inactive"), "it is over when the verb is");
    assert!(rows.iter().all(|row| !ada.lives(&row["pid"])), "down means down");
    // Nobody is woken by a knock.
    ada.fails("ps", 3);
    assert_eq!(ada.units(), all("inactive"));

    let said = ada.mosaic("fleet up");
    assert!(said.contains("healthy"), "{said}");
    assert_eq!(ada.units(), all("active"));
    assert_eq!(ada.supervisor()["kept_by"], "systemd");
    ada.healthy(&ALL, "after down and up");

    ada.mosaic("fleet down --yes");
    ada.host.power_cut();
    ada.host.boot();
    ada.healthy(&AT_BOOT, "at the boot after a down");
}

/// Something that an agent left in the unit and that takes its time when it is told to go.
fn leaves_slowly(ada: &Tenant<'_>) {
    let slow = "trap 'trap \"\" TERM; sleep 2; exit' TERM; sleep infinity & wait";
    let start = "echo $$ > \"/sys/fs/cgroup$0/cgroup.procs\"; exec 2>&- >&-; \
                 setpriv --reuid ada --regid ada --init-groups setsid sh -c \"$1\" &";
    ada.host.root(&["sh", "-euc", start, &ada.cgroup("mosaic-tmux.service"), slow]);
}

fn disable_undoes_all(ada: &Tenant<'_>) {
    let rows = ada.rows(&AT_BOOT);
    let said = ada.mosaic("fleet disable");
    assert!(said.contains("run on in their units"), "{said}");
    // The user manager tells it a moment later.
    until("no boot", || ada.rows(&["ada"])[0]["boot"]["effective"] == false);
    assert_eq!(lives_of(&ada.rows(&AT_BOOT)), lives_of(&rows));

    // As the README removes it.
    ada.mosaic("fleet down --yes");
    ada.mosaic("fleet disable");
    for unit in UNITS {
        assert!(!ada.has_unit_file(unit), "{unit}");
        for target in ["default", "sockets"] {
            assert!(!ada.has_unit_file(&format!("{target}.target.wants/{unit}")), "{unit}");
        }
    }
    assert_eq!(ada.units(), []);

    ada.mosaic("fleet up");
    assert_eq!(ada.supervisor()["kept_by"], "detached");
    let row = &ada.healthy(&ALL, "without units again")[0];
    assert_eq!(row["unit"]["state"], "detached", "{row}");
    ada.mosaic("fleet down --yes");
}

#[test]
fn without_a_user_manager_everything_else_works_and_the_cells_say_so() {
    if let Some(reason) = bed::missing() {
        return bed::skip(&reason);
    }
    let bed = Bed::make();
    let host = Host::boot_new(&bed, "alone");
    let ada = Tenant::add(&bed, &host);
    ada.mosaic("fleet up");
    for row in ada.healthy(&ALL, "without a user manager") {
        assert_eq!(row["unit"]["state"], "n/a", "{row}");
        assert_eq!(row["unit"]["name"], Value::Null, "{row}");
        assert_eq!(row["boot"]["effective"], false, "{row}");
    }
    // As where dbus-user-session is missing: root let the user linger, and yet no manager came.
    host.root(&["sh", "-euc", "mkdir -p /var/lib/systemd/linger; : > /var/lib/systemd/linger/ada"]);
    let said = ada.fails("fleet enable --now --yes", 7);
    assert!(said.contains("no user manager runs for ada"), "{said}");
    assert!(said.contains("dbus-user-session"), "{said}");
    // A log-in brings one, and then it is seen.
    let seen = || ada.rows(&["ada"])[0]["unit"]["state"] == "detached";
    ada.logged_in(|| until("the user manager to be seen", seen));
    ada.mosaic("fleet down --yes");
    assert!(ada.supervisor().is_null());
    // Each task of the supervisor hears that it leaves.
    let log = host.read("/home/ada/.local/state/mosaic/supervisor.log").unwrap();
    assert!(!log.contains("it is cut off"), "{log}");
}
