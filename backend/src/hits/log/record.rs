//! A record of the log: one hit as bytes, with its number and its checksum.
//!
//! Little endian. Each record begins at a multiple of eight and is filled up with zeros to the next one.
//!
//! | at | holds |
//! |---|---|
//! | 0 | u32: length of the body; never 0, so that zeros are no record |
//! | 4 | u32: CRC-32 of the record without this field and without what fills it up, begun with the log's salt |
//! | 8 | u64: the record's number; numbers of a log count up by one |
//! | 16 | u32: how many records of the same write stand before it |
//! | 20 | u32: 0 |
//! | 24 | the body: when (i64), account (16, filled up with zeros), message (16), kind (u8: 0 open, 1 click), family of the address (u8: 4 or 6), address (16, an IPv4 address first), then link, agent and headers, each as u32 length and UTF-8, `0xffff_ffff` for none; and, where the database was given the hit before and did not say what became of it, the id of the batch that it was in (16) |
//!
//! What must hold: whatever bytes are read, nothing panics, and nothing is taken for a hit that was not written as one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::HitKind;

use crate::account_id::AccountId;
use crate::store::hits::NewHit;

/// Bytes before the body.
pub const HEAD: usize = 24;
/// The longest body, in bytes: a request's head is a quarter of it at most.
pub const MAX_BODY: usize = 256 * 1024;
/// Records begin at multiples of this.
pub const ALIGN: usize = 8;

const NONE: u32 = u32::MAX;

/// A hit as it comes in: texts are the request's own, as far as they can be.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'a> {
    /// When.
    pub at: Millis,
    /// Whose message.
    pub account: AccountId,
    /// Which message.
    pub message: Uuid,
    /// Pixel or link.
    pub kind: HitKind,
    /// Where from.
    pub address: IpAddr,
    /// The link's target.
    pub link: Option<&'a str>,
    /// The user agent.
    pub agent: Option<&'a str>,
    /// JSON object of the request headers that verdicts weigh.
    pub headers: Option<&'a str>,
    /// The batch in which the database was given it before, and may have stored it.
    pub batch: Option<Uuid>,
}

impl From<&Hit<'_>> for NewHit {
    fn from(hit: &Hit<'_>) -> Self {
        Self {
            at: hit.at,
            account: hit.account,
            message: hit.message,
            kind: hit.kind,
            link: hit.link.map(str::to_owned),
            agent: hit.agent.map(str::to_owned),
            address: hit.address,
            headers: hit.headers.map(str::to_owned),
        }
    }
}

impl<'a> From<&'a NewHit> for Hit<'a> {
    fn from(hit: &'a NewHit) -> Self {
        Self {
            at: hit.at,
            account: hit.account,
            message: hit.message,
            kind: hit.kind,
            address: hit.address,
            link: hit.link.as_deref(),
            agent: hit.agent.as_deref(),
            headers: hit.headers.as_deref(),
            batch: None,
        }
    }
}

/// A record that was read and is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub number: u64,
    /// How many records of the same write stand before it.
    pub before: u32,
    /// The hit.
    pub hit: NewHit,
    /// The batch in which the database was given it before, and may have stored it.
    pub batch: Option<Uuid>,
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// A record, and how many bytes it takes.
    Record(Record, usize),
    /// Zeros: nothing was written here yet.
    Nothing,
    /// A record could stand here that has so many bytes, more than there are.
    Cut(usize),
    /// No record.
    Bad,
}

