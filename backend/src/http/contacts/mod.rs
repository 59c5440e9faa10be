//! `/contacts`: what is known of the people that mails go to.

pub mod zones;
