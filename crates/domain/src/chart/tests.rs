use super::*;

fn day(sent: u32, opened: u32) -> Day<'static> {
    Day { sent, opened, label: None }
}

#[test]
fn the_whole_string() {
    let days = [day(0, 0), Day { label: Some("2 Nov"), ..day(4, 1) }, day(1, 3), Day { label: Some("23 Nov"), ..day(2, 0) }];
    let svg = bars(&Chart { id: "c", title: "Mails", summary: "7 sent", days: &days });
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
        let days: Vec<_> = (0..count).map(|i| Day { label: (i % 7 == 1).then_some("x"), ..day(most, most / 2) }).collect();
        let svg = bars(&Chart { id: "c", title: "t", summary: "s", days: &days });
        assert_eq!(svg.matches("c-sent").count(), days.len() * usize::from(most > 0));
        for x in numbers(&svg, "x") {
            assert!((0.0..=352.0).contains(&x), "{x}");
        }
        for y in numbers(&svg, "y") {
            assert!((26.0..=144.0).contains(&y), "{y}");
        }
        for height in numbers(&svg, "height") {
            assert!((0.0..=96.0).contains(&height), "{height}");
        }
        assert!(!svg.contains("style="), "CSP forbids it");
        assert_eq!(svg, bars(&Chart { id: "c", title: "t", summary: "s", days: &days }));
    }
}

#[test]
fn the_last_label_stands_at_the_edge() {
    let days: Vec<_> = (0..30).map(|i| Day { label: (i == 29).then_some("23 Nov"), ..day(1, 0) }).collect();
    let svg = bars(&Chart { id: "c", title: "t", summary: "s", days: &days });
    assert!(svg.contains(r#"<text class="c-lab" x="352" y="138" text-anchor="end">23 Nov</text>"#), "{svg}");
}

#[test]
fn texts_are_texts() {
    let evil = "</title><script>alert('1')</script>&\"\0\u{1b}\u{ffff}\n";
    let days = [Day { label: Some(evil), ..day(1, 1) }];
    let svg = bars(&Chart { id: "c\"><script>", title: evil, summary: evil, days: &days });
    let escaped = "&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot; ";
    assert_eq!(svg.matches(escaped).count(), 3);
    assert!(!svg.contains("<script") && svg.contains(r#"id="cscript-t""#));
}
