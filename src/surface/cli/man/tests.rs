//! Each verb has its page, and each page has what people look for in one.

use std::io::Write as _;
use std::process::{Command as Process, Stdio};

use clap::CommandFactory as _;

use super::{Arguments, FOR_PROGRAMS, Page, found, pages};

fn every(mut look: impl FnMut(&str, &str)) {
    let mut root = Arguments::command();
    root.build();
    let pages = pages(&root);
    assert!(pages.len() > 40, "{}", pages.len());
    for (words, command) in &pages {
        let page = Page::new(&root, words, command);
        look(&page.file(), &page.roff().unwrap());
    }
}

#[test]
fn every_page_has_the_sections_that_people_look_for() {
    let wanted = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "EXAMPLES",
        "SEE ALSO",
    ];
    let mut files = Vec::new();
    every(|file, page| {
        let sections: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix(".SH "))
            .map(|heading| heading.trim_matches('"'))
            .filter(|heading| *heading != "VERBS")
            .collect();
        assert_eq!(sections, wanted, "{file}");
        let shown = page.split_once(".SH EXAMPLES").unwrap().1;
        assert!(shown.contains("mosaic "), "{file}: an example");
        files.push(file.to_owned());
    });
    for file in ["mosaic.1", "mosaic-watch.1", "mosaic-agent-watch.1", "mosaic-fleet-top.1"] {
        assert!(files.contains(&file.to_owned()), "{file} in {files:?}");
    }
    assert!(!files.contains(&"mosaic-complete.1".to_owned()), "nobody types it");
}

#[test]
fn a_page_names_the_other_form_of_its_verb_and_only_pages_that_are_there() {
    let mut all = Vec::new();
    let mut named = Vec::new();
    every(|file, page| {
        all.push(file.trim_end_matches(".1").to_owned());
        let page = page.replace('\\', "");
        let see =
            page.split_once(".SH \"SEE ALSO\"").unwrap().1.replace("fB", "").replace("fR", "");
        let names = see.trim().split(", ").map(|name| name.trim_end_matches("(1)").to_owned());
        let names: Vec<String> = names.collect();
        if file == "mosaic-watch.1" {
            assert_eq!(names[0], "mosaic-agent-watch", "{names:?}");
        }
        named.extend(names);
    });
    named.retain(|name| name != "tmux");
    for name in named {
        assert!(all.contains(&name), "{name:?} is no page");
    }
}

#[test]
fn a_verb_that_is_not_there_is_told_with_the_nearest() {
    let mut root = Arguments::command();
    root.build();
    let told = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        found(&root, &words).unwrap_err()
    };
    let wrong = told(&["agent", "wacth"]);
    assert_eq!(wrong.message, "there is no verb `agent wacth`");
    assert_eq!(wrong.hint.as_deref(), Some("did you mean `mosaic man agent watch`?"));
    assert_eq!(told(&["zzzzz"]).hint.as_deref(), Some("`mosaic help` lists them"));
    for word in FOR_PROGRAMS {
        let failure = found(&root, &[word.to_owned()]).unwrap_err();
        assert_eq!(failure.message, format!("`{word}` is for programs and has no page"));
        let hint = failure.hint.unwrap();
        assert!(hint.starts_with(&format!("`mosaic help {word}` ")), "{hint}");
    }
}

/// What a checker says of a page, if the machine has it.
#[expect(clippy::disallowed_methods, reason = "a test starts the checker itself")]
fn checked(program: &str, arguments: &[&str], page: &str) -> Option<String> {
    let process = Process::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("LC_ALL", "C.UTF-8")
        .spawn();
    let mut process = match process {
        Ok(process) => process,
        Err(why) => {
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{program}: {why}");
            println!("SKIPPED: no {program}; ./check installs what tests need");
            return None;
        }
    };
    process.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    Some(format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

#[test]
fn no_page_has_a_fault_that_mandoc_or_groff_knows() {
    every(|file, page| {
        if let Some(said) = checked("mandoc", &["-Tlint", "-Wwarning"], page) {
            // A page that is made of the program has no date of its own.
            let faults: Vec<&str> =
                said.lines().filter(|line| !line.contains("missing date")).collect();
            assert!(faults.is_empty(), "{file}: {faults:#?}");
        }
        if let Some(said) =
            checked("man", &["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", "-"], page)
        {
            let faults: Vec<&str> = said.lines().filter(|line| line.contains("warning")).collect();
            assert!(faults.is_empty(), "{file}: {faults:#?}");
        }
    });
}
