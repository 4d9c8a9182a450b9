//! Panes: listed, made, cleared, closed; always by tmux's own ids.

use std::collections::BTreeMap;

use super::commands::{
    WindowSize, choose_if_it_takes_input, clear_history, history, history_of_new_panes,
    kill_window, list_panes, list_panes_of, mark_pane, new_session, reset, tap, window_size,
};
use super::connection::{refused, unreadable};
use super::framing::Block;
use super::line::Line;
use super::new_pane::NewPane;
use super::{Tmux, TmuxError};
use crate::fleet::{Pane, SeenPane};

/// What is attempted when panes are listed.
const LIST: &str = "list all panes";

/// How many names are tried for a session whose name somebody else has taken.
const NAMES_MAX: u32 = 9;

/// Every pane, one a line. Fields end at a tab: ids and numbers hold none, tmux takes them out of
/// names, and what may hold anything has every other character than a few replaced.
const PANE_FORMAT: &str = "P\t#{pane_id}\t#{window_id}\t#{session_id}\t#{pane_pid}\t#{pane_dead}\t\
    #{s/[^a-z0-9-]/?/:@mosaic_agent}\t#{s/[^a-z0-9-]/?/:@mosaic_role}\t#{session_name}\t\
    #{s/[^ -~]/?/:pane_current_command}";

/// What bears an agent's mark in the session of that agent's name.
const IS_PLAIN: &str = "#{==:#{@mosaic_agent},#{session_name}}";

impl Tmux {
    /// Every pane of the server, each once.
    pub async fn panes(&self) -> Result<Vec<SeenPane>, TmuxError> {
        let blocks = self.listed(PANE_FORMAT).await?;
        let lines = blocks.iter().flat_map(|block| &block.lines);
        each_once(lines).ok_or_else(|| unreadable(LIST, &blocks))
    }

    /// The living pane that was made for this agent, if there is one. Its session is asked for by
    /// name, since every pane of a large fleet costs tmux milliseconds; where a stranger has that
    /// name, all are looked at.
    pub async fn pane_of(&self, agent: &str) -> Result<Option<SeenPane>, TmuxError> {
        let attempt = format!("look for a pane of {agent}");
        let line = Line::of(list_panes_of(agent, PANE_FORMAT));
        let blocks = self.connection.ask(&attempt, line).await?;
        if let Some(block) = blocks.iter().find(|block| !block.is_ok) {
            let is_none = block.lines.iter().any(|line| line.starts_with(b"can't find"));
            return if is_none { Ok(None) } else { Err(refused(&attempt, block)) };
        }
        let lines = blocks.iter().flat_map(|block| &block.lines);
        let there = each_once(lines).ok_or_else(|| unreadable(&attempt, &blocks))?;
        let its = |pane: &SeenPane| !pane.dead && pane.agent.as_deref() == Some(agent);
        match there.into_iter().find(its) {
            Some(pane) => Ok(Some(pane)),
            None => Ok(self.panes().await?.into_iter().find(its)),
        }
    }

    /// The same without most panes of these agents: of what is plainly an agent's only the name
    /// is asked, since a whole line costs tmux ten times as much.
    pub async fn panes_beside(
        &self,
        is_agent: impl Fn(&str) -> bool,
    ) -> Result<Vec<SeenPane>, TmuxError> {
        let blocks =
            self.listed(&format!("#{{?{IS_PLAIN},A\t#{{session_name}},{PANE_FORMAT}}}")).await?;
        let mut others = Vec::new();
        for line in blocks.iter().flat_map(|block| &block.lines) {
            match line.strip_prefix(b"A\t").map(String::from_utf8_lossy) {
                Some(name) if is_agent(&name) => {}
                // The mark of an agent that there is not.
                Some(_) => return self.panes().await,
                None => others.push(line),
            }
        }
        each_once(others).ok_or_else(|| unreadable(LIST, &blocks))
    }

    async fn listed(&self, format: &str) -> Result<Vec<Block>, TmuxError> {
        self.connection.must(LIST, Line::of(list_panes(format))).await
    }

    /// Makes a pane. It is complete and marked, or it is not there: all happens in one line.
    pub async fn create_pane(&self, new: &NewPane<'_>) -> Result<Pane, TmuxError> {
        let attempt = format!("make a pane for {}", new.agent);
        new.check(&attempt)?;
        let mut taken = None;
        for number in 1..=NAMES_MAX {
            // A `+` is in no agent's name, so that nobody's own name is taken.
            let name = match number {
                1 => new.agent.to_string(),
                _ => format!("{}+{number}", new.agent),
            };
            let blocks = self.connection.ask(&attempt, creation(new, &name)).await?;
            match blocks.iter().find(|block| !block.is_ok) {
                Some(block)
                    if block.lines[..] == [format!("duplicate session: {name}").into_bytes()] =>
                {
                    taken = Some(refused(&attempt, block));
                }
                Some(block) => return Err(refused(&attempt, block)),
                None => {
                    let made = self.made(&blocks);
                    return made.ok_or_else(|| unreadable(&attempt, &blocks));
                }
            }
        }
        Err(taken.unwrap_or(TmuxError::Unfit { attempt, why: "no name is left for its session" }))
    }

