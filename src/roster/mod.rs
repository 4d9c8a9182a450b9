//! What should exist: text in, checked value or all mistakes out.
