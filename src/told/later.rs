//! Which words say what of mailboxes and of mails that go out later.
//!
//! What must hold: every kind that the wire knows has words of its own in every language; the tests take the kinds from the wire
//! types themselves.

use waxwing_protocol::api::{AccessAction, AccessReason, ConnectStepKind, Trouble, Why};

/// What is wrong with a mailbox or a send: a clause, without a dot.
pub const fn trouble_key(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::WrongPassword => "trouble_wrong_password",
        Trouble::GrantRevoked => "trouble_grant_revoked",
        Trouble::RightMissing => "trouble_right_missing",
        Trouble::ClientRefused => "trouble_client_refused",
        Trouble::KeyLost => "trouble_key_lost",
        Trouble::Unreachable => "trouble_unreachable",
        Trouble::Certificate => "trouble_certificate",
        Trouble::NotOffered => "trouble_not_offered",
        Trouble::NoDrafts => "trouble_no_drafts",
        Trouble::RateLimited => "trouble_rate_limited",
        Trouble::Busy => "trouble_busy",
        Trouble::RecipientRefused => "trouble_recipient_refused",
        Trouble::RecipientFull => "trouble_recipient_full",
        Trouble::SenderRefused => "trouble_sender_refused",
        Trouble::TooLarge => "trouble_too_large",
        Trouble::ContentRefused => "trouble_content_refused",
        Trouble::Full => "trouble_full",
        Trouble::Protocol => "trouble_protocol",
    }
}

/// Why a scheduled mail stands where it does: a title. [`Why::Trouble`] has a hole for the clause of its trouble.
pub const fn why_key(why: Why) -> &'static str {
    match why {
        Why::Unclear => "later_why_unclear",
        Why::DraftGone => "later_why_draft_gone",
        Why::SentByHand => "later_why_sent_by_hand",
        Why::NoRecipients => "later_why_no_recipients",
        Why::Empty => "later_why_empty",
        Why::Late => "later_why_late",
        Why::SignIn => "later_why_sign_in",
        Why::NoMailbox => "later_why_no_mailbox",
        Why::ZoneUnknown => "later_why_zone_unknown",
        Why::Unreadable => "later_why_unreadable",
        Why::NotUsed => "later_why_not_used",
        Why::Trouble { .. } => "later_why_trouble",
        Why::DailyLimit => "later_why_daily_limit",
        Why::Holiday => "later_why_holiday",
        Why::Answered => "later_why_answered",
        Why::Cancelled => "later_why_cancelled",
        Why::SaidSent => "later_why_said_sent",
    }
}

/// What follows from it, and what to do: a sentence. `None` for what needs nobody.
pub const fn says_key(why: Why) -> Option<&'static str> {
    Some(match why {
        Why::Unclear => "later_says_unclear",
        Why::DraftGone => "later_says_draft_gone",
        Why::NoRecipients => "later_says_no_recipients",
        Why::Empty => "later_says_empty",
        Why::Late => "later_says_late",
        Why::SignIn => "later_says_sign_in",
        Why::NoMailbox => "later_says_no_mailbox",
        Why::ZoneUnknown => "later_says_zone_unknown",
        Why::Unreadable => "later_says_unreadable",
        Why::NotUsed => "later_says_not_used",
        Why::Trouble { .. } => "later_says_trouble",
        Why::Answered => "later_says_answered",
        Why::SentByHand | Why::DailyLimit | Why::Holiday | Why::Cancelled | Why::SaidSent => return None,
    })
}

/// A step of connecting a mailbox.
pub const fn step_key(step: ConnectStepKind) -> &'static str {
    match step {
        ConnectStepKind::Imap => "step_imap",
        ConnectStepKind::ImapSignIn => "step_imap_sign_in",
        ConnectStepKind::Folders => "step_folders",
        ConnectStepKind::Smtp => "step_smtp",
        ConnectStepKind::SmtpSignIn => "step_smtp_sign_in",
        ConnectStepKind::Gmail => "step_gmail",
    }
}

