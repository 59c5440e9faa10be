//! The few pages of this backend: no script, nothing loaded. The one that recipients may see is that of a link whose signature
//! is not ours: it says as text where the link claims to go, and does not go there; nothing on it can be clicked.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The most characters of a claimed target that are shown.
const MAX_SHOWN: usize = 2_000;

/// Waxwing's colours and sizes, cut down to what this page needs. Browsers without `light-dark()` get the light ones.
pub(super) const STYLE: &str = include_str!("page.css");

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy("'none'"));
static FORM_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy("'self'"));

/// With the place that forms may be sent to.
fn policy(forms: &str) -> HeaderValue {
    let style = source(STYLE);
    let policy =
        format!("default-src 'none'; style-src '{style}'; base-uri 'none'; form-action {forms}; frame-ancestors 'none'");
    #[expect(clippy::expect_used, reason = "base64 and the text around it are ASCII")]
    HeaderValue::try_from(policy).expect("base64 and the text around it are ASCII")
}

/// How a content security policy names an inline style or script: by its hash.
pub(super) fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// 410: of this backend only the links are left.
pub(super) fn gone() -> Response {
    let body = "<p>Links in mails that were sent through it still lead where they led. Everything else has ended, and nothing is \
                stored here any more.</p>\n";
    page(StatusCode::GONE, "en", "This server was given up", body)
}

/// 404: this link was not signed here.
pub fn unsigned_link(claimed: Option<&str>) -> Response {
    let mut body = String::from(
        "<p>It did not come from a mail sent through this server, or it was changed or cut on its way. You have not been sent \
         anywhere.</p>\n",
    );
    if let Some(claimed) = claimed.filter(|text| !text.is_empty()) {
        body.push_str("<h2>Where it claims to go</h2>\n<p class=\"target\"><bdi dir=\"ltr\">");
        escape(claimed, &mut body);
        body.push_str("</bdi></p>\n<p>If you know and trust this address you can copy it into your browser yourself. ");
        body.push_str("If in doubt, ask the person who sent you the mail.</p>\n");
    } else {
        body.push_str("<p>Open the link again from the mail, or ask the person who sent it to you.</p>\n");
    }
    page(StatusCode::NOT_FOUND, "en", "This link could not be checked", &body)
}

/// A page of this backend. `title` is text, `body` is HTML in which everything foreign went through [`escape`].
pub(super) fn page(status: StatusCode, language: &'static str, title: &str, body: &str) -> Response {
    let mut html = String::with_capacity(4_096);
    let mut heading = String::new();
    escape(title, &mut heading);
    // Writing to a string does not fail.
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<h1>{heading}</h1>\n{body}</main>\n</body>\n</html>\n"
    );

    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, private"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // For browsers that do not read it above.
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// The same with a form in `body`, which is sent to this backend and nowhere else.
pub(super) fn form(language: &'static str, title: &str, body: &str) -> Response {
    choose(StatusCode::OK, language, title, body)
}

/// The same with a status, and forms that lead back to where they were shown.
pub(super) fn choose(status: StatusCode, language: &'static str, title: &str, body: &str) -> Response {
    let mut response = page(status, language, title, body);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, FORM_POLICY.clone());
    response
}

/// Text as HTML text. Characters that show nothing or turn the reading order around are shown by their number: an address must
/// not look like another one.
pub(super) fn escape(text: &str, html: &mut String) {
    for (n, c) in text.chars().enumerate() {
        if n == MAX_SHOWN {
            html.push('…');
            return;
        }
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c if is_invisible(c) => {
                // Writing to a string does not fail.
                let _ = write!(html, "[U+{:04X}]", u32::from(c));
            }
            c => html.push(c),
        }
    }
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_invisible_characters_are_shown() {
        for (text, want) in [
            ("https://a.example/?a=1&b=2", "https://a.example/?a=1&amp;b=2"),
            ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
            ("\" onload=\"", "&quot; onload=&quot;"),
            ("gnp.\u{202e}exe", "gnp.[U+202E]exe"),
            ("a\0b\nc", "a[U+0000]b[U+000A]c"),
            ("päypal", "päypal"),
        ] {
            let mut html = String::new();
            escape(text, &mut html);
            assert_eq!(html, want);
        }
        let mut html = String::new();
        escape(&"x".repeat(5_000), &mut html);
        assert_eq!(html.chars().count(), MAX_SHOWN + 1);
    }

    #[test]
    fn the_style_cannot_end_its_element() {
        assert!(!STYLE.contains('<'));
    }
}
