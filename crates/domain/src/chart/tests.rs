use super::*;

fn day(sent: u32, opened: u32) -> Column<'static> {
    Column { sent, opened, ..Column::default() }
}

#[test]
fn the_whole_string() {
    let days =
        [day(0, 0), Column { label: Some("2 Nov"), ..day(4, 1) }, day(1, 3), Column { label: Some("23 Nov"), ..day(2, 0) }];
    let svg = bars(&Chart { id: "c", title: "Mails", summary: "7 sent", columns: &days });
    assert_eq!(
        svg,
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 14 352 130" role="img" aria-labelledby="c-t c-d">"#,
            r#"<title id="c-t">Mails</title><desc id="c-d">7 sent</desc>"#,
            r#"<line class="c-grid" x1="18" x2="352" y1="122.5" y2="122.5"/><text class="c-lab" x="12" y="126" text-anchor="end">0</text>"#,
            r#"<line class="c-grid" x1="18" x2="352" y1="74.5" y2="74.5"/><text class="c-lab" x="12" y="78" text-anchor="end">2</text>"#,
            r#"<line class="c-grid" x1="18" x2="352" y1="26.5" y2="26.5"/><text class="c-lab" x="12" y="30" text-anchor="end">4</text>"#,
            r#"<rect class="c-sent" x="123.2" y="26" width="40" height="96" rx="1"/>"#,
            r#"<rect class="c-sure" x="123.2" y="98" width="40" height="24" rx="1"/>"#,
            r#"<text class="c-lab" x="143.2" y="138" text-anchor="middle">2 Nov</text>"#,
            r#"<rect class="c-sent" x="206.7" y="98" width="40" height="24" rx="1"/>"#,
            r#"<rect class="c-sure" x="206.7" y="98" width="40" height="24" rx="1"/>"#,
            r#"<rect class="c-sent" x="290.2" y="74" width="40" height="48" rx="1"/>"#,
            r#"<text class="c-lab" x="310.2" y="138" text-anchor="middle">23 Nov</text>"#,
            "</svg>"
        )
    );
}

#[test]
fn ceilings() {
    for (most, expected) in [
        (0, 2),
        (1, 2),
        (2, 2),
        (3, 4),
        (5, 6),
        (10, 10),
        (11, 20),
        (41, 60),
        (100, 100),
        (101, 200),
        (999, 1000),
        (4_000_000_000, 4_000_000_000),
        (u32::MAX, u32::MAX),
    ] {
        assert_eq!(ceiling(most), expected, "{most}");
    }
}

