//! The command lines that are typed all day, known without building the tree of all verbs: that
//! takes as long as a look at the supervisor. Every other one is clap's.

use std::ffi::OsString;

use super::arguments::{Arguments, FleetVerb, PsAsked, Verb};
use super::output::ColorChoice;
use super::table::Which;

/// What these words ask for, if they are some of those.
pub fn usual(words: &[OsString]) -> Option<Arguments> {
    let said: Vec<&str> = words.iter().map(|word| word.to_str()).collect::<Option<_>>()?;
    let verb = match said[..] {
        ["ps"] => Verb::Ps(rows(false)),
        ["ps", "--json"] => Verb::Ps(rows(true)),
        ["fleet", "ps"] => Verb::Fleet(FleetVerb::Ps(rows(false))),
        ["fleet", "ps", "--json"] => Verb::Fleet(FleetVerb::Ps(rows(true))),
        _ => return None,
    };
    Some(Arguments { color: ColorChoice::default(), no_pager: false, verb })
}

/// All of them, as they come.
fn rows(json: bool) -> PsAsked {
    let which = Which::default();
    PsAsked { which, sort: Vec::new(), columns: Vec::new(), wide: false, watch: false, json }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::{Arguments, OsString, usual};

    #[test]
    fn what_is_known_beforehand_is_what_clap_makes_of_it() {
        let lines: [&[&str]; 4] =
            [&["ps"], &["ps", "--json"], &["fleet", "ps"], &["fleet", "ps", "--json"]];
        for line in lines {
            let words: Vec<OsString> = line.iter().map(OsString::from).collect();
            let parsed = Arguments::try_parse_from([&["mosaic"], line].concat()).unwrap();
            let known = usual(&words).map(|known| format!("{known:?}"));
            assert_eq!(known, Some(format!("{parsed:?}")), "{line:?}");
        }
        for line in [&["ps", "ada"][..], &["fleet"], &["ps", "--jsn"], &[]] {
            let words: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert!(usual(&words).is_none(), "{line:?}");
        }
    }
}
