//! Objects of every shape: what is read as OTLP, and what is told of the rest.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

mod full;

use prost::Message;
use serde_json::{Map, Value, json};

fn full_json() -> Value {
    otlp_json::to_json_value(&full::traces().encode_to_vec()).unwrap()
}

fn read(json: &Value) -> Result<Vec<u8>, String> {
    otlp_json::to_protobuf(&json.to_string()).map_err(|error| error.to_string())
}

fn refusal(json: &str) -> String {
    otlp_json::to_protobuf(json).unwrap_err().to_string()
}

/// Returns the places of all values below `value`, as JSON pointers.
fn places(value: &Value) -> Vec<String> {
    let mut places = Vec::new();
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, value) in members {
        places.push(format!("/{key}"));
        places.extend(self::places(value).into_iter().map(|place| format!("/{key}{place}")));
    }
    places
}

fn snake_case(key: &str) -> String {
    key.chars().fold(String::new(), |mut key, letter| {
        if letter.is_ascii_uppercase() {
            key.push('_');
        }
        key.push(letter.to_ascii_lowercase());
        key
    })
}

fn with_snake_case(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(key, value)| (snake_case(&key), with_snake_case(value)))
                .collect(),
        ),
        Value::Array(values) => values.into_iter().map(with_snake_case).collect(),
        other => other,
    }
}

/// Scenario: a program writes protobuf's own names, which protobuf's JSON allows.
/// Guarantees: every field of every message is read by either name.
#[test]
fn reads_every_field_by_the_name_that_protobuf_has() {
    let expected = full::traces().encode_to_vec();
    assert_eq!(read(&full_json()), Ok(expected.clone()));
    let snake = with_snake_case(full_json());
    assert!(snake.pointer("/resource_spans/0/scope_spans/0/spans/0/trace_id").is_some());
    assert_eq!(read(&snake), Ok(expected));
}

/// Scenario: a list stands where a message should, its fields by position.
/// Guarantees: it is refused for every message, the outermost included.
#[test]
fn refuses_a_list_in_place_of_any_message() {
    let full = full_json();
    let mut places = places(&full);
    places.push(String::new());
    let mut messages = 0;
    for place in places {
        let Some(Value::Object(members)) = full.pointer(&place) else {
            continue;
        };
        messages += 1;
        for list in [vec![], members.values().cloned().collect()] {
            let mut changed = full.clone();
            *changed.pointer_mut(&place).unwrap() = Value::Array(list);
            let refused = read(&changed).unwrap_err();
            assert!(refused.contains(": found a list"), "{place}: {refused}");
        }
    }
    assert!(messages > 30, "{messages}");
    for text in [r#"[[{"scopeSpans":[]}]]"#, "[]", "[][]", "[[]]", "[{}]"] {
        let refused = refusal(text);
        assert!(refused.starts_with("line 1, column "), "{refused}");
        let told = "found a list, as Zipkin writes one; expected an object with `resourceSpans`";
        assert!(refused.ends_with(told), "{refused}");
    }
}

/// Guarantees: a field that stands twice, by one name or both, is refused: each
/// reader would choose another.
#[test]
fn refuses_every_field_that_stands_twice() {
    let full = full_json();
    let mut fields = 0;
    for place in places(&full) {
        let (object, key) = place.rsplit_once('/').unwrap();
        let Some(Value::Object(members)) = full.pointer(object) else {
            continue;
        };
        fields += 1;
        for other in [key.to_owned(), snake_case(key)] {
            let mut changed = full.clone();
            *changed.pointer_mut(object).unwrap() = json!("HERE");
            let members: Vec<String> = members
                .iter()
                .chain([(&other, &members[key])])
                .map(|(key, value)| format!("{}:{value}", json!(key)))
                .collect();
            let twice = format!("{{{}}}", members.join(","));
            let text = changed.to_string().replace("\"HERE\"", &twice);
            let refused = refusal(&text);
            let told = refused.contains(" twice; expected it once")
                || refused.contains("found a second value; expected");
            assert!(told, "{place} {other}: {refused}");
        }
    }
    assert!(fields > 60, "{fields}");
}

