//! What colours a terminal's numbers are, where nobody has chosen others.

use crate::terminal::emulator::Colour;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// Letters without a colour of their own.
pub const INK: Rgb = [0xe4, 0xe6, 0xea];

/// What stands behind them.
pub const PAPER: Rgb = [0x14, 0x17, 0x1c];

/// The sixteen that have names, as most terminals show them.
const NAMED: [Rgb; 16] = [
    [0x1c, 0x1f, 0x26],
    [0xd2, 0x4b, 0x4e],
    [0x4e, 0xb0, 0x5a],
    [0xcf, 0xa2, 0x3a],
    [0x4a, 0x88, 0xd8],
    [0xb0, 0x62, 0xc4],
    [0x3a, 0xa8, 0xb0],
    [0xc4, 0xc8, 0xce],
    [0x6b, 0x72, 0x7e],
    [0xf0, 0x70, 0x72],
    [0x73, 0xd0, 0x7e],
    [0xee, 0xc6, 0x60],
    [0x74, 0xac, 0xf4],
    [0xd2, 0x8a, 0xe4],
    [0x60, 0xcc, 0xd4],
    [0xf6, 0xf8, 0xfa],
];

/// The steps of a side of the colour cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// A colour; what has none is given.
pub fn rgb(colour: Colour, otherwise: Rgb) -> Rgb {
    match colour {
        Colour::Default => otherwise,
        Colour::Rgb(red, green, blue) => [red, green, blue],
        Colour::Index(number @ 0..=15) => NAMED[usize::from(number)],
        Colour::Index(number @ 16..=231) => {
            let at = usize::from(number - 16);
            [STEPS[at / 36], STEPS[at / 6 % 6], STEPS[at % 6]]
        }
        Colour::Index(number) => [8 + 10 * (number - 232); 3],
    }
}

/// Halfway between two.
pub fn between(one: Rgb, other: Rgb) -> Rgb {
    std::array::from_fn(|at| one[at].midpoint(other[at]))
}
