use super::*;
use crate::when::zone::{Fixed, Zone};

fn civil(text: &str) -> Civil {
    Civil::parse(text).unwrap().0
}

/// The first times of a rule, from Tuesday 2 September 1997, 9:00.
fn times(rule: &str, most: usize) -> Vec<String> {
    let rule: Rule = rule.parse().unwrap();
    let start = civil("1997-09-02T09:00");
    rule.occurrences(start, &Fixed(-14_400)).take(most).map(|(wall, _)| wall.to_string()[..16].to_owned()).collect()
}

#[test]
fn rules_give_their_times() {
    let check = |rule: &str, expected: &[&str]| assert_eq!(times(rule, 4), expected, "{rule}");
    check("FREQ=DAILY;COUNT=2", &["1997-09-02T09:00", "1997-09-03T09:00"]);
    check("FREQ=DAILY;INTERVAL=10;UNTIL=19970912T130000Z", &["1997-09-02T09:00", "1997-09-12T09:00"]);
    check("FREQ=DAILY;INTERVAL=10;UNTIL=19970912T125959Z", &["1997-09-02T09:00"]);
    check("FREQ=DAILY;UNTIL=19970903T090000", &["1997-09-02T09:00", "1997-09-03T09:00"]);
    check("FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=8,17;COUNT=3", &["1997-09-05T08:00", "1997-09-05T17:00", "1997-09-08T08:00"]);
    // The day on which weeks begin decides which of them are the second ones.
    check("FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=TU,SU", &["1997-09-02T09:00", "1997-09-07T09:00", "1997-09-16T09:00"]);
    check("FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=TU,SU;WKST=SU", &["1997-09-02T09:00", "1997-09-14T09:00", "1997-09-16T09:00"]);
    check("FREQ=MONTHLY;BYDAY=1FR,-1FR;COUNT=3", &["1997-09-05T09:00", "1997-09-26T09:00", "1997-10-03T09:00"]);
    check("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2", &["1997-10-31T09:00", "1997-12-31T09:00"]);
    check("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", &["1997-09-30T09:00", "1997-10-31T09:00"]);
    check("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2", &["1998-02-13T09:00", "1998-03-13T09:00"]);
    check("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", &["1997-09-30T09:00", "1997-10-31T09:00"]);
    check("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2", &["1997-11-27T09:00", "1998-11-26T09:00"]);
    check("FREQ=YEARLY;BYDAY=-1MO;COUNT=2", &["1997-12-29T09:00", "1998-12-28T09:00"]);
    check("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2", &["2000-02-29T09:00", "2004-02-29T09:00"]);
    // What never is ends.
    check("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", &[]);
    check("FREQ=MONTHLY;BYDAY=6MO", &[]);
    assert_eq!(times("FREQ=YEARLY;INTERVAL=4000", 9).len(), 3);
}

#[test]
fn a_rule_that_chooses_among_millions_ends() {
    let list = |end: u8| (0..end).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let days = (1..=31).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let rule = format!("FREQ=YEARLY;BYMONTHDAY={days};BYHOUR={};BYMINUTE={};BYSETPOS=-1", list(24), list(60));
    assert_eq!(times(&rule, 10_000), ["1997-12-31T23:59", "1998-12-31T23:59", "1999-12-31T23:59"]);
}

#[test]
fn rules_are_written_as_they_are_read() {
    for rule in [
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;BYDAY=TU,TH;WKST=SU",
        "FREQ=MONTHLY;BYDAY=1FR,-1FR;BYHOUR=8,17;BYMINUTE=0,30",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYMONTHDAY=1,-1",
        "FREQ=YEARLY;UNTIL=19971224T000000;BYMONTH=1,12;BYMONTHDAY=15;BYSETPOS=-1",
    ] {
        assert_eq!(rule.parse::<Rule>().unwrap().to_string(), rule);
    }
    let read: Rule = "rrule:freq=monthly;interval=1;byday=+1fr;".parse().unwrap();
    assert_eq!(read.to_string(), "FREQ=MONTHLY;BYDAY=1FR");
}

#[test]
fn what_is_not_known_is_refused() {
    let refused = |rule: &str| rule.parse::<Rule>().unwrap_err().to_string();
    assert_eq!(refused("INTERVAL=2"), "FREQ is missing");
    assert_eq!(refused("FREQ=SECONDLY"), "FREQ has a value that it cannot have");
    assert_eq!(refused("FREQ=DAILY;BYWEEKNO=3"), "BYWEEKNO is not known in a rule");
    assert_eq!(refused("FREQ=DAILY;FREQ=DAILY"), "FREQ stands twice");
    assert_eq!(refused("FREQ=DAILY;COUNT=2;UNTIL=19971224T000000Z"), "a rule ends by COUNT or by UNTIL, not by both");
    assert_eq!(refused("FREQ=WEEKLY;BYDAY=1MO"), "BYDAY does not go with the rest of the rule");
    assert_eq!(refused("FREQ=WEEKLY;BYMONTHDAY=1"), "BYMONTHDAY does not go with the rest of the rule");
    assert_eq!(refused("FREQ=DAILY;BYSETPOS=1"), "BYSETPOS does not go with the rest of the rule");
    for rule in [
        "",
        ";",
        "FREQ",
        "FREQ=DAILY;;",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=999999",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;UNTIL=19971224",
        "FREQ=DAILY;UNTIL=19970230T000000Z",
        "FREQ=DAILY;UNTIL=1997122éT00000Z",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYDAY=M",
        "FREQ=MONTHLY;BYDAY=é",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYHOUR=",
        "FREQ=DAILY;BYHOUR=1,,2",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
    ] {
        assert!(rule.parse::<Rule>().is_err(), "{rule:?}");
    }
    assert_eq!(format!("FREQ=DAILY;BYHOUR={}1", "1,".repeat(500)).parse::<Rule>(), Err(RuleError::TooLong));
}

/// One hour forward on 29 March 2026 at 01:00 UTC, one hour back on 25 October.
struct Paris;

impl Zone for Paris {
    fn offset_at(&self, instant: i64) -> i32 {
        if (1_774_746_000..1_792_890_000).contains(&instant) { 7200 } else { 3600 }
    }
}

#[test]
fn clocks_that_change() {
    let instants = |rule: &str, start: &str| -> Vec<String> {
        let rule: Rule = rule.parse().unwrap();
        rule.occurrences(civil(start), &Paris).map(|(_, at)| Civil::from_seconds(at).unwrap().to_string()).collect()
    };
    // 2:30 does not exist on the 29th: it is 3:30 then. The next day is as said.
    let given = instants("FREQ=DAILY;COUNT=3", "2026-03-28T02:30");
    assert_eq!(given, ["2026-03-28T01:30:00", "2026-03-29T01:30:00", "2026-03-30T00:30:00"]);
    // Twice on the 25th: the first one.
    assert_eq!(instants("FREQ=DAILY;COUNT=1", "2026-10-25T02:30"), ["2026-10-25T00:30:00"]);
    // 2:30 and 3:30 are the same instant: it is given once.
    let both = instants("FREQ=DAILY;BYHOUR=2,3;UNTIL=20260329T230000", "2026-03-29T00:30");
    assert_eq!(both, ["2026-03-29T01:30:00"]);
}
