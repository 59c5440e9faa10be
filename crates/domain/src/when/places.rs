//! Where a time is meant: "utc+2", "9am PST", "10:00 in Tokyo", "Europe/Paris", "-05:30".
//!
//! An abbreviation names a place and says an offset; in the other half of the year the two disagree, and then the phrase is
//! refused with both readings. Those that mean several places (IST) are not known.

use super::Refusal;
use super::lex::{Kind, folded};
use super::parse::{Place, Walk, put};
use super::words::Word;
use crate::civil::parse_offset;

/// Abbreviation, IANA name of the place, seconds east of UTC that it says; without seconds it means whatever clocks show.
const ABBREVIATIONS: &[(&str, &str, Option<i32>)] = &[
    ("pst", "America/Los_Angeles", Some(-28_800)),
    ("pdt", "America/Los_Angeles", Some(-25_200)),
    ("pt", "America/Los_Angeles", None),
    ("mst", "America/Denver", Some(-25_200)),
    ("mdt", "America/Denver", Some(-21_600)),
    ("mt", "America/Denver", None),
    ("cdt", "America/Chicago", Some(-18_000)),
    ("ct", "America/Chicago", None),
    ("est", "America/New_York", Some(-18_000)),
    ("edt", "America/New_York", Some(-14_400)),
    ("et", "America/New_York", None),
    ("wet", "Europe/Lisbon", Some(0)),
    ("cet", "Europe/Paris", Some(3600)),
    ("cest", "Europe/Paris", Some(7200)),
    ("mez", "Europe/Berlin", Some(3600)),
    ("mesz", "Europe/Berlin", Some(7200)),
    ("eet", "Europe/Athens", Some(7200)),
    ("eest", "Europe/Athens", Some(10_800)),
    ("msk", "Europe/Moscow", Some(10_800)),
    ("jst", "Asia/Tokyo", Some(32_400)),
    ("kst", "Asia/Seoul", Some(32_400)),
    ("hkt", "Asia/Hong_Kong", Some(28_800)),
    ("sgt", "Asia/Singapore", Some(28_800)),
    ("aest", "Australia/Sydney", Some(36_000)),
    ("aedt", "Australia/Sydney", Some(39_600)),
    ("awst", "Australia/Perth", Some(28_800)),
    ("nzst", "Pacific/Auckland", Some(43_200)),
    ("nzdt", "Pacific/Auckland", Some(46_800)),
];

