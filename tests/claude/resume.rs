//! A conversation outlives the process.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::fleet::Conversation;
use crate::ground::{Ground, new_conversation};
use crate::supervisor::Supervisor;

#[test]
fn a_killed_claude_goes_on_with_its_conversation() {
    let mut ground = Ground::new();
    let first = ground.launch(&new_conversation()).unwrap();
    assert!(!first.resumes);
    let pid = ground.start(&first);
    ground.supervisor().ready();
    ground.send("r1", "remember the alpaca");
    ground.wait_for("the transcript", || {
        let resumed = ground.launch(&resume(&first.conversation)).unwrap();
        resumed.resumes.then_some(())
    });
    ground
        .wait_for("the prompt at the model", || (!ground.model.prompts().is_empty()).then_some(()));

    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
    ground.wait_for("the end of the pane", || ground.screen().is_empty().then_some(()));
    ground.supervisor = None;
    ground.supervisor = Some(Supervisor::start(&ground.path("guest.sock")));
    let second = ground.launch(&resume(&first.conversation)).unwrap();
    assert_eq!((second.resumes, &second.conversation), (true, &first.conversation));
    ground.start(&second);
    ground.supervisor().ready();
    let start = ground.supervisor().frame("its start", |frame| frame["event"] == "SessionStart");
    assert_eq!(start["payload"]["source"], "resume");
    assert_eq!(start["payload"]["session_id"], first.conversation.as_str());

    let before = ground.model.longest_history();
    ground.send("r2", "what was it?");
    ground.wait_for("the whole history at the model", || {
        (ground.model.longest_history() > before).then_some(())
    });
}

#[test]
fn a_conversation_that_claude_does_not_have_begins_anew() {
    let ground = Ground::new();
    let gone = "11112222-3333-4444-8555-666677778888";
    let launch = ground.launch(&resume(gone)).unwrap();
    assert!(!launch.resumes);
    assert_ne!(launch.conversation, gone);
    ground.start(&launch);
    let start = ground.supervisor().frame("its start", |frame| frame["event"] == "SessionStart");
    assert_eq!(start["payload"]["session_id"], launch.conversation.as_str());
}

fn resume(id: &str) -> Conversation {
    let Conversation::New(other) = new_conversation() else { unreachable!() };
    Conversation::Resume(id.to_owned(), other)
}
