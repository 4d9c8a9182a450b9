//! What pages and releases promise, held against the source.

use std::fs;
use std::path::{Path, PathBuf};

use crate::source::rust_files;

/// What only builds for development may have: the harness that kills at named points.
const KILL_POINT: (&str, &str) = ("src/host/journal/kill_point.rs", "MOSAIC_KILL_AT");

#[test]
fn no_release_can_be_told_to_kill_itself() {
    let (home, word) = KILL_POINT;
    let is_test = |file: &PathBuf| file.iter().any(|part| part == "tests");
    for file in rust_files("src").into_iter().filter(|file| !is_test(file)) {
        let names = fs::read_to_string(&file).unwrap().contains(word);
        assert_eq!(names, file.ends_with(home), "{}: {word}", file.display());
    }
    let text = text(home);
    let (before, armed) = text.split_once("mod armed {").unwrap();
    assert!(before.ends_with("#[cfg(debug_assertions)]\n") && !before.contains(word), "{home}");
    let behind = armed.split_once("\n}\n").unwrap().1;
    assert!(behind.contains("#[cfg(debug_assertions)]\npub use armed::reach;"), "{home}");
    assert!(behind.contains("pub fn reach(_: KillPoint) {}"), "{home}: nothing in a release");
    // Where a release was built, it is asked itself.
    if let Ok(program) = fs::read(env!("CARGO_BIN_EXE_mosaic")) {
        let has = program.windows(word.len()).any(|window| window == word.as_bytes());
        assert_eq!(has, cfg!(debug_assertions), "the program: {word}");
    }
}

/// Every complaint that `docs/requirements.md` numbers.
const REQUIREMENTS: usize = 25;

#[test]
fn every_requirement_names_tests_that_are_there() {
    let page = text("docs/requirements.md");
    for number in 1..=REQUIREMENTS {
        let row = format!("| R{number} |");
        let rows = page.lines().filter(|line| line.starts_with(&row)).count();
        assert_eq!(rows, 1, "docs/requirements.md: a row of R{number}");
    }
    for named in page.split('`').filter(|word| word.contains(".rs::")) {
        let (file, test) = named.split_once("::").unwrap();
        assert!(text(file).contains(&format!("fn {test}(")), "docs/requirements.md: {named}");
    }
}

#[test]
fn every_test_with_a_number_stands_in_the_row_of_that_requirement() {
    let page = text("docs/requirements.md");
    for file in ["src", "tests"].into_iter().flat_map(rust_files) {
        let numbered = fs::read_to_string(&file).unwrap();
        let names = numbered.lines().filter_map(|line| {
            let name = line.trim_start().trim_start_matches("async ").strip_prefix("fn r")?;
            let number: usize = name.get(..2)?.parse().ok()?;
            Some((number, name.split('(').next()?))
        });
        for (number, name) in names {
            let row = page.lines().find(|line| line.starts_with(&format!("| R{number} |")));
            let is_there = row.is_some_and(|row| row.contains(&format!("::r{name}`")));
            assert!(is_there, "docs/requirements.md: r{name} in the row of R{number}");
        }
    }
}

/// A file of this repository.
fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
