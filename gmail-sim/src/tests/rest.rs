//! The REST API and the page in one world: drafts from both sides, sending once, conversations, bytes, faults, history.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};

use super::api::Api;
use super::{ANA, BEN, MARA, Mail};
use crate::rewrite::percent;
use crate::wire::request::Request;

fn raw(more: &str, body: &str) -> String {
    format!("From: {MARA}\r\nTo: {ANA}\r\n{more}MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}\r\n")
}

fn coded(raw: &str) -> String {
    URL_SAFE.encode(raw)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text: {value}")).to_owned()
}

/// The decoded `raw` of a draft.
async fn read(api: &Api, draft: &str) -> (Value, String) {
    let got = api.get(&format!("drafts/{draft}?format=raw")).await;
    let bytes = URL_SAFE.decode(text(&got["message"]["raw"])).unwrap();
    (got, String::from_utf8(bytes).unwrap())
}

#[tokio::test]
async fn what_the_page_saves_is_the_rest_draft_and_the_other_way_round() {
    let api = Api::open().await;
    let ids = api.draft(&json!({ "bcc": [BEN], "subject": "Grüße" })).await;
    let draft = text(&ids["draft"]);
    assert_eq!(ids["id"], format!("msg-a:{draft}"));
    let (got, mail) = read(&api, &draft).await;
    assert_eq!(
        (&got["id"], &got["message"]["id"], &got["message"]["threadId"]),
        (&ids["draft"], &ids["message"], &ids["thread"])
    );
    assert_eq!(got["message"]["labelIds"], json!(["DRAFT"]));
    assert_eq!(text(&ids["message"]).len(), 16);
    for part in [
        "Subject: =?UTF-8?B?R3LDvMOfZQ==?=",
        "To: Ana Ruiz <ana@quinta.example>",
        "Bcc: Ben Okafor <ben@acme.example>",
        "multipart/alternative",
        "<div dir=\"ltr\">One</div>",
    ] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
    // Read twice it is the same.
    assert_eq!(read(&api, &draft).await.1, mail);

    // An edit in the page gives the message another id, and the draft none.
    let edit = api.draft(&json!({ "draft": draft, "html": "Two", "subject": "Grüße" })).await;
    assert_eq!((&edit["draft"], &edit["thread"]), (&ids["draft"], &ids["thread"]));
    assert_ne!(edit["message"], ids["message"]);
    assert!(read(&api, &draft).await.1.contains(">Two<"));
    // Another subject, another thread.
    let edit = api.draft(&json!({ "draft": draft, "html": "Two", "subject": "Grüsse" })).await;
    assert_ne!(edit["thread"], ids["thread"]);

    // An edit by REST is what the page shows.
    let mail = raw("Subject: Three\r\n", "<p>Three</p>");
    let put = api.ok("PUT", &format!("drafts/{draft}"), &json!({ "message": { "raw": coded(&mail) } })).await;
    assert_eq!(put["id"], ids["draft"]);
    let own = &api.mailbox(MARA).await[0];
    assert_eq!((&own["id"], &own["subject"], &own["kind"]), (&ids["id"], &json!("Three"), &json!("draft")));
    assert!(text(&own["html"]).contains("<p>Three</p>"));

    let new = api.ok("POST", "drafts", &json!({ "message": { "raw": coded(&raw("Subject: New\r\n", "n")) } })).await;
    let list = api.get("drafts").await;
    let listed: Vec<&Value> = list["drafts"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert!(listed.contains(&&ids["draft"]) && listed.contains(&&new["id"]) && list["resultSizeEstimate"] == 2);

    // Thrown away in the page, it is gone.
    api.ok("DELETE", &format!("drafts/{}", text(&new["id"])), &Value::Null).await;
    let away = json!([
        null,
        [[[8, [ids["permanentThread"], [null, null, null, null, null, null, [["^k"], ["^r", "^r_bt"], [ids["id"]]]]]]]],
        null,
        [],
        2
    ]);
    let request = Request::read(&away.to_string()).unwrap();
    let now = api.doors.sim.app.now();
    api.doors.sim.app.world().apply(MARA, &request, now);
    assert_eq!(api.refused("GET", &format!("drafts/{draft}"), &Value::Null).await, (404, "notFound".to_owned()));
    assert_eq!(api.get("drafts").await, json!({ "resultSizeEstimate": 0 }));
}

#[tokio::test]
async fn a_draft_is_sent_once_and_used_up() {
    let api = Api::open().await;
    let ids = api.draft(&json!({ "bcc": [BEN] })).await;
    let mail = raw(
        &format!(
            "Bcc: {BEN}\r\nDate: Mon, 21 Sep 2026 14:13:20 +0200\r\nSubject: Dates\r\nMessage-ID: <own@id>\r\nX-Waxwing-Id: 7\r\n"
        ),
        "<p>One</p><img src=\"https://t.example/o.gif\">",
    );
    let body = json!({ "id": ids["draft"], "message": { "raw": coded(&mail), "threadId": ids["thread"] } });
    let sent = api.ok("POST", "drafts/send", &body).await;
    assert_eq!((&sent["threadId"], &sent["labelIds"]), (&ids["thread"], &json!(["SENT"])));
    assert_ne!(sent["id"], ids["message"]);
    assert_eq!(api.refused("POST", "drafts/send", &body).await, (404, "notFound".to_owned()));
    assert_eq!(api.refused("GET", &format!("drafts/{}", text(&ids["draft"])), &Value::Null).await.0, 404);

    let log = api.sent_log().await;
    assert_eq!(log.len(), 1);
    assert_eq!(
        (&log[0]["headers"]["X-Waxwing-Id"], &log[0]["recipients"], &log[0]["account"]),
        (&json!("7"), &json!([ANA, BEN]), &json!(MARA))
    );
    // Gmail gives a Message-ID of its own, and names blind copies to nobody.
    assert_ne!(log[0]["headers"]["Message-ID"], "<own@id>");
    assert_eq!(log[0]["headers"]["Bcc"], Value::Null);
    for address in [ANA, BEN] {
        let got = &api.mailbox(address).await[0];
        let bytes = String::from_utf8(STANDARD.decode(text(&got["raw"])).unwrap()).unwrap();
        let want = mail.replace(&format!("Bcc: {BEN}\r\n"), "").replace("<own@id>", &text(&log[0]["rfcId"]));
        assert_eq!(bytes, want);
        assert!(text(&got["html"]).contains("https://t.example/o.gif") && got["headers"]["X-Waxwing-Id"] == "7");
    }
    // The sender still sees whom it went to, and finds it in every way.
    let own = api
        .get(&format!("messages/{}?format=metadata&metadataHeaders=bcc&metadataHeaders=x-waxwing-id", text(&sent["id"])))
        .await;
    assert_eq!(own["payload"]["headers"], json!([{ "name": "Bcc", "value": BEN }, { "name": "X-Waxwing-Id", "value": "7" }]));
    for q in [
        format!("rfc822msgid:{}", text(&log[0]["rfcId"])),
        "in:sent subject:dates".to_owned(),
        format!("in:sent to:{ANA} after:{}", super::START / 1000),
    ] {
        let found = api.get(&format!("messages?q={}", percent(&q))).await;
        assert_eq!(found["messages"], json!([{ "id": sent["id"], "threadId": sent["threadId"] }]), "{q}");
    }
    api.doors.control("/settings", &json!({ "searchLagMs": 2_000 })).await;
    assert_eq!(api.get("messages?q=in:sent").await["resultSizeEstimate"], 0);
    api.doors.sim.pass(2_000);
    assert_eq!(api.get("messages?q=in:sent").await["resultSizeEstimate"], 1);
    assert_eq!(api.get(&format!("threads/{}", text(&sent["threadId"]))).await["messages"].as_array().unwrap().len(), 1);

    // A page that still has the compose open cannot bring the draft back.
    let late = Mail { id: &text(&ids["id"]), thread: &text(&ids["permanentThread"]), labels: super::DRAFT, ..Mail::default() };
    let request = Request::read(&late.request()).unwrap();
    api.doors.sim.app.world().apply(MARA, &request, super::START);
    assert_eq!(api.get("drafts").await["resultSizeEstimate"], 0);
}

#[tokio::test]
async fn a_draft_goes_out_as_it_is_and_keeps_what_was_attached() {
    let api = Api::open().await;
    let file: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let attached = json!([{ "filename": "a b.bin", "mediaType": "application/x-thing", "content": STANDARD.encode(&file) }]);
    let ids = api.draft(&json!({ "attachments": attached })).await;
    // An edit in the page leaves the attachment where it is.
    api.draft(&json!({ "draft": ids["draft"], "html": "Two" })).await;
    api.doors.control("/settings", &json!({ "rewriteMessageId": false })).await;
    let sent = api.ok("POST", "drafts/send", &json!({ "id": ids["draft"] })).await;
    let shown = api.get(&format!("messages/{}", text(&sent["id"]))).await;
    let part = &shown["payload"]["parts"][1];
    assert_eq!(
        (&part["filename"], &part["mimeType"], &part["body"]["size"]),
        (&json!("a b.bin"), &json!("application/x-thing"), &json!(70_000))
    );
    let path = format!("messages/{}/attachments/{}", text(&sent["id"]), text(&part["body"]["attachmentId"]));
    let got = api.get(&path).await;
    assert_eq!(URL_SAFE.decode(text(&got["data"])).unwrap(), file);
    let copy = &api.mailbox(ANA).await[0];
    assert_eq!(
        copy["attachments"],
        json!([{ "filename": "a b.bin", "mediaType": "application/x-thing", "inline": false, "contentId": null, "size": 70_000 }])
    );
}

#[tokio::test]
async fn uploads_carry_the_bytes_as_they_are() {
    let api = Api::open().await;
    let ids = api.draft(&json!({})).await;
    let mail = raw("Date: Mon, 21 Sep 2026 14:13:20 +0200\r\nSubject: Dates\r\nMessage-ID: <keep@me>\r\n", "a\r\n--b--\r\nb");
    api.doors.control("/settings", &json!({ "rewriteMessageId": false })).await;
    let meta = json!({ "id": ids["draft"], "message": { "threadId": ids["thread"] } });
    let body = format!(
        "--bb\r\nContent-Type: application/json\r\n\r\n{meta}\r\n--bb\r\nContent-Type: message/rfc822\r\n\r\n{mail}\r\n--bb--"
    );
    let path = "/upload/gmail/v1/users/me/drafts/send?uploadType=multipart";
    let (status, sent) = api.send("POST", path, "multipart/related; boundary=bb", body.into_bytes()).await.unwrap();
    assert_eq!((status, &sent["threadId"]), (200, &ids["thread"]), "{sent}");
    assert_eq!(STANDARD.decode(text(&api.mailbox(ANA).await[0]["raw"])).unwrap(), mail.as_bytes());
    assert_eq!(api.sent_log().await[0]["rfcId"], "<keep@me>");

    let path = "/upload/gmail/v1/users/me/messages/send?uploadType=media";
    let (status, _) = api.send("POST", path, "message/rfc822", mail.into_bytes()).await.unwrap();
    assert_eq!((status, api.mailbox(ANA).await.len()), (200, 2));
    let (status, _) = api.send("POST", path, "message/rfc822", vec![b'x'; 36_700_161]).await.unwrap();
    assert_eq!(status, 413);
}

#[tokio::test]
async fn a_mail_arrives_with_what_its_header_is_to_say() {
    let api = Api::open().await;
    let mail = json!({ "to": MARA, "from": { "address": ANA }, "html": "<p>Away</p>", "headers": { "Auto-Submitted": "auto-replied", "X-A": "1\r\nX-B: 2" } });
    let got = api.doors.control("/deliver", &mail).await.1;
    let shown = api.get(&format!("messages/{}?format=metadata", text(&got["legacy"]))).await;
    let headers = shown["payload"]["headers"].as_array().unwrap();
    assert!(headers.contains(&json!({ "name": "Auto-Submitted", "value": "auto-replied" })));
    assert!(!headers.iter().any(|it| it["name"] == "X-B"));
    let raw = "From: a@b.example\r\nTo: mara@fjord.example\r\nDate: Mon, 21 Sep 2026 14:13:20 +0000\r\nSubject: Filed\r\n\r\nText\r\n";
    let filed = api
        .ok("POST", "messages?internalDateSource=dateHeader", &json!({ "raw": coded(raw), "labelIds": ["INBOX", "UNREAD"] }))
        .await;
    let shown = api.get(&format!("messages/{}?format=raw", text(&filed["id"]))).await;
    // What Gmail cannot do without, it adds.
    let bytes = String::from_utf8(URL_SAFE.decode(text(&shown["raw"])).unwrap()).unwrap();
    let (id, rest) = bytes.split_once("\r\n").unwrap();
    assert!(id.starts_with("Message-ID: <") && rest == raw, "{bytes}");
    assert_eq!((&shown["internalDate"], &shown["labelIds"]), (&json!("1790000000000"), &json!(["INBOX", "UNREAD"])));
    assert!(api.sent_log().await.is_empty());
}

#[tokio::test]
async fn an_answer_stays_in_its_conversation() {
    let api = Api::open().await;
    let mail = json!({ "to": MARA, "from": { "address": ANA }, "subject": "Plans", "html": "<p>?</p>" });
    let got = api.doors.control("/deliver", &mail).await.1;
    let ids = api.draft(&json!({ "thread": got["legacyThread"], "subject": "Re: Plans" })).await;
    assert_eq!(ids["thread"], got["legacyThread"]);
    let (_, draft) = read(&api, &text(&ids["draft"])).await;
    assert!(draft.contains(&format!("In-Reply-To: {}", text(&got["rfcId"]))), "{draft}");
    let sent = api
        .ok(
            "POST",
            "drafts/send",
            &json!({ "id": ids["draft"], "message": { "raw": coded(&draft), "threadId": ids["thread"] } }),
        )
        .await;
    assert_eq!(sent["threadId"], got["legacyThread"]);
    let thread = api.get(&format!("threads/{}?format=minimal", text(&got["legacyThread"]))).await;
    assert_eq!(thread["messages"].as_array().unwrap().len(), 2);

    // What has nothing to do with a thread does not get into it; a thread that is not there is refused.
    let post = async |thread: &Value, subject: &str| {
        let raw = coded(&raw(&format!("Subject: {subject}\r\n"), "x"));
        api.ask("POST", "messages/send", &json!({ "raw": raw, "threadId": thread })).await.unwrap()
    };
    assert_eq!(post(&got["legacyThread"], "RE: plans").await.1["threadId"], got["legacyThread"]);
    assert_ne!(post(&got["legacyThread"], "Else").await.1["threadId"], got["legacyThread"]);
    assert_eq!(post(&json!("1234567890abcdef"), "Else").await.0, 404);
    assert_eq!(post(&json!("no number"), "Else").await.0, 400);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_and_the_draft_stays() {
    let api = Api::open().await;
    let nobody = api.draft(&json!({ "to": [] })).await;
    assert_eq!(
        api.refused("POST", "drafts/send", &json!({ "id": nobody["draft"] })).await,
        (400, "invalidArgument".to_owned())
    );
    api.get(&format!("drafts/{}", text(&nobody["draft"]))).await;
    for body in [json!({}), json!({ "id": "" }), json!({ "id": nobody["draft"], "message": { "raw": "!" } })] {
        assert_eq!(api.refused("POST", "drafts/send", &body).await.0, 400, "{body}");
    }
    assert_eq!(api.refused("POST", "drafts/send", &json!({ "id": "r1" })).await.0, 404);
    assert_eq!(api.refused("POST", "drafts", &json!({})).await.0, 400);
    assert_eq!(api.refused("GET", "messages/xyz", &Value::Null).await.0, 400);
    assert_eq!(api.refused("GET", "messages/1234567890abcdef", &Value::Null).await.0, 404);
    assert_eq!(api.refused("GET", "nothing", &Value::Null).await.0, 404);
    assert!(api.sent_log().await.is_empty());
    // Somebody else's name as the sender: Gmail puts the account's there; an alias is its own.
    for (from, want) in [
        ("boss@elsewhere.example", format!("Mara Lindqvist <{MARA}>")),
        ("office@fjord.example", "office@fjord.example".to_owned()),
    ] {
        let mail = raw("Subject: s\r\n", "x").replace(&format!("From: {MARA}"), &format!("From: {from}"));
        api.ok("POST", "messages/send", &json!({ "raw": coded(&mail) })).await;
        assert_eq!(api.sent_log().await.last().unwrap()["headers"]["From"], want);
    }
}

#[tokio::test]
async fn faults_come_when_they_are_ordered() {
    let api = Api::open().await;
    let order = async |rule: Value| assert_eq!(api.doors.control("/faults", &json!({ "api": [rule] })).await.0, 200);
    let send = async |ids: &Value| api.ask("POST", "drafts/send", &json!({ "id": ids["draft"] })).await;
    let ids = api.draft(&json!({})).await;
    for (status, reason, want) in
        [(429, None, "rateLimitExceeded"), (503, None, "backendError"), (403, Some("dailyLimitExceeded"), "dailyLimitExceeded")]
    {
        order(json!({ "method": "drafts.send", "error": status, "reason": reason, "retryAfter": 7, "times": 1 })).await;
        let request = api.doors.sim.app.clicker.post(api.doors.api("/gmail/v1/users/me/drafts/send"));
        let body = json!({ "id": ids["draft"] }).to_string();
        let answer = request.header("authorization", format!("Bearer {}", api.token)).body(body).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (status, "7"));
        let json: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(json["error"]["errors"][0]["reason"], want);
    }
    order(json!({ "method": "drafts.*", "dropBeforeEffect": true, "times": 1 })).await;
    assert_eq!(send(&ids).await, None);
    assert!(api.sent_log().await.is_empty());
    order(json!({ "method": "*", "dropAfterEffect": true, "times": 1 })).await;
    assert_eq!(send(&ids).await, None);
    assert_eq!(api.sent_log().await.len(), 1);
    assert_eq!(send(&ids).await.unwrap().0, 404);

    let ids = api.draft(&json!({})).await;
    order(json!({ "method": "drafts.send", "errorAfterEffect": 500, "times": 1 })).await;
    assert_eq!(send(&ids).await.unwrap().0, 500);
    assert_eq!(send(&ids).await.unwrap().0, 404);
    assert_eq!(api.sent_log().await.len(), 2);

    // A caller that does not wait is not asked whether it still wants it.
    let ids = api.draft(&json!({})).await;
    order(json!({ "method": "drafts.send", "delayMs": 60, "hangMs": 60_000, "times": 1 })).await;
    tokio::time::timeout(std::time::Duration::from_millis(20), send(&ids)).await.unwrap_err();
    while api.sent_log().await.len() < 3 {
        tokio::task::yield_now().await;
    }
    order(json!({ "method": "token", "error": 500, "times": 1 })).await;
    let grant = text(&api.doors.look(&format!("/grant?address={MARA}")).await["refreshToken"]);
    assert_eq!(super::api::refresh(&api.doors, &grant).await.0, 500);
    assert_eq!(super::api::refresh(&api.doors, &grant).await.0, 200);
    let calls = api.doors.look("/api-calls").await;
    let last = calls.as_array().unwrap().iter().rev().take(2).map(|it| (text(&it["method"]), it["status"].as_u64().unwrap()));
    assert_eq!(last.collect::<Vec<_>>(), [("token".to_owned(), 200), ("token".to_owned(), 500)]);
    assert_eq!(api.doors.control("/faults", &json!({ "api": [{ "methods": "*" }] })).await.0, 422);
}

#[tokio::test]
async fn quota_is_counted_for_each_account() {
    let api = Api::open().await;
    api.doors.control("/settings", &json!({ "quotaUnitsPerMinute": 110 })).await;
    let ids = api.draft(&json!({})).await;
    api.get(&format!("drafts/{}", text(&ids["draft"]))).await;
    api.ok("POST", "drafts/send", &json!({ "id": ids["draft"] })).await;
    let (status, answer) = api.ask("GET", "messages", &Value::Null).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = api.ask("GET", "profile", &Value::Null).await.unwrap();
    assert_eq!(
        (status, &answer["error"]["status"], &answer["error"]["errors"][0]["domain"]),
        (429, &json!("RESOURCE_EXHAUSTED"), &json!("usageLimits"))
    );
    api.doors.sim.pass(60_000);
    api.get("profile").await;
}

#[tokio::test]
async fn history_tells_what_changed_until_it_is_too_old() {
    let api = Api::open().await;
    let start = text(&api.get("profile").await["historyId"]);
    let since = async |start: &str, more: &str| {
        api.ask("GET", &format!("history?startHistoryId={start}{more}"), &Value::Null).await.unwrap()
    };
    assert_eq!(since(&start, "").await, (200, json!({ "historyId": start })));
    let mail = json!({ "to": MARA, "from": { "address": ANA }, "subject": "Plans", "html": "<p>?</p>" });
    let got = api.doors.control("/deliver", &mail).await.1;
    let message = format!("messages/{}", text(&got["legacy"]));
    let label = api.ok("POST", "labels", &json!({ "name": "Later" })).await;
    let changed = api
        .ok(
            "POST",
            &format!("{message}/modify"),
            &json!({ "addLabelIds": [label["id"], "STARRED"], "removeLabelIds": ["UNREAD"] }),
        )
        .await;
    assert_eq!(changed["labelIds"], json!([label["id"], "INBOX", "STARRED"]));
    let (_, all) = since(&start, "").await;
    let records = all["history"].as_array().unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(records[0]["messagesAdded"][0]["message"]["id"], got["legacy"]);
    assert_eq!(records[1]["labelsAdded"][0]["labelIds"], json!([label["id"], "STARRED"]));
    assert_eq!(records[2]["labelsRemoved"][0]["labelIds"], json!(["UNREAD"]));
    let (_, added) = since(&start, "&historyTypes=messageAdded&labelId=INBOX").await;
    assert_eq!(added["history"].as_array().unwrap().len(), 1);
    let (_, page) = since(&start, "&maxResults=2").await;
    let (_, rest) = since(&start, &format!("&maxResults=2&pageToken={}", text(&page["nextPageToken"]))).await;
    assert_eq!((page["history"].as_array().unwrap().len(), rest["history"].as_array().unwrap().len()), (2, 1));
    assert_eq!(since(&start, "&pageToken=18446744073709551615").await.1["history"], Value::Null);
    assert_eq!(api.get("messages?pageToken=18446744073709551615").await["messages"], Value::Null);
    assert_eq!(since(&text(&all["historyId"]), "").await.1, json!({ "historyId": all["historyId"] }));
    // Labels: counted, renamed, taken off with the label itself.
    assert_eq!(api.get(&format!("labels/{}", text(&label["id"]))).await["messagesTotal"], 1);
    assert_eq!(api.refused("POST", "labels", &json!({ "name": "later" })).await.0, 409);
    assert_eq!(api.refused("POST", &format!("{message}/modify"), &json!({ "addLabelIds": ["SENT"] })).await.0, 400);
    api.ok("DELETE", &format!("labels/{}", text(&label["id"])), &Value::Null).await;
    assert_eq!(api.get(&message).await["labelIds"], json!(["INBOX", "STARRED"]));

    api.doors.control("/expire-history", &json!({ "address": MARA })).await;
    assert_eq!(since(&start, "").await.0, 404);
    assert_eq!(since("99999999999", "").await.0, 404);
    assert_eq!(since("x", "").await.0, 400);
    let watch = api.ok("POST", "watch", &json!({ "topicName": "projects/p/topics/t" })).await;
    assert_eq!(since(&text(&watch["historyId"]), "").await.0, 200);
}
