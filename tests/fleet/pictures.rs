//! The pictures of the README show what the program draws now.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{end_marked, marked, need};

/// Words that depend on how busy the host is: what a process or a runtime does at that moment.
const OF_THE_MOMENT: [&str; 8] =
    ["sleep", "run", "disk", "healthy", "late", "starting", "idle", "busy"];

/// The words of a picture that are the same on every host and at every time.
fn words(picture: &Path) -> BTreeSet<String> {
    let picture = std::fs::read_to_string(picture).unwrap();
    let texts = picture.lines().filter_map(|line| line.strip_suffix("</text>"));
    let texts = texts.filter_map(|line| line.split_once('>')).map(|(_, text)| text);
    let words = texts.flat_map(str::split_whitespace);
    let words = words.map(|word| word.trim_matches([',', ';', ':']));
    let lasts = |word: &&str| {
        !word.contains(|letter: char| letter.is_ascii_digit() || letter == '@')
            && !OF_THE_MOMENT.contains(word)
    };
    words.filter(lasts).map(str::to_owned).collect()
}

/// The program, as one whose `fleet down` fails: the script leaves nothing all the same.
fn impolite(place: &Path) -> PathBuf {
    let path = place.join("mosaic");
    let mosaic = env!("CARGO_BIN_EXE_mosaic");
    let script =
        format!("#!/bin/sh\n[ \"$*\" = 'fleet down --yes' ] && exit 1\nexec {mosaic} \"$@\"\n");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_pictures_of_the_readme_are_what_their_script_makes_anew() {
    if !need("tmux") || !need("jq") {
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let fresh = tempfile::tempdir().unwrap();
    let homes = tempfile::tempdir().unwrap();
    let mosaic = impolite(homes.path());
    let mut make = Command::new("sh");
    make.arg(here.join("make.sh")).arg(mosaic).arg(fresh.path()).env("TMPDIR", homes.path());
    let made = make.output().unwrap();
    let left = marked(homes.path());
    end_marked(homes.path());
    assert!(left.is_empty(), "{left:?} are left of the two fleets");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for picture in ["top.svg", "watch.svg"] {
        let (shown, drawn) = (words(&here.join(picture)), words(&fresh.path().join(picture)));
        assert!(shown.len() > 20, "{picture} shows {shown:?}");
        let rest: Vec<_> = shown.symmetric_difference(&drawn).collect();
        assert!(
            rest.is_empty(),
            "{picture} is not what is drawn now: {rest:?}; run {here:?}/make.sh"
        );
    }
}
