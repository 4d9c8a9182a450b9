//! Unit files, written so that a power cut finds the old or the new one; touches no foreign file.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::EnableError;
use crate::host::systemd::units;
use crate::host::tmux;
use crate::places::{self, Places};
use crate::roster::{self, Source};

/// Where systemd puts the links of our `[Install]` sections, below the unit directory.
const WANTS: [&str; 2] = ["default.target.wants", "sockets.target.wants"];

/// Where logind keeps its file for each user that lingers.
const LINGER: &str = "/var/lib/systemd/linger";

/// Writes what the tmux server reads at its start, in a directory of this user alone.
pub fn write_configuration(path: &Path) -> Result<(), EnableError> {
    let directory = path.parent().unwrap_or(path);
    make_directory(directory, 0o700)?;
    let written = tmux::write_configuration(path);
    written.map_err(|source| EnableError::files("write", path, source))?;
    sync_directory(directory)
}

/// Writes the name of the socket on which the server's unit listens, where the roster has one: the
/// unit may start before a supervisor does. A wrong roster is for `fleet check` to tell.
pub fn write_socket(places: &Places) -> Result<(), EnableError> {
    let Ok(text) = fs::read(places.roster()) else { return Ok(()) };
    let Ok(home) = places::home() else { return Ok(()) };
    let source =
        Source { text: &text, file: "roster.yaml", home: &home, is_directory: &Path::is_dir };
    let Ok(checked) = roster::read(&source) else { return Ok(()) };
    let Some(socket) = checked.roster.tmux.socket else { return Ok(()) };
    let path = places.tmux_environment();
    let written = tmux::write_environment(&path, &socket);
    written.map_err(|source| EnableError::files("write", &path, source))
}

/// Writes the units; tells which of them differ from what was there.
pub fn write_units<'a>(
    directory: &Path,
    texts: &[(&'a str, String)],
) -> Result<Vec<&'a str>, EnableError> {
    make_directory(directory, 0o755)?;
    let mut differing = Vec::new();
    for (unit, text) in texts {
        let path = directory.join(unit);
        let old = read(&path)?;
        if old.as_ref().is_some_and(|old| !units::is_ours(old)) {
            return Err(EnableError::Refused(format!(
                "{} is there and was not written by mosaic; move it away, then run this again",
                path.display()
            )));
        }
        if old.as_ref() != Some(text) {
            differing.push(*unit);
        }
    }
    for (unit, text) in texts {
        write(&directory.join(unit), text)?;
    }
    Ok(differing)
}

/// The units of ours in a directory.
pub fn written_units(directory: &Path) -> Result<Vec<&'static str>, EnableError> {
    let mut written = Vec::new();
    for unit in units::ALL {
        if read(&directory.join(unit))?.is_some_and(|text| units::is_ours(&text)) {
            written.push(unit);
        }
    }
    Ok(written)
}

/// Removes units of ours.
pub fn remove_units(directory: &Path, written: &[&str]) -> Result<(), EnableError> {
    for unit in written {
        let path = directory.join(unit);
        fs::remove_file(&path).map_err(|source| EnableError::files("remove", &path, source))?;
    }
    sync_directory(directory)
}

/// Makes what systemd linked or unlinked durable: it does not sync itself.
pub fn sync_links(directory: &Path) -> Result<(), EnableError> {
    for wants in WANTS {
        let wants = directory.join(wants);
        if wants.is_dir() {
            sync_directory(&wants)?;
        }
    }
    sync_directory(directory)
}

/// Makes the linger of this user durable: logind does not sync it. Where its directory may not
/// be opened, everything is synced.
pub fn sync_linger() {
    let file = Path::new(LINGER).join(places::user_name());
    let synced = File::open(file).and_then(|file| file.sync_all());
    let synced = synced.and_then(|()| File::open(LINGER)?.sync_all());
    if synced.is_err() {
        nix::unistd::sync();
    }
}

/// A file's text; `None` when there is none.
fn read(path: &Path) -> Result<Option<String>, EnableError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EnableError::files("read", path, source)),
    }
}

/// Makes a directory and what it lies in, each durable in the one above.
fn make_directory(path: &Path, mode: u32) -> Result<(), EnableError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_directory(parent, mode)?;
        let made = fs::DirBuilder::new().mode(mode).create(path);
        made.map_err(|source| EnableError::files("make the directory", path, source))?;
        sync_directory(parent)?;
    }
    Ok(())
}

/// Puts a file in place at once, durably: the bytes first, then the name.
fn write(path: &Path, text: &str) -> Result<(), EnableError> {
    let fresh = path.with_extension("new");
    let written = File::options().write(true).create(true).truncate(true).mode(0o644).open(&fresh);
    let written = written.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&fresh, path));
    placed.map_err(|source| EnableError::files("write", path, source))?;
    sync_directory(path.parent().unwrap_or(path))
}

fn sync_directory(path: &Path) -> Result<(), EnableError> {
    let synced = File::open(path).and_then(|directory| directory.sync_all());
    synced.map_err(|source| EnableError::files("sync", path, source))
}
