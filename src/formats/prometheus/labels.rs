//! The label notation `name{label="value",…}` of exposition text, OpenMetrics and dumps.
//!
//! Inside the quotes stand any characters, also `}`, `,` and `#`; a backslash escapes. Names that are not plain words stand quoted
//! inside the braces, the metric's own without a value: `{"http.requests",method="get"}`.

/// Which escapes stand inside quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// `\\`, `\"` and `\n` only.
    Exposition,
    /// As Go quotes strings: also `\t`, `\r`, `\x1f`, `\u00fc`.
    Go,
}

/// The metric and labels of a series as pairs, the metric under `__name__`.
pub(super) type Pairs = Vec<(String, String)>;

/// Splits a line into the name with its labels and what follows. `None` when the braces do not close.
pub(super) fn split(line: &str) -> Option<(&str, &str)> {
    let bytes = line.as_bytes();
    let end = bytes.iter().position(|byte| matches!(byte, b'{' | b' ' | b'\t')).unwrap_or(bytes.len());
    let open = end + bytes[end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if bytes.get(open) != Some(&b'{') {
        return Some(line.split_at(end));
    }
    let (mut at, mut quoted) = (open + 1, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Some(line.split_at(at + 1)),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Reads the name and labels of a series.
///
/// # Errors
/// What was seen and what was expected, in words.
pub(super) fn parse(key: &str, quoting: Quoting) -> Result<Pairs, String> {
    let (name, braces) = match key.find('{') {
        Some(open) => (key[..open].trim(), key[open + 1..].strip_suffix('}').ok_or("saw labels without `}`, expected it")?),
        None => (key.trim(), ""),
    };
    let mut pairs = Vec::new();
    if !name.is_empty() {
        if !is_metric_name(name) {
            return Err(format!("saw `{}`, expected the name of a metric", super::told::seen(name)));
        }
        pairs.push(("__name__".to_owned(), name.to_owned()));
    }
    let mut rest = braces.trim_start();
    while !rest.is_empty() {
        let (label, after) = word(rest, quoting)?;
        rest = after.trim_start();
        if let Some(value) = rest.strip_prefix('=') {
            let (value, after) = quoted(value.trim_start(), quoting)?;
            pairs.push((label, value));
            rest = after.trim_start();
        } else {
            pairs.push(("__name__".to_owned(), label));
        }
        rest = match rest.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if rest.is_empty() => rest,
            None => return Err(format!("saw `{}` after a label, expected `,` or `}}`", super::told::seen(rest))),
        };
    }
    if pairs.is_empty() { Err("saw neither a name nor labels, expected a series".to_owned()) } else { Ok(pairs) }
}

/// Whether a metric may be called so without quotes.
pub(super) fn is_metric_name(name: &str) -> bool {
    let first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':';
    let mut bytes = name.bytes();
    bytes.next().is_some_and(first) && bytes.all(|byte| first(byte) || byte.is_ascii_digit())
}

/// A label's name: plain or quoted.
fn word(text: &str, quoting: Quoting) -> Result<(String, &str), String> {
    if text.starts_with('"') {
        return quoted(text, quoting);
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.'))).unwrap_or(text.len());
    if end == 0 {
        return Err(format!("saw `{}`, expected the name of a label", super::told::seen(text)));
    }
    Ok((text[..end].to_owned(), &text[end..]))
}

/// A value in quotes.
fn quoted(text: &str, quoting: Quoting) -> Result<(String, &str), String> {
    let body = text.strip_prefix('"').ok_or_else(|| format!("saw `{}`, expected `\"`", super::told::seen(text)))?;
    let bytes = body.as_bytes();
    let mut end = 0;
    while end < bytes.len() && bytes[end] != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    if end >= bytes.len() {
        return Err("saw a value whose quotes do not close, expected `\"`".to_owned());
    }
    Ok((unescape(&body[..end], quoting), &body[end + 1..]))
}

/// Resolves escapes; one that is not known stands as it is.
fn unescape(text: &str, quoting: Quoting) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else {
            plain.push('\\');
            break;
        };
        rest = &rest[escape.len_utf8()..];
        let digits = match (escape, quoting) {
            ('x', Quoting::Go) => 2,
            ('u', Quoting::Go) => 4,
            ('U', Quoting::Go) => 8,
            _ => 0,
        };
        let coded = rest.get(..digits).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        match (escape, quoting) {
            ('n', _) => plain.push('\n'),
            ('\\' | '"', _) => plain.push(escape),
            ('t', Quoting::Go) => plain.push('\t'),
            ('r', Quoting::Go) => plain.push('\r'),
            _ if digits > 0 && coded.is_some() => {
                plain.extend(coded);
                rest = &rest[digits..];
            }
            _ => plain.extend(['\\', escape]),
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(key: &str, quoting: Quoting) -> Vec<String> {
        parse(key, quoting).unwrap().iter().map(|(label, value)| format!("{label}={value}")).collect()
    }

    #[test]
    fn braces_commas_and_quotes_inside_a_value_end_nothing() {
        let line = r#"disk{path="C:\\a\"}, b{#",mode="r",} 1 # x"#;
        let (key, rest) = split(line).unwrap();
        assert_eq!(rest, " 1 # x");
        assert_eq!(pairs(key, Quoting::Exposition), ["__name__=disk", r#"path=C:\a"}, b{#"#, "mode=r"]);
    }

    #[test]
    fn quoted_names_inside_braces_are_the_metric_and_its_labels() {
        let seen = pairs(r#"{"http.requests", "net.host"="a"}"#, Quoting::Exposition);
        assert_eq!(seen, ["__name__=http.requests", "net.host=a"]);
    }

    #[test]
    fn go_escapes_are_resolved_in_dumps_only() {
        assert_eq!(pairs(r#"a{b="\u00fc\t\x41"}"#, Quoting::Go), ["__name__=a", "b=ü\tA"]);
        assert_eq!(pairs(r#"a{b="\t"}"#, Quoting::Exposition), ["__name__=a", r"b=\t"]);
    }

    #[test]
    fn labels_that_do_not_close_are_errors() {
        assert_eq!(split(r#"a{b="c} 1"#), None);
        for key in [r#"a{b}"c"}"#, r#"a{b="c" d="e"}"#, "a{=\"c\"}", "9a", "{}"] {
            assert!(parse(key, Quoting::Exposition).is_err(), "{key}");
        }
    }
}
