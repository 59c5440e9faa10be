use super::*;
use crate::token::Token;
use crate::tree::fixture::Fixture;

const ACCOUNT: &str = "k7m2p9qa";
const TOKEN: &str = "AW8dLDtKWU5oj3ChssPU5fa3aj98vmTs";
const MAC: &str = "8fT2cvladkGX0Bxy";
const ROOT: usize = Fixture::ROOT;

/// Puts addresses for `P` (pixel), `L` (a link to `https://h.example/?a=b&c=d`) and `G` (Google's redirect to it) into HTML.
fn fill(html: &str, account: &str) -> String {
    let link = format!("https://t.example/c/{account}/{TOKEN}/{MAC}?u=https%3A%2F%2Fh.example%2F%3Fa%3Db%26c%3Dd");
    let pixel = format!("https://t.example/o/{account}/{TOKEN}.gif");
    let redirect = format!(
        "https://www.google.com/url?q=https://t.example/c/{account}/{TOKEN}/{MAC}?u%3Dhttps%253A%252F%252Fh.example%252F%253Fa%253Db%2526c%253Dd&amp;source=gmail&amp;ust=1700000000000000&amp;usg=AOv"
    );
    html.replace("{P}", &pixel).replace("{L}", &link).replace("{G}", &redirect)
}

