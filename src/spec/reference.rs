//! The JSON Schema and the reference page, both made from the key tables that the reader checks against.

use serde_json::{Value, json};

use super::keys::{Key, Kind, MODEL};
use super::laws::{law_schema, law_table, open_law_schema};

/// The JSON Schema (2020-12) of a model file, for editors.
#[must_use]
pub fn schema() -> Value {
    let mut schema = table(MODEL);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$defs"] = json!({
        "law": law_schema(&json!({"type": "number"}), "law"),
        "duration_law": law_schema(&duration(), "duration_law"),
        "date_law": law_schema(&date(), "date_law"),
        "open_duration_law": open_law_schema(&duration(), "duration_law"),
        "ratio_law": law_schema(&kind(Kind::Ratio), "ratio_law"),
        "amount_law": law_schema(&kind(Kind::Amount), "amount_law"),
    });
    schema["title"] = json!("plimsoll model");
    schema["description"] = json!("A declared system: what carries demand, what breaks, what can be bought, what is asked.");
    schema
}

fn table(keys: &[Key]) -> Value {
    let mut properties = serde_json::Map::new();
    for key in keys {
        let mut of = kind(key.kind);
        of["description"] = json!(key.says);
        properties.insert(key.name.to_owned(), of);
    }
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn duration() -> Value {
    json!({"type": "string", "pattern": "^\\s*[-+0-9.eE_]+\\s*[a-z]+\\s*$"})
}

fn date() -> Value {
    json!({"type": "string", "format": "date"})
}

fn kind(kind_of: Kind) -> Value {
    match kind_of {
        Kind::Text => json!({"type": "string"}),
        Kind::Number => json!({"type": "number"}),
        Kind::Ratio => json!({"type": "number", "minimum": 0, "maximum": 1}),
        Kind::Whole => json!({"type": "integer", "minimum": 0}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Date => date(),
        Kind::DateLaw => json!({"$ref": "#/$defs/date_law"}),
        Kind::Duration => duration(),
        Kind::Amount => json!({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]}),
        Kind::Law | Kind::NumberOrLaw => json!({"$ref": "#/$defs/law"}),
        Kind::RatioOrLaw => json!({"$ref": "#/$defs/ratio_law"}),
        Kind::AmountOrLaw => json!({"$ref": "#/$defs/amount_law"}),
        Kind::Numbers => json!({"type": "array", "items": {"type": "number"}}),
        Kind::DurationLaw => json!({"$ref": "#/$defs/duration_law"}),
        Kind::OpenDurationLaw => json!({"$ref": "#/$defs/open_duration_law"}),
        Kind::OneOf(words) => json!({"enum": words}),
        Kind::Table(keys) => table(keys),
        Kind::Tables(keys) => json!({"type": "array", "items": table(keys)}),
        Kind::Named(keys) => json!({"type": "object", "additionalProperties": table(keys)}),
        Kind::Texts => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Kind::TextsOrLists => json!({"type": "object", "additionalProperties": kind(Kind::Strings)}),
        Kind::Amounts => json!({"type": "object", "additionalProperties": {"$ref": "#/$defs/amount_law"}}),
        Kind::Strings => json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
        Kind::RatioLawOr(keys) => json!({"anyOf": [kind(Kind::RatioOrLaw), table(keys)]}),
        Kind::WholeOr(keys) => json!({"anyOf": [kind(Kind::Whole), {"type": "array", "items": table(keys)}]}),
        Kind::RatioOr(keys) => json!({"anyOf": [kind(Kind::Ratio), table(keys)]}),
        Kind::NumberOr(keys) => json!({"anyOf": [kind(Kind::Number), {"type": "array", "items": table(keys)}]}),
        Kind::Uses => json!({"type": "object", "additionalProperties": kind(Kind::Amount)}),
    }
}

/// The reference page of the model file, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(
        "# The model file\n\n\
         Generated from the tables that the reader checks against; do not edit (`UPDATE_DOCS=1 cargo test --test it docs`).\n\n\
         A *duration* is text with a unit: `ms`, `s`, `min`, `h`, `d`, `w`, `months`, `y` (8,766 h). An *amount* is a number in the \
         resource's base unit or text such as `\"64 GiB\"`. A *law* is a number, quantiles that are met exactly, within bounds where \
         these are given (`{ p10 = \"35 d\", p50 = \"49 d\", p90 = \"84 d\", low = \"28 d\" }`), or a law by name \
         (`{ law = \"weibull\", shape = 1.3, scale = \"5 y\" }`):\n\n",
    );
    page.push_str(&law_table());
    page.push_str(
        "\n`minimum` is the first of several independent causes, such as a bathtub; `mixture` is a draw from one of several laws. Each \
         of those in `of` (`laws` is the same) is a law of any form, up to three deep. The `weights` of `hyperexponential` sum to 1, with a mean \
         each; those of `discrete` and `mixture` are scaled to sum to 1. `empirical` and `samples` draw one of their values, each as \
         likely; a `file` has one on each line.\n\n\
         Where a *number or law* may stand, a law makes the number uncertain: it is drawn once for each possible future, and \
         `[[correlation]]` says which go together. A *law of dates* is quantiles or a uniform, triangular, pert or discrete law of dates: \
         `{ p10 = 2027-02-01, p50 = 2027-03-01, p90 = 2027-05-15 }`. What follows from it is the number `launch.NAME.delay`, in days \
         from its middle. Counts of hosts, dates of orders and of what has been decided (`units`, `order`, `efficiency`, \
         `domain_loss`, prices) are plain: they are what the plan is about, or known to whoever decides them.\n",
    );
    section(&mut page, "", MODEL);
    page
}