/// Cities that people name, and the zones that keep their time.
#[rustfmt::skip]
const CITIES: &[(&str, &str)] = &[
    ("amsterdam", "Europe/Amsterdam"), ("athens", "Europe/Athens"), ("athen", "Europe/Athens"), ("atlanta", "America/New_York"),
    ("auckland", "Pacific/Auckland"), ("austin", "America/Chicago"), ("bangalore", "Asia/Kolkata"), ("bangkok", "Asia/Bangkok"),
    ("barcelona", "Europe/Madrid"), ("beijing", "Asia/Shanghai"), ("peking", "Asia/Shanghai"), ("berlin", "Europe/Berlin"),
    ("bogota", "America/Bogota"), ("boston", "America/New_York"), ("brisbane", "Australia/Brisbane"), ("brussels", "Europe/Brussels"),
    ("bruessel", "Europe/Brussels"), ("budapest", "Europe/Budapest"), ("buenos aires", "America/Argentina/Buenos_Aires"),
    ("cairo", "Africa/Cairo"), ("kairo", "Africa/Cairo"), ("cape town", "Africa/Johannesburg"), ("kapstadt", "Africa/Johannesburg"),
    ("chicago", "America/Chicago"), ("copenhagen", "Europe/Copenhagen"), ("kopenhagen", "Europe/Copenhagen"), ("dallas", "America/Chicago"),
    ("delhi", "Asia/Kolkata"), ("new delhi", "Asia/Kolkata"), ("denver", "America/Denver"), ("dubai", "Asia/Dubai"), ("dublin", "Europe/Dublin"),
    ("frankfurt", "Europe/Berlin"), ("geneva", "Europe/Zurich"), ("genf", "Europe/Zurich"), ("hamburg", "Europe/Berlin"),
    ("helsinki", "Europe/Helsinki"), ("hong kong", "Asia/Hong_Kong"), ("hongkong", "Asia/Hong_Kong"), ("honolulu", "Pacific/Honolulu"),
    ("istanbul", "Europe/Istanbul"), ("jakarta", "Asia/Jakarta"), ("johannesburg", "Africa/Johannesburg"), ("karachi", "Asia/Karachi"),
    ("kyiv", "Europe/Kyiv"), ("lagos", "Africa/Lagos"), ("lima", "America/Lima"), ("lisbon", "Europe/Lisbon"), ("lissabon", "Europe/Lisbon"),
    ("london", "Europe/London"), ("los angeles", "America/Los_Angeles"), ("madrid", "Europe/Madrid"), ("manila", "Asia/Manila"),
    ("melbourne", "Australia/Melbourne"), ("mexico city", "America/Mexico_City"), ("miami", "America/New_York"), ("milan", "Europe/Rome"),
    ("mailand", "Europe/Rome"), ("montreal", "America/Toronto"), ("moscow", "Europe/Moscow"), ("moskau", "Europe/Moscow"),
    ("mumbai", "Asia/Kolkata"), ("munich", "Europe/Berlin"), ("muenchen", "Europe/Berlin"), ("nairobi", "Africa/Nairobi"),
    ("new york", "America/New_York"), ("oslo", "Europe/Oslo"), ("paris", "Europe/Paris"), ("perth", "Australia/Perth"),
    ("phoenix", "America/Phoenix"), ("prague", "Europe/Prague"), ("prag", "Europe/Prague"), ("rome", "Europe/Rome"), ("rom", "Europe/Rome"),
    ("san diego", "America/Los_Angeles"), ("san francisco", "America/Los_Angeles"), ("santiago", "America/Santiago"),
    ("sao paulo", "America/Sao_Paulo"), ("seattle", "America/Los_Angeles"), ("seoul", "Asia/Seoul"), ("shanghai", "Asia/Shanghai"),
    ("singapore", "Asia/Singapore"), ("singapur", "Asia/Singapore"), ("stockholm", "Europe/Stockholm"), ("sydney", "Australia/Sydney"),
    ("taipei", "Asia/Taipei"), ("tel aviv", "Asia/Jerusalem"), ("tokyo", "Asia/Tokyo"), ("tokio", "Asia/Tokyo"), ("toronto", "America/Toronto"),
    ("vancouver", "America/Vancouver"), ("vienna", "Europe/Vienna"), ("wien", "Europe/Vienna"), ("warsaw", "Europe/Warsaw"),
    ("warschau", "Europe/Warsaw"), ("washington", "America/New_York"), ("zurich", "Europe/Zurich"), ("zuerich", "Europe/Zurich"),
];

/// The IANA names that stand in the tables here: whoever hands in zones should know them.
pub fn place_names() -> impl Iterator<Item = &'static str> {
    ABBREVIATIONS.iter().map(|(_, zone, _)| *zone).chain(CITIES.iter().map(|(_, zone)| *zone))
}

/// The longest name of a city, in words.
const MOST_WORDS: usize = 2;

fn is_utc(word: &str) -> bool {
    matches!(word, "utc" | "gmt" | "z" | "zulu")
}

