//! `fleet down` on a terminal: it asks, and does what the answer says.

use crate::support::{Fleet, LONG, Roster, Terminal, is_alive, need, wait_until};

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
