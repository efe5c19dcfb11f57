//! Time without the VM: the calendar, time zones, `strftime`, and reading dates.

mod civil;
mod format;
mod read;
mod zone;

pub use civil::{Civil, civil, days_of_month, seconds};
pub use format::strftime;
pub use read::{Fields, read};
pub use zone::{LocalType, Zone};

/// The names that `%A` and `%B` write in full and `%a` and `%b` by their first three letters.
pub const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// See [`WEEKDAYS`].
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests;
