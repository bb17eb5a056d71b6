use super::cell::{heading, is_number, shown};
use crate::report::{Report, Table, Weight, format};

/// The report as Markdown; charts are linked as files beside it.
#[must_use]
pub fn markdown(report: &Report) -> Vec<u8> {
    let mut text = format!("# {}\n\n*{}*\n\n", report.model, report.question);
    for sentence in &report.director.sentences {
        text.push_str(&format!("- **{sentence}**\n"));
    }
    director(&mut text, report);
    text.push_str("\n## Summary\n\n");
    for sentence in &report.summary {
        text.push_str(&format!("- {sentence}\n"));
    }
    text.push_str(&format!("\nData to {}; planned {} days ahead.\n", format::day(report.as_of), report.horizon_days));
    text.push_str(&pools(report));
    for section in &report.sections {
        text.push_str(&format!("\n## {}. {}\n\n", section.number, section.question));
        for finding in &section.findings {
            text.push_str(&format!("- {}{}\n", mark(finding.weight), finding.sentence));
        }
        for caveat in &section.caveats {
            text.push_str(&format!("\n> {caveat}\n"));
        }
        for id in &section.charts {
            if let Some(chart) = report.charts.iter().find(|chart| chart.id == *id) {
                text.push_str(&format!("\n![{}](charts/{id}.svg)\n", chart.title));
            }
        }
        for id in &section.tables {
            if let Some(shown) = report.tables.iter().find(|table| table.id == *id) {
                text.push_str(&table(shown));
            }
        }
    }
    text.push_str("\n## Inputs\n\n");
    for (name, checksum) in &report.provenance.inputs {
        text.push_str(&format!("- `{name}` sha256 `{checksum}`\n"));
    }
    text.push_str(&format!("\nMade by `{}` ({}).\n", report.provenance.command, report.provenance.program));
    text.into_bytes()
}

/// Dates, money and risk: plain words, then the exact number.
fn director(text: &mut String, report: &Report) {
    let of = &report.director;
    for (title, facts) in [("Dates", &of.dates), ("Money", &of.money), ("Risk", &of.risk)] {
        if facts.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{title}:\n\n"));
        for fact in facts {
            text.push_str(&format!("- {}: **{}** ({})\n", fact.label, fact.plain, fact.exact));
        }
    }
}

/// A row a pool, as the index of the page has it.
fn pools(report: &Report) -> String {
    let mut text = "\n## Pools\n\n| Pool | State | Runs out | Decision | Worst month's risk | With orders |\n| --- | --- | --- | --- | ---: | ---: |\n".to_owned();
    for line in &report.pools {
        let state = match line.state {
            Weight::Good => "ok",
            Weight::Watch => "watch",
            Weight::Act => "act",
        };
        let crosses = line.crosses.map_or_else(|| "not in the horizon".to_owned(), format::day);
        text.push_str(&format!(
            "| {} | {state} | {crosses} | {} | {} | {} |\n",
            line.pool.replace('|', "\\|"),
            line.decision,
            format::percent(line.risk),
            format::percent(line.risk_with_orders)
        ));
    }
    text
}

fn mark(weight: Weight) -> &'static str {
    match weight {
        Weight::Good => "",
        Weight::Watch => "(watch) ",
        Weight::Act => "(act) ",
    }
}

fn table(table: &Table) -> String {
    if table.rows.is_empty() {
        return format!("\n{}: none.\n", table.title);
    }
    let escape = |text: String| text.replace('|', "\\|");
    let columns = 0..table.columns.len();
    let head: Vec<String> = columns.clone().map(|column| escape(heading(table, column))).collect();
    let rule: Vec<&str> = columns.clone().map(|column| if is_number(table, column) { "---:" } else { "---" }).collect();
    let mut text = format!("\n{}\n\n| {} |\n| {} |\n", table.title, head.join(" | "), rule.join(" | "));
    for row in 0..table.rows.len() {
        let cells: Vec<String> = columns.clone().map(|column| escape(shown(table, row, column))).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}
