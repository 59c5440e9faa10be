//! What every page of the account has in common: head, style and headers.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::super::page::escape;
use super::ROOT;
use super::words::Language;
use crate::app::App;

/// Waxwing's colours and sizes, as far as these pages need them.
const STYLE: &str = include_str!("style.css");
/// Nothing but our own style is loaded; forms go here only.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The style of the pages. The same for everybody, so that a browser may keep it for a while.
pub async fn style() -> Response {
    let mut response = Response::new(Body::from(STYLE));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Text as HTML.
pub fn esc(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    escape(text, &mut html);
    html
}

/// A page. `title` is text; `head` and `body` are HTML in which everything foreign went through [`esc`].
pub fn page(app: &App, status: StatusCode, language: Language, title: &str, body: &str) -> Response {
    page_with(app, status, language, title, "", body)
}

/// The same that leads on by itself to an address of ours or of the provider.
pub fn leading_on(app: &App, language: Language, title: &str, to: &str, body: &str) -> Response {
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={}\">\n", esc(to));
    page_with(app, StatusCode::OK, language, title, &head, body)
}

fn page_with(app: &App, status: StatusCode, language: Language, title: &str, head: &str, body: &str) -> Response {
    let (tag, title, base) = (language.tag(), esc(title), esc(&app.settings.public_url));
    let html = format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"robots\" content=\"noindex\">\n{head}<title>Waxwing: {title}</title>\n\
         <link rel=\"stylesheet\" href=\"{base}{ROOT}/style.css\">\n</head>\n<body>\n{body}</body>\n</html>\n"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    dress(&mut response);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Leads back to a page of ours after a form.
pub fn back(app: &App, to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(to) = HeaderValue::try_from(format!("{}{to}", app.settings.public_url)) {
        response.headers_mut().insert(LOCATION, to);
    }
    dress(&mut response);
    response
}

fn dress(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, private"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
}
