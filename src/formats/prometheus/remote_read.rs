//! Bodies of Prometheus remote read (`/api/v1/read`), as saved by a client.
//!
//! An answer of type SAMPLES is a protobuf `ReadResponse` in one Snappy block (or already unpacked). One of type `STREAMED_XOR_CHUNKS` is
//! a row of frames: length, CRC-32C, `ChunkedReadResponse`; servers send whole chunks, so samples outside the asked range may stand in
//! it. Times are milliseconds. The request body looks alike and has no samples. See the remote read API page of Prometheus.

use prost::Message;

use super::super::{Clock, Head, Input, Options, Problems, Reading, Stamp};
use super::checksum::crc32c;
use super::labels::is_metric_name;
use super::naming::place;
use super::remote_messages::{ChunkedReadResponse, Label, ReadResponse};
use super::wire::{Field, fields, first, is_text, varint};
use super::{snappy, xor};
use crate::problem::Problem;

/// Bytes unpacked to find out what a body is.
const LOOK: usize = 1 << 14;

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Response,
    Frames,
    Request,
}

/// What bytes are, and whether they are in a Snappy block.
fn body(bytes: &[u8]) -> Option<(Body, bool)> {
    // Small Snappy blocks look like a frame, but have no checksum that matches; frames that are damaged or cut are asked last.
    let framed = frame(bytes).filter(|(_, data)| is_series_of(data, 1));
    let frames = framed.map(|_| (Body::Frames, false));
    frames.filter(|_| framed.is_some_and(|(sum, data)| crc32c(data) == sum)).or_else(|| {
        let plain = message(bytes).map(|body| (body, false));
        plain.or_else(|| message(&snappy::prefix(bytes, LOOK)?).map(|body| (body, true))).or(frames)
    })
}

fn message(bytes: &[u8]) -> Option<Body> {
    let outer = fields(bytes, 2)?;
    if is_series_of(bytes, 2) {
        return Some(Body::Response);
    }
    // A query: start and end as numbers, matchers with a name and a value.
    let query = fields(first(&outer, 1)?, 4)?;
    let matcher = fields(first(&query, 3)?, 4)?;
    let timed = query.iter().any(|(number, field)| *number == 2 && matches!(field, Field::Varint(_)));
    (timed && is_text(first(&matcher, 2)?)).then_some(Body::Request)
}

/// Whether a message has, so many levels down, first a label: name and value.
fn is_series_of(bytes: &[u8], levels: usize) -> bool {
    let mut inner = bytes;
    for _ in 0..levels {
        let Some(outer) = fields(inner, 8).filter(|outer| outer.first().is_some_and(|(number, _)| *number == 1)) else {
            return false;
        };
        let Some(next) = first(&outer, 1).filter(|_| outer.iter().all(|(number, _)| *number <= 2)) else { return false };
        inner = next;
    }
    let label = fields(inner, 1).and_then(|outer| fields(first(&outer, 1)?, 2));
    let Some([(1, name), (2, value)]) = label.as_deref() else { return false };
    let name = name.bytes().filter(|name| is_text(name)).map(String::from_utf8_lossy);
    name.is_some_and(|name| is_metric_name(&name)) && value.bytes().is_some_and(is_text)
}

/// The checksum and data of the frame that bytes begin with, the data perhaps cut.
fn frame(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (length, rest) = varint(bytes)?;
    let (sum, data) = rest.split_at_checked(4)?;
    let length = usize::try_from(length).ok().filter(|length| *length > 0)?;
    Some((u32::from_be_bytes(sum.try_into().ok()?), &data[..length.min(data.len())]))
}

