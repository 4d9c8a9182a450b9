//! The unit tests of the systemd hand that need a user manager, each on a booted host.

use crate::bed::{self, Bed};
use crate::host::{Host, unit_tests};

#[test]
fn the_user_manager_is_asked_and_listened_to() {
    if let Some(reason) = bed::missing() {
        return bed::skip(&reason);
    }
    let bed = Bed::make();
    bed.push(&unit_tests(), "unit-tests");
    let host = Host::boot_new(&bed, "bus");
    host.add_user("bob");
    host.inside("bob", "host::systemd::inside::without_a_user_manager_there_is_none", "");

    host.add_user("ada");
    host.root(&["loginctl", "enable-linger", "ada"]);
    host.root(&["sh", "-c", "systemctl start user@$(id -u ada).service"]);
    for test in [
        "a_job_is_waited_for_to_its_end",
        "many_jobs_at_once_do_not_block_one_another",
        "a_change_of_our_units_is_hinted_at_and_a_lost_bus_is_told",
    ] {
        host.inside("ada", &format!("host::systemd::inside::{test}"), "");
    }
}
