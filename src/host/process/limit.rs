//! How many files this process may have open; it never asks for more than it may have.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard one: a fleet has several descriptors for each
/// agent, and the usual 1024 end at some two hundred. Children inherit it; the soft limit as it was
/// is what they are to have instead.
pub fn raise_file_limit() -> Option<u64> {
    let resource = Resource::RLIMIT_NOFILE;
    let (soft, hard) = getrlimit(resource).ok()?;
    if soft < hard
        && let Err(error) = setrlimit(resource, hard, hard)
    {
        tracing::warn!(%error, soft, hard, "cannot raise the limit of open files");
    }
    Some(soft)
}
