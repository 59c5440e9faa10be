//! The one call that sends: `drafts.send`, once, with its last byte held until the lease was checked.
//!
//! What must hold: until the last byte was given out nothing can have been sent, whatever happened; after it an answer
//! decides, and everything else is unclear. Nothing here, and nothing below, makes this call a second time.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::json;
use tokio::time::timeout;
use waxwing_protocol::api::{AccessAction, Trouble};

use super::super::written::{Access, written_down};
use super::super::{Commit, DraftRef, Ledger, MailboxError, Outgoing, SendOutcome, SentRef};
use super::GmailMailbox;
use super::account::SMALL;
use super::google::body;
use super::held::{Holder, hold};
use super::pacer::units;
use super::trouble::{self, CallError};
use super::wire::{Draft, Message};

/// A mail larger than this is uploaded as it is; a smaller one goes inside of the JSON.
const UPLOAD_ABOVE: usize = 3 * 1024 * 1024;

/// The rest of an answer is waited for no longer.
const IDS_WITHIN: Duration = Duration::from_secs(20);

impl GmailMailbox {
    pub(super) async fn send_mail(&self, mail: &Outgoing, commit: &dyn Commit, ledger: &dyn Ledger) -> SendOutcome {
        if let Some(draft) = &mail.draft {
            let body = sending_body(&draft.id, mail);
            return self.send_draft(body, mail, commit, ledger).await;
        }
        // What repeats leaves its draft where it is: a copy is made, and used up.
        let copy = match self.create_copy(mail, ledger).await {
            Ok(copy) => copy,
            Err(error) => return SendOutcome::NotSent(error),
        };
        let body = (Parts::json(&json!({ "id": copy })), false);
        let outcome = self.send_draft(body, mail, commit, ledger).await;
        if matches!(outcome, SendOutcome::NotSent(_) | SendOutcome::LeaseLost) {
            self.remove_draft(&copy, ledger).await;
        }
        outcome
    }

