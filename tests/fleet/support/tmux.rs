//! A fleet's tmux server, asked as its user might ask it.

use std::process::Command;

use super::Fleet;

/// Runs a command of tmux; what it prints.
#[track_caller]
pub fn tmux(fleet: &Fleet, arguments: &[&str]) -> String {
    let mut command = Command::new("tmux");
    command.args(["-N", "-S"]).arg(fleet.state("tmux.sock")).args(arguments).env_remove("TMUX");
    let output = fleet.finished(&mut command).ended(0);
    output.stdout.trim_end().to_owned()
}

/// The process of the server.
pub fn tmux_server(fleet: &Fleet) -> u32 {
    tmux(fleet, &["display-message", "-p", "#{pid}"]).parse().unwrap()
}

/// The pane of an agent, by tmux's own id.
pub fn pane(fleet: &Fleet, agent: &str) -> String {
    fleet.row(agent)["pane"]["id"].as_str().unwrap().to_owned()
}
