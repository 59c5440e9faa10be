//! From a phrase to tokens: numbers, signs and words that the language knows.
//!
//! Letters are lowered, umlauts written out and apostrophes left out; words that belong together ("day after tomorrow")
//! become one token, the longest first. A token remembers where it stood, so that a refusal can name it.

use super::words::{Language, Word};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number of up to 9 digits; how many there were.
    Int(u32, u8),
    /// A word that the language knows.
    Word(Word),
    /// A word that it does not know: a place, or a mistake.
    Unknown,
    /// Any other character.
    Sign(char),
}

/// A piece of the phrase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// No space stands before it.
    pub(super) glued: bool,
    /// Bytes of the phrase.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Writes a letter as the tables have it.
fn fold(letter: char, into: &mut String) {
    match letter {
        'ä' | 'Ä' => into.push_str("ae"),
        'ö' | 'Ö' => into.push_str("oe"),
        'ü' | 'Ü' => into.push_str("ue"),
        'ß' | 'ẞ' => into.push_str("ss"),
        // An umlaut in two pieces.
        '\u{308}' => into.push('e'),
        '\'' | '’' | 'ʼ' => {}
        letter => into.extend(letter.to_lowercase()),
    }
}

/// A word as the tables have it.
pub(super) fn folded(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    word.chars().for_each(|letter| fold(letter, &mut text));
    text
}

fn in_word(letter: char) -> bool {
    letter.is_alphabetic() || matches!(letter, '\'' | '’' | 'ʼ' | '_' | '\u{300}'..='\u{36f}')
}

/// The tokens of a phrase.
pub(super) fn tokens(phrase: &str, language: &Language) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let (mut at, mut glued) = (0, false);
    while let Some(first) = phrase[at..].chars().next() {
        let rest = &phrase[at..];
        let run = |keep: &dyn Fn(char) -> bool| rest.find(|letter| !keep(letter)).unwrap_or(rest.len());
        let (kind, length) = if first.is_whitespace() {
            (at, glued) = (at + first.len_utf8(), false);
            continue;
        } else if first.is_ascii_digit() {
            let length = run(&|letter| letter.is_ascii_digit());
            match (rest[..length].parse(), u8::try_from(length)) {
                (Ok(value), Ok(digits)) if length <= 9 => (Kind::Int(value, digits), length),
                _ => (Kind::Unknown, length),
            }
        } else if in_word(first) && first.is_alphabetic() {
            (Kind::Unknown, run(&in_word))
        } else {
            (Kind::Sign(first), first.len_utf8())
        };
        words.push(if kind == Kind::Unknown { folded(&rest[..length]) } else { String::new() });
        tokens.push(Token { kind, glued, start: at, end: at + length });
        (at, glued) = (at + length, true);
    }
    join(&tokens, &words, language)
}

/// Gives words their meaning, the longest that belong together first.
fn join(tokens: &[Token], words: &[String], language: &Language) -> Vec<Token> {
    let mut joined = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let most = words[at..].iter().take(Language::MOST_WORDS).take_while(|word| !word.is_empty()).count();
        let found = (1..=most).rev().find_map(|count| {
            let meaning = if count == 1 { language.find(&words[at]) } else { language.find(&words[at..at + count].join(" ")) };
            meaning.map(|meaning| (meaning, count))
        });
        let (kind, count) = found.map_or((tokens[at].kind, 1), |(meaning, count)| (Kind::Word(meaning), count));
        joined.push(Token { kind, end: tokens[at + count - 1].end, ..tokens[at] });
        at += count;
    }
    joined
}