    async fn create_copy(&self, mail: &Outgoing, ledger: &dyn Ledger) -> Result<String, MailboxError> {
        let boundary = format!("waxwing-{}", mail.trace.id.simple());
        let (parts, upload) = mail_body(None, mail.trace.thread.as_deref(), &mail.raw, &boundary);
        let account = &self.account;
        let url = account.url(upload, &["drafts"], query(upload))?;
        let token = account.token(ledger).await?;
        account.pace(units::CREATE_DRAFT).await?;
        let request = account.google.once()?.post(url).bearer_auth(token.as_str()).header(CONTENT_TYPE, parts.kind);
        let bytes: Vec<u8> = parts.parts.concat();
        let request = request.timeout(account.google.time_for(bytes.len()));
        let made = async {
            let response = request.body(bytes).send().await.map_err(|error| trouble::of_transport(&error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let answer = body(response, SMALL).await?;
            if status == StatusCode::UNAUTHORIZED {
                account.drop_token(&token).await;
                return Err(again_soon());
            }
            if !status.is_success() {
                let error = trouble::of_answer(status, &headers, &answer, account.clock.now()).into_error();
                account.heed(&error);
                return Err(MailboxError { trouble: trouble::of_send(status, &answer, error.trouble), ..error });
            }
            let draft: Draft = serde_json::from_slice(&answer).map_err(|_| MailboxError::new(Trouble::Protocol))?;
            if draft.id.is_empty() { Err(MailboxError::new(Trouble::Protocol)) } else { Ok(draft.id) }
        };
        let made = made.await;
        if made.is_err() {
            // It may have been made all the same.
            if let Ok(Some(stray)) = self.find_copy(&mail.trace, ledger).await {
                self.remove_draft(&stray.id, ledger).await;
            }
        }
        made
    }

    /// Removes a copy that was not sent. What stays lies among the drafts, where its owner sees it.
    pub(super) async fn remove_draft(&self, id: &str, ledger: &dyn Ledger) {
        let removed =
            written_down(ledger, AccessAction::RemoveDraft, self.account.delete(units::DELETE_DRAFT, &["drafts", id], ledger))
                .await;
        if let Err(error) = removed {
            tracing::warn!(%error, "a copy of a draft that was not sent could not be removed");
        }
    }

    async fn send_draft(
        &self,
        (parts, upload): (Parts, bool),
        mail: &Outgoing,
        commit: &dyn Commit,
        ledger: &dyn Ledger,
    ) -> SendOutcome {
        let access = Access::begin(ledger, AccessAction::Send);
        let outcome = match self.prepare_send(&parts, upload, ledger).await {
            Ok((request, token)) => {
                let outcome = self.send_held(request, parts.parts, mail, commit).await;
                if let Answered::Unauthorized = outcome {
                    self.account.drop_token(&token).await;
                    SendOutcome::NotSent(again_soon())
                } else {
                    outcome.into_outcome()
                }
            }
            Err(error) => SendOutcome::NotSent(error),
        };
        match &outcome {
            SendOutcome::LeaseLost => access.forget(),
            outcome => access.end(matches!(outcome, SendOutcome::Sent(_))),
        }
        outcome
    }

    /// Everything that may fail before a byte is written: the token, the units, the address.
    async fn prepare_send(
        &self,
        parts: &Parts,
        upload: bool,
        ledger: &dyn Ledger,
    ) -> Result<(RequestBuilder, Arc<zeroize::Zeroizing<String>>), MailboxError> {
        let account = &self.account;
        let url = account.url(upload, &["drafts", "send"], query(upload))?;
        let token = account.token(ledger).await?;
        account.pace(units::SEND).await?;
        let request = account.google.once()?.post(url).bearer_auth(token.as_str()).header(CONTENT_TYPE, parts.kind.as_str());
        Ok((request, token))
    }

    async fn send_held(&self, request: RequestBuilder, parts: Vec<Bytes>, mail: &Outgoing, commit: &dyn Commit) -> Answered {
        let google = &self.account.google;
        let (held, Holder { mut asked, go, last_byte }) = hold(parts);
        let bytes = usize::try_from(held.len()).unwrap_or(usize::MAX);
        let request = request.timeout(google.time_for(bytes)).header(CONTENT_LENGTH, held.len());
        let sending = request.body(reqwest::Body::wrap(held)).send();
        let mut sending = std::pin::pin!(sending);
        let patience = google.time_for_answer(bytes);
        let answer = tokio::select! {
            biased;
            asks = &mut asked => {
                // Otherwise the body is gone: what became of the request follows.
                if asks.is_ok() {
                    if !commit.commit().await {
                        return Answered::Is(SendOutcome::LeaseLost);
                    }
                    // The connection may have broken meanwhile: then the last byte was never given out.
                    let _ = go.send(());
                }
                // From here on others may wonder what became of it: nobody waits longer than they believe.
                timeout(patience, &mut sending).await
            }
            answer = &mut sending => Ok(answer),
        };
        let lost =
            |error| Answered::Is(if last_byte.is_out() { SendOutcome::Unclear(error) } else { SendOutcome::NotSent(error) });
        let (status, headers, answer) = match answer {
            Ok(Ok(response)) => {
                let (status, headers) = (response.status(), response.headers().clone());
                // The status has decided: a body that breaks off takes away no more than the ids.
                let answer = timeout(IDS_WITHIN, body(response, SMALL)).await;
                (status, headers, answer.ok().and_then(Result::ok).unwrap_or_default())
            }
            Ok(Err(error)) => return lost(trouble::of_transport(&error)),
            Err(_) => return lost(MailboxError::new(Trouble::Unreachable)),
        };
        let out = last_byte.is_out();
        if status.is_success() && out {
            return Answered::Is(SendOutcome::Sent(sent(&answer, mail)));
        }
        let call = trouble::of_answer(status, &headers, &answer, self.account.clock.now());
        if matches!(call, CallError::Unauthorized(_)) {
            return Answered::Unauthorized;
        }
        let gone = matches!(call, CallError::NotFound(_));
        let error = call.into_error();
        self.account.heed(&error);
        // A refusal is one whatever it is for. What is neither success nor refusal may have had its effect.
        let refused = status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT;
        if out && !refused {
            return Answered::Is(SendOutcome::Unclear(error));
        }
        // A draft that is gone is seen for what it is when it is looked for again.
        let trouble = if gone { Trouble::Busy } else { trouble::of_send(status, &answer, error.trouble) };
        Answered::Is(SendOutcome::NotSent(MailboxError { trouble, ..error }))
    }
}

/// What came of the request.
enum Answered {
    Is(SendOutcome),
    /// 401: refused before anything was looked at.
    Unauthorized,
}

impl Answered {
    fn into_outcome(self) -> SendOutcome {
        match self {
            Self::Is(outcome) => outcome,
            Self::Unauthorized => SendOutcome::NotSent(again_soon()),
        }
    }
}

/// The access token was too old: the next try gets another.
fn again_soon() -> MailboxError {
    MailboxError { retry_after: Some(1), ..MailboxError::new(Trouble::Busy) }
}

fn sent(answer: &[u8], mail: &Outgoing) -> SentRef {
    let message: Message = serde_json::from_slice(answer).unwrap_or_default();
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    SentRef {
        message: some(message.id),
        thread: some(message.thread_id).or_else(|| mail.trace.thread.clone()),
        ..SentRef::default()
    }
}

/// A request's body in parts, so that a large mail is not copied.
struct Parts {
    parts: Vec<Bytes>,
    kind: String,
}

impl Parts {
    fn json(value: &serde_json::Value) -> Self {
        Self { parts: vec![Bytes::from(value.to_string())], kind: "application/json; charset=UTF-8".to_owned() }
    }
}

/// The body of `drafts.send` for a draft that is replaced by the final mail, and whether it is an upload.
fn sending_body(draft: &str, mail: &Outgoing) -> (Parts, bool) {
    let thread = mail.trace.thread.as_deref().or(mail.draft.as_ref().and_then(|draft| draft.thread.as_deref()));
    mail_body(Some(draft), thread, &mail.raw, &format!("waxwing-{}", mail.trace.id.simple()))
}

/// `{"id", "message": {"raw", "threadId"}}`, or the same as an upload of two parts.
fn mail_body(draft: Option<&str>, thread: Option<&str>, raw: &Arc<[u8]>, boundary: &str) -> (Parts, bool) {
    let mut message = serde_json::Map::new();
    if let Some(thread) = thread {
        message.insert("threadId".to_owned(), thread.into());
    }
    let upload = raw.len() > UPLOAD_ABOVE;
    if !upload {
        message.insert("raw".to_owned(), URL_SAFE.encode(raw).into());
    }
    let mut resource = json!({ "message": message });
    if let Some(draft) = draft {
        resource["id"] = draft.into();
    }
    if !upload {
        return (Parts::json(&resource), false);
    }
    let head = format!(
        "--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{resource}\r\n--{boundary}\r\n\
         Content-Type: message/rfc822\r\n\r\n"
    );
    let parts = vec![Bytes::from(head), Bytes::from_owner(Arc::clone(raw)), Bytes::from(format!("\r\n--{boundary}--\r\n"))];
    (Parts { parts, kind: format!("multipart/related; boundary={boundary}") }, true)
}

/// What the address says of an upload.
fn query(upload: bool) -> &'static [(&'static str, &'static str)] {
    if upload { &[("uploadType", "multipart")] } else { &[] }
}

/// Where a draft is.
pub(super) fn copy_ref(draft: &Draft) -> DraftRef {
    DraftRef {
        id: draft.id.clone(),
        version: draft.message.id.clone(),
        thread: Some(draft.message.thread_id.clone()).filter(|thread| !thread.is_empty()),
        rfc_id: draft.message.header("Message-ID").map(|id| id.trim().to_owned()),
        size: 0,
        looks: None,
    }
}