    fn made(&self, blocks: &[Block]) -> Option<Pane> {
        let line = blocks.iter().flat_map(|block| &block.lines).next()?;
        let line = String::from_utf8_lossy(line).into_owned();
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, window, session, pid] = fields[..] else { return None };
        Some(Pane {
            id: id.to_owned(),
            window: window.to_owned(),
            session: session.to_owned(),
            pid: pid.parse().ok()?,
            server_pid: self.shared.server_pid,
            connected: false,
            connection: 0,
        })
    }

    /// Closes a window and everything in it; one that is gone already is fine.
    pub async fn close_window(&self, window: &str) -> Result<(), TmuxError> {
        let attempt = format!("close window {window}");
        let line = Line::of(kill_window(window));
        let blocks = self.connection.ask(&attempt, line).await?;
        let gone = format!("can't find window: {window}").into_bytes();
        match blocks.iter().find(|block| !block.is_ok) {
            Some(block) if block.lines[..] != [gone] => Err(refused(&attempt, block)),
            _ => Ok(()),
        }
    }

    /// Makes screen and history empty and the modes those of a new terminal. A program that left
    /// the alternate screen on must be taken out of it from inside the pane: tmux offers no way.
    pub async fn clear(&self, pane: &str) -> Result<(), TmuxError> {
        self.connection.must(&format!("clear pane {pane}"), clearing(pane)).await?;
        self.has_cleared(pane).await;
        Ok(())
    }

    /// Gives all output of a pane, from now on, to a program of these words, whose standard input it
    /// becomes; whoever had it before has it no more. All that was written before is not among it.
    pub async fn tap(&self, pane: &str, words: &[&str]) -> Result<(), TmuxError> {
        let line = Line::of(tap(pane, words));
        self.connection.must(&format!("record pane {pane}"), line).await.map(drop)
    }
}

/// Makes screen and history empty and the modes those of a new terminal.
fn clearing(pane: &str) -> Line {
    let fresh = Line::of(reset(pane)).then(clear_history(pane));
    let forget = Line::of(clear_history(pane));
    Line::of(choose_if_it_takes_input(pane, &fresh, &forget))
}

/// The name is safe as a target: the line that made a session of that name is not yet over.
fn creation(new: &NewPane<'_>, name: &str) -> Line {
    let target = format!("={name}:");
    let said = "#{pane_id}\t#{window_id}\t#{session_id}\t#{pane_pid}";
    Line::of(history_of_new_panes(new.history))
        .then(new_session(new, name, said))
        .then(mark_pane(&target, new.agent.as_str()))
        .then(window_size(&target, WindowSize::Manual))
        .then(history(&target, new.history))
}

/// The panes of these lines of `PANE_FORMAT`; `None` when one is no such line.
fn each_once<'a>(lines: impl IntoIterator<Item = &'a Vec<u8>>) -> Option<Vec<SeenPane>> {
    let mut panes: BTreeMap<u64, SeenPane> = BTreeMap::new();
    for line in lines {
        let (number, pane) = seen(&String::from_utf8_lossy(line))?;
        // A watched window is also in our view; where it belongs is the other session.
        let known = panes.get(&number).is_some_and(|known| known.role.is_none());
        if !known {
            panes.insert(number, pane);
        }
    }
    Some(panes.into_values().map(without_foreign_role).collect())
}

/// A line of `PANE_FORMAT`, and the number of its pane.
fn seen(line: &str) -> Option<(u64, SeenPane)> {
    let fields: Vec<&str> = line.split('\t').collect();
    let ["P", id, window, session, pid, dead, agent, role, session_name, command] = fields[..]
    else {
        return None;
    };
    let mark = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let pane = SeenPane {
        id: id.to_owned(),
        window: window.to_owned(),
        session: session.to_owned(),
        session_name: session_name.to_owned(),
        pid: pid.parse().unwrap_or(0),
        dead: dead == "1",
        agent: mark(agent),
        role: mark(role),
        command: command.to_owned(),
    };
    Some((id.strip_prefix('%')?.parse().ok()?, pane))
}

/// An agent's pane that is left in our view alone is still the agent's.
fn without_foreign_role(mut pane: SeenPane) -> SeenPane {
    if pane.agent.is_some() {
        pane.role = None;
    }
    pane
}
