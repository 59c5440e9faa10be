//! The choice of a country on whose holidays nothing is due.
//!
//! What must hold: what this cannot show (single days, further countries) stays as it was chosen elsewhere.

use std::cell::RefCell;

use waxwing_domain::holidays::COUNTRIES;

use crate::pages::dom::{Attr, El, Tag, el};
use crate::pages::text::{country, t};

/// The choice.
pub(crate) struct HolidayChoice {
    select: El,
    kept: RefCell<Vec<String>>,
}

impl HolidayChoice {
    /// Countries by their names, and none; `class` and `id` are the field's.
    pub(crate) fn new(class: &str, id: &str) -> Self {
        let mut countries: Vec<_> = COUNTRIES.iter().map(|it| (it.code, country(it.code))).collect();
        countries.sort_by(|one, other| one.1.cmp(&other.1));
        countries.insert(0, ("", t("condition_holidays_none")));
        let options = countries.iter().map(|(code, name)| el(Tag::Option).set(Attr::Value, code).text(name));
        let select = el(Tag::Select).class(class).set(Attr::Id, id).children(options);
        Self { select, kept: RefCell::default() }
    }

    /// The field.
    pub(crate) const fn element(&self) -> &El {
        &self.select
    }

    /// Shows the first country of what was chosen before.
    pub(crate) fn fill(&self, holidays: &[String]) {
        let shown = holidays.iter().position(|it| COUNTRIES.iter().any(|country| country.code == it.as_str()));
        self.select.set_value(shown.map_or("", |at| &holidays[at]));
        *self.kept.borrow_mut() =
            holidays.iter().enumerate().filter(|(at, _)| Some(*at) != shown).map(|(_, it)| it.clone()).collect();
    }

    /// What is chosen: the country that is shown, then what was kept.
    pub(crate) fn read(&self) -> Vec<String> {
        let country = Some(self.select.value()).filter(|code| !code.is_empty());
        let kept = self.kept.borrow();
        let others = kept.iter().filter(|it| Some(*it) != country.as_ref()).cloned();
        country.iter().cloned().chain(others).collect()
    }
}
