//! The shape of 2018-01-25 to 2022: each message an object, its fields under their numbers counted from one, so that what is
//! at index n in the later shape stands under the key "n+1". Repeated fields are arrays in both.

use serde_json::Value;

use super::tree::Fields;

/// Objects with numbers as keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape;

impl Fields for Shape {
    fn field<'v>(&self, value: &'v Value, index: usize) -> Option<&'v Value> {
        value.as_object()?.get(&(index + 1).to_string()).filter(|field| !field.is_null())
    }
}
