//! Who may use the REST API, and how: Google's authorisation of a client by a person (OAuth 2, RFC 6749, with PKCE, RFC 7636).
//!
//! What must hold: a code works once, for its client, its redirect address and its verifier; a refresh token works until its
//! grant is revoked or the person's password changes; revoking any token of a grant ends all of it.

use std::collections::{BTreeSet, HashMap, VecDeque};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};

use crate::ids::Random;

/// The one client that is registered here.
pub(crate) const CLIENT_ID: &str = "waxwing-sim";
pub(crate) const CLIENT_SECRET: &str = "waxwing-sim-secret";

/// How long a code is good for.
const CODE_MS: i64 = 10 * 60_000;
/// Old access tokens that are remembered, so that memory stays bounded.
const TOKENS: usize = 50_000;

/// What the authorisation page was asked for.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) client_id: String,
    #[serde(default)]
    pub(crate) redirect_uri: String,
    #[serde(default)]
    pub(crate) response_type: String,
    #[serde(default)]
    pub(crate) scope: String,
    #[serde(default)]
    pub(crate) state: Option<String>,
    #[serde(default)]
    pub(crate) code_challenge: Option<String>,
    #[serde(default)]
    pub(crate) code_challenge_method: Option<String>,
    #[serde(default)]
    pub(crate) access_type: Option<String>,
    #[serde(default)]
    pub(crate) prompt: Option<String>,
    #[serde(default)]
    pub(crate) login_hint: Option<String>,
}

/// A code that waits to be exchanged.
#[derive(Debug, Clone)]
struct Code {
    account: String,
    scopes: BTreeSet<String>,
    redirect_uri: String,
    challenge: Option<(String, bool)>,
    refresh: bool,
    until: i64,
}

/// A refresh token: what a person granted.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Grant {
    pub(crate) account: String,
    pub(crate) scopes: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct Access {
    account: String,
    scopes: BTreeSet<String>,
    until: i64,
}

/// A refusal of the token endpoint: its status, `error` and `error_description`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u16, pub(crate) &'static str, pub(crate) &'static str);

/// What is known of an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) account: String,
    pub(crate) scopes: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(crate) struct OAuth {
    codes: HashMap<String, Code>,
    grants: HashMap<String, Grant>,
    access: HashMap<String, Access>,
    /// Access tokens in the order in which they were made.
    order: VecDeque<String>,
}

impl OAuth {
    /// What is wrong with a request for authorisation, in Google's words.
    pub(crate) fn check(asked: &Asked) -> Result<(), (&'static str, &'static str)> {
        let method = asked.code_challenge_method.as_deref().unwrap_or("plain");
        let web = asked.redirect_uri.starts_with("http://") || asked.redirect_uri.starts_with("https://");
        if asked.client_id != CLIENT_ID {
            Err(("invalid_client", "The OAuth client was not found."))
        } else if !web || asked.redirect_uri.contains('#') {
            Err(("redirect_uri_mismatch", "The redirect URI in the request is not one of the client's."))
        } else if asked.response_type != "code" {
            Err(("unsupported_response_type", "Invalid response_type"))
        } else if asked.scope.split_whitespace().next().is_none() {
            Err(("invalid_request", "Missing required parameter: scope"))
        } else if asked.code_challenge.is_some() && method != "S256" && method != "plain" {
            Err(("invalid_request", "Invalid code_challenge_method"))
        } else {
            Ok(())
        }
    }

    /// The person allowed some of what was asked. Gives the code. As at Google, only the first time, or after asking with
    /// `prompt=consent`, does offline access bring a refresh token.
    pub(crate) fn allow(
        &mut self,
        asked: &Asked,
        account: &str,
        scopes: BTreeSet<String>,
        random: &mut Random,
        now: i64,
    ) -> String {
        let offline = asked.access_type.as_deref() == Some("offline");
        let asked_again = asked.prompt.as_deref().is_some_and(|it| it.split_whitespace().any(|word| word == "consent"));
        let known = self.grants.values().any(|grant| grant.account == account);
        let code = format!("4/0A{}", random.token(48));
        let challenge = asked.code_challenge.clone();
        self.codes.retain(|_, code| code.until > now);
        self.codes.insert(
            code.clone(),
            Code {
                account: account.to_owned(),
                scopes,
                redirect_uri: asked.redirect_uri.clone(),
                challenge: challenge.map(|it| (it, asked.code_challenge_method.as_deref() == Some("S256"))),
                refresh: offline && (asked_again || !known),
                until: now + CODE_MS,
            },
        );
        code
    }

    /// A refresh token without any asking.
    pub(crate) fn grant(&mut self, account: &str, scopes: BTreeSet<String>, random: &mut Random) -> String {
        let token = format!("1//0g{}", random.token(64));
        self.grants.insert(token.clone(), Grant { account: account.to_owned(), scopes });
        token
    }

