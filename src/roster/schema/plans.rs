//! The keys of the mappings that stand below an agent and below all that it starts from.

use super::Without::{Required, Said, Value};
use super::range::*;
use super::{Holds, Section, key};

/// `heartbeat`.
pub const HEARTBEAT: Section = Section {
    name: "heartbeat",
    about: "When an agent is asked whether it lives, and how long an answer counts.",
    keys: &[
        key("every", Holds::Duration(EVERY_MS), Value("\"5s\""), "How often it is asked."),
        key(
            "healthy_within",
            Holds::Duration(WITHIN_MS),
            Value("\"15s\""),
            "How long an answer counts; at least twice `every`.",
        ),
        key(
            "grace",
            Holds::Duration(WAIT_MS),
            Value("\"30s\""),
            "For how long after a start no answer is no news; `1m` for claude.",
        ),
        key(
            "on_unresponsive",
            Holds::Words(&words(&DEEDS)),
            Value("\"notify\""),
            "What happens when it answers nothing any more, and a second look agrees.",
        ),
    ],
};

/// `restart`.
pub const RESTART: Section = Section {
    name: "restart",
    about: "What follows an exit that nobody asked for.",
    keys: &[
        key(
            "policy",
            Holds::Words(&words(&POLICIES)),
            Value("\"always\""),
            "Whether it is started again; `never` for `ephemeral` without it.",
        ),
        key(
            "backoff",
            Holds::Section(&BACKOFF),
            Said,
            "The pauses between starts, which double from `initial` to `max`.",
        ),
        key(
            "give_up_after",
            Holds::Whole(GIVE_UP_AFTER),
            Value("5"),
            "So many quick deaths in a row, and it is held.",
        ),
    ],
};

/// `restart.backoff`.
pub const BACKOFF: Section = Section {
    name: "backoff",
    about: "The pauses between starts.",
    keys: &[
        key(
            "initial",
            Holds::Duration(WAIT_MS),
            Value("\"1s\""),
            "The first pause; `0s` starts again at once.",
        ),
        key(
            "max",
            Holds::Duration(LONGEST_WAIT_MS),
            Value("\"1m\""),
            "The longest pause; not shorter than `initial`.",
        ),
        key(
            "jitter",
            Holds::Share,
            Value("\"10%\""),
            "By how much of itself each pause may be longer, so that many do not start together.",
        ),
    ],
};

/// `stop`.
pub const STOP: Section = Section {
    name: "stop",
    about: "How an agent is stopped.",
    keys: &[
        key(
            "signal",
            Holds::Words(&words(&SIGNALS)),
            Value("\"TERM\""),
            "The signal that asks it to leave.",
        ),
        key("grace", Holds::Duration(WAIT_MS), Value("\"10s\""), "What it gets before SIGKILL."),
    ],
};

/// `size`.
pub const SIZE: Section = Section {
    name: "size",
    about: "The size of an agent's terminal.",
    keys: &[
        key("columns", Holds::Whole(COLUMNS), Value("120"), "Its columns."),
        key("rows", Holds::Whole(ROWS), Value("40"), "Its rows."),
    ],
};

/// `limits`.
pub const LIMITS: Section = Section {
    name: "limits",
    about: "What an agent may use of the host; checked and shown, not enforced yet.",
    keys: &[
        key(
            "memory",
            Holds::Memory(MEMORY_BYTES),
            Said,
            "Memory of all its processes: a whole number and one of KiB, MiB, GiB, TiB; no limit without it.",
        ),
        key("tasks", Holds::Whole(TASKS), Said, "Processes and threads; no limit without it."),
        key(
            "cpu",
            Holds::Cpu,
            Said,
            "Processor time: percent of one core like `50%`, or cores like `1.5`; no limit without it.",
        ),
    ],
};

/// `output`.
pub const OUTPUT: Section = Section {
    name: "output",
    about: "How an agent's output is kept, for `mosaic agent tail`.",
    keys: &[
        key("record", Holds::Boolean, Value("true"), "Whether it is kept."),
        key(
            "segment",
            Holds::Memory(SEGMENT_BYTES),
            Value("\"4MiB\""),
            "How long a file of it becomes: a whole number and one of KiB, MiB, GiB, TiB.",
        ),
        key(
            "keep",
            Holds::Memory(KEEP_BYTES),
            Value("\"32MiB\""),
            "The oldest files go when all together are longer than this; at least twice `segment`.",
        ),
    ],
};

/// An environment value that is not text.
pub const FROM_FILE: Section = Section {
    name: "from_file",
    about: "A variable whose value is a file, read at each start and never journaled.",
    keys: &[key("from_file", Holds::File, Required, "The path of the file.")],
};
