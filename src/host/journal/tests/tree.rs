//! The tree is that of RFC 6962: the roots are the test vectors of Certificate Transparency.

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::host::journal::tree::{Hash, Tree};

const INPUTS: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaf(input: &[u8]) -> Hash {
    Sha256::digest([&[0], input].concat()).into()
}

#[test]
fn the_roots_are_those_of_certificate_transparency() {
    let mut tree = Tree::default();
    let mut roots = vec![tree.root()];
    for input in INPUTS {
        tree.push(leaf(input));
        roots.push(tree.root());
    }
    let roots: Vec<String> =
        roots.iter().map(|root| root.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
    assert_eq!(roots, ROOTS);
}

/// The definition in section 2.1 of RFC 6962, word for word and slow.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        more => {
            let split = more.len().next_power_of_two() / 2;
            let (left, right) = (defined(&more[..split]), defined(&more[split..]));
            Sha256::digest([&[1], &left[..], &right[..]].concat()).into()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_root_is_the_one_of_the_definition_at_every_size(size in 0_u16..300) {
        let leaves: Vec<Hash> = (0..size).map(|at| leaf(&at.to_be_bytes())).collect();
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        prop_assert_eq!(tree.size(), u64::from(size));
        prop_assert_eq!(tree.root(), defined(&leaves));
    }
}
