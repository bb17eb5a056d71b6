//! Columns in the names of folders: `host=bozo/day=2017-09-03/part-0.parquet`.

use std::path::{Component, Path};

/// The `key=value` parts of a path, in order; the values as written before they were percent-encoded, null ones left out.
pub(super) fn of(path: &Path) -> Vec<(String, String)> {
    let folders = path.parent().into_iter().flat_map(Path::components);
    let parts = folders.filter_map(|part| match part {
        Component::Normal(name) => name.to_str()?.split_once('='),
        _ => None,
    });
    let named = parts.filter(|(key, value)| !key.is_empty() && *value != "__HIVE_DEFAULT_PARTITION__" && !value.is_empty());
    named.map(|(key, value)| (decoded(key), decoded(value))).collect()
}

/// Whether a partition is a piece of the time and so splits no series: `day=2017-09-03`, `year=2017/month=9`.
pub(super) fn is_of_time(key: &str, value: &str) -> bool {
    const NAMES: &[&str] =
        &["year", "yyyy", "y", "quarter", "month", "mm", "week", "day", "dd", "hour", "hh", "minute", "date", "dt", "ds"];
    let name = key.to_ascii_lowercase();
    let known = NAMES.contains(&name.as_str()) || ["_date", "_day", "_hour", "_month"].iter().any(|end| name.ends_with(end));
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let only =
        value.bytes().all(|byte| byte.is_ascii_digit() || b"-:TZ +._w".contains(&byte.to_ascii_lowercase()) || byte == b'T');
    let dated = digits >= 6 && crate::formats::Stamp::iso(value).is_some();
    dated || (known && only && digits > 0)
}

/// Undoes percent-encoding; what is not one stays.
fn decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| bytes[at] == b'%');
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_name_columns_and_encoded_values_are_decoded() {
        let parts = of(Path::new("/data/host=web%2F1/day=2017-09-03/zone=__HIVE_DEFAULT_PARTITION__/a=b.parquet"));
        assert_eq!(parts, [("host".to_owned(), "web/1".to_owned()), ("day".to_owned(), "2017-09-03".to_owned())]);
        assert_eq!(decoded("100%"), "100%");
    }

    #[test]
    fn dates_in_paths_split_no_series() {
        assert!(is_of_time("day", "2017-09-03") && is_of_time("month", "9") && is_of_time("dt", "20170903"));
        assert!(is_of_time("p", "2017-09-03"));
        assert!(!is_of_time("host", "bozo") && !is_of_time("rack", "12") && !is_of_time("day", "monday"));
    }
}
