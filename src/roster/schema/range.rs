//! What values may be: ranges, words and forms. The parser holds values to them, the JSON Schema repeats them.

use std::ops::RangeInclusive;

use crate::fleet::{Approvals, Kind, OnUnresponsive, RestartPolicy, RuntimeKind};

/// Below 100 ms the challenges themselves would be the load; above an hour nothing is watched.
pub const EVERY_MS: RangeInclusive<u64> = 100..=3_600_000;
/// Twice `EVERY_MS` at least, and a day at most.
pub const WITHIN_MS: RangeInclusive<u64> = 200..=86_400_000;
/// Waiting times: none at all, up to an hour.
pub const WAIT_MS: RangeInclusive<u64> = 0..=3_600_000;
/// A longest wait of none would be a busy loop of starts.
pub const LONGEST_WAIT_MS: RangeInclusive<u64> = 100..=86_400_000;
/// One death is enough for who says so; past a thousand nobody waits for the end.
pub const GIVE_UP_AFTER: RangeInclusive<u64> = 1..=1000;
/// Narrower nothing draws; tmux takes no more than a few thousand.
pub const COLUMNS: RangeInclusive<u64> = 20..=500;
/// As for columns.
pub const ROWS: RangeInclusive<u64> = 5..=200;
/// None, up to a million lines: at 120 columns that is some hundreds of megabytes for each pane.
pub const HISTORY: RangeInclusive<u64> = 0..=1_000_000;
/// At least a program with one thread; at most what a kernel counts processes to.
pub const TASKS: RangeInclusive<u64> = 1..=4_194_304;
/// Below a mebibyte no program starts; above 64 TiB there is no host.
pub const MEMORY_BYTES: RangeInclusive<u64> = (1 << 20)..=(64 << 40);
/// Smaller files of output would be made without end; larger ones are slow to look through.
pub const SEGMENT_BYTES: RangeInclusive<u64> = (64 << 10)..=(1 << 30);
/// At least one file of output; at most what a host keeps for one agent.
pub const KEEP_BYTES: RangeInclusive<u64> = (64 << 10)..=(1 << 40);
/// A hundredth of a core, up to 1024 cores, in percent of one.
pub const CPU_PERCENT: RangeInclusive<u32> = 1..=102_400;

/// The runtimes that are built in.
pub const RUNTIMES: [(&str, RuntimeKind); 3] = [
    ("stub", RuntimeKind::Stub),
    ("claude", RuntimeKind::Claude),
    ("command", RuntimeKind::Command),
];
/// `lifecycle`.
pub const LIFECYCLES: [(&str, Kind); 2] = [("core", Kind::Core), ("ephemeral", Kind::Ephemeral)];
/// `approvals`.
pub const APPROVALS: [(&str, Approvals); 1] = [("runtime", Approvals::Runtime)];
/// `heartbeat.on_unresponsive`.
pub const DEEDS: [(&str, OnUnresponsive); 3] = [
    ("notify", OnUnresponsive::Notify),
    ("restart", OnUnresponsive::Restart),
    ("hold", OnUnresponsive::Hold),
];
/// `restart.policy`.
pub const POLICIES: [(&str, RestartPolicy); 3] = [
    ("always", RestartPolicy::Always),
    ("on-failure", RestartPolicy::OnFailure),
    ("never", RestartPolicy::Never),
];
/// `stop.signal`.
pub const SIGNALS: [(&str, &str); 6] = [
    ("TERM", "TERM"),
    ("INT", "INT"),
    ("HUP", "HUP"),
    ("QUIT", "QUIT"),
    ("USR1", "USR1"),
    ("USR2", "USR2"),
];

/// The longest value of a label, in characters: it has to fit into a cell and an address.
pub const LABEL_VALUE_MAX: usize = 63;
/// The longest key of a label, in characters.
pub const LABEL_KEY_MAX: usize = 63;
/// The longest name of a socket: the whole path has to fit into 107 bytes.
pub const SOCKET_NAME_MAX: usize = 32;
/// The names of the supervisor's own sockets, which lie beside that of tmux.
pub const SOCKETS_TAKEN: [&str; 2] = ["control.sock", "guest.sock"];

/// The words of a table.
pub const fn words<T: Copy, const N: usize>(table: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut at = 0;
    while at < N {
        words[at] = table[at].0;
        at += 1;
    }
    words
}
