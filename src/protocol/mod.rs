//! The frames between supervisor and guests: pure codecs, versioned.
