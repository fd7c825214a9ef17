//! From the text that is parsed back to the file as it was written: placeholders were replaced in between.

use std::cell::OnceCell;
use std::rc::Rc;

/// A place in a file as it was written, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
}

/// A part of the parsed text that stands for a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins and ends in the parsed text.
    pub parsed: (usize, usize),
    /// Where the placeholder begins and ends in the file.
    pub written: (usize, usize),
    /// The placeholder as it is written, such as `##KEY##`.
    pub placeholder: String,
    /// Whether a value stands there; else a marker does.
    pub is_filled: bool,
}

/// A file as it was written.
pub(super) struct Written {
    text: Rc<String>,
    /// In order.
    pieces: Vec<Piece>,
    /// Where each line begins.
    lines: OnceCell<Vec<usize>>,
}

impl Written {
    pub(super) fn new(text: Rc<String>, pieces: Vec<Piece>) -> Self {
        Self {
            text,
            pieces,
            lines: OnceCell::new(),
        }
    }

    /// The place of the byte `at` of the parsed text.
    pub(super) fn spot(&self, at: usize) -> Spot {
        let before = self.pieces.partition_point(|piece| piece.parsed.0 <= at);
        let last = before.checked_sub(1).and_then(|index| self.pieces.get(index));
        let at = match last {
            Some(piece) if at < piece.parsed.1 => piece.written.0,
            Some(piece) => piece.written.1 + (at - piece.parsed.1),
            None => at,
        };
        self.place(at)
    }

    /// The place of the byte `at` of the file as it was written.
    pub(super) fn place(&self, at: usize) -> Spot {
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect()
        });
        let line = lines.partition_point(|start| *start <= at);
        let start = lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let column = self
            .text
            .get(start..at)
            .map_or(0, |before| before.chars().count());
        Spot {
            line: number(line),
            column: number(column + 1),
        }
    }

    /// The piece in which the byte `at` of the parsed text stands, or behind which it is the next.
    pub(super) fn piece(&self, at: usize) -> Option<&Piece> {
        let before = self.pieces.partition_point(|piece| piece.parsed.0 <= at);
        let piece = self.pieces.get(before.checked_sub(1)?)?;
        (at <= piece.parsed.1).then_some(piece)
    }

    /// Whether a value was filled in on this line.
    pub(super) fn is_filled(&self, line: u32) -> bool {
        let from = self
            .pieces
            .partition_point(|piece| self.spot(piece.parsed.0).line < line);
        let of_line = self.pieces[from..]
            .iter()
            .take_while(|piece| self.spot(piece.parsed.0).line == line);
        of_line.into_iter().any(|piece| piece.is_filled)
    }
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_file_as_it_was_written() {
        // "a ##X## b\nc" with "1\n2\n3" in the place of ##X##.
        let piece = Piece {
            parsed: (2, 7),
            written: (2, 7),
            placeholder: "##X##".to_owned(),
            is_filled: true,
        };
        let written = Written::new(
            Rc::new("é ##X## b\nc".to_owned()),
            vec![Piece {
                parsed: (3, 8),
                written: (3, 8),
                ..piece
            }],
        );
        let spot = |at| (written.spot(at).line, written.spot(at).column);
        assert_eq!(
            [spot(0), spot(3), spot(6), spot(9)],
            [(1, 1), (1, 3), (1, 3), (1, 9)]
        );
        assert_eq!(spot(11), (2, 1));
        assert!(written.is_filled(1) && !written.is_filled(2));
        assert!(written.piece(8).is_some() && written.piece(9).is_none());
    }
}
