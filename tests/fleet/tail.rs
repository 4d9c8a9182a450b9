//! What agents wrote is kept, byte by byte, over deaths, restarts and full disks, and told as lines.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use nix::sys::signal::Signal;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::{Fleet, Follower, LONG, Roster, inside, need, pane, signal, tmux, wait_until};

/// A line a millisecond, numbered, to the end of time.
const COUNT: &str = "n=0; while :; do n=$((n + 1)); echo line $n; sleep 0.001; done";

/// The files of an agent's output, by their numbers: bytes and marks.
fn segments(fleet: &Fleet, agent: &str) -> BTreeMap<u64, (Vec<u8>, Vec<Value>)> {
    let Ok(files) = fs::read_dir(fleet.state("output").join(agent)) else { return BTreeMap::new() };
    let paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    let bytes = paths.iter().filter(|path| path.extension().is_some_and(|end| end == "out"));
    bytes
        .map(|path| {
            let number = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
            // A segment that is just begun has none yet.
            let marks = fs::read_to_string(path.with_extension("marks")).unwrap_or_default();
            let marks =
                marks.split_inclusive('\n').filter(|line| line.len() > 1 && line.ends_with('\n'));
            let marks = marks.map(|line| serde_json::from_str(line).unwrap()).collect();
            (number, (fs::read(path).unwrap(), marks))
        })
        .collect()
}

/// All that is kept of an agent.
fn written(fleet: &Fleet, agent: &str) -> String {
    let all: Vec<u8> = segments(fleet, agent).into_values().flat_map(|(bytes, _)| bytes).collect();
    String::from_utf8_lossy(&all).into_owned()
}

fn events(fleet: &Fleet, agent: &str, kind: &str) -> Vec<Value> {
    let of = |event: &Value| event["type"] == kind && event["agent"] == agent;
    fleet.events().into_iter().filter(of).map(|event| event["payload"].clone()).collect()
}

/// The numbers of `line N`, which must follow each other.
#[track_caller]
fn counted(text: &str) -> u64 {
    let mut numbers = text.lines().filter_map(|line| line.strip_prefix("line ")?.parse().ok());
    let mut last: u64 = numbers.next().unwrap_or_else(|| panic!("no line: {text}"));
    for number in numbers {
        assert_eq!(number, last + 1, "lost or doubled");
        last = number;
    }
    last
}

#[track_caller]
fn each_closed_segment_is_what_the_journal_says(fleet: &Fleet, agent: &str) -> usize {
    let kept = segments(fleet, agent);
    let mut end = 0;
    let closed = events(fleet, agent, "output.segment_closed");
    for event in &closed {
        let (offset, length) =
            (event["offset"].as_u64().unwrap(), event["length"].as_u64().unwrap());
        assert_eq!(offset, end, "{event}");
        end = offset + length;
        let number = event["segment"].as_u64().unwrap();
        let Some((bytes, marks)) = kept.get(&number) else { continue };
        let digest =
            Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            (bytes.len() as u64, digest.as_str()),
            (length, event["sha256"].as_str().unwrap())
        );
        assert_eq!(marks[0]["session"], event["session"]);
        assert_eq!(marks.last().unwrap()["sha256"], event["sha256"]);
    }
    closed.len()
}

