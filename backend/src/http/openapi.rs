//! The API's description, made from the handlers. `docs/openapi.json` is a copy that a test compares.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Waxwing",
        description = "What the Waxwing extension and its backend say to each other. Pixels and links are not part of it: see docs/API.md.",
        license(name = "Apache-2.0")
    ),
    paths(
        super::healthz::healthz,
        super::pair::pair,
        super::account::account,
        super::account_code::code,
        super::rights::rights,
        super::rights::erasure::ask,
        super::rights::erasure::undo,
        super::rights::restriction::put,
        super::rights::recipient::erase,
        super::rights::export::prepare,
        super::rights::export::download,
        super::messages::list::list,
        super::messages::get::get,
        super::messages::put::put,
        super::messages::delete::delete,
        super::messages::mute::mute,
        super::messages::own_views::own_views,
        super::corrections::correct::correct,
        super::corrections::undo::undo,
        super::corrections::list::list,
        super::corrections::remove::remove,
        super::again::again,
        super::stats::stats,
        super::events::events,
        super::scheduled::list::list,
        super::scheduled::get::get,
        super::scheduled::put::put,
        super::scheduled::action::action,
        super::reminders::put::put,
        super::reminders::settings::get,
        super::reminders::settings::put,
        super::waiting::list::list,
        super::waiting::get::get,
        super::waiting::action::action,
        super::consent::snapshot::snapshot,
        super::consent::policy::get,
        super::consent::policy::put,
        super::consent::people::list,
        super::consent::people::put,
        super::contacts::zones::get,
        super::contacts::zones::put,
        super::mailboxes::list::list,
        super::mailboxes::connect::connect,
        super::mailboxes::gmail::gmail,
        super::mailboxes::remove::remove,
        super::mailboxes::test::test,
        super::mailboxes::settings::settings,
        super::mailboxes::access::access,
        super::devices::list::list,
        super::devices::revoke::revoke,
    ),
    security(("device" = [])),
    modifiers(&Bearer)
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token of a paired device, from POST /api/v1/pair."))
            .build();
        api.components.get_or_insert_default().add_security_scheme("device", SecurityScheme::Http(scheme));
    }
}

/// The description as JSON, with a line break at its end.
pub fn json() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Api::openapi())?;
    text.push('\n');
    Ok(text)
}
