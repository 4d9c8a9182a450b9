//! Our terminal: drawn on while it is ours, lent to somebody else, and taken back.

use std::io;
use std::time::Duration;

use ratatui_core::terminal::Terminal as Drawn;
use tokio::time::Instant;

use super::super::backend::Ours;
use super::super::draw;
use super::super::model::Model;
use super::until;
use crate::terminal::screen::{self, Taken};

/// Between two drawings while much happens: quicker than an eye.
const DRAW_EVERY: Duration = Duration::from_millis(16);

/// Our terminal.
pub struct Terminal {
    drawn: Drawn<Ours>,
    /// While nobody else has it.
    taken: Option<Taken>,
    drawn_at: Instant,
    /// When the next drawing is due; nothing while nothing changed.
    draw_at: Option<Instant>,
}

/// Takes the terminal that we sit in.
pub fn take(has_mouse: bool) -> io::Result<Taken> {
    let taken = Taken::take()?;
    taken.tell(has_mouse)?;
    Ok(taken)
}

impl Terminal {
    /// One that was taken just now, of so many columns and rows.
    pub fn new(taken: Taken, size: (u16, u16)) -> io::Result<Self> {
        let (drawn, now) = (Drawn::new(Ours::new(size))?, Instant::now());
        Ok(Self { drawn, taken: Some(taken), drawn_at: now, draw_at: Some(now) })
    }

    /// What is typed on it; never while somebody else has it.
    pub async fn keys(&self) -> io::Result<Vec<u8>> {
        match &self.taken {
            Some(taken) => taken.keys().await,
            None => std::future::pending().await,
        }
    }

    /// Gives it to somebody else.
    pub fn lend(&mut self) {
        self.taken = None;
    }

    /// Takes it back; nothing that stands on it is trusted.
    pub fn take_back(&mut self, model: &mut Model) -> io::Result<()> {
        self.taken = Some(take(model.has_mouse)?);
        self.resize(model);
        self.redraw()
    }

    /// Says whether clicks are wanted.
    pub fn tell(&self, has_mouse: bool) -> io::Result<()> {
        self.taken.as_ref().map_or(Ok(()), |taken| taken.tell(has_mouse))
    }

    /// We were stopped by something that asks nobody, and go on: it may be anything.
    pub fn again(&mut self, model: &mut Model) -> io::Result<()> {
        let Some(taken) = &self.taken else { return Ok(()) };
        taken.again()?;
        taken.tell(model.has_mouse)?;
        self.resize(model);
        self.redraw()
    }

    /// It has another size.
    pub fn resize(&mut self, model: &mut Model) {
        let size = screen::room();
        self.drawn.backend_mut().resize(size);
        model.resize(size);
    }

    /// Nothing that stands on it is trusted.
    pub fn redraw(&mut self) -> io::Result<()> {
        self.drawn.backend_mut().forget();
        self.drawn.clear()?;
        self.draw_at = Some(Instant::now());
        Ok(())
    }

    /// Something may have changed: it is drawn when the last drawing is long enough ago.
    pub fn draw_soon(&mut self) {
        self.draw_at.get_or_insert((self.drawn_at + DRAW_EVERY).max(Instant::now()));
    }

    /// Waits for the next drawing.
    pub async fn due(&self) {
        until(self.draw_at).await;
    }

    /// Draws what has changed.
    pub fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.drawn.draw(|frame| draw::draw(frame, model))?;
        self.drawn_at = Instant::now();
        self.draw_at = None;
        Ok(())
    }
}