#[test]
fn no_line_is_lost_or_doubled_while_the_supervisor_is_killed_and_comes_back() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().agent(
        "ada",
        &format!(
            "runtime: command, command: sh, args: [\"-c\", {}], output: {{segment: 64KiB}}",
            serde_json::to_string(COUNT).unwrap()
        ),
    ));
    let follower = fleet.background(&["agent", "tail", "ada", "-f", "-n", "1000000"]);
    let seen = || follower.stdout().lines().count();
    wait_until("the first lines", LONG, || seen() > 200);
    let pid = fleet.pid("ada");
    for _ in 0..2 {
        fleet.kill_supervisor();
        let before = seen();
        wait_until("lines without a supervisor", LONG, || seen() > before + 200);
        fleet.mosaic(&["fleet", "up"]).ended(0);
        assert_eq!(fleet.pid("ada"), pid);
        let before = seen();
        wait_until("lines with the next one", LONG, || seen() > before + 200);
    }
    fleet.mosaic(&["agent", "stop", "ada", "--wait"]).ended(0);
    let all = fleet.mosaic(&["agent", "tail", "ada", "-n", "10000000"]).ended(0).stdout;
    let last = counted(&all);
    assert!(all.starts_with("line 1\n"), "{}", &all[..40]);
    wait_until("the last line", LONG, || follower.stdout().contains(&format!("line {last}\n")));
    follower.signal(Signal::SIGINT);
    let followed = follower.end().ended(130);
    assert_eq!(counted(&followed.stdout), last);
    assert!(
        followed.stderr.contains("the supervisor is gone; what follows is read from the files")
    );
    assert!(each_closed_segment_is_what_the_journal_says(&fleet, "ada") > 0);
    assert_eq!(events(&fleet, "ada", "output.stopped"), Vec::<Value>::new());
}

#[test]
fn a_burst_is_kept_to_the_last_byte_and_read_by_whoever_hears_of_the_death() {
    if !need("tmux") {
        return;
    }
    let script = "seq 1 1000000; printf END; exit 3";
    let keys = format!(
        "runtime: command, command: sh, args: [\"-c\", \"{script}\"], restart: {{policy: never}}, \
         output: {{segment: 1MiB, keep: 64MiB}}"
    );
    let fleet = Fleet::new();
    fleet.roster(
        &(0..4).fold(Roster::new(), |roster, at| roster.agent(&format!("ada-{at}"), &keys)),
    );
    fleet.mosaic(&["fleet", "up", "--wait", "0s"]);
    let expected: String = (1..=1_000_000).map(|number| format!("{number}\r\n")).collect();
    // Read at the moment in which the death is told, and no later.
    let mut stream = Follower::from(&fleet, 1);
    let ends =
        std::iter::from_fn(|| stream.next()).filter(|event| event["type"] == "session.exited");
    for end in ends.take(4) {
        let all = written(&fleet, end["agent"].as_str().unwrap());
        let begin = all.find("1\r\n2\r\n").unwrap();
        assert!(all[begin..].starts_with(&expected), "{} of {}", all.len(), expected.len());
        assert!(all[begin + expected.len()..].starts_with("END"), "{:?}", &all[all.len() - 40..]);
    }
    let tail = fleet.mosaic(&["agent", "tail", "ada-0", "-n", "3"]).ended(0).stdout;
    assert!(tail.starts_with("1000000\nEND\n[mosaic] ada-0 exited with code 3"), "{tail:?}");
}

#[test]
fn tail_follows_over_a_restart_of_the_agent_and_reads_on_after_the_end_of_everything() {
    if !need("tmux") {
        return;
    }
    let script = "n=$(cat lives 2>/dev/null || echo 0); n=$((n + 1)); echo $n >lives; \
                  echo \"begin $n\"; read -r word; echo \"got $word\"; exec sleep 1000";
    let fleet = Fleet::up(&Roster::new().command("ada", script));
    let follower = fleet.background(&["agent", "tail", "ada", "-f"]);
    let shows = |text: &str| wait_until(text, LONG, || follower.stdout().contains(text));
    shows("begin 1\n");
    fleet.mosaic(&["agent", "restart", "ada", "--wait"]).ended(0);
    shows("begin 2\n");
    tmux(&fleet, &["send-keys", "-t", &pane(&fleet, "ada"), "word", "Enter"]);
    shows("got word\n");
    fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    let after = fleet.mosaic(&["agent", "tail", "ada"]).ended(0);
    assert!(after.stdout.contains("begin 1\n") && after.stdout.contains("got word\n"), "{after:?}");
    assert!(after.stderr.contains("this is what the files hold"), "{}", after.stderr);
    let wrong = fleet.mosaic(&["agent", "tail", "nobody"]).ended(4).stderr;
    assert!(wrong.contains("no output of \"nobody\" is kept"), "{wrong}");
    follower.signal(Signal::SIGINT);
    follower.end().ended(130);
}