pub(super) fn recognise(head: &Head) -> Option<String> {
    let (body, packed) = body(&head.bytes)?;
    let packed = if packed { "a Snappy block of " } else { "" };
    Some(match body {
        Body::Response => format!("{packed}protobuf as a ReadResponse of remote read"),
        Body::Frames => "frames of ChunkedReadResponse of remote read".to_owned(),
        Body::Request => format!("{packed}protobuf as a request of remote read"),
    })
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let bytes = input.bytes(options.most_bytes)?;
    let mut clock = Clock::new(options);
    match body(&bytes) {
        Some((Body::Request, _)) => {
            let message = "saw a remote-read request body (matchers and a time range), no samples, expected the answer to it";
            Err(vec![input.problem("ingest/not-a-series", message).help("try the body of the answer of /api/v1/read")])
        }
        Some((Body::Frames, _)) => frames(input, &bytes, &mut clock, reading),
        Some((Body::Response, true)) => samples(input, &snappy::whole(input, options, &bytes)?, &mut clock, reading),
        Some((Body::Response, false)) => samples(input, &bytes, &mut clock, reading),
        None => {
            let message =
                "saw other bytes, or an answer without series, expected a ReadResponse (Snappy or plain) or chunked frames";
            Err(vec![input.problem("ingest/malformed", message).help("try to save the answer's body byte by byte")])
        }
    }
}

fn series(reading: &mut Reading<'_>, labels: &[Label]) -> usize {
    place(reading, labels.iter().map(|label| (label.name.as_str(), label.value.as_str())))
}

/// Adds one sample; its time is in milliseconds.
fn push(reading: &mut Reading<'_>, clock: &mut Clock, place: usize, time: i64, value: f64) -> Result<(), Problem> {
    reading.rows += 1;
    let stamp = Stamp::Instant(time.saturating_mul(1_000_000));
    clock.instant(place, stamp, 0, reading).map_or(Ok(()), |at| reading.push_real(place, at, value, 0))
}

fn histograms_left(reading: &mut Reading<'_>) {
    reading.warn("native-histogram", 0, || "native histograms are not series of numbers: left out".to_owned());
}

fn only_histograms(input: &Input, reading: &Reading<'_>) -> Result<(), Problems> {
    if reading.is_empty() && reading.findings.iter().any(|finding| finding.kind == "native-histogram") {
        let message = "saw native histograms only, expected series of numbers";
        let help = "try a query of histogram_quantile, histogram_count or histogram_sum over them";
        return Err(vec![input.problem("ingest/not-a-series", message).help(help)]);
    }
    Ok(())
}

fn samples(input: &Input, bytes: &[u8], clock: &mut Clock, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let response = ReadResponse::decode(bytes).map_err(|error| vec![undecoded(input, &error, 0)])?;
    for one in response.results.iter().flat_map(|result| &result.timeseries) {
        if !one.histograms.is_empty() {
            histograms_left(reading);
        }
        if one.samples.is_empty() {
            continue;
        }
        let place = series(reading, &one.labels);
        for sample in &one.samples {
            push(reading, clock, place, sample.timestamp, sample.value).map_err(|problem| vec![problem])?;
        }
    }
    only_histograms(input, reading)
}

fn undecoded(input: &Input, error: &prost::DecodeError, at: usize) -> Problem {
    let message = format!("saw a message that is damaged or ends early ({error}) at byte {at}, expected it whole");
    input.problem("ingest/truncated", message).help("try to save the answer's body again, byte by byte")
}

fn frames(input: &Input, bytes: &[u8], clock: &mut Clock, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        let length = varint(rest);
        let whole = length.and_then(|(length, after)| Some((usize::try_from(length).ok()?.checked_add(4)?, after)));
        let Some((frame, after)) = whole.and_then(|(size, after)| after.split_at_checked(size)) else {
            let message = format!("saw the frame at byte {at} end early, expected it whole");
            return Err(vec![input.problem("ingest/truncated", message).help("try to save the answer's body again")]);
        };
        let (sum, data) = frame.split_at(4);
        if sum != crc32c(data).to_be_bytes() {
            let message = format!("saw a frame at byte {at} whose CRC-32C does not match, expected it undamaged");
            return Err(vec![input.problem("ingest/damaged", message).help("try to save the answer's body again, byte by byte")]);
        }
        let response = ChunkedReadResponse::decode(data).map_err(|error| vec![undecoded(input, &error, at)])?;
        for one in &response.series {
            chunks(input, one, at, clock, reading)?;
        }
        rest = after;
    }
    only_histograms(input, reading)
}

