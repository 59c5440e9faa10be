//! Whether an ID token (`OpenID` Connect Core 1.0, section 3.1.3.7) is the provider's answer to our question, and what it says.
//!
//! What must hold: the signature is checked against a key of the provider, by an algorithm that fits the key's kind: RS256 or ES256 and
//! nothing else (neither `none` nor a shared secret); it is for this client, of this issuer, in time, and answers this nonce. Pure: keys
//! and the instant are handed in.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use waxwing_protocol::Millis;

use crate::store::people::Vouched;

/// How far the provider's clock may be from ours.
const SKEW: Millis = 60_000;
/// Longer tokens are nobody's.
const MAX_TOKEN: usize = 64 * 1024;
/// A name longer than this is cut.
const MAX_NAME: usize = 100;

/// A key of a provider (RFC 7517), with what is used of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

/// What the token has to answer.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The provider, as it names itself.
    pub issuer: &'a str,
    /// Us.
    pub client_id: &'a str,
    /// Our nonce.
    pub nonce: &'a str,
    /// Now.
    pub now: Millis,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no token.
    #[error("it is not of the form")]
    Form,
    /// Signed in a way that is not taken, or not signed.
    #[error("its algorithm is not taken")]
    Algorithm,
    /// By a key that the provider does not show.
    #[error("its key is not known")]
    UnknownKey,
    /// The signature is not that of the key.
    #[error("its signature is wrong")]
    Signature,
    /// Of another provider.
    #[error("it is of another issuer")]
    Issuer,
    /// For somebody else.
    #[error("it is for another client")]
    Audience,
    /// Too old, or of tomorrow.
    #[error("it is out of time: look at the clocks of both servers")]
    Time,
    /// The answer to another question.
    #[error("it answers another sign-in")]
    Nonce,
    /// It confirms no address.
    #[error("it confirms no address")]
    Address,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Truth {
    Bool(bool),
    Text(String),
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: f64,
    iat: f64,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<Truth>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    locale: Option<String>,
    #[serde(default)]
    hd: Option<String>,
}

/// What a token says: who it is, and the organisation at Google that they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub vouched: Vouched,
    /// Google's `hd`.
    pub hosted_domain: Option<String>,
}

/// Reads a token that fits, or says why it does not.
pub fn read(token: &str, keys: &[Jwk], expected: Expected<'_>) -> Result<Said, Refused> {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Refused::Form);
    };
    if token.len() > MAX_TOKEN {
        return Err(Refused::Form);
    }
    let signed = token.get(..header.len() + 1 + claims.len()).ok_or(Refused::Form)?;
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Form);
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Refused::Form)?;
    if header.crit.is_some() {
        return Err(Refused::Algorithm);
    }
    check(&header, keys, signed.as_bytes(), &decoded(signature)?)?;
    let claims: Claims = serde_json::from_slice(&decoded(claims)?).map_err(|_| Refused::Form)?;
    believe(claims, expected)
}

/// Checks the signature.
fn check(header: &Header, keys: &[Jwk], signed: &[u8], signature: &[u8]) -> Result<(), Refused> {
    let kty = match header.alg.as_str() {
        "RS256" => "RSA",
        "ES256" => "EC",
        _ => return Err(Refused::Algorithm),
    };
    let mut fitting = keys.iter().filter(|key| {
        key.kty == kty
            && key.alg.as_ref().is_none_or(|alg| *alg == header.alg)
            && key.purpose.as_ref().is_none_or(|purpose| purpose == "sig")
            && (header.kid.is_none() || key.kid == header.kid)
    });
    let Some(first) = fitting.next() else { return Err(Refused::UnknownKey) };
    let good = |key: &Jwk| key.verifies(signed, signature);
    if good(first) || fitting.any(good) { Ok(()) } else { Err(Refused::Signature) }
}

impl Jwk {
    fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        let number =
            |text: &Option<String>| text.as_ref().and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok());
        if self.kty == "RSA" {
            let (Some(n), Some(e)) = (number(&self.n), number(&self.e)) else { return false };
            let key = RsaPublicKeyComponents { n: without_zeros(&n), e: without_zeros(&e) };
            return key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok();
        }
        let (Some(x), Some(y), Some("P-256")) = (number(&self.x), number(&self.y), self.crv.as_deref()) else { return false };
        if x.len() != 32 || y.len() != 32 {
            return false;
        }
        let point = [&[4][..], &x, &y].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature).is_ok()
    }
}

/// Some providers write a number with zeros before it.
fn without_zeros(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|b| *b != 0).unwrap_or(number.len());
    &number[start..]
}

/// Checks what is signed.
fn believe(claims: Claims, expected: Expected<'_>) -> Result<Said, Refused> {
    if claims.iss != expected.issuer {
        return Err(Refused::Issuer);
    }
    let (for_us, alone) = match &claims.aud {
        Audience::One(one) => (one == expected.client_id, true),
        Audience::Several(several) => (several.iter().any(|one| one == expected.client_id), several.len() == 1),
    };
    let by_us = match &claims.azp {
        Some(azp) => azp == expected.client_id,
        None => alone,
    };
    if !for_us || !by_us {
        return Err(Refused::Audience);
    }
    let (expires, issued) = (millis(claims.exp)?, millis(claims.iat)?);
    let begins = claims.nbf.map_or(Ok(issued), millis)?.max(issued);
    if expires.saturating_add(SKEW) <= expected.now || begins.saturating_sub(SKEW) > expected.now {
        return Err(Refused::Time);
    }
    let same = |nonce: &String| bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes()));
    if !claims.nonce.as_ref().is_some_and(same) {
        return Err(Refused::Nonce);
    }
    if claims.sub.is_empty()
        || claims.sub.len() > 255
        || !claims.sub.is_ascii()
        || claims.sub.contains(|c: char| c.is_control())
    {
        return Err(Refused::Form);
    }
    let confirmed = match claims.email_verified {
        Some(Truth::Bool(verified)) => verified,
        Some(Truth::Text(text)) => text == "true",
        None => false,
    };
    let address = claims.email.filter(|_| confirmed).and_then(|text| address(&text)).ok_or(Refused::Address)?;
    let name =
        claims.name.map(|name| name.chars().filter(|c| !c.is_control() && !turns(*c)).take(MAX_NAME).collect::<String>());
    let language = claims.locale.as_deref().and_then(|locale| match locale.get(..2)?.to_ascii_lowercase().as_str() {
        "de" => Some("de".to_owned()),
        "en" => Some("en".to_owned()),
        _ => None,
    });
    let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let vouched = Vouched { issuer: claims.iss, subject: claims.sub, name, address, language };
    Ok(Said { vouched, hosted_domain: claims.hd.map(|domain| domain.to_ascii_lowercase()) })
}

/// Seconds as JSON has them, perhaps with a fraction.
fn millis(seconds: f64) -> Result<Millis, Refused> {
    if !(0.0..=1e11).contains(&seconds) {
        return Err(Refused::Form);
    }
    #[expect(clippy::cast_possible_truncation, reason = "looked at above")]
    Ok((seconds * 1000.0) as Millis)
}

/// Letters that are not seen and turn what stands beside them around.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An address, in lower case.
pub fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let odd = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || turns(c)
            || matches!(c, '<' | '>' | ',' | ';' | '"' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{feff}' | '\u{ad}')
    };
    let fits = !local.is_empty() && !domain.is_empty() && text.len() <= 320 && !text.contains(odd) && !domain.contains('@');
    fits.then(|| text.to_lowercase())
}
