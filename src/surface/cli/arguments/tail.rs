//! `agent tail`: its arguments and its help.

use std::time::Duration;

use clap::Args;

use super::value::count;

/// What stands below the help.
pub const TAILING: &str = "\
Output is kept in files, so it is there after the end of the agent, of tmux, of the supervisor and \
of the host; without a supervisor it is read from the files. With -f a restart of either is followed. \
Lines are as a terminal would have shown them: what was written over is gone, a program that draws \
on the whole screen leaves its last screen. The roster says how much is kept (output:).

Exit codes: 0 done, 4 no such agent or nothing kept of it, 15 what is kept is not what was written \
(--verify), 130 Ctrl-C ended -f. docs/watch.md says where the files lie and what a gap is.

Examples:
  mosaic agent tail ada                  the last 100 lines that it showed
  mosaic agent tail ada -f -n 0          what comes from now on; Ctrl-C ends it
  mosaic agent tail ada --since 10m      everything of the last ten minutes
  mosaic agent tail ada -n 1000 | grep -i error
  mosaic agent tail ada --verify         is it what the journal says?";

/// `agent tail`.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct TailAsked {
    /// The agent.
    #[arg(value_name = "NAME")]
    pub agent: String,
    /// The last so many lines; 100 without it, all of them with --since.
    #[arg(long, short = 'n', value_name = "N", value_parser = count)]
    pub lines: Option<usize>,
    /// Go on with what is still to come.
    #[arg(long, short)]
    pub follow: bool,
    /// What came in this time until now: 30s, 10m, 2h or 3d.
    #[arg(long, value_name = "TIME", value_parser = ago)]
    pub since: Option<Duration>,
    /// Text only; without a choice, into a pipe.
    #[arg(long, conflicts_with = "ansi")]
    pub plain: bool,
    /// With colours, and nothing else that a terminal would obey; without a choice, on a terminal.
    #[arg(long)]
    pub ansi: bool,
    /// Show nothing of it: look whether each closed segment is, byte for byte, what the journal says.
    #[arg(long, conflicts_with_all = ["lines", "follow", "since", "plain", "ansi"])]
    pub verify: bool,
    /// What --verify has found as JSON.
    #[arg(long, requires = "verify")]
    pub json: bool,
}

/// The units, and how many milliseconds each has.
const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// How long ago: a whole number and a unit.
fn ago(text: &str) -> Result<Duration, String> {
    parsed(text).ok_or_else(|| {
        let form = "a whole number and ms, s, m, h or d, like `10m`";
        match meant(text) {
            Some(meant) => format!("no time; {form}; did you mean `{meant}`?"),
            None => format!("no time; {form}"),
        }
    })
}

fn parsed(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*unit_ms).map(Duration::from_millis)
}

/// What a time in the words of others probably means: `10min`, `2 hours`, a bare number of seconds.
fn meant(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('-');
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_lowercase();
    let unit = match unit.as_str() {
        "" => "s",
        unit if unit.starts_with("mil") => "ms",
        unit => UNITS.iter().find(|(name, _)| unit.starts_with(name))?.0,
    };
    let meant = format!("{number}{unit}");
    parsed(&meant).map(|_| meant)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::ago;

    #[test]
    fn a_time_is_a_whole_number_and_a_unit_and_else_what_was_meant_is_said() {
        assert_eq!(ago("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(ago("3d"), Ok(Duration::from_secs(3 * 86_400)));
        assert_eq!(ago("0s"), Ok(Duration::ZERO));
        for (wrong, meant) in [("10min", "10m"), ("2 hours", "2h"), ("30", "30s"), ("-5m", "5m")] {
            let error = ago(wrong).unwrap_err();
            assert!(error.contains(&format!("did you mean `{meant}`?")), "{wrong}: {error}");
        }
        for wrong in ["", "m", "soon", "1.5h", "10x", "99999999999999999999d"] {
            let error = ago(wrong).unwrap_err();
            assert!(error.starts_with("no time; a whole number and"), "{wrong}: {error}");
            assert!(!error.contains("did you mean"), "{wrong}: {error}");
        }
    }
}
