//! The JSON Schema of `report.json` and its reference page, both from the types.

use serde_json::Value;

use super::Report;

/// The JSON Schema (2020-12) of `report.json`.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Report).to_value();
    schema["title"] = Value::from("plimsoll report");
    schema["properties"]["schema"]["const"] = Value::from(super::SCHEMA);
    schema
}

/// The reference page of `report.json`, as Markdown: every value with its fields.
#[must_use]
pub fn reference() -> String {
    let schema = schema();
    let mut text = format!(
        "# `report.json`\n\nThis page is made from the program. `plimsoll schema --of report` prints the same as a JSON Schema (2020-12); \
         a report says its schema in the field `schema`, now `{}`. Fields may be added under the same number; when one goes or means \
         something else the number changes. Dates are `2027-03-14`, months `2027-03`, shares and probabilities 0 to 1, amounts in base units.\n\n\
         ## The report\n\n",
        super::SCHEMA
    );
    fields(&mut text, &schema);
    for (name, of) in schema["$defs"].as_object().into_iter().flatten() {
        text.push_str(&format!("\n## {name}\n\n{}\n\n", said(of)));
        match of["oneOf"].as_array() {
            Some(kinds) => kinds.iter().for_each(|kind| variant(&mut text, kind)),
            None => fields(&mut text, of),
        }
    }
    while text.ends_with("\n\n") {
        text.pop();
    }
    text
}

fn said(of: &Value) -> String {
    of["description"].as_str().unwrap_or_default().replace('\n', " ")
}

fn variant(text: &mut String, kind: &Value) {
    if let Some(tag) = kind["properties"]["kind"]["const"].as_str() {
        text.push_str(&format!("\n### kind `{tag}`\n\n{}\n\n", said(kind)));
        fields(text, kind);
        return;
    }
    let words = kind["const"].as_str().map_or_else(|| shape(kind), |word| format!("`\"{word}\"`"));
    text.push_str(&format!("- {words}: {}\n", said(kind)));
}

fn fields(text: &mut String, of: &Value) {
    let Some(properties) = of["properties"].as_object() else {
        for kind in of["anyOf"].as_array().into_iter().flatten() {
            text.push_str(&format!("- {}: {}\n", shape(kind), said(kind)));
        }
        return;
    };
    text.push_str("| field | is | means |\n| --- | --- | --- |\n");
    for (name, field) in properties {
        text.push_str(&format!("| `{name}` | {} | {} |\n", shape(field), said(field).replace('|', "\\|")));
    }
}

/// What a field holds, in a few words.
fn shape(of: &Value) -> String {
    if let Some(target) = of["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap_or_default();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(word) = of.get("const") {
        return format!("`{word}`");
    }
    if let Some(each) = of["anyOf"].as_array() {
        return each.iter().map(shape).collect::<Vec<_>>().join(" or ");
    }
    if let Some(parts) = of["prefixItems"].as_array() {
        return format!("[{}]", parts.iter().map(shape).collect::<Vec<_>>().join(", "));
    }
    match (&of["type"], of.get("items")) {
        (Value::String(kind), Some(items)) if kind == "array" => format!("list of {}", shape(items)),
        (Value::String(kind), _) => of["format"].as_str().filter(|_| kind == "string").unwrap_or(kind).to_owned(),
        (Value::Array(kinds), _) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any value".to_owned(),
    }
}
