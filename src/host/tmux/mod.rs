//! The tmux hand.
