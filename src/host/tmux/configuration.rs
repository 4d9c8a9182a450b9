//! The configuration of our tmux server and of its unit; no user's configuration is ever read.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Deliberately absent: `set -g window-size manual` crashes every tmux before 3.7 at the next
/// `new-session`. It is set on each window instead, right after the window was made.
const TEXT: &str = "\
# Written by mosaic; changes are lost.

# The server stays, with or without sessions and clients.
set -s exit-empty off
set -s exit-unattached off
set -g destroy-unattached off
set -g detach-on-destroy on
set -wg remain-on-exit on
set -wg remain-on-exit-format ''

# What agents write reaches no human's clipboard, title or bell.
set -s set-clipboard off
set -s copy-command ''
set -wg allow-passthrough off
set -wg allow-rename off
set -wg automatic-rename off
set -g set-titles off
set -wg monitor-activity off
set -g bell-action none
set -g activity-action none

# Memory: history is by far the most of it, and every pane says its own.
set -g history-limit 1000
set -s buffer-limit 20
set -s message-limit 100

# A pane gets nothing from the environment of whoever makes it.
set -g update-environment ''
set -g default-command ''
set -g default-shell /bin/sh
set -g default-terminal tmux-256color
set -g default-size 120x40
set -s escape-time 10
set -g mouse off
set -g status off
set -g status-keys emacs
set -wg mode-keys emacs

# Whoever attaches can type, look back and detach; no key leads out of the agent's session,
# runs a command or ends anything.
unbind-key -a -T root
unbind-key -a -T prefix
set -g prefix C-b
set -g prefix2 None
# Keys that a slow line brings in one piece are no paste: the way out always works.
set -g assume-paste-time 0
bind-key -T prefix C-b send-prefix
bind-key -T prefix d detach-client
bind-key -T prefix [ copy-mode
";

/// Writes the configuration file when it is not there or differs; never leaves half a file.
pub fn write_configuration(path: &Path) -> io::Result<()> {
    write(path, TEXT)
}

/// Writes what the server's unit reads: the name of the socket on which its next server listens.
pub fn write_environment(path: &Path, socket: &str) -> io::Result<()> {
    write(path, &format!("# Written by mosaic; changes are lost.\nMOSAIC_TMUX_SOCKET={socket}\n"))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    match fs::read(path) {
        Ok(present) if present == text.as_bytes() => return Ok(()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(_) | Err(_) => {}
    }
    // The process id keeps two writers apart; each renames a whole file into place.
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let fresh = Path::new(&name);
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(fresh)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()?;
    fs::rename(fresh, path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    use super::{TEXT, write_configuration};

    #[test]
    fn the_file_is_written_once_and_mended_when_it_differs() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tmux.conf");
        write_configuration(&path).unwrap();
        let first = fs::metadata(&path).unwrap().ino();
        write_configuration(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().ino(), first, "written again without need");
        fs::write(&path, "set -g mouse on").unwrap();
        write_configuration(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), TEXT);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "a half file is left");
    }
}
