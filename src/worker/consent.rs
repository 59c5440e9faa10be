//! The copy of what recipients agreed to or refused, and of the user's choice, which send gates decide by.
//!
//! What must hold: a choice made while the backend is away is kept, told later, and not overwritten by an older one.

use std::rc::Rc;

use waxwing_domain::consent::{Said, line, may_ask, root};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ConsentSettings, ConsentSnapshot, ConsentState, PeopleChanged, PeoplePage, Person, PutPeople};
use waxwing_protocol::capability;
use waxwing_protocol::page::{Connection, Fault, HeldConsent, HeldPeople, LineChoice, Policy, key};

use super::client::{CallError, Client};
use super::link::has;
use super::platform::Platform;
use super::{Worker, internal};
use crate::chrome::ApiError;
use crate::chrome::storage::{Storage, Values};
use crate::chrome::system::Clock;

/// More pages of people than these are taken at another time.
const PAGES: u32 = 100;

impl<P: Platform> Worker<P> {
    /// Keeps the user's choice: it holds here at once, and elsewhere when the backend has it.
    pub(super) async fn set_policy(self: &Rc<Self>, policy: Policy, line: Option<LineChoice>) -> Result<(), ApiError> {
        let mut values = Values::new();
        if let Some(line) = line {
            values.insert(key::LINE_UNSENT.to_owned(), json(&line)?);
        }
        values.insert(key::POLICY.to_owned(), json(&policy)?);
        values.insert(key::POLICY_UNSENT.to_owned(), true.into());
        self.platform.local().write(values).await?;
        if let Some(connection) = self.usable().await? {
            let worker = Rc::clone(self);
            // If this fails it is done when the stream opens again.
            self.platform.spawn(async move { drop(worker.refresh_consent(&connection).await) });
        }
        Ok(())
    }

