//! Processes, locks, private directories and what the kernel says of this host.

mod directory;
mod identity;
mod lock;
mod marked;
mod pidfd;
mod table;

pub use directory::{DirectoryError, private_directory};
pub use identity::{boot_id, host_name, machine_id, raise_file_limit};
pub use lock::{Holder, Lock, LockError, holder};
pub use marked::{end_marked, marked};
pub use pidfd::PidFd;
pub use table::{Table, Usage, started};
