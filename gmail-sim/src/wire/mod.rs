//! Gmail's save-and-send call, `/sync/u/N/i/s`, in the array shape of 2022.
//!
//! What must hold: indices stand here and in `web/wire.js` only, and are those of recorded traffic. Where no recording
//! shows a thing (undo, discarding, the time of a scheduled mail) the shape is this simulator's own, and `README.md`
//! says so.

pub(crate) mod request;
pub(crate) mod response;
