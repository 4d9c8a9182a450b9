//! `fleet ps`: the table. Without a supervisor it shows what can be seen, and says so.

use super::arguments::PsAsked;
use super::table::{Detail, Sheet, summary, table};
use super::{Desk, Exit, Failure, Machine, output};
use crate::clock;
use crate::wire::client::ClientError;
use crate::wire::{PsReply, Row};

/// Shows the rows.
pub async fn run(desk: &Desk<impl Machine>, asked: &PsAsked) -> Result<(), Failure> {
    if asked.json {
        return json(desk).await;
    }
    let detail = if asked.wide { Detail::Full } else { Detail::Short };
    match desk.client.ps().await {
        Ok(reply) => draw(desk, &reply.rows, detail),
        Err(error) => {
            let reply = probe(desk, &error)?;
            if !reply.rows.is_empty() {
                draw(desk, &reply.rows, detail)?;
            }
            Err(absent(&error, &reply))
        }
    }
}

/// Draws rows that somebody has.
pub fn draw(desk: &Desk<impl Machine>, rows: &[Row], detail: Detail) -> Result<(), Failure> {
    let paint = desk.paint;
    let sheet = Sheet { paint, width: output::width(), detail, now_ms: clock::now().wall_ms };
    let drawn = if rows.is_empty() { String::new() } else { table(rows, &sheet) };
    output::write(&format!("{drawn}{}\n", summary(rows, paint)))
}

/// The reply as it came, or the probed rows in the same shape with `supervisor: null`.
async fn json(desk: &Desk<impl Machine>) -> Result<(), Failure> {
    match desk.client.ps_text().await {
        Ok(text) => {
            output::write_bytes(&text)?;
            output::write(if text.ends_with(b"\n") { "" } else { "\n" })
        }
        Err(error) => {
            let reply = probe(desk, &error)?;
            output::json(&reply)?;
            Err(absent(&error, &reply))
        }
    }
}

/// Looks directly, when nobody answers; any other failure stays what it is.
fn probe(desk: &Desk<impl Machine>, error: &ClientError) -> Result<PsReply, Failure> {
    match error {
        ClientError::NoSupervisor { .. } | ClientError::Late { .. } => {
            // A question that failed is no absence: both failures are told.
            desk.machine.probe().map_err(|probed| Failure {
                message: format!("{error}; and direct probing failed: {}", probed.message),
                ..Failure::from(error.clone())
            })
        }
        ClientError::Forbidden { .. } | ClientError::Answered(_) | ClientError::Broken { .. } => {
            Err(error.clone().into())
        }
    }
}

/// The rows are real, and yet nobody vouches for them.
fn absent(error: &ClientError, reply: &PsReply) -> Failure {
    let failure = Failure::from(error.clone());
    let seen = match reply.rows.len() {
        0 => "nothing runs on its tmux socket".to_owned(),
        1 => "1 row by direct probing, its health unknown".to_owned(),
        rows => format!("{rows} rows by direct probing, their health unknown"),
    };
    let is_late = failure.exit == Exit::Timeout;
    let exit = if is_late { Exit::Timeout } else { Exit::NoSupervisor };
    Failure { exit, message: format!("{}; {seen}", failure.message), ..failure }
}
