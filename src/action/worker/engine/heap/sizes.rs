//! Sizes of the arena's blocks. The engine takes small objects out of pages of 4 KiB of its own and counts in
//! powers of two beyond, so a block of such a size and the heads around it is not rounded up to the next one.

pub(super) const ALIGN: usize = 16;
/// A block of the arena is preceded by its capacity.
pub(super) const HEAD: usize = size_of::<usize>();
/// Multiples of [`ALIGN`] up to here, head included; then four sizes to each power of two.
const FINE: usize = 1024;
/// Larger blocks are not taken from the arena during a run.
const LARGEST: usize = (32 << 10) + ROOM;
/// For the heads, beside a size that is counted in powers of two.
const ROOM: usize = ALIGN;
const STEPS: usize = 4;
/// How many sizes there are.
pub(super) const SIZES: usize = FINE / ALIGN + STEPS * ((LARGEST - ROOM) / FINE).ilog2() as usize + 1;

/// Bytes that a block of the arena takes, head included.
pub(super) fn block_size(size: usize) -> usize {
    match size.saturating_add(HEAD) {
        needed @ ..=FINE => needed.max(2 * ALIGN).next_multiple_of(ALIGN),
        needed @ ..=LARGEST => {
            let needed = (needed - ROOM).max(FINE);
            needed.next_multiple_of(step(needed)) + ROOM
        }
        needed => needed.checked_next_multiple_of(ALIGN).unwrap_or(usize::MAX),
    }
}

/// The number of a block's size; none for large ones.
pub(super) fn class(block: usize) -> Option<usize> {
    if block <= FINE {
        return Some(block / ALIGN - 1);
    }
    if block > LARGEST {
        return None;
    }
    let counted = block - ROOM;
    let power = counted.ilog2() - FINE.ilog2();
    let within = (counted - (FINE << power)) / step(counted);
    Some(FINE / ALIGN + STEPS * power as usize + within)
}

/// What lies between the sizes around `counted`.
fn step(counted: usize) -> usize {
    (1 << counted.ilog2()) / STEPS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_a_block_that_holds_it_and_a_number_of_its_own() {
        let mut before = (0, 0);
        for size in 0..=LARGEST - HEAD {
            let block = block_size(size);
            assert!(
                block >= size + HEAD && block.is_multiple_of(ALIGN),
                "{size}: {block}"
            );
            let class = class(block).unwrap();
            assert!(class < SIZES, "{size}");
            assert_eq!(class == before.0, block == before.1, "{size}");
            assert!(class >= before.0, "{size}");
            before = (class, block);
        }
        assert_eq!(class(block_size(LARGEST)), None);
    }

    #[test]
    fn a_page_of_the_engine_loses_next_to_nothing() {
        assert_eq!(block_size(4096), 4096 + ROOM);
        assert_eq!(block_size(32 << 10), (32 << 10) + ROOM);
    }
}
