//! The keys of the file, of an agent and of what it starts from: what each holds, what it is for,
//! what holds without it.

use super::Without::{Required, Said, Value};
use super::plans::{HEARTBEAT, LIMITS, OUTPUT, RESTART, SIZE, STOP};
use super::range::*;
use super::{Holds, Key, Section, key};

/// The file.
pub const TOP: Section = Section {
    name: "roster",
    about: "What should run on this host for this user: mosaic's roster, version 1.",
    keys: &[
        key("version", Holds::Version, Required, "The version of this format."),
        key(
            "tenant",
            Holds::Label,
            Said,
            "The label of the user in `agent@host/tenant`; the user's name without it.",
        ),
        key(
            "host",
            Holds::Label,
            Said,
            "The label of the machine in `agent@host/tenant`; its hostname without it.",
        ),
        key("tmux", Holds::Section(&TMUX), Said, "The tmux server that holds the agents."),
        key(
            "defaults",
            Holds::Section(&DEFAULTS),
            Said,
            "What every agent has that does not say otherwise.",
        ),
        key(
            "roles",
            Holds::Roles,
            Said,
            "What an agent of each role starts from; with it, `role` is one of these names.",
        ),
        key(
            "runtimes",
            Holds::Runtimes,
            Said,
            "What an agent with each runtime starts from; a name that is not built in is a runtime of your own.",
        ),
        key("agents", Holds::Agents, Required, "The agents, in the order in which they are shown."),
    ],
};

/// `tmux`.
pub const TMUX: Section = Section {
    name: "tmux",
    about: "The tmux server that holds the agents.",
    keys: &[
        key(
            "socket",
            Holds::Socket,
            Value("\"tmux.sock\""),
            "The name of its socket among mosaic's others; a server that lives keeps the name that it has.",
        ),
        key(
            "history",
            Holds::Whole(HISTORY),
            Value("2000"),
            "Lines that each pane keeps above its screen; a pane that is there keeps its own.",
        ),
    ],
};

const RUNTIME_KEY: Key = key(
    "runtime",
    Holds::Runtime,
    Said,
    "The program inside: `stub`, `claude`, `command`, or a name of `runtimes`; required, here or in the role or in `defaults`.",
);
const WORKSPACE: Key = key(
    "workspace",
    Holds::Directory,
    Said,
    "The directory in which it works; it must exist; required, here or in the role or in `defaults`.",
);
const COMMAND: Key = key(
    "command",
    Holds::Program,
    Said,
    "One program: a name on the `PATH`, an absolute path, or one that begins with `~/`; no shell reads it. The runtime's own without it; required for `command`.",
);
const ARGS: Key = key(
    "args",
    Holds::Texts,
    Value("[]"),
    "The arguments of the program; the nearest list counts, lists are not joined.",
);
const ENV: Key = key(
    "env",
    Holds::Environment,
    Value("{}"),
    "Variables: text, or `{from_file: PATH}`, which is read at each start and never journaled; merged key by key.",
);
const BOOT: Key = key("boot", Holds::Boolean, Value("true"), "Whether it comes up with the host.");
const LIFECYCLE: Key = key(
    "lifecycle",
    Holds::Words(&words(&LIFECYCLES)),
    Value("\"core\""),
    "`core`: always on; `ephemeral`: its end is its result.",
);
const HEARTBEAT_KEY: Key = key(
    "heartbeat",
    Holds::Section(&HEARTBEAT),
    Said,
    "When it is asked whether it lives, and how long an answer counts.",
);
const RESTART_KEY: Key =
    key("restart", Holds::Section(&RESTART), Said, "What follows an exit that nobody asked for.");
