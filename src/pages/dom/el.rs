//! One element, built up call by call.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, Node};

use super::names::{Attr, Flag, Href, Tag};
use super::{Scope, document};

/// An element of a page. Cloning gives another handle of the same element.
#[derive(Debug, Clone)]
pub(crate) struct El(HtmlElement);

/// A new element.
pub(crate) fn el(tag: Tag) -> El {
    #[expect(clippy::expect_used, reason = "every tag on the list is a valid name, and HTML makes an HTMLElement of it")]
    let made = document().create_element(tag.name()).expect("a tag on the list can be made");
    El(made.unchecked_into())
}

impl El {
    /// A handle of an element that is there.
    pub(crate) fn of(element: HtmlElement) -> Self {
        Self(element)
    }

    /// Sets the classes.
    pub(crate) fn class(self, names: &str) -> Self {
        self.0.set_class_name(names);
        self
    }

    /// Sets an attribute.
    pub(crate) fn set(self, attr: Attr, value: &str) -> Self {
        self.put(attr, value);
        self
    }

    /// Sets or removes an attribute without a value.
    pub(crate) fn flag(self, flag: Flag, on: bool) -> Self {
        self.put_flag(flag, on);
        self
    }

    /// Sets where an anchor leads. What leaves the extension opens in a tab of its own and is not told where it came from.
    pub(crate) fn href(self, href: &Href) -> Self {
        match href {
            Href::Own(path) => self.raw("href", path),
            Href::Section(id) => self.raw("href", &format!("#{id}")),
            Href::Mail(id) => self.raw("href", &format!("#mail/{id}")),
            Href::Gmail(thread) => self.outside(&thread.to_string()),
            Href::Place(place) => self.outside(&place.to_string()),
            // What is paired is a web address; anything else leads nowhere.
            Href::Account(server) if server.starts_with("https://") || server.starts_with("http://") => {
                self.outside(&format!("{server}/account"));
            }
            Href::Account(_) => {}
        }
        self
    }

    /// Opens an anchor's page of ours in a tab of its own.
    pub(crate) fn in_tab(self) -> Self {
        self.raw("target", "_blank");
        self
    }

    /// Adds a text node.
    pub(crate) fn text(self, text: &str) -> Self {
        self.add(document().create_text_node(text).as_ref());
        self
    }

    /// Adds foreign text, which may run in another direction.
    pub(crate) fn foreign(self, text: &str) -> Self {
        self.child(&el(Tag::Bdi).text(text))
    }

    /// Adds an element.
    pub(crate) fn child(self, child: &impl AsRef<Node>) -> Self {
        self.add(child.as_ref());
        self
    }

    /// Adds elements.
    pub(crate) fn children<C: AsRef<Node>>(self, children: impl IntoIterator<Item = C>) -> Self {
        for child in children {
            self.add(child.as_ref());
        }
        self
    }

    /// Listens as long as the scope lives.
    pub(crate) fn on(self, scope: &Scope, event: &'static str, heard: impl FnMut(&Event) + 'static) -> Self {
        scope.listen(&self.0, event, heard);
        self
    }

    /// Adds a node at the end.
    pub(crate) fn add(&self, child: &Node) {
        // Fails only for a node that contains this one, which nothing here does.
        let _ = self.0.append_child(child);
    }

    /// Sets an attribute.
    pub(crate) fn put(&self, attr: Attr, value: &str) {
        self.raw(attr.name(), value);
    }

    /// Removes an attribute.
    pub(crate) fn drop_attr(&self, attr: Attr) {
        // Fails for no name on the list.
        let _ = self.0.remove_attribute(attr.name());
    }

    /// Sets or removes an attribute without a value.
    pub(crate) fn put_flag(&self, flag: Flag, on: bool) {
        // Fails for no name on the list.
        let _ = self.0.toggle_attribute_with_force(flag.name(), on);
    }

    /// Adds or takes away a class.
    pub(crate) fn toggle(&self, class: &str, on: bool) {
        // Fails only for an empty name or one with a space in it.
        let _ = self.0.class_list().toggle_with_force(class, on);
    }

    /// Replaces everything inside.
    pub(crate) fn fill<C: AsRef<Node>>(&self, children: impl IntoIterator<Item = C>) {
        self.clear();
        for child in children {
            self.add(child.as_ref());
        }
    }

    /// Replaces everything inside by a text.
    pub(crate) fn fill_text(&self, text: &str) {
        self.0.set_text_content(Some(text));
    }

    /// Removes everything inside.
    pub(crate) fn clear(&self) {
        self.0.set_text_content(None);
    }

