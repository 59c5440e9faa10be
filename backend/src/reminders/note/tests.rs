use super::*;
use waxwing_protocol::api::{Condition, When};
