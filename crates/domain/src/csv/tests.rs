use super::{Cell, begins_formula, csv, harmless};

/// Reads a file back as RFC 4180 says, with a separator of the reader's choice.
fn read(file: &str, separator: char) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = file.strip_prefix('\u{feff}').unwrap_or(file).chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                row.last_mut().unwrap().push('"');
            }
            '"' if quoted => quoted = false,
            '"' if row.last().unwrap().is_empty() => quoted = true,
            '\r' if !quoted && chars.peek() == Some(&'\n') => {
                chars.next();
                rows.push(vec![String::new()]);
            }
            c if c == separator && !quoted => row.push(String::new()),
            c => row.last_mut().unwrap().push(c),
        }
    }
    rows.pop();
    rows
}

#[test]
fn the_whole_file() {
    let days = vec![
        vec![Cell::from("Day"), "Sent".into(), "Answered".into()],
        vec!["2026-11-22".into(), 3.into(), Cell::from(None)],
        vec!["2026-11-23".into(), 1_204.into(), Cell::from(Some(0))],
    ];
    let domains = vec![vec![Cell::from("Domäne \"x\""), "=1+1".into()], vec![]];
    assert_eq!(
        csv(&[days, domains]),
        "\u{feff}\"Day\",\"Sent\",\"Answered\"\r\n\"2026-11-22\",3,\r\n\"2026-11-23\",1204,0\r\n\r\n\"Domäne \"\"x\"\"\",\"'=1+1\"\r\n\r\n"
    );
    assert_eq!(csv(&[]), "\u{feff}");
}

#[test]
fn formulas_are_defused() {
    for (text, expected) in [
        ("=1+1", "'=1+1"),
        ("+41 22", "'+41 22"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("  =1", "'  =1"),
        ("\t=1", "' =1"),
        ("\r\n=1", "'  =1"),
        ("\"=1", "'\"=1"),
        ("'=1", "''=1"),
        ("\u{feff}=1", "'\u{feff}=1"),
        ("\u{a0}\u{200b}@x", "'\u{a0}\u{200b}@x"),
        ("\0\u{1b}=1", "'=1"),
        // Another program may end the cell where this file does not.
        ("a;=1", "a;'=1"),
        ("a, +1,-1", "a,' +1,'-1"),
        ("a\t=1", "a' =1"),
        ("a\n@x", "a' @x"),
        ("a\",=1", "a\",'=1"),
        ("a|-1", "a|'-1"),
    ] {
        assert_eq!(harmless(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_harmless_stays() {
    for text in [
        "",
        "acme.example",
        "2026-11-22",
        "a-b",
        "a=b",
        "25–30",
        "x@y.example",
        "Means something: 31 of 34.",
        "北京",
        "'",
        "a, b; c",
    ] {
        assert_eq!(harmless(text), text);
    }
}

/// Whatever the text and the separator: no cell begins with what begins a formula, and each row keeps to its line.
#[test]
fn no_reader_finds_a_formula() {
    let parts = ["=", "+", "-", "@", "＝", "a", " ", "\"", "'", ";", ",", "\t", "\r", "\n", "|", "\u{200b}", "\0", "1"];
    let mut texts = vec![String::new()];
    for _ in 0..3 {
        let longer: Vec<String> = texts.iter().flat_map(|text| parts.map(|part| format!("{text}{part}"))).collect();
        let rows: Vec<Vec<Cell>> = longer.iter().map(|text| vec![1.into(), text.as_str().into(), 2.into()]).collect();
        let file = csv(&[rows]);
        assert_eq!(file.matches('\n').count(), longer.len());
        for row in read(&file, ',') {
            assert_eq!((row.len(), row[0].as_str(), row[2].as_str()), (3, "1", "2"), "{row:?}");
        }
        for separator in [',', ';', '|'] {
            for cell in read(&file, separator).iter().flatten() {
                let shown = cell.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\u{200b}'));
                assert!(!shown.starts_with(begins_formula), "{cell:?}");
            }
        }
        texts = longer;
    }
}

#[test]
fn a_file_reads_back_as_it_was() {
    let cells = ["plain", "with \"quotes\"", "comma, and more", "ü", ""];
    let rows = vec![cells.map(Cell::from).to_vec()];
    assert_eq!(read(&csv(&[rows]), ','), [cells.map(str::to_owned)]);
}