/// Before, after, pixels, links. The after is the same for the tree and for text.
const CASES: &[(&str, &str, usize, usize)] = &[
    ("", "", 0, 0),
    ("plain & simple", "plain & simple", 0, 0),
    (r#"a<img src="{P}" alt="" width="1">b"#, "ab", 1, 0),
    (
        r#"<div><img src="https://ci3.googleusercontent.com/meips/ADKq_x=s0-d-e1-ft#{P}" class="CToWUd"></div>"#,
        "<div></div>",
        1,
        0,
    ),
    (r#"<img src="https://ci5.googleusercontent.com/proxy/x=s0-d-e1-ft#{P}">"#, "", 1, 0),
    (r#"<a href="{L}">x</a>"#, r#"<a href="https://h.example/?a=b&amp;c=d">x</a>"#, 0, 1),
    (
        r#"<div class="gmail_quote"><a href="{L}" target="_blank" data-saferedirecturl="{G}">x</a><img src="{P}"></div>"#,
        r#"<div class="gmail_quote"><a href="https://h.example/?a=b&amp;c=d" target="_blank">x</a></div>"#,
        1,
        1,
    ),
    // The redirect first, and the redirect in the place of the link.
    (r#"<a data-saferedirecturl="{G}" href="{L}">x</a>"#, r#"<a href="https://h.example/?a=b&amp;c=d">x</a>"#, 0, 1),
    (r#"<a href="{G}">x</a>"#, r#"<a href="https://h.example/?a=b&amp;c=d">x</a>"#, 0, 1),
    // Several.
    (
        r#"<img src="{P}"><img src="{P}"><a href="{L}"></a><a href="{L}"></a>"#,
        r#"<a href="https://h.example/?a=b&amp;c=d"></a><a href="https://h.example/?a=b&amp;c=d"></a>"#,
        2,
        2,
    ),
    // Not marks: others' pixels and links, and our addresses where they do nothing.
    (
        r#"<img src="https://x.example/p.gif"><a href="https://h.example/">x</a>"#,
        r#"<img src="https://x.example/p.gif"><a href="https://h.example/">x</a>"#,
        0,
        0,
    ),
    (r#"<a href="{P}">{P}</a>"#, r#"<a href="{P}">{P}</a>"#, 0, 0),
    (r#"<img src="{L}">"#, r#"<img src="{L}">"#, 0, 0),
    (
        r#"<a data-saferedirecturl="https://www.google.com/url?q=https://h.example/" href="https://h.example/">x</a>"#,
        r#"<a data-saferedirecturl="https://www.google.com/url?q=https://h.example/" href="https://h.example/">x</a>"#,
        0,
        0,
    ),
    (
        r#"<!-- <img src="{P}"> --><style><img src="{P}"></style>"#,
        r#"<!-- <img src="{P}"> --><style><img src="{P}"></style>"#,
        0,
        0,
    ),
];

#[test]
fn trees_and_texts() {
    for &(before, after, pixels, links) in CASES {
        let (before, after) = (fill(before, ACCOUNT), fill(after, ACCOUNT));
        let mut tree = Fixture::read(&before);
        assert_eq!(strip(&mut tree, &ROOT, ACCOUNT), Stripped { pixels, links, lines: 0 }, "{before}");
        assert_eq!(tree.write(), after);
        assert_eq!(strip(&mut tree, &ROOT, ACCOUNT), Stripped::default(), "nothing is left");

        assert_eq!(strip_html(&before, ACCOUNT), (pixels + links > 0).then_some(after.clone()));
        let marks = find_marks_in_html(&before, ACCOUNT);
        assert_eq!(marks.iter().filter(|own| matches!(own, Own::Pixel { .. })).count(), pixels);
        assert_eq!(marks.len(), pixels + links);
        assert!(marks.iter().all(|own| own.token() == Token::parse(TOKEN).unwrap()));
    }
}

#[test]
fn a_colleagues_marks_stay() {
    for &(before, ..) in CASES {
        let before = fill(before, "colleague");
        let mut tree = Fixture::read(&before);
        let written = tree.write();
        assert_eq!(strip(&mut tree, &ROOT, ACCOUNT), Stripped::default());
        assert_eq!(tree.write(), written);
        assert_eq!(strip_html(&before, ACCOUNT), None);
        assert_eq!(find_marks_in_html(&before, ACCOUNT), []);
    }
}

#[test]
fn text_is_left_as_it_is_byte_for_byte() {
    for (before, after) in [
        ("<IMG\nSRC={P}>x<p  a = 'b' >", "x<p  a = 'b' >"),
        ("<img src='{P}'/>&nbsp;&eacute;", "&nbsp;&eacute;"),
        ("<A HREF={L}  class=b>y</A>", r#"<A HREF="https://h.example/?a=b&amp;c=d"  class=b>y</A>"#),
        ("<a href='{L}'>y</a>", r#"<a href="https://h.example/?a=b&amp;c=d">y</a>"#),
        ("<img src=\"https&#58;//t.example/o/k7m2p9qa/AW8dLDtKWU5oj3ChssPU5fa3aj98vmTs&#46;gif\">z", "z"),
        ("a < b <img src=\"{P}\"> <img src=\"", "a < b  <img src=\""),
    ] {
        assert_eq!(strip_html(&fill(before, ACCOUNT), ACCOUNT), Some(after.to_owned()), "{before}");
    }
}

#[test]
fn wrapped_twice_is_unwrapped_twice() {
    let inner = fill("{L}", ACCOUNT);
    let mut encoded = String::new();
    crate::percent::encode_component(&inner, &mut encoded);
    let outer = format!("https://t.example/c/{ACCOUNT}/{TOKEN}/{MAC}?u={encoded}");
    let mut tree = Fixture::read(&format!(r#"<a href="{outer}">x</a>"#));
    strip(&mut tree, &ROOT, ACCOUNT);
    assert_eq!(tree.write(), r#"<a href="https://h.example/?a=b&amp;c=d">x</a>"#);
}

#[test]
fn hostile_source_takes_no_longer_than_its_length() {
    // Each of these would take hours if a piece were read again for each of its beginnings.
    for piece in ["<a b=\"", "<!--", "<!-- --!", "<script>", "</", "<", "<a href='", "<img src=\"x\" ", "&#", "- --"] {
        let source = piece.repeat(200_000);
        assert_eq!(strip_html(&source, ACCOUNT), None);
        assert_eq!(find_marks_in_html(&source, ACCOUNT), []);
    }
}

#[test]
fn a_link_wrapped_again_and_again_costs_no_more_than_its_length() {
    let layer = format!("https://t.example/c/{ACCOUNT}/{TOKEN}/{MAC}?u=");
    let wrapped = |layers: usize| format!("<a href=\"{}https://h.example/\">x</a>", layer.repeat(layers));
    let bare = r#"<a href="https://h.example/">x</a>"#;
    for (layers, after) in [(1, Some(bare)), (8, Some(bare)), (20_000, None)] {
        assert_eq!(strip_html(&wrapped(layers), ACCOUNT).as_deref(), after, "{layers}");
        let mut tree = Fixture::read(&wrapped(layers));
        strip(&mut tree, &ROOT, ACCOUNT);
        assert_eq!(tree.write(), after.map_or_else(|| wrapped(layers), str::to_owned), "{layers}");
    }
}

#[test]
fn damaged_source_is_no_harm() {
    let source: Vec<char> = fill(&CASES.iter().map(|case| case.0).collect::<String>(), ACCOUNT).chars().collect();
    let strange = ['<', '>', '"', '\'', '=', '&', ';', '#', '%', '/', '!', '-', '?', ' ', '\0', 'é', '\u{202e}', '😀'];
    let mut dice = 0x5eed_u64;
    let mut below = |n: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap() % n
    };
    for _ in 0..4_000 {
        let mut damaged = source.clone();
        for _ in 0..=below(12) {
            let at = below(damaged.len());
            match below(3) {
                0 => damaged[at] = strange[below(strange.len())],
                1 => damaged.insert(at, strange[below(strange.len())]),
                _ => drop(damaged.drain(at..(at + 1 + below(9)).min(damaged.len()))),
            }
        }
        let damaged: String = damaged.into_iter().collect();
        let stripped = strip_html(&damaged, ACCOUNT).unwrap_or(damaged);
        assert_eq!(find_marks_in_html(&stripped, ACCOUNT), [], "{stripped}");
        let mut tree = Fixture::read(&stripped);
        strip(&mut tree, &ROOT, ACCOUNT);
        for piece in stripped.split(['"', '\'']) {
            let _ = (Own::find(piece), crate::address::location(piece), crate::address::display_target(piece));
        }
    }
}

/// Before and after; `{R}` is the link of a line.
const LINES: &[(&str, &str)] = &[
    (r#"Hi<div style="a">Seen. <a href="{R}">Refuse</a>.</div><br>"#, "Hi<br>"),
    (
        r#"<div><div>x</div><div>Seen. <a href="{R}" target="_blank" data-saferedirecturl="{S}">y</a></div>z</div>"#,
        "<div><div>x</div>z</div>",
    ),
    (r#"<DIV><A HREF="{R}">y</A></DIV>"#, ""),
    // Twice, and with a pixel behind it.
    (r#"<div><a href="{R}">y</a></div>b<div>c <a href="{R}">y</a> d</div>e"#, "be"),
    // Somebody's mail program made something else of it, or the words around it are not the line's: they stay.
    (r#"<p>Seen. <a href="{R}">y</a></p>"#, r#"<p>Seen. <a href="{R}">y</a></p>"#),
    (r#"<div>Seen. <a href="{R}"><b>y</b></a></div>"#, r#"<div>Seen. <a href="{R}"><b>y</b></a></div>"#),
    (r#"<div>See <b>this</b>: <a href="{R}">y</a></div>"#, r#"<div>See <b>this</b>: <a href="{R}">y</a></div>"#),
    (r#"<div><a href="{R}">y</a><a href="{R}">z</a></div>"#, r#"<div><a href="{R}">y</a><a href="{R}">z</a></div>"#),
    // As many words as no line of ours has.
    (r#"<div>{W}<a href="{R}">y</a></div>"#, r#"<div>{W}<a href="{R}">y</a></div>"#),
    (r#"<div>{W}</div><div>c <a href="{R}">y</a></div>{W}"#, "<div>{W}</div>{W}"),
    // A link that somebody copied, and a colleague's.
    (r#"<div>See <a href="{C}">y</a></div>"#, r#"<div>See <a href="{C}">y</a></div>"#),
    (r#"<div>See <a href="{O}">y</a></div>"#, r#"<div>See <a href="{O}">y</a></div>"#),
];

#[test]
fn lines_go_whole_or_stay() {
    let page = |account: &str| format!("https://t.example/r/{account}/{TOKEN}/{MAC}");
    let fill = |html: &str| {
        html.replace("{R}", &format!("{}#line", page(ACCOUNT)))
            .replace("{S}", &format!("https://www.google.com/url?q={}%23line&amp;source=gmail", page(ACCOUNT)))
            .replace("{W}", &"so ".repeat(300))
            .replace("{C}", &page(ACCOUNT))
            .replace("{O}", &format!("{}#line", page("a1b2c3d4")))
    };
    for (before, after) in LINES {
        let (before, after) = (fill(before), fill(after));
        let mut tree = Fixture::read(&before);
        strip(&mut tree, &ROOT, ACCOUNT);
        assert_eq!(tree.write(), Fixture::read(&after).write(), "{before}");
        let text = strip_html(&before, ACCOUNT);
        assert_eq!(text.as_deref().unwrap_or(&before), after, "{before}");
    }
}
