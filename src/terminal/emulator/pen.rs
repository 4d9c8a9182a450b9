//! How a letter looks, and the sequences that say so.

use std::fmt::Write as _;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Whatever the terminal shows where nothing was said.
    #[default]
    Default,
    /// One of 256.
    Index(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// A line under a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Underline {
    /// None.
    #[default]
    None,
    /// One line.
    Single,
    /// Two.
    Double,
    /// A wave.
    Curly,
    /// Points.
    Dotted,
    /// Strokes.
    Dashed,
}

/// What is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// Bold.
    Bold = 1,
    /// Dim.
    Dim = 1 << 1,
    /// Leaning.
    Italic = 1 << 2,
    /// Blinking.
    Blink = 1 << 3,
    /// Letter and ground change places.
    Inverse = 1 << 4,
    /// Not to be seen.
    Hidden = 1 << 5,
    /// Struck through.
    Struck = 1 << 6,
    /// A line above.
    Overline = 1 << 7,
}

/// Every trait, with the number that turns it on.
const TRAITS: [(Trait, u8); 8] = [
    (Trait::Bold, 1),
    (Trait::Dim, 2),
    (Trait::Italic, 3),
    (Trait::Blink, 5),
    (Trait::Inverse, 7),
    (Trait::Hidden, 8),
    (Trait::Struck, 9),
    (Trait::Overline, 53),
];

/// How a letter looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pen {
    /// The colour of the letter.
    pub ink: Colour,
    /// The colour behind it.
    pub paper: Colour,
    /// The line under it.
    pub underline: Underline,
    /// The colour of that line; the letter's where nothing was said.
    pub line: Colour,
    traits: u8,
}

impl Pen {
    /// Only a ground: what a terminal leaves where it erases.
    pub fn ground(paper: Colour) -> Self {
        Self { paper, ..Self::default() }
    }

    /// Whether it has this trait.
    pub fn has(self, which: Trait) -> bool {
        self.traits & which as u8 != 0
    }

    fn set(&mut self, which: Trait, is_on: bool) {
        if is_on {
            self.traits |= which as u8;
        } else {
            self.traits &= !(which as u8);
        }
    }

    /// Whether a blank in it looks like one that nothing was written to.
    pub fn is_unseen(self) -> bool {
        self.paper == Colour::Default && self.has_bare_blanks()
    }

    /// Whether only its ground can be seen of a blank.
    pub fn has_bare_blanks(self) -> bool {
        let lines = [Trait::Inverse, Trait::Struck, Trait::Overline];
        self.underline == Underline::None && !lines.into_iter().any(|which| self.has(which))
    }

    /// What of it can be seen of a blank.
    pub fn of_a_blank(self) -> Self {
        if self.has_bare_blanks() { Self::ground(self.paper) } else { self }
    }

