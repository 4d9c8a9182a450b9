//! Real directories, real notices.

mod arrivals;
mod changes;
