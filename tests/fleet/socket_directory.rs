//! The directory of the sockets: another's, or a link, is refused by whoever would serve in it.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use crate::support::{Fleet, Roster, need};

/// Refused by the supervisor itself and by the verb that starts one; what is there stays as it is.
fn refused(fleet: &Fleet, code: i32, says: &str, real: &Path) {
    std::fs::set_permissions(real, std::fs::Permissions::from_mode(0o755)).unwrap();
    for verb in [&["supervise"][..], &["fleet", "up"]] {
        let said = fleet.mosaic(verb).ended(code).stderr;
        assert!(said.contains("state/run ") && said.contains(says), "{verb:?}: {said}");
        assert!(said.contains("\nnext: "), "{verb:?}: {said}");
    }
    assert_eq!(std::fs::read_dir(real).unwrap().count(), 0, "something serves in it");
    let mode = std::fs::metadata(real).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o755, "what is another's is not ours to change");
    fleet.mosaic(&["ps"]).ended(3);
}

#[test]
fn sockets_are_served_in_no_directory_of_another_and_behind_no_link() {
    if !need("tmux") || !need("root") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada"));
    let run = fleet.state("run");
    std::fs::create_dir_all(&run).unwrap();
    chown(&run, Some(12_345), None).unwrap();
    refused(&fleet, 8, "belongs to uid 12345, not to you (uid 0)", &run);

    std::fs::remove_dir(&run).unwrap();
    let elsewhere = fleet.home().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, &run).unwrap();
    refused(&fleet, 1, "is a symbolic link; remove it", &elsewhere);

    std::fs::remove_file(&run).unwrap();
    fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!(std::fs::metadata(&run).unwrap().permissions().mode() & 0o777, 0o700);
}