/// What was done in a mailbox.
pub const fn access_key(action: AccessAction) -> &'static str {
    match action {
        AccessAction::SignIn => "access_sign_in",
        AccessAction::FindDraft => "access_find_draft",
        AccessAction::ReadDraft => "access_read_draft",
        AccessAction::Send => "access_send",
        AccessAction::FileCopy => "access_file_copy",
        AccessAction::RemoveDraft => "access_remove_draft",
        AccessAction::LookForSent => "access_look_for_sent",
        AccessAction::LookForAnswer => "access_look_for_answer",
        AccessAction::AskForNews => "access_ask_for_news",
        AccessAction::AskToBeTold => "access_ask_to_be_told",
        AccessAction::ReadHeaders => "access_read_headers",
        AccessAction::ReadMail => "access_read_mail",
        AccessAction::FindSent => "access_find_sent",
        AccessAction::PutNote => "access_put_note",
        AccessAction::RemoveNote => "access_remove_note",
        AccessAction::Revoke => "access_revoke",
        AccessAction::Unknown => "access_unknown",
    }
}

/// Why a mailbox was accessed.
pub const fn access_why_key(reason: AccessReason) -> &'static str {
    match reason {
        AccessReason::Asked => "access_why_asked",
        AccessReason::Scheduling => "access_why_scheduling",
        AccessReason::Due => "access_why_due",
        AccessReason::Following => "access_why_following",
        AccessReason::Unclear => "access_why_unclear",
        AccessReason::Watching => "access_why_watching",
        AccessReason::Reminding => "access_why_reminding",
        AccessReason::Consent => "access_why_consent",
        AccessReason::Unknown => "access_why_unknown",
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};
    use waxwing_protocol::api::{AccessAction, AccessReason, ConnectStepKind, Trouble, Why};

    use super::{access_key, access_why_key, says_key, step_key, trouble_key, why_key};

    const LANGUAGES: [&str; 2] =
        [include_str!("../../extension/_locales/en/messages.json"), include_str!("../../extension/_locales/de/messages.json")];

    /// The names of all variants: what the type itself says it had expected in the place of one that is none.
    fn names<T: DeserializeOwned + core::fmt::Debug>(wrong: Value) -> Vec<String> {
        let error = serde_json::from_value::<T>(wrong).expect_err("no such variant").to_string();
        error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }

    /// The names of the keys that begin with `of` and not with `but`: for types that take any name, and say of none that it is wrong.
    fn keys(of: &str, but: Option<&str>) -> Vec<String> {
        let words: Value = serde_json::from_str(LANGUAGES[0]).expect("JSON");
        let keys = words.as_object().expect("words").keys().filter(|key| but.is_none_or(|but| !key.starts_with(but)));
        keys.filter_map(|key| key.strip_prefix(of)).map(str::to_owned).collect()
    }

    fn check<T: DeserializeOwned>(names: &[String], value: impl Fn(&str) -> Value, key: impl Fn(T) -> Option<&'static str>) {
        assert!(names.len() > 3, "{names:?}");
        for language in LANGUAGES {
            let words: Value = serde_json::from_str(language).expect("JSON");
            for name in names {
                let variant: T = serde_json::from_value(value(name)).expect("a variant");
                let Some(key) = key(variant) else { continue };
                assert!(key.ends_with(name.as_str()), "{key} is not that of {name}");
                assert!(words[key]["message"].as_str().is_some_and(|words| !words.is_empty()), "no words for {key}");
            }
        }
    }

    #[test]
    fn every_kind_has_words() {
        let plain = |name: &str| json!(name);
        check::<Trouble>(&names::<Trouble>(json!("?")), plain, |it| Some(trouble_key(it)));
        check::<ConnectStepKind>(&names::<ConnectStepKind>(json!("?")), plain, |it| Some(step_key(it)));
        check::<AccessAction>(&keys("access_", Some("access_why_")), plain, |it| Some(access_key(it)));
        check::<AccessReason>(&keys("access_why_", None), plain, |it| Some(access_why_key(it)));
        let why = |name: &str| json!({"why": name, "trouble": "busy"});
        let names = names::<Why>(json!({"why": "?"}));
        check::<Why>(&names, why, |it| Some(why_key(it)));
        check::<Why>(&names, why, says_key);
    }
}
