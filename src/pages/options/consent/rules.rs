//! Rules for the recipients of a domain or a country, and the countries of domains that do not say theirs.

use std::rc::Rc;

use waxwing_domain::consent::{exact, is_country};
use waxwing_protocol::api::{ConsentRule, ConsentSettings, DomainCountry, RuleOf};
use waxwing_protocol::page::Policy;

use super::{Section, field, named, select, wrong};
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon_with};
use crate::pages::text::{Value, rich, t, t_with};
use crate::pages::widgets::{button, policy_name};

const POLICIES: [(&str, &str, Policy); 3] =
    [("every", "policy_every", Policy::Every), ("ask", "policy_ask", Policy::Ask), ("agreed", "policy_agreed", Policy::Agreed)];

pub(super) struct Rules {
    root: El,
    list: El,
    of: El,
    policy: El,
    /// The country of a domain.
    country: El,
    then: [El; 2],
    add: El,
    error: El,
    inside: std::cell::RefCell<Scope>,
}

/// What a line of the list stands for.
#[derive(Clone)]
enum Listed {
    Rule(ConsentRule),
    Country(DomainCountry),
}

impl Rules {
    pub(super) fn new() -> Self {
        let choices = POLICIES.map(|(value, words, _)| (value, words));
        let what = [choices.as_slice(), &[("country", "rule_is_in")]].concat();
        let (of, policy, country) = (field("rule-of"), select("rule-policy", what), field("rule-country"));
        let of = of.set(Attr::AriaDescribedby, "rule-hint rule-wrong");
        let country = country.set(Attr::AriaDescribedby, "rule-wrong");
        let then = [named("rule_of", "rule-of", &of), named("rule_country", "rule-country", &country)];
        let add = button("ww-btn", &t("rule_add"));
        let error = el(Tag::P).class("ww-err").set(Attr::Id, "rule-wrong").set(Attr::Role, "alert");
        error.show(false);
        then[1].show(false);
        let list = el(Tag::Ul).class("card-list");
        let root = el(Tag::Div)
            .class("ww-stack ww-stack-2")
            .child(&el(Tag::H3).class("ww-b").text(&t("rules_title")))
            .child(&el(Tag::P).class("ww-s ww-2").text(&t("rules_say")))
            .child(&list)
            .child(
                &el(Tag::Div)
                    .class("ww-row-btns ww-hours")
                    .child(&then[0])
                    .child(&named("rule_policy", "rule-policy", &policy))
                    .child(&then[1])
                    .child(&add),
            )
            .child(&el(Tag::P).class("ww-hint").set(Attr::Id, "rule-hint").text(&t("rule_hint")))
            .child(&error);
        Self { root, list, of, policy, country, then, add, error, inside: std::cell::RefCell::default() }
    }

    pub(super) const fn element(&self) -> &El {
        &self.root
    }

    pub(super) fn listen(&self, section: &Rc<Section>) {
        let weak = Rc::downgrade(section);
        section.scope.listen(self.policy.node(), "change", move |_| {
            if let Some(section) = weak.upgrade() {
                let rules = &section.rules;
                rules.then[1].show(rules.policy.value() == "country");
            }
        });
        let weak = Rc::downgrade(section);
        section.scope.listen(self.add.node(), "click", move |_| {
            if let Some(section) = weak.upgrade() {
                section.rules.add(&section);
            }
        });
    }

    pub(super) fn show(&self, section: &Rc<Section>, settings: &ConsentSettings) {
        let scope = Scope::default();
        let rules = settings.rules.iter().cloned().map(Listed::Rule);
        let listed: Vec<Listed> = rules.chain(settings.countries.iter().cloned().map(Listed::Country)).collect();
        self.list.show(!listed.is_empty());
        self.list.fill(listed.into_iter().map(|of| item(section, &scope, of)));
        self.inside.replace(scope);
    }

    fn add(&self, section: &Rc<Section>) {
        let (of, what) = (self.of.value().trim().to_owned(), self.policy.value());
        let domain = domain(&of);
        let country = |text: &str| Some(text.trim().to_ascii_uppercase()).filter(|code| is_country(code));
        let error = match (what.as_str(), &domain) {
            ("country", None) => Some("rule_domain_wrong"),
            ("country", _) if country(&self.country.value()).is_none() => Some("rule_country_wrong"),
            (_, None) if country(&of).is_none() => Some("rule_of_wrong"),
            _ => None,
        };
        wrong(&self.error, error.map(t).as_deref());
        if error.is_some() {
            return;
        }
        let named = country(&self.country.value());
        section.change(|settings| {
            if let ("country", Some(domain), Some(country)) = (what.as_str(), &domain, named) {
                settings.countries.retain(|known| known.domain != *domain);
                settings.countries.push(DomainCountry { domain: domain.clone(), country });
                return;
            }
            let Some((_, _, policy)) = POLICIES.into_iter().find(|(value, ..)| *value == what) else { return };
            let of = match country(&of) {
                Some(country) => RuleOf::Country(country),
                None => RuleOf::Domain(domain.unwrap_or_default()),
            };
            settings.rules.retain(|rule| rule.of != of);
            settings.rules.push(ConsentRule { of, policy });
        });
        self.of.set_value("");
        self.country.set_value("");
    }
}

/// A domain in its normal form; what has no dot is none.
fn domain(text: &str) -> Option<String> {
    let address = exact(&format!("a@{}", text.trim().trim_start_matches('@')))?;
    let (_, domain) = address.rsplit_once('@')?;
    domain.contains('.').then(|| domain.to_owned())
}

fn item(section: &Rc<Section>, scope: &Scope, of: Listed) -> El {
    let (name, words) = match &of {
        Listed::Rule(rule) => {
            let (RuleOf::Domain(of) | RuleOf::Country(of)) = &rule.of;
            (of.clone(), policy_name(rule.policy))
        }
        Listed::Country(of) => (of.domain.clone(), t_with("rule_in_country", &[&of.country])),
    };
    let weak = Rc::downgrade(section);
    let drop = button("ww-btn", &t("rule_drop")).set(Attr::AriaLabel, &t_with("rule_drop_name", &[&name])).on(
        scope,
        "click",
        move |_| {
            let (Some(section), of) = (weak.upgrade(), of.clone()) else { return };
            section.change(|settings| match of {
                Listed::Rule(rule) => settings.rules.retain(|known| *known != rule),
                Listed::Country(country) => settings.countries.retain(|known| *known != country),
            });
        },
    );
    el(Tag::Li)
        .child(&icon_with(Icon::GLOBE, ""))
        .child(&el(Tag::Div).children(rich("rule_line", &[Value::Foreign(name), Value::Own(words)])))
        .child(&drop)
}
