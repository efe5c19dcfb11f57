//! The Gregorian calendar, both ways, for any year that fits in 64 bits of seconds.
//!
//! Years are counted from March, so that the leap day is the last; 400 years have 146,097 days.

/// A second as a calendar shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Civil {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 60.
    pub second: i64,
    /// 0 is Sunday.
    pub weekday: i64,
    /// 1 to 366.
    pub yearday: i64,
}

const DAY: i64 = 86_400;
const DAYS_OF_400_YEARS: i64 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let cycle = year.div_euclid(400);
    let of_cycle = year.rem_euclid(400);
    let from_march = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let in_cycle = of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + from_march;
    cycle * DAYS_OF_400_YEARS + in_cycle - DAYS_TO_1970
}

/// Seconds since 1970 of a calendar's fields; hours, minutes and seconds may be out of range.
#[must_use]
pub fn seconds(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> i64 {
    days(year, month, day).wrapping_mul(DAY).wrapping_add(hour * 3600 + minute * 60 + second)
}

/// How many days a month has.
#[must_use]
pub fn days_of_month(year: i64, month: i64) -> i64 {
    let (y, m) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days(y, m, 1) - days(year, month, 1)
}

/// The calendar's fields of a second since 1970.
#[must_use]
pub fn civil(seconds: i64) -> Civil {
    let since_1970 = seconds.div_euclid(DAY);
    let of_day = seconds.rem_euclid(DAY);
    let all = since_1970 + DAYS_TO_1970;
    let cycle = all.div_euclid(DAYS_OF_400_YEARS);
    let in_cycle = all.rem_euclid(DAYS_OF_400_YEARS);
    let of_cycle = (in_cycle - in_cycle / 1460 + in_cycle / 36_524 - in_cycle / 146_096) / 365;
    let from_march = in_cycle - (365 * of_cycle + of_cycle / 4 - of_cycle / 100);
    let shifted = (5 * from_march + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = of_cycle + cycle * 400 + i64::from(month <= 2);
    Civil {
        year,
        month,
        day: from_march - (153 * shifted + 2) / 5 + 1,
        hour: of_day / 3600,
        minute: of_day / 60 % 60,
        second: of_day % 60,
        weekday: (since_1970 + 4).rem_euclid(7),
        yearday: since_1970 - days(year, 1, 1) + 1,
    }
}