#[test]
fn a_reader_that_leaves_ends_tail_in_silence() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("ada", "echo only; exec sleep 1000"));
    let mut command = fleet.command(&["agent", "tail", "ada", "-f"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The reader leaves when nothing more is to come: no write tells it.
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "only\n");
    wait_until("its end", LONG, || child.try_wait().unwrap().is_some());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(141), Vec::new()));
}

#[test]
fn what_the_roster_does_not_want_kept_is_not_and_a_change_takes_effect_without_a_restart() {
    if !need("tmux") {
        return;
    }
    let script = serde_json::to_string("while read -r word; do echo \"got $word\"; done").unwrap();
    let roster = |output: &str| {
        let keys = format!("runtime: command, command: sh, args: [\"-c\", {script}]{output}");
        Roster::new().agent("ada", &keys)
    };
    let fleet = Fleet::up(&roster(", output: {record: false}"));
    let (pid, place) = (fleet.pid("ada"), pane(&fleet, "ada"));
    let says = |word: &str| tmux(&fleet, &["send-keys", "-t", &place, word, "Enter"]);
    let screen = |text: &str| {
        wait_until(text, LONG, || {
            tmux(&fleet, &["capture-pane", "-p", "-t", &place]).contains(text)
        });
    };
    says("secret");
    screen("got secret");
    assert!(!fleet.state("output").join("ada").exists());
    let off = fleet.mosaic(&["agent", "tail", "ada"]).ended(0);
    assert_eq!(off.stdout, "");
    assert!(off.stderr.contains("is not recorded: the roster says"), "{}", off.stderr);
    fleet.roster(&roster(""));
    fleet.mosaic(&["fleet", "apply", "--yes"]).ended(0);
    // It writes nothing meanwhile, and is recorded all the same.
    wait_until("the first segment", LONG, || {
        fs::read_dir(fleet.state("output").join("ada")).is_ok_and(|files| files.count() > 0)
    });
    says("public");
    wait_until("the output", LONG, || written(&fleet, "ada").contains("got public"));
    fleet.roster(&roster(", output: {record: false}"));
    fleet.mosaic(&["fleet", "apply", "--yes"]).ended(0);
    wait_until("the last event", LONG, || fleet.count("ada", "output.segment_closed") == 1);
    says("hidden");
    screen("got hidden");
    let all = written(&fleet, "ada");
    assert!(!all.contains("secret") && !all.contains("hidden"), "{all}");
    assert_eq!(fleet.pid("ada"), pid);
    each_closed_segment_is_what_the_journal_says(&fleet, "ada");
}

#[test]
fn what_somebody_else_took_is_said_and_taken_back() {
    if !need("tmux") {
        return;
    }
    let script = "while read -r word; do echo \"got $word\"; done";
    let fleet = Fleet::up(&Roster::new().command("ada", script));
    let place = pane(&fleet, "ada");
    let says = |word: &str| tmux(&fleet, &["send-keys", "-t", &place, word, "Enter"]);
    says("one");
    wait_until("one", LONG, || written(&fleet, "ada").contains("got one"));
    tmux(&fleet, &["pipe-pane", "-t", &place]);
    wait_until("the event", LONG, || fleet.count("ada", "output.stopped") == 1);
    let stopped = fleet.mosaic(&["agent", "tail", "ada"]).ended(0).stderr;
    assert!(stopped.contains("is not recorded now: tmux does not pass"), "{stopped}");
    wait_until("the way back", LONG, || {
        tmux(&fleet, &["display", "-p", "-t", &place, "#{pane_pipe}"]).trim() == "1"
    });
    says("two");
    wait_until("the event", LONG, || fleet.count("ada", "output.resumed") == 1);
    wait_until("two", LONG, || written(&fleet, "ada").contains("got two"));
    let tail = fleet.mosaic(&["agent", "tail", "ada"]).ended(0);
    assert!(tail.stderr.contains("output may be missing here: tmux does not pass"), "{tail:?}");
}

