//! The one writer: owns the fleet, journals before it acts, answers every surface.
//!
//! ```text
//! startup: lock, journal ─▶ running: sockets, tasks ─▶ leaving
//!
//! api ─ asks ─▶ dispatcher ─ effects ─▶ hands: tmux, guests, keyboards, …
//!  ▲               ▲   │                              │
//!  │               └───┼────────── reports ◀──────────┘
//!  └─ reads ◀ snapshot ┴─▶ spans, figures
//! ```

mod api;
mod dispatcher;
mod effects;
mod error;
mod figures;
mod guest_socket;
mod guests;
mod handle;
mod hands;
mod heartbeats;
mod keyboards;
mod leaving;
mod lock;
mod readiness;
mod reads;
mod report;
mod reread;
mod running;
mod signals;
mod sockets;
mod spans;
mod starts;
mod startup;
mod strain;
mod tmux;
mod units;

pub use error::SuperviseError;
pub use handle::{Ask, AskError, Caller, Dispatcher, Done, Piece, Snapshot, Trouble};
pub use startup::supervise;