impl Walk<'_> {
    /// An offset in one piece with the time before it: 13:15:30-05:30, 23.00+1400, 13:15Z.
    pub(super) fn offset(&mut self) -> Result<(), Refusal> {
        if !self.is_glued(0) {
            return Ok(());
        }
        if self.text(0).eq_ignore_ascii_case("z") {
            self.at += 1;
            return put(&mut self.said.place, Place::Offset(0));
        }
        if let Some(offset) = self.attempt(Self::signed_offset) {
            put(&mut self.said.place, Place::Offset(offset))?;
        }
        Ok(())
    }

    /// `+02:00`, `-0530`, `+2`.
    fn signed_offset(&mut self) -> Option<i32> {
        let Some('+' | '-') = self.sign(0) else { return None };
        let start = self.token(0)?.start;
        let (_, digits) = self.int(1).filter(|_| self.is_glued(1))?;
        let minutes = self.sign(2) == Some(':') && self.is_glued(2) && self.is_glued(3) && matches!(self.int(3), Some((_, 2)));
        let last = if minutes && digits <= 2 { 3 } else { 1 };
        let offset = parse_offset(&self.phrase[start..self.token(last)?.end])?;
        self.at += last + 1;
        Some(offset)
    }

    /// A place: an offset, an abbreviation, a city, an IANA name.
    pub(super) fn place(&mut self) -> Result<bool, Refusal> {
        let word = folded(self.text(0));
        if is_utc(&word) {
            self.at += 1;
            let offset = self.attempt(Self::signed_offset).unwrap_or(0);
            put(&mut self.said.place, Place::Offset(offset))?;
            self.remark();
            return Ok(true);
        }
        let timed = self.said.clock.is_some();
        if timed && let Some(offset) = self.attempt(Self::signed_offset) {
            put(&mut self.said.place, Place::Offset(offset))?;
            self.remark();
            return Ok(true);
        }
        if let Some((_, zone, offset)) = ABBREVIATIONS.iter().find(|(short, ..)| *short == word) {
            self.at += 1;
            let place = match offset {
                Some(offset) => Place::Abbreviated(zone, *offset),
                None => Place::Named((*zone).to_owned()),
            };
            put(&mut self.said.place, place)?;
            return Ok(true);
        }
        let before = self.at;
        self.skip(Word::In);
        if let Some(name) = self.attempt(Self::zone_name).or_else(|| self.attempt(Self::city)) {
            self.skip(Word::Time);
            put(&mut self.said.place, Place::Named(name))?;
            return Ok(true);
        }
        self.at = before;
        Ok(false)
    }

    /// The abbreviation in brackets that repeats an offset: GMT+0900 (JST).
    fn remark(&mut self) {
        let known = |word: &str| is_utc(word) || ABBREVIATIONS.iter().any(|(short, ..)| *short == word);
        if self.sign(0) == Some('(') && known(&folded(self.text(1))) && self.sign(2) == Some(')') {
            self.at += 3;
        }
    }

    /// `America/New_York`.
    fn zone_name(&mut self) -> Option<String> {
        let start = self.token(0)?.start;
        if matches!(self.token(0)?.kind, Kind::Sign(_) | Kind::Int(..)) || self.sign(1) != Some('/') || !self.is_glued(1) {
            return None;
        }
        let mut ahead = 1;
        while self.is_glued(ahead)
            && matches!(self.token(ahead)?.kind, Kind::Sign('/' | '-' | '+') | Kind::Unknown | Kind::Word(_))
        {
            ahead += 1;
            if self.token(ahead).is_none() {
                break;
            }
        }
        let name = &self.phrase[start..self.token(ahead - 1)?.end];
        self.at += ahead;
        name.is_ascii().then(|| name.to_owned())
    }

    fn city(&mut self) -> Option<String> {
        let found = (1..=MOST_WORDS).rev().find_map(|count| {
            let words =
                (0..count).map(|ahead| self.token(ahead).map(|_| folded(self.text(ahead)))).collect::<Option<Vec<_>>>()?;
            let name = words.join(" ");
            CITIES.iter().find(|(city, _)| *city == name).map(|(_, zone)| (count, *zone))
        });
        let (count, zone) = found?;
        self.at += count;
        Some(zone.to_owned())
    }
}
