//! What Google's errors mean here.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use waxwing_protocol::Millis;
use waxwing_protocol::api::Trouble;

use super::super::MailboxError;
use super::super::said::said;
use super::wire::ErrorBody;

/// After a limit that is counted by the day, when Google does not say how long.
const DAY_LIMIT_SECS: u32 = 60 * 60;
/// Nobody is sent away for longer than this.
const LONGEST_SECS: i64 = 24 * 60 * 60;

/// Why a call failed.
#[derive(Debug)]
pub(super) enum CallError {
    /// 404: there is nothing of this id.
    NotFound(MailboxError),
    /// 401: the access token is not taken any more.
    Unauthorized(MailboxError),
    /// The rest.
    Other(MailboxError),
}

impl CallError {
    pub(super) fn into_error(self) -> MailboxError {
        match self {
            Self::NotFound(error) | Self::Unauthorized(error) | Self::Other(error) => error,
        }
    }
}

impl From<MailboxError> for CallError {
    fn from(error: MailboxError) -> Self {
        Self::Other(error)
    }
}

/// What an answer that is no success means.
pub(super) fn of_answer(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Millis) -> CallError {
    let parsed: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let error = parsed.error;
    let has = |names: &[&str]| error.reasons().any(|reason| names.contains(&reason));
    let by_day = has(&["dailyLimitExceeded", "quotaExceeded"]);
    let limited = by_day || has(&["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"]);
    let trouble = match status {
        StatusCode::UNAUTHORIZED => Trouble::GrantRevoked,
        StatusCode::TOO_MANY_REQUESTS => Trouble::RateLimited,
        StatusCode::FORBIDDEN if limited => Trouble::RateLimited,
        StatusCode::FORBIDDEN if has(&["insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"]) => Trouble::RightMissing,
        StatusCode::FORBIDDEN
            if has(&["accessNotConfigured", "SERVICE_DISABLED", "domainPolicy", "CONSUMER_INVALID", "deleted_client"]) =>
        {
            Trouble::ClientRefused
        }
        StatusCode::PAYLOAD_TOO_LARGE => Trouble::TooLarge,
        StatusCode::REQUEST_TIMEOUT => Trouble::Busy,
        status if status.is_server_error() => Trouble::Busy,
        _ => Trouble::Protocol,
    };
    // Only Google's own words are passed on: a page of some proxy says nothing.
    let words = said(error.message.as_bytes());
    let retry_after = match trouble {
        Trouble::RateLimited | Trouble::Busy => retry_after(headers, &error.message, now).or(by_day.then_some(DAY_LIMIT_SECS)),
        _ => None,
    };
    let error = MailboxError { trouble, said: words, retry_after };
    match status {
        StatusCode::UNAUTHORIZED => CallError::Unauthorized(error),
        StatusCode::NOT_FOUND => CallError::NotFound(error),
        _ => CallError::Other(error),
    }
}

/// What a 4xx to a send means for the mail.
pub(super) fn of_send(status: StatusCode, body: &[u8], otherwise: Trouble) -> Trouble {
    if status != StatusCode::BAD_REQUEST {
        return otherwise;
    }
    let error = serde_json::from_slice::<ErrorBody>(body).unwrap_or_default().error;
    let message = error.message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if error.message.is_empty() {
        Trouble::Protocol
    } else if says(&["too large", "size limit", "exceeds the maximum"]) {
        Trouble::TooLarge
    } else if says(&["recipient", "to header", "cc header", "bcc header"]) {
        Trouble::RecipientRefused
    } else if says(&["from header", "sender", "mail service not enabled"]) {
        Trouble::SenderRefused
    } else {
        Trouble::ContentRefused
    }
}

/// Seconds until another call may pass: the header, as seconds or as a date, or the instant that Google writes into its words.
fn retry_after(headers: &HeaderMap, message: &str, now: Millis) -> Option<u32> {
    let header = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::trim);
    let until = |at: Timestamp| (at.as_millisecond() - now).div_euclid(1_000) + 1;
    let by_header = header.and_then(|text| {
        text.parse::<u32>().map(i64::from).ok().or_else(|| rfc2822::parse(text).ok().map(|at| until(at.timestamp())))
    });
    let by_words = || {
        let (_, rest) = message.rsplit_once("Retry after ")?;
        let word = rest.split([' ', '(', ')']).next()?;
        word.trim_end_matches('.').parse::<Timestamp>().ok().map(until)
    };
    let seconds = by_header.or_else(by_words)?;
    u32::try_from(seconds.clamp(1, LONGEST_SECS)).ok()
}