    /// Tells a choice that the backend does not know, and asks for what changed.
    pub(super) async fn refresh_consent(self: &Rc<Self>, connection: &Connection) -> Result<(), ApiError> {
        if !has(connection, capability::CONSENT) {
            return Ok(());
        }
        let _pass = self.consent_gate.enter().await;
        let local = self.platform.local();
        let chosen: Option<Policy> = local.get(key::POLICY).await?;
        let unsent = local.get(key::POLICY_UNSENT).await? == Some(true);
        let mut known: HeldPeople = local.get(key::CONSENT_PEOPLE).await?.unwrap_or_default();
        let Ok(mut settings) = self.ask_consent(connection, &mut known).await else { return Ok(()) };
        let before = settings.clone();
        // What was chosen before the backend knew of choices is told too.
        if chosen.is_some() && (unsent || settings.policy.is_none()) {
            settings.policy = chosen;
        }
        let line: Option<LineChoice> = local.get(key::LINE_UNSENT).await?;
        if let Some(line) = &line {
            settings.line = line.on;
            // Words that were chosen on another device stay.
            settings.line_text.get_or_insert_with(|| line.words.clone());
        }
        if settings != before {
            let told = self.call(connection, async |client: Client<'_, P::Http>| client.put_policy(&settings).await).await;
            if told.is_err() {
                return Ok(());
            }
        }
        {
            let _pass = self.list_gate.enter().await;
            // Another pairing, or another choice since: what was heard is of neither.
            let still = self.still(connection).await?.is_some()
                && local.get::<Policy>(key::POLICY).await? == chosen
                && local.get::<LineChoice>(key::LINE_UNSENT).await? == line;
            if !still {
                return Ok(());
            }
            let mut values = Values::new();
            values.insert(key::CONSENT.to_owned(), json(&held(&settings, &known, self.platform.system().now()))?);
            values.insert(key::CONSENT_PEOPLE.to_owned(), json(&known)?);
            values.insert(key::POLICY_UNSENT.to_owned(), false.into());
            if let Some(policy) = settings.policy {
                values.insert(key::POLICY.to_owned(), json(&policy)?);
            }
            local.write(values).await?;
            if line.is_some() {
                local.unset(key::LINE_UNSENT).await?;
            }
        }
        if settings.policy != chosen {
            self.status_changed();
        }
        Ok(())
    }

    /// What the user chose, as the backend has it.
    pub(super) async fn consent_settings(self: &Rc<Self>) -> Result<ConsentSettings, Fault> {
        let connection = self.paired().await?;
        // What was chosen while the backend was away comes before.
        self.refresh_consent(&connection).await.map_err(internal)?;
        let asked = self.call(&connection, async |client: Client<'_, P::Http>| client.policy().await).await;
        asked.map_err(|error| error.fault())
    }

    /// Replaces it. Here it counts when the backend has it.
    pub(super) async fn set_consent(self: &Rc<Self>, settings: &ConsentSettings) -> Result<(), Fault> {
        let connection = self.paired().await?;
        let told = self.call(&connection, async |client: Client<'_, P::Http>| client.put_policy(settings).await).await;
        told.map_err(|error| error.fault())?;
        self.refresh_consent(&connection).await.map_err(internal)
    }

    /// A page of what is known of people.
    pub(super) async fn people(self: &Rc<Self>, query: &str, before: Option<&str>) -> Result<PeoplePage, Fault> {
        let connection = self.paired().await?;
        let page = self.call(&connection, async |client: Client<'_, P::Http>| client.people(query, before).await).await;
        page.map_err(|error| error.fault())
    }

    /// What the user says of people.
    pub(super) async fn set_people(self: &Rc<Self>, put: &PutPeople) -> Result<PeopleChanged, Fault> {
        let connection = self.paired().await?;
        let changed = self.call(&connection, async |client: Client<'_, P::Http>| client.put_people(put).await).await;
        let changed = changed.map_err(|error| error.fault())?;
        // The stream tells of it too; the next mail may be sent before that.
        self.refresh_consent(&connection).await.map_err(internal)?;
        Ok(changed)
    }

    async fn ask_consent(
        self: &Rc<Self>,
        connection: &Connection,
        known: &mut HeldPeople,
    ) -> Result<ConsentSettings, CallError> {
        let mut pages = 0;
        loop {
            let since = known.next;
            let page: ConsentSnapshot =
                self.call(connection, async |client: Client<'_, P::Http>| client.consent(since).await).await?;
            if page.reset {
                known.people.clear();
            }
            known.people.extend(page.people.into_iter().map(|person| (person.address.clone(), person)));
            known.next = page.next;
            pages += 1;
            // A backend that repeats itself is not asked for ever.
            if !page.more || (page.next <= since && !page.reset) || pages >= PAGES {
                return Ok(page.settings);
            }
        }
    }
}

/// What send gates hold.
fn held(settings: &ConsentSettings, known: &HeldPeople, now: Millis) -> HeldConsent {
    let who = |said: ConsentState, opens: bool, clicks: bool| {
        let is_it = move |person: &&Person| [person.opens == said, person.clicks == said] == [opens, clicks];
        known.people.values().filter(is_it)
    };
    let roots = |of: &mut dyn Iterator<Item = &Person>| of.filter_map(|person| root(&person.address)).collect();
    let addresses = |of: &mut dyn Iterator<Item = &Person>| of.map(|person| person.address.clone()).collect();
    let (refused, agreed) = (ConsentState::Refused, ConsentState::Agreed);
    // Who refused both is sent nothing that could ask.
    let one_kind = who(refused, true, false).chain(who(refused, false, true));
    let mut unasked = one_kind.filter(|person| !may_ask(Said { refused_at: Some(person.at), ..Said::default() }, now));
    HeldConsent {
        settings: settings.clone(),
        refused: roots(&mut who(refused, true, true)),
        refused_opens: roots(&mut who(refused, true, false)),
        refused_clicks: roots(&mut who(refused, false, true)),
        agreed: addresses(&mut who(agreed, true, true)),
        agreed_opens: addresses(&mut who(agreed, true, false)),
        agreed_clicks: addresses(&mut who(agreed, false, true)),
        unasked: roots(&mut unasked),
        line: settings.line_words().map(line),
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<serde_json::Value, ApiError> {
    serde_json::to_value(value).map_err(|error| ApiError::Form(error.to_string()))
}
