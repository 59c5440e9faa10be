//! The tags, attributes and addresses that a page may be made of.

/// A tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    A,
    B,
    Bdi,
    Button,
    Code,
    Dd,
    Details,
    Div,
    Dl,
    Dt,
    Fieldset,
    Figcaption,
    Figure,
    Form,
    H1,
    H2,
    H3,
    Header,
    Input,
    Label,
    Legend,
    Li,
    Main,
    Nav,
    Ol,
    Option,
    P,
    Section,
    Select,
    Span,
    Summary,
    Table,
    Tbody,
    Td,
    Th,
    Thead,
    Time,
    Tr,
    Ul,
}

impl Tag {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::Bdi => "bdi",
            Self::Button => "button",
            Self::Code => "code",
            Self::Dd => "dd",
            Self::Details => "details",
            Self::Div => "div",
            Self::Dl => "dl",
            Self::Dt => "dt",
            Self::Fieldset => "fieldset",
            Self::Figcaption => "figcaption",
            Self::Figure => "figure",
            Self::Form => "form",
            Self::H1 => "h1",
            Self::H2 => "h2",
            Self::H3 => "h3",
            Self::Header => "header",
            Self::Input => "input",
            Self::Label => "label",
            Self::Legend => "legend",
            Self::Li => "li",
            Self::Main => "main",
            Self::Nav => "nav",
            Self::Ol => "ol",
            Self::Option => "option",
            Self::P => "p",
            Self::Section => "section",
            Self::Select => "select",
            Self::Span => "span",
            Self::Summary => "summary",
            Self::Table => "table",
            Self::Tbody => "tbody",
            Self::Td => "td",
            Self::Th => "th",
            Self::Thead => "thead",
            Self::Time => "time",
            Self::Tr => "tr",
            Self::Ul => "ul",
        }
    }
}

/// An attribute with a value. None of these can run anything or load anything, whatever the value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attr {
    AriaBusy,
    AriaCurrent,
    AriaDescribedby,
    AriaDisabled,
    AriaExpanded,
    AriaInvalid,
    AriaLabel,
    AriaLabelledby,
    AriaPressed,
    AriaSelected,
    Autocomplete,
    DataAct,
    DataCount,
    DataId,
    DateTime,
    For,
    Id,
    InputMode,
    Name,
    Placeholder,
    Role,
    Max,
    Min,
    Scope,
    Spellcheck,
    TabIndex,
    Title,
    Type,
    Value,
}

impl Attr {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AriaBusy => "aria-busy",
            Self::AriaCurrent => "aria-current",
            Self::AriaDescribedby => "aria-describedby",
            Self::AriaDisabled => "aria-disabled",
            Self::AriaExpanded => "aria-expanded",
            Self::AriaInvalid => "aria-invalid",
            Self::AriaLabel => "aria-label",
            Self::AriaLabelledby => "aria-labelledby",
            Self::AriaPressed => "aria-pressed",
            Self::AriaSelected => "aria-selected",
            Self::Autocomplete => "autocomplete",
            Self::DataAct => "data-act",
            Self::DataCount => "data-count",
            Self::DataId => "data-id",
            Self::DateTime => "datetime",
            Self::For => "for",
            Self::Id => "id",
            Self::InputMode => "inputmode",
            Self::Name => "name",
            Self::Placeholder => "placeholder",
            Self::Role => "role",
            Self::Max => "max",
            Self::Min => "min",
            Self::Scope => "scope",
            Self::Spellcheck => "spellcheck",
            Self::TabIndex => "tabindex",
            Self::Title => "title",
            Self::Type => "type",
            Self::Value => "value",
        }
    }
}

/// An attribute that is there or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flag {
    Disabled,
    Hidden,
    NoValidate,
    Open,
}

impl Flag {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Hidden => "hidden",
            Self::NoValidate => "novalidate",
            Self::Open => "open",
        }
    }
}

/// Where an anchor may lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Href {
    /// A page or a fragment of the extension, written in our code.
    Own(&'static str),
    /// A section of the same page, by the id that our code gave it.
    Section(&'static str),
    /// A message's own page inside of the popup.
    Mail(uuid::Uuid),
    /// A conversation in Gmail; opens in a tab of its own.
    Gmail(crate::pages::say::GmailThread),
    /// A search or a draft in Gmail; opens in a tab of its own.
    Place(crate::pages::say::GmailPlace),
    /// The account page of the paired server, whose origin this is; opens in a tab of its own.
    Account(String),
}