    /// Takes the parameters of `CSI … m`.
    pub fn take<'a>(&mut self, parameters: impl IntoIterator<Item = &'a [u16]>) {
        let mut parameters = parameters.into_iter();
        while let Some(parameter) = parameters.next() {
            match *parameter {
                [plane @ (38 | 48 | 58)] => {
                    let mut number = || parameters.next().and_then(|next| next.first()).copied();
                    let colour = match number() {
                        Some(5) => number().and_then(index),
                        Some(2) => rgb([number(), number(), number()]),
                        _ => None,
                    };
                    self.colour(plane, colour);
                }
                [number] => self.number(number),
                // So tmux 3.3a says 53 when it reads out a screen.
                [5, 3] => self.set(Trait::Overline, true),
                [4, style] => self.underline = style_of(style).unwrap_or(self.underline),
                [plane @ (38 | 48 | 58), 5, number, ..] => self.colour(plane, index(number)),
                [plane @ (38 | 48 | 58), 2, red, green, blue]
                | [plane @ (38 | 48 | 58), 2, _, red, green, blue, ..] => {
                    self.colour(plane, rgb([Some(red), Some(green), Some(blue)]));
                }
                _ => {}
            }
        }
    }

    fn number(&mut self, number: u16) {
        if let Some((which, _)) = TRAITS.iter().find(|(_, on)| u16::from(*on) == number) {
            return self.set(*which, true);
        }
        match number {
            0 => *self = Self::default(),
            4 => self.underline = Underline::Single,
            6 => self.set(Trait::Blink, true),
            21 => self.underline = Underline::Double,
            22 => {
                self.set(Trait::Bold, false);
                self.set(Trait::Dim, false);
            }
            23 => self.set(Trait::Italic, false),
            24 => self.underline = Underline::None,
            25 => self.set(Trait::Blink, false),
            27 => self.set(Trait::Inverse, false),
            28 => self.set(Trait::Hidden, false),
            29 => self.set(Trait::Struck, false),
            39 => self.ink = Colour::Default,
            49 => self.paper = Colour::Default,
            55 => self.set(Trait::Overline, false),
            59 => self.line = Colour::Default,
            30..=37 => self.colour(38, index(number - 30)),
            40..=47 => self.colour(48, index(number - 40)),
            90..=97 => self.colour(38, index(number - 82)),
            100..=107 => self.colour(48, index(number - 92)),
            _ => {}
        }
    }

    fn colour(&mut self, plane: u16, colour: Option<Colour>) {
        let Some(colour) = colour else { return };
        match plane {
            38 => self.ink = colour,
            48 => self.paper = colour,
            _ => self.line = colour,
        }
    }

    /// Writes the sequence after which a terminal writes so, however it wrote before.
    pub fn sgr(self, out: &mut String) {
        out.push_str("\x1b[0");
        let mut numbers: Vec<u8> =
            TRAITS.iter().filter(|(which, _)| self.has(*which)).map(|(_, on)| *on).collect();
        if self.underline != Underline::None {
            numbers.push(4);
        }
        for number in numbers {
            let _always = write!(out, ";{number}");
        }
        for (colour, dark, light, plane) in [(self.ink, 30, 90, 38), (self.paper, 40, 100, 48)] {
            let _always = match colour {
                Colour::Default => Ok(()),
                Colour::Index(number @ 0..=7) => write!(out, ";{}", dark + number),
                Colour::Index(number @ 8..=15) => write!(out, ";{}", light + number - 8),
                Colour::Index(number) => write!(out, ";{plane};5;{number}"),
                Colour::Rgb(red, green, blue) => write!(out, ";{plane};2;{red};{green};{blue}"),
            };
        }
        out.push('m');
        // A terminal that does not know these sequences drops each as a whole: the plain line stays.
        if !matches!(self.underline, Underline::None | Underline::Single) {
            let _always = write!(out, "\x1b[4:{}m", self.underline as u8);
        }
        let _always = match self.line {
            Colour::Default => Ok(()),
            Colour::Index(number) => write!(out, "\x1b[58:5:{number}m"),
            Colour::Rgb(red, green, blue) => write!(out, "\x1b[58:2::{red}:{green}:{blue}m"),
        };
    }
}

fn style_of(number: u16) -> Option<Underline> {
    Some(match number {
        0 => Underline::None,
        1 => Underline::Single,
        2 => Underline::Double,
        3 => Underline::Curly,
        4 => Underline::Dotted,
        5 => Underline::Dashed,
        _ => return None,
    })
}

fn index(number: u16) -> Option<Colour> {
    u8::try_from(number).ok().map(Colour::Index)
}

fn rgb([red, green, blue]: [Option<u16>; 3]) -> Option<Colour> {
    let part = |part: Option<u16>| u8::try_from(part?).ok();
    Some(Colour::Rgb(part(red)?, part(green)?, part(blue)?))
}

#[cfg(test)]
mod tests {
    use super::super::{Emulator, Letters};
    use super::{Colour, Pen, Trait, Underline};

    fn pen(said: &str) -> Pen {
        let mut emulator = Emulator::new(10, 1, Letters::default());
        emulator.process(said.as_bytes());
        emulator.process(b"x");
        emulator.screen().cell(0, 0).unwrap().pen
    }

    #[test]
    fn what_is_said_of_a_letter_is_said_again_the_same() {
        for said in [
            "\x1b[1;2;3;4;5;7;8;9;53m",
            "\x1b[31;42m",
            "\x1b[91;102m",
            "\x1b[38;5;200;48;5;17m",
            "\x1b[38;2;1;2;3;48;2;4;5;6m",
            "\x1b[38:2::1:2:3;48:5:9m",
            "\x1b[38:2:1:2:3m",
            "\x1b[4:3;58:2::9:8:7m",
            "\x1b[4:5;58;5;100m",
            "\x1b[21m",
            "\x1b[1m\x1b[22m\x1b[9m",
        ] {
            let first = pen(said);
            let mut again = String::new();
            first.sgr(&mut again);
            assert_eq!(pen(&again), first, "{said:?} became {again:?}");
            assert_ne!(first, Pen::default(), "{said:?}");
            assert_eq!(pen(&format!("{said}\x1b[m")), Pen::default(), "{said:?}");
        }
    }

    #[test]
    fn every_trait_goes_on_and_off() {
        let struck = pen("\x1b[9m");
        assert!(struck.has(Trait::Struck) && !struck.is_unseen());
        let offs = "\x1b[22;23;24;25;27;28;29;39;49;55;59m";
        let on = "\x1b[1;2;3;4:4;5;7;8;9;53;31;41;58;5;3m";
        assert_eq!(pen(&format!("{on}{offs}")), Pen::default());
        assert_eq!(pen("\x1b[4:4m").underline, Underline::Dotted);
        assert_eq!(pen("\x1b[38;5;300;32m").ink, Colour::Index(2), "no such colour");
    }
}
