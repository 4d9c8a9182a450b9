//! A roster file, read and checked for whoever asks.

use std::path::Path;

use crate::daemon::api::ApiError;
use crate::fleet::Roster;
use crate::places;
use crate::roster::{self, Source};
use crate::wire::ErrorCode;

/// Reads and checks a roster file, all mistakes at once.
pub fn read_roster(path: &Path) -> Result<(Roster, Vec<String>), ApiError> {
    let file = path.display().to_string();
    // A pipe would be waited for until somebody writes into it.
    if std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        let message = format!("the roster {file} is no regular file; nothing was changed");
        let hint = "write the roster to a file: the supervisor reads it again later";
        return Err(ApiError::new(ErrorCode::WrongRoster, message).hint(hint));
    }
    let text = std::fs::read(path).map_err(|error| {
        ApiError::new(ErrorCode::WrongRoster, format!("read roster {file}: {error}"))
            .hint("`mosaic fleet init --write` makes one")
    })?;
    let home =
        places::home().map_err(|error| ApiError::new(ErrorCode::Failed, error.to_string()))?;
    let source = Source { text: &text, file: &file, home: &home, is_directory: &Path::is_dir };
    match roster::read(&source) {
        Ok(checked) => {
            let warnings = checked.warnings.iter().map(ToString::to_string).collect();
            Ok((checked.roster, warnings))
        }
        Err(mistakes) => {
            let count = mistakes.len();
            let noun = if count == 1 { "mistake" } else { "mistakes" };
            let message = format!("the roster {file} has {count} {noun}; nothing was changed");
            Err(ApiError::new(ErrorCode::WrongRoster, message)
                .hint(format!("`mosaic fleet check {file}` shows each in its place"))
                .details(mistakes.iter().map(ToString::to_string).collect()))
        }
    }
}
