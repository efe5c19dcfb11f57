test "fields" do
  t = Time.utc(2026, 1, 15, 9, 4, 5.5)
  same [2026, 1, 15, 9, 4, 5, 500_000, 500_000_000], [t.year, t.month, t.day, t.hour, t.min, t.sec, t.usec, t.nsec]
  same [4, 15, true, 0, "UTC"], [t.wday, t.yday, t.utc?, t.utc_offset, t.zone]
  same 1768467845, t.to_i
  same 1768467845.5, t.to_f
  same "2026-01-15 09:04:05 UTC", t.to_s
  same "2026-01-15 09:04:05.5 UTC", t.inspect
  same true, t.thursday?
  same "2026-01-15T09:04:05Z", t.iso8601
  same "2026-01-15T09:04:05.500Z", t.xmlschema(3)
  same "Thu Jan 15 09:04:05 2026", t.ctime
  raises(ArgumentError) { Time.utc(2026, 13) }
  same 5, Time.utc(2026, 4, 31).month
  same 2038, Time.utc(2038, 1, 19, 3, 14, 0).year
end

test "local time" do
  t = Time.local(2026, 7, 1, 12)
  same 7200, t.utc_offset
  same "CEST", t.zone
  same true, t.dst?
  same "2026-07-01 12:00:00 +0200", t.to_s
  same 10, t.getutc.hour
  same 3600, Time.local(2026, 1, 1).utc_offset
  same "2026-01-01T00:00:00+01:00", Time.new(2026).iso8601
  same "CET", Time.at(0).zone
  same 1, Time.at(0).hour
  u = Time.at(0).utc
  same "1970-01-01 00:00:00 UTC", u.to_s
  same "1970-01-01 01:00:00 +0100", u.localtime.to_s
  same "1970-01-01 05:30:00 +0530", u.getlocal("+05:30").to_s
end

test "made from numbers and zones" do
  same 1500, Time.at(1, 1.5).nsec
  same 5_000_000, Time.at(1, 5, :millisecond).nsec
  same 5, Time.at(1, 5, :nsec).nsec
  same 100_000_000, Time.at(1.1).nsec
  same 500_000_000, Time.at(3r / 2).nsec
  same "2026-01-01 00:00:00 +0900", Time.new(2026, 1, 1, 0, 0, 0, "+09:00").to_s
  same "2026-01-01 00:00:00 UTC", Time.new(2026, 1, 1, 0, 0, 0, "UTC").to_s
  same "1970-01-01 09:00:00 +0900", Time.at(0, in: "+09:00").to_s
  same true, (Time.now - Time.now).abs < 60
  same true, Time.now.to_i > 1_700_000_000
  raises(TypeError) { Time.at("x") }
end

test "arithmetic" do
  t = Time.utc(2026, 1, 1)
  same "2026-01-01 00:01:00 UTC", (t + 60).to_s
  same 250_000_000, (t + 0.25).nsec
  same 999_999_999, (t - Rational(1, 1_000_000_000)).nsec
  same 86400.0, Time.utc(2026, 1, 2) - t
  same true, t < t + 1
  same true, t == Time.at(t.to_i)
  same 0, t <=> Time.new(2026, 1, 1, 1, 0, 0, 3600)
  same nil, t <=> 1
  same true, t.between?(t - 1, t + 1)
  same 1, { t => 1 }[Time.utc(2026, 1, 1)]
  same Time.utc(2026, 1, 1, 0, 0, 1), Time.at(1767225600.7).utc.round
  raises(TypeError, "time + time?") { t + t }
end

test "strftime" do
  t = Time.utc(2026, 1, 5, 15, 4, 5, 123456.789r)
  {
    "%Y-%m-%d %H:%M:%S.%L" => "2026-01-05 15:04:05.123",
    "%y %C %b %B %^b %h %a %A %^a %#a" => "26 20 Jan January JAN Jan Mon Monday MON MON",
    "%e|%-d|%3d|%_m|%k|%l|%I|%p|%P|%#p" => " 5|5|005| 1|15| 3|03|PM|pm|pm",
    "%j %U %W %V %G %g %u %w" => "005 01 01 02 2026 26 1 1",
    "%N %3N %6N %9N %12N" => "123456789 123 123456 123456789 123456789000",
    "%z %:z %::z %Z %s" => "+0000 +00:00 +00:00:00 UTC 1767625445",
    "%c %x %X %D %F %T %R %r %v" => "Mon Jan  5 15:04:05 2026 01/05/26 15:04:05 01/05/26 2026-01-05 15:04:05 15:04 03:04:05 PM  5-JAN-2026",
    "%% %n %t %10Y %-H %010e" => "% \n \t 0000002026 15 0000000005",
    "%Q" => "%Q",
  }.each { |format, text| same text, t.strftime(format) }
  same "+0530 +05:30 +05:30:00", t.getlocal("+05:30").strftime("%z %:z %::z")
  same "-0330", t.getlocal("-03:30").strftime("%z")
  (0..800).each do |day|
    t = Time.utc(2024, 1, 1) + day * 86400
    want = (t.yday + 6 - (t.wday + 6) % 7) / 7
    same want, t.strftime("%W").to_i
  end
end

test "parse" do
  same "2026-11-23 18:54:37 +0100", Time.parse("2026-11-23 18:54:37").to_s
  same "2026-11-23 18:54:37 UTC", Time.parse("2026-11-23T18:54:37Z").to_s
  same 500_000_000, Time.parse("2026-11-23T18:54:37.5+02:00").nsec
  same "2026-11-23 18:54:37 +0200", Time.parse("2026-11-23T18:54:37.5+02:00").to_s
  same 1795460077, Time.parse("Mon, 23 Nov 2026 18:54:37 GMT").to_i
  same "2026-11-23 00:00:00 +0100", Time.parse("23 Nov 2026").to_s
  same "2026-11-23 18:54:00 +0100", Time.parse("Nov 23, 2026 6:54 pm").to_s
  same "2026-11-23 18:54:37 UTC", Time.iso8601("2026-11-23T18:54:37Z").to_s
  raises(ArgumentError) { Time.parse("nothing") }
  raises(ArgumentError) { Time.iso8601("yesterday") }
end
