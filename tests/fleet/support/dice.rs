//! Random numbers that can be had again.

use std::time::SystemTime;

/// A generator.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From `MOSAIC_TEST_SEED`, which is printed with a failure; without it from the clock.
    pub fn new() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Self::or(u64::from(since.subsec_nanos()))
    }

    /// From `MOSAIC_TEST_SEED`, and without it from this.
    pub fn or(seed: u64) -> Self {
        let seed = number("MOSAIC_TEST_SEED").unwrap_or(seed) | 1;
        println!("MOSAIC_TEST_SEED={seed}");
        Self(seed)
    }

    /// Another one, which goes its own way.
    pub fn split(&mut self) -> Self {
        Self(self.below(u64::MAX) | 1)
    }

    /// One of so many, from 0.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    /// Whether something happens that does so often of a thousand times.
    pub fn strikes(&mut self, often: u64) -> bool {
        self.below(1000) < often
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// A number of the environment.
pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