    /// An access token for whoever proved who it is. Gives the token endpoint's answer.
    pub(crate) fn access(
        &mut self,
        account: String,
        scopes: BTreeSet<String>,
        lifetime: u32,
        random: &mut Random,
        now: i64,
    ) -> Value {
        let token = format!("ya29.a0{}", random.token(120));
        let scope = scopes.iter().cloned().collect::<Vec<_>>().join(" ");
        self.order.push_back(token.clone());
        if self.order.len() > TOKENS
            && let Some(oldest) = self.order.pop_front()
        {
            self.access.remove(&oldest);
        }
        self.access.insert(token.clone(), Access { account, scopes, until: now + i64::from(lifetime) * 1000 });
        json!({ "access_token": token, "expires_in": lifetime, "scope": scope, "token_type": "Bearer" })
    }

    /// The token endpoint. `form`: what was posted, with the client's name and secret in it.
    pub(crate) fn token(
        &mut self,
        form: &HashMap<String, String>,
        lifetime: u32,
        random: &mut Random,
        now: i64,
    ) -> Result<Value, Refused> {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if field("client_id") != CLIENT_ID {
            return Err(Refused(401, "invalid_client", "The OAuth client was not found."));
        }
        if field("client_secret") != CLIENT_SECRET {
            return Err(Refused(401, "invalid_client", "Unauthorized"));
        }
        let (account, scopes, refresh) = match field("grant_type") {
            "authorization_code" => {
                let code = self.exchange(field("code"), field("redirect_uri"), form.get("code_verifier"), now)?;
                let refresh = code.refresh.then(|| self.grant(&code.account, code.scopes.clone(), random));
                (code.account, code.scopes, refresh)
            }
            "refresh_token" => {
                let grant = self.grants.get(field("refresh_token"));
                let grant = grant.ok_or(Refused(400, "invalid_grant", "Token has been expired or revoked."))?;
                (grant.account.clone(), grant.scopes.clone(), None)
            }
            "" => return Err(Refused(400, "invalid_request", "Missing required parameter: grant_type")),
            _ => return Err(Refused(400, "unsupported_grant_type", "Invalid grant_type")),
        };
        let mut answer = self.access(account, scopes, lifetime, random, now);
        if let Some(refresh) = refresh {
            answer["refresh_token"] = json!(refresh);
        }
        Ok(answer)
    }

    fn exchange(&mut self, code: &str, redirect: &str, verifier: Option<&String>, now: i64) -> Result<Code, Refused> {
        // Taken out first: a code that was tried wrongly is spent too.
        let code = self.codes.remove(code).filter(|code| code.until > now);
        let code = code.ok_or(Refused(400, "invalid_grant", "Malformed auth code."))?;
        if code.redirect_uri != redirect {
            return Err(Refused(400, "redirect_uri_mismatch", "Bad Request"));
        }
        if let Some((challenge, hashed)) = &code.challenge {
            let verifier = verifier.ok_or(Refused(400, "invalid_grant", "Missing code verifier."))?;
            let shown = if *hashed { URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())) } else { verifier.clone() };
            if shown != *challenge {
                return Err(Refused(400, "invalid_grant", "Invalid code verifier."));
            }
        }
        Ok(code)
    }

    /// Ends the grant of a token, refresh or access. False: no such token.
    pub(crate) fn revoke(&mut self, token: &str, now: i64) -> bool {
        let access = self.access.get(token).filter(|it| it.until > now).map(|it| it.account.clone());
        let account = self.grants.get(token).map(|it| it.account.clone()).or(access);
        account.is_some_and(|account| {
            self.end(&account);
            true
        })
    }

    /// Ends everything that an account granted; gives how many refresh tokens that were.
    pub(crate) fn end(&mut self, account: &str) -> usize {
        let before = self.grants.len();
        self.grants.retain(|_, grant| grant.account != account);
        self.access.retain(|_, access| access.account != account);
        before - self.grants.len()
    }

    /// What follows a change of password: refresh tokens with a right to mail die; access tokens live until they expire.
    pub(crate) fn password_changed(&mut self, account: &str) -> usize {
        let before = self.grants.len();
        let mail = |grant: &Grant| grant.scopes.iter().any(|it| it.contains("gmail") || it.contains("mail.google.com"));
        self.grants.retain(|_, grant| grant.account != account || !mail(grant));
        before - self.grants.len()
    }

    /// Ends all access tokens now, as if their time had come.
    pub(crate) fn expire_access(&mut self) {
        self.access.clear();
        self.order.clear();
    }

    pub(crate) fn bearer(&self, token: &str, now: i64) -> Option<Bearer> {
        let access = self.access.get(token).filter(|it| it.until > now)?;
        Some(Bearer { account: access.account.clone(), scopes: access.scopes.clone() })
    }

    /// How long an access token is still good for, in seconds.
    pub(crate) fn left(&self, token: &str, now: i64) -> Option<i64> {
        self.access.get(token).map(|it| (it.until - now) / 1000).filter(|left| *left > 0)
    }

    /// What is granted now, without the tokens.
    pub(crate) fn grants(&self) -> Vec<&Grant> {
        self.grants.values().collect()
    }
}
