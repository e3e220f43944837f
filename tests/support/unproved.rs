//! What the checker names when it refuses an object.

use sublevel::checker::Unproved;
use sublevel::statement::object::Refused;

/// The condition that the checker names.
pub fn unproved<T: std::fmt::Debug>(result: Result<T, Refused>) -> Unproved {
    let refused = result.unwrap_err();
    refused.unproved().unwrap_or_else(|| panic!("{refused}")).clone()
}
