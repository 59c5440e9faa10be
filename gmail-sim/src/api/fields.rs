//! `fields`, which all of Google's APIs know: which members of an answer are wanted, as `id,payload(headers,parts/mimeType)`.

use serde_json::{Map, Value};

use super::errors::ApiError;

/// Groups within groups that are read.
const DEEPEST: usize = 50;

/// The members that are wanted, each with those wanted of it; none: all of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mask(Vec<(String, Option<Mask>)>);

impl Mask {
    pub(crate) fn read(text: &str) -> Result<Self, ApiError> {
        let mut rest = text.trim();
        let mask = list(&mut rest, 0);
        match mask {
            Some(mask) if rest.is_empty() => Ok(mask),
            _ => Err(ApiError::invalid(format!("Invalid field selection {}", text.chars().take(100).collect::<String>()))),
        }
    }

    /// What of an answer is wanted. Of a list each element is meant.
    pub(crate) fn kept(&self, value: &Value) -> Value {
        match value {
            Value::Array(list) => list.iter().map(|it| self.kept(it)).collect(),
            Value::Object(members) => {
                let kept = |(name, value): (&String, &Value)| {
                    let (_, of) = self.0.iter().find(|(wanted, _)| wanted == name || wanted == "*")?;
                    Some((name.clone(), of.as_ref().map_or_else(|| value.clone(), |of| of.kept(value))))
                };
                Value::Object(members.iter().filter_map(kept).collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
}

/// `a,b/c,d(e,f)` up to a closing bracket.
fn list(rest: &mut &str, depth: usize) -> Option<Mask> {
    let mut mask = Mask::default();
    loop {
        mask.0.push(member(rest, depth)?);
        match rest.strip_prefix(',') {
            Some(more) => *rest = more,
            None => return Some(mask),
        }
    }
}

fn member(rest: &mut &str, depth: usize) -> Option<(String, Option<Mask>)> {
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '*').unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    *rest = behind;
    if name.is_empty() || depth > DEEPEST {
        return None;
    }
    let of = if let Some(inner) = behind.strip_prefix('/') {
        *rest = inner;
        Some(Mask(vec![member(rest, depth + 1)?]))
    } else if let Some(inner) = behind.strip_prefix('(') {
        *rest = inner;
        let mask = list(rest, depth + 1)?;
        *rest = rest.strip_prefix(')')?;
        Some(mask)
    } else {
        None
    };
    Some((name.to_owned(), of))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_named_stays() {
        let answer = json!({ "id": 1, "labels": ["a"], "payload": { "headers": [{ "name": "n", "value": "v" }], "parts": [
            { "mimeType": "a/b", "body": "x", "parts": [{ "mimeType": "c/d", "body": "y" }] }, { "body": "z" }] } });
        for (fields, want) in [
            ("id", json!({ "id": 1 })),
            ("id,labels,nothing", json!({ "id": 1, "labels": ["a"] })),
            ("payload/headers/name", json!({ "payload": { "headers": [{ "name": "n" }] } })),
            (
                "payload(headers,parts(mimeType,parts/mimeType))",
                json!({ "payload": { "headers": [{ "name": "n", "value": "v" }],
                    "parts": [{ "mimeType": "a/b", "parts": [{ "mimeType": "c/d" }] }, {}] } }),
            ),
            ("*", answer.clone()),
        ] {
            assert_eq!(Mask::read(fields).unwrap().kept(&answer), want, "{fields}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for fields in ["", ",", "a,", "a(", "a(b", "a)", "a(b))", "a//b", "a b", "(a)", &"a(".repeat(500)] {
            assert!(Mask::read(fields).is_err(), "{fields}");
        }
    }
}
