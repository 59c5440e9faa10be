//! German: the words of phrases about time. Umlauts are written out: `ae`, `oe`, `ue`, `ss`.

use super::words::{Language, Part, Unit, Word};
use crate::civil::Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};

/// German.
pub static GERMAN: Language = Language { tag: "de", words: WORDS, number_joiner: Some("und") };

#[rustfmt::skip]
const WORDS: &[(&str, Word)] = &[
    // Days
    ("montag", Word::Weekday(Monday)), ("mo", Word::Weekday(Monday)), ("dienstag", Word::Weekday(Tuesday)),
    ("di", Word::Weekday(Tuesday)), ("mittwoch", Word::Weekday(Wednesday)), ("mi", Word::Weekday(Wednesday)),
    ("donnerstag", Word::Weekday(Thursday)), ("do", Word::Weekday(Thursday)), ("freitag", Word::Weekday(Friday)),
    ("fr", Word::Weekday(Friday)), ("samstag", Word::Weekday(Saturday)), ("sonnabend", Word::Weekday(Saturday)),
    ("sa", Word::Weekday(Saturday)), ("sonntag", Word::Weekday(Sunday)), ("so", Word::Weekday(Sunday)),
    ("montags", Word::Each(Monday)), ("dienstags", Word::Each(Tuesday)), ("mittwochs", Word::Each(Wednesday)),
    ("donnerstags", Word::Each(Thursday)), ("freitags", Word::Each(Friday)), ("samstags", Word::Each(Saturday)),
    ("sonntags", Word::Each(Sunday)),
    ("werktags", Word::Workdays), ("wochentags", Word::Workdays), ("an werktagen", Word::Workdays),
    ("an wochentagen", Word::Workdays), ("an arbeitstagen", Word::Workdays),
    ("taeglich", Word::Daily), ("jeden tag", Word::Daily), ("wochenende", Word::Weekend), ("am wochenende", Word::Weekend),
    ("heute", Word::Day(0)), ("morgen", Word::TomorrowOrMorning), ("uebermorgen", Word::Day(2)), ("gestern", Word::Day(-1)),
    ("vorgestern", Word::Day(-2)),
    // Months
    ("januar", Word::Month(1)), ("jaenner", Word::Month(1)), ("jan", Word::Month(1)), ("februar", Word::Month(2)),
    ("feb", Word::Month(2)), ("maerz", Word::Month(3)), ("mrz", Word::Month(3)), ("april", Word::Month(4)), ("apr", Word::Month(4)),
    ("mai", Word::Month(5)), ("juni", Word::Month(6)), ("jun", Word::Month(6)), ("juli", Word::Month(7)), ("jul", Word::Month(7)),
    ("august", Word::Month(8)), ("aug", Word::Month(8)), ("september", Word::Month(9)), ("sep", Word::Month(9)),
    ("sept", Word::Month(9)), ("oktober", Word::Month(10)), ("okt", Word::Month(10)), ("november", Word::Month(11)),
    ("nov", Word::Month(11)), ("dezember", Word::Month(12)), ("dez", Word::Month(12)),
    // Units
    ("sekunde", Word::Unit(Unit::Second)), ("sekunden", Word::Unit(Unit::Second)), ("sek", Word::Unit(Unit::Second)),
    ("minute", Word::Unit(Unit::Minute)), ("minuten", Word::Unit(Unit::Minute)), ("min", Word::Unit(Unit::Minute)),
    ("stunde", Word::Unit(Unit::Hour)), ("stunden", Word::Unit(Unit::Hour)), ("std", Word::Unit(Unit::Hour)), ("h", Word::Unit(Unit::Hour)),
    ("tag", Word::Unit(Unit::Day)), ("tage", Word::Unit(Unit::Day)), ("tagen", Word::Unit(Unit::Day)), ("tages", Word::Unit(Unit::Day)),
    ("werktag", Word::Unit(Unit::Workday)), ("werktage", Word::Unit(Unit::Workday)), ("werktagen", Word::Unit(Unit::Workday)),
    ("arbeitstag", Word::Unit(Unit::Workday)), ("arbeitstage", Word::Unit(Unit::Workday)), ("arbeitstagen", Word::Unit(Unit::Workday)),
    ("woche", Word::Unit(Unit::Week)), ("wochen", Word::Unit(Unit::Week)),
    ("monat", Word::Unit(Unit::Month)), ("monate", Word::Unit(Unit::Month)), ("monaten", Word::Unit(Unit::Month)),
    ("monats", Word::Unit(Unit::Month)), ("quartal", Word::Unit(Unit::Quarter)), ("quartale", Word::Unit(Unit::Quarter)),
    ("quartals", Word::Unit(Unit::Quarter)), ("viertel", Word::Unit(Unit::Quarter)),
    ("jahr", Word::Unit(Unit::Year)), ("jahre", Word::Unit(Unit::Year)), ("jahren", Word::Unit(Unit::Year)), ("jahres", Word::Unit(Unit::Year)),
    // Numbers
    ("ein", Word::One), ("eine", Word::One), ("einen", Word::One), ("einem", Word::One), ("einer", Word::One), ("eines", Word::One),
    ("eins", Word::Number(1)), ("zwei", Word::Number(2)), ("zwo", Word::Number(2)), ("drei", Word::Number(3)), ("vier", Word::Number(4)),
    ("fuenf", Word::Number(5)), ("sechs", Word::Number(6)), ("sieben", Word::Number(7)), ("acht", Word::Number(8)),
    ("neun", Word::Number(9)), ("zehn", Word::Number(10)), ("elf", Word::Number(11)), ("zwoelf", Word::Number(12)),
    ("dreizehn", Word::Number(13)), ("vierzehn", Word::Number(14)), ("fuenfzehn", Word::Number(15)),
    ("sechzehn", Word::Number(16)), ("siebzehn", Word::Number(17)), ("achtzehn", Word::Number(18)), ("neunzehn", Word::Number(19)),
    ("zwanzig", Word::Tens(20)), ("dreissig", Word::Tens(30)), ("vierzig", Word::Tens(40)), ("fuenfzig", Word::Tens(50)),
    ("sechzig", Word::Tens(60)), ("neunzig", Word::Tens(90)),
    ("erste", Word::Ordinal(1)), ("ersten", Word::Ordinal(1)), ("erster", Word::Ordinal(1)), ("zweite", Word::Ordinal(2)),
    ("zweiten", Word::Ordinal(2)), ("zweiter", Word::Ordinal(2)), ("dritte", Word::Ordinal(3)), ("dritten", Word::Ordinal(3)),
    ("dritter", Word::Ordinal(3)), ("vierte", Word::Ordinal(4)), ("vierten", Word::Ordinal(4)), ("vierter", Word::Ordinal(4)),
    ("fuenfte", Word::Ordinal(5)), ("fuenften", Word::Ordinal(5)), ("sechsten", Word::Ordinal(6)), ("siebten", Word::Ordinal(7)),
    ("achten", Word::Ordinal(8)), ("neunten", Word::Ordinal(9)), ("zehnten", Word::Ordinal(10)), ("elften", Word::Ordinal(11)),
    ("zwoelften", Word::Ordinal(12)), ("fuenfzehnten", Word::Ordinal(15)), ("zwanzigsten", Word::Ordinal(20)),
    ("dreissigsten", Word::Ordinal(30)),
    ("halb", Word::HalfTo), ("halbe", Word::Half), ("halben", Word::Half), ("eine halbe", Word::Half), ("einer halben", Word::Half),
    ("dreiviertel", Word::ThreeQuartersTo), ("anderthalb", Word::OneAndHalf), ("eineinhalb", Word::OneAndHalf),
    ("ein paar", Word::Few), ("paar", Word::Few), ("einigen", Word::Few),
    // Times of day
    ("uhr", Word::OClock), ("mittag", Word::Noon), ("mittags", Word::Noon), ("am mittag", Word::Noon), ("mitternacht", Word::Midnight),
    ("frueh", Word::Part(Part::Morning)), ("vormittag", Word::Part(Part::Morning)), ("am vormittag", Word::Part(Part::Morning)),
    ("am morgen", Word::Part(Part::Morning)), ("nachmittag", Word::Part(Part::Afternoon)), ("am nachmittag", Word::Part(Part::Afternoon)),
    ("abend", Word::Part(Part::Evening)), ("am abend", Word::Part(Part::Evening)), ("nacht", Word::Part(Part::Night)),
    ("morgens", Word::OfPart(Part::Morning)), ("vormittags", Word::OfPart(Part::Morning)), ("in der frueh", Word::OfPart(Part::Morning)),
    ("nachmittags", Word::OfPart(Part::Afternoon)), ("abends", Word::OfPart(Part::Evening)), ("nachts", Word::OfPart(Part::Night)),
    ("in der nacht", Word::OfPart(Part::Night)),
    ("feierabend", Word::Part(Part::EndOfDay)), ("zum feierabend", Word::Part(Part::EndOfDay)), ("ende des tages", Word::Part(Part::EndOfDay)),
    ("monatsende", Word::Eo(Unit::Month)), ("zum monatsende", Word::Eo(Unit::Month)),
    ("am monatsende", Word::Eo(Unit::Month)), ("jahresende", Word::Eo(Unit::Year)), ("zum jahresende", Word::Eo(Unit::Year)),
    ("am jahresende", Word::Eo(Unit::Year)),
    ("jetzt", Word::Now), ("sofort", Word::Now), ("gleich jetzt", Word::Now),
    ("so bald wie moeglich", Word::Asap), ("baldmoeglichst", Word::Asap), ("moeglichst bald", Word::Asap),
    // What holds them together
    ("diese", Word::This), ("diesen", Word::This), ("dieser", Word::This), ("dieses", Word::This), ("diesem", Word::This),
    ("naechste", Word::Next), ("naechsten", Word::Next), ("naechster", Word::Next), ("naechstes", Word::Next), ("naechstem", Word::Next),
    ("kommende", Word::Coming), ("kommenden", Word::Coming), ("kommender", Word::Coming), ("kommendes", Word::Coming),
    ("letzte", Word::Last), ("letzten", Word::Last), ("letzter", Word::Last), ("letztes", Word::Last),
    ("jede", Word::Every), ("jeden", Word::Every), ("jeder", Word::Every), ("jedes", Word::Every),
    ("um", Word::At), ("am", Word::On), ("an", Word::On), ("zum", Word::On), ("in", Word::In), ("im", Word::In),
    ("innerhalb von", Word::Within), ("zwischen", Word::Within), ("binnen", Word::Within),
    ("weniger als", Word::LessThan), ("etwa", Word::About), ("ungefaehr", Word::About), ("circa", Word::About), ("ca", Word::About),
    ("gegen", Word::About), ("des", Word::Of), ("der", Word::The), ("die", Word::The), ("das", Word::The), ("den", Word::The),
    ("dem", Word::The), ("von", Word::From), ("vom", Word::From), ("ab", Word::From), ("und", Word::And), ("nach", Word::After), ("vor", Word::Before),
    ("bis", Word::Until), ("spaeter", Word::Later), ("ab jetzt", Word::Later), ("von jetzt an", Word::Later),
    ("ende", Word::End), ("anfang", Word::Start), ("beginn", Word::Start),
    ("mal", Word::Times), ("zweimal", Word::Twice),
    // Days of the year
    ("weihnachten", Word::Feast(12, 25)), ("heiligabend", Word::Feast(12, 24)), ("silvester", Word::Feast(12, 31)),
    ("neujahr", Word::Feast(1, 1)), ("ostern", Word::Easter), ("ostersonntag", Word::Easter),
];
