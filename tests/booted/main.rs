//! The boot service on a host that systemd really boots: log-out, kill, power loss.

mod bed;
mod bus;
mod fleet;
mod host;
mod units;