/// Appends a record without number and checksum, which [`number`] puts in. False, and nothing appended, for a hit that no
/// request can hold.
pub fn append(into: &mut Vec<u8>, hit: &Hit<'_>) -> bool {
    let start = into.len();
    into.extend_from_slice(&[0; HEAD]);
    into.extend_from_slice(&hit.at.to_le_bytes());
    into.extend_from_slice(hit.account.padded());
    into.extend_from_slice(hit.message.as_bytes());
    into.push(u8::from(hit.kind == HitKind::Click));
    match hit.address {
        IpAddr::V4(address) => {
            into.push(4);
            into.extend_from_slice(&address.octets());
            into.extend_from_slice(&[0; 12]);
        }
        IpAddr::V6(address) => {
            into.push(6);
            into.extend_from_slice(&address.octets());
        }
    }
    for text in [hit.link, hit.agent, hit.headers] {
        let length = text.map_or(NONE, |text| u32::try_from(text.len()).unwrap_or(NONE));
        into.extend_from_slice(&length.to_le_bytes());
        into.extend_from_slice(text.unwrap_or_default().as_bytes());
    }
    if let Some(batch) = hit.batch {
        into.extend_from_slice(batch.as_bytes());
    }
    let length = into.len() - start - HEAD;
    let Some(length) = u32::try_from(length).ok().filter(|_| length <= MAX_BODY) else {
        into.truncate(start);
        return false;
    };
    into[start..start + 4].copy_from_slice(&length.to_le_bytes());
    into.resize(into.len().next_multiple_of(ALIGN), 0);
    true
}

/// Numbers the records of one write from `first` on, and gives them their checksums.
pub fn number(records: &mut [u8], first: u64, salt: u32) {
    let mut rest = records;
    let mut before: u32 = 0;
    while rest.len() >= HEAD {
        let size = size(body_length(rest)).min(rest.len());
        let (record, more) = rest.split_at_mut(size);
        rest = more;
        record[8..16].copy_from_slice(&(first + u64::from(before)).to_le_bytes());
        record[16..20].copy_from_slice(&before.to_le_bytes());
        let end = (HEAD + body_length(record)).min(record.len());
        let sum = checksum(&record[..end], salt);
        record[4..8].copy_from_slice(&sum.to_le_bytes());
        before += 1;
    }
}

/// Reads what stands at the beginning of `bytes`.
pub fn read(bytes: &[u8], salt: u32) -> Found {
    let Some(head) = bytes.get(..HEAD) else {
        return if bytes.iter().all(|byte| *byte == 0) { Found::Nothing } else { Found::Cut(HEAD) };
    };
    let length = body_length(head);
    if length == 0 {
        return if head.iter().all(|byte| *byte == 0) { Found::Nothing } else { Found::Bad };
    }
    if length > MAX_BODY || head[20..24] != [0; 4] {
        return Found::Bad;
    }
    let Some(record) = bytes.get(..size(length)) else { return Found::Cut(size(length)) };
    let mut fields = Fields(head);
    let (_, sum, number, before) = (fields.u32(), fields.u32(), fields.u64(), fields.u32());
    if sum != Some(checksum(&record[..HEAD + length], salt)) {
        return Found::Bad;
    }
    let hit = hit(&record[HEAD..HEAD + length]);
    match (number, before, hit) {
        (Some(number), Some(before), Some((hit, batch))) => Found::Record(Record { number, before, hit, batch }, size(length)),
        _ => Found::Bad,
    }
}

/// How many bytes a record takes whose body has this length.
const fn size(body: usize) -> usize {
    (HEAD + body).next_multiple_of(ALIGN)
}

fn body_length(head: &[u8]) -> usize {
    Fields(head).u32().and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX - HEAD - ALIGN)
}

fn checksum(record: &[u8], salt: u32) -> u32 {
    let mut sum = crc32fast::Hasher::new_with_initial(salt);
    sum.update(&record[..4]);
    sum.update(&record[8..]);
    sum.finalize()
}

/// Reads a body.
fn hit(body: &[u8]) -> Option<(NewHit, Option<Uuid>)> {
    let mut fields = Fields(body);
    let at = fields.i64()?;
    let account = AccountId::from_padded(fields.array()?)?;
    let message = Uuid::from_bytes(fields.array()?);
    let kind = match fields.array()? {
        [0] => HitKind::Open,
        [1] => HitKind::Click,
        _ => return None,
    };
    let [family] = fields.array()?;
    let address: [u8; 16] = fields.array()?;
    let [a, b, c, d, ..] = address;
    let address = match family {
        4 => IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
        6 => IpAddr::V6(Ipv6Addr::from(address)),
        _ => return None,
    };
    let (link, agent, headers) = (fields.text().ok()?, fields.text().ok()?, fields.text().ok()?);
    let batch = if fields.0.is_empty() { None } else { Some(Uuid::from_bytes(fields.array()?)) };
    fields.0.is_empty().then_some((NewHit { at, account, message, kind, link, agent, address, headers }, batch))
}

