//! What the page begins with.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::running::{Running, START, folder, full};

const SPANS: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}"#;

fn start(running: &Running) -> serde_json::Value {
    serde_json::from_slice(&running.get("/start.json").body).unwrap()
}

fn parsed(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap()
}

#[test]
fn alone_it_begins_as_the_page_was_built() {
    let folder = folder(&[]);
    let running = Running::start(&folder, &[]);
    let mut expected = parsed(START);
    expected["variables"] = serde_json::json!({});
    assert_eq!(start(&running), expected);
    assert!(running.out.contains("chain: the one that this program was built with\n"));
}

/// Guarantees: plugins come as they were at the start, rules as they are now, and of a secret only its
/// name, whatever its file holds.
#[test]
fn a_config_gives_chain_rules_and_names_of_secrets() {
    let config = "processors:\n  lapidary/one:\n    plugins:\n      - module: plugin.wasm\n        rules: [base.yaml, over.yaml]\n        secrets: { key: { file: key } }\n      - { module: plugin.wasm, rules: { does: pass }, shadow: true }\n  lapidary/two: {}\n";
    let files =
        [("otelcol.yaml", config), ("base.yaml", "does: ["), ("over.yaml", ""), ("key", "hush")];
    let folder = folder(&files);
    let plugin = std::fs::read(folder.path().join("plugin.wasm")).unwrap();
    let arguments = ["--config", "otelcol.yaml", "--processor", "lapidary/one"];
    let running = Running::start(&folder, &arguments);
    let (base, over) = (full(&folder, "base.yaml"), full(&folder, "over.yaml"));
    let start = start(&running);
    let url = "plugins/0-misbehaving.wasm";
    let expected = serde_json::json!([
        {"plugin": "misbehaving", "on": true, "shadow": false, "secrets": ["key"], "rules": [
            {"name": base, "url": "rules/0-0.yaml"}, {"name": over, "url": "rules/0-1.yaml"}]},
        {"plugin": "misbehaving", "on": true, "shadow": true, "secrets": [], "rules": [
            {"name": "lapidary/one: plugins[1].rules", "text": "does: pass\n"}]},
    ]);
    assert_eq!(start["chain"], expected);
    let plugins = serde_json::json!([
        {"name": "redact-pii", "url": "plugins/redact-pii.wasm"}, {"name": "misbehaving", "url": url}]);
    assert_eq!(start["plugins"], plugins);
    assert_eq!(start["recordings"], parsed(START)["recordings"]);
    assert_eq!(start["more"], parsed(START)["more"]);
    let told = format!("chain: {}: misbehaving, misbehaving\n", full(&folder, "otelcol.yaml"));
    assert!(running.out.contains(&told), "{}", running.out);

    std::fs::write(folder.path().join("plugin.wasm"), "another").unwrap();
    let module = running.get(&format!("/{url}"));
    assert_eq!(module.header("content-type"), Some("application/wasm"));
    assert!(module.body == plugin, "the module is another");
    assert_eq!(running.get("/rules/0-0.yaml").text(), "does: [");
    std::fs::write(folder.path().join("base.yaml"), "does: drop").unwrap();
    let rules = running.get("/rules/0-0.yaml");
    assert_eq!(rules.text(), "does: drop");
    assert_eq!(rules.header("content-type"), Some("text/plain; charset=utf-8"));
    std::fs::remove_file(folder.path().join("base.yaml")).unwrap();
    assert_eq!(running.get("/rules/0-0.yaml").status, 404);
}

