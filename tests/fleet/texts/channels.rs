//! The drivers: two stubs, one that takes keystrokes and one that takes deliveries, and what each
//! was given by its own record. A text is sent to both by one call.

use std::path::PathBuf;

use serde_json::Value;

use super::cases::Fate;
use crate::support::{Fleet, LONG, Output, Roster, given, record, recording, wait_until};

/// The agents, by their channel.
pub const BY_KEYSTROKES: &str = "keys";
pub const BY_DELIVERY: &str = "line";

/// Where the command line takes a text from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Words,
    File,
    Input,
}

/// Both, up.
pub struct Channels {
    pub fleet: Fleet,
    /// How many turns each had so far.
    turns: [usize; 2],
}

impl Channels {
    pub fn up() -> Self {
        let fleet = Fleet::new();
        let takes = [(BY_KEYSTROKES, "1"), (BY_DELIVERY, "0")];
        let roster = takes.into_iter().fold(Roster::new(), |roster, (name, keystrokes)| {
            let more =
                format!(", MOSAIC_STUB_KEYSTROKES: \"{keystrokes}\", MOSAIC_STUB_TURN_MS: \"1\"");
            roster.stub_with(name, &recording(&record(&fleet, name), &more))
        });
        fleet.roster(&roster);
        fleet.mosaic(&["fleet", "up"]).ended(0);
        Self { fleet, turns: [0; 2] }
    }

    /// Sends a text to both; says which agent did not do with it what it should.
    pub fn send(&mut self, text: &str, source: Source, fates: [Fate; 2]) -> Result<(), String> {
        let sent = self.sent(text, source);
        let told: Value = serde_json::from_str(&sent.stdout).unwrap_or_default();
        for (at, agent) in [BY_KEYSTROKES, BY_DELIVERY].into_iter().enumerate() {
            let of_agent = |one: &&Value| one["agent"] == agent;
            let told = told["messages"].as_array().and_then(|all| all.iter().find(of_agent));
            let said = match (fates[at], told) {
                (Fate::Exact, Some(told)) => self.arrived(at, agent, text, told),
                (Fate::Refused(why), told) => self.refused(at, agent, why, told, &sent),
                (Fate::Exact, None) => Err("no receipt".to_owned()),
            };
            said.map_err(|said| format!("{agent}, by {source:?}: {said}: {sent:?}"))?;
        }
        let wanted = if fates == [Fate::Exact; 2] { 0 } else { 2 };
        let code = (sent.code == wanted).then_some(());
        code.ok_or_else(|| format!("the code is not {wanted}: {sent:?}"))
    }

    fn sent(&self, text: &str, source: Source) -> Output {
        let to = ["send", "--to", BY_KEYSTROKES, "--to", BY_DELIVERY, "--verify", "--json"];
        let with = |more: &[&str]| -> Vec<String> {
            to.iter().chain(more).map(|word| (*word).to_owned()).collect()
        };
        let run = |words: &[String], input: &[u8]| {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            self.fleet.mosaic_reading(&words, input)
        };
        // Of a file and of the input, the last newline is not text.
        let ended = format!("{text}\n");
        match source {
            Source::Words => run(&with(&["--", text]), b""),
            Source::Input => run(&with(&["-"]), ended.as_bytes()),
            Source::File => {
                let path: PathBuf = self.fleet.workspace().join("text");
                std::fs::write(&path, ended).unwrap();
                run(&with(&["--file", path.to_str().unwrap()]), b"")
            }
        }
    }

    /// One turn more, with this text and the message's own id.
    fn arrived(&mut self, at: usize, agent: &str, text: &str, told: &Value) -> Result<(), String> {
        if told["state"] != "accepted" {
            return Err(format!("it is {}", told["state"]));
        }
        self.turns[at] += 1;
        let given = given(&record(&self.fleet, agent));
        let Some((id, last)) = given.last().filter(|_| given.len() == self.turns[at]) else {
            return Err(format!("{} turns, not {}", given.len(), self.turns[at]));
        };
        if id.as_deref() != told["id"].as_str() {
            return Err(format!("the turn is that of {id:?}"));
        }
        if last == text { Ok(()) } else { Err(differs(text, last)) }
    }

    /// Nothing went out, and the reason was said.
    fn refused(
        &self,
        at: usize,
        agent: &str,
        why: &str,
        told: Option<&Value>,
        sent: &Output,
    ) -> Result<(), String> {
        // What is wrong whoever it is for is said once.
        let of_agent = told.map(|told| told["error"]["message"].to_string());
        let said = of_agent.as_ref().unwrap_or(&sent.stderr);
        if !said.contains(why) {
            return Err(format!("no {why:?} in {said:?}"));
        }
        let turns = given(&record(&self.fleet, agent)).len();
        if turns == self.turns[at] { Ok(()) } else { Err("something went out".to_owned()) }
    }

    /// Both are idle with empty mailboxes, and what went out is what arrived: nothing came later.
    #[track_caller]
    pub fn is_quiet(&self) {
        for (at, agent) in [BY_KEYSTROKES, BY_DELIVERY].into_iter().enumerate() {
            wait_until("idle", LONG, || self.fleet.row(agent)["activity"]["state"] == "idle");
            assert_eq!(self.fleet.row(agent)["inbox"], 0);
            assert_eq!(given(&record(&self.fleet, agent)).len(), self.turns[at], "{agent}");
            assert_eq!(self.fleet.count(agent, "message.typing"), self.turns[at], "{agent}");
        }
    }
}

/// Where two texts begin to differ.
fn differs(wanted: &str, had: &str) -> String {
    let at = wanted.bytes().zip(had.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| -> String {
        let from = text.as_bytes().get(at.saturating_sub(8)..).unwrap_or_default();
        String::from_utf8_lossy(&from[..from.len().min(24)]).into_owned()
    };
    format!("at byte {at} of {}: {:?}, not {:?}", wanted.len(), around(had), around(wanted))
}
