//! What claude does is what its own file says.

use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::fleet::{Activity, Conversation, RuntimeKind};
use crate::ground::Ground;
use crate::runtime::{Composer, Said, composer, follow};
use crate::supervisor::DEADLINE;

/// Follows on a thread of its own until the test ends.
fn followed(ground: &Ground, pid: u32, started: u64) -> Receiver<Said> {
    let (definition, home) = (ground.definition.clone(), ground.path("home"));
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let (say, mut said) = tokio::sync::mpsc::channel(8);
            let telling = async {
                while let Some(said) = said.recv().await {
                    if tell.send(said).is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                followed = follow(&definition, &home, pid, started, &say) => followed.unwrap(),
                () = telling => {}
            }
        });
    });
    told
}

/// Field 22 of `/proc/PID/stat`.
fn started(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let behind_name = stat.rsplit_once(") ").unwrap().1;
    behind_name.split(' ').nth(19).unwrap().parse().unwrap()
}

/// Waits for something to be said, past what was said before it.
fn wait(told: &Receiver<Said>, is_it: impl Fn(&Said) -> bool) -> Said {
    loop {
        let said = told.recv_timeout(DEADLINE).expect("the file says it in time");
        if is_it(&said) {
            return said;
        }
    }
}

#[test]
fn idle_busy_approval_and_clear_are_followed() {
    let ground = Ground::new();
    let launch = ground.launch(&crate::ground::new_conversation()).unwrap();
    let pid = ground.start(&launch);
    // The directory does not exist yet.
    assert!(!ground.configuration().join("sessions").exists());
    let told = followed(&ground, pid, started(pid));
    let first = wait(&told, |said| matches!(said, Said::Conversation(_)));
    assert_eq!(first, Said::Conversation(launch.conversation));
    wait(&told, |said| *said == Said::Activity(Activity::Idle));
    ground.supervisor().ready();

    ground.send("a1", "[[hold]]");
    wait(&told, |said| *said == Said::Activity(Activity::Busy));
    ground.model.release();
    wait(&told, |said| *said == Said::Activity(Activity::Idle));

    ground.send("a2", "[[bash touch made-by-claude]]");
    wait(&told, |said| matches!(said, Said::Activity(Activity::AwaitingApproval { .. })));
    let seen = ground.wait_for("the dialog", || {
        match composer(RuntimeKind::Claude, &ground.screen(), None, "") {
            Composer::Dialog(text) => Some(text),
            _ => None,
        }
    });
    assert!(seen.contains("Do you want to proceed?"), "{seen}");
    ground.press(b"\x1b");
    wait(&told, |said| *said == Said::Activity(Activity::Idle));
    assert!(!ground.path("work/made-by-claude").exists());

    ground.press(b"/clear");
    ground.press(b"\r");
    let cleared = wait(&told, |said| matches!(said, Said::Conversation(_)));
    assert_ne!(cleared, first);
}

#[test]
fn the_file_of_an_earlier_process_with_this_pid_says_nothing() {
    let ground = Ground::new();
    let sessions = ground.configuration().join("sessions");
    fs::create_dir(&sessions).unwrap();
    let pid = std::process::id();
    let file = |start: u64, status: &str| {
        let text =
            format!(r#"{{"procStart":"{start}","sessionId":"s-{start}","status":"{status}"}}"#);
        fs::write(sessions.join(format!("{pid}.json")), text).unwrap();
    };
    file(1, "busy");
    let told = followed(&ground, pid, 2);
    // Long enough for a look; a directory that stands there is looked at at once.
    assert!(told.recv_timeout(Duration::from_millis(500)).is_err());
    file(2, "idle");
    assert_eq!(told.recv_timeout(DEADLINE).unwrap(), Said::Conversation("s-2".to_owned()));
    assert_eq!(told.recv_timeout(DEADLINE).unwrap(), Said::Activity(Activity::Idle));
}

#[test]
fn directories_may_come_and_go() {
    let ground = Ground::new();
    let configuration = ground.configuration();
    let sessions = configuration.join("sessions");
    fs::remove_dir_all(&configuration).unwrap();
    let told = followed(&ground, 7, 3);
    for status in ["idle", "busy", "idle"] {
        fs::create_dir_all(&sessions).unwrap();
        let text = format!(r#"{{"procStart":"3","sessionId":"s","status":"{status}"}}"#);
        fs::write(sessions.join("7.json"), text).unwrap();
        let expected = if status == "idle" { Activity::Idle } else { Activity::Busy };
        wait(&told, |said| *said == Said::Activity(expected.clone()));
        fs::remove_dir_all(&configuration).unwrap();
    }
}