    /// Takes the element out of the page.
    pub(crate) fn remove(&self) {
        self.0.remove();
    }

    /// Shows or hides the element.
    pub(crate) fn show(&self, on: bool) {
        self.put_flag(Flag::Hidden, !on);
    }

    /// True while hidden by [`El::show`].
    pub(crate) fn is_hidden(&self) -> bool {
        self.0.has_attribute(Flag::Hidden.name())
    }

    /// Gives it the focus.
    pub(crate) fn focus(&self) {
        // What cannot take the focus just does not.
        let _ = self.0.focus();
    }

    /// Gives it the focus where it is: nothing scrolls.
    pub(crate) fn focus_still(&self) {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        // As for `focus`.
        let _ = self.0.focus_with_options(&options);
    }

    /// The first element inside whose attribute has that value, which code wrote.
    pub(crate) fn find(&self, attr: Attr, value: &str) -> Option<Self> {
        let found = self.0.query_selector(&format!("[{}=\"{value}\"]", attr.name())).ok()??;
        found.dyn_into().ok().map(Self)
    }

    /// Every element inside that has the attribute.
    pub(crate) fn all(&self, attr: Attr) -> Vec<Self> {
        let Ok(found) = self.0.query_selector_all(&format!("[{}]", attr.name())) else { return Vec::new() };
        (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok().map(Self)).collect()
    }

    /// The nearest element around it, or itself, that has the attribute.
    pub(crate) fn closest(&self, attr: Attr) -> Option<Self> {
        self.0.closest(&format!("[{}]", attr.name())).ok()??.dyn_into().ok().map(Self)
    }

    /// True when the other one is inside of it.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.0.contains(Some(&other.0))
    }

    /// True while it is part of the page.
    pub(crate) fn is_in_page(&self) -> bool {
        self.0.is_connected()
    }

    /// How far its upper edge is below that of the window, in pixels.
    pub(crate) fn top(&self) -> f64 {
        self.0.get_bounding_client_rect().top()
    }

    /// An attribute's value.
    pub(crate) fn get(&self, attr: Attr) -> Option<String> {
        self.0.get_attribute(attr.name())
    }

    /// True when it, or something in it, has the focus.
    pub(crate) fn has_focus(&self) -> bool {
        super::focused().is_some_and(|focused| self.0.contains(Some(&focused)))
    }

    /// Gives the focus to the first thing inside that can be pressed. False when there is none.
    pub(crate) fn focus_inside(&self) -> bool {
        let found = self.0.query_selector("a, button").ok().flatten().and_then(|found| found.dyn_into::<HtmlElement>().ok());
        found.is_some_and(|found| found.focus().is_ok())
    }

    /// True when a child is not hidden.
    pub(crate) fn has_shown_child(&self) -> bool {
        self.0.query_selector(":scope > :not([hidden])").is_ok_and(|found| found.is_some())
    }

    /// The value of a field or of a choice.
    pub(crate) fn value(&self) -> String {
        if let Some(select) = self.0.dyn_ref::<web_sys::HtmlSelectElement>() {
            return select.value();
        }
        self.0.dyn_ref::<web_sys::HtmlInputElement>().map(web_sys::HtmlInputElement::value).unwrap_or_default()
    }

    /// Sets the value of a field or of a choice.
    pub(crate) fn set_value(&self, value: &str) {
        if let Some(select) = self.0.dyn_ref::<web_sys::HtmlSelectElement>() {
            select.set_value(value);
        }
        if let Some(input) = self.0.dyn_ref::<web_sys::HtmlInputElement>() {
            input.set_value(value);
        }
    }

    /// Ticks a radio button or a checkbox, or clears it.
    pub(crate) fn set_checked(&self, on: bool) {
        if let Some(input) = self.0.dyn_ref::<web_sys::HtmlInputElement>() {
            input.set_checked(on);
        }
    }

    /// Whether a checkbox is ticked.
    pub(crate) fn is_checked(&self) -> bool {
        self.0.dyn_ref::<web_sys::HtmlInputElement>().is_some_and(web_sys::HtmlInputElement::checked)
    }

    /// The element itself.
    pub(crate) fn node(&self) -> &HtmlElement {
        &self.0
    }

    fn outside(&self, address: &str) {
        self.raw("href", address);
        self.raw("target", "_blank");
        self.raw("rel", "noopener noreferrer");
    }

    fn raw(&self, name: &str, value: &str) {
        // Fails for no name on the lists.
        let _ = self.0.set_attribute(name, value);
    }
}

impl AsRef<Node> for El {
    fn as_ref(&self) -> &Node {
        self.0.as_ref()
    }
}
