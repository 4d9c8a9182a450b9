//! `fleet down` on a terminal: it asks, and does what the answer says.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::{Fleet, LONG, Roster, Terminal, is_alive, need, signal, wait_until};

const QUESTION: &str = "Stop every agent and the supervisor? [y/N]";

/// The program on a terminal, asking.
fn asking(fleet: &Fleet, verb: &str, question: &str) -> Terminal {
    let terminal = Terminal::running(fleet.home(), (100, 24), "trap : INT;", verb);
    terminal.shows(question);
    terminal
}

#[test]
fn down_on_a_terminal_does_nothing_without_a_yes_and_all_of_it_with_one() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let (ada, supervisor, told) = (fleet.pid("ada"), fleet.supervisor(), fleet.events().len());
    // No, anything else, nothing, the end of the input, and Ctrl-C.
    for (keys, code) in [
        (&["n", "Enter"][..], 5),
        (&["m", "a", "y", "b", "e", "Enter"], 5),
        (&["Enter"], 5),
        (&["C-d"], 5),
        (&["C-c"], 130),
    ] {
        let terminal = asking(&fleet, "fleet down", QUESTION);
        terminal.press(keys);
        terminal.shows(&format!("[ended {code}]"));
        let says = terminal.screen().contains("mosaic: nothing was stopped");
        assert_eq!(says, code == 5, "{keys:?}:\n{}", terminal.screen());
    }
    assert_eq!((fleet.supervisor(), fleet.pid("ada")), (supervisor, ada));
    assert_eq!(fleet.events().len(), told, "nothing was asked of the supervisor");
    fleet.health("ada", "healthy");

    let keep = "End the supervisor and leave the agents running? [y/N]";
    let terminal = asking(&fleet, "fleet down --keep-agents", keep);
    terminal.press(&["y", "Enter"]);
    terminal.shows("[ended 0]");
    assert!(!is_alive(supervisor) && is_alive(ada));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!(fleet.pid("ada"), ada);

    let supervisor = fleet.supervisor();
    let terminal = asking(&fleet, "fleet down", QUESTION);
    terminal.press(&["y", "Enter"]);
    terminal.shows("the fleet is down");
    terminal.shows("[ended 0]");
    wait_until("the end of both", LONG, || !is_alive(supervisor) && !is_alive(ada));
    fleet.mosaic(&["ps"]).ended(3);
}

#[test]
fn agents_that_a_down_keeps_are_taken_up_with_all_that_is_theirs() {
    if !need("tmux") {
        return;
    }
    let counts = "i=0; while :; do i=$((i + 1)); echo line $i; sleep 0.05; done";
    let roster = Roster::new().stub("ada").stub("bob");
    let roster = roster.command("cyd", counts).command("dee", "exec sleep 1000");
    let once = "runtime: command, command: sleep, args: [\"1000\"], restart: {policy: never}";
    let fleet = Fleet::up(&roster.agent("eve", once));
    fleet.mosaic(&["agent", "stop", "bob", "--wait"]).ended(0);
    fleet.mosaic(&["send", "bob", "for later"]).ended(0);
    let holder = Terminal::running(fleet.home(), (100, 30), "", "attach ada");
    wait_until("a holder", LONG, || fleet.row("ada")["keyboard"]["seated"] == true);
    let before = [fleet.row("ada"), fleet.row("cyd")];
    let (dee, eve) = (fleet.pid("dee"), fleet.pid("eve"));
    let lines = |fleet: &Fleet| -> Vec<u32> {
        let told = fleet.mosaic(&["agent", "tail", "cyd", "-n", "100000"]).stdout;
        told.lines().filter_map(|line| line.strip_prefix("line ")?.parse().ok()).collect()
    };

    fleet.mosaic(&["fleet", "down", "--yes", "--keep-agents"]).ended(0);
    let kept = lines(&fleet).len();
    signal(dee, Signal::SIGKILL);
    signal(eve, Signal::SIGKILL);
    wait_until("lines that no supervisor sees", LONG, || lines(&fleet).len() > kept + 5);

    fleet.mosaic(&["fleet", "up"]).ended(0);
    for row in &before {
        let name = row["agent"].as_str().unwrap();
        let after = fleet.row(name);
        for field in ["pid", "pane", "session"] {
            assert_eq!(row[field], after[field], "{name}: {field}");
        }
    }
    assert_eq!(fleet.row("ada")["keyboard"]["lease"], before[0]["keyboard"]["lease"]);
    holder.press(&["C-b", "d"]);
    holder.shows("[ended 0]");
    fleet.mosaic(&["send", "ada", "hello", "--verify"]).ended(0);
    let seen = lines(&fleet);
    assert!(seen.iter().copied().eq(1..=u32::try_from(seen.len()).unwrap()), "{seen:?}");
    let events = fleet.events();
    let of = |agent: &str, kind: &str| -> Vec<&serde_json::Value> {
        let is = |event: &&serde_json::Value| event["agent"] == agent && event["type"] == kind;
        events.iter().filter(is).collect()
    };
    for agent in ["dee", "eve"] {
        let [exited] = of(agent, "session.exited")[..] else { panic!("{agent} ended once") };
        assert_eq!(exited["payload"]["exit"], json!({"signal": 9}));
        assert_eq!(of(agent, "session.started").len(), 2, "{agent}");
    }
    // An `up` wants everybody up again, and who comes up has its mail.
    wait_until("bob has its mail", LONG, || fleet.count("bob", "message.accepted") == 1);
    fleet.mosaic(&["events", "verify"]).ended(0);
}
