//! A supervisor that is killed in the midst of appends loses nothing that it acknowledged.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::{open, place, stamp, starting};

const PATH: &str = "MOSAIC_TEST_CRASH_JOURNAL";

#[test]
fn kill_nine_loses_no_acknowledged_event() {
    let (_directory, path) = place();
    let mut acknowledged = Vec::new();
    for round in 0..5 {
        #[expect(clippy::disallowed_methods, reason = "the process that is to be killed")]
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "host::journal::tests::crash::appends_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env(PATH, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let before = acknowledged.len();
        for line in output.lines() {
            let line = line.unwrap();
            let Some((seq, id)) = line.strip_prefix("ack ").and_then(|rest| rest.split_once(' '))
            else {
                continue;
            };
            acknowledged.push((seq.parse::<u64>().unwrap(), id.to_owned()));
            if acknowledged.len() == before + 50 + round * 37 {
                // What it writes until the signal arrives is still read from the pipe.
                child.kill().unwrap();
            }
        }
        assert!(!child.wait().unwrap().success(), "it ended before it was killed");
        assert!(acknowledged.len() > before);
    }
    let (_journal, events) = open(&path);
    for (seq, id) in acknowledged {
        assert_eq!(events[usize::try_from(seq).unwrap() - 1].id, id);
    }
}

#[test]
#[ignore = "the child of kill_nine_loses_no_acknowledged_event"]
fn appends_until_it_is_killed() {
    let path = std::env::var_os(PATH).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (journal, before) = open(path.as_ref());
    let mut appenders = tokio::task::JoinSet::new();
    for appender in 0..8 {
        let (journal, life) = (journal.clone(), before.len());
        let endless = async move {
            for at in 0_u64.. {
                let id = format!("{life}.{appender}.{at}");
                let seq = journal.append(&stamp(), vec![starting("ada", &id)], None).await.unwrap();
                writeln!(std::io::stdout().lock(), "ack {seq} {id}").unwrap();
            }
        };
        appenders.spawn_on(endless, runtime.handle());
    }
    runtime.block_on(appenders.join_all());
}