#[test]
fn output_that_nobody_can_bring_is_said_and_asked_for_again() {
    if !need("tmux") {
        return;
    }
    let script = serde_json::to_string("while read -r word; do echo \"got $word\"; done").unwrap();
    let roster = |output: &str| {
        let keys = format!("runtime: command, command: sh, args: [\"-c\", {script}]{output}");
        Roster::new().agent("ada", &keys)
    };
    let fleet = Fleet::new();
    // A program of this fleet alone: it goes, as at an upgrade that removes the old one first.
    let (own, program) = (fleet.home().join("mosaic"), env!("CARGO_BIN_EXE_mosaic"));
    let install = || {
        if fs::hard_link(program, &own).is_err() {
            fs::copy(program, &own).unwrap();
        }
    };
    install();
    fleet.roster(&roster(", output: {record: false}"));
    let up = fleet.command(&["fleet", "up"]);
    let mut own_up = std::process::Command::new(&own);
    own_up.args(up.get_args()).env_clear();
    own_up.envs(up.get_envs().filter_map(|(name, value)| Some((name, value?))));
    fleet.finished(&mut own_up).ended(0);
    let place = pane(&fleet, "ada");
    let says = |word: &str| tmux(&fleet, &["send-keys", "-t", &place, word, "Enter"]);
    fs::remove_file(&own).unwrap();
    fleet.roster(&roster(""));
    fleet.mosaic(&["fleet", "apply", "--yes"]).ended(0);
    says("one");
    wait_until("the event", LONG, || fleet.count("ada", "output.stopped") == 1);
    let tail = fleet.mosaic(&["agent", "tail", "ada"]).ended(0).stderr;
    assert!(tail.contains("is not recorded now: nobody brings the pane's output"), "{tail}");
    let why = fleet.mosaic(&["agent", "explain", "ada"]).ended(0).stdout;
    assert!(why.contains("not recorded now: nobody brings the pane's output"), "{why}");
    assert_eq!(fleet.row("ada")["lifecycle"], "running");
    install();
    // A pipe alone is none: it may be that of a try before.
    wait_until("the event", LONG, || fleet.count("ada", "output.resumed") == 1);
    says("two");
    wait_until("two", LONG, || written(&fleet, "ada").contains("got two"));
    let why = fleet.mosaic(&["agent", "explain", "ada"]).ended(0).stdout;
    assert!(why.contains("recorded: no trouble was told"), "{why}");
}

/// A disk of its own, small and soon full.
const SMALL_DISK: &str = "mount -t tmpfs -o size=6m small /mnt";

#[test]
fn a_full_disk_ends_no_agent_and_what_is_missing_is_counted() {
    let test = "tail::a_full_disk_ends_no_agent_and_what_is_missing_is_counted";
    if !inside(test, SMALL_DISK) {
        return;
    }
    let script = "trap 'seq 1 2000000; echo over' USR1; while :; do sleep 0.1; done";
    let keys = format!(
        "runtime: command, command: bash, args: [\"-c\", \"{script}\"], \
         output: {{segment: 1MiB, keep: 64MiB}}"
    );
    let fleet = Fleet::up(&Roster::new().agent("ada", &keys));
    let pid = fleet.pid("ada");
    signal(pid, Signal::SIGUSR1);
    let place = pane(&fleet, "ada");
    wait_until("the end of the burst", LONG, || {
        tmux(&fleet, &["capture-pane", "-p", "-t", &place]).contains("over")
    });
    let first = |number: u64| fleet.state("output").join("ada").join(format!("{number:08}.out"));
    for number in 1..4 {
        fs::remove_file(first(number)).unwrap();
    }
    // The next output finds room, and says what is missing before it.
    wait_until("the event", LONG, || {
        tmux(&fleet, &["send-keys", "-t", &place, "x"]);
        fleet.count("ada", "output.resumed") == 1
    });
    let stopped = events(&fleet, "ada", "output.stopped");
    assert_eq!(stopped[0]["reason"], "the disk is full", "{stopped:?}");
    let lost = events(&fleet, "ada", "output.resumed")[0]["lost_bytes"].as_u64().unwrap();
    assert!(lost > 1 << 20, "{lost}");
    assert_eq!(fleet.pid("ada"), pid);
    let tail = fleet.mosaic(&["agent", "tail", "ada"]).ended(0);
    // A disk may take a mark and not what follows it: each says what is missing since the one before.
    let missing = tail.stderr.lines().filter_map(|line| {
        let rest = line.strip_prefix("mosaic: ")?;
        rest.strip_suffix(" bytes of output are missing here: the disk is full")?
            .parse::<u64>()
            .ok()
    });
    assert_eq!(missing.sum::<u64>(), lost, "{tail:?}");
}

