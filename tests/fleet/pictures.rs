//! The pictures of the README show what the program draws now.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::need;

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

#[test]
fn the_pictures_of_the_readme_are_what_their_script_makes_anew() {
    if !need("tmux") || !need("jq") {
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let fresh = tempfile::tempdir().unwrap();
    let mut make = Command::new("sh");
    make.arg(here.join("make.sh")).arg(env!("CARGO_BIN_EXE_mosaic")).arg(fresh.path());
    let made = make.output().unwrap();
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
