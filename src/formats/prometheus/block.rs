//! The storage of Prometheus itself: block folders packed as tar, and their files. Known, to say what to use instead.

use super::super::{Head, Input, Options, Problems, Reading};

/// First bytes of the files of a block.
const MAGICS: &[([u8; 4], &str)] = &[
    ([0x85, 0xBD, 0x40, 0xDD], "a chunk file"),
    ([0xBA, 0xAA, 0xD7, 0x00], "an index"),
    ([0x01, 0x30, 0xBA, 0x30], "tombstones"),
];

pub(super) fn recognise(head: &Head) -> Option<String> {
    if let Some((_, what)) = MAGICS.iter().find(|(magic, _)| head.bytes.starts_with(magic)) {
        return Some(format!("begins as {what} of Prometheus storage"));
    }
    if head.has_keys(&["ulid", "minTime", "maxTime", "compaction"]) {
        return Some("JSON with ulid, minTime and compaction: the meta.json of a block".to_owned());
    }
    let names = members(&head.bytes);
    let block =
        |name: &String| name.contains("/chunks/") || name.starts_with("chunks/") || name.ends_with("/wal/") || is_block(name);
    names.iter().find(|name| block(name)).map(|name| format!("a tar archive with `{}`", super::told::seen(name)))
}

/// Whether a folder in the path has the name of a block: 26 characters of Crockford's base 32.
fn is_block(path: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() && !b"ILOU".contains(&byte);
    path.split('/').any(|part| part.len() == 26 && part.starts_with('0') && part.bytes().all(letter))
}

/// Names of the members of a tar archive, as far as its first bytes reach.
fn members(bytes: &[u8]) -> Vec<String> {
    let (mut names, mut at) = (Vec::new(), 0_usize);
    while let Some(header) = bytes.get(at..).and_then(|rest| rest.get(..512)) {
        if &header[257..262] != b"ustar" {
            break;
        }
        let name = header[..100].split(|byte| *byte == 0).next().unwrap_or(&[]);
        names.push(String::from_utf8_lossy(name).into_owned());
        let digits: String = header[124..136].iter().map(|byte| char::from(*byte)).filter(char::is_ascii_digit).collect();
        let size = usize::from_str_radix(&digits, 8).unwrap_or(0);
        at = at.saturating_add(512).saturating_add(size.div_ceil(512).saturating_mul(512));
    }
    names
}

pub(super) fn read(input: &Input, _: &Options, _: &mut Reading<'_>) -> Result<(), Problems> {
    let message = "saw a block directory of Prometheus or a part of it (chunks, index): binary storage, expected an export of it";
    let help = "try promtool tsdb dump, or start a server on the directory and query it";
    Err(vec![input.problem("ingest/not-a-series", message).help(help)])
}
