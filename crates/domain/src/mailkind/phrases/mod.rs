//! What programs write: subjects and sentences by which notices and automatic replies are known, in lower case.
//!
//! Each stands for a program that writes so, or for several. They decide nothing alone: see `notice` and `reply`.

mod reasons;
mod replies;

pub(super) use reasons::REASONS;
pub(super) use replies::REPLY_SUBJECTS;

/// Marks before a subject: an answer, or a mail passed on (RFC 5322, 3.6.5, and what programs write in other languages).
const ANSWERS: &[&str] = &[
    "re", "aw", "antw", "antwort", "sv", "vs", "ref", "rv", "ris", "odp", "ynt", "res", "rif", "回复", "回覆", "答复", "fwd",
    "fw", "wg", "tr", "i", "enc", "vb", "vl", "doorst", "转发", "轉寄",
];

/// Whether a subject says that it answers a mail, or passes one on: `re:`, `re[2]:`, `fwd:`.
pub(super) fn is_answer_or_forward(subject: &str) -> bool {
    let Some((mark, _)) = subject.split_once([':', '：']) else { return false };
    let mark = mark.split(['[', '(', '^']).next().unwrap_or_default().trim();
    ANSWERS.contains(&mark)
}

/// Subjects of notices that a mail did not arrive.
pub(super) const FAILED_SUBJECTS: &[&str] = &[
    "undelivered mail",   // Postfix
    "mail delivery fail", // Exim, GMX, courier
    "failure notice",     // qmail
    "failure delivery",   // Yahoo
    "returned mail",      // sendmail
    "returned to sender",
    "returning message to sender",
    "returning to sender",
    "return to sender",
    "returned message",
    "undeliver", // Exchange, IMail; "undeliverable", "undelivered"
    "unable to deliver",
    "non-delivery", // X.400 gateways, Exchange
    "nondelivery",
    "nondeliverable",
    "not deliver", // "could not be delivered", "mail not delivered"
    "not be deliver",
    "could not send",
    "delivery fail", // Domino, Yahoo
    "delivery has failed",
    "delivery error",
    "delivery problem", // AOL
    "delivery report",  // X.400, PMDF
    "delivery unsuccessful",
    "delivery failed",
    "mail failure", // Exim
    "failed mail",
    "mail failed",
    "mail error",
    "mail system error",
    "message delivery", // "message delivery has failed"
    "bounce notification",
    "bounced mail",
    "user unknown",
    "unknown user",
    "nameserver error",
    "rejected mail",
    "mail rejected",
    "message rejected",
    // Exchange and Outlook, in their languages.
    "unzustellbar",
    "nicht zustellbar",
    "nicht zugestellt",
    "zustellung fehlgeschlagen",
    "non remis",
    "non distribu", // French
    "échec de la remise",
    "no se puede entregar",
    "no se pudo entregar",
    "no se ha podido entregar",
    "non recapitabile",
    "recapito non riuscito",
    "mancata consegna",
    "não foi possível entregar",
    "não entregue",
    "onbestelbaar",
    "niet afgeleverd",
    "olevererbar",      // Swedish
    "kan ikke leveres", // Danish
    "uleverbar",
    "kan ikke levere",
    "toimitus epäonnistui",
    "nie można dostarczyć",
    "niedostarczon",
    "nedoručiteln",
    "не доставлено",
    "недоставлен",
    "teslim edilemedi",
    "配信不能",
    "配信エラー",
    "送信エラー",
    "无法送达",
    "未送达",
    "無法傳遞",
    "退信",
    "반송",
];

/// Subjects of notices that do not say of what, or say it at their end.
pub(super) const NEUTRAL_SUBJECTS: &[&str] = &[
    "delivery status notification", // Exchange, Gmail, OpenSMTPD
    "delivery notification",        // PMDF, Sun Messaging Server
    "delivery status",              // McAfee
    "status notification",
    "mail system error",
];