/// Guarantees: `null` for any field is the same as none.
#[test]
fn reads_null_for_any_field_as_none() {
    let full = full_json();
    for place in places(&full) {
        let (object, key) = place.rsplit_once('/').unwrap();
        if !full.pointer(object).unwrap().is_object() {
            continue;
        }
        let (mut with_null, mut without) = (full.clone(), full.clone());
        *with_null.pointer_mut(&place).unwrap() = Value::Null;
        let members = without.pointer_mut(object).unwrap().as_object_mut().unwrap();
        members.remove(key);
        assert_eq!(read(&with_null), read(&without), "{place}");
        assert!(read(&with_null).is_ok(), "{place}");
    }
    assert_eq!(
        refusal("null"),
        "line 1, column 4: found null; expected an object with `resourceSpans`"
    );
}

/// Guarantees: whatever stands in the wrong place, the message says where, what kind was found and
/// what was expected, and has nothing of the value.
#[test]
fn says_what_was_found_and_never_the_value() {
    let full = full_json();
    let wrong = [
        json!("ivanov, expected"),
        json!(["ivanov"]),
        json!({"ivanov": "ivanov"}),
        json!(4711.25),
        json!(-47_110_000_000_000_i64),
        json!(true),
    ];
    let mut refusals = 0;
    for place in places(&full) {
        for wrong in &wrong {
            let mut changed = full.clone();
            *changed.pointer_mut(&place).unwrap() = wrong.clone();
            let Err(refused) = read(&changed) else {
                continue;
            };
            refusals += 1;
            assert!(refused.starts_with("line 1, column "), "{refused}");
            assert!(refused.contains(": found ") && refused.contains("; expected "), "{refused}");
            assert!(!refused.contains("another value"), "{place}: {refused}");
            assert!(!refused.contains("ivanov") && !refused.contains("4711"), "{refused}");
        }
    }
    assert!(refusals > 200, "{refusals}");
}

/// Scenario: files of other tools, and OTLP that is no traces.
/// Guarantees: none is read as a batch without spans; a line says what was found. A name of a field
/// that is not known is never told: it may be a value somewhere else.
#[test]
fn refuses_other_formats_with_what_was_found() {
    let cases = [
        (r#"{"data":[{"traceID":"1","spans":[]}],"total":0}"#, "a Jaeger trace"),
        (r#"{"traceID":"1","spans":[],"processes":{}}"#, "a Jaeger trace"),
        (r#"{"traceId":"1","id":"2","localEndpoint":{"serviceName":"a"}}"#, "a Zipkin span"),
        (r#"[{"traceId":"1","id":"2"}]"#, "a list, as Zipkin writes one"),
        (r#"{"resourceLogs":[]}"#, "OTLP logs"),
        (r#"{"resource_metrics":[]}"#, "OTLP metrics"),
        (r#"{"resourceProfiles":[],"dictionary":{}}"#, "OTLP profiles"),
        (r#"{"scopeSpans":[]}"#, "an object without `resourceSpans`"),
        (r#"{"name":"GET /","context":{}}"#, "an object without `resourceSpans`"),
        (r#"{"ResourceSpans":[]}"#, "an object without `resourceSpans`"),
        (r#"{"ivanov@example.com":1}"#, "an object without `resourceSpans`"),
        (r#"{"partialSuccess":{}}"#, "an object without `resourceSpans`"),
        (r#""resourceSpans""#, "a text"),
        ("7", "a number"),
        ("true", "true or false"),
    ];
    for (json, found) in cases {
        let refused = refusal(json);
        let (_, told) = refused.split_once(": ").unwrap();
        assert_eq!(told, format!("found {found}; expected an object with `resourceSpans`"));
    }
    assert_eq!(
        refusal(r#"{"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":[{}]}]}]}"#),
        "line 1, column 66: found `instrumentationLibrarySpans`, from before OTLP 0.15; expected `scopeSpans`"
    );
}

/// Scenario: the answer of Tempo's `GET /api/traces/ID`, which calls resource spans batches and writes
/// ids in base64.
#[test]
fn reads_what_tempo_answers() {
    let tempo = r#"{"batches":[{"resource":{},"scopeSpans":[{"spans":[{
        "traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"7uGbfsPBsXQ=","parentSpanId":"",
        "kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"}}]}]}]}"#;
    let otlp = r#"{"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":[{
        "traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",
        "kind":2,"status":{"code":2}}]}]}]}"#;
    assert_eq!(otlp_json::to_protobuf(tempo).unwrap(), otlp_json::to_protobuf(otlp).unwrap());
    // The next batch is OTLP again.
    let in_base64 = otlp.replace("5b8efff798038103d269b633813fc60c", "W47/95gDgQPSabYzgT/GDA==");
    assert!(refusal(&in_base64).contains("expected an id in hex digits"));
    assert!(refusal(&tempo.replace("W47/95", "W47!95")).contains("expected an id in hex digits"));
}

