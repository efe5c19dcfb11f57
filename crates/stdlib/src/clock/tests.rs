use alloc::string::String;

use super::*;

fn shown(pattern: &str, time: i64, offset: i32) -> String {
    let out = strftime(pattern.as_bytes(), time, 123_456_789, offset, offset == 0, "CET");
    String::from_utf8(out).unwrap()
}

#[test]
fn the_calendar_goes_both_ways() {
    for day in -800_000..800_000 {
        let c = civil(day * 86_400 + 3_661);
        assert_eq!(
            seconds(c.year, c.month, c.day, c.hour, c.minute, c.second),
            day * 86_400 + 3_661
        );
    }
    let c = civil(-1);
    assert_eq!((c.year, c.month, c.day, c.hour, c.second, c.weekday), (1969, 12, 31, 23, 59, 3));
    assert_eq!(civil(951_782_400).yearday, 60);
    assert_eq!((days_of_month(2024, 2), days_of_month(2026, 12)), (29, 31));
}

#[test]
fn strftime_writes_what_ruby_writes() {
    let t = 1_768_467_845; // 2026-01-15 09:04:05 UTC, a Thursday
    assert_eq!(shown("%Y-%m-%d %H:%M:%S.%L %z %Z", t, 0), "2026-01-15 09:04:05.123 +0000 UTC");
    assert_eq!(shown("%F %T %:z %::z %Z", t, 3600), "2026-01-15 10:04:05 +01:00 +01:00:00 CET");
    assert_eq!(
        shown("%a %A %b %B %^a %#p %P %I %l %e %-d %-m %y %C", t, 0),
        "Thu Thursday Jan January THU am am 09  9 15 15 1 26 20"
    );
    assert_eq!(shown("%j %U %W %V %G %g %u %w %s", t, 0), "015 02 02 03 2026 26 4 4 1768467845");
    assert_eq!(
        shown("%N %3N %6N %12N %c %x %X %r %R %D %v %+", t, 0),
        "123456789 123 123456 123456789000 Thu Jan 15 09:04:05 2026 01/15/26 09:04:05 09:04:05 AM 09:04 01/15/26 15-JAN-2026 Thu Jan 15 09:04:05 UTC 2026"
    );
    assert_eq!(
        shown("%5d|%-5d|%_5d|%05e|%10A|%^10b|%%|%Q|%", t, 0),
        "00015|15|   15|00015|  Thursday|       JAN|%|%Q|%"
    );
    assert_eq!(shown("%_z %-z %_5z", t, 3600), " +100 +100  +100");
}

#[test]
fn a_zone_knows_its_summers() {
    let zone = Zone::posix(b"CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    assert_eq!(zone.at(1_768_467_845).name, "CET");
    assert_eq!(zone.at(1_784_106_245).name, "CEST");
    // 2026-03-29 01:00 UTC is when it begins, 2026-10-25 01:00 UTC when it ends.
    assert!(!zone.at(1_774_745_999).summer && zone.at(1_774_746_000).summer);
    assert!(zone.at(1_792_889_999).summer && !zone.at(1_792_890_000).summer);
    let local = |h, m| seconds(2026, 10, 25, h, m, 0);
    assert_eq!(zone.utc_of(local(1, 30)), 1_792_884_600);
    assert_eq!(zone.utc_of(local(2, 30)), 1_792_888_200);
    assert_eq!(zone.utc_of(local(3, 30)), 1_792_895_400);
    assert_eq!(zone.utc_of(seconds(2026, 3, 29, 2, 30, 0)), 1_774_747_800);
    let south = Zone::posix(b"AEST-10AEDT,M10.1.0,M4.1.0/3").unwrap();
    assert!(south.at(1_768_467_845).summer && !south.at(1_784_106_245).summer);
    assert_eq!(Zone::posix(b"<-03>3").unwrap().at(0).offset, -10_800);
    assert!(Zone::posix(b"what").is_none());
}

#[test]
fn a_zone_file_is_read_and_garbage_is_not() {
    extern crate std;
    assert!(Zone::parse(b"TZif2 but too short").is_none());
    if let Ok(file) = std::fs::read("/usr/share/zoneinfo/Europe/Berlin") {
        let zone = Zone::parse(&file).unwrap();
        assert_eq!(zone.at(1_784_106_245).name, "CEST");
        assert_eq!(zone.at(0).name, "CET");
        assert_eq!(zone.at(4_102_444_800).name, "CET");
        assert_eq!(zone.at(-3_000_000_000).name, "LMT");
    }
}

#[test]
fn dates_are_read_in_the_forms_people_use() {
    let all = |text: &str| {
        let f = read(text).unwrap_or_else(|| panic!("{text}"));
        let z = |v: Option<i64>| v.unwrap_or(-1);
        (
            z(f.year),
            z(f.month),
            z(f.day),
            z(f.hour),
            z(f.minute),
            z(f.second),
            f.nanosecond,
            f.offset,
        )
    };
    let full = (2026, 11, 23, 18, 54, 37, 0, None);
    assert_eq!(all("2026-11-23 18:54:37"), full);
    assert_eq!(all("2026/11/23T18:54:37"), full);
    assert_eq!(all("20261123T185437"), full);
    assert_eq!(all("20261123185437"), full);
    assert_eq!(all("Mon Nov 23 18:54:37 2026"), full);
    assert_eq!(all("23 Nov 2026 6:54:37 pm"), full);
    assert_eq!(all("November 23, 2026 18:54:37"), full);
    assert_eq!(all("23.11.2026 18:54:37"), full);
    assert_eq!(
        all("2026-11-23T18:54:37.5+01:00"),
        (2026, 11, 23, 18, 54, 37, 500_000_000, Some(3600))
    );
    assert_eq!(all("Mon, 23 Nov 2026 18:54:37 GMT"), (2026, 11, 23, 18, 54, 37, 0, Some(0)));
    assert_eq!(
        all("Mon, 23 Nov 2026 18:54:37 -0530"),
        (2026, 11, 23, 18, 54, 37, 0, Some(-19_800))
    );
    assert_eq!(all("Mon Nov 23 18:54:37 UTC 2026"), (2026, 11, 23, 18, 54, 37, 0, Some(0)));
    assert_eq!(all("12:30"), (-1, -1, -1, 12, 30, -1, 0, None));
    assert_eq!(all("2026-11-23"), (2026, 11, 23, -1, -1, -1, 0, None));
    assert_eq!(read("hello"), None);
    assert_eq!(read("2026-13-41"), None);
}
