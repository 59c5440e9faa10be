//! Parameters of an address, and what lists have in common: how many, and where to go on.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::ApiError;

/// The parameters of a request. Those that are not of the form: 400, without a word of what was given.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(asked)| Self(asked))
            .map_err(|_| ApiError::BadRequest("a parameter is not of the form"))
    }
}

/// How many of a list: as many as `usual` unless told, 1 to `most`. `says`: the words for any other number.
pub fn limit(asked: Option<i64>, usual: i64, most: i64, says: &'static str) -> Result<i64, ApiError> {
    let limit = asked.unwrap_or(usual);
    if (1..=most).contains(&limit) { Ok(limit) } else { Err(ApiError::BadRequest(says)) }
}

/// A parameter that says something: one that is empty says as much as one that is absent.
pub fn given(asked: Option<&String>) -> Option<&str> {
    asked.map(String::as_str).filter(|text| !text.is_empty())
}

/// Where a page begins: the `next` of the page before, read by `parse`.
pub fn before<T>(asked: Option<&String>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
    let read = |text| parse(text).ok_or(ApiError::BadRequest("before is not the next of a page"));
    given(asked).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Ask {
        limit: Option<i64>,
        list: Option<String>,
    }

    async fn ask(query: &str) -> Result<Ask, ApiError> {
        let (mut parts, ()) = Request::get(format!("/x{query}")).body(()).unwrap().into_parts();
        Asked::from_request_parts(&mut parts, &()).await.map(|Asked(ask)| ask)
    }

    #[tokio::test]
    async fn parameters_are_read_or_refused_without_an_echo() {
        assert_eq!(ask("").await, Ok(Ask { limit: None, list: None }));
        assert_eq!(ask("?limit=3&list=a%20b&other=1").await, Ok(Ask { limit: Some(3), list: Some("a b".to_owned()) }));
        for wrong in ["?limit=", "?limit=three", "?limit=99999999999999999999", "?limit=1&limit=2"] {
            assert_eq!(ask(wrong).await, Err(ApiError::BadRequest("a parameter is not of the form")), "{wrong}");
        }
    }

    #[test]
    fn lists_begin_where_they_are_told_to() {
        assert_eq!(limit(None, 30, 100, "no"), Ok(30));
        assert_eq!(limit(Some(100), 30, 100, "no"), Ok(100));
        for wrong in [0, -1, 101, i64::MAX] {
            assert_eq!(limit(Some(wrong), 30, 100, "no"), Err(ApiError::BadRequest("no")), "{wrong}");
        }
        let number = |text: &str| text.parse::<i64>().ok();
        assert_eq!(before(None, number), Ok(None));
        assert_eq!(before(Some(&String::new()), number), Ok(None));
        assert_eq!(before(Some(&"7".to_owned()), number), Ok(Some(7)));
        assert!(before(Some(&"x".to_owned()), number).is_err());
    }
}
