//! The sockets of the supervisor, systemd's or its own, and the links by which they are found.

use std::io;
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use super::error::SuperviseError;
use crate::host::systemd::notify;
use crate::places::{self, Places};

/// Where they lie: in our unit where the units say, even when nobody lingers any more; else where
/// no log-out takes them away.
pub fn directory(places: &Places) -> PathBuf {
    match places::runtime_directory() {
        Some(directory) if notify::kept_by_systemd() => directory.join("mosaic"),
        _ => places.sockets(),
    }
}

/// A socket: systemd's, when it kept or made one of this name, else our own.
pub fn listener(
    given: &mut Vec<(String, StdListener)>,
    name: &str,
    places: &Places,
    link: &Path,
) -> Result<UnixListener, SuperviseError> {
    let at = directory(places).join(format!("{name}.sock"));
    match given.iter().position(|(known, _)| known == name) {
        Some(place) => {
            let (_, listener) = given.swap_remove(place);
            point(link, &at).map_err(|error| placed(link, &error))?;
            adopt(listener).map_err(|error| placed(&at, &error))
        }
        None => bind(&at, link),
    }
}

/// Binds a socket, in the place of whatever a former supervisor left there, and links to it.
fn bind(at: &Path, link: &Path) -> Result<UnixListener, SuperviseError> {
    // We hold the lock: whoever bound it before is gone.
    drop(std::fs::remove_file(at));
    let listener = StdListener::bind(at).and_then(adopt).map_err(|error| placed(at, &error))?;
    point(link, at).map_err(|error| placed(link, &error))?;
    Ok(listener)
}

fn adopt(listener: StdListener) -> io::Result<UnixListener> {
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

fn placed(at: &Path, error: &io::Error) -> SuperviseError {
    SuperviseError::Place(format!(
        "listen on {}: {error}; is the path short enough (107 bytes), the disk full?",
        at.display()
    ))
}

/// Makes `link` a symbolic link to `target`, in one step.
pub fn point(link: &Path, target: &Path) -> io::Result<()> {
    if std::fs::read_link(link).is_ok_and(|there| there == target) {
        return Ok(());
    }
    let draft = link.with_extension(format!("new.{}", std::process::id()));
    drop(std::fs::remove_file(&draft));
    std::os::unix::fs::symlink(target, &draft)?;
    std::fs::rename(&draft, link)
}
