use super::*;

/// Made by a second implementation (Python 3's `hmac` and `hashlib`, HKDF written out after RFC 5869), root = bytes 0..32:
///
/// ```python
/// prk = hmac.new(bytes(32), bytes(range(32)), sha256).digest()
/// key = hmac.new(prk, b"waxwing mint\0" + account + b"\0" + bytes([epoch]) + b"\x01", sha256).digest()
/// token = b64url(bytes([epoch]) + uuid + hmac.new(key, b"open" + uuid, sha256).digest()[:7])
/// ```
///
/// Columns: account, epoch, message, mint key, token.
const VECTORS: &[(&str, u8, &str, &str, &str)] = &[
    (
        "k7m2p9qa",
        1,
        "6f1d2c3b-4a59-4e68-8f70-a1b2c3d4e5f6",
        "KdK7qgIEcBKFlLeRK55dlycA7sywlHvp6TUPumpC1UI",
        "AW8dLDtKWU5oj3ChssPU5fa3aj98vmTs",
    ),
    (
        "k7m2p9qa",
        2,
        "6f1d2c3b-4a59-4e68-8f70-a1b2c3d4e5f6",
        "9K7IwDZiCSsdKlEiiQsTJe1CAx1bW58ADa6G4ZenAWU",
        "Am8dLDtKWU5oj3ChssPU5fZTKjp79ue6",
    ),
    (
        "zz0000",
        255,
        "ffffffff-ffff-4fff-bfff-ffffffffffff",
        "tjpV0X0epNBpgsoYOtZo4V1U39Zukb2wkoyI_bQ60fo",
        "_________0__v__________cUjHS0zdK",
    ),
    (
        "a1b2c3d4e5f6g7h8",
        0,
        "00000000-0000-4000-8000-000000000000",
        "HroaTrE5bhKUpN8MZl4KORx2EBUy5dxZHswo9tSN620",
        "AAAAAAAAAEAAgAAAAAAAAACf0qGNUsqW",
    ),
];

fn root() -> MintRoot {
    MintRoot::from_bytes(core::array::from_fn(|i| u8::try_from(i).unwrap()))
}

fn message(text: &str) -> Uuid {
    Uuid::parse_str(text).unwrap()
}

#[test]
fn known_answers() {
    for &(account, epoch, id, key_text, token_text) in VECTORS {
        let key = root().mint_key(account, epoch);
        assert_eq!(key.to_base64url(), key_text, "{account} {epoch}");
        let token = Token::mint(&key, epoch, message(id));
        assert_eq!(token.to_string(), token_text);
        assert_eq!(Token::parse(token_text), Ok(token));
        assert_eq!((token.epoch, token.message), (epoch, message(id)));
        assert!(MintKey::from_base64url(key_text).is_ok_and(|key| token.verify(&key)));
    }
}

#[test]
fn a_token_is_good_for_its_own_key_only() {
    for (i, &(account, epoch, ..)) in VECTORS.iter().enumerate() {
        let key = root().mint_key(account, epoch);
        for (k, vector) in VECTORS.iter().enumerate() {
            let token = Token::parse(vector.4).unwrap();
            assert_eq!(token.verify(&key), i == k, "token {k} under key {i}");
        }
    }
    // The separators keep account and epoch apart.
    let keys: Vec<String> =
        [("aaaaaa", b'b'), ("aaaaaab", 0), ("aaaaaa", 0)].map(|(a, e)| root().mint_key(a, e).to_base64url()).into();
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
}

#[test]
fn every_changed_bit_is_noticed() {
    let key = root().mint_key("k7m2p9qa", 1);
    let token = Token::mint(&key, 1, message(VECTORS[0].2));
    for bit in 0..TOKEN_MAC_LEN * 8 {
        let mut forged = token;
        forged.mac[bit / 8] ^= 1 << (bit % 8);
        assert!(!forged.verify(&key), "mac bit {bit}");
    }
    for bit in 0..128 {
        let mut id = *token.message.as_bytes();
        id[bit / 8] ^= 1 << (bit % 8);
        assert!(!Token { message: Uuid::from_bytes(id), ..token }.verify(&key), "message bit {bit}");
    }
    // The epoch is not under the mac itself: it picks the key, and another epoch has another key.
    assert!(!Token { epoch: 2, ..token }.verify(&root().mint_key("k7m2p9qa", 2)));
}

#[test]
fn what_is_not_a_token() {
    let good = VECTORS[0].4;
    for (text, error) in [
        ("", TokenError::Length),
        (&good[..31], TokenError::Length),
        (&good[1..], TokenError::Length),
        (&format!("{good}A"), TokenError::Length),
        (&format!("{good}="), TokenError::Length),
        (&good.repeat(1000), TokenError::Length),
        (&format!("{}=", &good[..31]), TokenError::Alphabet),
        (&format!("{}+", &good[..31]), TokenError::Alphabet),
        (&format!("{}/", &good[..31]), TokenError::Alphabet),
        (&format!("{} ", &good[..31]), TokenError::Alphabet),
        (&format!("{}\0", &good[..31]), TokenError::Alphabet),
        // 32 bytes, 31 characters.
        (&format!("{}é", &good[..30]), TokenError::Alphabet),
        // 32 characters, 33 bytes.
        (&format!("{}é", &good[..31]), TokenError::Length),
    ] {
        assert_eq!(Token::parse(text), Err(error), "{text:?}");
    }
    assert_eq!(Token::parse_bytes(&[0xff; TOKEN_LEN]), Err(TokenError::Alphabet));
}

#[test]
fn what_is_not_a_key() {
    let good = VECTORS[0].3;
    for (text, error) in [
        ("", KeyError::Length),
        (&good[..40], KeyError::Length),
        (&format!("{good}A"), KeyError::Length),
        (&good.repeat(9), KeyError::Length),
        (&format!("{good}="), KeyError::Alphabet),
        (&good.replace('K', "+"), KeyError::Alphabet),
        // 43 characters, more bytes.
        (&good.replace('K', "ü"), KeyError::Length),
        // Bits that belong to no byte.
        (&format!("{}J", &good[..42]), KeyError::Alphabet),
    ] {
        assert_eq!(MintKey::from_base64url(text).map(|_| ()).unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let key = root().mint_key("k7m2p9qa", 1);
    let token = Token::mint(&key, 1, message(VECTORS[0].2));
    assert_eq!(format!("{key:?} {:?}", root()), "MintKey(…) MintRoot(…)");
    assert_eq!(format!("{token:?}"), "Token { epoch: 1, message: 6f1d2c3b-4a59-4e68-8f70-a1b2c3d4e5f6, .. }");
}