/// Subjects of notices that a mail is still on its way.
pub(super) const DELAYED_SUBJECTS: &[&str] = &[
    "(delay)", // Exchange, Gmail
    "delayed", // Postfix, Exim, OpenSMTPD
    "delay notification",
    "delivery delay",
    "still being retried",
    "not yet been delivered",
    "not been delivered yet",
    "warning: could not send", // sendmail
    "warning--could not send",
    "could not send message for past",
    "could not send mail for past",
    "notification: warning",      // OpenSMTPD
    "transient delivery failure", // MDaemon
    "verzögert",                  // Exchange, German
    "zustellung verzögert",
    "retard de remise",
    "retrasado",
];

/// Sentences of notices that a mail did not arrive.
pub(super) const FAILED_WORDS: &[&str] = &[
    "created automatically by mail delivery software", // Exim
    "wasn't able to deliver",                          // qmail: "I'm afraid I wasn't able to deliver your message"
    "did not reach",                                   // Exchange: "did not reach some or all of the intended recipients"
    "not deliver",                                     // "could not deliver", "was not delivered"
    "not be deliver",
    "n't deliver",
    "n't be deliver",
    "not been delivered",
    "unable to deliver",
    "unable to be delivered",
    "not able to deliver",
    "undeliver",
    "undeliverable",
    "failed to deliver",
    "delivery fail",
    "delivery of your m",
    "delivery has failed",
    "delivery to the following recipient", // Gmail, Exchange
    "delivery error",
    "delivery attempt",
    "had permanent fatal errors", // sendmail
    "had delivery errors",
    "had delivery problems",
    "unrecoverable errors", // sendmail 5, old MTAs
    "transcript of session follows",
    "an error was detected while processing",            // LSMTP, LISTSERV
    "an error has occurred while attempting to deliver", // OpenSMTPD
    "invalid final delivery",                            // IMail
    "did not receive this message",
    "not receive a copy of your message", // MDaemon
    "failed permanently",
    "following address",
    "mail system at host", // Postfix
    "this is the postfix program",
    "permanent error",
    "permanent fail",
    "returned to sender",
    "returned undelivered",
    "returned to you",
    "was rejected",
    "were rejected",
    "has been rejected",
    "rejected your message",
    "rejected the message",
    "message rejected",
    "recipient address rejected",
    "unknown user",
    "user unknown",
    "no such user",
    "not listed in",
    "does not exist",
    "no longer exist",
    "mailbox is full",
    "mailbox full",
    "over quota",
    "quota exceeded",
    "exceeds quota",
    "nicht zugestellt",
    "nicht zustellen",
    "unzustellbar",
    "n'a pas pu être",
    "n'a pas été",
    "n'ont pas pu",
    "no se pudo entregar",
    "no se ha podido",
    "no ha podido",
    "no pudo ser entregad",
    "impossibile recapitare",
    "non è stato possibile",
    "não pôde ser",
    "não foi possível",
    "kan niet worden",
    "kunde inte levereras",
    "не доставлено",
    "не может быть доставлено",
    "не удалось",
    "届けられません",
    "配信できません",
    "送信できません",
    "届きません",
    "无法送达",
    "無法",
    "无法",
    "退信",
];

/// Sentences of notices that a mail is still on its way.
pub(super) const DELAYED_WORDS: &[&str] = &[
    "this is a warning message only", // sendmail
    "this is a warning only",         // Postfix
    "you do not need to resend",
    "no need to resend",
    "do not need to resend",
    "will be retried",  // Gmail
    "will keep trying", // Postfix, sendmail
    "will continue to be attempted",
    "will continue to try",
    "has not yet been delivered",
    "not been delivered yet",
    "no action is required on your part", // Exim
    "delivery attempts will continue",    // Exim
    "has been delayed",
    "is delayed",
    "delivery delayed",
    "wird weiterhin versucht",
];

/// Where a copy of the mail begins within a notice.
pub(super) const COPY_MARKS: &[&str] = &[
    "below this line is a copy",     // qmail
    "this is a copy of the message", // Exim
    "is a copy of your message",
    "copy of the original",
    "copy of the message",
    "copy of your message",
    "original message",
    "original mail",
    "unsent message", // sendmail 5
    "message header follows",
    "message headers follow",
    "headers follow",
    "header follows",
    "returned message",
    "returned mail follows",
    "text of your message",
    "bounced e-mail",
    "included below",
    "contents of the message",
    "message text follows",
];
