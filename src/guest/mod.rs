//! What runs inside a pane; speaks `protocol`, nothing else of ours.
