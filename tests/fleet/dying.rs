//! A supervisor that is about to be gone: it takes a connection, and no answer comes.

use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixListener;

use crate::support::{Fleet, Roster, need};

#[test]
fn up_starts_a_supervisor_where_the_last_one_dies_under_its_question() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada"));
    std::fs::DirBuilder::new().mode(0o700).create(fleet.state("")).unwrap();
    let dying = UnixListener::bind(fleet.state("control.sock")).unwrap();
    let dies = std::thread::spawn(move || {
        let (mut question, _) = dying.accept().unwrap();
        question.read(&mut [0; 1024]).unwrap()
    });
    let output = fleet.mosaic(&["fleet", "up"]).ended(0);
    assert!(dies.join().unwrap() > 0, "it was asked");
    assert!(output.stderr.contains("started"), "{output:?}");
    fleet.health("ada", "healthy");
}
