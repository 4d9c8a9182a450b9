//! A journal whose writer is killed again and again, at every named point and in between: what was
//! acknowledged is there, nothing is there by half, no key is answered twice.
//!
//! `MOSAIC_KILLS=10000` runs it longer; `docs/reliability.md` has the result.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{answer, open, place, stamp, starting};
use crate::clock;
use crate::host::journal::{Journal, Remember, verify};

const PATH: &str = "MOSAIC_TEST_KILLS_JOURNAL";

/// Bounded by what everybody waits for.
const KILLS: u64 = 120;

/// A journal is read whole at each start: with more lives it would only get slower.
const LIVES: u64 = 50;

const POINTS: [&str; 5] = ["append", "commit", "publish", "acknowledge", "acknowledged"];

/// A small generator; what it was begun with is printed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What clients were told, and what they still wait for.
#[derive(Default)]
struct Clients {
    acknowledged: BTreeMap<String, u64>,
    waiting: BTreeSet<String>,
}

#[test]
fn no_kill_loses_an_acknowledged_event_or_answers_a_key_twice() {
    let kills = std::env::var("MOSAIC_KILLS").ok().and_then(|text| text.parse().ok());
    let kills = kills.unwrap_or(KILLS);
    let seed = clock::now().mono_ms | 1;
    println!("{kills} kills, begun with {seed}");
    let mut dice = Dice(seed);
    let (mut killed, mut told, mut at) = (0, 0, BTreeMap::<String, u64>::new());
    while killed < kills {
        let (_directory, path) = place();
        let mut clients = Clients::default();
        for _ in 0..LIVES.min(kills - killed) {
            let point = live(&path, &mut clients, &mut dice);
            *at.entry(point).or_default() += 1;
            killed += 1;
        }
        check(&path, &clients);
        told += clients.acknowledged.len();
    }
    println!("{killed} kills ({at:?}), {told} keys acknowledged");
    assert!(POINTS.iter().all(|point| at.contains_key(*point)), "{at:?}");
}

/// One life, until it is killed: at a point, or from outside after some answers. Says which.
fn live(path: &Path, clients: &mut Clients, dice: &mut Dice) -> String {
    let choice = usize::try_from(dice.below(POINTS.len() as u64 + 2)).unwrap();
    let point = POINTS.get(choice).copied();
    let answers = dice.below(12) + 1;
    let waiting: String = clients.waiting.iter().map(|key| format!("{key}\n")).collect();
    std::fs::write(path.with_extension("waiting"), waiting).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the process that is to be killed")]
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "host::journal::tests::kills::a_writer_for_the_harness"])
        .arg("--nocapture")
        .env(PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(point) = point {
        command.env("MOSAIC_KILL_AT", format!("{point}:{}", dice.below(6) + 1));
    }
    let mut child = command.spawn().unwrap();
    let mut heard = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("try"), Some(key), None) => drop(clients.waiting.insert(key.to_owned())),
            (Some("ack"), Some(key), Some(seq)) => {
                let seq = seq.parse().unwrap();
                let before = clients.acknowledged.insert(key.to_owned(), seq);
                assert!(before.is_none_or(|before| before == seq), "{key}: {before:?} and {seq}");
                clients.waiting.remove(key);
                heard += 1;
                if point.is_none() && heard == answers {
                    child.kill().unwrap();
                }
            }
            _ => {}
        }
    }
    let status = child.wait().unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    assert_eq!(signal, Some(9), "it ended by itself: {status}");
    point.unwrap_or("outside").to_owned()
}

/// Compares what is there with what clients were told.
fn check(path: &Path, clients: &Clients) {
    let verified = verify(path, &[], |_, _| Ok(())).unwrap();
    assert_eq!(verified.findings, []);
    let (journal, events) = open(path);
    let mut of_key: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event.seq, at as u64 + 1, "no gap, no duplicate");
        let (key, _) = event.id.rsplit_once('/').unwrap();
        of_key.entry(key).or_default().push(event.seq);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (key, seqs) in &of_key {
        assert_eq!(seqs.len(), 2, "{key} is there once, and whole: {seqs:?}");
        assert_eq!(seqs[1], seqs[0] + 1, "{key} is one piece");
        let kept = runtime.block_on(journal.remembered(key)).unwrap();
        assert_eq!(kept.map(|kept| kept.seq), Some(seqs[1]), "the answer of {key}");
        let told = clients.acknowledged.get(*key);
        assert!(told.is_none_or(|told| *told == seqs[1]), "{key}: {told:?} and {seqs:?}");
        assert!(told.is_some() || clients.waiting.contains(*key), "nobody asked for {key}");
    }
    for key in clients.acknowledged.keys() {
        assert!(of_key.contains_key(key.as_str()), "{key} was acknowledged and is lost");
    }
}

/// The writer's process; without a harness around it there is nothing to do.
#[test]
fn a_writer_for_the_harness() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let path = Path::new(&path);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (journal, before) = open(path);
    let waiting = std::fs::read_to_string(path.with_extension("waiting")).unwrap();
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..4 {
        // A life that stores nothing must not use the keys of the next one.
        let (journal, life) = (journal.clone(), format!("{}.{}", before.len(), std::process::id()));
        let again: Vec<String> =
            waiting.lines().skip(client).step_by(4).map(str::to_owned).collect();
        let endless = async move {
            for key in again {
                ask(&journal, key).await;
            }
            for at in 0_u64.. {
                ask(&journal, format!("{life}.{client}.{at}")).await;
            }
        };
        clients.spawn_on(endless, runtime.handle());
    }
    runtime.block_on(clients.join_all());
}

/// What a supervisor does with a command that has a key.
async fn ask(journal: &Journal, key: String) {
    say(&format!("try {key}"));
    let seq = match journal.remembered(&key).await.unwrap() {
        Some(kept) => kept.seq,
        None => {
            let events = ["a", "b"].map(|part| starting("ada", &format!("{key}/{part}")));
            let remember = Remember { events: 2, ..answer(&key) };
            journal.append(&stamp(), events.to_vec(), Some(remember)).await.unwrap()
        }
    };
    say(&format!("ack {key} {seq}"));
}

fn say(line: &str) {
    writeln!(std::io::stdout().lock(), "{line}").unwrap();
}
