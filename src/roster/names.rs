//! Names of agents, roles and runtimes, which all have one form.

use crate::fleet::{AgentName, NameMistake};

use super::mistake::{Broken, Mistakes, Place, quoted};

/// A name, or the mistake in it.
pub fn read_name(
    text: &str,
    place: Place,
    path: &str,
    mistakes: &mut Mistakes,
) -> Result<AgentName, Broken> {
    AgentName::parse(text).map_err(|mistake| {
        let allowed = match mistake {
            NameMistake::Form => {
                "2 to 32 characters: a lower-case letter first, then a-z, 0-9 and `-`, not ending \
                 in `-`"
            }
            NameMistake::Reserved => {
                "another name: those that begin with `mosaic-` belong to mosaic itself"
            }
        };
        let folded = text.to_ascii_lowercase().replace(['_', ' ', '.'], "-");
        let meant = AgentName::parse(&folded).ok().map(|name| quoted(name.as_str()));
        mistakes.propose(place, path, quoted(text), allowed, meant)
    })
}
