//! One setting of the roster: unset, given in one of the layers, or wrong.

use super::mistake::{Broken, Place};

/// Where a setting was given; what stands further up counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// In the agent itself.
    Agent,
    /// In the agent's role.
    Role,
    /// In the agent's runtime.
    Runtime,
    /// In the built-in runtime that the agent's own one extends.
    Extended,
    /// In `defaults`.
    Defaults,
}

/// A value that the roster gives, and where.
#[derive(Debug, Clone)]
pub struct Given<T> {
    pub value: T,
    pub layer: Layer,
    pub place: Place,
    pub path: String,
}

/// What the roster says of one value.
#[derive(Debug, Clone, Default)]
pub enum Setting<T> {
    /// Nothing.
    #[default]
    Unset,
    /// This.
    Given(Given<T>),
    /// Something wrong, which is recorded.
    Broken(Broken),
}

impl<T: Clone> Setting<T> {
    /// This, else what the layer below says.
    pub fn over(self, below: &Self) -> Self {
        match self {
            Self::Unset => below.clone(),
            Self::Given(_) | Self::Broken(_) => self,
        }
    }

    /// The value, if there is one.
    pub fn optional(&self) -> Result<Option<T>, Broken> {
        match self {
            Self::Unset => Ok(None),
            Self::Given(given) => Ok(Some(given.value.clone())),
            Self::Broken(broken) => Err(*broken),
        }
    }

    /// The value, else the built-in one.
    pub fn or(&self, built_in: T) -> Result<T, Broken> {
        Ok(self.optional()?.unwrap_or(built_in))
    }

    /// Whether it is given.
    pub fn is_given(&self) -> bool {
        matches!(self, Self::Given(_))
    }
}

/// The place of the one of two settings that was given nearest to the agent; of the first when
/// both were.
pub fn blame<T>(first: &Setting<T>, second: &Setting<T>) -> Option<(Place, String)> {
    let given = [first, second].into_iter().filter_map(|setting| match setting {
        Setting::Given(given) => Some(given),
        Setting::Unset | Setting::Broken(_) => None,
    });
    given.min_by_key(|given| given.layer).map(|given| (given.place, given.path.clone()))
}
