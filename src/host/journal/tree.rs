//! The Merkle tree of RFC 6962 over the leaves; it keeps its frontier only, never the leaves.

use sha2::{Digest as _, Sha256};

/// RFC 6962: an inner node begins with 1, a leaf with 0.
const NODE: [u8; 1] = [1];

/// What a leaf, a node and the root are: SHA-256.
pub(super) type Hash = [u8; 32];

/// A tree that grows by leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tree {
    size: u64,
    /// The roots of the full subtrees that the tree is made of, the largest first: one for each
    /// one bit of `size`.
    frontier: Vec<Hash>,
}

impl Tree {
    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        // Each one bit at the end of the size is a full subtree as large as what is completed here.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.frontier.pop() {
                node = pair(&left, &node);
            }
        }
        self.frontier.push(node);
        self.size += 1;
    }

    /// The hash over all leaves; of no leaves the hash of nothing, as RFC 6962 has it.
    pub fn root(&self) -> Hash {
        let mut from_the_right = self.frontier.iter().rev();
        match from_the_right.next() {
            Some(last) => from_the_right.fold(*last, |right, left| pair(left, &right)),
            None => Sha256::digest([]).into(),
        }
    }
}

fn pair(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update(NODE);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}