/// All numbers in attributes with this name.
fn numbers(svg: &str, name: &str) -> Vec<f64> {
    svg.split(&format!(" {name}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn everything_stays_inside() {
    for (count, most) in [(0, 0), (1, 1), (7, 3), (30, 4), (84, 12_345), (365, 1), (30, u32::MAX)] {
        let days: Vec<_> = (0..count)
            .map(|i| Column { label: (i % 7 == 1).then_some("x"), possible: most, answered: Some(most), ..day(most, most / 2) })
            .collect();
        let svg = bars(&Chart { id: "c", title: "t", summary: "s", columns: &days });
        assert_eq!(svg.matches("\"c-sent\"").count(), days.len() * usize::from(most > 0));
        for x in numbers(&svg, "x") {
            assert!((0.0..=352.0).contains(&x), "{x}");
        }
        for y in numbers(&svg, "y") {
            assert!((0.0..=163.0).contains(&y), "{y}");
        }
        for height in numbers(&svg, "height") {
            assert!((0.0..=96.0).contains(&height), "{height}");
        }
        assert!(!svg.contains("style="), "CSP forbids it");
        assert_eq!(svg, bars(&Chart { id: "c", title: "t", summary: "s", columns: &days }));
    }
}

#[test]
fn the_last_label_stands_at_the_edge() {
    let days: Vec<_> = (0..30).map(|i| Column { label: (i == 29).then_some("23 Nov"), ..day(1, 0) }).collect();
    let svg = bars(&Chart { id: "c", title: "t", summary: "s", columns: &days });
    assert!(svg.contains(r#"<text class="c-lab" x="352" y="138" text-anchor="end">23 Nov</text>"#), "{svg}");
}

#[test]
fn texts_are_texts() {
    let evil = "</title><script>alert('1')</script>&\"\0\u{1b}\u{ffff}\n";
    let days = [Column { label: Some(evil), ..day(1, 1) }];
    let svg = bars(&Chart { id: "c\"><script>", title: evil, summary: evil, columns: &days });
    let escaped = "&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot; ";
    assert_eq!(svg.matches(escaped).count(), 3);
    assert!(!svg.contains("<script") && svg.contains(r#"id="cscript-t""#));
}

#[test]
fn what_is_possible_is_hatched_on_top_of_what_is_certain() {
    let days = [
        Column { possible: 1, ..day(4, 1) },
        // More than was sent is not drawn.
        Column { possible: 9, ..day(2, 1) },
        Column { possible: 3, ..day(2, 2) },
    ];
    let svg = bars(&Chart { id: "c", title: "Mails", summary: "", columns: &days });
    let hatched: Vec<&str> = svg.split("<rect class=\"c-poss\"").skip(1).map(|rest| rest.split("/>").next().unwrap()).collect();
    assert_eq!(
        hatched,
        [
            r#" x="54.1" y="74.5" width="39" height="23" fill="url(#c-h)""#,
            r#" x="165.4" y="74.5" width="39" height="23" fill="url(#c-h)""#,
        ]
    );
    assert_eq!(svg.matches(r#"<pattern id="c-h""#).count(), 1);
}

#[test]
fn answers_are_diamonds_below_and_the_labels_make_room() {
    let column = |answered| Column { answered, label: Some("x"), ..day(4, 1) };
    let draw = |columns: &[Column<'_>]| bars(&Chart { id: "c", title: "t", summary: "s", columns });
    let svg = draw(&[column(Some(2)), column(Some(0)), column(None)]);
    let marks: Vec<&str> =
        svg.split("<path class=\"c-ans\" d=\"M").skip(1).map(|rest| rest.split('l').next().unwrap()).collect();
    assert_eq!(marks, ["73.6 127", "73.6 134"]);
    assert!(svg.contains(r#"viewBox="0 14 352 148""#) && svg.contains(r#"y="156" text-anchor="middle">x<"#), "{svg}");
    // Nobody answered, or nobody looks for answers: no room is taken.
    for none in [Some(0), None] {
        assert!(draw(&[column(none)]).contains(r#"viewBox="0 14 352 130""#));
    }
}

#[test]
fn many_answers_share_a_diamond() {
    for (most, unit) in
        [(0, 1), (1, 1), (3, 1), (4, 2), (6, 2), (7, 5), (15, 5), (16, 10), (31, 20), (61, 50), (151, 100), (301, 200)]
    {
        let columns = [Column::default(), Column { answered: Some(most), ..Column::default() }];
        assert_eq!(answers_a_mark(&columns), unit, "{most}");
    }
    let most = [Column { answered: Some(u32::MAX), ..Column::default() }];
    assert!(u32::MAX.div_ceil(answers_a_mark(&most)) <= 3);
}

#[test]
fn labels_have_room() {
    for (columns, days, expected) in [
        (0, true, 1),
        (7, true, 1),
        (8, true, 7),
        (30, true, 7),
        (90, true, 21),
        (366, true, 91),
        (5, false, 1),
        (14, false, 3),
        (53, false, 13),
    ] {
        assert_eq!(label_step(columns, days), expected, "{columns}");
    }
    assert!((1..2_000_usize).all(|columns| columns.div_ceil(label_step(columns, false)) <= if columns > 7 { 5 } else { 7 }));
}

#[test]
fn signs_and_meters() {
    assert_eq!(
        sign(Sign::Possible, "days\"><x"),
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" aria-hidden="true"><rect class="c-poss" x="0.5" y="0.5" width="9" height="9" fill="url(#daysx-h)"/></svg>"#
    );
    for (which, class) in [(Sign::Answered, "c-ans"), (Sign::Opened, "c-sure"), (Sign::Sent, "c-sent")] {
        assert_eq!(sign(which, "c").matches(&format!("class=\"{class}\"")).count(), 1);
    }
    for (share, width) in [(0, None), (1, Some("0.3")), (500, Some("176")), (1_000, Some("352")), (u32::MAX, Some("352"))] {
        let svg = meter(share);
        let filled = svg.split(r#"class="m-yes" width=""#).nth(1).map(|rest| rest.split('"').next().unwrap());
        assert_eq!(filled, width, "{share}");
    }
}
