//! The boot service on a host that systemd really boots: log-out, kill, power loss.

#![expect(clippy::unwrap_used, reason = "a step that fails ends the test, and says where")]

mod bed;
mod bus;
mod fleet;
mod host;
mod newer;
mod power;
mod tenant;
mod units;
mod verbs;
