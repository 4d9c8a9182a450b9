//! The process hand: what the kernel says of processes; it starts nothing.

mod identity;
mod inherited;
mod limit;
mod lock;
mod marked;
mod pidfd;
mod stat;
mod table;
mod trees;

#[cfg(test)]
mod tests;

pub use identity::{boot_id, host_name, machine_id};
pub use inherited::close_inherited_files;
pub use limit::{file_limit, raise_file_limit};
pub use lock::{Holder, KeptBy, Lock, LockError, holder};
pub use marked::end_marked;
pub use pidfd::PidFd;
pub use stat::{arguments, is_stopped, lives, parent, started};
pub use table::{Table, Usage};
pub use trees::Trees;
