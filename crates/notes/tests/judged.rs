//! The notes of an answer are what was asked for, and name what there is; every host says the same of
//! the same notes: `testdata/notes.json`.

use serde::Deserialize;
use spans::{MOST_NOTES, NoteBounds, Notes, Noting};

#[derive(Deserialize)]
struct Table {
    view: String,
    rules: usize,
    sets: usize,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    about: String,
    noting: String,
    notes: String,
    #[serde(default = "once")]
    times: usize,
    refused: Option<String>,
}

fn once() -> usize {
    1
}

#[test]
fn notes_are_judged_as_by_every_host() {
    let table: Table = serde_json::from_str(include_str!("../../../testdata/notes.json")).unwrap();
    let view = hex::decode(&table.view).unwrap();
    let bounds = NoteBounds { view: &view, rules: table.rules, sets: table.sets };
    assert!(table.rows.len() > 20);
    for row in &table.rows {
        let noting = match row.noting.as_str() {
            "off" => Noting::Off,
            "acts" => Noting::Acts,
            _ => Noting::Looked,
        };
        let notes = hex::decode(&row.notes).unwrap().repeat(row.times);
        let refused = Notes::check(&notes, noting, &bounds).err();
        assert_eq!(refused, row.refused.as_deref(), "{}", row.about);
    }
}

/// A note takes two bytes on the wire, and an answer may be as long as a plugin's memory.
#[test]
fn notes_without_end_are_not_held() {
    let endless = [0x0a, 0x00].repeat(100 * MOST_NOTES);
    let (notes, _) = Notes::read(&endless).unwrap();
    assert_eq!(notes.len(), MOST_NOTES + 1);
}
