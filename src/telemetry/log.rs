//! The log: lines on standard error, for a person, a file or journald. Never on standard output.

use std::fmt;
use std::io;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Begins to log, as `MOSAIC_LOG`, else `RUST_LOG`, else `info` says. Whoever logs already, as a
/// test may, goes on.
pub fn start() {
    let wanted = ["MOSAIC_LOG", "RUST_LOG"].iter().find_map(|name| std::env::var(name).ok());
    let filter = EnvFilter::new(wanted.as_deref().unwrap_or("info"));
    // A line that cannot be written is lost; to say so on the same full disk would be a panic.
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .log_internal_errors(false);
    let begun = if std::env::var_os("JOURNAL_STREAM").is_some() {
        // journald knows the time, and colours by the priority in front of the line.
        let lines = Format::default().with_ansi(false).without_time();
        log.with_ansi(false).event_format(Prioritised(lines)).try_init()
    } else {
        use std::io::IsTerminal as _;
        let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        log.with_ansi(colours).try_init()
    };
    drop(begun);
}

/// Puts `<N>` in front of a line, which journald takes off again.
struct Prioritised<F>(F);

impl<S, N, F> FormatEvent<S, N> for Prioritised<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        write!(out, "<{}>", priority(*event.metadata().level()))?;
        self.0.format_event(context, out, event)
    }
}

/// syslog's number for a level.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
