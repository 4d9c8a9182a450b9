//! What keys do: in the composer, and while a dialog is up.

use std::io::{self, Read as _};
use std::os::fd::AsFd as _;

use super::chaos::{Crash, Enter};
use super::conversation::Taken;
use super::faults::AtPaste;
use super::keys::Key;
use super::program::{CRASHED, Program};
use crate::clock::mono_ms;
use crate::protocol::FromGuest;

impl Program {
    /// Reads what was typed, and does it.
    pub(super) fn read_keys(&mut self) -> io::Result<()> {
        let mut typed = [0; 4096];
        // Read directly: a buffer of the standard library would hide keys from `poll`.
        let count =
            std::fs::File::from(io::stdin().as_fd().try_clone_to_owned()?).read(&mut typed)?;
        if count == 0 {
            self.leave(0, "its keyboard is gone");
        }
        for key in self.keys.feed(&typed[..count], count == typed.len()) {
            self.notice = "";
            if self.conversation.asks() {
                self.answer(&key);
            } else {
                self.press(key);
            }
        }
        Ok(())
    }

    /// While a dialog is up, no key reaches the composer.
    fn answer(&mut self, key: &Key) {
        match key {
            Key::Enter | Key::Text('y' | 'Y' | '1') => self.conversation.answer(true, mono_ms()),
            Key::Escape | Key::Interrupt | Key::Text('n' | 'N' | '2') => {
                self.conversation.answer(false, mono_ms());
            }
            Key::Text(_) | Key::Paste(_) | Key::Newline | Key::Backspace | Key::Delete => {}
            Key::Left | Key::Right | Key::Home | Key::End | Key::Clear | Key::EndOfInput => {}
        }
    }

    fn press(&mut self, key: Key) {
        let mut fits = true;
        match key {
            Key::Text(character) => {
                fits = self.composer.write(character.encode_utf8(&mut [0; 4]));
            }
            Key::Paste(text) => fits = self.paste(&text),
            Key::Newline => fits = self.composer.write("\n"),
            Key::Enter if self.settings.faults.keeps_draft => fits = self.composer.write("\n"),
            Key::Enter => self.enter(),
            Key::Backspace => self.composer.backspace(),
            Key::Delete => self.composer.delete(),
            Key::Left => self.composer.left(),
            Key::Right => self.composer.right(),
            Key::Home => self.composer.home(),
            Key::End => self.composer.end(),
            Key::Interrupt | Key::Clear => {
                self.composer.take();
            }
            Key::EndOfInput if self.composer.text().is_empty() => self.leave(0, "Ctrl-D"),
            Key::Escape => self.conversation.interrupt(),
            Key::EndOfInput => {}
        }
        if !fits {
            self.notice = " · too long, not taken";
        }
    }

    /// Whether there was room for it.
    fn paste(&mut self, text: &str) -> bool {
        self.heard(text, None);
        self.stand_still();
        let faults = &mut self.settings.faults;
        let is_swallowed = faults.swallow_pastes > 0;
        faults.swallow_pastes = faults.swallow_pastes.saturating_sub(1);
        let fits = is_swallowed || faults.chaos.swallows_paste() || self.composer.write(text);
        match self.settings.faults.at_paste.take() {
            Some(AtPaste::Dialog) => drop(self.conversation.take("/dialog")),
            Some(AtPaste::Exit) => self.break_off(CRASHED),
            Some(AtPaste::Stop) => drop(nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP)),
            None => {}
        }
        fits
    }

    fn enter(&mut self) {
        let faults = &mut self.settings.faults;
        if faults.drop_enters > 0 {
            faults.drop_enters -= 1;
            return;
        }
        match faults.chaos.enter() {
            Enter::Submits => self.stand_still(),
            Enter::Dropped => return,
            Enter::NewLine => {
                self.composer.write("\n");
                return;
            }
            Enter::Emptied => {
                self.composer.take();
                return;
            }
        }
        if self.composer.text().trim().is_empty() {
            return;
        }
        let crash = self.settings.faults.chaos.crash();
        if crash == Crash::Before {
            return self.break_off(CRASHED);
        }
        let taken = self.conversation.take(self.composer.text());
        if taken == Taken::Full {
            self.notice = " · too many wait, not taken";
            return;
        }
        let text = self.composer.take();
        let queued = taken == Taken::Queued;
        self.record(&text, queued, None);
        if crash == Crash::Behind {
            return self.break_off(CRASHED);
        }
        self.tell_taken(FromGuest::Submitted { text, queued });
    }
}