/// What of some bytes is not read yet.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    /// A text that may be none.
    fn text(&mut self) -> Result<Option<String>, Cut> {
        let length = self.u32().ok_or(Cut)?;
        if length == NONE {
            return Ok(None);
        }
        let length = usize::try_from(length).map_err(|_| Cut)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Cut)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).map(Some).map_err(|_| Cut)
    }
}

/// A body ends within a field, or a text is none.
struct Cut;

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u32 = 7;

    fn account() -> AccountId {
        AccountId::parse("abc123").unwrap()
    }

    fn hits() -> Vec<NewHit> {
        let open = NewHit {
            at: 1_795_334_400_000,
            account: account(),
            message: Uuid::from_u128(1),
            kind: HitKind::Open,
            link: None,
            agent: None,
            address: "203.0.113.7".parse().unwrap(),
            headers: None,
        };
        let click = NewHit {
            at: -1,
            account: AccountId::parse("0123456789abcdef").unwrap(),
            message: Uuid::from_u128(u128::MAX),
            kind: HitKind::Click,
            link: Some("https://example.org/ä?\0".to_owned()),
            agent: Some(String::new()),
            address: "2001:db8::7".parse().unwrap(),
            headers: Some(r#"{"accept":"image/*"}"#.to_owned()),
        };
        let long = NewHit { link: Some("x".repeat(64 * 1024)), ..click.clone() };
        vec![open, click, long]
    }

    fn written(hits: &[NewHit]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for hit in hits {
            assert!(append(&mut bytes, &Hit::from(hit)));
        }
        number(&mut bytes, 41, SALT);
        bytes
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = written(&hits());
        assert_eq!(bytes.len() % ALIGN, 0);
        let mut rest = bytes.as_slice();
        for (n, hit) in (0..).zip(hits()) {
            let Found::Record(record, size) = read(rest, SALT) else { panic!("no record {n}") };
            assert_eq!(record, Record { number: 41 + u64::from(n), before: n, hit, batch: None });
            rest = &rest[size..];
        }
        assert!(rest.is_empty());
        assert_eq!(read(&[0; 4096], SALT), Found::Nothing);
        assert_eq!(read(&[], SALT), Found::Nothing);
    }

    #[test]
    fn a_batch_that_may_be_stored_is_kept() {
        for hit in hits() {
            let (mut bytes, batch) = (Vec::new(), Some(Uuid::from_u128(9)));
            assert!(append(&mut bytes, &Hit { batch, ..Hit::from(&hit) }));
            number(&mut bytes, 1, SALT);
            let Found::Record(record, size) = read(&bytes, SALT) else { panic!("no record") };
            assert_eq!((record, size), (Record { number: 1, before: 0, hit, batch }, bytes.len()));
        }
    }

    #[test]
    fn a_changed_bit_or_another_logs_record_is_none() {
        let bytes = written(&hits()[1..2]);
        assert!(matches!(read(&bytes, SALT + 1), Found::Bad));
        let Found::Record(good, size) = read(&bytes, SALT) else { panic!() };
        for at in 0..size * 8 {
            let mut changed = bytes.clone();
            changed[at / 8] ^= 1 << (at % 8);
            // What only fills up may be anything.
            match read(&changed, SALT) {
                Found::Record(record, _) => assert!(record == good && at / 8 >= size - ALIGN, "bit {at}"),
                Found::Bad | Found::Cut(_) => {}
                Found::Nothing => panic!("bit {at}"),
            }
        }
        for end in 1..size {
            assert!(!matches!(read(&bytes[..end], SALT), Found::Record(..)), "{end}");
        }
    }

    #[test]
    fn a_hit_that_no_request_can_hold_is_not_written() {
        let long = NewHit { link: Some("x".repeat(MAX_BODY)), ..hits()[1].clone() };
        let mut bytes = vec![1, 2, 3];
        assert!(!append(&mut bytes, &Hit::from(&long)));
        assert_eq!(bytes, [1, 2, 3]);
    }
}
