//! Finds many short words in one text, in one pass and without any dependency.
//!
//! A bitmap of the first two bytes of all words answers nearly every position of the text at once; only where it says
//! yes the few words that begin so are compared.

/// A group of words; several groups are looked for in one pass.
pub(super) type Group = u8;

/// The words, ready to be looked for.
pub(super) struct Tokens {
    /// One bit for each pair of bytes.
    pairs: Box<[u64; 1024]>,
    /// Ascending, so that words with one beginning stand together.
    words: Vec<(&'static [u8], Group)>,
    /// Where the words of each pair begin in `words`, ascending by pair.
    starts: Vec<(u16, u16)>,
}

impl Tokens {
    /// Takes words in lower case, of two bytes at least; shorter ones are left out.
    pub(super) fn new(words: impl IntoIterator<Item = (&'static str, Group)>) -> Self {
        let mut words: Vec<(&[u8], Group)> =
            words.into_iter().map(|(word, group)| (word.as_bytes(), group)).filter(|(word, _)| word.len() >= 2).collect();
        words.sort_unstable();
        let mut pairs = Box::new([0_u64; 1024]);
        let mut starts: Vec<(u16, u16)> = Vec::new();
        for (index, (word, _)) in (0_u16..).zip(&words) {
            let pair = u16::from_be_bytes([word[0], word[1]]);
            pairs[usize::from(pair >> 6)] |= 1 << (pair & 63);
            if starts.last().is_none_or(|(last, _)| *last != pair) {
                starts.push((pair, index));
            }
        }
        Self { pairs, words, starts }
    }

    /// Tells `found` the group and the place of every word in the text, which is in lower case.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(Group, usize, &'static [u8])) {
        for (at, window) in text.windows(2).enumerate() {
            let pair = u16::from_be_bytes([window[0], window[1]]);
            if self.pairs[usize::from(pair >> 6)] & (1 << (pair & 63)) == 0 {
                continue;
            }
            let Ok(start) = self.starts.binary_search_by_key(&pair, |(pair, _)| *pair) else { continue };
            let rest = &text[at..];
            for (word, group) in &self.words[usize::from(self.starts[start].1)..] {
                if word[..2] != *window {
                    break;
                }
                if rest.starts_with(word) {
                    found(*group, at, word);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_every_word() {
        let tokens = Tokens::new([("curl/", 0), ("curl", 1), ("ur", 2), ("/7", 2), ("x", 3), ("bot", 4)]);
        let mut found = Vec::new();
        tokens.each(b"curl/7 curlbo", |group, at, word| found.push((group, at, word.len())));
        found.sort_unstable();
        assert_eq!(found, [(0, 0, 5), (1, 0, 4), (1, 7, 4), (2, 1, 2), (2, 4, 2), (2, 8, 2)]);
        tokens.each(b"", |_, _, _| panic!("nothing is in nothing"));
        tokens.each(b"c", |_, _, _| panic!("nothing is in one byte"));
    }
}
