//! A report as plain text and as Markdown.

use std::fmt::Write;

use crate::report::{Report, Section};

/// As plain text: what differs, and how much goes out.
pub(crate) fn write(report: &Report) -> String {
    let mut text = String::new();
    for section in report.sections.iter().filter(|section| is_difference(section)) {
        let about = if section.rows.is_empty() { &section.otherwise } else { &section.about };
        _ = writeln!(text, "{}: {about}", section.title);
        for row in &section.rows {
            let cells = row.iter().zip(section.columns).filter(|(cell, _)| !cell.is_empty());
            let cells = cells.map(|(cell, column)| match *column {
                "values" | "spans" if cell == "1" => format!("1 {}", column.trim_end_matches('s')),
                "values" | "failed" | "slow" | "gapped" | "spans" => format!("{cell} {column}"),
                "old rules" => format!("old: {cell}"),
                "new rules" => format!("new: {cell}"),
                _ => cell.clone(),
            });
            _ = writeln!(text, "  {}", cells.collect::<Vec<_>>().join("; "));
        }
    }
    for fact in report
        .facts
        .iter()
        .filter(|fact| fact.name.contains("spans") || fact.name.contains("bytes"))
    {
        _ = writeln!(text, "{}: {}", fact.name, fact.text);
    }
    text
}

fn is_difference(section: &Section) -> bool {
    !section.columns.contains(&"distinct") && !section.columns.contains(&"name")
}

/// As Markdown.
pub(crate) fn markdown(report: &Report) -> String {
    let mut text = String::from("# What two sets of rules do differently\n\n");
    text += "| What | |\n| --- | --- |\n";
    for fact in &report.facts {
        _ = writeln!(text, "| {} | {} |", cell(&fact.name), cell(&fact.text));
    }
    for Section { title, about, otherwise, columns, rows } in &report.sections {
        if rows.is_empty() {
            _ = writeln!(text, "\n## {title}\n\n{otherwise}");
            continue;
        }
        _ = writeln!(text, "\n## {title}\n\n{about}\n");
        _ = writeln!(text, "| {} |", columns.join(" | "));
        _ = writeln!(text, "|{}", " --- |".repeat(columns.len()));
        for row in rows {
            let cells: Vec<_> = row.iter().map(|text| cell(text)).collect();
            _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

/// What would mean something in a cell of Markdown stands for itself.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\`*_{}[]<>#|!&".contains(letter) {
            cell.push('\\');
        }
        cell.push(if letter.is_control() { ' ' } else { letter });
    }
    cell
}
