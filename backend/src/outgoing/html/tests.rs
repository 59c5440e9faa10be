use uuid::Uuid;
use waxwing_domain::address;
use waxwing_domain::token::{MintKey, Token};

use super::*;

const ACCOUNT: &str = "k7m2p9qa";
const TRACKING: &str = "https://t.example/w";
const WHOLE: Marks<'_> = Marks { pixel: true, links: 10_000, line: None };
const MESSAGE: Uuid = Uuid::from_u128(7);

fn key() -> MintKey {
    MintKey::from_bytes([5; 32])
}

fn minting(key: &MintKey) -> Minting<'_> {
    Minting { tracking_url: TRACKING, account: ACCOUNT, key, epoch: 3, message: MESSAGE }
}

fn wrapped(target: &str) -> String {
    let url = minting(&key()).wrap(target).unwrap();
    let mut out = String::new();
    escape_attribute(&url, &mut out);
    out
}

/// `[P]` where the pixel is, links of ours as `[L target]`.
fn sketch(html: &str) -> String {
    let mut out = html.replace(&pixel(&minting(&key())), "[P]");
    for target in ["https://a.example/", "https://b.example/x?y=1&z=2#w", "https://ü.example/ä"] {
        out = out.replace(&wrapped(target), &format!("[L {target}]"));
    }
    out
}

