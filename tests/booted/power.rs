//! The power cut itself: without it, no test of durability would prove anything.

use crate::bed::{self, Bed};
use crate::host::Host;

#[test]
fn a_power_cut_loses_what_was_not_synced_and_nothing_else() {
    if let Some(reason) = bed::missing() {
        return bed::skip(&reason);
    }
    let bed = Bed::make();
    let host = Host::boot_new(&bed, "power");
    host.root(&["sh", "-euc", "echo kept > /srv/kept; sync -f /srv; echo lost > /srv/lost"]);
    assert_eq!(host.read("/srv/lost").as_deref(), Some("lost\n"));
    host.power_cut();
    host.boot();
    assert_eq!(host.read("/srv/kept").as_deref(), Some("kept\n"));
    assert_eq!(host.read("/srv/lost"), None);
}