fn section(page: &mut String, name: &str, keys: &[Key]) {
    let title = if name.is_empty() { "Top level".to_owned() } else { format!("`{name}`") };
    page.push_str(&format!("\n## {title}\n\n| key | value | |\n|---|---|---|\n"));
    for key in keys {
        let must = if key.required { "**required.** " } else { "" };
        page.push_str(&format!("| `{}` | {} | {must}{} |\n", key.name, named(key.kind), key.says.replace('|', "\\|")));
    }
    for key in keys {
        let path = if name.is_empty() { key.name.to_owned() } else { format!("{name}.{}", key.name) };
        if let Some((path, below)) = key.kind.below(&path) {
            section(page, &path, below);
        }
    }
}

fn named(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".into(),
        Kind::Number => "number".into(),
        Kind::Ratio => "ratio, 0 to 1".into(),
        Kind::Whole => "whole number".into(),
        Kind::Flag => "true or false".into(),
        Kind::Date => "date".into(),
        Kind::DateLaw => "date, or law of dates".into(),
        Kind::Duration => "duration".into(),
        Kind::Amount => "amount".into(),
        Kind::Law => "law".into(),
        Kind::DurationLaw => "law of durations".into(),
        Kind::OpenDurationLaw => "law of durations, whose own numbers may be laws".into(),
        Kind::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::Table(_) => "table".into(),
        Kind::Tables(_) => "list of tables".into(),
        Kind::Named(_) => "tables by name".into(),
        Kind::Texts => "texts by name".into(),
        Kind::TextsOrLists => "texts, or lists of them, by name".into(),
        Kind::Amounts => "amounts, or laws of them, by name".into(),
        Kind::NumberOrLaw => "number or law".into(),
        Kind::RatioOrLaw => "ratio, 0 to 1, or law".into(),
        Kind::AmountOrLaw => "amount or law".into(),
        Kind::Numbers => "list of numbers".into(),
        Kind::Strings => "text or list of texts".into(),
        Kind::RatioLawOr(_) => "ratio, law or table".into(),
        Kind::WholeOr(_) => "whole number or list of tables".into(),
        Kind::RatioOr(_) => "ratio, 0 to 1, or table".into(),
        Kind::NumberOr(_) => "number or list of tables".into(),
        Kind::Uses => "amounts by name".into(),
    }
}