#[test]
fn where_marks_go() {
    for (source, expected) in [
        ("", "[P]"),
        ("Hi", "Hi[P]"),
        (
            r#"<div dir="ltr">Hi <a href="https://a.example/">there</a></div>"#,
            r#"<div dir="ltr">Hi <a href="[L https://a.example/]">there</a></div>[P]"#,
        ),
        // Whole documents.
        ("<html><body>Hi</body></html>\r\n", "<html><body>Hi[P]</body></html>\r\n"),
        ("<html><BODY class=x>Hi<p></BODY >\r\n</html>", "<html><BODY class=x>Hi<p>[P]</BODY >\r\n</html>"),
        ("<html><body>Hi", "<html><body>Hi[P]"),
        // However an attribute is written; everything else as it was.
        ("<a  HREF='https://a.example/'  x>y</a >", "<a  HREF='[L https://a.example/]'  x>y</a >[P]"),
        ("<a href=https://a.example/>y</a>", "<a href=\"[L https://a.example/]\">y</a>[P]"),
        ("<a href = https://a.example/ id=1>y</a>", "<a href = \"[L https://a.example/]\" id=1>y</a>[P]"),
        ("<a\nhref=\"https://b.example/x?y=1&amp;z=2#w\"\n>y</a>", "<a\nhref=\"[L https://b.example/x?y=1&z=2#w]\"\n>y</a>[P]"),
        ("<a href=\"https://ü.example/ä\">ö &ouml;</a>", "<a href=\"[L https://ü.example/ä]\">ö &ouml;</a>[P]"),
        // Quotes of every kind, nested ones, and an answer between them.
        (
            r#"ok<br><div class="gmail_quote gmail_quote_container"><a href="https://a.example/">x</a></div><br>"#,
            r#"ok<br>[P]<div class="gmail_quote gmail_quote_container"><a href="https://a.example/">x</a></div><br>"#,
        ),
        (r#"ok<blockquote type="CITE">q</blockquote>"#, r#"ok[P]<blockquote type="CITE">q</blockquote>"#),
        (
            r#"ok<blockquote><a href="https://a.example/">x</a></blockquote>"#,
            r#"ok<blockquote><a href="[L https://a.example/]">x</a></blockquote>[P]"#,
        ),
        (
            r#"<div class="gmail_quote">1<p><a href="https://a.example/">q</p></div>me <a href="https://a.example/">x</a><div class="gmail_quote">2</div>"#,
            r#"[P]<div class="gmail_quote">1<p><a href="https://a.example/">q</p></div>me <a href="[L https://a.example/]">x</a><div class="gmail_quote">2</div>"#,
        ),
        (
            r#"a<a class="gmail_quote" href="https://a.example/">x</a>"#,
            r#"a[P]<a class="gmail_quote" href="https://a.example/">x</a>"#,
        ),
        (r#"<a type="cite" href="https://a.example/">x</a>"#, r#"<a type="cite" href="[L https://a.example/]">x</a>[P]"#),
        // What is no markup.
        ("<!-- <a href='https://a.example/'>x</a> -->", "<!-- <a href='https://a.example/'>x</a> -->[P]"),
        (
            "<style>a{}</style><title><a href=https://a.example/>x</a></title>",
            "<style>a{}</style><title><a href=https://a.example/>x</a></title>[P]",
        ),
        // Links that stay.
        (r#"<a href="https://a.example/">www&#46;a.example</a>"#, r#"<a href="https://a.example/">www&#46;a.example</a>[P]"#),
        (
            r#"<a href="https://a.example/">www&period;a.example</a>"#,
            r#"<a href="https://a.example/">www&period;a.example</a>[P]"#,
        ),
        (r#"<a href="https://a.example/">&nbsp;&zwnj;</a>"#, r#"<a href="https://a.example/">&nbsp;&zwnj;</a>[P]"#),
        (r#"<a href="https://a.example/unsubscribe">x</a>"#, r#"<a href="https://a.example/unsubscribe">x</a>[P]"#),
        (r##"<a href="#x">x</a><a>y</a><a href>z</a>"##, r##"<a href="#x">x</a><a>y</a><a href>z</a>[P]"##),
        (
            r#"<a href="https://a.example/"><img src="x.png" alt="Our logo"></a>"#,
            r#"<a href="[L https://a.example/]"><img src="x.png" alt="Our logo"></a>[P]"#,
        ),
    ] {
        let (html, links) = mark(source, &minting(&key()), WHOLE).unwrap();
        assert_eq!(sketch(&html), expected);
        assert_eq!(links.len(), expected.matches("[L ").count(), "{source}");
        // Stripped again, a link has the quotes of a browser and nothing else is another.
        let back = strip(&html, ACCOUNT).unwrap();
        assert_eq!(mark(&back, &minting(&key()), WHOLE).unwrap().1, links);
        if links.is_empty() {
            assert_eq!(back, source);
        }
        let (without, same) = mark(source, &minting(&key()), Marks { pixel: false, ..WHOLE }).unwrap();
        assert_eq!(sketch(&without), expected.replace("[P]", ""));
        assert_eq!(same, links);
    }
}

#[test]
fn links_are_told_with_their_text() {
    let html = r#"<a href="https://b.example/x?y=1&amp;z=2#w">A &amp; B &ndash; <i>all</i> <img alt="1 &lt; 2"></a>"#;
    let (_, links) = mark(html, &minting(&key()), WHOLE).unwrap();
    assert_eq!(links, [Link { target: "https://b.example/x?y=1&z=2#w".into(), text: "A & B – all 1 < 2".into() }]);
}

#[test]
fn what_cannot_be_marked_for_certain_is_refused() {
    let good = key();
    for (source, minting, why) in [
        // Only a browser's tree tells what is markup here.
        ("<select><xmp><script>x", minting(&good), NotTrackedWhy::Markup),
        // The pixel would be swallowed.
        ("Hi <style>", minting(&good), NotTrackedWhy::Markup),
        ("Hi <!-- ", minting(&good), NotTrackedWhy::Markup),
        ("Hi <a href=\"", minting(&good), NotTrackedWhy::Markup),
        ("Hi", Minting { tracking_url: "ftp://x", ..minting(&good) }, NotTrackedWhy::Address),
        ("Hi", Minting { account: "../x", ..minting(&good) }, NotTrackedWhy::Address),
    ] {
        assert_eq!(mark(source, &minting, WHOLE), Err(why), "{source}");
    }
}

#[test]
fn old_marks_go_and_a_colleagues_stay() {
    let old = Token::mint(&key(), 1, Uuid::from_u128(1));
    let pixel = |account: &str| format!(r#"<img src="{}">"#, address::pixel_url(TRACKING, account, &old));
    let source = format!("new<div class=\"gmail_quote\">old{}{}</div>", pixel(ACCOUNT), pixel("c0lleague"));
    let stripped = strip(&source, ACCOUNT).unwrap();
    assert_eq!(stripped, format!("new<div class=\"gmail_quote\">old{}</div>", pixel("c0lleague")));
    assert_eq!(strip(&stripped, ACCOUNT), None);
    let (marked, _) = mark(&stripped, &minting(&key()), WHOLE).unwrap();
    assert_eq!(sketch(&marked), format!("new[P]<div class=\"gmail_quote\">old{}</div>", pixel("c0lleague")));
}

#[test]
fn long_and_deep_sources() {
    let deep = format!("{}x{}", "<div>".repeat(20_000), "</div>".repeat(20_000));
    assert!(mark(&deep, &minting(&key()), WHOLE).unwrap().0.ends_with('>'));
    let many = r#"<p><a href="https://a.example/">x</a></p>"#.repeat(5_000);
    assert_eq!(mark(&many, &minting(&key()), WHOLE).unwrap().1.len(), 5_000);
    let few = mark(&many, &minting(&key()), Marks { links: 3, ..WHOLE }).unwrap();
    assert_eq!((few.1.len(), few.0.matches("/c/").count()), (3, 3));
}

#[test]
fn the_line_stands_before_the_pixel_and_the_quote_and_is_known_again() {
    let words = Line { before: "Seen <b>& known</b>. ", link: "Refuse", after: "." };
    let marks = Marks { line: Some(words), ..WHOLE };
    let source = r#"<p>Hi</p><div class="gmail_quote">q</div>"#;
    let (html, _) = mark(source, &minting(&key()), marks).unwrap();
    let url = minting(&key()).line();
    let [style, inner] = LINE_STYLES;
    let line = format!(
        r#"<div style="{style}">Seen &lt;b&gt;&amp; known&lt;/b&gt;. <a href="{url}" style="{inner}">Refuse</a>.</div><img "#
    );
    assert!(html.starts_with(&format!("<p>Hi</p>{line}")), "{html}");
    assert!(html.ends_with(r#"<div class="gmail_quote">q</div>"#), "{html}");
    assert_eq!(strip(&html, ACCOUNT).as_deref(), Some(source));
    // Without a pixel, and with the address as its words.
    let marks = Marks { pixel: false, links: 0, line: Some(Line { link: "", ..words }) };
    let (html, _) = mark(source, &minting(&key()), marks).unwrap();
    assert!(html.contains(&format!(">{}</a>", url.trim_end_matches(LINE))) && !html.contains("<img"), "{html}");
    assert_eq!(strip(&html, ACCOUNT).as_deref(), Some(source));
    // One that is there already, and was not taken out, is not taken for the new one.
    assert_eq!(mark(&html, &minting(&key()), Marks { line: Some(words), ..WHOLE }), Err(NotTrackedWhy::Markup));
}