const STOP_KEY: Key = key("stop", Holds::Section(&STOP), Said, "How it is stopped.");
const SIZE_KEY: Key = key("size", Holds::Section(&SIZE), Said, "The size of its terminal.");
const APPROVALS_KEY: Key = key(
    "approvals",
    Holds::Words(&words(&APPROVALS)),
    Value("\"runtime\""),
    "`runtime`: the runtime asks in its own dialogs.",
);
const LIMITS_KEY: Key = key(
    "limits",
    Holds::Section(&LIMITS),
    Said,
    "What it may use of the host; checked and shown, not enforced yet; no limit without it.",
);
const OUTPUT_KEY: Key = key(
    "output",
    Holds::Section(&OUTPUT),
    Said,
    "How its output is kept, for `mosaic agent tail`.",
);
const LABELS: Key = key(
    "labels",
    Holds::Labels,
    Value("{}"),
    "Your own words for it, to choose by; merged key by key.",
);
const DESCRIPTION: Key = key("description", Holds::Line, Said, "What it is for, for people.");

/// What every agent has that does not say otherwise: an agent's keys without those that only
/// make sense for one.
pub const DEFAULTS: Section = Section {
    name: "defaults",
    about: "What every agent has that does not say otherwise.",
    keys: &[
        RUNTIME_KEY,
        WORKSPACE,
        ENV,
        BOOT,
        LIFECYCLE,
        HEARTBEAT_KEY,
        RESTART_KEY,
        STOP_KEY,
        SIZE_KEY,
        APPROVALS_KEY,
        LIMITS_KEY,
        OUTPUT_KEY,
        LABELS,
    ],
};

/// One of `roles`.
pub const ROLE: Section = Section {
    name: "role",
    about: "What an agent of this role starts from.",
    keys: &[
        DESCRIPTION,
        RUNTIME_KEY,
        WORKSPACE,
        ENV,
        BOOT,
        LIFECYCLE,
        HEARTBEAT_KEY,
        RESTART_KEY,
        STOP_KEY,
        SIZE_KEY,
        APPROVALS_KEY,
        LIMITS_KEY,
        OUTPUT_KEY,
        LABELS,
    ],
};

/// One of `runtimes` that is built in.
pub const BUILT_IN: Section = Section {
    name: "built_in_runtime",
    about: "What an agent with this built-in runtime starts from.",
    keys: &[
        DESCRIPTION,
        COMMAND,
        ARGS,
        ENV,
        HEARTBEAT_KEY,
        RESTART_KEY,
        STOP_KEY,
        SIZE_KEY,
        APPROVALS_KEY,
        LIMITS_KEY,
        OUTPUT_KEY,
        LABELS,
    ],
};

/// One of `runtimes` that is the user's own.
pub const OWN_RUNTIME: Section = Section {
    name: "runtime",
    about: "A runtime of your own, and what an agent with it starts from.",
    keys: &[
        key(
            "extends",
            Holds::Words(&words(&RUNTIMES)),
            Value("\"command\""),
            "The built-in runtime that it behaves as.",
        ),
        DESCRIPTION,
        COMMAND,
        ARGS,
        ENV,
        HEARTBEAT_KEY,
        RESTART_KEY,
        STOP_KEY,
        SIZE_KEY,
        APPROVALS_KEY,
        LIMITS_KEY,
        OUTPUT_KEY,
        LABELS,
    ],
};

/// One agent.
pub const AGENT: Section = Section {
    name: "agent",
    about: "One agent: a name and how to run it.",
    keys: &[
        key(
            "name",
            Holds::Name,
            Required,
            "Its name, of which there is only one: 2 to 32 of `a-z`, `0-9` and `-`, a letter first.",
        ),
        key(
            "role",
            Holds::Role,
            Said,
            "What it is for: a line of text; with `roles`, one of their names.",
        ),
        RUNTIME_KEY,
        WORKSPACE,
        COMMAND,
        ARGS,
        ENV,
        BOOT,
        LIFECYCLE,
        HEARTBEAT_KEY,
        RESTART_KEY,
        STOP_KEY,
        SIZE_KEY,
        APPROVALS_KEY,
        LIMITS_KEY,
        OUTPUT_KEY,
        LABELS,
    ],
};
