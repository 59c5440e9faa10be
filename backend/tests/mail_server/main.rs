//! Mailboxes by IMAP and SMTP, against servers: a real Dovecot with a real Postfix, a Gmail-like IMAP server, servers that fail
//! to order, and servers that mean harm.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should fail there")]
#![expect(clippy::print_stdout, reason = "tests say how much they tried")]

mod certs;
mod criteria;
mod dovecot;
mod faulty;
mod gmail;
mod gmail_imap;
mod handing_over;
mod hostile;
mod kill_nine;
mod noting;
mod reminding;
mod rig;
mod support;
mod watching;
mod watching_gmail;
