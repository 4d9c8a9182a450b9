//! From the fleet, its probes and what the host shows to the rows that every surface draws.

mod row;

pub use row::{
    ActivityCell, BootCell, DriftCell, Evidence, HeartbeatCell, PaneCell, ProcessCell, Row,
    SessionCell, UnitCell,
};
