//! The limit of open files.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::host::process::raise_file_limit;

#[test]
fn the_soft_limit_of_files_becomes_the_hard_one() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard - 1, hard).unwrap();
    assert_eq!(raise_file_limit(), Some(hard - 1));
    assert_eq!(getrlimit(Resource::RLIMIT_NOFILE).unwrap(), (hard, hard));
}
