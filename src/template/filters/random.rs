//! Chance: `random` and `shuffle`. With a seed they are Python's own generator, so that a seeded choice is the same one.

use super::Filter;
use crate::template::engine::{Args, Bound, Cause, Eval, Fault, Session, Val};
use hostler_sdk::Value;
use sha2::{Digest, Sha512};
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[Filter::new("random", random), Filter::new("shuffle", shuffle)];

/// A number below `limit` from the system's source of chance.
pub(crate) fn below(limit: u128) -> Eval<u128> {
    if limit == 0 {
        return Err(Fault::new("cannot choose from nothing"));
    }
    let bits = 128 - limit.leading_zeros();
    loop {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|e| Fault::new(format!("the system gives no random numbers: {e}")))?;
        // All of the top bits equally likely; what is too large is drawn again.
        let n = u128::from_le_bytes(bytes).checked_shr(128 - bits).unwrap_or(0);
        if n < limit {
            return Ok(n);
        }
    }
}

/// Python's Mersenne Twister.
pub(crate) struct Seeded {
    state: [u32; 624],
    at: usize,
}

impl Seeded {
    /// `random.Random(seed)` for whole numbers and text.
    pub fn new(seed: &Val) -> Eval<Seeded> {
        let bytes: Vec<u8> = match seed {
            Val::Plain(Value::Str(text)) => {
                // Text is followed by its SHA-512 and the whole read as one big-endian number.
                let mut bytes = text.as_bytes().to_vec();
                bytes.extend_from_slice(&Sha512::digest(text.as_bytes()));
                bytes.reverse();
                bytes
            }
            other => match other.as_int() {
                Some(n) => n.unsigned_abs().to_le_bytes().to_vec(),
                None => {
                    return Err(Fault::new(
                        "The only supported seed types are: None, int, float, str, bytes, and bytearray.",
                    ));
                }
            },
        };
        let mut key: Vec<u32> = bytes
            .chunks(4)
            .map(|c| c.iter().enumerate().fold(0, |word, (n, byte)| word | u32::from(*byte) << (8 * n)))
            .collect();
        while key.len() > 1 && key.last() == Some(&0) {
            key.pop();
        }
        let mut state = [0u32; 624];
        state[0] = 19650218;
        for n in 1..624 {
            let last = state[n - 1];
            state[n] = (last ^ last >> 30).wrapping_mul(1812433253).wrapping_add(n as u32);
        }
        let (mut i, mut j) = (1, 0);
        for _ in 0..key.len().max(624) {
            let last = state[i - 1];
            state[i] =
                (state[i] ^ (last ^ last >> 30).wrapping_mul(1664525)).wrapping_add(key[j]).wrapping_add(j as u32);
            (i, j) = (i + 1, (j + 1) % key.len());
            if i >= 624 {
                state[0] = state[623];
                i = 1;
            }
        }
        for _ in 0..623 {
            let last = state[i - 1];
            state[i] = (state[i] ^ (last ^ last >> 30).wrapping_mul(1566083941)).wrapping_sub(i as u32);
            i += 1;
            if i >= 624 {
                state[0] = state[623];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        Ok(Seeded { state, at: 624 })
    }

    fn next(&mut self) -> u32 {
        if self.at >= 624 {
            for n in 0..624 {
                let y = self.state[n] & 0x8000_0000 | self.state[(n + 1) % 624] & 0x7fff_ffff;
                let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[n] = self.state[(n + 397) % 624] ^ y >> 1 ^ twist;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }

    fn bits(&mut self, bits: u32) -> u128 {
        let mut out = 0u128;
        let (mut left, mut shift) = (bits, 0);
        while left > 0 {
            let take = left.min(32);
            out |= u128::from(self.next() >> (32 - take)) << shift;
            left -= take;
            shift += 32;
        }
        out
    }

    /// A number below `limit`, as `randrange` draws it.
    pub fn below(&mut self, limit: u128) -> u128 {
        if limit == 0 {
            return 0;
        }
        let bits = 128 - limit.leading_zeros();
        loop {
            let n = self.bits(bits);
            if n < limit {
                return n;
            }
        }
    }
}

fn seeded(seed: Option<Val>) -> Eval<Option<Seeded>> {
    match seed {
        Some(seed) if !seed.is_null() => Seeded::new(&seed).map(Some),
        _ => Ok(None),
    }
}

fn random(session: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    session.fleeting();
    let [start, step, seed] = args.bind("random", ["start", "step", "seed"])?;
    let mut seeded = seeded(seed)?;
    let mut draw = |limit: u128| match &mut seeded {
        Some(seeded) if limit > 0 => Ok(seeded.below(limit)),
        _ => below(limit),
    };
    if let Some(end) = input.as_int() {
        let start = start.int(0)?;
        let step = match step.int(1)? {
            0 => 1,
            n => n,
        };
        let count = if step > 0 {
            (end - start + step - 1).div_euclid(step)
        } else {
            (start - end - step - 1).div_euclid(-step)
        };
        if count <= 0 {
            return Err(Fault::new(format!("empty range for randrange() ({start}, {end}, {step})")));
        }
        return Ok(Val::from(start + step * draw(count as u128)? as i128));
    }
    if start.is_some_and(|s| s.truth().unwrap_or(false)) || step.is_some_and(|s| s.truth().unwrap_or(false)) {
        return Err(Fault::new("start and step can only be used with integer values"));
    }
    if !(input.is_list() || input.as_str().is_some()) {
        return Err(Fault::new("random can only be used on sequences and integers"));
    }
    let items = input.iterate()?;
    if items.is_empty() {
        return Ok(Val::missing(Cause::Told("cannot choose from an empty sequence".to_owned())));
    }
    Ok(items[draw(items.len() as u128)? as usize].clone())
}

fn shuffle(session: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    session.fleeting();
    let [seed] = args.bind("shuffle", ["seed"])?;
    let seed = match seed {
        Some(seed) if seed.truth()? => Some(seed),
        _ => None,
    };
    let mut seeded = seeded(seed)?;
    let Ok(mut items) = input.iterate() else { return Ok(input) };
    for n in (1..items.len()).rev() {
        let other = match &mut seeded {
            Some(seeded) => seeded.below(n as u128 + 1),
            None => below(n as u128 + 1)?,
        };
        items.swap(n, other as usize);
    }
    Ok(Val::list(items))
}
