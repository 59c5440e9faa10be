use super::*;

/// Pieces in a short form: `<name a=b>`, `</name>`, everything else as it is.
fn read(html: &str) -> Vec<String> {
    pieces(html)
        .map(|piece| match piece {
            Piece::Start(tag) => {
                let attributes: Vec<String> = tag.attributes.iter().map(|a| format!(" {}={}", a.name, a.value)).collect();
                format!("<{}{}>", tag.name, attributes.concat())
            }
            Piece::End(name) => format!("</{name}>"),
            Piece::Other(text) => text.to_owned(),
        })
        .collect()
}

#[test]
fn markup_is_cut_into_pieces() {
    for (html, expected) in [
        ("", vec![]),
        ("a < b & c", vec!["a < b & c"]),
        ("x<p>y</p >z", vec!["x", "<p>", "y", "</p>", "z"]),
        (r#"<a href="x>y" b='"' c=d/e f g = h>"#, vec![r#"<a href=x>y b=" c=d/e f= g=h>"#]),
        ("<img src=a/><br/>", vec!["<img src=a/>", "<br>"]),
        ("<a =b=c>", vec!["<a =b=c>"]),
        ("<a b=>c", vec!["<a b=>", "c"]),
        ("<!-- <a href=x> --><b>", vec!["<!-- <a href=x> -->", "<b>"]),
        ("<!--><b>", vec!["<!-->", "<b>"]),
        ("<!-- a --!><b>", vec!["<!-- a --!>", "<b>"]),
        ("<!-- a ---><b>", vec!["<!-- a --->", "<b>"]),
        ("<!-- a ----><b>", vec!["<!-- a ---->", "<b>"]),
        ("<!-- a ---!><b>", vec!["<!-- a ---!>", "<b>"]),
        ("<!-- never <b>", vec!["<!-- never <b>"]),
        ("<!doctype html><?x y?></3>z", vec!["<!doctype html>", "<?x y?>", "</3>", "z"]),
        ("<style>a<b{}</style><b>", vec!["<style>", "a<b{}", "</style>", "<b>"]),
        ("<STYLE></style><b>", vec!["<STYLE>", "</style>", "<b>"]),
        ("<script>'</scripty>'", vec!["<script>", "'</scripty>'"]),
        ("<a href=\"never", vec!["<a href=\"never"]),
        ("<a <b>", vec!["<a <b=>"]),
        ("<", vec!["<"]),
        ("<a", vec!["<a"]),
        ("ü<é>ü<i ö=ä>", vec!["ü<é>ü", "<i ö=ä>"]),
    ] {
        assert_eq!(read(html), expected, "{html}");
    }
}

#[test]
fn spans_say_where_things_stand() {
    let html = "ä<A HREF = 'x' b>";
    let Some(Piece::Start(tag)) = pieces(html).nth(1) else { panic!("a start tag") };
    assert_eq!(&html[tag.span.clone()], "<A HREF = 'x' b>");
    assert!(tag.is("a"));
    let href = tag.attribute("href").unwrap();
    assert_eq!((&html[href.span.clone()], &html[href.value_span.clone()], href.value), ("HREF = 'x'", "'x'", "x"));
    assert_eq!(tag.attribute("b").unwrap().value_span.len(), 0);
}

#[test]
fn character_references() {
    for (text, expected) in [
        ("a&amp;b", "a&b"),
        ("&amp;amp;", "&amp;"),
        ("&quot;&#39;&#x27;&apos;&lt;&gt;", "\"'''<>"),
        ("&", "&"),
        ("&#", "&#"),
        ("&#;&#x;&#0;&#xD800;&#-1;&#+65;", "&#;&#x;&#0;&#xD800;&#-1;&#+65;"),
        ("&unknown;&copy=1", "&unknown;&copy=1"),
        ("&#128512;ü", "😀ü"),
        ("&#99999999999;", "&#99999999999;"),
    ] {
        assert_eq!(unescape(text), expected, "{text}");
        let mut escaped = String::new();
        escape_attribute(expected, &mut escaped);
        assert_eq!(unescape(&escaped), expected);
    }
}
