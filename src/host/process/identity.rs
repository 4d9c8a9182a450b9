//! Which host and which boot this is.

use std::fmt::Write as _;
use std::fs;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use sha2::{Digest as _, Sha256};

/// The kernel's id of this boot; empty when it does not say.
pub fn boot_id() -> String {
    first_line("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

/// The id of this host, 32 hexadecimal digits: its machine-id, else a hash of its name.
pub fn machine_id() -> String {
    first_line("/etc/machine-id")
        .or_else(|| first_line("/var/lib/dbus/machine-id"))
        .filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .unwrap_or_else(|| {
            let digest = Sha256::digest(format!("mosaic host {}", host_name()).as_bytes());
            digest[..16].iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        })
}

/// What this host calls itself, without its domain.
pub fn host_name() -> String {
    let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    let name = name.unwrap_or_default();
    match name.split('.').next() {
        Some(short) if !short.is_empty() => short.to_owned(),
        _ => "localhost".to_owned(),
    }
}

/// Lets this process open as many files as it may: each agent takes a handful.
pub fn raise_file_limit() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // With less, the fleet is smaller, and the error says so when it comes.
        drop(setrlimit(Resource::RLIMIT_NOFILE, most, most));
    }
}

fn first_line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}