fn chunks(
    input: &Input,
    one: &super::remote_messages::ChunkedSeries,
    at: usize,
    clock: &mut Clock,
    reading: &mut Reading<'_>,
) -> Result<(), Problems> {
    for chunk in &one.chunks {
        match chunk.encoding {
            1 => {}
            2 | 3 => {
                histograms_left(reading);
                continue;
            }
            other => {
                let message = format!("saw a chunk of the encoding {other} in the frame at byte {at}, expected 1 (XOR)");
                return Err(vec![input.problem("ingest/malformed", message).help("try an answer of type SAMPLES")]);
            }
        }
        let samples = xor::samples(&chunk.data).ok_or_else(|| {
            let message = format!("saw a chunk that ends early in the frame at byte {at}, expected it whole");
            vec![input.problem("ingest/damaged", message).help("try to save the answer's body again, byte by byte")]
        })?;
        let place = series(reading, &one.labels);
        for (time, value) in samples {
            push(reading, clock, place, time, value).map_err(|problem| vec![problem])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::remote_messages::{Chunk, ChunkedSeries, Left, QueryResult, Sample, TimeSeries};
    use super::*;

    fn labels() -> Vec<Label> {
        [("__name__", "up"), ("job", "node")].map(|(name, value)| Label { name: name.into(), value: value.into() }).into()
    }

    fn framed(encoding: i32, data: Vec<u8>) -> Vec<u8> {
        let chunks = vec![Chunk { encoding, data }];
        let data = ChunkedReadResponse { series: vec![ChunkedSeries { labels: labels(), chunks }] }.encode_to_vec();
        let mut bytes = Vec::new();
        prost::encoding::encode_varint(data.len() as u64, &mut bytes);
        bytes.extend(crc32c(&data).to_be_bytes());
        bytes.extend(data);
        bytes
    }

    fn of(bytes: Vec<u8>) -> Result<Reading<'static>, Problems> {
        super::super::super::read(&Input::memory("a", bytes), &Options::default())
    }

    #[test]
    fn histograms_in_chunks_and_messages_are_refused_when_there_is_nothing_else() {
        let problem = &of(framed(2, vec![0, 1])).err().unwrap()[0];
        assert_eq!(problem.slug, "ingest/not-a-series");
        let one = TimeSeries { labels: labels(), samples: Vec::new(), histograms: vec![Left {}] };
        let response = ReadResponse { results: vec![QueryResult { timeseries: vec![one] }] };
        assert_eq!(of(response.encode_to_vec()).err().unwrap()[0].slug, "ingest/not-a-series");
    }

    #[test]
    fn damaged_frames_are_told() {
        let good = framed(1, vec![0, 0]);
        assert_eq!(of(good.clone()).err().unwrap()[0].slug, "ingest/no-data");
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(of(flipped).err().unwrap()[0].slug, "ingest/damaged");
        assert_eq!(of(good[..good.len() - 1].to_vec()).err().unwrap()[0].slug, "ingest/truncated");
        assert_eq!(of(framed(1, vec![0, 3, 9])).err().unwrap()[0].slug, "ingest/damaged");
        assert_eq!(of(framed(7, vec![0, 0])).err().unwrap()[0].slug, "ingest/malformed");
    }

    #[test]
    fn stale_markers_are_missing() {
        let stale = f64::from_bits(0x7FF0_0000_0000_0002);
        let samples = [(1.0, 1_700_000_000_000), (stale, 1_700_000_060_000)];
        let samples = samples.map(|(value, timestamp)| Sample { value, timestamp }).into();
        let one = TimeSeries { labels: labels(), samples, histograms: Vec::new() };
        let response = ReadResponse { results: vec![QueryResult { timeseries: vec![one] }] };
        let packed = snap::raw::Encoder::new().compress_vec(&response.encode_to_vec()).unwrap();
        let reading = of(packed).unwrap();
        assert_eq!((reading.format, reading.series[0].at.len(), reading.series[0].missing), ("remote-read", 1, 1));
    }
}
