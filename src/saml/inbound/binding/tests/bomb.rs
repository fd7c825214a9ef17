//! The strongest DEFLATE bomb there is, for tests (RFC 1951).
//!
//! One dynamic block in which two bits stand for 258 bytes: a length code 285 of one bit and a distance code of one
//! bit. No code can be shorter, so no stream inflates further: 1032 bytes for each of its own. Compressors come
//! close, but do not choose these codes.

/// A complete stream of `bytes` bytes, and how many bytes of `<` are in it.
pub(in crate::saml::inbound) fn bomb(bytes: usize) -> (Vec<u8>, usize) {
    let mut stream = Bits::default();
    // BFINAL, BTYPE 2; 286 literal and length codes, one distance code, 18 code length codes.
    stream.number(1, 1);
    stream.number(2, 2);
    stream.number(286 - 257, 5);
    stream.number(0, 5);
    stream.number(18 - 4, 4);
    // Of the code length codes in their order (16, 17, 18, 0, 8, ... 2, 14, 1): 18 has one bit, 2 and 1 have two.
    for place in 0..18 {
        stream.number(
            match place {
                2 => 1,
                15 | 17 => 2,
                _ => 0,
            },
            3,
        );
    }
    let zeros = |stream: &mut Bits, count: u32| {
        stream.code("0");
        stream.number(count - 11, 7);
    };
    // Lengths of the codes: `<` and the end of the block have two bits, length 285 and distance 0 have one.
    zeros(&mut stream, 60);
    stream.code("11");
    zeros(&mut stream, 138);
    zeros(&mut stream, 57);
    stream.code("11");
    zeros(&mut stream, 28);
    stream.code("10");
    stream.code("10");
    // `<`, then 258 bytes more from distance 1, again and again: zeros, until the end of the block.
    stream.code("10");
    let times = (8 * bytes - 2 - stream.0.len()) / 2;
    (0..times).for_each(|_| stream.code("00"));
    stream.code("11");
    (stream.bytes(), 1 + 258 * times)
}

#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    /// From its least significant bit.
    fn number(&mut self, number: u32, width: u32) {
        self.0.extend((0..width).map(|bit| number >> bit & 1 == 1));
    }

    /// From its first bit.
    fn code(&mut self, code: &str) {
        self.0.extend(code.bytes().map(|bit| bit == b'1'));
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        self.0.chunks(8).map(byte).collect()
    }
}

#[test]
fn it_inflates_as_far_as_a_stream_can() {
    use flate2::read::DeflateDecoder;
    for bytes in [64, 1023, 64 * 1024] {
        let (stream, inflated) = bomb(bytes);
        assert_eq!(stream.len(), bytes);
        let mut decoder = DeflateDecoder::new(&stream[..]);
        let read = std::io::copy(&mut decoder, &mut std::io::sink()).unwrap();
        assert_eq!((read, decoder.total_in()), (inflated as u64, bytes as u64));
        // All but the block's head of 17 bytes.
        assert!(inflated > 1032 * (bytes - 20), "{bytes}: {inflated}");
    }
}