/// Guarantees: what comes with a later OTLP, beside what is known, stops nothing.
#[test]
fn passes_by_fields_that_are_not_known() {
    let known = full_json();
    for place in places(&known).into_iter().chain([String::new()]) {
        let mut more = known.clone();
        if let Some(Value::Object(members)) = more.pointer_mut(&place) {
            members.insert("later".into(), json!([{"deep": [1, null, "x"]}]));
            members.insert("data".into(), Value::Object(Map::new()));
            assert_eq!(read(&more), read(&known), "{place}");
        }
    }
}

/// Scenario: numbers as protobuf's JSON allows them, at the ends of their ranges and beyond.
/// Guarantees: each is read exactly or refused.
#[test]
fn reads_numbers_exactly_or_not_at_all() {
    let span = |json: String| {
        let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{json}]}}]}}]}}"#);
        let traces = otlp_json::to_protobuf(&json).ok()?;
        let mut traces = otlp_json::decode(&traces).unwrap();
        Some(traces.resource_spans.remove(0).scope_spans.remove(0).spans.remove(0))
    };
    for (text, kind) in [
        ("-1", Some(-1)),
        ("\"-1\"", Some(-1)),
        ("7", Some(7)),
        ("2147483647", Some(i32::MAX)),
        ("-2147483648", Some(i32::MIN)),
        ("2147483648", None),
        ("-2147483649", None),
        ("1.0", Some(1)),
        ("1e0", Some(1)),
        ("1.5", None),
        ("\"\"", None),
        ("\" 1\"", None),
        ("\"SPAN_KIND_\"", None),
        ("\"STATUS_CODE_OK\"", None),
        ("true", None),
    ] {
        let read = span(format!(r#"{{"kind":{text}}}"#)).map(|span| span.kind);
        assert_eq!(read, kind, "{text}");
        let code = span(format!(r#"{{"status":{{"code":{text}}}}}"#));
        let code = code.map(|span| span.status.unwrap().code);
        assert_eq!(code, if text.contains("STATUS") { Some(1) } else { kind }, "{text}");
    }
    for (text, time) in [
        ("18446744073709551615", Some(u64::MAX)),
        ("\"18446744073709551615\"", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("-1", None),
        ("1e3", Some(1000)),
        ("9007199254740993e0", None),
        ("\"1e3\"", Some(1000)),
        ("1e19", None),
        ("1e400", None),
        ("\"0x10\"", None),
        ("\"NaN\"", None),
        ("\"inf\"", None),
    ] {
        let read = span(format!(r#"{{"endTimeUnixNano":{text}}}"#));
        assert_eq!(read.map(|span| span.end_time_unix_nano), time, "{text}");
    }
    for (text, id) in [
        ("\"5B8EFFF798038103D269B633813FC60C\"", true),
        ("\"5b8e\"", true),
        ("\"\"", true),
        ("\"5b8\"", false),
        ("\"W47/95gDgQPSabYzgT/GDA==\"", false),
        ("\"5b8efff7-9803-8103-d269-b633813fc60c\"", false),
        ("12", false),
    ] {
        assert_eq!(span(format!(r#"{{"traceId":{text}}}"#)).is_some(), id, "{text}");
    }
}