#[test]
fn verify_tells_which_bytes_are_not_what_the_agent_wrote() {
    if !need("tmux") {
        return;
    }
    let script = "yes 0123456789 | head -c 300000";
    let keys = format!(
        "runtime: command, command: sh, args: [\"-c\", \"{script}\"], restart: {{policy: never}}, \
         output: {{segment: 64KiB}}"
    );
    let fleet = Fleet::up(&Roster::new().agent("ada", &keys));
    let verify = ["agent", "tail", "ada", "--verify"];
    let said = || fleet.mosaic(&verify).ended(0).stdout;
    // The last one stays open with the pane, in which its end is still to be read.
    wait_until("its segments", LONG, || {
        fleet.row("ada")["lifecycle"] == "exited" && fleet.count("ada", "output.segment_closed") > 3
    });
    let closed = events(&fleet, "ada", "output.segment_closed");
    assert!(said().starts_with(&format!("{} closed segments, ", closed.len())), "{}", said());
    let of = |at: usize, key: &str| closed[at][key].as_u64().unwrap();
    let name = |at: usize| format!("{:08}.out", of(at, "segment"));
    let path = |at: usize| fleet.state("output").join("ada").join(name(at));
    let range = |at: usize| {
        let (offset, length) = (of(at, "offset"), of(at, "length"));
        format!("wrong: {}, bytes {offset} to {}", name(at), offset + length)
    };
    // A byte that is another one, an end that is missing, a file that is gone: also without a
    // supervisor, and each by its bytes.
    let mut bytes = fs::read(path(1)).unwrap();
    bytes[77] ^= 1;
    fs::write(path(1), &bytes).unwrap();
    let kept = fs::read(path(2)).unwrap();
    fs::write(path(2), &kept[..1000]).unwrap();
    fs::remove_file(path(3)).unwrap();
    fleet.kill_supervisor();
    let bad = fleet.mosaic(&verify).ended(15);
    let lines: Vec<&str> = bad.stdout.lines().collect();
    assert!(lines[0].starts_with(&format!("{}: their SHA-256 is ", range(1))), "{lines:#?}");
    let missing = format!("{}: those from {} on are missing", range(2), of(2, "offset") + 1000);
    assert!(lines[1].starts_with(&missing), "{lines:#?}");
    assert!(lines[2].starts_with(&range(3)) && lines[2].ends_with("is gone"), "{lines:#?}");
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(bad.stderr.contains("3 findings"), "{}", bad.stderr);
    // The oldest may go: that is what a limit is for.
    fs::remove_file(path(0)).unwrap();
    let limited = fleet.mosaic(&verify).ended(15).stdout;
    assert!(limited.contains("1 gone by the limit"), "{limited}");
    fleet.mosaic(&["agent", "tail", "nobody", "--verify"]).ended(4);
}

#[test]
fn a_session_of_which_nothing_is_written_down_is_said() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("ada", "echo hello; exec sleep 1000"));
    wait_until("what it wrote", LONG, || written(&fleet, "ada").contains("hello"));
    let tail = || fleet.mosaic(&["agent", "tail", "ada"]).ended(0);
    assert!(!tail().stderr.contains("not recorded now"), "{}", tail().stderr);
    // As with a pane that an earlier version made: it lives, and there is no file of it.
    fs::remove_dir_all(fleet.state("output").join("ada")).unwrap();
    wait_until("the word about it", LONG, || {
        tail().stderr.contains("is not recorded now: nothing of this session was written down")
    });
}
