//! Who may ask: another uid, really, over the real socket.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Fleet, Roster, need};

/// The uid of nobody, on every Linux.
const NOBODY: &str = "65534";

/// Not whatever else PATH has first: that may lie where nobody may look.
const PYTHON: &str = "/usr/bin/python3";

/// Asks the socket named first for each route behind it, and prints a reply a line.
const ASKER: &str = r#"
import socket, sys
for asked in sys.argv[2:]:
    line = socket.socket(socket.AF_UNIX)
    line.connect(sys.argv[1])
    line.sendall((asked + " HTTP/1.1\r\nhost: m\r\nconnection: close\r\n\r\n").encode())
    said = b""
    while more := line.recv(65536):
        said += more
    print(said.split(b" ")[1].decode(), said.split(b"\r\n\r\n")[1].decode())
"#;

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn another_uid_does_not_reach_the_socket_and_is_kept_out_where_it_does() {
    if !need("tmux") || !need("root") || !need("setpriv") || !need(PYTHON) {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let socket = fleet.state("control.sock").canonicalize().unwrap();
    let ask = |uid: &str| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", uid, "--regid", uid, "--clear-groups", PYTHON, "-c", ASKER]);
        command.arg(&socket);
        command.args(["GET /v1/ps", "GET /v1/events", "POST /v1/supervisor/stop", "GET /no"]);
        command.output().unwrap()
    };
    let kept_out = ask(NOBODY);
    assert!(!kept_out.status.success());
    let said = String::from_utf8(kept_out.stderr).unwrap();
    assert!(said.contains("PermissionError"), "the directory is ours alone: {said}");

    // Now all that the file system has against it is taken away.
    mode(&socket, 0o666);
    for above in socket.ancestors().skip(1).filter(|above| above.starts_with(fleet.home())) {
        mode(above, 0o711);
    }
    let refused = ask(NOBODY);
    assert!(refused.status.success(), "{refused:?}");
    let said = String::from_utf8(refused.stdout).unwrap();
    assert_eq!(said.lines().count(), 4, "{said}");
    for line in said.lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let error = serde_json::from_str::<Value>(body).unwrap()["error"].clone();
        assert_eq!((status, &error["code"]), ("403", &"forbidden".into()), "{line}");
        assert!(error["message"].as_str().unwrap().contains("not to uid 65534"), "{line}");
    }
    let ours = ask("0");
    let said = String::from_utf8(ours.stdout).unwrap();
    assert!(said.starts_with("200 "), "the same socket, asked by its owner: {said}");
}
