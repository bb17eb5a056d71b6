//! The skeleton of protobuf messages, for telling them apart by their first bytes. Lenient at the end: a head may cut a field.

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field<'b> {
    Varint(u64),
    Fixed,
    Bytes(&'b [u8]),
}

impl<'b> Field<'b> {
    /// Its bytes, for strings and messages.
    pub(super) fn bytes(self) -> Option<&'b [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

/// The first fields of a message with their numbers, at most `most`. `None` when these bytes cannot be a message.
pub(super) fn fields(mut bytes: &[u8], most: usize) -> Option<Vec<(u64, Field<'_>)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() && found.len() < most {
        let Some((key, rest)) = varint(bytes) else { return ends(bytes).then_some(found) };
        let number = key >> 3;
        if number == 0 || number > 4_096 {
            return None;
        }
        let (field, rest) = match key & 7 {
            0 => match varint(rest) {
                Some((value, rest)) => (Field::Varint(value), rest),
                None => return ends(rest).then_some(found),
            },
            1 | 5 => (Field::Fixed, rest.get(if key & 7 == 1 { 8 } else { 4 }..).unwrap_or(&[])),
            2 => match varint(rest) {
                Some((length, rest)) => {
                    let (inner, rest) = rest.split_at(usize::try_from(length).unwrap_or(usize::MAX).min(rest.len()));
                    (Field::Bytes(inner), rest)
                }
                None => return ends(rest).then_some(found),
            },
            _ => return None,
        };
        found.push((number, field));
        bytes = rest;
    }
    Some(found)
}

/// Whether a number in base 128 could not be read because the bytes end within it, not because it is too long.
fn ends(bytes: &[u8]) -> bool {
    bytes.len() < 10
}

/// A number in base 128, least first, with what follows it.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * at).min(63);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

/// Whether some bytes are printable text and not empty.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(char::is_control))
}

/// The first message of that field among fields.
pub(super) fn first<'b>(fields: &[(u64, Field<'b>)], number: u64) -> Option<&'b [u8]> {
    fields.iter().find(|(known, _)| *known == number).and_then(|(_, field)| field.bytes())
}
