use super::*;
use crate::token::MintRoot;
use crate::tree::fixture::Fixture;

const ACCOUNT: &str = "k7m2p9qa";
const TRACKING: &str = "https://t.example";
const ROOT: usize = Fixture::ROOT;

fn key() -> MintKey {
    MintRoot::from_bytes([1; 32]).mint_key(ACCOUNT, 3)
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn mark_with(tree: &mut Fixture, message: Uuid) -> Result<Marked, MarkError> {
    mark(tree, &ROOT, &Minting { tracking_url: TRACKING, account: ACCOUNT, key: &key(), epoch: 3, message }, &Wanted::BOTH)
}

/// What a link to `target` becomes.
fn wrapped(message: Uuid, target: &str) -> String {
    let token = Token::mint(&key(), 3, message);
    address::click_url(TRACKING, ACCOUNT, &token, &key(), target)
}

/// `[P]` where the pixel of the message is, links of ours as `[L target]`.
fn sketch(tree: &Fixture, message: Uuid) -> String {
    let pixel = address::pixel_url(TRACKING, ACCOUNT, &Token::mint(&key(), 3, message));
    let image = format!(r#"<img src="{pixel}" alt="" width="1" height="1" style="width:1px;height:1px;border:0">"#);
    let mut out = tree.write().replace(&image, "[P]");
    for target in ["https://a.example/", "https://b.example/x?y=1&z=2#w", "https://ü.example/ä"] {
        out = out.replace(&wrapped(message, target), &format!("[L {target}]"));
    }
    out
}

#[test]
fn where_marks_go() {
    for (body, expected) in [
        ("", "[P]"),
        ("<br>", "<br>[P]"),
        ("Hi", "Hi[P]"),
        (
            r#"<div dir="ltr">Hi <a href="https://a.example/">there</a></div>"#,
            r#"<div dir="ltr">Hi <a href="[L https://a.example/]">there</a></div>[P]"#,
        ),
        // The signature is the writer's own.
        (
            r#"Hi<div class="gmail_signature"><a href="https://a.example/">we</a></div><div class="gmail_quote">q</div>"#,
            r#"Hi<div class="gmail_signature"><a href="[L https://a.example/]">we</a></div>[P]<div class="gmail_quote">q</div>"#,
        ),
        // A reply, as recorded in 2022, and as Gmail writes it since 2024.
        (
            r#"<div dir="ltr">ok</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On … wrote:<br></div><blockquote class="gmail_quote"><a href="https://a.example/">x</a></blockquote></div>"#,
            r#"<div dir="ltr">ok</div><br>[P]<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On … wrote:<br></div><blockquote class="gmail_quote"><a href="https://a.example/">x</a></blockquote></div>"#,
        ),
        (
            r#"ok<br><div class="gmail_quote gmail_quote_container"><a href="https://a.example/">x</a></div><br>"#,
            r#"ok<br>[P]<div class="gmail_quote gmail_quote_container"><a href="https://a.example/">x</a></div><br>"#,
        ),
        // Until 2018; from Apple Mail.
        (
            r#"ok<div class="gmail_extra"><br><div class="gmail_quote">q</div></div>"#,
            r#"ok[P]<div class="gmail_extra"><br><div class="gmail_quote">q</div></div>"#,
        ),
        (r#"ok<blockquote type="CITE">q</blockquote>"#, r#"ok[P]<blockquote type="CITE">q</blockquote>"#),
        // A quotation that the writer made is no quote.
        (
            r#"ok<blockquote><a href="https://a.example/">x</a></blockquote>"#,
            r#"ok<blockquote><a href="[L https://a.example/]">x</a></blockquote>[P]"#,
        ),
        // Only a quote; a quote inside of something; the signature behind the quote.
        (r#"<div class="x gmail_quote">q</div>"#, r#"[P]<div class="x gmail_quote">q</div>"#),
        (
            r#"<div>a<div><div class="gmail_quote">q</div></div></div>"#,
            r#"<div>a<div>[P]<div class="gmail_quote">q</div></div></div>"#,
        ),
        (
            r#"a<div class="gmail_quote">q</div><div class="gmail_signature">s</div>"#,
            r#"a[P]<div class="gmail_quote">q</div><div class="gmail_signature">s</div>"#,
        ),
        // Answers between quoted paragraphs.
        (
            r#"<div class="gmail_quote">q1</div>mine <a href="https://a.example/">x</a><div class="gmail_quote">q2</div>"#,
            r#"[P]<div class="gmail_quote">q1</div>mine <a href="[L https://a.example/]">x</a><div class="gmail_quote">q2</div>"#,
        ),
        // Other attributes stay.
        (
            r#"<a target="_blank" href="https://b.example/x?y=1&amp;z=2#w" data-saferedirecturl="https://www.google.com/url?q=https://b.example/">x</a>"#,
            r#"<a target="_blank" href="[L https://b.example/x?y=1&z=2#w]" data-saferedirecturl="https://www.google.com/url?q=https://b.example/">x</a>[P]"#,
        ),
        (r#"<a href="https://ü.example/ä">x</a>"#, r#"<a href="[L https://ü.example/ä]">x</a>[P]"#),
        // A foreign tracker's pixel stays.
        (r#"<img src="https://x.example/p.gif" width="1">"#, r#"<img src="https://x.example/p.gif" width="1">[P]"#),
    ] {
        let mut tree = Fixture::read(body);
        let before = (tree.write(), tree.text(&ROOT));
        let marked = mark_with(&mut tree, id(1)).unwrap();
        assert_eq!(sketch(&tree, id(1)), expected);
        assert_eq!(tree.text(&ROOT), before.1);
        assert_eq!(marked.links.len(), expected.matches("[L ").count());

        // Again, with another message: as if it had been the first time.
        let again = mark_with(&mut tree, id(2)).unwrap();
        assert_eq!(again.links, marked.links);
        assert_eq!(sketch(&tree, id(2)), expected);

        strip::strip(&mut tree, &ROOT, ACCOUNT);
        assert_eq!(tree.write(), before.0);
    }
}

#[test]
fn links_are_told_in_order() {
    let mut tree = Fixture::read(
        r#"<a href="https://b.example/x?y=1&amp;z=2#w">second <i>thing</i></a><a href="https://a.example/">x</a>
           <a href="https://a.example/">y</a><a href="mailto:a@b.example">z</a>"#,
    );
    let links = mark_with(&mut tree, id(1)).unwrap().links;
    let told: Vec<_> = links.iter().map(|l| (l.target.as_str(), l.text.as_str())).collect();
    let expected =
        [("https://b.example/x?y=1&z=2#w", "second thing"), ("https://a.example/", "x"), ("https://a.example/", "y")];
    assert_eq!(told, expected);
}

#[test]
fn a_wrapped_link_works() {
    let mut tree = Fixture::read(r#"<a href="https://b.example/x?y=1&amp;z=2#w">x</a>"#);
    mark_with(&mut tree, id(1)).unwrap();
    let href = tree.attribute(&tree.elements(&ROOT, &["a"])[0], "href").unwrap();
    let (path, query) = href.strip_prefix(TRACKING).unwrap().split_once('?').unwrap();
    let (account, token, mac) = address::parse_click_path(path).unwrap();
    let target = address::target_in_query(query).unwrap();
    assert_eq!((account, token.message, target.as_str()), (ACCOUNT, id(1), "https://b.example/x?y=1&z=2#w"));
    assert!(address::verify_click(&key(), &token, &target, mac));
}

#[test]
fn a_link_that_would_get_too_long_stays() {
    let long = format!("https://h.example/{}", "x".repeat(address::MAX_CLICK_URL));
    let mut tree = Fixture::read(&format!(r#"<a href="{long}">x</a>"#));
    assert_eq!(mark_with(&mut tree, id(1)).unwrap().links, []);
    assert_eq!(tree.attribute(&tree.elements(&ROOT, &["a"])[0], "href"), Some(long));
}

#[test]
fn errors_leave_no_marks() {
    let body = r#"<a href="https://a.example/">x</a><div class="gmail_quote">q</div>"#;
    let key = key();
    let good = Minting { tracking_url: TRACKING, account: ACCOUNT, key: &key, epoch: 3, message: id(1) };
    let with_url = |tracking_url| Minting { tracking_url, ..good };
    for (minting, broken, error) in [
        (Minting { account: "", ..good }, None, MarkError::Account),
        (Minting { account: "../../x", ..good }, None, MarkError::Account),
        (with_url(""), None, MarkError::TrackingUrl),
        (with_url("ftp://t.example"), None, MarkError::TrackingUrl),
        (with_url("https://t.example/?a"), None, MarkError::TrackingUrl),
        (with_url("https://t.example/#a"), None, MarkError::TrackingUrl),
        (with_url("https://t.example/ x"), None, MarkError::TrackingUrl),
        (good, Some("insert"), MarkError::NotTaken),
        (good, Some("set"), MarkError::NotTaken),
    ] {
        let mut tree = Fixture::read(body);
        let before = tree.write();
        tree.broken = broken;
        assert_eq!(mark(&mut tree, &ROOT, &minting, &Wanted::BOTH), Err(error));
        assert_eq!(tree.write(), before, "{error:?}");
    }
}

/// xorshift64*: the same trees in every run, everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % n
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

fn grow(dice: &mut Dice, tree: &mut Fixture, parent: usize, depth: usize) {
    for _ in 0..dice.below(6) {
        let attributes = |list: &[(&str, &str)]| list.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect::<Vec<_>>();
        let made = match dice.below(8) {
            0 | 1 => (None, vec![]),
            2 | 3 => {
                let href = dice.pick(&[
                    "https://a.example/",
                    "https://b.example/x?y=1&z=2#w",
                    "https://ü.example/ä",
                    "http://h.example/\"'<>&amp;%41%zz+",
                    "mailto:a@b.example",
                    "#x",
                    "",
                    "https://h.example/unsubscribe",
                ]);
                (Some("a"), attributes(&[("href", href), ("target", "_blank")]))
            }
            4 => (Some("img"), attributes(&[("src", "https://x.example/p.gif"), ("alt", "logo")])),
            5 => {
                (Some("div"), attributes(&[("class", dice.pick(&["gmail_quote", "x gmail_attr", "gmail_signature", "", "y"]))]))
            }
            6 => (Some("blockquote"), attributes(&[("type", dice.pick(&["cite", "Cite", "", "x"]))])),
            _ => (Some(dice.pick(&["p", "table", "span", "font"])), vec![]),
        };
        let text = dice.pick(&["words", " ", "", "a < b & c", "www.h.example", "ünï😀", "\u{200b}", "click here"]);
        let node = tree.add(parent, made.0.map(str::to_owned), made.1, if made.0.is_none() { text } else { "" });
        if depth > 0 && made.0.is_some_and(|name| name != "img") {
            grow(dice, tree, node, depth - 1);
        }
    }
}

fn is_quote(tree: &Fixture, node: usize) -> bool {
    let class = tree.attribute(&node, "class").unwrap_or_default();
    let cite = tree.attribute(&node, "type").is_some_and(|t| t.eq_ignore_ascii_case("cite"));
    class.contains("gmail_quote") || class.contains("gmail_attr") || cite
}

#[test]
fn what_holds_for_any_tree() {
    let mut dice = Dice(0x5eed);
    let mut links = 0;
    for _ in 0..3_000 {
        let mut tree = Fixture::read("");
        grow(&mut dice, &mut tree, ROOT, 4);
        let (before, text) = (tree.write(), tree.text(&ROOT));
        let hrefs = |tree: &Fixture| -> Vec<_> {
            let quoted = |&n: &usize| tree.is_within(n, is_quote);
            tree.elements(&ROOT, &["a"]).into_iter().filter(quoted).map(|n| tree.attribute(&n, "href")).collect()
        };
        let quoted_before = hrefs(&tree);

        links += mark_with(&mut tree, id(1)).unwrap().links.len();
        assert_eq!(tree.text(&ROOT), text, "the words are the same");
        assert_eq!(pixels(&tree, &ROOT, ACCOUNT), [id(1)], "exactly one pixel");
        assert_eq!(hrefs(&tree), quoted_before, "quotes are not touched");
        let all = tree.elements(&ROOT, &["img", "div", "blockquote"]);
        let place = all.iter().position(|n| tree.attribute(n, "src").is_some_and(|s| s.starts_with(TRACKING))).unwrap();
        assert!(!tree.is_within(all[place], is_quote), "the pixel is outside of quotes");
        assert!(!all[..place].iter().any(|&n| is_quote(&tree, n)), "and before them");

        let once = tree.write();
        assert_eq!(strip::strip_html(&once, ACCOUNT).as_ref(), Some(&before), "as text");
        mark_with(&mut tree, id(2)).unwrap();
        mark_with(&mut tree, id(1)).unwrap();
        assert_eq!(tree.write(), once, "marking again changes nothing");
        strip::strip(&mut tree, &ROOT, ACCOUNT);
        assert_eq!(tree.write(), before, "stripping gives everything back");
    }
    assert!(links > 3_000, "the trees have links: {links}");
}

#[test]
fn deep_nesting_is_no_harm() {
    let mut tree = Fixture::read("");
    let mut at = ROOT;
    for _ in 0..20_000 {
        at = tree.add(at, Some("div".into()), vec![], "");
    }
    assert!(tree.elements(&ROOT, &["div"]).len() == 20_000);
    assert_eq!(pixels(&tree, &ROOT, ACCOUNT), [] as [Uuid; 0]);
    mark_with(&mut tree, id(1)).unwrap();
    assert_eq!(pixels(&tree, &ROOT, ACCOUNT), [id(1)]);
}

const LINE: Line<'_> = Line { before: "Seen <b>& known</b>. ", link: "Refuse", after: "." };

fn mark_so(tree: &mut Fixture, wanted: &Wanted<'_>) -> Result<Marked, MarkError> {
    let minting = Minting { tracking_url: TRACKING, account: ACCOUNT, key: &key(), epoch: 3, message: id(1) };
    mark(tree, &ROOT, &minting, wanted)
}

const QUOTED: &str =
    r#"<div>Hi <a href="https://h.example/">there</a></div><div class="gmail_quote"><a href="https://q.example/">q</a></div>"#;

#[test]
fn the_line_stands_before_the_quote_and_its_words_are_text() {
    let mut tree = Fixture::read(QUOTED);
    mark_so(&mut tree, &Wanted { kinds: Kinds::ALL, line: Some(LINE) }).unwrap();
    let page = address::recipient_url(TRACKING, ACCOUNT, &Token::mint(&key(), 3, id(1)), &key());
    let [style, inner] = LINE_STYLES;
    let line = format!(
        r#"<div style="{style}">Seen &lt;b&gt;&amp; known&lt;/b&gt;. <a href="{page}#line" style="{inner}">Refuse</a>.</div>"#
    );
    let written = tree.write();
    let at = written.find(&line).expect("the line stands there");
    assert!(written[at + line.len()..].starts_with("<img "), "{written}");
    assert!(written.find("gmail_quote").unwrap() > at);
    // Marked again, there is one; and all of it goes.
    mark_so(&mut tree, &Wanted { kinds: Kinds::ALL, line: Some(LINE) }).unwrap();
    assert_eq!(tree.write().matches("#line").count(), 1);
    strip::strip(&mut tree, &ROOT, ACCOUNT);
    assert_eq!(tree.write(), Fixture::read(QUOTED).write());
    assert_eq!(strip::strip_html(&written, ACCOUNT).as_deref(), Some(QUOTED));
    // Without words of its own the link shows where it goes.
    mark_so(&mut tree, &Wanted { kinds: Kinds::ALL, line: Some(Line { link: "", ..LINE }) }).unwrap();
    assert!(tree.write().contains(&format!(">{page}</a>")));
}

#[test]
fn one_kind_is_put_in_without_the_other() {
    let (opens, clicks) = (Kinds { opens: true, clicks: false }, Kinds { opens: false, clicks: true });
    for (html, kinds, line, pixels, links, lines) in [
        (QUOTED, opens, None, 1, 0, 0),
        (QUOTED, clicks, None, 0, 1, 0),
        (QUOTED, opens, Some(LINE), 1, 0, 1),
        (QUOTED, clicks, Some(LINE), 0, 1, 1),
        ("no link", opens, Some(LINE), 1, 0, 1),
    ] {
        let mut tree = Fixture::read(html);
        let marked = mark_so(&mut tree, &Wanted { kinds, line }).unwrap();
        let written = tree.write();
        let count = |part: &str| written.matches(part).count();
        assert_eq!((count("/o/"), count("/c/"), count("#line")), (pixels, links, lines), "{written}");
        assert_eq!(marked.links.len(), links);
        assert_eq!(strip::strip_html(&written, ACCOUNT).as_deref(), Some(html));
    }
    // Clicks alone, and no link: nothing is tracked, so nothing says so. What was there before is gone.
    for kinds in [clicks, Kinds::NONE] {
        let mut tree = Fixture::read("no link");
        mark_so(&mut tree, &Wanted { kinds: Kinds::ALL, line: Some(LINE) }).unwrap();
        assert_eq!(mark_so(&mut tree, &Wanted { kinds, line: Some(LINE) }), Err(MarkError::Nothing));
        assert_eq!(tree.write(), "no link");
    }
}

#[test]
fn a_line_that_is_not_taken_leaves_no_marks() {
    for broken in ["div", "a", "img"] {
        let mut tree = Fixture::read(QUOTED);
        tree.broken = Some(broken);
        assert_eq!(mark_so(&mut tree, &Wanted { kinds: Kinds::ALL, line: Some(LINE) }), Err(MarkError::NotTaken), "{broken}");
        assert_eq!(tree.write(), Fixture::read(QUOTED).write(), "{broken}");
    }
}
