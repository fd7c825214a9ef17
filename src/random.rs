//! Randomness as an argument: the operating system's, or a seeded stream for reproducible runs.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// Digits, and letters of both cases.
pub(crate) const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A source of random bytes. Everything that needs an id, an IV or a key takes one.
pub trait Random {
    /// Fills `bytes` completely.
    fn fill(&mut self, bytes: &mut [u8]);

    /// Who draws the random part of an algorithm, such as the salt of a signature.
    fn source(&mut self) -> Source<'_> {
        Source::Library
    }

    /// `length` characters drawn evenly from `alphabet`.
    ///
    /// `alphabet` must hold between 1 and 256 ASCII characters.
    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let [text] = draw(|bytes| self.fill(bytes), [Shape { alphabet, length }]);
        text
    }
}

impl dyn Random + '_ {
    /// Texts of these shapes, from as few bytes as they take together: each call of a generator costs.
    pub fn texts<const N: usize>(&mut self, shapes: [Shape<'_>; N]) -> [String; N] {
        draw(|bytes| self.fill(bytes), shapes)
    }
}

/// Who draws the random part of an algorithm.
#[derive(Debug)]
pub enum Source<'a> {
    /// The library that computes the algorithm, from its own generator: no run has to be repeated.
    Library,
    /// The stream of a seed, so that the same run gives the same bytes again.
    Seeded(&'a mut SeededRandom),
}

/// What a random text is made of.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// Between 1 and 256 ASCII characters.
    pub alphabet: &'a [u8],
    /// In characters.
    pub length: usize,
}

fn draw<const N: usize>(mut fill: impl FnMut(&mut [u8]), shapes: [Shape<'_>; N]) -> [String; N] {
    let mut pool = [0u8; 64];
    let mut used = pool.len();
    shapes.map(|Shape { alphabet, length }| {
        // Values past the largest multiple are drawn again, so that no character is favoured.
        let fair = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(length);
        while text.len() < length {
            if used == pool.len() {
                fill(&mut pool);
                used = 0;
            }
            let value = usize::from(pool[used]);
            used += 1;
            if value < fair {
                text.push(char::from(alphabet[value % alphabet.len()]));
            }
        }
        text
    })
}

/// The operating system's cryptographic generator.
#[derive(Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where system randomness is drawn"
        )]
        getrandom::fill(bytes).expect("the kernel has had getrandom since 3.17");
    }
}

/// A reproducible stream: HMAC-SHA256 of a counter under the seed. For tests only.
#[derive(Debug)]
pub struct SeededRandom {
    key: PKey<openssl::pkey::Private>,
    counter: u64,
    left: Vec<u8>,
}

impl SeededRandom {
    /// A stream that depends on `seed` and nothing else.
    pub fn new(seed: &str) -> Self {
        let key = openssl::hash::hash(MessageDigest::sha256(), seed.as_bytes())
            .and_then(|digest| PKey::hmac(&digest))
            .expect("SHA-256 and an HMAC key of 32 bytes are always available");
        Self {
            key,
            counter: 0,
            left: Vec::new(),
        }
    }

    fn refill(&mut self) {
        self.left = Signer::new(MessageDigest::sha256(), &self.key)
            .and_then(|mut signer| signer.sign_oneshot_to_vec(&self.counter.to_be_bytes()))
            .expect("HMAC-SHA256 over eight bytes cannot fail");
        self.counter += 1;
    }
}

impl Random for SeededRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.left.is_empty() {
                self.refill();
            }
            *byte = self.left.pop().unwrap_or_default();
        }
    }

    fn source(&mut self) -> Source<'_> {
        Source::Seeded(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_text() {
        let draw = |seed| SeededRandom::new(seed).text(b"0123456789abcdef", 40);
        assert_eq!(draw("a"), draw("a"));
        assert_ne!(draw("a"), draw("b"));
    }

    /// 0, 1, 2 and so on.
    struct Counting(u8);

    impl Random for Counting {
        fn fill(&mut self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0;
                self.0 += 1;
            }
        }
    }

    #[test]
    fn texts_of_one_draw_share_no_byte() {
        let alphabet: Vec<u8> = (0..128).collect();
        let shape = |length| Shape {
            alphabet: &alphabet,
            length,
        };
        let random: &mut dyn Random = &mut Counting(0);
        // Across the end of what is drawn at a time.
        let texts = random.texts([shape(30), shape(0), shape(50), shape(20)]).concat();
        assert!(texts.bytes().eq(0..100));
    }

    #[test]
    fn text_uses_the_whole_alphabet_and_nothing_else() {
        let text = SystemRandom.text(b"abc", 3000);
        assert_eq!(text.len(), 3000);
        assert!(text.chars().all(|character| "abc".contains(character)));
        assert!("abc".chars().all(|character| text.contains(character)));
    }
}
