//! The roster that `mosaic fleet init` writes: two stub agents, and a word on each thing to change.

use std::path::Path;

use super::mistake::printable;

/// A roster for this user that is right as it stands.
pub fn example(home: &Path, user: &str) -> String {
    let (home, user) = (printable(&home.to_string_lossy()), printable(user));
    format!(
        "\
# The agents that should run for {user} on this host.
# `mosaic fleet check` reads this file and names every mistake;
# `mosaic fleet up` starts what is new in it.
version: 1

# What every agent has that does not say otherwise.
defaults:
  workspace: ~/               # where it works; here {home}
  heartbeat:
    every: 5s                 # how often it is asked whether it lives
    healthy_within: 15s       # how long an answer counts

agents:
  # `stub` is mosaic's own small runtime: it needs nothing installed.
  - name: ada
    role: the first of two agents to try things with
    runtime: stub
  - name: bob
    role: the other one
    runtime: stub

  # What several share can stand in `roles:` and `runtimes:` above; `mosaic fleet schema` prints
  # every key for an editor.

  # A real one, once `claude` is installed:
  # - name: eve
  #   runtime: claude
  #   workspace: ~/project
  #   env:
  #     ANTHROPIC_API_KEY: {{from_file: ~/.config/anthropic.key}}
"
    )
}