/// Guarantees: the page is told of variables that a file of rules names, and of no other; what a config
/// holds itself went through the Collector's expansion and is text.
#[test]
fn variables_that_rules_name_are_told_and_no_other() {
    let config = "processors:\n  lapidary:\n    plugins:\n      - { module: plugin.wasm, rules: base.yaml }\n      - { module: plugin.wasm, rules: { does: '$${env:INLINE}' } }\n";
    let rules = "does: ${env:DOES}\n# ${env:COMMENT}\nmore: [$${env:ESCAPED}, '${env:GONE:-x}', '${env:BYTES}']\n";
    let folder = folder(&[("otelcol.yaml", config), ("base.yaml", rules)]);
    let names = ["DOES", "COMMENT", "ESCAPED", "INLINE", "OTHER"];
    let mut variables: Vec<_> = names.iter().map(|name| (*name, OsStr::new("pass"))).collect();
    variables.push(("BYTES", OsStr::from_bytes(b"\xff")));
    let running = Running::start_in(&folder, &["--config", "otelcol.yaml"], &variables);
    let start = start(&running);
    let expected =
        serde_json::json!({"DOES": {"set": "pass"}, "GONE": "unset", "BYTES": "no-text"});
    assert_eq!(start["variables"], expected);
    assert_eq!(start["chain"][1]["rules"][0]["text"], "does: '$${env:INLINE}'\n");
    assert_eq!(running.get("/rules/0-0.yaml").text(), rules);
}

#[test]
fn flags_give_a_chain_too() {
    let folder = folder(&[("base.yaml", "")]);
    let plugin = "plugin.wasm=base.yaml";
    let arguments =
        ["--plugin", plugin, "--plugin", "plugin.wasm", "--secret", "key=key,encoding=hex"];
    let running = Running::start(&folder, &arguments);
    let rules = serde_json::json!([{"name": full(&folder, "base.yaml"), "url": "rules/0-0.yaml"}]);
    let expected = serde_json::json!([
        {"plugin": "misbehaving", "on": true, "shadow": false, "secrets": ["key"], "rules": rules},
        {"plugin": "misbehaving", "on": true, "shadow": false, "secrets": ["key"], "rules": []},
    ]);
    assert_eq!(start(&running)["chain"], expected);
}

/// Scenario: the folder has a plugin of a name that the page has, too, and one that is another build
/// of the first.
#[test]
fn plugins_of_a_folder_are_offered_by_the_names_they_give_themselves() {
    let folder = folder(&[]);
    std::fs::create_dir(folder.path().join("plugins")).unwrap();
    let plugin = std::fs::read(folder.path().join("plugin.wasm")).unwrap();
    // A section that nobody knows, and that changes nothing.
    let another = [plugin.as_slice(), &[0, 2, 1, b'x']].concat();
    std::fs::write(folder.path().join("plugins/a.wasm"), &plugin).unwrap();
    std::fs::write(folder.path().join("plugins/b.wasm"), &another).unwrap();
    std::fs::write(folder.path().join("plugins/c.txt"), "no plugin").unwrap();
    let site = START.replace("redact-pii", "misbehaving");
    std::fs::write(folder.path().join("site/start.json"), site).unwrap();
    let running = Running::start(&folder, &["--plugins-dir", "plugins", "--plugin", "plugin.wasm"]);
    let plugins = serde_json::json!([
        {"name": "misbehaving", "url": "plugins/0-misbehaving.wasm"},
        {"name": "misbehaving (2)", "url": "plugins/1-misbehaving.wasm"},
    ]);
    let start = start(&running);
    assert_eq!(start["plugins"], plugins);
    assert_eq!(start["chain"][0]["plugin"], "misbehaving");
    assert!(running.get("/plugins/1-misbehaving.wasm").body == another);
}

/// Guarantees: a recording is chosen, counts as somebody's spans, and comes whole, in whatever form
/// it lies there.
#[test]
fn a_recording_is_chosen() {
    let pretty = SPANS.replace('{', "{\n");
    let folder = folder(&[("a.json", &format!("{pretty}\n{SPANS}"))]);
    let file = folder.path().join("b.binpb");
    std::fs::write(&file, otlp_json::to_protobuf(SPANS).unwrap()).unwrap();
    let running = Running::start(&folder, &["./a.json"]);
    let start = start(&running);
    assert_eq!(start["chosen"], "./a.json");
    let given = serde_json::json!({"name": "./a.json", "url": "given/spans", "ours": false});
    assert_eq!(start["recordings"], serde_json::json!([given, parsed(START)["recordings"][0]]));
    let spans = running.get("/given/spans");
    assert_eq!(spans.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(spans.text(), format!("{SPANS}\n{SPANS}\n"));
    let running = Running::start(&folder, &["b.binpb"]);
    let spans = running.get("/given/spans");
    assert_eq!(spans.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(spans.body, std::fs::read(file).unwrap());
}
