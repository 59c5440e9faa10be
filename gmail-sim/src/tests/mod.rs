//! Tests that go over the real doors.
