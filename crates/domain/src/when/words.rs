//! What a word of a phrase means, whatever its language. A language is a table of these ([`Language`]); the grammar is shared.

use crate::civil::Weekday;

/// A unit of time that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours of 60 minutes.
    Hour,
    /// Calendar days.
    Day,
    /// Days from Monday to Friday.
    Workday,
    /// Seven days.
    Week,
    /// Fourteen days.
    Fortnight,
    /// Calendar months.
    Month,
    /// Three months. As a part of an hour: 15 minutes.
    Quarter,
    /// Calendar years.
    Year,
    /// Ten years.
    Decade,
}

/// A part of the day that has a time by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before noon.
    Morning,
    /// After noon.
    Afternoon,
    /// After work.
    Evening,
    /// Late, and after midnight.
    Night,
    /// When work ends.
    EndOfDay,
}

/// What a word, or a few words that belong together, mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A number: 0 to 19, or a round one that ends.
    Number(u16),
    /// A round number that another may follow: twenty (two).
    Tens(u16),
    /// A place in a row: third.
    Ordinal(u16),
    /// "a": one of a unit.
    One,
    /// Half of something; before a unit.
    Half,
    /// "half ten" as German means it: half an hour before.
    HalfTo,
    /// "dreiviertel": a quarter before.
    ThreeQuartersTo,
    /// One and a half.
    OneAndHalf,
    /// Two, about.
    Couple,
    /// Three, about.
    Few,
    /// A weekday.
    Weekday(Weekday),
    /// A weekday every week: mondays.
    Each(Weekday),
    /// Monday to Friday.
    Workdays,
    /// Every day.
    Daily,
    /// Saturday (and Sunday).
    Weekend,
    /// A month, 1 to 12.
    Month(u8),
    /// A unit that is counted.
    Unit(Unit),
    /// A day, counted from today.
    Day(i8),
    /// German "morgen": tomorrow, and the morning of a day that was named.
    TomorrowOrMorning,
    /// A part of the day.
    Part(Part),
    /// A part of every day, said of a time: "3 in the morning".
    OfPart(Part),
    /// The evening and night of today.
    Tonight,
    /// Before noon, as `am`.
    Am,
    /// After noon, as `pm`.
    Pm,
    /// 12:00.
    Noon,
    /// 0:00.
    Midnight,
    /// This moment.
    Now,
    /// The one that it is now.
    This,
    /// The one after it.
    Next,
    /// The one that comes first.
    Coming,
    /// The one at the end.
    Last,
    /// Every one.
    Every,
    /// Every second one.
    Other,
    /// Before a time.
    At,
    /// Before a day.
    On,
    /// Before a span, a month or a place.
    In,
    /// Before a span: at its end.
    Within,
    /// Said with a span that has a limit: less than.
    LessThan,
    /// Said with something that is not exact.
    About,
    /// Between the part and the whole.
    Of,
    /// An article that says nothing more.
    The,
    /// And.
    And,
    /// From; between a span and where it begins.
    From,
    /// After; past an hour.
    After,
    /// Past an hour.
    Past,
    /// Before.
    Before,
    /// Before an hour; until.
    To,
    /// Until, through.
    Until,
    /// After a span: from now on.
    Later,
    /// After an hour: o'clock.
    OClock,
    /// After a span: "in two weeks' time".
    Time,
    /// The end of a period.
    End,
    /// The beginning of a period.
    Start,
    /// The last day of a period.
    Eo(Unit),
    /// A day of every year: month and day.
    Feast(u8, u8),
    /// Easter Sunday.
    Easter,
    /// As soon as possible.
    Asap,
    /// After a number: how many times.
    Times,
    /// Two times.
    Twice,
}

/// A language: what its words mean.
#[derive(Debug)]
pub struct Language {
    /// Its BCP 47 tag: `en`.
    pub tag: &'static str,
    /// Words, lower case, umlauts written out (`ae`), without apostrophes; several that belong together with one space
    /// between them, at most [`Language::MOST_WORDS`].
    pub words: &'static [(&'static str, Word)],
    /// Stands between units and tens of a number that is one word: German "einundzwanzig".
    pub number_joiner: Option<&'static str>,
}

impl Language {
    /// How many words may belong together.
    pub const MOST_WORDS: usize = 4;

    /// What a word means.
    pub fn find(&self, word: &str) -> Option<Word> {
        let plain = |word: &str| self.words.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning);
        plain(word).or_else(|| {
            let (units, tens) = word.split_once(self.number_joiner?)?;
            match (plain(units)?, plain(tens)?) {
                (Word::Number(units), Word::Tens(tens)) => Some(Word::Number(tens + units)),
                (Word::One, Word::Tens(tens)) => Some(Word::Number(tens + 1)),
                _ => None,
            }
        })
    }

    /// The known word that is nearest to one that is not, if it is near, and how far it is.
    pub fn nearest(&self, word: &str) -> Option<(usize, &'static str)> {
        let length = word.chars().count();
        let most = match length {
            0..=2 => return None,
            3..=4 => 1,
            _ => 2,
        };
        let wanted = letters(word);
        // Each change touches at most two letters of the alphabet: a cheap test before the dear one.
        let near = |known: &&(&'static str, Word)| {
            let differing = (letters(known.0) ^ wanted).count_ones() as usize;
            known.0.len() >= 3 && known.0.len().abs_diff(length) <= most && differing <= 2 * most
        };
        let distances = self.words.iter().filter(near).map(|(known, _)| (distance(word, known), *known));
        distances.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance)
    }
}

/// Which letters of the alphabet a word has, as bits.
fn letters(word: &str) -> u32 {
    word.bytes().filter(u8::is_ascii_lowercase).fold(0, |bits, letter| bits | 1 << (letter - b'a'))
}

/// How many letters must be put in, left out, changed or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, known) in other.iter().enumerate() {
            let changed = row[j] + usize::from(letter != known);
            let mut least = changed.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *letter == other[j - 1] && one[i - 1] == *known {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}
