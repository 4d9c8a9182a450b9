//! Which machine and which boot this is; it never makes up what the machine does not say.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The kernel's id of this boot: monotonic times of two boots cannot be compared.
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| "unknown".to_owned(), |id| id.trim().to_owned())
}

/// The machine's own id: 32 hexadecimal digits; on a machine that has none,
/// `hostname-` and a digest of its name, so that nobody takes it for more than it is.
pub fn machine_id() -> String {
    let files = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
    let id = files.iter().find_map(|file| valid_id(&std::fs::read_to_string(file).ok()?));
    id.unwrap_or_else(|| id_of_name(&host_name()))
}

/// What this machine is called.
pub fn host_name() -> String {
    nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

/// A machine that was never booted has an empty file, or the word `uninitialized` in it.
fn valid_id(text: &str) -> Option<String> {
    let id = text.trim();
    let formed = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    formed.then(|| id.to_ascii_lowercase())
}

fn id_of_name(name: &str) -> String {
    let digest = Sha256::digest(format!("mosaic host {name}"));
    digest[..16].iter().fold("hostname-".to_owned(), |mut id, byte| {
        // Writing to a text cannot fail.
        write!(id, "{byte:02x}").ok();
        id
    })
}

#[cfg(test)]
mod tests {
    use super::{boot_id, host_name, id_of_name, machine_id, valid_id};

    #[test]
    fn an_id_that_is_none_is_not_taken_for_one() {
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(valid_id(&format!("{id}\n")).as_deref(), Some(id));
        for none in ["", "\n", "uninitialized\n", "0123", &"g".repeat(32)] {
            assert_eq!(valid_id(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_machine_without_an_id_has_one_that_says_so_and_stays() {
        assert_eq!(id_of_name("mill"), id_of_name("mill"));
        assert_ne!(id_of_name("mill"), id_of_name("forge"));
        assert!(id_of_name("mill").starts_with("hostname-"));
        assert_eq!(id_of_name("mill").len(), "hostname-".len() + 32);
    }

    #[test]
    fn this_machine_is_the_same_each_time() {
        assert_eq!(boot_id().len(), 36, "{}", boot_id());
        assert_eq!((boot_id(), machine_id()), (boot_id(), machine_id()));
        let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        assert_eq!(host_name(), kernel.trim());
    }
}
