//! Random changes to good inputs.

use crate::chance::Chance;

/// A source of changes that a seed gives again.
pub struct Mutant(Chance);

/// A number of the environment.
pub fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

impl Mutant {
    pub fn new(seed: u64) -> Self {
        Mutant(Chance(seed.wrapping_mul(0x5851_f42d_4c95_7f2d)))
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.below(limit.max(1) as u64)).unwrap()
    }

    /// Where a piece begins and ends.
    fn piece(&mut self, length: usize, most: usize) -> (usize, usize) {
        let start = self.below(length + 1);
        (start, (start + self.below(most)).min(length))
    }

    /// One of the inputs, changed in a few ways.
    pub fn of(&mut self, inputs: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
        let mut input = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(6) {
            let (start, end) = self.piece(input.len(), 24);
            match self.below(8) {
                0 if !input.is_empty() => {
                    let at = self.below(input.len());
                    input[at] ^= 1 << self.below(8);
                }
                1 => input.insert(start, self.0.next().to_le_bytes()[0]),
                2 => drop(input.drain(start..end)),
                3 => {
                    let piece = input[start..end].to_vec();
                    let to = self.below(input.len() + 1);
                    input.splice(to..to, piece);
                }
                4 => {
                    let other = &inputs[self.below(inputs.len())];
                    let (from, to) = self.piece(other.len(), 200);
                    input.splice(start..start, other[from..to].iter().copied());
                }
                5 => input.truncate(start),
                6 => {
                    let odd = [
                        "\u{0}",
                        "\u{feff}",
                        "\u{2028}",
                        "\u{1F600}",
                        "\u{85}",
                        "e\u{301}",
                        "\r",
                        "\u{ffff}",
                        "ß",
                        "İ",
                    ];
                    input.splice(start..start, odd[self.below(odd.len())].bytes());
                }
                _ if words.is_empty() => {
                    let number = [0, 1, 0x7f, 0x80, u64::from(u32::MAX), u64::MAX][self.below(6)];
                    input.splice(start..end, number.to_le_bytes());
                }
                _ => drop(input.splice(start..end, words[self.below(words.len())].bytes())),
            }
        }
        input
    }
}
