//! What stands in the forms of the recipient's page: a proof that the page was shown, and, right after something was refused, the right
//! to take that back.
//!
//! What must hold: a form is good for the mail that it was made for and for a day. The right to take a refusal back is shown to
//! whoever refused, once, and cannot be made from the link: the sender holds the link too, and must not undo what a recipient said. So it
//! is good for that one refusal: whoever refused before, and kept the right to take it back, has none once somebody refuses again.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Kinds;

use crate::account_id::AccountId;
use crate::keys::{Keys, hex};
use crate::store::consent::kinds_number;

/// How long a page's form is good.
const GOOD_FOR: Millis = 24 * 60 * 60 * 1_000;
/// Bytes of a proof.
const PROOF: usize = 16;

/// What a form may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// Refuse and erase.
    Refuse,
    /// Take back that these were refused, at that instant.
    TakeBack(Kinds, Millis),
}

impl May {
    fn byte(self) -> u8 {
        match self {
            Self::Refuse => 0,
            Self::TakeBack(kinds, _) => 4 | u8::try_from(kinds_number(kinds)).unwrap_or(0),
        }
    }
}

/// The proof for a form that is shown now.
pub fn make(keys: &Keys, account: AccountId, message: Uuid, may: May, now: Millis) -> String {
    let until = now.saturating_add(GOOD_FOR);
    format!("{until}.{}", hex(&keys.sign_form(&data(account, message, may, until))[..PROOF]))
}

/// Whether a form's proof is good now.
pub fn is_good(keys: &Keys, account: AccountId, message: Uuid, may: May, proof: &str, now: Millis) -> bool {
    let Some((until, mac)) = proof.split_once('.') else { return false };
    let (Ok(until), Some(mac)) = (until.parse::<Millis>(), unhex(mac)) else { return false };
    (now..=now.saturating_add(GOOD_FOR)).contains(&until) && keys.is_form(&data(account, message, may, until), &mac)
}

fn data(account: AccountId, message: Uuid, may: May, until: Millis) -> Vec<u8> {
    let mut data = vec![may.byte()];
    data.extend_from_slice(account.padded());
    data.extend_from_slice(message.as_bytes());
    data.extend_from_slice(&until.to_be_bytes());
    if let May::TakeBack(_, at) = may {
        data.extend_from_slice(&at.to_be_bytes());
    }
    data
}

fn unhex(text: &str) -> Option<[u8; PROOF]> {
    let mut bytes = [0; PROOF];
    if text.len() != 2 * PROOF || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_good_for_its_mail_its_right_and_a_day() {
        let keys = Keys::from_bytes([7; 32]);
        let (me, other) = (AccountId::parse("abcdef").unwrap(), AccountId::parse("ghijkl").unwrap());
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let back = May::TakeBack(Kinds::ALL, 7);
        let proof = make(&keys, me, one, May::Refuse, 1_000);
        let good = |account, message, may, proof: &str, now| is_good(&keys, account, message, may, proof, now);
        assert!(good(me, one, May::Refuse, &proof, 1_000) && good(me, one, May::Refuse, &proof, 1_000 + GOOD_FOR));
        assert!(!good(me, one, May::Refuse, &proof, 1_001 + GOOD_FOR), "too old");
        assert!(!good(other, one, May::Refuse, &proof, 1_000), "another account's");
        assert!(!good(me, two, May::Refuse, &proof, 1_000), "another mail's");
        assert!(!good(me, one, back, &proof, 1_000), "another right");
        let some = make(&keys, me, one, May::TakeBack(Kinds { opens: true, clicks: false }, 7), 1_000);
        assert!(!good(me, one, back, &some, 1_000), "more than was refused");
        let all = make(&keys, me, one, back, 1_000);
        assert!(good(me, one, back, &all, 1_000));
        assert!(!good(me, one, May::TakeBack(Kinds::ALL, 8), &all, 1_000), "somebody refused again");
        assert!(!is_good(&Keys::from_bytes([8; 32]), me, one, May::Refuse, &proof, 1_000), "another backend's");
        let far = proof.replacen("8640", "9640", 1);
        for wrong in
            ["", ".", "1.", &proof[1..], &proof[..proof.len() - 1], &format!("{proof}0"), &far, "9999999999999999999.00", "é.é"]
        {
            assert!(!good(me, one, May::Refuse, wrong, 1_000), "{wrong}");
        }
    }
}
