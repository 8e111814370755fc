//! Moments as a person writes and reads them: in the time zone of this machine.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// How to write a moment, for the help of every option that takes one.
pub(crate) const FORMS: &str = "RFC 3339, `2026-11-20 18:00`, `2026-11-20`, `now`, or how long ago: `10m`, `2h`, `3d`; without an offset the time zone of this machine counts";

/// Reads a moment given on the command line.
///
/// # Errors
/// A sentence that says what would be one.
pub(crate) fn parse(text: &str) -> Result<Timestamp, String> {
    parse_at(text.trim(), &Zoned::now()).ok_or_else(|| format!("not a moment; write {FORMS}"))
}

fn parse_at(text: &str, now: &Zoned) -> Option<Timestamp> {
    if text == "now" {
        return Some(now.timestamp());
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    // A date is a date time at midnight for jiff too, but `2026-11-20` must not be read as a span.
    if let Ok(civil) = text.parse::<DateTime>() {
        return civil.to_zoned(now.time_zone().clone()).ok().map(|zoned| zoned.timestamp());
    }
    if let Ok(date) = text.parse::<Date>() {
        return date.to_zoned(now.time_zone().clone()).ok().map(|zoned| zoned.timestamp());
    }
    ago(text.strip_suffix("ago").unwrap_or(text).trim(), now)
}

fn ago(text: &str, now: &Zoned) -> Option<Timestamp> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let span: Span = text.parse().ok()?;
    now.checked_sub(span).ok().map(|zoned| zoned.timestamp())
}

/// Writes a moment to the millisecond, in this time zone: `2026-11-20 18:00:00.123`.
pub(crate) fn show(moment: Timestamp, zone: &TimeZone) -> String {
    moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S.%3f").to_string()
}

/// The zone in words, to be said once beside times: `UTC`, or `local time (Europe/Zurich)`.
pub(crate) fn zone_name(zone: &TimeZone) -> String {
    match zone.iana_name() {
        _ if *zone == TimeZone::UTC => "UTC".to_owned(),
        Some("UTC" | "Etc/UTC" | "Etc/UCT" | "GMT" | "Etc/GMT") => "UTC".to_owned(),
        Some(name) => format!("local time ({name})"),
        None => "local time".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<String> {
        let now: Zoned = "2026-11-20T18:00:00+01:00[Europe/Zurich]".parse().unwrap();
        parse_at(text, &now).map(|moment| moment.to_string())
    }

    #[test]
    fn reads_every_form() {
        let cases = [
            ("now", "2026-11-20T17:00:00Z"),
            ("2026-11-20T18:00:00.5Z", "2026-11-20T18:00:00.5Z"),
            ("2026-11-20T18:00:00+02:00", "2026-11-20T16:00:00Z"),
            ("2026-11-20 18:00", "2026-11-20T17:00:00Z"),
            ("2026-11-20 18:00:01.25", "2026-11-20T17:00:01.25Z"),
            ("2026-07-01", "2026-06-30T22:00:00Z"),
            ("10m", "2026-11-20T16:50:00Z"),
            ("2h30m", "2026-11-20T14:30:00Z"),
            ("3d", "2026-11-17T17:00:00Z"),
            ("90s ago", "2026-11-20T16:58:30Z"),
            ("1 week ago", "2026-11-13T17:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(at(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "yesterday", "-5m", "20.11.2026", "5", "2026-13-01", "2026-02-30 10:00"] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        let now: Zoned = "2026-11-20T18:00:00+01:00[Europe/Zurich]".parse().unwrap();
        let moment: Timestamp = "2026-11-20T17:00:00.123Z".parse().unwrap();
        let shown = show(moment, now.time_zone());
        assert_eq!(shown, "2026-11-20 18:00:00.123");
        assert_eq!(parse_at(&shown, &now), Some(moment));
        assert_eq!(zone_name(now.time_zone()), "local time (Europe/Zurich)");
    }
}