/// What an error below HTTP means. The address in reqwest's words may be long, and is left out.
pub(super) fn of_transport(error: &reqwest::Error) -> MailboxError {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    let mut trouble = Trouble::Unreachable;
    let mut innermost = String::new();
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<tokio_rustls::rustls::Error>() {
            trouble = match tls {
                tokio_rustls::rustls::Error::InvalidCertificate(_) => Trouble::Certificate,
                _ => Trouble::Unreachable,
            };
        }
        innermost = error.to_string();
        cause = error.source().or_else(|| {
            // rustls' errors travel inside of an I/O error, which does not give them as its source.
            error.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref()).map(|inner| inner as &dyn std::error::Error)
        });
    }
    let words = if error.is_timeout() { "no answer in time".to_owned() } else { innermost };
    MailboxError { trouble, said: said(words.as_bytes()), retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T08:00:00Z.
    const NOW: Millis = 1_795_334_400_000;

    fn answer(status: u16, body: &str) -> MailboxError {
        of_answer(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes(), NOW).into_error()
    }

    fn google(reason: &str, message: &str) -> String {
        serde_json::json!({ "error": { "code": 1, "message": message, "errors": [{ "reason": reason, "domain": "x" }] } })
            .to_string()
    }

    #[test]
    fn each_error_has_its_meaning() {
        for (status, reason, want) in [
            (401, "authError", Trouble::GrantRevoked),
            (403, "rateLimitExceeded", Trouble::RateLimited),
            (403, "userRateLimitExceeded", Trouble::RateLimited),
            (403, "dailyLimitExceeded", Trouble::RateLimited),
            (403, "insufficientPermissions", Trouble::RightMissing),
            (403, "accessNotConfigured", Trouble::ClientRefused),
            (403, "domainPolicy", Trouble::ClientRefused),
            (403, "somethingNew", Trouble::Protocol),
            (429, "", Trouble::RateLimited),
            (413, "uploadTooLarge", Trouble::TooLarge),
            (500, "backendError", Trouble::Busy),
            (503, "", Trouble::Busy),
            (302, "", Trouble::Protocol),
        ] {
            assert_eq!(answer(status, &google(reason, "words")).trouble, want, "{status} {reason}");
        }
        assert_eq!(answer(403, &google("dailyLimitExceeded", "")).retry_after, Some(3_600));
    }

    #[test]
    fn pages_of_others_are_not_repeated_and_googles_words_are_cut() {
        for body in ["<html><h1>Proxy says no</h1>", "", "[1]", "{\"error\":\"text\"}", "{\"error\":{\"message\":7}}", "\u{0}"]
        {
            let error = answer(502, body);
            assert_eq!((error.trouble, error.said), (Trouble::Busy, None), "{body}");
        }
        let error = answer(500, &google("x", &format!("a\u{7}\nb {}", "c".repeat(5_000))));
        let said = error.said.unwrap();
        assert!(said.starts_with("a b c") && said.chars().count() <= 300);
    }

    #[test]
    fn when_to_come_back() {
        let header = |value: &'static str| HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
        for (headers, message, want) in [
            (header("17"), "", Some(17)),
            (header("0"), "", Some(1)),
            (header("Sun, 22 Nov 2026 08:01:00 GMT"), "", Some(61)),
            (header("99999999"), "", Some(86_400)),
            (header("soon"), "", None),
            (header("-5"), "", None),
            (HeaderMap::new(), "User-rate limit exceeded.  Retry after 2026-11-22T08:00:30.000Z", Some(31)),
            (HeaderMap::new(), "Retry after 2026-11-22T08:00:30Z (Mail sending)", Some(31)),
            (HeaderMap::new(), "Retry after 1999-01-01T00:00:00Z", Some(1)),
            (HeaderMap::new(), "Retry after never", None),
        ] {
            assert_eq!(retry_after(&headers, message, NOW), want, "{headers:?} {message}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_mail() {
        for (message, want) in [
            ("Recipient address required", Trouble::RecipientRefused),
            ("Invalid To header", Trouble::RecipientRefused),
            ("Invalid From header", Trouble::SenderRefused),
            ("Mail service not enabled", Trouble::SenderRefused),
            ("Message too large", Trouble::TooLarge),
            ("Message rejected", Trouble::ContentRefused),
            ("", Trouble::Protocol),
        ] {
            let body = google("invalidArgument", message);
            assert_eq!(of_send(StatusCode::BAD_REQUEST, body.as_bytes(), Trouble::Protocol), want, "{message}");
        }
        assert_eq!(of_send(StatusCode::FORBIDDEN, b"", Trouble::RightMissing), Trouble::RightMissing);
    }
}
