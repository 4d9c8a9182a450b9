//! The terminal after a panic, on a real one: a pane of a tmux server of the test.

use std::process::Command;
use std::time::{Duration, Instant};

use super::screen::Taken;

/// Set in the process that panics.
const PANICS: &str = "MOSAIC_TEST_PANICS";

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start programs and read the time")]
fn the_words_of_a_panic_stand_on_a_terminal_that_was_given_back() {
    if std::env::var_os(PANICS).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let taken = Taken::take().unwrap();
            taken.tell(true).unwrap();
            panic!("this is the end");
        });
    }
    if Command::new("tmux").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI lacks tmux");
        return println!("SKIPPED: no tmux; ./check installs what tests need");
    }
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("tmux");
    let tmux = |arguments: &[&str]| {
        let output = Command::new("tmux")
            .args(["-u", "-f", "/dev/null", "-S"])
            .arg(&socket)
            .args(arguments)
            .env_remove("TMUX")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let own = std::env::current_exe().unwrap();
    let line = format!(
        "echo before; RUST_BACKTRACE=0 {PANICS}=1 '{}' --exact --nocapture \
         terminal::tests::the_words_of_a_panic_stand_on_a_terminal_that_was_given_back; \
         stty -a | grep -o ' -\\?icanon'; echo over; exec sleep 1000",
        own.display()
    );
    tmux(&["new-session", "-d", "-x", "120", "-y", "40", "sh", "-c", &line]);
    let started = Instant::now();
    let screen = loop {
        let screen = tmux(&["capture-pane", "-p"]);
        if screen.contains("over") || started.elapsed() > DEADLINE {
            break screen;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let flags = tmux(&["display", "-p", "#{alternate_on} #{mouse_standard_flag} #{cursor_flag}"]);
    tmux(&["kill-server"]);
    for words in ["before", "this is the end", "\n icanon", "over"] {
        assert!(screen.contains(words), "no {words:?} in:\n{screen}");
    }
    assert_eq!(flags.trim(), "0 0 1");
}
