//! Replacing stretches of bytes, and nothing else.

use std::ops::Range;

/// A stretch that is replaced; an empty one is a place where something is put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    /// What is replaced.
    pub(super) at: Range<usize>,
    /// By what.
    pub(super) by: Vec<u8>,
}

/// Puts all splices in. They are in order and do not overlap.
pub(super) fn splice(source: &[u8], splices: &[Splice]) -> Vec<u8> {
    let added: usize = splices.iter().map(|splice| splice.by.len()).sum();
    let mut out = Vec::with_capacity(source.len() + added);
    let mut kept = 0;
    for Splice { at, by } in splices {
        out.extend_from_slice(&source[kept..at.start]);
        out.extend_from_slice(by);
        kept = at.end;
    }
    out.extend_from_slice(&source[kept..]);
    out
}

/// Where a place of the source is after [`splice`]: what was put in at the place itself stands before it.
pub(super) fn moved(place: usize, splices: &[Splice]) -> usize {
    let before = splices.iter().take_while(|splice| splice.at.end <= place);
    before.fold(place, |place, splice| place + splice.by.len() - splice.at.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_replaced_and_places_move() {
        let splices =
            [(0..0, "<"), (2..4, ""), (5..5, "--"), (6..7, "long")].map(|(at, by)| Splice { at, by: by.as_bytes().to_vec() });
        assert_eq!(splice(b"abcdefgh", &splices), b"<abe--flongh");
        let places: Vec<_> = (0..=8).filter(|place| *place != 3 && *place != 2).map(|p| moved(p, &splices)).collect();
        assert_eq!(places, [1, 2, 3, 6, 7, 11, 12]);
        assert_eq!(splice(b"abc", &[]), b"abc");
        assert_eq!(moved(3, &[]), 3);
    }
}
