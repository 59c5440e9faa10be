//! What goes on at single hits besides what the backend told: a choice that is open, a question, an error.

use std::collections::{HashMap, HashSet};

use waxwing_protocol::api::{Alike, Claim};

/// What goes on at a hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::pages::popup) struct Ui {
    /// The choice of who made it is open.
    pub(in crate::pages::popup) choosing: bool,
    /// The backend was asked and has not answered yet.
    pub(in crate::pages::popup) busy: bool,
    /// What was said, and the hits like it that it could be said of too.
    pub(in crate::pages::popup) alike: Option<(Claim, Alike)>,
    /// What went wrong, in words.
    pub(in crate::pages::popup) fault: Option<String>,
}

/// The same for all hits of a mail.
#[derive(Debug, Default)]
pub(in crate::pages::popup) struct Asked {
    at: HashMap<i64, Ui>,
    unfolded: HashSet<i64>,
}

impl Asked {
    /// What goes on at a hit.
    pub(in crate::pages::popup) fn at(&self, id: i64) -> Ui {
        self.at.get(&id).cloned().unwrap_or_default()
    }

    /// Changes it.
    pub(in crate::pages::popup) fn change(&mut self, id: i64, change: impl FnOnce(&mut Ui)) {
        change(self.at.entry(id).or_default());
    }

    /// Whether each hit of a line is shown.
    pub(in crate::pages::popup) fn is_unfolded(&self, key: i64) -> bool {
        self.unfolded.contains(&key)
    }

    /// Shows each hit of a line, or one for all.
    pub(in crate::pages::popup) fn unfold(&mut self, key: i64, on: bool) {
        if on {
            self.unfolded.insert(key);
        } else {
            self.unfolded.remove(&key);
        }
    }
}
