//! ECDSA signatures as `r || s`, which tokens and XML want, instead of DER, which OpenSSL writes.

/// `r || s`, each `field` bytes long, of the signature `der`: `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 section
/// 2.2.3). `None` where `der` is anything else.
///
/// Read by hand: through OpenSSL's numbers it takes a twentieth of the time of a P-256 signature.
pub(super) fn concatenated(der: &[u8], field: usize) -> Option<Vec<u8>> {
    let (sequence, []) = element(der, SEQUENCE)? else {
        return None;
    };
    let (r, rest) = element(sequence, INTEGER)?;
    let (s, []) = element(rest, INTEGER)? else {
        return None;
    };
    let mut joined = vec![0; 2 * field];
    let (left, right) = joined.split_at_mut(field);
    put(r, left)?;
    put(s, right)?;
    Some(joined)
}

/// The content of the element at the beginning of `der`, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [found, length @ 0..=0x7f, rest @ ..] if *found == tag => (*length, rest),
        [found, 0x81, length @ 0x80..=0xff, rest @ ..] if *found == tag => (*length, rest),
        _ => return None,
    };
    rest.split_at_checked(usize::from(length))
}

/// Writes a number that is not negative to the end of `place`, which is all zero.
fn put(number: &[u8], place: &mut [u8]) -> Option<()> {
    let digits = match number {
        [] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..] => return None,
        [0, digits @ ..] | digits => digits,
    };
    let start = place.len().checked_sub(digits.len())?;
    place[start..].copy_from_slice(digits);
    Some(())
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::bn::BigNum;
    use openssl::ecdsa::EcdsaSig;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_gives_what_openssl_gives(
            r in prop::collection::vec(any::<u8>(), 1..=66),
            s in prop::collection::vec(any::<u8>(), 1..=66),
        ) {
            let number = |bytes: &[u8]| BigNum::from_slice(bytes).unwrap();
            let signature = EcdsaSig::from_private_components(number(&r), number(&s)).unwrap();
            let der = signature.to_der().unwrap();
            let padded = |number: &openssl::bn::BigNumRef| number.to_vec_padded(66).unwrap();
            let expected = [padded(signature.r()), padded(signature.s())].concat();
            prop_assert_eq!(concatenated(&der, 66), Some(expected));
            let bits = signature.r().num_bytes().max(signature.s().num_bytes());
            let too_short = usize::try_from(bits).unwrap().saturating_sub(1);
            prop_assert_eq!(concatenated(&der, too_short), None);
        }

        #[test]
        fn what_is_no_signature_is_none(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(joined) = concatenated(&bytes, 32) {
                let read = EcdsaSig::from_der(&bytes).unwrap();
                prop_assert_eq!(read.r().to_vec_padded(32).unwrap(), &joined[..32]);
            }
        }
    }
}
