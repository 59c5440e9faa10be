//! What a message of the subscription says. Whoever may publish on the topic wrote it: hostile text.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::Value;

/// Longer data are no notice.
const LONGEST: usize = 4 * 1024;
/// The longest address (RFC 5321).
const LONGEST_ADDRESS: usize = 320;

static BASE64: LazyLock<GeneralPurpose> = LazyLock::new(|| {
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent))
});

/// An answer to a pull.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pulled {
    #[serde(default)]
    pub(super) received_messages: Vec<Received>,
}

/// One message.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Received {
    /// What it is acknowledged by.
    #[serde(default)]
    pub(super) ack_id: String,
    #[serde(default)]
    message: Message,
}

#[derive(Debug, Default, Deserialize)]
struct Message {
    #[serde(default)]
    data: String,
}

/// In this mailbox something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    /// In lower case.
    pub(super) address: String,
    /// The number of the change.
    pub(super) history: u64,
}

impl Received {
    /// `None`: it is no notice of Gmail's.
    pub(super) fn notice(&self) -> Option<Notice> {
        let data = &self.message.data;
        let plain = (data.len() <= LONGEST).then(|| BASE64.decode(data.as_bytes()).ok())??;
        let said: Value = serde_json::from_slice(&plain).ok()?;
        let address = said["emailAddress"].as_str().filter(|address| address.len() <= LONGEST_ADDRESS)?;
        // As a number, or as Google writes numbers of 64 bits elsewhere.
        let history = match &said["historyId"] {
            Value::Number(number) => number.as_u64(),
            Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
            _ => None,
        }?;
        Some(Notice { address: address.to_lowercase(), history })
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

    use super::*;

    fn read(data: &str) -> Option<(String, u64)> {
        let received = Received { message: Message { data: data.to_owned() }, ..Received::default() };
        received.notice().map(|notice| (notice.address, notice.history))
    }

    #[test]
    fn notices() {
        let mara = Some(("mara@x.example".to_owned(), 7));
        for said in [
            r#"{"emailAddress":"Mara@x.example","historyId":7}"#,
            r#"{"historyId":"7","emailAddress":"mara@x.example","more":[1]}"#,
        ] {
            assert_eq!(read(&STANDARD.encode(said)), mara);
            assert_eq!(read(&STANDARD_NO_PAD.encode(said)), mara);
        }
    }

    #[test]
    fn what_is_none() {
        let long = format!(r#"{{"emailAddress":"{}","historyId":7}}"#, "x".repeat(400));
        for said in [
            "",
            "null",
            "[]",
            "\u{0}",
            "{",
            r#"{"emailAddress":7,"historyId":7}"#,
            r#"{"emailAddress":"a@x"}"#,
            r#"{"emailAddress":"a@x","historyId":-7}"#,
            r#"{"emailAddress":"a@x","historyId":7.5}"#,
            r#"{"emailAddress":"a@x","historyId":"+7"}"#,
            r#"{"emailAddress":"a@x","historyId":""}"#,
            r#"{"emailAddress":"a@x","historyId":99999999999999999999}"#,
            &long,
            &"[".repeat(2_000),
        ] {
            assert_eq!(read(&STANDARD.encode(said)), None, "{said}");
        }
        for data in ["%%%", &"A".repeat(LONGEST + 1)] {
            assert_eq!(read(data), None);
        }
        for answer in ["{}", r#"{"receivedMessages":[{}]}"#, r#"{"receivedMessages":[{"ackId":"1","message":{}}]}"#] {
            let pulled: Pulled = serde_json::from_str(answer).unwrap();
            assert!(pulled.received_messages.iter().all(|it| it.notice().is_none()));
        }
    }
}
