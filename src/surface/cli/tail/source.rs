//! Where frames come from: the supervisor, and without one the files; the second goes on behind the
//! first.

use super::super::machine::Kept as _;
use super::super::{Desk, Failure, Machine, output};
use crate::wire::OutputFrame;
use crate::wire::client::{ClientError, OutputFrames, OutputFrom, OutputQuery};

/// Where frames come from.
pub struct Source<M: Machine> {
    agent: String,
    query: OutputQuery,
    way: Way<M>,
    /// Where it goes on, once that is known.
    next: Option<u64>,
}

enum Way<M: Machine> {
    Supervisor(Box<OutputFrames>),
    Files(Box<M::Kept>),
    Over,
}

impl<M: Machine> Source<M> {
    /// Asks the supervisor, and where there is none looks at the files.
    pub async fn open(desk: &Desk<M>, agent: &str, query: OutputQuery) -> Result<Self, Failure> {
        let way = match desk.client.output(agent, query).await {
            Ok(frames) => Way::Supervisor(Box::new(frames)),
            Err(error @ (ClientError::NoSupervisor { .. } | ClientError::Left { .. })) => {
                output::note(&format!("{error}; this is what the files hold"));
                Way::Files(Box::new(desk.machine.kept(agent, query)?))
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self { agent: agent.to_owned(), query, way, next: None })
    }

    /// The next frame; none at the end.
    pub async fn next(&mut self, desk: &Desk<M>) -> Result<Option<OutputFrame>, Failure> {
        loop {
            let frame = match &mut self.way {
                Way::Over => return Ok(None),
                Way::Files(kept) => kept.next().await?,
                Way::Supervisor(frames) => match frames.next().await {
                    Ok(Some(frame)) => Some(frame),
                    Ok(None) if !self.query.follow => None,
                    // It leaves, or was killed: what is written meanwhile lies in the files.
                    Ok(None) | Err(ClientError::Left { .. }) => {
                        self.go_on(desk)?;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                },
            };
            match &frame {
                Some(OutputFrame::Output { position, bytes, .. }) => {
                    self.next = Some(position + OutputFrame::bytes(bytes).len() as u64);
                }
                Some(_) => {}
                None => self.way = Way::Over,
            }
            return Ok(frame);
        }
    }

    /// Goes on with the files, behind what the supervisor gave.
    fn go_on(&mut self, desk: &Desk<M>) -> Result<(), Failure> {
        output::note("the supervisor is gone; what follows is read from the files");
        let from = self.next.map_or(self.query.from, OutputFrom::Position);
        let query = OutputQuery { from, ..self.query };
        self.way = Way::Files(Box::new(desk.machine.kept(&self.agent, query)?));
        Ok(())
    }
}
