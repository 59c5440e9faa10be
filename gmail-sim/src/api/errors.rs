//! Refusals in the shape of Google's APIs.

use serde_json::{Value, json};

/// `{"error": {"code", "message", "errors": [{"domain", "reason", "message"}], "status"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: u16,
    pub(crate) reason: String,
    pub(crate) message: String,
    /// Seconds for `Retry-After`.
    pub(crate) retry_after: Option<u32>,
    details: Option<Value>,
}

impl ApiError {
    pub(crate) fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.to_owned(), message: message.into(), retry_after: None, details: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "notFound", "Requested entity was not found.")
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalidArgument", message)
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            401,
            "authError",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid \
             authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )
    }

    /// The token holds none of the scopes that the method asks for.
    pub(crate) fn scopes(method: &str) -> Self {
        Self {
            details: Some(json!([{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": { "service": "gmail.googleapis.com", "method": format!("gmail.users.{method}") },
            }])),
            ..Self::new(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        }
    }

    pub(crate) fn quota() -> Self {
        Self::new(
            429,
            "rateLimitExceeded",
            "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service 'gmail.googleapis.com'.",
        )
    }

    /// One that was ordered: the usual reason and words of its status unless others are given.
    pub(crate) fn ordered(code: u16, reason: Option<&str>, retry_after: Option<u32>) -> Self {
        let (usual, message) = match code {
            400 => ("invalidArgument", "Precondition check failed."),
            401 => return Self { retry_after, ..Self::unauthenticated() },
            403 => ("rateLimitExceeded", "User Rate Limit Exceeded"),
            404 => ("notFound", "Requested entity was not found."),
            413 => ("uploadTooLarge", "Request Entity Too Large"),
            429 => ("rateLimitExceeded", "User-rate limit exceeded.  Retry after a while."),
            503 => ("backendError", "The service is currently unavailable."),
            _ => ("backendError", "Internal error encountered."),
        };
        Self { retry_after, ..Self::new(code, reason.unwrap_or(usual), message) }
    }

    fn status(&self) -> &'static str {
        match self.code {
            400 if self.reason == "failedPrecondition" => "FAILED_PRECONDITION",
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            409 => "ALREADY_EXISTS",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            504 => "DEADLINE_EXCEEDED",
            _ => "INTERNAL",
        }
    }

    pub(crate) fn json(&self) -> Value {
        let limits = self.reason.ends_with("LimitExceeded") || self.reason == "quotaExceeded";
        let mut one = json!({
            "message": self.message, "domain": if limits { "usageLimits" } else { "global" }, "reason": self.reason,
        });
        if self.code == 401 {
            one["message"] = json!("Invalid Credentials");
            one["location"] = json!("Authorization");
            one["locationType"] = json!("header");
        } else if self.reason == "insufficientPermissions" {
            one["message"] = json!("Insufficient Permission");
        }
        let mut error = json!({ "code": self.code, "message": self.message, "errors": [one], "status": self.status() });
        if let Some(details) = &self.details {
            error["details"] = details.clone();
        }
        json!({ "error": error })
    }
}
